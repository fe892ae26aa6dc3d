//! The folder of a bucket: which file a key is, and which keys there are. Everything here blocks on the disk.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use frontgate_aws::hex;
use md5::{Digest as _, Md5};

use crate::entity_tag::{EntityTags, Version};
use crate::error::S3Error;
use crate::key::{KEY_LENGTH_MAX, Key, is_file_name};

/// A file that was opened to be an object.
#[derive(Debug)]
pub(crate) struct OpenObject {
    pub(crate) file: File,
    pub(crate) length: u64,
    pub(crate) modified: SystemTime,
    /// Without its quotes.
    pub(crate) entity_tag: Arc<str>,
    /// The content, where it was read and is small.
    pub(crate) content: Option<Bytes>,
}

/// What went wrong with the folder, for the operator.
#[derive(Debug)]
pub(crate) struct FolderError {
    doing: &'static str,
    path: PathBuf,
    error: io::Error,
}

/// All keys of a folder that begin with a prefix.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Sorted by their bytes, as S3 lists.
    pub(crate) keys: Vec<String>,
    /// Files that cannot be objects, because their names are no UTF-8 or too long.
    pub(crate) no_keys: Vec<PathBuf>,
}

/// Opens the file of a key; `None` where there is no such object.
pub(crate) fn open(
    folder: &Path,
    key: &Key,
    tags: &EntityTags,
    with_content: bool,
) -> Result<Option<OpenObject>, FolderError> {
    let Some(path) = file_of(folder, key)? else { return Ok(None) };
    let failed = |doing| move |error| FolderError { doing, path: path_of(folder, key), error };
    // A pipe would block whoever opens it, so the kind is looked at first.
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(failed("read")(error)),
    }
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(failed("open")(error)),
    };
    let metadata = file.metadata().map_err(failed("read"))?;
    let version = Version::of(&metadata);
    let known = tags.find(&path, version);
    let is_small = metadata.len() <= WHOLE_LENGTH_MAX;
    let content = if is_small && (with_content || known.is_none()) {
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        // One byte more tells a file that grew meanwhile; it is then served as far as it was when it was opened.
        file.by_ref().take(metadata.len()).read_to_end(&mut content).map_err(failed("read"))?;
        Some(Bytes::from(content))
    } else {
        None
    };
    let length = content.as_ref().map_or(metadata.len(), |content| content.len() as u64);
    let entity_tag = match (known, &content) {
        (Some(tag), _) => tag,
        (None, Some(content)) => hex(&Md5::digest(content)).into(),
        (None, None) => md5_of(&mut file).map_err(failed("read"))?,
    };
    // What changed while it was read has a tag of its own that must not be taken for that of the new file.
    if file.metadata().is_ok_and(|after| Version::of(&after) == version) {
        tags.keep(&path, version, &entity_tag);
    }
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Ok(Some(OpenObject { file, length, modified: modified.max(SystemTime::UNIX_EPOCH), entity_tag, content }))
}

/// All keys that begin with `prefix`.
pub(crate) fn walk(folder: &Path, prefix: &str) -> Result<Walk, FolderError> {
    let root = root_of(folder)?;
    let mut walk = Walk::default();
    let mut folders = vec![(root.clone(), String::new())];
    while let Some((path, key_prefix)) = folders.pop() {
        let failed = |error| FolderError { doing: "list", path: path.clone(), error };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if is_missing(&error) && path != root => continue,
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let Some(key) = key_of_entry(&key_prefix, &entry.file_name(), &entry.path(), &mut walk) else {
                continue;
            };
            let Some(kind) = kind_of(&root, &entry).map_err(failed)? else { continue };
            match kind {
                Kind::File if key.starts_with(prefix) => walk.keys.push(key),
                Kind::File => {}
                Kind::Folder(target) => {
                    let below = key + "/";
                    if below.starts_with(prefix) || prefix.starts_with(&below) {
                        folders.push((target, below));
                    }
                }
            }
            if walk.keys.len() + folders.len() > ENTRIES_WALKED_MAX {
                return Err(failed(io::Error::other(format!("more than {ENTRIES_WALKED_MAX} files"))));
            }
        }
    }
    walk.keys.sort_unstable();
    Ok(walk)
}

/// The file system entry that a key names, for writing or deleting it; `None` where no file can have the key or it
/// would lie outside of the folder. Parents need not exist.
pub(crate) fn entry_of(folder: &Path, key: &Key) -> Result<Option<PathBuf>, FolderError> {
    let root = root_of(folder)?;
    let Some(names) = key.file_names() else { return Ok(None) };
    let Some((name, parents)) = names.split_last() else { return Ok(None) };
    let mut path = root.clone();
    for parent in parents {
        let next = path.join(parent);
        path = match fs::canonicalize(&next) {
            Ok(real) if real.starts_with(&root) => real,
            Ok(_) => return Ok(None),
            // A dangling link would be followed when the folder is made.
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&next).is_err() => {
                next
            }
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(FolderError { doing: "read", path: next, error }),
        };
    }
    Ok(Some(path.join(name)))
}

/// The folder itself, with every link resolved.
pub(crate) fn root_of(folder: &Path) -> Result<PathBuf, FolderError> {
    fs::canonicalize(folder).map_err(|error| FolderError { doing: "open", path: folder.to_owned(), error })
}

impl FolderError {
    pub(crate) fn new(doing: &'static str, path: PathBuf, error: io::Error) -> Self {
        Self { doing, path, error }
    }
}

impl From<FolderError> for S3Error {
    fn from(error: FolderError) -> Self {
        Self::internal(format!("cannot {} {}: {}", error.doing, error.path.display(), error.error))
    }
}

/// An object up to this length is read whole; a longer one is sent in chunks.
pub(crate) const WHOLE_LENGTH_MAX: u64 = 1024 * 1024;

/// How many files and folders one list looks at.
const ENTRIES_WALKED_MAX: usize = 1_000_000;

enum Kind {
    File,
    /// The folder, with every link resolved.
    Folder(PathBuf),
}

/// The real file of a key; `None` where there is none, or where a link leads out of the folder.
fn file_of(folder: &Path, key: &Key) -> Result<Option<PathBuf>, FolderError> {
    let root = root_of(folder)?;
    let Some(names) = key.file_names() else { return Ok(None) };
    let path = names.iter().fold(root.clone(), |path, name| path.join(name));
    match fs::canonicalize(&path) {
        Ok(real) => Ok(real.starts_with(&root).then_some(real)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(FolderError { doing: "open", path, error }),
    }
}

fn path_of(folder: &Path, key: &Key) -> PathBuf {
    key.as_str().split('/').fold(folder.to_owned(), |path, name| path.join(name))
}

/// The key of a directory entry; entries that cannot be objects are noted.
fn key_of_entry(prefix: &str, name: &std::ffi::OsStr, path: &Path, walk: &mut Walk) -> Option<String> {
    let Some(name) = name.to_str() else {
        walk.no_keys.push(path.to_owned());
        return None;
    };
    if !is_file_name(name) {
        return None;
    }
    let key = format!("{prefix}{name}");
    if key.len() > KEY_LENGTH_MAX {
        walk.no_keys.push(path.to_owned());
        return None;
    }
    Some(key)
}

/// What an entry is behind its links; `None` for what is no object: pipes, sockets, links that leave the folder or lead
/// back up to a folder that holds them.
fn kind_of(root: &Path, entry: &fs::DirEntry) -> io::Result<Option<Kind>> {
    let kind = match entry.file_type() {
        Ok(kind) => kind,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if kind.is_file() {
        return Ok(Some(Kind::File));
    }
    if kind.is_dir() {
        return Ok(Some(Kind::Folder(entry.path())));
    }
    if !kind.is_symlink() {
        return Ok(None);
    }
    let Ok(target) = fs::canonicalize(entry.path()) else { return Ok(None) };
    let leads_up = entry.path().starts_with(&target);
    if !target.starts_with(root) || leads_up {
        return Ok(None);
    }
    let metadata = fs::metadata(&target)?;
    Ok(match () {
        () if metadata.is_file() => Some(Kind::File),
        () if metadata.is_dir() => Some(Kind::Folder(target)),
        () => None,
    })
}

fn md5_of(file: &mut File) -> io::Result<Arc<str>> {
    let mut md5 = Md5::new();
    io::copy(file, &mut md5)?;
    file.rewind()?;
    Ok(hex(&md5.finalize()).into())
}

/// Whether an error says that there is no such file: S3 knows no other reason for a missing object.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}
