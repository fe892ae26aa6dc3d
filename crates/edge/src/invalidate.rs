//! Which objects does an invalidation remove?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html>.

use frontgate_cache::Cache;
use frontgate_edge_rules::invalidation::InvalidationPath;
use frontgate_edge_rules::{Distribution, KeySettings, Selection};

use crate::object::Object;
use crate::serve::Asked;

/// Removes the objects of a distribution that one of the paths or tags names, in all their variants, errors included; what is
/// being fetched meanwhile is not kept. Says how many went.
pub fn invalidate(cache: &Cache<Object>, distribution: &Distribution, paths: &[InvalidationPath]) -> usize {
    let tags = distribution.cache_tags.as_ref().map_or(0, |config| {
        let is_meant = |object: &Object| {
            let header = object.cache_tags.as_ref().map(|tags| &tags.header_name);
            *object.distribution_id == *distribution.id && header == Some(&config.header_name)
        };
        paths.iter().filter_map(InvalidationPath::tag).map(|tag| cache.remove_labeled(tag, is_meant)).sum()
    });
    if paths.iter().all(|path| path.tag().is_some()) {
        return tags;
    }
    let by_path = cache.remove_where(|_, object| {
        *object.distribution_id == *distribution.id && paths.iter().any(|path| path.names(&object.target))
    });
    tags + by_path
}

/// By what an invalidation names the object of a request: its path, and its query where the cache key has some of it.
pub(crate) fn invalidation_target(asked: &Asked<'_>) -> Box<str> {
    let query_is_keyed = match &asked.behavior.key {
        KeySettings::Policy { policy, .. } => policy.query_strings != Selection::None,
        KeySettings::Legacy(values) => values.query_string,
    };
    match asked.head.target.query().filter(|_| query_is_keyed) {
        Some(query) => format!("{}?{query}", asked.path).into(),
        None => asked.path.into(),
    }
}
