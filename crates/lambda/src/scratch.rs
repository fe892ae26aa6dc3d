//! What an execution environment may write to: its `/tmp`, which outlives a process that timed out or crashed, but not
//! the environment. <https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html>

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use crate::limits::SCRATCH_ENTRIES_MAX;
use crate::staging::Sweep;

/// Makes the folders of one engine.
#[derive(Clone, Debug)]
pub(crate) struct Scratches {
    /// The engine's own folder.
    pub(crate) folder: PathBuf,
    pub(crate) sweeper: Sender<Sweep>,
    pub(crate) count: Arc<AtomicU64>,
}

/// The folders of one environment, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    sweeper: Sender<Sweep>,
}

impl Scratches {
    /// Folders for a new environment.
    pub(crate) fn make(&self) -> std::io::Result<Scratch> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("environment-{number}"));
        let scratch = Scratch { folder, sweeper: self.sweeper.clone() };
        std::fs::create_dir_all(scratch.temporary())?;
        std::fs::create_dir_all(scratch.home())?;
        Ok(scratch)
    }
}

impl Scratch {
    /// What is `/tmp`.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// The home folder, which is empty and may not be written.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// How much the temporary folder holds, in blocks of the disk; with very many files it is at least as much.
    pub(crate) fn megabytes(&self) -> u64 {
        let (mut folders, mut bytes, mut entries) = (vec![self.temporary()], 0_u64, 0_usize);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                // A file that is removed meanwhile holds nothing.
                let Ok(metadata) = entry.metadata() else { continue };
                bytes += metadata.blocks() * BLOCK_BYTES;
                entries += 1;
                if entries > SCRATCH_ENTRIES_MAX {
                    return bytes >> 20;
                }
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        bytes >> 20
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Without the thread the engine is over, and all of its folder removed.
        let _ = self.sweeper.send(Sweep::Copy(std::mem::take(&mut self.folder)));
    }
}

/// The unit of `st_blocks`.
const BLOCK_BYTES: u64 = 512;
