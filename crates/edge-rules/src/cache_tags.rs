//! By which tags can an object be invalidated?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-by-tags.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html>.

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_message::Headers;

use crate::config::Distribution;

/// `CacheTagConfig`: the header of the origin's answers that names the tags of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheTagConfig {
    /// `HeaderName`, lower case.
    pub header_name: Box<str>,
    /// Where it stands.
    pub place: PlaceId,
}

/// The tags of a kept object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheTags {
    /// The header that they stood in: an invalidation evaluates only those of the header that is configured when it is
    /// made.
    pub header_name: Box<str>,
    /// The tags, lower case, sorted, each of them once.
    pub tags: Box<[Box<str>]>,
}

/// How many tags an object may have; those beyond are not stored.
pub const TAGS_MAX: usize = 50;

/// How many characters a tag may have.
pub const TAG_LENGTH_MAX: usize = 256;

/// The tags that the answer of an origin with these headers names; `None` where it names none, or the distribution has no
/// `CacheTagConfig`.
#[must_use]
pub fn cache_tags(distribution: &Distribution, response: &Headers) -> Option<CacheTags> {
    let config = distribution.cache_tags.as_ref()?;
    let mut tags: Vec<Box<str>> = named(config, response).filter_map(tag).take(TAGS_MAX).collect();
    tags.sort_unstable();
    tags.dedup();
    (!tags.is_empty())
        .then(|| CacheTags { header_name: config.header_name.clone(), tags: tags.into_boxed_slice() })
}

/// Notes how many tags are stored, and how many are not.
pub fn note_cache_tags(distribution: &Distribution, response: &Headers, trace: &mut Trace) {
    let Some(config) = &distribution.cache_tags else { return };
    let valid = named(config, response).filter_map(tag).count();
    let dropped = named(config, response).count() - valid.min(TAGS_MAX);
    let counts = [(FactKind::CacheTagsKept, valid.min(TAGS_MAX)), (FactKind::CacheTagsDropped, dropped)];
    for (kind, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        trace.note(Fact::of(kind).value(u32::try_from(count).unwrap_or(u32::MAX)).at(config.place));
    }
}

/// A tag as it is compared: upper and lower case are the same. `None` for what cannot be one.
#[must_use]
pub fn tag(text: &[u8]) -> Option<Box<str>> {
    let is_valid = !text.is_empty()
        && text.len() <= TAG_LENGTH_MAX
        && text.iter().all(|byte| byte.is_ascii_graphic() && *byte != b',');
    is_valid.then(|| String::from_utf8_lossy(text).to_ascii_lowercase().into())
}

/// Whether that can be the name of a header (RFC 9110 §5.1).
#[must_use]
pub fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// What stands between the commas of the header.
fn named<'a>(config: &CacheTagConfig, response: &'a Headers) -> impl Iterator<Item = &'a [u8]> {
    let name = config.header_name.clone();
    let values = response.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(&name));
    values
        .flat_map(|(_, value)| value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use frontgate_explain::{FactKind, PlaceId, Trace};
    use frontgate_message::Headers;

    use super::{CacheTagConfig, cache_tags, note_cache_tags};
    use crate::config::Distribution;
    use crate::fixture;

    #[test]
    fn tags_are_read_from_the_header() {
        let many: String = (10..70).map(|number| format!("t{number},")).collect();
        let long = "x".repeat(257);
        type Row<'a> = (&'a [(&'a str, &'a str)], usize, usize, Option<&'a str>);
        let rows: [Row<'_>; 8] = [
            (&[], 0, 0, None),
            (&[("Other", "a")], 0, 0, None),
            (&[("cache-tag", "product:Electronics, category:tv,brand:x")], 3, 0, Some("product:electronics")),
            (&[("Cache-Tag", "a"), ("Cache-Tag", "b,B")], 3, 0, Some("b")),
            (&[("Cache-Tag", " , ,")], 0, 0, None),
            (&[("Cache-Tag", "two words,é,#x*")], 1, 2, Some("#x*")),
            (&[("Cache-Tag", &many)], 50, 10, Some("t59")),
            (&[("Cache-Tag", &long)], 0, 1, None),
        ];
        let config = CacheTagConfig { header_name: "cache-tag".into(), place: PlaceId::NONE };
        let behavior = fixture::behavior(fixture::legacy_key(fixture::legacy_values()));
        let plain = fixture::distribution(behavior.clone());
        let distribution = Distribution { cache_tags: Some(config), ..fixture::distribution(behavior) };
        for (fields, kept, dropped, one) in rows {
            let headers: Headers = fields.iter().copied().collect();
            let tags = cache_tags(&distribution, &headers);
            let has = |one: &str| tags.as_ref().is_some_and(|tags| tags.tags.iter().any(|tag| **tag == *one));
            assert!(one.is_none_or(has) && (one.is_some() || tags.is_none()), "{fields:?}: {tags:?}");
            let mut trace = Trace::new();
            note_cache_tags(&distribution, &headers, &mut trace);
            let count = |kind| trace.first(kind).map_or(0, |fact| fact.value as usize);
            let counts = (count(FactKind::CacheTagsKept), count(FactKind::CacheTagsDropped));
            assert_eq!(counts, (kept, dropped), "{fields:?}");
        }
        assert_eq!(cache_tags(&plain, &Headers::from_iter([("Cache-Tag", "a")])), None);
    }
}
