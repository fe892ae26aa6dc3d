//! How is a small file written so that nobody ever reads half of it?

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::CertificateError;

/// The text of a file; `None` where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<String>, CertificateError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

/// Writes a file whole or not at all, readable as `mode` says from its first moment on.
pub(super) fn write_atomically(path: &Path, text: &str, mode: u32) -> Result<(), CertificateError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary: PathBuf = path.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&temporary, path))
        .and_then(|()| File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all());
    written.map_err(|error| {
        // The error that matters is the one above; what is left behind is named after us and does no harm.
        let _ = std::fs::remove_file(&temporary);
        failed(path, error)
    })
}

pub(super) fn failed(path: &Path, error: std::io::Error) -> CertificateError {
    CertificateError::File { path: path.display().to_string(), error }
}
