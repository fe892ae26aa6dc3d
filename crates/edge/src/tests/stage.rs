//! The stage on which a dialogue is played: an edge, an origin that says its lines, and the check of what is seen.
//!
//! - A viewer's line: `SECONDS METHOD TARGET | Header: value | … >> body`. `S` behind the seconds: over TLS.
//! - The origin's line: empty where it must not be asked; else `WHAT IT SEES => STATUS | Header: value >> body`, where
//!   what it sees is `METHOD TARGET | Header: value | -Header`, all optional; `!Failure` in place of an answer.
//!   The body: `>> whole`, `>>+ in chunks with a length`, `>>* in chunks without`, `… !` breaks off.
//! - What the viewer gets: `STATUS Result | Header: value | -Header >> body`; `>>` and nothing: an empty body.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_cache::{Cache, Limits};
use frontgate_edge_rules::Distribution;
use frontgate_explain::Trace;
use frontgate_message::{
    Body, BodyError, Chunks, Connection, Handshake, Headers, Method, Request, RequestHead, Response, Target,
    Tls, Tunnel, Version,
};

use super::web_socket::Nobody;
use crate::object::Object;
use crate::{Edge, Exchange, OriginCall, OriginFailure, Origins, PointOfPresence, RequestId};

pub(super) const START: u64 = 1_700_000_000;

/// Plays a dialogue of viewer's line, origin's line, and what the viewer gets. An origin's line may hold several answers, one per line of text.
pub(super) fn play(name: &str, distribution: &Distribution, dialogue: &[(&str, &str, &str)]) {
    run(async {
        let edge = edge();
        for (viewer, origin, wanted) in dialogue {
            let scene = format!("{name}: {viewer}");
            edge.origins().says(origin);
            let (_, seen) = ask(&edge, distribution, viewer).await;
            check(&scene, wanted, &seen);
            assert_eq!(*edge.origins().complaint.borrow(), "", "{scene}");
            assert_eq!(edge.origins().lines.borrow().len(), 0, "{scene}: the origin was not asked");
        }
    });
}

/// What a viewer sees.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) result: &'static str,
    pub(super) headers: Headers,
    pub(super) body: Result<Vec<u8>, BodyError>,
    pub(super) length_of_omitted_body: Option<u64>,
    pub(super) close: bool,
}

pub(super) fn run(scene: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(scene);
}

pub(super) fn edge() -> Edge<Script> {
    edge_of(Cache::new(Limits { total_bytes_max: 8 << 20, object_bytes_max: 100_000 }))
}

pub(super) fn edge_of(cache: Cache<Object>) -> Edge<Script> {
    let pop = PointOfPresence {
        name: "SEA73-P1".into(),
        via_host: "0123456789abcdef0123456789abcdef.cloudfront.net".into(),
        https_port: std::sync::Arc::new(443.into()),
    };
    Edge::new(cache, Script::default(), pop)
}

pub(super) async fn ask(edge: &Edge<Script>, distribution: &Distribution, viewer: &str) -> (Exchange, Seen) {
    let (at, request) = request(viewer);
    let mut x = Exchange::new(at, RequestId::of_bytes(&[7; 40]));
    let response = edge.serve(distribution, &request.head, request.body, &mut x).await;
    let seen = see(response, &x).await;
    (x, seen)
}

pub(super) async fn see(mut response: Response, x: &Exchange) -> Seen {
    let mut headers = response.shared.as_ref().map(|shared| shared.headers().clone()).unwrap_or_default();
    response.headers.iter().for_each(|(name, value)| headers.append(name, value));
    let mut body = Ok(Vec::new());
    while let Some(chunk) = response.body.chunk().await {
        match (&mut body, chunk) {
            (Ok(body), Ok(chunk)) => body.extend_from_slice(&chunk),
            (_, Err(error)) => body = Err(error),
            (Err(_), Ok(_)) => {}
        }
    }
    // The task that keeps the object ends after the last byte.
    tokio::task::yield_now().await;
    Seen {
        status: response.status,
        result: x.result.result_type(),
        headers,
        body,
        length_of_omitted_body: response.content_length_of_omitted_body,
        close: response.close,
    }
}

/// Asserts that what was seen is as wanted; what `wanted` leaves out is not looked at.
pub(super) fn check(scene: &str, wanted: &str, seen: &Seen) {
    let (head, body) = split_body(wanted);
    let mut parts = head.split('|').map(str::trim);
    let first = format!("{} {}", seen.status, seen.result);
    assert_eq!(parts.next().unwrap_or_default(), first, "{scene}: {:?} {:?}", seen.headers, text(&seen.body));
    let x_cache = seen.headers.first_text("X-Cache").unwrap_or_default();
    assert_eq!(x_cache, format!("{} from cloudfront", seen.result), "{scene}");
    for part in parts {
        assert_eq!(complaint(part, &seen.headers), None, "{scene}: {:?}", seen.headers);
    }
    if let Some(body) = body {
        assert_eq!(
            text(&seen.body),
            body.strip_prefix("!").map_or(Ok(body.into()), |_| Err(BodyError::Truncated)),
            "{scene}"
        );
    }
}

fn text(body: &Result<Vec<u8>, BodyError>) -> Result<String, BodyError> {
    body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned()).map_err(Clone::clone)
}

/// `Name: value`, `Name: *` or `-Name`.
fn complaint(part: &str, headers: &Headers) -> Option<String> {
    if let Some(name) = part.strip_prefix('-') {
        return headers.contains(name).then(|| format!("{name} is there"));
    }
    let (name, value) = part.split_once(": ").unwrap_or((part, "*"));
    let found = headers.joined(name).map(|value| String::from_utf8_lossy(&value).into_owned());
    (found.is_none() || (value != "*" && found.as_deref() != Some(value)))
        .then(|| format!("{name} is {found:?}, not {value}"))
}

pub(super) fn request(viewer: &str) -> (u64, Request) {
    let (head, body) = split_body(viewer);
    let mut parts = head.split('|').map(str::trim);
    let words: Vec<&str> = parts.next().unwrap_or_default().split(' ').collect();
    let [at, method, target] = words[..] else { panic!("not a viewer's line: {viewer}") };
    let seconds = at.trim_end_matches('S');
    let mut headers = Headers::from_iter([("Host", "www.example.com")]);
    for part in parts {
        let (name, value) = part.split_once(": ").expect("a header");
        headers.append(name, value.as_bytes());
    }
    let tls = at.ends_with('S').then(|| Tls {
        server_name: None,
        version: "TLSv1.3",
        cipher: "x".into(),
        handshake: Handshake::Full,
        client_certificate: None,
        fingerprints: None,
    });
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);
    let head = RequestHead {
        method: Method::from_token(method),
        target: Target::new(target),
        version: Version::Http11,
        host: "www.example.com".into(),
        headers,
        connection: Arc::new(Connection::new(address, address, tls)),
        for_error_of: None,
    };
    let body = Bytes::from(body.unwrap_or_default().to_owned()).into();
    (START + seconds.parse::<u64>().expect("seconds"), Request { head, body })
}

fn split_body(line: &str) -> (&str, Option<&str>) {
    match line.split_once(">>") {
        Some((head, body)) => (head.trim(), Some(body.strip_prefix(' ').unwrap_or(body))),
        None => (line.trim(), None),
    }
}

/// An origin that says what it was told to say.
#[derive(Default)]
pub(super) struct Script {
    lines: RefCell<VecDeque<String>>,
    complaint: RefCell<String>,
    pub(super) asked: Cell<usize>,
    /// Answers wait here until somebody lets them go.
    pub(super) held: Option<tokio::sync::Semaphore>,
    /// The bodies of requests as they arrived.
    pub(super) bodies: RefCell<Vec<Vec<u8>>>,
}

impl Script {
    /// What was wrong with what it was asked, or that it was not asked; empty where all was well.
    pub(super) fn complaint(&self) -> String {
        if self.lines.borrow().is_empty() {
            self.complaint.borrow().clone()
        } else {
            "the origin was not asked".to_owned()
        }
    }

    pub(super) fn says(&self, lines: &str) {
        self.lines
            .borrow_mut()
            .extend(lines.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()));
    }
}

impl Origins for Script {
    async fn fetch(&self, call: OriginCall<'_>, _trace: &mut Trace) -> Result<Response, OriginFailure> {
        self.asked.set(self.asked.get() + 1);
        let Some(line) = self.lines.borrow_mut().pop_front() else {
            *self.complaint.borrow_mut() = format!("asked for {} and has no line", call.request.target);
            return Err(OriginFailure::Dns);
        };
        if let Some(held) = &self.held {
            held.acquire().await.expect("open").forget();
        }
        let body = call.body.collect(1 << 20).await.map_err(|_| OriginFailure::BadRequestBody)?;
        self.bodies.borrow_mut().push(body.to_vec());
        let (wanted, answer) = line.split_once("=>").unwrap_or(("", &line));
        for part in wanted.split('|').map(str::trim).filter(|part| !part.is_empty()) {
            let asked = format!("{} {}", call.request.method, call.request.target);
            let is_first_line = part.starts_with(call.request.method.as_str()) && part.contains(" /");
            let wrong = match is_first_line {
                true => (part != asked).then(|| format!("{asked} is not {part}")),
                false => complaint(part, &call.request.headers),
            };
            if let Some(wrong) = wrong {
                *self.complaint.borrow_mut() = format!("origin: {wrong} in {:?}", call.request.headers);
            }
        }
        answer_of(answer.trim(), &call.request.method)
    }
}

fn answer_of(answer: &str, method: &Method) -> Result<Response, OriginFailure> {
    match answer {
        "!Dns" => return Err(OriginFailure::Dns),
        "!Connect" => return Err(OriginFailure::Connect),
        "!ConnectTimeout" => return Err(OriginFailure::ConnectTimeout),
        "!ReadTimeout" => return Err(OriginFailure::ReadTimeout),
        "!Closed" => return Err(OriginFailure::Closed),
        _ => {}
    }
    let (head, body) = split_body(answer);
    let mut parts = head.split('|').map(str::trim);
    let status = parts.next().unwrap_or_default();
    let mut response = Response::new(status.parse().unwrap_or_else(|_| panic!("not a status: {status}")));
    for part in parts {
        let (name, value) = part.split_once(": ").expect("a header");
        response.headers.append(name, value.as_bytes());
    }
    if response.status == 101 {
        response.body = Body::Tunnel(Tunnel::new("websocket", Nobody).into());
        return Ok(response);
    }
    let Some(body) = body.map(repeated) else { return Ok(response) };
    if *method == Method::Head {
        response.content_length_of_omitted_body = Some(body.len() as u64);
        return Ok(response);
    }
    response.body = match body.as_bytes().first() {
        Some(b'+') => stream(body[1..].trim_start(), true),
        Some(b'*') => stream(body[1..].trim_start(), false),
        _ => Bytes::from(body).into(),
    };
    Ok(response)
}

/// `LETTERxCOUNT` is a long text.
fn repeated(body: &str) -> String {
    let (mark, text) = match body.as_bytes().first() {
        Some(b'+' | b'*') => body.split_at(1),
        _ => ("", body),
    };
    let (text, end) = text.strip_suffix(" !").map_or((text, ""), |text| (text, " !"));
    match text.trim_start().split_once('x').and_then(|(letter, count)| Some((letter, count.parse().ok()?))) {
        Some((letter, count)) => format!("{mark}{}{end}", letter.repeat(count)),
        None => body.to_owned(),
    }
}

/// Chunks of at most [`CHUNK`] bytes; a `!` at the end breaks off.
fn stream(text: &str, has_length: bool) -> Body {
    let whole = text.trim_end_matches(" !");
    let mut chunks: VecDeque<_> =
        whole.as_bytes().chunks(CHUNK).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    let breaks_off = whole.len() != text.len();
    if breaks_off {
        chunks.push_back(Err(BodyError::Truncated));
    }
    let length = has_length.then_some(whole.len() as u64 + u64::from(breaks_off));
    Body::stream(length, Line { chunks, is_ready: false })
}

const CHUNK: usize = 5;

/// Chunks that come one at a time, each after a wait.
struct Line {
    chunks: VecDeque<Result<Bytes, BodyError>>,
    is_ready: bool,
}

impl Chunks for Line {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.is_ready = !self.is_ready;
        if self.is_ready {
            return Poll::Ready(self.chunks.pop_front());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
