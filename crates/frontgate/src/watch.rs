//! Edits of the template and of the functions' code are picked up while frontgate runs.
//!
//! A broken edit is told and changes nothing: the last good deployment goes on. The folders of buckets need no
//! watching, their files are read at each origin request.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use serde_json::json;

use crate::console::Console;
use crate::deploy::Deployer;

/// Watches until the process ends.
///
/// # Errors
/// When the system gives no watcher, or the thread cannot be started.
pub fn watch(deployer: Deployer, state: &Path, console: Console) -> Result<(), WatchError> {
    let (events, inbox) = channel();
    let watcher = notify::recommended_watcher(move |event| {
        // The receiver ends with the process only.
        drop(events.send(event));
    })?;
    let mut watched = Watched { watcher, paths: Vec::new(), state: absolute(state) };
    watched.renew(&deployer, &console);
    std::thread::Builder::new()
        .name("watch".into())
        .spawn(move || run(&deployer, &console, &inbox, watched))?;
    Ok(())
}

/// Why nothing is watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system gives no watcher.
    #[error("edits cannot be watched: {0}")]
    System(#[from] notify::Error),
    /// No thread.
    #[error("edits cannot be watched: {0}")]
    Thread(#[from] std::io::Error),
}

struct Watched {
    watcher: RecommendedWatcher,
    paths: Vec<(PathBuf, RecursiveMode)>,
    /// The state folder: what is written there, logs above all, is no edit.
    state: PathBuf,
}

fn run(
    deployer: &Deployer,
    console: &Console,
    inbox: &Receiver<notify::Result<Event>>,
    mut watched: Watched,
) {
    while let Ok(event) = inbox.recv() {
        let mut relevant = watched.is_relevant(event, deployer);
        // An editor writes in several steps: wait until it has been quiet for a moment.
        loop {
            match inbox.recv_timeout(QUIET) {
                Ok(event) => relevant |= watched.is_relevant(event, deployer),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        if relevant {
            redeploy(deployer, console);
            watched.renew(deployer, console);
        }
    }
}

fn redeploy(deployer: &Deployer, console: &Console) {
    match deployer.deploy() {
        Ok(deployed) => {
            let generation = deployed.snapshot.generation;
            let functions = &deployed.changed_functions;
            let what =
                if functions.is_empty() { String::new() } else { format!(" ({})", functions.join(", ")) };
            for notice in &deployed.notices {
                console.fault(notice.clone(), json!({"notice": notice}));
            }
            console.say(
                format!("deployed again: generation {generation}{what}"),
                json!({"deployed": generation, "functions": functions}),
            );
        }
        Err(refusal) => console.fault(
            format!("{}\n\nThe edit is not deployed; the last good deployment goes on.", refusal.text),
            json!({"refused": refusal.json}),
        ),
    }
}

impl Watched {
    fn is_relevant(&self, event: notify::Result<Event>, deployer: &Deployer) -> bool {
        let Ok(event) = event else { return false };
        if matches!(event.kind, EventKind::Access(_)) {
            return false;
        }
        let template = deployer.template().file_name();
        let included: Vec<PathBuf> = deployer.included().iter().map(|file| absolute(file)).collect();
        let folders: Vec<PathBuf> = deployer.code_folders().iter().map(|folder| absolute(folder)).collect();
        event.paths.iter().any(|path| {
            let generated = path.starts_with(&self.state)
                || path.components().any(|part| GENERATED.iter().any(|name| part.as_os_str() == *name));
            let is_template = path.file_name() == template;
            let is_included = included.iter().any(|file| absolute(path) == *file);
            !generated
                && (is_template || is_included || folders.iter().any(|folder| path.starts_with(folder)))
        })
    }

    /// Watches the folder of the template, those of the files that it names, and those of the functions.
    fn renew(&mut self, deployer: &Deployer, console: &Console) {
        let parent = deployer.template().parent().map(absolute).unwrap_or_default();
        let mut wanted = vec![(parent, RecursiveMode::NonRecursive)];
        wanted.extend(
            deployer.code_folders().iter().map(|folder| (absolute(folder), RecursiveMode::Recursive)),
        );
        for file in deployer.included() {
            let folder = (file.parent().map(absolute).unwrap_or_default(), RecursiveMode::NonRecursive);
            if !wanted.iter().any(|(known, _)| *known == folder.0) {
                wanted.push(folder);
            }
        }
        for (path, _) in self.paths.iter().filter(|old| !wanted.contains(old)) {
            // A folder that is gone needs no unwatching.
            drop(self.watcher.unwatch(path));
        }
        for (path, mode) in wanted.iter().filter(|new| !self.paths.contains(new)) {
            if let Err(error) = self.watcher.watch(path, *mode) {
                let text = format!("edits in {} are not seen: {error}", path.display());
                console.fault(text.clone(), json!({"notice": text}));
            }
        }
        self.paths = wanted;
    }
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// How long it must be quiet before an edit counts as complete.
const QUIET: Duration = Duration::from_millis(40);

/// What runtimes write beside the code.
const GENERATED: &[&str] = &[".aws-sam", ".git", "__pycache__"];
