//! A temporary folder that goes when the story ends.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Failure;
use crate::story::StoryFile;

/// The folder; dropping it removes it.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a new, empty folder.
    pub fn make() -> Result<Self, Failure> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("frontgate-story-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| Failure::of(&path.display().to_string(), &error))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, whole or not at all: another name first, then a rename.
    pub fn write(&self, file: &StoryFile) -> Result<(), Failure> {
        let target = self.path.join(&file.path);
        let failed = |error: std::io::Error| Failure::of(&target.display().to_string(), &error);
        let parent = target.parent().unwrap_or(&self.path);
        std::fs::create_dir_all(parent).map_err(failed)?;
        let fresh = parent.join(".frontgate-story-fresh");
        std::fs::write(&fresh, &file.content).map_err(failed)?;
        if file.content.starts_with("#!") {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&fresh, mode).map_err(failed)?;
        }
        std::fs::rename(&fresh, &target).map_err(failed)
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) -> Result<(), Failure> {
        std::fs::remove_file(self.path.join(path)).map_err(|error| Failure::of(path, &error))
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        std::fs::read(self.path.join(path)).map_err(|error| Failure::of(path, &error))
    }

    /// Copies a whole folder into it, or into a folder of it.
    pub fn copy_from(&self, source: &Path, target: &str) -> Result<(), Failure> {
        let target = self.path.join(target);
        std::fs::create_dir_all(&target)
            .and_then(|()| copy(source, &target))
            .map_err(|error| Failure::of(&source.display().to_string(), &error))
    }
}

fn copy(source: &Path, target: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(source)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if name != "__pycache__" && name != ".frontgate" {
                std::fs::create_dir_all(target.join(&name))?;
                copy(&entry.path(), &target.join(&name))?;
            }
        } else {
            std::fs::copy(entry.path(), target.join(&name))?;
        }
    }
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files; the story has its result already.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
