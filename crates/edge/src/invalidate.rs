//! Which objects does an invalidation remove?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html>.

use frontgate_edge_rules::{Distribution, KeySettings, Selection};

use crate::object::Object;
use crate::serve::{Asked, Edge};

impl<O> Edge<O> {
    /// Removes the objects of a distribution that an invalidation path names, in all their variants, errors included:
    /// `/images/a.jpg`, `/a?size=1`, or `/images/*`. Says how many went.
    pub fn invalidate(&self, distribution: &Distribution, path: &str) -> usize {
        self.cache
            .remove_where(|_, object| *object.distribution_id == *distribution.id && object.is_meant_by(path))
    }
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

impl Object {
    fn is_meant_by(&self, path: &str) -> bool {
        match path.strip_suffix('*') {
            Some(start) => self.target.starts_with(start),
            None => *self.target == *path,
        }
    }
}
