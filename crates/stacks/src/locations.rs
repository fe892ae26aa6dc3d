//! Where does a file lie that a template names: beside the template, or in the folder of a bucket?

use std::path::{Component, Path, PathBuf};

use frontgate_template::{Node, Template};

/// Reads the file at a location: a path from the template's folder, or `s3://BUCKET/KEY` in a bucket whose folder is known.
/// Gives its name for messages, and its text.
///
/// # Errors
/// Why it cannot be read.
pub fn read(
    location: &str,
    folder: &Path,
    folder_of: impl Fn(&str) -> Option<PathBuf>,
) -> Result<(String, String), String> {
    let path = match location.strip_prefix("s3://") {
        None => without_dots(&folder.join(location)),
        Some(rest) => {
            let (bucket, key) =
                rest.split_once('/').ok_or_else(|| format!("`{location}` names no object"))?;
            object(bucket, key, folder_of)?
        }
    };
    text(&path)
}

/// The file of an object in the folder of its bucket.
///
/// # Errors
/// The bucket is not known, or the key leads out of it.
pub fn object(
    bucket: &str,
    key: &str,
    folder_of: impl Fn(&str) -> Option<PathBuf>,
) -> Result<PathBuf, String> {
    let folder = folder_of(bucket).ok_or_else(|| {
        format!("The bucket {bucket} has no folder here: give it one with --bucket {bucket}=FOLDER")
    })?;
    let key = Path::new(key);
    if key.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(format!("The key {} names no file of a folder", key.display()));
    }
    Ok(without_dots(&folder.join(key)))
}

/// A path as it is shown: without `./` in it.
fn without_dots(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// The name and the text of a file.
///
/// # Errors
/// Why it cannot be read.
pub fn text(path: &Path) -> Result<(String, String), String> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(format!("{name} cannot be read: {error}")),
    }
}

/// The folder that a template gives to a bucket with a name that is written out.
pub fn declared_folder(template: &Template, bucket: &str, folder: &Path) -> Option<PathBuf> {
    let resources = template.document.get("Resources").and_then(Node::as_map)?;
    let named = resources.iter().find(|entry| {
        let name = entry.node.at(&["Properties", "BucketName"]).and_then(Node::as_str);
        name == Some(bucket) && entry.node.get("Type").and_then(Node::as_str) == Some("AWS::S3::Bucket")
    })?;
    let path = named.node.at(&["Metadata", "frontgate", "folder"]).and_then(Node::as_str)?;
    Some(folder.join(path).components().collect())
}
