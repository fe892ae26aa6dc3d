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

use crate::extensions::forbidden;
use crate::limits::CONNECTIONS_MAX;
use http::{Head, Piece, Posted, RequestReader};

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
    Response { request_id: String, content_type: Option<String>, payload: Payload },
    /// `POST /runtime/invocation/{id}/error`
    Error { request_id: String, body: Bytes },
    /// `POST /runtime/init/error`
    InitError { error_type: Option<String>, body: Bytes },
    /// An operation of the Extensions API.
    Extension(ExtensionCall),
}

/// The operations of the Extensions API and of what belongs to it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api>
#[derive(Debug)]
pub(crate) enum ExtensionCall {
    /// `POST /extension/register`
    Register { name: String, body: Bytes, wants_account: bool },
    /// `GET /extension/event/next`
    Next { id: String },
    /// `POST /extension/init/error`
    InitError { id: String, error_type: Option<String> },
    /// `POST /extension/exit/error`
    ExitError { id: String, error_type: Option<String> },
    /// `PUT /telemetry`
    Subscribe { id: String, body: Bytes },
}

/// What a response carries.
#[derive(Debug)]
pub(crate) enum Payload {
    Whole(Bytes),
    /// The size of what was too large to keep.
    TooLarge(usize),
    /// `Lambda-Runtime-Function-Response-Mode` is neither missing nor `streaming`.
    OtherMode,
    /// It comes piece by piece: `Lambda-Runtime-Function-Response-Mode: streaming`.
    Streamed(mpsc::Receiver<Streamed>),
}

/// What comes of a streamed response. Where nobody receives it, what the process sends is read and forgotten.
#[derive(Debug)]
pub(crate) enum Streamed {
    Chunk(Bytes),
    /// The end. After nothing else.
    End,
    /// The function failed in the middle of it, as the trailers say.
    Failed {
        body: Bytes,
    },
    /// The connection ended before the response did.
    Truncated,
}

/// What the Runtime API answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// 202
    Accepted,
    /// 200 with the event of the next invocation.
    Event(Box<Event>),
    /// 400: the id is not that of the running invocation.
    InvalidRequestId,
    /// 400: there is no such response mode.
    InvalidResponseMode,
    /// 403: the process may not say this now.
    InvalidTransition,
    /// 413
    TooLarge,
    /// 400: the response ended before its end.
    Truncated,
    /// What an extension is told.
    Json { status: (u16, &'static str), identifier: Option<String>, body: serde_json::Value },
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
    // What was answered and is written together with the next event: a process that has asked for that already is
    // woken once for both.
    let mut held: &[u8] = &[];
    loop {
        let head = match reader.head(&mut stream).await? {
            http::Read::Head(head) => head,
            http::Read::End => return Ok(()),
            http::Read::Malformed => return write(&mut stream, 400, "Bad Request", &[]).await,
        };
        let (reply, answer) = oneshot::channel();
        if let Some(request_id) = streamed_response(&head) {
            let (pieces, receiver) = mpsc::channel(1);
            let content_type = head.header("content-type").map(str::to_owned);
            let payload = Payload::Streamed(receiver);
            let kind = CallKind::Response { request_id, content_type, payload };
            if calls.send(Call { kind, reply }).await.is_err() {
                return Ok(());
            }
            pass_on(&mut reader, &mut stream, &head, pieces).await?;
        } else {
            let Some(body) = reader.body(&mut stream, &head).await? else {
                return write(&mut stream, 400, "Bad Request", &[]).await;
            };
            let kind = match extension_call(&head, &body) {
                Some(Ok(call)) => CallKind::Extension(call),
                Some(Err(refused)) => {
                    write_answer(&mut stream, refused).await?;
                    continue;
                }
                None => match call_kind(&head, body) {
                    Some(kind) => kind,
                    None => {
                        write(&mut stream, 404, "Not Found", b"404 page not found\n").await?;
                        continue;
                    }
                },
            };
            if calls.send(Call { kind, reply }).await.is_err() {
                return Ok(());
            }
        }
        match answer.await {
            Err(_) => return Ok(()),
            Ok(Answer::Accepted) if reader.has_next(NEXT) => held = ACCEPTED,
            Ok(Answer::Event(event)) => write_event(&mut stream, std::mem::take(&mut held), *event).await?,
            Ok(answer) => {
                stream.write_all(std::mem::take(&mut held)).await?;
                write_answer(&mut stream, answer).await?;
            }
        }
    }
}

/// Hands on a streamed response piece by piece, no faster than it is taken.
async fn pass_on(
    reader: &mut RequestReader,
    stream: &mut TcpStream,
    head: &Head,
    pieces: mpsc::Sender<Streamed>,
) -> std::io::Result<()> {
    let mut left = head.left();
    loop {
        let (piece, is_last) = match reader.piece(stream, &mut left).await? {
            Piece::Data(bytes) => (Streamed::Chunk(bytes), false),
            Piece::Broken => (Streamed::Truncated, true),
            Piece::End(trailers) => (end_of(trailers), true),
        };
        // Nobody may want it any more; it is read all the same, so that the process comes to its end.
        let _ = pieces.send(piece).await;
        if is_last {
            return Ok(());
        }
    }
}

fn end_of(trailers: http::Trailers) -> Streamed {
    let http::Trailers { error_type, error_body } = trailers;
    let Some(error_type) = error_type else { return Streamed::End };
    let body = error_body.and_then(|body| frontgate_aws::base64_decode(&body));
    let body = body.unwrap_or_else(|| json!({ "errorType": error_type }).to_string().into_bytes());
    Streamed::Failed { body: body.into() }
}

/// The id of the invocation whose streamed response this is.
fn streamed_response(head: &Head) -> Option<String> {
    if head.method() != "POST" || head.header(RESPONSE_MODE) != Some("streaming") {
        return None;
    }
    let (request_id, what) =
        head.path().strip_prefix(RUNTIME)?.strip_prefix("invocation/")?.split_once('/')?;
    (what == "response").then(|| request_id.to_owned())
}

/// The operation of the Extensions API that a request is; `None` for another path, an answer where it names no
/// extension.
fn extension_call(head: &Head, body: &Posted) -> Option<Result<ExtensionCall, Answer>> {
    let operation = match (head.method(), head.path()) {
        ("PUT", path) => return subscription(head, path, body),
        (method, path) => (method, path.strip_prefix(EXTENSION)?),
    };
    if operation == ("POST", "register") {
        let name = head.header("lambda-extension-name").filter(|name| !name.is_empty());
        let Some(name) = name.map(str::to_owned) else {
            return Some(Err(forbidden("Extension.InvalidExtensionName", "Empty extension name")));
        };
        let mut features = head.header("lambda-extension-accept-feature").unwrap_or_default().split(',');
        let wants_account = features.any(|feature| feature.trim() == "accountId");
        return Some(Ok(ExtensionCall::Register { name, body: body.bytes(), wants_account }));
    }
    if ![("GET", "event/next"), ("POST", "init/error"), ("POST", "exit/error")].contains(&operation) {
        return None;
    }
    let id = match identifier(head) {
        Ok(id) => id,
        Err(refused) => return Some(Err(refused)),
    };
    let error_type = || {
        let error_type = head.header("lambda-extension-function-error-type");
        error_type.filter(|error_type| !error_type.is_empty()).map(str::to_owned)
    };
    Some(Ok(match operation.1 {
        "event/next" => ExtensionCall::Next { id },
        "init/error" => ExtensionCall::InitError { id, error_type: error_type() },
        _ => ExtensionCall::ExitError { id, error_type: error_type() },
    }))
}

/// The subscription to logs or telemetry that a request is.
fn subscription(head: &Head, path: &str, body: &Posted) -> Option<Result<ExtensionCall, Answer>> {
    match path {
        TELEMETRY => Some(identifier(head).map(|id| ExtensionCall::Subscribe { id, body: body.bytes() })),
        // What came before the Telemetry API; AWS's emulator answers so.
        LOGS => {
            let body =
                json!({ "errorMessage": "Logs API is not supported", "errorType": "Logs.NotSupported" });
            Some(Err(Answer::Json { status: (202, "Accepted"), identifier: None, body }))
        }
        _ => None,
    }
}

/// `Lambda-Extension-Identifier`, a UUID.
fn identifier(head: &Head) -> Result<String, Answer> {
    let id = head.header("lambda-extension-identifier").unwrap_or_default();
    if id.is_empty() {
        let message = "Missing Lambda-Extension-Identifier header";
        return Err(forbidden("Extension.MissingExtensionIdentifier", message));
    }
    let is_uuid = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_uuid {
        return Ok(id.to_ascii_lowercase());
    }
    Err(forbidden("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"))
}

/// The call that a request is; `None` for a path that the API does not have (or that AWS answers so without
/// extensions and SnapStart).
fn call_kind(head: &Head, body: Posted) -> Option<CallKind> {
    let path = head.path().strip_prefix(RUNTIME)?;
    if head.method() == "GET" {
        return (path == "invocation/next").then_some(CallKind::Next);
    }
    if head.method() != "POST" {
        return None;
    }
    if path == "init/error" {
        let error_type = head.header("lambda-runtime-function-error-type").map(str::to_owned);
        return Some(CallKind::InitError { error_type, body: body.whole() });
    }
    let (request_id, what) = path.strip_prefix("invocation/")?.split_once('/')?;
    let request_id = request_id.to_owned();
    match what {
        "error" => Some(CallKind::Error { request_id, body: body.whole() }),
        "response" => {
            let payload = match body {
                _ if head.header(RESPONSE_MODE).is_some_and(|mode| !mode.is_empty()) => Payload::OtherMode,
                Posted::Whole(bytes) => Payload::Whole(bytes),
                Posted::TooLarge(bytes) => Payload::TooLarge(bytes),
            };
            let content_type = head.header("content-type").map(str::to_owned);
            Some(CallKind::Response { request_id, content_type, payload })
        }
        _ => None,
    }
}

async fn write_answer(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    let (status, reason, error_type, message) = match answer {
        Answer::Event(event) => return write_event(stream, &[], *event).await,
        Answer::Json { status, identifier, body } => {
            return write_json(stream, status, identifier.as_deref(), &body).await;
        }
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
        Answer::Truncated => {
            (400, "Bad Request", "TruncatedHTTPRequest", "HTTP request detected as truncated".to_owned())
        }
    };
    let body = json!({ "errorMessage": message, "errorType": error_type }).to_string();
    write(stream, status, reason, body.as_bytes()).await
}

async fn write_event(stream: &mut TcpStream, before: &[u8], event: Event) -> std::io::Result<()> {
    let Event { request_id, deadline_ms, function_arn, trace_id, client_context, body } = event;
    let mut head = Vec::with_capacity(512 + before.len() + body.len().min(JOINED_BYTES_MAX));
    head.extend_from_slice(before);
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

async fn write_json(
    stream: &mut TcpStream,
    (status, reason): (u16, &str),
    identifier: Option<&str>,
    body: &serde_json::Value,
) -> std::io::Result<()> {
    let body = body.to_string();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n");
    if let Some(identifier) = identifier {
        head.push_str(&format!("Lambda-Extension-Identifier: {identifier}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).await
}

async fn write(stream: &mut TcpStream, status: u16, reason: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await
}

/// Where the operations of extensions are.
const EXTENSION: &str = "/2020-01-01/extension/";
/// Where extensions subscribe to telemetry, and to logs.
const TELEMETRY: &str = "/2022-07-01/telemetry";
const LOGS: &str = "/2020-08-15/logs";
/// Where the operations of the runtime are.
const RUNTIME: &str = "/2018-06-01/runtime/";
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";

/// How a process asks for the next event.
const NEXT: &[u8] = b"GET /2018-06-01/runtime/invocation/next ";

const ACCEPTED: &[u8] =
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

/// Up to this size an event is written together with its head.
const JOINED_BYTES_MAX: usize = 16_384;

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
