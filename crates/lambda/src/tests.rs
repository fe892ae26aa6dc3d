//! The engine as its callers see it, with the machine's own `node` and `python3`.

mod custom;
mod deploying;
mod editing;
mod extensions;
mod failing;
mod lifecycle;
mod logging;
mod node;
mod python;
mod ruby;
mod streaming;
mod versions;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{FactKind, PlaceId};
use serde_json::Value;

use crate::testing::TempFolder;
use crate::{
    Code, Engine, EngineOptions, FunctionConfig, Invocation, InvokeContext, InvokeError, LATEST, LogKind,
    LogLine, LogSink,
};

/// An engine with a folder for its state and one for code.
struct Bench {
    engine: Engine,
    code: TempFolder,
    lines: Receiver<LogLine>,
    state: TempFolder,
}

impl Bench {
    fn new() -> Self {
        Self::with_processes_max(8)
    }

    fn with_processes_max(processes_max: usize) -> Self {
        let (state, code) = (TempFolder::new(), TempFolder::new());
        let (sender, lines) = channel();
        // A test that has seen enough no longer listens.
        let logs = LogSink::new(move |line| drop(sender.send(line)));
        let options = EngineOptions {
            state_folder: state.path().to_owned(),
            logs,
            idle_timeout: Duration::from_secs(600),
            processes_max,
            launcher: None,
        };
        Self { engine: Engine::start(options).expect("an engine"), code, lines, state }
    }

    /// An engine with one function named `f`.
    fn with(function: FunctionConfig) -> Self {
        let bench = Self::new();
        bench.deploy([function]);
        bench
    }

    fn deploy(&self, functions: impl IntoIterator<Item = FunctionConfig>) -> crate::DeployReport {
        self.engine.deploy(functions.into_iter().collect()).expect("functions that can run")
    }

    async fn invoke(&self, event: &str) -> Invocation {
        self.try_invoke(event).await.expect("an invocation")
    }

    async fn try_invoke(&self, event: &str) -> Result<Invocation, InvokeError> {
        let context = InvokeContext { request_id: REQUEST_ID.to_owned(), ..InvokeContext::default() };
        self.engine.invoke("f", Bytes::copy_from_slice(event.as_bytes()), context).await
    }

    /// What the function returned as JSON.
    async fn value(&self, event: &str) -> Value {
        let invocation = self.invoke(event).await;
        assert_eq!(invocation.function_error, None, "{invocation:?}");
        json_of(&invocation)
    }

    /// The texts of the log until the engine ends, or of one line after the other until the REPORT line.
    fn lines_of_invocation(&self) -> Vec<LogLine> {
        let mut lines = Vec::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("a REPORT line");
            let is_last = line.kind == LogKind::Platform && line.text.starts_with("REPORT ");
            lines.push(line);
            if is_last {
                return lines;
            }
        }
    }

    fn texts_of_invocation(&self) -> Vec<String> {
        self.lines_of_invocation().into_iter().map(|line| line.text).collect()
    }
}

fn json_of(invocation: &Invocation) -> Value {
    serde_json::from_slice(&invocation.payload).expect("the payload is JSON")
}

fn kinds(invocation: &Invocation) -> Vec<FactKind> {
    invocation.facts.iter().map(|fact| fact.kind).collect()
}

fn inline(runtime: &str, text: &str) -> FunctionConfig {
    FunctionConfig {
        name: "f".to_owned(),
        arn: "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
        version: LATEST.to_owned(),
        handler: "index.handler".to_owned(),
        runtime: runtime.to_owned(),
        code: Code::Inline { text: text.to_owned() },
        timeout: Duration::from_secs(20),
        memory_size_mb: 256,
        ephemeral_storage_mb: 512,
        log_group: None,
        layers: Vec::new(),
        environment: Vec::new(),
        reserved_concurrency: None,
        provisioned_concurrency: 0,
        aliases: Vec::new(),
        credentials: None,
        region: "us-east-1".to_owned(),
        place: PlaceId(7),
    }
}

fn node(text: &str) -> FunctionConfig {
    inline("nodejs20.x", text)
}

fn python(text: &str) -> FunctionConfig {
    inline("python3.11", text)
}

const REQUEST_ID: &str = "8f5d5d4a-3a0c-4a9e-9b9f-0123456789ab";
/// How long a test waits for something that must come before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);
