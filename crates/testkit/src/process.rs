//! The real `frontgate` process of a story: starts it, reads its JSON lines, asks it for explanations, ends it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::children;
use crate::curl::Doors;
use crate::{Failure, Story};

/// Where the binary is.
#[derive(Clone, Debug)]
pub struct Binary(pub PathBuf);

/// A running `frontgate up`.
pub struct Frontgate {
    binary: Binary,
    child: Child,
    lines: Receiver<Value>,
    said: Arc<Said>,
    /// What functions logged, and how much of it the story has read.
    logs: Arc<Said>,
    logs_read: usize,
    folder: PathBuf,
    /// Its state folder.
    pub state: PathBuf,
    deployments: Vec<Value>,
    /// Where it answers.
    pub doors: Doors,
    /// The outputs of all its stacks.
    pub outputs: Vec<(String, String)>,
}

/// What was written to the error output, and the news that there is more.
#[derive(Default)]
struct Said {
    text: Mutex<String>,
    more: Condvar,
}

/// How the start went.
pub enum Started {
    /// It serves.
    Ready(Box<Frontgate>),
    /// It ended with a failure and said why.
    Refused(String),
}

impl Binary {
    /// The binary beside the test's own executable: `target/PROFILE/frontgate`.
    ///
    /// # Errors
    /// When there is none; the failure says how to build it.
    pub fn find() -> Result<Self, Failure> {
        let own = std::env::current_exe().map_err(|error| Failure::of("the test's own path", &error))?;
        let folder = own.parent().and_then(Path::parent).unwrap_or(Path::new("."));
        let path = folder.join("frontgate");
        if path.is_file() {
            return Ok(Self(path));
        }
        Err(Failure(format!(
            "{} is not there: run `cargo build`, or `cargo xtask test`, first",
            path.display()
        )))
    }

    /// Starts `frontgate up` on the template in the folder.
    pub fn up(&self, story: &Story, folder: &Path, state: &Path) -> Result<Started, Failure> {
        let template = if folder.join("template.json").exists() { "template.json" } else { "template.yaml" };
        let mut child = Command::new(&self.0)
            .args(["up", template, "--json", "--test-clock", "--http", "127.0.0.1:0"])
            .args(["--https", "127.0.0.1:0", "--state"])
            .arg(state)
            .args(&story.arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::of(&self.0.display().to_string(), &error))?;
        let said = Arc::new(Said::default());
        let listener = listen(child.stderr.take(), &said);
        let logs = Arc::new(Said::default());
        let lines = read_lines(child.stdout.take(), &logs);
        match lines.recv_timeout(PATIENCE) {
            Ok(ready) if ready["ready"] == true => {
                let frontgate = Frontgate {
                    binary: self.clone(),
                    doors: doors(&ready["endpoints"])?,
                    outputs: outputs(&ready["stacks"]),
                    folder: folder.to_owned(),
                    state: state.to_owned(),
                    deployments: Vec::new(),
                    child,
                    lines,
                    said,
                    logs,
                    logs_read: 0,
                };
                Ok(Started::Ready(Box::new(frontgate)))
            }
            Ok(line) if line.get("refused").is_none() => {
                let _ = child.kill();
                Err(Failure(format!("the first line is not the ready line: {line}")))
            }
            Err(RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                Err(Failure(format!("not ready after {PATIENCE:?}\n{}", said.so_far())))
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => {
                let status = child.wait().map_err(|error| Failure::of("frontgate", &error))?;
                listener.join().map_err(|_| Failure("the error output could not be read".into()))?;
                let said = said.so_far();
                if status.code() == Some(EXIT_REFUSED) {
                    Ok(Started::Refused(said))
                } else {
                    Err(Failure(format!("frontgate ended with {status}\n{said}")))
                }
            }
        }
    }
}

impl Said {
    fn add(&self, line: &str) {
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(line);
        text.push('\n');
        self.more.notify_all();
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was said as soon as it is enough, or when nobody has patience for more.
    fn once(&self, is_enough: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_enough(&text) {
            let Some(left) = end.checked_duration_since(Instant::now()) else { break };
            text = self.more.wait_timeout(text, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        text.clone()
    }
}

impl Frontgate {
    /// Everything that was written to the error output so far.
    pub fn said(&self) -> String {
        self.said.so_far()
    }

    /// What was written to the error output once it is enough.
    pub fn said_once(&self, is_enough: impl Fn(&str) -> bool) -> String {
        self.said.once(is_enough)
    }

    /// Waits until functions have logged these parts of lines, one behind the other; what of it never came.
    pub fn logged(&mut self, parts: &[String]) -> Vec<String> {
        let from = self.logs_read;
        let found = |text: &str| {
            let mut end = from;
            let missing = parts.iter().find(|part| match text.get(end..).and_then(|rest| rest.find(*part)) {
                Some(at) => {
                    end += at + part.len();
                    false
                }
                None => true,
            });
            (end, missing.cloned())
        };
        let text = self.logs.once(|text| found(text).1.is_none());
        let (end, missing) = found(&text);
        self.logs_read = end;
        let rest = text.get(from..).unwrap_or_default();
        missing.map(|part| format!("no function logged {part:?} here:\n{rest}")).into_iter().collect()
    }

    /// The next line about a deployment: `{"deployed": …}` or `{"refused": …}`.
    pub fn next_deployment(&mut self) -> Result<Value, Failure> {
        if !self.deployments.is_empty() {
            return Ok(self.deployments.remove(0));
        }
        loop {
            let line = self.lines.recv_timeout(PATIENCE).map_err(|_| {
                Failure(format!("no deployed or refused line after {PATIENCE:?}\n{}", self.said()))
            })?;
            if is_deployment(&line) {
                return Ok(line);
            }
        }
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: u64) -> Result<(), Failure> {
        self.command(&["clock", "--advance", &seconds.to_string()]).map(|_| ())
    }

    /// The explanation of an answer as JSON.
    pub fn explanation(&self, id: &str) -> Result<Value, Failure> {
        let text = self.command(&["explain", "--json", "--", id])?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::of(&format!("explain --json said {text}"), &error))
    }

    /// The explanation of an answer as a page.
    pub fn explained(&self, id: &str) -> Result<String, Failure> {
        self.command(&["explain", "--", id])
    }

    /// Writes the access logs that wait in memory to their files.
    pub fn flush_logs(&self) -> Result<(), Failure> {
        self.command(&["flush-logs"]).map(|_| ())
    }

    /// Runs another command in the project's folder: whether it succeeded, and all that it printed.
    pub fn run(&self, arguments: &[String]) -> Result<(bool, String), Failure> {
        let output = self.output(arguments)?;
        let printed = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&printed).into_owned()))
    }

    fn output<T: AsRef<std::ffi::OsStr>>(&self, arguments: &[T]) -> Result<std::process::Output, Failure> {
        Command::new(&self.binary.0)
            .env("FRONTGATE_STATE", &self.state)
            .current_dir(&self.folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Failure::of("frontgate", &error))
    }

    fn command(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let what = arguments.join(" ");
        Err(Failure(format!("frontgate {what}: {}", String::from_utf8_lossy(&output.stderr))))
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as Ctrl-C does and sees that nothing is left.
    pub fn end(mut self) -> Result<(), Failure> {
        let children = children::descendants(self.child.id());
        let status = self.interrupt()?;
        if !status.success() {
            return Err(Failure(format!("ended with {status} after Ctrl-C\n{}", self.said())));
        }
        let left = children::left_after(&children, GRACE);
        if left.is_empty() {
            Ok(())
        } else {
            Err(Failure(format!("processes are left after Ctrl-C: {left:?}")))
        }
    }

    /// Waits until it has ended by itself, after a signal.
    pub fn wait(mut self) -> Result<ExitStatus, Failure> {
        self.ended("the signal")
    }

    fn interrupt(&mut self) -> Result<ExitStatus, Failure> {
        let id = self.child.id().to_string();
        let failed = |error: std::io::Error| Failure::of("Ctrl-C", &error);
        Command::new("kill").args(["-INT", &id]).status().map_err(failed)?;
        self.ended("Ctrl-C")
    }

    /// The lines end when the process does; only then is waiting for it certain to return.
    fn ended(&mut self, after: &str) -> Result<ExitStatus, Failure> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return self.child.wait().map_err(|error| Failure::of("frontgate", &error));
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Failure(format!(
                        "still running {PATIENCE:?} after {after}\n{}",
                        self.said()
                    )));
                }
            }
        }
    }
}

impl Drop for Frontgate {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.interrupt().is_err() {
            // It did not end when asked to; the story has failed by then and says so.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn is_deployment(line: &Value) -> bool {
    line.get("deployed").is_some() || line.get("refused").is_some()
}

fn listen(output: Option<impl Read + Send + 'static>, said: &Arc<Said>) -> std::thread::JoinHandle<()> {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        let Some(output) = output else { return };
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            said.add(&line);
        }
    })
}

/// The JSON lines of the output; a line that is none arrives as a string.
fn read_lines(output: Option<impl Read + Send + 'static>, logs: &Arc<Said>) -> Receiver<Value> {
    let (sender, receiver) = channel();
    let logs = Arc::clone(logs);
    std::thread::spawn(move || {
        let Some(output) = output else { return };
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let value: Value = serde_json::from_str(&line).unwrap_or(Value::String(line));
            if let (Some(function), Some(line)) =
                (value["log"]["function"].as_str(), value["log"]["line"].as_str())
            {
                logs.add(&format!("{function} │ {line}"));
                continue;
            }
            if sender.send(value).is_err() {
                return;
            }
        }
    });
    receiver
}

fn doors(endpoints: &Value) -> Result<Doors, Failure> {
    let address = |name: &str| {
        let url = endpoints[name].as_str().unwrap_or_default();
        let text = url.rsplit("//").next().unwrap_or_default();
        text.parse().map_err(|_| Failure(format!("the ready line has no {name} endpoint, but {url:?}")))
    };
    let authority = endpoints["ca"].as_str().ok_or_else(|| Failure("the ready line has no ca".into()))?;
    let dns = endpoints["dns"].is_string().then(|| address("dns")).transpose()?;
    Ok(Doors { http: address("http")?, https: address("https")?, dns, authority: authority.into() })
}

fn outputs(stacks: &Value) -> Vec<(String, String)> {
    let stacks = stacks.as_object().into_iter().flatten();
    let outputs = stacks.filter_map(|(_, stack)| stack["outputs"].as_object()).flatten();
    outputs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// How long a story waits for something that has to happen; a run that needs it all has hung.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The kernel may need a moment to end what was killed, and the watchdog of the functions to see that it is over.
const GRACE: Duration = Duration::from_secs(5);
/// The exit code of a template that was refused; other failures have other codes.
const EXIT_REFUSED: i32 = 1;
