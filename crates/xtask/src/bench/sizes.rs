//! How long the objects of the benchmark are, by their paths.

/// The length of the object at a path, in bytes.
pub fn length_of(path: &str) -> Option<usize> {
    let path = path.strip_prefix(PASSED).unwrap_or(path);
    if path.starts_with(NUMBERED) {
        return Some(1024);
    }
    SIZES.iter().find(|(name, _)| *name == path).map(|(_, length)| *length)
}

/// In front of the paths of what no cache may keep.
pub const PASSED: &str = "/pass";
/// In front of the number of one of many objects of 1 KiB.
pub const NUMBERED: &str = "/object/";
/// The objects.
pub const SIZES: &[(&str, usize)] =
    &[("/1k", 1024), ("/16k", 16 * 1024), ("/100k", 100 * 1024), ("/1m", 1024 * 1024)];

#[cfg(test)]
mod tests {
    use super::length_of;

    #[test]
    fn paths_have_lengths() {
        for (path, length) in [
            ("/1k", Some(1024)),
            ("/1m", Some(1_048_576)),
            ("/pass/1k", Some(1024)),
            ("/object/17", Some(1024)),
            ("/2k", None),
        ] {
            assert_eq!(length_of(path), length, "{path}");
        }
    }
}
