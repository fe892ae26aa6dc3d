//! Path patterns: `pattern`, a line feed, `path`.
//!
//! A pattern matches exactly what the naive reading says; the first pattern that matches chooses; and no writing of a
//! path leaves dots or empty segments in what is compared.

use frontgate_edge_rules::paths::{normalized_path, path_pattern_matches};

use crate::wildcards::naive_match;

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(&input[..input.len().min(BYTES_MAX)]);
    let (pattern, path) = text.split_once('\n').unwrap_or((&text, ""));
    let path = format!("/{path}");
    let compared = normalized_path(&path);
    for path in [path.as_str(), &compared] {
        let naive = naive_match(pattern.as_bytes(), &path.as_bytes()[1..]);
        assert_eq!(path_pattern_matches(pattern, path), naive, "{pattern:?} and {path:?}");
    }
    assert!(compared.starts_with('/'), "{path:?} became {compared:?}");
    let inner = &compared[1..];
    let segments = inner.strip_suffix('/').unwrap_or(inner).split('/');
    if !inner.is_empty() {
        for segment in segments {
            assert!(!matches!(segment, "" | "." | ".."), "{path:?} became {compared:?}");
        }
    }
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_~-".contains(&byte));
    if is_plain && !path.contains("//") {
        assert_eq!(compared, path, "nothing of it needs another writing");
    }
    // An escape and what it stands for are one character (RFC 3986 §6.2.2.2). A lone % may make an escape of what
    // follows it, so it is left out here.
    if path.matches('%').count() == compared.matches('%').count() {
        assert_eq!(normalized_path(&compared), compared, "{path:?} is not normalized at once");
    }
    let escaped: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { format!("%{:02x}", u32::from(c)) } else { c.to_string() })
        .collect();
    if !path.contains('%') {
        assert_eq!(normalized_path(&escaped), compared, "{path:?} written with escapes is another path");
    }
}

/// The naive matcher takes time in proportion to pattern and path.
const BYTES_MAX: usize = 1_024;
