//! Which code a process runs: a copy of the user's, made when it is deployed, so that an edit never reaches a
//! process of the deployment before. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
//!
//! Each engine has a folder of its own below `code` in the state folder; a lock in it says that the engine lives.
//! Copies have numbers, used once, and functions with the same code share one. A copy goes with the last function
//! and process that has it.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use frontgate_aws::sha256;

use crate::clients::write_whole;
use crate::code_tree::{CodeTree, TreeError};
use crate::config::{Code, FunctionConfig};
use crate::engine::EngineError;
use crate::function::both;
use crate::scratch::Scratches;

/// A copy of the code of one or more functions. Its folder is removed, by a thread of its own, when it is dropped.
#[derive(Debug)]
pub(crate) struct StagedCode {
    /// Where processes run it: `LAMBDA_TASK_ROOT`.
    pub(crate) folder: PathBuf,
    /// The user's folder that it is a copy of; `None` for inline code.
    pub(crate) origin: Option<PathBuf>,
    /// What was copied.
    pub(crate) tree: CodeTree,
    sweeper: Sender<Sweep>,
}

/// Makes the copies of one engine.
#[derive(Debug)]
pub(crate) struct Staging {
    /// The state folder, which is never code.
    state_folder: PathBuf,
    /// The engine's own folder.
    folder: PathBuf,
    count: u64,
    known: HashMap<[u8; 32], Weak<StagedCode>>,
    sweeper: Sender<Sweep>,
}

/// What is to be removed.
#[derive(Debug)]
pub(crate) enum Sweep {
    /// One copy.
    Copy(PathBuf),
    /// The folder of an engine that has ended; its lock is held until that is done.
    Engine(PathBuf, File),
    /// Everything of this engine.
    All,
}

impl Staging {
    /// Makes the folder of this engine, and removes those of engines that have ended without doing so themselves.
    pub(crate) fn open(state_folder: &Path) -> Result<(Self, JoinHandle<()>), EngineError> {
        let base = state_folder.join("code");
        let at = |path: &Path| {
            let path = path.to_owned();
            move |problem| EngineError::State { path, problem }
        };
        std::fs::create_dir_all(&base).map_err(at(&base))?;
        let (sweeper, sweeps) = channel();
        for (folder, lock) in left_over(&base).map_err(at(&base))? {
            // The receiver is in this function.
            let _ = sweeper.send(Sweep::Engine(folder, lock));
        }
        let folder = new_folder(&base).map_err(at(&base))?;
        let lock = lock_folder(&folder).map_err(at(&folder))?;
        // The nearest package.json says what `.js` is: beyond the copies there is none on AWS.
        write_whole(&folder, "package.json", "{}\n").map_err(at(&folder))?;
        let own = folder.clone();
        let thread = std::thread::Builder::new()
            .name("lambda-code".into())
            .spawn(move || sweep(&sweeps, &own, lock))
            .map_err(EngineError::Start)?;
        let state_folder = state_folder.to_owned();
        Ok((Self { state_folder, folder, count: 0, known: HashMap::new(), sweeper }, thread))
    }

    /// The copy of a folder of the user's as it is now. A folder that changes while it is copied is copied again; one
    /// that never rests is taken as it was found the last time.
    pub(crate) fn stage_folder(&mut self, origin: &Path) -> Result<Arc<StagedCode>, TreeError> {
        let unreadable = |problem| TreeError::Unreadable { path: origin.to_owned(), problem };
        let origin = &origin.canonicalize().map_err(unreadable)?;
        let mut tree = CodeTree::read(origin, &self.state_folder)?;
        for _ in 1..COPY_ATTEMPTS_MAX {
            let fingerprint = tree.fingerprint;
            if let Some(known) = self.known(&fingerprint) {
                return Ok(known);
            }
            let copied = self.copy(origin, tree);
            tree = CodeTree::read(origin, &self.state_folder)?;
            if tree.fingerprint == fingerprint {
                return copied;
            }
        }
        self.copy(origin, tree)
    }

    /// The copy of layers, one on top of the other. A layer that changes while it is copied counts as it was found.
    pub(crate) fn stage_layers(
        &mut self,
        origins: &[PathBuf],
    ) -> Result<Arc<StagedCode>, (PathBuf, TreeError)> {
        let mut layers = Vec::with_capacity(origins.len());
        for origin in origins {
            let at = |error| (origin.clone(), error);
            let unreadable = |problem| at(TreeError::Unreadable { path: origin.clone(), problem });
            let folder = origin.canonicalize().map_err(unreadable)?;
            let tree = CodeTree::read(&folder, &self.state_folder).map_err(at)?;
            layers.push((folder, tree));
        }
        let (folders, trees): (Vec<_>, Vec<_>) = layers.into_iter().unzip();
        let merged = CodeTree::merged(&trees);
        if let Some(known) = self.known(&merged.fingerprint) {
            return Ok(known);
        }
        let at_first = |error| (folders.first().cloned().unwrap_or_default(), error);
        let folder = self.next_folder().map_err(at_first)?;
        let staged = self.keep(folder, None, merged);
        for (origin, tree) in folders.iter().zip(&trees) {
            tree.copy(origin, &staged.folder).map_err(|error| (origin.clone(), error))?;
        }
        Ok(staged)
    }

    /// The fingerprint of the code and the layers as they lie in the user's folders now.
    pub(crate) fn fingerprint(&self, config: &FunctionConfig) -> Option<[u8; 32]> {
        let Code::Folder(folder) = &config.code else { return None };
        let tree = |folder: &PathBuf| CodeTree::read(&folder.canonicalize().ok()?, &self.state_folder).ok();
        let code = tree(folder)?.fingerprint;
        let layers = config.layers.iter().map(tree).collect::<Option<Vec<_>>>()?;
        let layers = (!layers.is_empty()).then(|| CodeTree::merged(&layers).fingerprint);
        Some(both(code, layers))
    }

    /// A folder with one file of this text.
    pub(crate) fn stage_inline(&mut self, file: &str, text: &str) -> Result<Arc<StagedCode>, TreeError> {
        let fingerprint = sha256(format!("{file}\n{text}").as_bytes());
        if let Some(known) = self.known(&fingerprint) {
            return Ok(known);
        }
        let folder = self.next_folder()?;
        let to = folder.join(file);
        std::fs::write(&to, text).map_err(|problem| uncopied(&to, problem))?;
        let mut tree = CodeTree::read(&folder, &self.state_folder)?;
        tree.fingerprint = fingerprint;
        Ok(self.keep(folder, None, tree))
    }

    /// Makes the folders that environments write to.
    pub(crate) fn scratches(&self) -> Scratches {
        let (folder, sweeper) = (self.folder.clone(), self.sweeper.clone());
        Scratches { folder, sweeper, count: Arc::default() }
    }

    /// Removes all of this engine and ends the thread that does it.
    pub(crate) fn close(&self) {
        // If it has ended already there is nothing left.
        let _ = self.sweeper.send(Sweep::All);
    }

    fn known(&self, fingerprint: &[u8; 32]) -> Option<Arc<StagedCode>> {
        self.known.get(fingerprint)?.upgrade().filter(|code| code.folder.is_dir())
    }

    fn copy(&mut self, origin: &Path, tree: CodeTree) -> Result<Arc<StagedCode>, TreeError> {
        let folder = self.next_folder()?;
        // With an error it is dropped, which removes what is there of it.
        let staged = self.keep(folder, Some(origin.to_owned()), tree);
        staged.tree.copy(origin, &staged.folder)?;
        Ok(staged)
    }

    fn next_folder(&mut self) -> Result<PathBuf, TreeError> {
        self.count += 1;
        let folder = self.folder.join(self.count.to_string());
        std::fs::create_dir_all(&folder).map_err(|problem| uncopied(&folder, problem))?;
        Ok(folder)
    }

    fn keep(&mut self, folder: PathBuf, origin: Option<PathBuf>, tree: CodeTree) -> Arc<StagedCode> {
        self.known.retain(|_, code| code.strong_count() > 0);
        let fingerprint = tree.fingerprint;
        let code = Arc::new(StagedCode { folder, origin, tree, sweeper: self.sweeper.clone() });
        self.known.insert(fingerprint, Arc::downgrade(&code));
        code
    }
}

fn uncopied(to: &Path, problem: std::io::Error) -> TreeError {
    TreeError::Uncopied { from: "the code".into(), to: to.to_owned(), problem }
}

impl StagedCode {
    /// The user's own name of a file of it, for messages.
    pub(crate) fn original(&self, path: &Path) -> PathBuf {
        self.origin.as_ref().map_or_else(|| path.to_owned(), |origin| origin.join(path))
    }
}

impl Drop for StagedCode {
    fn drop(&mut self) {
        // Without the thread the engine is over, and all of its folder removed.
        let _ = self.sweeper.send(Sweep::Copy(std::mem::take(&mut self.folder)));
    }
}

/// The folders of engines that have ended, with their locks, which are now ours.
fn left_over(base: &Path) -> std::io::Result<Vec<(PathBuf, File)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(base)? {
        let folder = entry?.path();
        // Without a lock it is about to be removed, or not ours.
        let Ok(lock) = File::open(folder.join(LOCK)) else { continue };
        match lock.try_lock() {
            Ok(()) => found.push((folder, lock)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(problem)) => return Err(problem),
        }
    }
    Ok(found)
}

/// The first number that is free.
fn new_folder(base: &Path) -> std::io::Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let folder = base.join(number.to_string());
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(problem) if problem.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(problem) => return Err(problem),
        }
    }
}

/// The lock appears locked, so that nobody takes the folder for left over.
fn lock_folder(folder: &Path) -> std::io::Result<File> {
    let draft = folder.join(".lock");
    let lock = File::create_new(&draft)?;
    lock.lock()?;
    std::fs::rename(draft, folder.join(LOCK))?;
    Ok(lock)
}

/// Removes what it is told to until it is told to remove all.
fn sweep(sweeps: &Receiver<Sweep>, own: &Path, lock: File) {
    for sweep in sweeps {
        match sweep {
            // What cannot be removed now is removed with the engine's folder, or by the next engine.
            Sweep::Copy(folder) => drop(std::fs::remove_dir_all(folder)),
            Sweep::Engine(folder, lock) => remove_engine(&folder, lock),
            Sweep::All => break,
        }
    }
    remove_engine(own, lock);
}

/// The lock is removed last: what is left after a crash in between is still known as left over.
fn remove_engine(folder: &Path, lock: File) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name() != LOCK && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            // What cannot be removed now is tried again by the next engine.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let _ = std::fs::remove_dir_all(folder);
    drop(lock);
}

/// How often a folder that changes meanwhile is copied.
const COPY_ATTEMPTS_MAX: u32 = 3;
const LOCK: &str = "lock";
