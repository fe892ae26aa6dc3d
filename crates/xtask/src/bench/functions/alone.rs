//! A handler at a Runtime API that does nothing else: how long the function itself takes, with its runtime client, the
//! loopback and the waking of two processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::servers::Running;
use super::{Language, Runner};
use crate::Failure;

/// A function that has asked for its first event.
pub struct Alone {
    reader: BufReader<TcpStream>,
    answer: Vec<u8>,
    _process: Running,
}

impl Alone {
    /// Starts it; `event` is what each invocation gets.
    pub fn start(runner: &Runner<'_>, language: Language, event: &str) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::of("the function alone", &error);
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let folder = runner.site.folder.join(language.word());
        let (client, environment) = match language {
            Language::Node => ("bootstrap.cjs", "AWS_Lambda_nodejs22.x"),
            Language::Python => ("bootstrap.py", "AWS_Lambda_python3.12"),
        };
        let client = runner.site.clients()?.join(client);
        let mut command = Command::new(runner.programs.of(language));
        command
            .arg(&client)
            .env_clear()
            .envs(variables(&address.to_string(), &folder, environment))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // What it says of its end.
            .stderr(Stdio::null());
        let process = Running::start(&mut command)?;
        let (stream, _) = listener.accept().map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
        let mut reader = BufReader::new(stream);
        read_request(&mut reader)?;
        let length = event.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
             Lambda-Runtime-Aws-Request-Id: 8f5d5d4a-3a0c-4a9e-9b9f-0123456789ab\r\n\
             Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\
             Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0\r\n\
             Content-Length: {length}\r\n\r\n{event}"
        );
        Ok(Self { reader, answer: answer.into_bytes(), _process: process })
    }

    /// One invocation, in microseconds: from the event to the whole answer.
    pub fn invoke(&mut self) -> Result<f64, Failure> {
        let failed = |error: std::io::Error| Failure::of("the function alone", &error);
        let began = Instant::now();
        self.reader.get_mut().write_all(&self.answer).map_err(failed)?;
        read_request(&mut self.reader)?;
        let took = began.elapsed();
        self.reader.get_mut().write_all(ACCEPTED).map_err(failed)?;
        // That it asks for the next event.
        read_request(&mut self.reader)?;
        Ok(took.as_secs_f64() * 1e6)
    }
}

fn variables(api: &str, folder: &Path, environment: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_EXECUTION_ENV", environment.to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", api.to_owned()),
        ("LAMBDA_TASK_ROOT", folder.display().to_string()),
        ("_HANDLER", "index.handler".to_owned()),
    ]
}

/// Reads a request with its body.
fn read_request(reader: &mut BufReader<TcpStream>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::of("the function alone", &error);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).map_err(failed)? == 0 {
            return Err(Failure("the function alone ended".into()));
        }
        if line == "\r\n" {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(digits) = line.strip_prefix("content-length:") {
            length = digits.trim().parse().unwrap_or_default();
        }
    }
    reader.read_exact(&mut vec![0; length]).map_err(failed)
}

const ACCEPTED: &[u8] =
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
const TIMEOUT: Duration = Duration::from_secs(30);
