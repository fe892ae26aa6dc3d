//! The Lambda Runtime API that a function's process talks to: one listener per execution environment.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
//!
//! A connection reads a request, makes it a [`Call`], waits for the [`Answer`] and writes it. What an answer is
//! decides the execution environment, which is the only one that knows what its process may do now.

mod http;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

use crate::limits::CONNECTIONS_MAX;
use http::{Posted, Request, RequestReader};

/// What the process asks or says.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) kind: CallKind,
    pub(crate) reply: oneshot::Sender<Answer>,
}

/// The operations of the Runtime API.
#[derive(Debug)]
pub(crate) enum CallKind {
    /// `GET /runtime/invocation/next`
    Next,
    /// `POST /runtime/invocation/{id}/response`
    Response { request_id: String, payload: Payload },
    /// `POST /runtime/invocation/{id}/error`
    Error { request_id: String, body: Bytes },
    /// `POST /runtime/init/error`
    InitError { error_type: Option<String>, body: Bytes },
}

/// What a response carries.
#[derive(Debug)]
pub(crate) enum Payload {
    Whole(Bytes),
    /// The size of what was too large to keep.
    TooLarge(usize),
    /// `Lambda-Runtime-Function-Response-Mode` is set.
    OtherMode,
}

/// What the Runtime API answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// 202
    Accepted,
    /// 200 with the event of the next invocation.
    Event(Event),
    /// 400: the id is not that of the running invocation.
    InvalidRequestId,
    /// 400: the response mode is none that is run.
    InvalidResponseMode,
    /// 403: the process may not say this now.
    InvalidTransition,
    /// 413
    TooLarge,
}

/// The event of an invocation with what comes in its headers.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) request_id: Arc<str>,
    pub(crate) deadline_ms: u128,
    pub(crate) function_arn: String,
    pub(crate) trace_id: String,
    pub(crate) client_context: Option<String>,
    pub(crate) body: Bytes,
}

/// The listener of one execution environment.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    listener: TcpListener,
    address: SocketAddr,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface.
    pub(crate) async fn listen() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Serves until it is dropped, which closes every connection.
    pub(crate) async fn serve(self, calls: mpsc::Sender<Call>) {
        let mut connections = JoinSet::new();
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            while connections.try_join_next().is_some() {}
            let Ok((stream, _)) = self.listener.accept().await else {
                // Out of file descriptors, most likely: others may give some back.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let calls = calls.clone();
            connections.spawn(async move {
                // A connection that breaks concerns its process only, which ends or opens another.
                let _ = serve_connection(stream, &calls).await;
                drop(place);
            });
        }
    }
}

async fn serve_connection(mut stream: TcpStream, calls: &mpsc::Sender<Call>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = RequestReader::default();
    loop {
        let request = match reader.read(&mut stream).await? {
            http::Read::Request(request) => request,
            http::Read::End => return Ok(()),
            http::Read::Malformed => return write(&mut stream, 400, "Bad Request", &[]).await,
        };
        let Some(kind) = call_kind(request) else {
            write(&mut stream, 404, "Not Found", b"404 page not found\n").await?;
            continue;
        };
        let (reply, answer) = oneshot::channel();
        if calls.send(Call { kind, reply }).await.is_err() {
            return Ok(());
        }
        let Ok(answer) = answer.await else { return Ok(()) };
        write_answer(&mut stream, answer).await?;
    }
}

/// The call that a request is; `None` for a path that the API does not have (or that AWS answers so without
/// extensions and SnapStart).
fn call_kind(request: Request) -> Option<CallKind> {
    let Request { method, path, error_type, other_mode, body } = request;
    let path = path.strip_prefix("/2018-06-01/runtime/")?;
    if method == "GET" {
        return (path == "invocation/next").then_some(CallKind::Next);
    }
    if method != "POST" {
        return None;
    }
    if path == "init/error" {
        return Some(CallKind::InitError { error_type, body: body.whole() });
    }
    let (request_id, what) = path.strip_prefix("invocation/")?.split_once('/')?;
    let request_id = request_id.to_owned();
    match what {
        "error" => Some(CallKind::Error { request_id, body: body.whole() }),
        "response" => {
            let payload = match body {
                _ if other_mode => Payload::OtherMode,
                Posted::Whole(bytes) => Payload::Whole(bytes),
                Posted::TooLarge(bytes) => Payload::TooLarge(bytes),
            };
            Some(CallKind::Response { request_id, payload })
        }
        _ => None,
    }
}

async fn write_answer(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    let (status, reason, error_type, message) = match answer {
        Answer::Event(event) => return write_event(stream, event).await,
        Answer::Accepted => return stream.write_all(ACCEPTED).await,
        Answer::InvalidRequestId => (400, "Bad Request", "InvalidRequestID", "Invalid request ID".to_owned()),
        Answer::InvalidResponseMode => {
            (400, "Bad Request", "InvalidFunctionResponseMode", "Invalid function response mode".to_owned())
        }
        Answer::InvalidTransition => {
            (403, "Forbidden", "InvalidStateTransition", "State transition failed for runtime".to_owned())
        }
        Answer::TooLarge => {
            let bytes_max = crate::limits::RESPONSE_BYTES_MAX;
            let message = format!("Exceeded maximum allowed payload size ({bytes_max} bytes).");
            (413, "Request Entity Too Large", "RequestEntityTooLarge", message)
        }
    };
    let body = json!({ "errorMessage": message, "errorType": error_type }).to_string();
    write(stream, status, reason, body.as_bytes()).await
}

async fn write_event(stream: &mut TcpStream, event: Event) -> std::io::Result<()> {
    let Event { request_id, deadline_ms, function_arn, trace_id, client_context, body } = event;
    let mut head = Vec::with_capacity(512 + body.len().min(JOINED_BYTES_MAX));
    head.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
    let deadline_ms = deadline_ms.to_string();
    let length = body.len().to_string();
    for (name, value) in [
        ("Lambda-Runtime-Aws-Request-Id", Some(&*request_id)),
        ("Lambda-Runtime-Deadline-Ms", Some(deadline_ms.as_str())),
        ("Lambda-Runtime-Invoked-Function-Arn", Some(function_arn.as_str())),
        ("Lambda-Runtime-Trace-Id", Some(trace_id.as_str())),
        ("Lambda-Runtime-Client-Context", client_context.as_deref()),
        ("Content-Length", Some(length.as_str())),
    ] {
        let Some(value) = value else { continue };
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        // A trace id comes from the viewer: nothing of it may end the header.
        head.extend(value.bytes().filter(|byte| !byte.is_ascii_control()));
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    if body.len() <= JOINED_BYTES_MAX {
        head.extend_from_slice(&body);
        return stream.write_all(&head).await;
    }
    stream.write_all(&head).await?;
    stream.write_all(&body).await
}

async fn write(stream: &mut TcpStream, status: u16, reason: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await
}

const ACCEPTED: &[u8] =
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

/// Up to this size an event is written together with its head.
const JOINED_BYTES_MAX: usize = 16_384;

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
