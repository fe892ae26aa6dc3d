//! How `frontgate explain`, `frontgate invalidate` and their like speak with a running server: a socket in the state
//! folder, one JSON line asked, one JSON line answered. Only the user who owns the state folder can reach it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state_folder::StateFolder;

/// What is asked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The page of an answer.
    Explain {
        /// Its `x-amz-cf-id` or `x-amzn-requestid`.
        id: String,
    },
    /// The access key of a user or role, or of the account's root.
    Credentials {
        /// How long a session lasts.
        duration_seconds: Option<u64>,
        /// Its name or ARN.
        name: Option<String>,
    },
    /// Where the server listens.
    Endpoints,
    /// The OpenAPI document of a stage.
    Export {
        /// The API: its id, its name or its logical id; the only one without.
        api: Option<String>,
        /// The stage; the only one without.
        stage: Option<String>,
        /// Swagger instead of OpenAPI 3.
        is_swagger: bool,
        /// The extensions that it has.
        extensions: String,
    },
    /// Write the access logs to their files.
    FlushLogs,
    /// Remove objects from the edge cache.
    Invalidate {
        /// The distribution: its id, its ARN, a name of it, or its logical id.
        distribution: String,
        /// The paths.
        paths: Vec<String>,
    },
    /// Move the test clock on.
    AdvanceClock {
        /// By that many seconds.
        seconds: u64,
    },
}

/// What is answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It worked.
    Ok(Value),
    /// This server knows no such answer.
    NotFound,
    /// It did not work, and why.
    Failed(String),
}

impl Ask {
    /// What is said when no server knows what was asked for.
    fn unknown(&self) -> String {
        match self {
            Self::Invalidate { distribution, .. } => format!(
                "NoSuchDistribution: The specified distribution does not exist. ({distribution} is neither the id nor \
                 a name nor the logical id of one.)"
            ),
            Self::Credentials { name, .. } => format!(
                "NoSuchEntity: The user or role with name {} cannot be found.",
                name.as_deref().unwrap_or_default()
            ),
            Self::Export { api, .. } => {
                let api = api.as_deref().unwrap_or("any");
                format!("NotFoundException: Invalid API identifier specified: {api}")
            }
            Self::AdvanceClock { .. } | Self::Endpoints | Self::Explain { .. } | Self::FlushLogs => format!(
                "no answer with this id is known; the last {} of each worker are kept",
                crate::records::RECORDS_PER_WORKER
            ),
        }
    }
}

/// The server's side; the socket goes when it is dropped.
pub struct ControlSocket {
    path: PathBuf,
}

/// Serves the control socket on a thread of its own.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(
    state: &StateFolder,
    answer: impl Fn(Ask) -> Answer + Send + 'static,
) -> std::io::Result<ControlSocket> {
    state.remove_left_sockets();
    let path = state.own_socket();
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    std::thread::Builder::new().name("control".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that leaves early loses its answer and nobody else's.
            drop(converse(&stream, &answer));
        }
    })?;
    Ok(ControlSocket { path })
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // Left over, it would be found dead and skipped.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Asks the running servers in turn, the newest first, until one knows the answer.
///
/// # Errors
/// Words for the user.
pub fn ask(state: &StateFolder, question: &Ask) -> Result<Value, String> {
    let mut alive = 0;
    for socket in state.sockets() {
        let Ok(answer) = ask_one(&socket, question) else {
            // The server behind this socket has ended without removing it.
            drop(std::fs::remove_file(&socket));
            continue;
        };
        alive += 1;
        match answer {
            Answer::Ok(value) => return Ok(value),
            Answer::Failed(why) => return Err(why),
            Answer::NotFound => {}
        }
    }
    if alive == 0 {
        let folder = state.path().display();
        return Err(format!(
            "no frontgate is running with the state folder {folder}: start one with `frontgate up`"
        ));
    }
    Err(question.unknown())
}

fn ask_one(socket: &Path, question: &Ask) -> std::io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(question)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

fn converse(stream: &UnixStream, answer: &impl Fn(Ask) -> Answer) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let answer = match serde_json::from_str(&line) {
        Ok(ask) => answer(ask),
        Err(error) => Answer::Failed(format!("not a question: {error}")),
    };
    let mut text = serde_json::to_vec(&answer)?;
    text.push(b'\n');
    let mut stream = stream;
    stream.write_all(&text)
}

const PATIENCE: Duration = Duration::from_secs(10);
