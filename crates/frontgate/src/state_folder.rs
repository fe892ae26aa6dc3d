//! Where frontgate keeps what outlives a run: the certificate authority, logs, sockets of running servers.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

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

    /// What the secrets of this machine are made from: 32 random bytes, made once, readable by their owner only.
    ///
    /// # Errors
    /// When the file can be neither read nor made.
    pub fn secret_seed(&self) -> Result<Vec<u8>, StateError> {
        let file = self.path.join(SECRET_FILE);
        let made = read_or_make_secret(&file);
        made.map_err(|problem| StateError { path: file.display().to_string(), problem })
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

    /// Removes the control sockets of servers that were killed: nobody listens, and their process is gone.
    pub fn remove_left_sockets(&self) {
        for path in self.sockets() {
            let is_refused = UnixStream::connect(&path)
                .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
            if is_refused && !is_running(&path) {
                // One that stays is found dead and skipped.
                std::fs::remove_file(&path).unwrap_or_default();
            }
        }
    }
}

/// Whether the process that a control socket is named after runs.
fn is_running(socket: &Path) -> bool {
    let name = socket.file_stem().and_then(OsStr::to_str);
    let process = name.and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
    process.is_some_and(|process| test_kill_process(process) != Err(Errno::SRCH))
}

fn read_or_make_secret(file: &Path) -> std::io::Result<Vec<u8>> {
    match std::fs::read(file) {
        Ok(seed) if seed.len() == SECRET_BYTES => return Ok(seed),
        Ok(_) => return Err(std::io::Error::other(format!("it has not {SECRET_BYTES} bytes"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut seed = vec![0; SECRET_BYTES];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    // Made under another name and linked, so that of two that start at once both read the same.
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?.write_all(&seed)?;
    let linked = std::fs::hard_link(&draft, file);
    std::fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(seed),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => std::fs::read(file),
        Err(error) => Err(error),
    }
}

const SECRET_FILE: &str = "secret";
const SECRET_BYTES: usize = 32;

fn default_folder() -> PathBuf {
    let state_home = std::env::var_os("XDG_STATE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = state_home.or_else(|| home().map(|home| home.join(".local/state")));
    base.map_or_else(|| PathBuf::from(".frontgate"), |base| base.join("frontgate"))
}
