//! Where frontgate keeps what outlives a run: the certificate authority, logs, sockets of running servers.

use std::path::{Path, PathBuf};

/// The state folder.
#[derive(Clone, Debug)]
pub struct StateFolder {
    path: PathBuf,
}

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the state folder {path} cannot be used: {problem}; choose another with --state FOLDER")]
pub struct StateError {
    path: String,
    problem: std::io::Error,
}

impl StateFolder {
    /// The folder that was given, else `$XDG_STATE_HOME/frontgate`, else `~/.local/state/frontgate`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(given: Option<&Path>) -> Result<Self, StateError> {
        let path = given.map_or_else(default_folder, Path::to_path_buf);
        let made = std::fs::create_dir_all(path.join("run")).and_then(|()| path.canonicalize());
        let path = made.map_err(|problem| StateError { path: path.display().to_string(), problem })?;
        Ok(Self { path })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The control socket of this process.
    pub fn own_socket(&self) -> PathBuf {
        self.path.join("run").join(format!("{}.sock", std::process::id()))
    }

    /// The control sockets of all servers, the newest first; some may be left over from a crash.
    pub fn sockets(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path.join("run")).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "sock"))
            .map(|path| (path.metadata().and_then(|data| data.modified()).ok(), path))
            .collect();
        found.sort_by_key(|(modified, _)| std::cmp::Reverse(*modified));
        found.into_iter().map(|(_, path)| path).collect()
    }
}

fn default_folder() -> PathBuf {
    let state_home = std::env::var_os("XDG_STATE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = state_home.or_else(|| home().map(|home| home.join(".local/state")));
    base.map_or_else(|| PathBuf::from(".frontgate"), |base| base.join("frontgate"))
}
