//! The crate from outside, over loopback: a server with a service that does what its paths say.

mod client;
mod http1;
mod http2;
mod interim;
mod offer;
mod sent;
mod tls;
mod tunnel;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use frontgate_message::{
    Body, BodyError, Chunks, Connection, Headers, Method, OnSent, Request, RequestHead, Response, Sent,
    SharedHead, TunnelEnded,
};

use tokio::sync::Semaphore;

use crate::{
    CertificateAuthority, CertificateStore, Incident, Limits, Malformed, Server, ServerOptions, Service,
    TlsProfile, serve,
};

/// What a test can see of a server's inside.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Incident(Incident),
    /// A call to `/wait` has begun, or was dropped before its end.
    WaitBegan,
    WaitDropped,
    /// What came of a request's body.
    Body(Result<String, BodyError>),
    /// What became of an answer, where the query was `told`.
    Sent(Sent),
    /// What passed through a tunnel.
    Tunnel(TunnelEnded),
}

struct TestServer {
    server: Server,
    seen: Receiver<Seen>,
    /// A call to `/slow` ends when there is a permit.
    gate: Arc<Semaphore>,
    folder: Folder,
}

struct TestService {
    seen: Sender<Seen>,
    gate: Arc<Semaphore>,
}

struct WaitGuard(Sender<Seen>);

/// A folder that is removed in the end.
struct Folder(PathBuf);

/// The longest that a test waits for what must happen anyway.
const PATIENCE: Duration = Duration::from_secs(20);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("frontgate-net-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for WaitGuard {
    fn drop(&mut self) {
        let _ = self.0.send(Seen::WaitDropped);
    }
}

impl TestServer {
    fn start(limits: Limits) -> Self {
        Self::start_workers(2, limits)
    }

    fn start_workers(workers: usize, limits: Limits) -> Self {
        let folder = Folder::new();
        let authority = CertificateAuthority::load_or_create(&folder.0).expect("the folder is empty");
        let certificates = CertificateStore::new(Arc::new(authority)).expect("localhost is a name");
        certificates.set_issued_names(|name| name.ends_with(".example").then(|| vec![name.into()]));
        certificates.set_profile(|name| TlsProfile {
            http2: name != "old.example",
            tls_1_2: name != "strict.example",
            chacha20: name != "aes.example",
            client_certificate: name == "known.example",
        });
        let (sender, seen) = channel();
        let incidents = Mutex::new(sender.clone());
        let services = Mutex::new(sender);
        let options = ServerOptions {
            http: Some(([127, 0, 0, 1], 0).into()),
            https: Some(([127, 0, 0, 1], 0).into()),
            workers,
            limits,
            certificates: Arc::new(certificates),
            on_incident: Arc::new(move |incident| {
                let _ = incidents.lock().expect("no test panics here").send(Seen::Incident(incident));
            }),
        };
        let gate = Arc::new(Semaphore::new(0));
        let service_gate = gate.clone();
        let make = move |_| TestService {
            seen: services.lock().expect("no test panics here").clone(),
            gate: service_gate.clone(),
        };
        Self { server: serve(options, make).expect("two ports are free"), seen, gate, folder }
    }

    fn http(&self) -> SocketAddr {
        self.server.http().expect("it was asked for")
    }

    fn https(&self) -> SocketAddr {
        self.server.https().expect("it was asked for")
    }

    fn sees(&self) -> Seen {
        self.seen.recv_timeout(PATIENCE).expect("something is seen in time")
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.http()).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
        stream
    }

    /// Sends `bytes` over a new connection and reads until it is closed; the line ends become `|`.
    fn exchange(&self, bytes: &str) -> String {
        let mut stream = self.connect();
        // The server may refuse and close before it has read all.
        let _ = stream.write_all(bytes.as_bytes());
        read_to_end(&mut stream)
    }
}

fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let result = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "|");
    match result {
        Ok(_) => text,
        Err(error) => format!("{text} ({:?})", error.kind()),
    }
}

/// Reads until `end` has come.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(end.as_bytes()) {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            other => panic!("{other:?} after {}", String::from_utf8_lossy(&bytes)),
        }
    }
    String::from_utf8_lossy(&bytes).replace("\r\n", "|")
}

/// A body of these parts, each coming at a later poll than the one before.
struct Parts {
    parts: VecDeque<Result<Bytes, BodyError>>,
    is_due: bool,
}

fn parts(length: Option<u64>, parts: &[&'static str], error: Option<BodyError>) -> Body {
    let parts = parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes())));
    Body::stream(length, Parts { parts: parts.chain(error.map(Err)).collect(), is_due: false })
}

impl Chunks for Parts {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.is_due = !self.is_due;
        if self.is_due {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.parts.pop_front())
    }
}

/// A body that never ends, and says when it is dropped.
struct Endless {
    _guard: WaitGuard,
}

impl Chunks for Endless {
    fn poll_chunk(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        Poll::Ready(Some(Ok(Bytes::from_static(&[b'x'; 10_000]))))
    }
}

/// How long the far side of a tunnel may be silent, where the path asks for little patience.
const IDLE_TIMEOUT: Duration = Duration::from_millis(50);

impl TestService {
    /// The answer of the origin at the port that the path `/tunnel/PORT` or `/tunnel/PORT/idle` names.
    async fn tunnel(&self, head: &RequestHead) -> Response {
        let mut words = head.target.path().split('/').skip(2);
        let port = words.next().and_then(|port| port.parse().ok()).expect("the test names a port");
        let target = origin(([127, 0, 0, 1], port).into());
        let request = crate::OriginRequest { headers: &head.headers, ..get("/") };
        let mut answer = match client::client().send(&target, &request, Body::Empty).await {
            Ok(answer) => answer,
            Err(error) => return Response::new(502).with_body(Bytes::from(error.to_string())),
        };
        if let Body::Tunnel(tunnel) = &mut answer.body {
            if words.next() == Some("idle") {
                tunnel.close_when_idle(IDLE_TIMEOUT);
            }
            let seen = self.seen.clone();
            tunnel.when_ended(move |ended| drop(seen.send(Seen::Tunnel(ended))));
        }
        answer
    }
}

impl Service for TestService {
    async fn call(&self, request: Request) -> Response {
        let head = request.head;
        let answer = Response::new(200).with_header("Content-Type", "text/plain").with_header("Date", "now");
        let on_sent = (head.target.query() == Some("told")).then(|| {
            let seen = self.seen.clone();
            OnSent::new(move |sent| drop(seen.send(Seen::Sent(sent))))
        });
        let answer = match head.target.path() {
            "/echo" => Response { body: request.body, ..answer },
            "/chunks" => Response { body: parts(None, &["abc", "defg"], None), ..answer },
            "/length" => Response { body: parts(Some(7), &["abc", "defg"], None), ..answer },
            "/short" => Response { body: parts(Some(9), &["abc", "defg"], None), ..answer },
            "/broken" => Response { body: parts(None, &["abc"], Some(BodyError::TimedOut)), ..answer },
            "/close" => Response { close: true, ..answer.with_body(Bytes::from_static(b"bye")) },
            "/204" => Response { status: 204, ..answer },
            "/100" => Response { status: 100, ..answer },
            "/304" => Response { status: 304, content_length_of_omitted_body: Some(7), ..answer },
            "/omitted" => Response { content_length_of_omitted_body: Some(1234), ..answer },
            "/shared" => {
                let fields = Headers::from_iter([("Content-Type", "text/html"), ("ETag", "\"e\"")]);
                let shared = Some(Arc::new(SharedHead::new(fields)));
                Response { shared, ..Response::new(200).with_header("Date", "now").with_header("Age", "1") }
                    .with_body(Bytes::from_static(b"page"))
            }
            "/large" => answer.with_body(Bytes::from(vec![b'x'; 3_000_000])),
            "/endless" => Response {
                body: Body::stream(None, Endless { _guard: WaitGuard(self.seen.clone()) }),
                ..answer
            },
            path if path.starts_with("/tunnel/") => self.tunnel(&head).await,
            "/panic" => panic!("as asked"),
            "/wait" => {
                let _ = self.seen.send(Seen::WaitBegan);
                let _guard = WaitGuard(self.seen.clone());
                std::future::pending().await
            }
            "/slow" => {
                let _ = self.seen.send(Seen::WaitBegan);
                self.gate.acquire().await.expect("it is never closed").forget();
                answer.with_body(Bytes::from_static(b"done"))
            }
            "/collect" => {
                let body = request.body.collect(10_000_000).await;
                let text = body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let _ = self.seen.send(Seen::Body(text.clone()));
                let text = text.unwrap_or_else(|error| error.to_string());
                answer.with_body(Bytes::from(text))
            }
            "/elsewhere" => {
                let seen = self.seen.clone();
                let collecting = tokio::spawn(request.body.collect(10_000_000));
                let body = collecting.await.expect("it does not panic");
                let _ = seen.send(Seen::Body(body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())));
                answer
            }
            _ => {
                let cookie = head.headers.first_text("cookie").unwrap_or("-");
                let text = format!("{} {} {} {cookie}", head.method, head.host, head.target.as_str());
                answer.with_body(Bytes::from(text))
            }
        };
        Response { on_sent, ..answer }
    }

    fn malformed(&self, malformed: Malformed, _: &Arc<Connection>) -> Response {
        let status = match malformed {
            Malformed::Syntax(_) => 400,
            Malformed::UrlTooLong(_) => 414,
            Malformed::HeadTooLarge(_) => 494,
        };
        Response::new(status).with_header("Date", "now").with_body(Bytes::from(malformed.to_string()))
    }
}

/// A target on this machine that is asked with little patience.
fn origin(address: SocketAddr) -> crate::OriginTarget {
    crate::OriginTarget {
        host: address.ip().to_string().into(),
        port: address.port(),
        tls: None,
        connect_timeout: PATIENCE,
        connection_attempts: 2,
        read_timeout: PATIENCE,
        keep_alive: PATIENCE,
    }
}

static FIELDS: LazyLock<Headers> =
    LazyLock::new(|| Headers::from_iter([("Host", "origin.example"), ("X-Case", "kept")]));

fn get(target: &str) -> crate::OriginRequest<'_> {
    crate::OriginRequest { method: &Method::Get, target, headers: &FIELDS, forwards_interim: true }
}
