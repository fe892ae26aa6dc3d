//! Which keys and common prefixes are on one page of a list? Pure: the keys are handed in.
//!
//! Authority: Amazon S3 user guide, *Organizing objects using prefixes* (`using-prefixes`) and *ListObjectsV2*.

/// What a page is to hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageRequest {
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    pub(crate) keys_max: usize,
    pub(crate) after: After,
}

/// Where a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum After {
    /// At the first key.
    #[default]
    Nothing,
    /// Behind a key (`start-after`).
    Key(String),
    /// Behind a key or behind all keys of a common prefix (`marker`, a continuation token).
    Item(String),
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page<'k> {
    pub(crate) keys: Vec<&'k str>,
    pub(crate) common_prefixes: Vec<&'k str>,
    pub(crate) is_truncated: bool,
    /// The last key or common prefix of the page.
    pub(crate) last: Option<&'k str>,
}

impl PageRequest {
    /// The page of `keys`, which are sorted and all begin with the prefix.
    pub(crate) fn page<'k>(&self, keys: &'k [String]) -> Page<'k> {
        let mut page = Page::default();
        let mut group: Option<&str> = None;
        for key in keys {
            let common = self.common_prefix(key);
            if self.is_before(key, common) || (common.is_some() && common == group) {
                continue;
            }
            if page.keys.len() + page.common_prefixes.len() == self.keys_max {
                page.is_truncated = self.keys_max > 0;
                break;
            }
            group = common;
            page.last = Some(common.unwrap_or(key));
            match common {
                Some(prefix) => page.common_prefixes.push(prefix),
                None => page.keys.push(key),
            }
        }
        page
    }

    /// The key up to the first delimiter behind the prefix.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let start = self.prefix.len();
        let at = key.get(start..)?.find(&self.delimiter)?;
        key.get(..start + at + self.delimiter.len())
    }

    fn is_before(&self, key: &str, common: Option<&str>) -> bool {
        match &self.after {
            After::Nothing => false,
            After::Key(start) => key <= start.as_str(),
            After::Item(item) => common.unwrap_or(key) <= item.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{After, PageRequest};

    #[test]
    fn pages() {
        let keys: Vec<String> =
            ["a.txt", "b/1", "b/2", "b/c/3", "d/4", "e"].map(str::to_owned).into_iter().collect();
        for (prefix, delimiter, keys_max, after, expected_keys, expected_prefixes, truncated) in [
            ("", "", 10, After::Nothing, "a.txt b/1 b/2 b/c/3 d/4 e", "", false),
            ("", "/", 10, After::Nothing, "a.txt e", "b/ d/", false),
            ("b/", "/", 10, After::Nothing, "b/1 b/2", "b/c/", false),
            ("b", "/", 10, After::Nothing, "", "b/", false),
            ("", "/", 2, After::Nothing, "a.txt", "b/", true),
            ("", "/", 2, After::Item("b/".to_owned()), "e", "d/", false),
            ("", "", 2, After::Item("b/1".to_owned()), "b/2 b/c/3", "", true),
            ("", "", 2, After::Key("b/c/3".to_owned()), "d/4 e", "", false),
            ("", "/", 5, After::Key("b/1".to_owned()), "e", "b/ d/", false),
            ("", "", 0, After::Nothing, "", "", false),
            ("", "", 6, After::Nothing, "a.txt b/1 b/2 b/c/3 d/4 e", "", false),
            ("", "", 5, After::Nothing, "a.txt b/1 b/2 b/c/3 d/4", "", true),
        ] {
            let request = PageRequest {
                prefix: prefix.to_owned(),
                delimiter: delimiter.to_owned(),
                keys_max,
                after: after.clone(),
            };
            let matching: Vec<String> = keys.iter().filter(|key| key.starts_with(prefix)).cloned().collect();
            let page = request.page(&matching);
            let case = format!("{prefix:?} {delimiter:?} {keys_max} {after:?}");
            assert_eq!(page.keys.join(" "), expected_keys, "{case}");
            assert_eq!(page.common_prefixes.join(" "), expected_prefixes, "{case}");
            assert_eq!(page.is_truncated, truncated, "{case}");
        }
    }
}
