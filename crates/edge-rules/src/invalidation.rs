//! Which invalidation paths does CloudFront take, and which objects does each of them name?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>
//! and the errors of <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html>.

use frontgate_aws::Source;

use crate::cache_tags::tag;
use crate::validate::Violation;

/// A path that an invalidation names: one object in all its variants, or with `*` at its end all that begin so. With `#`
/// before it: a tag of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidationPath {
    text: Box<str>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Path,
    Prefix,
    /// As it is compared.
    Tag(Box<str>),
}

impl InvalidationPath {
    /// The path as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names the object with that target: its path, with the query where the cache key has some of it.
    #[must_use]
    pub fn names(&self, target: &str) -> bool {
        match self.kind {
            Kind::Path => *self.text == *target,
            Kind::Prefix => self.text.strip_suffix('*').is_some_and(|start| target.starts_with(start)),
            Kind::Tag(_) => false,
        }
    }

    /// The tag that it names in place of a path, lower case.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match &self.kind {
            Kind::Tag(tag) => Some(tag),
            Kind::Path | Kind::Prefix => None,
        }
    }

    /// One path; `None` where CloudFront would not take it: it begins with `/`, has an asterisk at its end only, and
    /// nothing that must be percent-encoded.
    fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix('#') {
            return tag(name.as_bytes()).map(|tag| Self { text: text.into(), kind: Kind::Tag(tag) });
        }
        let is_prefix = text.ends_with('*');
        let rest = text.strip_suffix('*').unwrap_or(text);
        let is_valid = text.starts_with('/')
            && text.len() <= PATH_LENGTH_MAX
            && !rest.contains('*')
            && rest.bytes().all(|byte| byte.is_ascii_graphic() && !MUST_BE_ENCODED.contains(&byte));
        let kind = if is_prefix { Kind::Prefix } else { Kind::Path };
        is_valid.then(|| Self { text: text.into(), kind })
    }
}

/// The paths of one invalidation.
///
/// # Errors
/// What CloudFront refuses.
pub fn invalidation_paths<T: AsRef<str>>(texts: &[T]) -> Result<Vec<InvalidationPath>, Violation> {
    if texts.is_empty() {
        return Err(refused("MissingArgument", "Give at least one path.", OWN_WORDS));
    }
    if texts.len() > PATHS_MAX {
        let message = format!("{} paths are given, {PATHS_MAX} are allowed at a time.", texts.len());
        return Err(refused("BatchTooLarge", &message, OWN_WORDS));
    }
    let paths = texts.iter().map(|text| InvalidationPath::parse(text.as_ref()));
    let Some(paths) = paths.collect::<Option<Vec<_>>>() else {
        let wrong = texts.iter().map(AsRef::as_ref).find(|text| InvalidationPath::parse(text).is_none());
        let wrong = wrong.unwrap_or_default();
        let message = format!(
            "Your request contains one or more invalid invalidation paths. (`{wrong}`: {})",
            advice(wrong)
        );
        return Err(refused("InvalidArgument", &message, TEXT_OF_PATHS));
    };
    if paths.iter().filter(|path| path.kind == Kind::Prefix).count() > WILDCARDS_MAX {
        let message = "Processing your request will cause you to exceed the maximum number of in-progress wildcard \
                       invalidations.";
        return Err(refused("TooManyInvalidationsInProgress", message, TEXT_OF_WILDCARDS));
    }
    Ok(paths)
}

fn advice(wrong: &str) -> &'static str {
    if wrong.starts_with('#') {
        "a tag has 1 to 256 visible ASCII characters without a comma"
    } else if !wrong.starts_with('/') {
        "a path begins with /"
    } else if wrong.len() > PATH_LENGTH_MAX {
        "a path has at most 4000 characters"
    } else if wrong.strip_suffix('*').unwrap_or(wrong).contains('*') {
        "an asterisk stands at the end only"
    } else {
        "percent-encode what is no plain character of a URL"
    }
}

fn refused(code: &'static str, message: &str, source: Source) -> Violation {
    Violation { code, message: message.to_owned(), source }
}

/// Paths of all invalidations in progress at a time.
pub const PATHS_MAX: usize = 3000;

/// Of these, paths with a wildcard.
pub const WILDCARDS_MAX: usize = 15;

/// Characters of a path.
pub const PATH_LENGTH_MAX: usize = 4000;

/// What RFC 1738 calls unsafe, but for the characters that a URL of today may hold raw.
const MUST_BE_ENCODED: &[u8] = b"\"#<>\\^`{|}";

const TEXT_OF_PATHS: Source = Source::Recorded("github.com/exercism/website issue 6119, and others");

const TEXT_OF_WILDCARDS: Source = Source::Inferred("the text as it is quoted; not seen in a recording");

const OWN_WORDS: Source = Source::Inferred("the limit is documented, CloudFront's text for it is not known");

#[cfg(test)]
mod tests {
    use super::{PATHS_MAX, WILDCARDS_MAX, invalidation_paths};

    #[test]
    fn paths_name_objects() {
        let rows = [
            ("/a.jpg", "/a.jpg", true),
            ("/a.jpg", "/A.jpg", false),
            ("/a.jpg", "/a.jpg?size=1", false),
            ("/a.jpg?size=1", "/a.jpg?size=1", true),
            ("/a*", "/a.jpg?size=1", true),
            ("/images/*", "/images", false),
            ("/images/*", "/images/", true),
            ("/*", "/x/y", true),
            ("/dir", "/dir/", false),
            ("/%C3%A9", "/%C3%A9", true),
        ];
        for (path, target, named) in rows {
            let paths = invalidation_paths(&[path]).expect(path);
            assert_eq!(paths[0].names(target), named, "{path} {target}");
        }
    }

    #[test]
    fn what_cloudfront_refuses_is_refused_with_its_code() {
        let long = format!("/{}", "x".repeat(4000));
        let rows: [(&str, Option<&str>); 11] = [
            ("/", None),
            ("/*", None),
            ("images/a.jpg", Some("a path begins with /")),
            ("*", Some("a path begins with /")),
            ("/a*b", Some("at the end only")),
            ("/a**", Some("at the end only")),
            ("/é", Some("percent-encode")),
            ("#tag", None),
            ("#a,b", Some("a tag has 1 to 256")),
            ("#", Some("a tag has 1 to 256")),
            (&long, Some("4000")),
        ];
        for (path, part) in rows {
            match (invalidation_paths(&[path]), part) {
                (Ok(_), None) => {}
                (Err(violation), Some(part)) => {
                    assert_eq!(violation.code, "InvalidArgument");
                    assert!(violation.message.contains(part), "{path}: {}", violation.message);
                }
                (result, _) => panic!("{path}: {result:?}"),
            }
        }
    }

    #[test]
    fn tags_stand_beside_paths() {
        let items = invalidation_paths(&["#Product:TV*", "/a"]).expect("both");
        let tags: Vec<_> = items.iter().map(super::InvalidationPath::tag).collect();
        assert_eq!(tags, [Some("product:tv*"), None]);
        assert!(!items[0].names("#Product:TV*") && items[1].names("/a"));
        assert_eq!(items[0].as_str(), "#Product:TV*");
    }

    #[test]
    fn there_are_limits() {
        let code = |count: usize, path: &str| {
            invalidation_paths(&vec![path; count]).err().map(|violation| violation.code)
        };
        assert_eq!(code(PATHS_MAX, "/a"), None);
        assert_eq!(code(PATHS_MAX + 1, "/a"), Some("BatchTooLarge"));
        assert_eq!(code(WILDCARDS_MAX, "/a*"), None);
        assert_eq!(code(WILDCARDS_MAX + 1, "/a*"), Some("TooManyInvalidationsInProgress"));
        assert_eq!(code(0, "/a"), Some("MissingArgument"));
    }
}
