//! The certificate authority, and HTTP/2 over TLS as viewers see it.

use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Folder, PATIENCE, Seen, TestServer, read_to_end};
use crate::{CertificateAuthority, CertificateStore, Limits, UserCertificate};

pub(super) type Requests = SendRequest<BoxBody<Bytes, Infallible>>;

/// A viewer that trusts the server's authority and speaks these protocols.
pub(super) fn viewer(server: &TestServer, protocols: &[&str]) -> TlsConnector {
    let authority = CertificateAuthority::load_or_create(&server.folder.0).expect("it was made");
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone()).expect("it is an authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("they fit")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

/// An HTTP/2 connection over TLS.
pub(super) async fn connect(server: &TestServer) -> Requests {
    let stream = TcpStream::connect(server.https()).await.expect("the server listens");
    let name = ServerName::try_from("www.example").expect("it is a name");
    let stream = viewer(server, &["h2"]).connect(name, stream).await.expect("it is trusted");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("it speaks h2");
    tokio::spawn(connection);
    sender
}

pub(super) fn request(method: &str, path: &str, body: &str) -> hyper::Request<BoxBody<Bytes, Infallible>> {
    let body = if body.is_empty() { Empty::new().boxed() } else { Full::from(body.to_owned()).boxed() };
    hyper::Request::builder()
        .method(method)
        .uri(format!("https://WWW.example{path}"))
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(body)
        .expect("it is well formed")
}

/// The fields of an answer as HTTP/1.1 orders them.
const IN_ORDER: &[&str] = &["content-type", "content-length", "date"];
const IN_SHARED_ORDER: &[&str] = &["content-type", "content-length", "etag", "date", "age"];

#[tokio::test]
async fn http_2_answers_as_http_1_does() {
    let server = TestServer::start(Limits::default());
    let mut sender = connect(&server).await;
    // method, path, body | status, content-length, body
    let rows = [
        ("GET", "/a?b", "", 200, Some("29"), "GET www.example /a?b a=1; b=2"),
        ("POST", "/echo", "hello", 200, Some("5"), "hello"),
        ("POST", "/collect", "hello", 200, Some("5"), "hello"),
        ("POST", "/unread", "hello", 200, Some("33"), "POST www.example /unread a=1; b=2"),
        ("GET", "/chunks", "", 200, None, "abcdefg"),
        ("GET", "/length", "", 200, Some("7"), "abcdefg"),
        ("HEAD", "/length", "", 200, Some("7"), ""),
        ("HEAD", "/omitted", "", 200, Some("1234"), ""),
        ("GET", "/204", "", 204, None, ""),
        ("GET", "/304", "", 304, Some("7"), ""),
        ("GET", "/shared", "", 200, Some("4"), "page"),
    ];
    for (method, path, body, status, length, expected) in rows {
        let response = sender.send_request(request(method, path, body)).await.expect("it is answered");
        let (head, body) = response.into_parts();
        assert_eq!(head.status, status, "{method} {path}");
        let announced = head.headers.get("content-length").map(HeaderValue::as_bytes);
        assert_eq!(announced, length.map(str::as_bytes), "{method} {path}");
        assert!(!head.headers.contains_key("connection") && head.headers["date"] == "now", "{method} {path}");
        assert_eq!(body.collect().await.expect("it ends").to_bytes(), expected, "{method} {path}");
        let names: Vec<&str> = head.headers.keys().map(HeaderName::as_str).collect();
        let order = if path == "/shared" { IN_SHARED_ORDER } else { IN_ORDER };
        let names_expected = order.iter().filter(|name| length.is_some() || **name != "content-length");
        assert_eq!(names, names_expected.copied().collect::<Vec<_>>(), "{method} {path}");
    }
    for path in ["/short", "/broken"] {
        let response = sender.send_request(request("GET", path, "")).await.expect("it begins");
        assert!(response.into_body().collect().await.is_err(), "{path}");
    }
    let long = sender.send_request(request("GET", &format!("/{}", "x".repeat(9000)), "")).await;
    assert_eq!(long.expect("it is answered").status(), 414);
    let large = hyper::Request::builder().uri("https://www.example/").header("x", "x".repeat(33_000));
    let large = sender.send_request(large.body(Empty::new().boxed()).expect("it is well formed")).await;
    assert_eq!(large.expect("it is answered").status(), 494);
    // A panic ends its own stream and no other.
    assert!(sender.send_request(request("GET", "/panic", "")).await.is_err());
    assert_eq!(sender.send_request(request("GET", "/", "")).await.expect("it is answered").status(), 200);
}

/// A body of that many kilobytes, how many of them have been sent, and whether it never ends.
struct Counted {
    kilobytes: usize,
    sent: Arc<AtomicUsize>,
    stalls: bool,
    _end: tokio::sync::oneshot::Sender<()>,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        if self.sent.fetch_add(1, Ordering::Relaxed) == self.kilobytes {
            self.sent.store(self.kilobytes, Ordering::Relaxed);
            return if self.stalls { Poll::Pending } else { Poll::Ready(None) };
        }
        Poll::Ready(Some(Ok(hyper::body::Frame::data(Bytes::from_static(&[b'x'; 1000])))))
    }
}

#[tokio::test]
async fn http_2_reads_what_nobody_wanted_of_a_body() {
    let patient = Limits { drain_bytes_max: 5_000_000, ..Limits::default() };
    let hasty = Limits { drain_timeout: Duration::from_millis(30), ..Limits::default() };
    let (patient, hasty) = (TestServer::start(patient), TestServer::start(hasty));
    let long = format!("/{}", "x".repeat(9000));
    // server, path, kilobytes, never ends | status, whether all of them are read
    let rows = [
        (&patient, "/", 4000, false, 200, Some(true)),
        (&patient, "/endless", 4000, false, 200, Some(true)),
        (&patient, &long, 4000, false, 414, Some(true)),
        (&patient, "/", 20_000, false, 200, Some(false)),
        (&hasty, "/", 10, true, 200, None),
    ];
    for (server, path, kilobytes, stalls, status, expected) in rows {
        let mut sender = connect(server).await;
        let (sent, (end, ended)) = (Arc::new(AtomicUsize::new(0)), tokio::sync::oneshot::channel());
        let body = Counted { kilobytes, sent: sent.clone(), stalls, _end: end };
        let asked = hyper::Request::post(format!("https://www.example{path}")).body(body.boxed());
        let response = sender.send_request(asked.expect("it is well formed")).await.expect("it is answered");
        assert_eq!(response.status(), status, "{path} {kilobytes}");
        // The body is dropped when it has been sent, or the stream was reset.
        assert!(tokio::time::timeout(PATIENCE, ended).await.is_ok(), "{path} {kilobytes}");
        let sent = sent.load(Ordering::Relaxed);
        assert!(expected.is_none_or(|all| all == (sent == kilobytes)), "{path} {kilobytes}: {sent}");
        if path == "/" {
            let text = response.into_body().collect().await.expect("it ends").to_bytes();
            assert_eq!(text, "POST www.example / -", "{kilobytes}");
        }
    }
}

#[tokio::test]
async fn http_2_connections_are_drained() {
    let server = TestServer::start_workers(1, Limits::default());
    let mut idle = server.connect();
    let mut sender = connect(&server).await;
    let slow = tokio::spawn(sender.send_request(request("GET", "/slow", "")));
    let (seen, gate) = (server.seen, server.gate.clone());
    let began = tokio::task::spawn_blocking(move || seen.recv_timeout(PATIENCE));
    assert_eq!(began.await.expect("it does not panic"), Ok(Seen::WaitBegan));
    let server = server.server;
    let ending = tokio::task::spawn_blocking(move || server.shut_down(PATIENCE));
    // The idle connection closes: the server is draining.
    let closed = tokio::task::spawn_blocking(move || read_to_end(&mut idle));
    assert_eq!(closed.await.expect("it does not panic"), "");
    gate.add_permits(1);
    let response = slow.await.expect("it does not panic").expect("it is answered");
    assert_eq!(response.into_body().collect().await.expect("it ends").to_bytes(), "done");
    ending.await.expect("it does not panic");
    assert!(sender.send_request(request("GET", "/", "")).await.is_err());
}

#[test]
fn an_authority_is_made_once() {
    let folder = Folder::new();
    let state = folder.0.join("new/state");
    let made = CertificateAuthority::load_or_create(&state).expect("the folder is writable");
    let again = CertificateAuthority::load_or_create(&state).expect("it was made");
    assert_eq!(made.certificate(), again.certificate());
    let mode = std::fs::metadata(state.join("ca-key.pem")).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(&state).expect("it was made").count(), 2);
}

#[test]
fn a_damaged_authority_is_an_error_that_names_the_file() {
    type Damage = fn(&Path);
    let rows: [(&str, Damage, &str); 7] = [
        (
            "no key",
            |folder| std::fs::remove_file(folder.join("ca-key.pem")).expect("it is there"),
            "ca-key.pem is missing",
        ),
        (
            "no certificate",
            |folder| std::fs::remove_file(folder.join("ca.pem")).expect("it is there"),
            "ca.pem is missing",
        ),
        ("half a key", |folder| cut(&folder.join("ca-key.pem")), "ca-key.pem: it holds no P-256 key"),
        ("half a certificate", |folder| cut(&folder.join("ca.pem")), "ca.pem: it holds no certificate"),
        (
            "an empty certificate",
            |folder| std::fs::write(folder.join("ca.pem"), "").expect("it is writable"),
            "ca.pem: it",
        ),
        ("another key", swap_key, "ca.pem: it does not belong to the key"),
        (
            "a folder",
            |folder| {
                std::fs::remove_file(folder.join("ca.pem")).expect("it is there");
                std::fs::create_dir(folder.join("ca.pem")).expect("it is writable");
            },
            "ca.pem: Is a directory",
        ),
    ];
    for (name, damage, expected) in rows {
        let folder = Folder::new();
        CertificateAuthority::load_or_create(&folder.0).expect("the folder is writable");
        damage(&folder.0);
        let error = CertificateAuthority::load_or_create(&folder.0).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|error| error.contains(expected)), "{name}: {error:?}");
    }
}

fn cut(path: &Path) {
    let text = std::fs::read_to_string(path).expect("it is there");
    std::fs::write(path, &text[..text.len() / 2]).expect("it is writable");
}

fn swap_key(folder: &Path) {
    let other = Folder::new();
    CertificateAuthority::load_or_create(&other.0).expect("the folder is writable");
    std::fs::copy(other.0.join("ca-key.pem"), folder.join("ca-key.pem")).expect("both are there");
}

#[test]
fn a_name_finds_its_certificate() {
    let folder = Folder::new();
    let authority =
        Arc::new(CertificateAuthority::load_or_create(&folder.0).expect("the folder is writable"));
    let store = CertificateStore::new(authority).expect("localhost is a name");
    let default = store.find(None);
    assert!(Arc::ptr_eq(&default, &store.find(Some("www.example"))));
    store.set_issued_names(|name| name.ends_with(".example").then(|| vec![name.into()]));
    let issued = store.find(Some("WWW.example"));
    assert!(!Arc::ptr_eq(&default, &issued) && Arc::ptr_eq(&issued, &store.find(Some("www.example"))));
    assert!(Arc::ptr_eq(&default, &store.find(Some("elsewhere"))));
    let (certificate, key) = user_pem(&folder.0, &["exact.example", "*.wild.example"]);
    let user = UserCertificate::load(&["Exact.example", "*.wild.example"], &certificate, &key)
        .expect("they are a pair");
    store.set_user_certificates(&[user]);
    let exact = store.find(Some("exact.example"));
    assert!(!Arc::ptr_eq(&exact, &issued) && Arc::ptr_eq(&exact, &store.find(Some("a.wild.example"))));
    for other in ["wild.example", "a.b.wild.example"] {
        assert!(!Arc::ptr_eq(&exact, &store.find(Some(other))), "{other}");
    }
    store.set_issued_names(|_| Some(vec!["www.example".into(), "other.example".into()]));
    assert!(!Arc::ptr_eq(&issued, &store.find(Some("www.example"))), "its names have changed");
}

/// A certificate of the user's own, signed by itself.
fn user_pem(folder: &Path, names: &[&str]) -> (PathBuf, PathBuf) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).expect("they are names");
    let (certificate, key) = (folder.join("user.pem"), folder.join("user-key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("it is writable");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it is writable");
    (certificate, key)
}

#[test]
fn a_certificate_of_the_users_own_that_cannot_be_used_is_an_error_that_says_why() {
    let folder = Folder::new();
    CertificateAuthority::load_or_create(&folder.0).expect("the folder is writable");
    let (certificate, key) = user_pem(&folder.0, &["www.example", "*.wild.example"]);
    let other_key = folder.0.join("ca-key.pem");
    // name, certificate, key | what the error says
    let rows = [
        ("www.example", &certificate, &other_key, "the certificate for www.example: "),
        ("api.example", &certificate, &key, "the certificate for api.example: "),
        ("a.b.wild.example", &certificate, &key, "the certificate for a.b.wild.example: "),
        ("*.example", &certificate, &key, "the certificate for *.example: "),
        ("a b", &certificate, &key, "this is no name that a certificate can hold"),
        ("www.example", &key, &certificate, "user-key.pem: it holds no certificate"),
        ("www.example", &certificate, &certificate, "user.pem: it holds no key"),
        ("www.example", &folder.0.join("none.pem"), &key, "none.pem: No such file or directory"),
    ];
    for (name, certificate, key, expected) in rows {
        let error = UserCertificate::load(&[name], certificate, key).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|error| error.contains(expected)), "{name}: {error:?}");
    }
}
