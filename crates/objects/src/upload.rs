//! A file while it is being uploaded: written beside the objects, and made one of them at once when it is whole.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use frontgate_aws::hex;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::entity_tag::{EntityTags, Version};
use crate::folder::{FolderError, root_of};
use crate::key::UPLOAD_PREFIX;

/// An upload. If it is dropped before it is finished, nothing of it stays.
#[derive(Debug)]
pub(crate) struct Upload {
    file: File,
    path: PathBuf,
    md5: Md5,
    sha256: Sha256,
    length: u64,
    is_finished: bool,
}

/// A part of a multipart upload; its file goes away with it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) length: u64,
    pub(crate) md5: [u8; 16],
}

impl Drop for Part {
    fn drop(&mut self) {
        // Nobody is left to tell; the name keeps it from being taken for an object.
        drop(fs::remove_file(&self.path));
    }
}

/// What was received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) length: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) sha256: [u8; 32],
}

impl Upload {
    /// Begins an upload; `number` is one that no other upload of this process has.
    pub(crate) fn begin(folder: &Path, number: u64) -> Result<Self, FolderError> {
        let path = root_of(folder)?.join(format!("{UPLOAD_PREFIX}{}-{number}", std::process::id()));
        let file = File::options().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| FolderError::new("create", path.clone(), error))?;
        Ok(Self { file, path, md5: Md5::new(), sha256: Sha256::new(), length: 0, is_finished: false })
    }

    /// Writes the next chunk.
    pub(crate) fn write(mut self, chunk: &Bytes) -> Result<Self, FolderError> {
        self.file.write_all(chunk).map_err(|error| FolderError::new("write", self.path.clone(), error))?;
        self.md5.update(chunk);
        self.sha256.update(chunk);
        self.length += chunk.len() as u64;
        Ok(self)
    }

    /// An upload of what the parts hold, one behind the other.
    pub(crate) fn join(folder: &Path, number: u64, parts: &[Arc<Part>]) -> Result<Self, FolderError> {
        let mut upload = Self::begin(folder, number)?;
        for part in parts {
            let file = File::open(&part.path);
            let file = file.map_err(|error| FolderError::new("open", part.path.clone(), error))?;
            upload = upload.append(file, 0, u64::MAX)?;
        }
        Ok(upload)
    }

    /// An upload of what a file holds from `start` on, at most `length` bytes.
    pub(crate) fn copy(
        folder: &Path,
        number: u64,
        file: File,
        start: u64,
        length: u64,
    ) -> Result<Self, FolderError> {
        Self::begin(folder, number)?.append(file, start, length)
    }

    fn append(mut self, mut file: File, start: u64, length: u64) -> Result<Self, FolderError> {
        let failed = |path: &Path, error| FolderError::new("read", path.to_owned(), error);
        file.seek(SeekFrom::Start(start)).map_err(|error| failed(&self.path, error))?;
        let mut left = file.take(length);
        loop {
            let mut chunk = Vec::with_capacity(COPIED_BYTES);
            let read = Read::by_ref(&mut left).take(COPIED_BYTES as u64).read_to_end(&mut chunk);
            read.map_err(|error| failed(&self.path, error))?;
            if chunk.is_empty() {
                return Ok(self);
            }
            self = self.write(&chunk.into())?;
        }
    }

    /// The upload as a part, which is a file as long as somebody holds it.
    pub(crate) fn into_part(mut self) -> Part {
        self.is_finished = true;
        let Received { length, md5, .. } = self.received();
        Part { path: self.path.clone(), length, md5 }
    }

    /// How many bytes were received so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// What was received so far.
    pub(crate) fn received(&self) -> Received {
        Received {
            length: self.length,
            md5: self.md5.clone().finalize().into(),
            sha256: self.sha256.clone().finalize().into(),
        }
    }

    /// Makes the file the object at `entry`. An error of kind `IsADirectory` or `NotADirectory` says that a folder
    /// cannot hold this key beside the others.
    pub(crate) fn finish(self, entry: &Path, tags: &EntityTags) -> io::Result<()> {
        let tag: Arc<str> = hex(&self.received().md5).into();
        self.finish_as(entry, tags, &tag)
    }

    /// The same with an entity tag of another kind.
    pub(crate) fn finish_as(mut self, entry: &Path, tags: &EntityTags, tag: &Arc<str>) -> io::Result<()> {
        if let Some(parent) = entry.parent() {
            fs::create_dir_all(parent)?;
        }
        self.file.sync_all()?;
        fs::rename(&self.path, entry)?;
        self.is_finished = true;
        if let (Ok(real), Ok(metadata)) = (fs::canonicalize(entry), fs::metadata(entry)) {
            tags.keep(&real, Version::of(&metadata), tag);
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_finished {
            // Nobody is left to tell; the name keeps it from being taken for an object.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// How much is copied at a time.
const COPIED_BYTES: usize = 256 * 1024;
