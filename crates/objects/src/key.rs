//! Which object does a path name, and which file may that be?
//!
//! Authority: Amazon S3 user guide, *Naming Amazon S3 objects* (`object-keys`).

use frontgate_aws::percent_decode;

use crate::error::{Code, S3Error};

/// The key of an object: up to 1024 bytes of UTF-8, not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(Box<str>);

impl Key {
    /// The key that the path of a request names; `None` for the bucket itself.
    pub(crate) fn of_path(path: &str) -> Result<Option<Self>, S3Error> {
        let raw = path.strip_prefix('/').unwrap_or(path);
        if raw.is_empty() {
            return Ok(None);
        }
        let Ok(text) = String::from_utf8(percent_decode(raw)) else {
            return Err(S3Error::of(Code::InvalidURI).with("URI", path));
        };
        Self::of_text(&text).map(Some)
    }

    /// The key of that text, which is not empty.
    pub(crate) fn of_text(text: &str) -> Result<Self, S3Error> {
        if text.len() > KEY_LENGTH_MAX {
            return Err(S3Error::of(Code::KeyTooLongError)
                .with("Size", &text.len().to_string())
                .with("MaxSizeAllowed", &KEY_LENGTH_MAX.to_string()));
        }
        Ok(Self(text.into()))
    }

    /// The key without its first folder, if it is in one.
    pub(crate) fn without_first_folder(&self) -> Option<Self> {
        self.0.split_once('/').filter(|(_, rest)| !rest.is_empty()).map(|(_, rest)| Self(rest.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The names from the bucket's folder down to the file; `None` where no file can have that key: `dir/` and
    /// `a//b` are keys of their own in S3, `..` is a plain name there, and a folder has none of them.
    pub(crate) fn file_names(&self) -> Option<Vec<&str>> {
        self.0.split('/').map(|name| is_file_name(name).then_some(name)).collect()
    }
}

/// Whether a name can be that of a file or folder which belongs to a bucket.
pub(crate) fn is_file_name(name: &str) -> bool {
    let is_separator = |character| std::path::is_separator(character) || character == '\0';
    let has_drive = cfg!(windows) && name.contains(':');
    !matches!(name, "" | "." | "..")
        && !name.contains(is_separator)
        && !has_drive
        && !name.starts_with(UPLOAD_PREFIX)
}

/// The longest key, in bytes.
pub(crate) const KEY_LENGTH_MAX: usize = 1024;

/// How the files are named that an upload is written to; they are no objects.
pub(crate) const UPLOAD_PREFIX: &str = ".frontgate-upload-";

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn only_plain_names_are_files() {
        for (path, key, names) in [
            ("/a/b.txt", "a/b.txt", Some(vec!["a", "b.txt"])),
            ("/a%20b/%C3%A9", "a b/é", Some(vec!["a b", "é"])),
            ("/a+b", "a+b", Some(vec!["a+b"])),
            ("/.hidden", ".hidden", Some(vec![".hidden"])),
            ("/a%2Fb", "a/b", Some(vec!["a", "b"])),
            ("/dir/", "dir/", None),
            ("//a", "/a", None),
            ("/a//b", "a//b", None),
            ("/../etc/passwd", "../etc/passwd", None),
            ("/%2e%2e/etc/passwd", "../etc/passwd", None),
            ("/..%2f..%2fetc", "../../etc", None),
            ("/a/./b", "a/./b", None),
            ("/a%00b", "a\0b", None),
            ("/.frontgate-upload-1", ".frontgate-upload-1", None),
        ] {
            let parsed = Key::of_path(path).expect(path).expect(path);
            assert_eq!((parsed.as_str(), parsed.file_names()), (key, names), "{path}");
        }
        assert!(matches!(Key::of_path("/"), Ok(None)));
        assert!(Key::of_path("/%ff").is_err(), "no UTF-8");
        assert!(Key::of_path(&format!("/{}", "k".repeat(1025))).is_err(), "too long");
    }
}
