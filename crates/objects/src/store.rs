//! How a service of AWS puts an object into a bucket on its own, as CloudFront does with its logs. It blocks.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::entity_tag::EntityTags;
use crate::error::S3Error;
use crate::folder;
use crate::key::Key;
use crate::upload::Upload;

/// Makes `content` the object `key` of the bucket in `folder`: whole, or not at all. The folder is made if it is not
/// there.
///
/// # Errors
/// Words for the operator.
pub fn store(folder: &Path, key: &str, content: &Bytes) -> Result<(), String> {
    let file = folder.join(key);
    let failed = |error: &dyn std::fmt::Display| format!("cannot write {}: {error}", file.display());
    let key = Key::of_text(key).map_err(|_| failed(&"the name is too long"))?;
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let entry = folder::entry_of(folder, &key).map_err(operator_words)?;
    let entry = entry.ok_or_else(|| failed(&"no file of the bucket's folder can have this name"))?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let upload = Upload::begin(folder, number).and_then(|upload| upload.write(content));
    let upload = upload.map_err(operator_words)?;
    upload.finish(&entry, &EntityTags::default()).map_err(|error| failed(&error))
}

fn operator_words(error: folder::FolderError) -> String {
    S3Error::from(error).operator().unwrap_or_default().to_owned()
}

/// Numbers of uploads, apart from those of requests, which count from 0.
static NUMBER: AtomicU64 = AtomicU64::new(1 << 63);

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::store;

    #[test]
    fn an_object_is_stored_or_the_operator_is_told() {
        let folder = std::env::temp_dir().join(format!("frontgate-store-{}", std::process::id()));
        let content = Bytes::from_static(b"x");
        store(&folder.join("bucket"), "a/b.gz", &content).expect("stored");
        assert_eq!(std::fs::read(folder.join("bucket/a/b.gz")).expect("there"), b"x");
        let why = store(&folder.join("bucket"), "../b.gz", &content).expect_err("outside");
        assert!(why.contains("b.gz"), "{why}");
        let why = store(&folder.join("bucket/a/b.gz"), "c", &content).expect_err("a file is no folder");
        assert!(why.contains("b.gz"), "{why}");
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
