//! The entity tags of files: the MD5 of the content, computed once for as long as a file stays as it is.
//!
//! Authority: Amazon S3 API reference, *Object* (`API_Object`): the ETag of an object that was put whole and is not
//! encrypted with KMS is the MD5 of its content.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// What was computed, by file.
#[derive(Debug, Default)]
pub(crate) struct EntityTags {
    known: Mutex<HashMap<PathBuf, (Version, Arc<str>)>>,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    length: u64,
    modified: SystemTime,
    /// The file itself and the time of its last change of any kind, where the system has them.
    identity: (u64, u64, i64, i64),
}

impl EntityTags {
    /// The tag of that version of a file, if it was computed.
    pub(crate) fn find(&self, path: &Path, version: Version) -> Option<Arc<str>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path).filter(|(of, _)| *of == version).map(|(_, tag)| Arc::clone(tag))
    }

    /// Keeps the tag of that version.
    pub(crate) fn keep(&self, path: &Path, version: Version, tag: &Arc<str>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ENTITY_TAGS_MAX && !known.contains_key(path) {
            known.clear();
        }
        known.insert(path.to_owned(), (version, Arc::clone(tag)));
    }
}

impl Version {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            identity: identity(metadata),
        }
    }
}

/// How many tags are kept; past it all are forgotten and computed anew.
const ENTITY_TAGS_MAX: usize = 100_000;

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> (u64, u64, i64, i64) {
    (0, 0, 0, 0)
}
