//! Which bytes of an object does a `Range` header ask for?
//!
//! Authority: Amazon S3 API reference, *GetObject*: "Amazon S3 doesn't support retrieving multiple ranges of data per
//! GET request"; such a request gets the whole object.

/// What of the object is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// From `start` on, `length` bytes (at least one).
    Part { start: u64, length: u64 },
    /// The range lies outside of the object.
    Unsatisfiable,
    /// All of it.
    Whole,
}

/// The selection of a range header, where there is one. What is no range is ignored (RFC 9110 §14.2).
pub(crate) fn select(range: Option<&str>, object_length: u64) -> Selection {
    let Some(spec) = range.and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Selection::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else { return Selection::Whole };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(start), Some(last)) if last < start => Selection::Whole,
        (Some(start), _) if start >= object_length && (last.is_empty() || number(last).is_some()) => {
            Selection::Unsatisfiable
        }
        (Some(start), Some(last)) => part(start, last.min(object_length - 1) + 1 - start),
        (Some(start), None) if last.is_empty() => part(start, object_length - start),
        (None, Some(suffix)) if first.is_empty() => {
            let length = suffix.min(object_length);
            if length == 0 { Selection::Unsatisfiable } else { part(object_length - length, length) }
        }
        _ => Selection::Whole,
    }
}

fn part(start: u64, length: u64) -> Selection {
    Selection::Part { start, length }
}

fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // A number too large for us is larger than every object.
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Selection::{self, Part, Unsatisfiable, Whole};
    use super::select;

    #[test]
    fn ranges() {
        for (range, object_length, expected) in [
            ("bytes=0-4", 10, Part { start: 0, length: 5 }),
            ("bytes=5-", 10, Part { start: 5, length: 5 }),
            ("bytes=5-99", 10, Part { start: 5, length: 5 }),
            ("bytes=-3", 10, Part { start: 7, length: 3 }),
            ("bytes=-30", 10, Part { start: 0, length: 10 }),
            ("bytes=9-9", 10, Part { start: 9, length: 1 }),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=10-20", 10, Unsatisfiable),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Unsatisfiable),
            ("bytes=0-0", 0, Unsatisfiable),
            ("bytes=-1", 0, Unsatisfiable),
            ("bytes=99999999999999999999-", 10, Unsatisfiable),
            ("bytes=0-99999999999999999999", 10, Part { start: 0, length: 10 }),
            ("bytes=4-2", 10, Whole),
            ("bytes=0-1,3-4", 10, Whole),
            ("bytes=-", 10, Whole),
            ("bytes=a-b", 10, Whole),
            ("bytes=20-x", 10, Whole),
            ("bytes=+1-2", 10, Whole),
            ("items=0-1", 10, Whole),
            ("", 10, Whole),
        ] {
            assert_eq!(select(Some(range), object_length), expected, "{range} of {object_length}");
        }
        assert_eq!(select(None, 10), Selection::Whole);
    }
}
