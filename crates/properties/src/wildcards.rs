//! The naive reading of wildcards: `*` is any run of bytes, `?` is one. By a table, cell after cell, so that it has
//! nothing in common with a matcher that goes back and tries again.

/// Whether all of `text` matches all of `pattern`.
pub(crate) fn naive_match(pattern: &[u8], text: &[u8]) -> bool {
    // row[t]: whether what was seen of the pattern matches the first t bytes of the text.
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for length in 0..=text.len() {
            next[length] = match wanted {
                b'*' => row[..=length].iter().any(|matched| *matched),
                b'?' => length > 0 && row[length - 1],
                byte => length > 0 && row[length - 1] && text[length - 1] == *byte,
            };
        }
        row = next;
    }
    row[text.len()]
}
