//! AWS's own tables: managed policies, the header table toward the origin, compressible content types.

pub mod cache_policies;
pub mod compressible_types;
pub mod countries;
pub mod origin_headers;
pub mod origin_request_policies;
pub mod response_headers_policies;
pub mod security_policies;

/// The managed policy that somebody who wrote `asked` most likely meant: the id or the name that differs least.
pub(crate) fn nearest<'a>(
    asked: &str,
    rows: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<(&'a str, &'a str)> {
    let asked = asked.trim();
    let wanted = asked.strip_prefix("Managed-").unwrap_or(asked).to_ascii_lowercase();
    rows.map(|(name, id)| {
        let by_name = distance(&wanted, &name.to_ascii_lowercase());
        (distance(&wanted, id).min(by_name), (name, id))
    })
    .min_by_key(|(distance, _)| *distance)
    .filter(|(distance, _)| *distance <= wanted.len() / 3)
    .map(|(_, row)| row)
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests;
