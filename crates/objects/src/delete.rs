//! DeleteObject.
//!
//! Authority: Amazon S3 API reference, *DeleteObject*: deleting what is not there succeeds as well.

use std::io;

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::Response;

use crate::error::S3Error;
use crate::folder::{self, FolderError};
use crate::key::Key;
use crate::{Call, Objects};

impl Objects {
    /// Answers a deletion that the policy allows.
    pub(crate) async fn delete(
        &self,
        call: &Call<'_>,
        key: &Key,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        if call.head.headers.contains("if-match") {
            let error = S3Error::not_implemented("DeleteObject with If-Match");
            trace.note(error.fact());
            return Err(error);
        }
        if let Some(folder) = call.bucket.folder.clone() {
            let key = key.clone();
            let deleted = self.off_the_runtime(move || remove(&folder, &key)).await?;
            deleted.map_err(S3Error::from).inspect_err(|error| trace.note(error.fact()))?;
        }
        trace.note(Fact::of(FactKind::ObjectDeleted).at(call.bucket.place));
        Ok(Response::new(204))
    }
}

/// Removes the file of a key. A folder is no object, so it stays.
pub(crate) fn remove(folder: &std::path::Path, key: &Key) -> Result<(), FolderError> {
    let Some(entry) = folder::entry_of(folder, key)? else { return Ok(()) };
    if entry.is_dir() {
        return Ok(());
    }
    match std::fs::remove_file(&entry) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(())
        }
        Err(error) => Err(FolderError::new("delete", entry, error)),
    }
}
