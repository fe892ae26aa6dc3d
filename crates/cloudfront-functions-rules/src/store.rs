//! A key value store as functions read it.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/kvs-with-functions.html> and, for the
//! limits, <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>.

use std::collections::BTreeMap;

/// Keys and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValueStore {
    /// Its id, which `cf.kvs(id)` may name.
    pub id: Box<str>,
    /// The pairs.
    pub values: BTreeMap<Box<str>, Box<str>>,
    /// When it was made and last changed, as `meta()` tells it: ISO 8601.
    pub date: Box<str>,
}

/// A store that is too large.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A key.
    #[error("the key {0:?} has more than {KEY_BYTES_MAX} bytes, or none")]
    Key(String),
    /// A value.
    #[error("the value of {0:?} has more than {VALUE_BYTES_MAX} bytes")]
    Value(String),
    /// All of it.
    #[error("keys and values together have more than {STORE_BYTES_MAX} bytes")]
    Store,
}

/// Bytes of a key at most.
pub const KEY_BYTES_MAX: usize = 512;

/// Bytes of a value at most.
pub const VALUE_BYTES_MAX: usize = 1_024;

/// Bytes of all keys and values at most.
pub const STORE_BYTES_MAX: usize = 5 * 1_024 * 1_024;

impl KeyValueStore {
    /// Whether it keeps to the limits.
    ///
    /// # Errors
    /// The first limit that it breaks.
    pub fn check(&self) -> Result<(), StoreError> {
        let mut bytes = 0;
        for (key, value) in &self.values {
            if key.is_empty() || key.len() > KEY_BYTES_MAX {
                return Err(StoreError::Key(key.to_string()));
            }
            if value.len() > VALUE_BYTES_MAX {
                return Err(StoreError::Value(key.to_string()));
            }
            bytes += key.len() + value.len();
        }
        if bytes > STORE_BYTES_MAX { Err(StoreError::Store) } else { Ok(()) }
    }

    /// What `meta()` tells, as JSON.
    #[must_use]
    pub fn meta(&self) -> String {
        serde_json::json!({
            "creationDateTime": self.date,
            "lastUpdatedDateTime": self.date,
            "keyCount": self.values.len(),
        })
        .to_string()
    }
}
