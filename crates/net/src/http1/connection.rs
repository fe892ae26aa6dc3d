//! One HTTP/1.1 connection of a viewer: request after request until one of both has had enough.
//!
//! The service's future runs inside the connection's own task, next to the socket; it has a box for each request, so that
//! an idle connection has no room for one. An idle connection holds no buffer either; bytes arrive in one that all
//! connections of the worker share, and most heads are read there without being copied first.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use frontgate_message::{Connection, Method, Request, RequestHead, Version};
use tokio::io::ReadBuf;

use super::answer::{Asked, Next};
use super::incoming::IncomingBody;
use super::request_head::{ParsedRequest, check_beginning, parse_request};
use super::scan::HeadScan;
use crate::Malformed;
use crate::server::{Deadline, Service, Transport, Worker};

/// Serves a connection to its end.
pub(crate) async fn serve_http1<S: Service, IO: Transport>(
    io: IO,
    service: &S,
    connection: Arc<Connection>,
    worker: &Worker,
) {
    let mut viewer = Viewer {
        io,
        worker,
        connection,
        buffer: BytesMut::new(),
        scan: HeadScan::default(),
        deadline: Deadline::new(),
        body: None,
        body_is_broken: false,
        takes_interim: false,
        interim: Vec::new(),
    };
    while let Some(next) = poll_fn(|context| viewer.poll_request(context)).await {
        // Boxed, so that a connection has room for a request only while there is one.
        match Box::pin(viewer.serve(service, next)).await {
            Next::Request => {
                viewer.deadline.progressed();
                viewer.scan = HeadScan::default();
            }
            Next::Linger => return Box::pin(viewer.linger()).await,
            Next::Nothing => return,
        }
    }
}

/// A connection of a viewer.
pub(super) struct Viewer<'a, IO> {
    pub(super) io: IO,
    pub(super) worker: &'a Worker,
    pub(super) connection: Arc<Connection>,
    /// Bytes that came and are not used yet.
    pub(super) buffer: BytesMut,
    pub(super) scan: HeadScan,
    pub(super) deadline: Deadline,
    pub(super) body: Option<IncomingBody>,
    /// The current request's body cannot be read to its end, so nothing can follow it.
    pub(super) body_is_broken: bool,
    /// The current request is of a version of HTTP that has interim answers.
    pub(super) takes_interim: bool,
    /// Interim answers that are not written yet.
    pub(super) interim: Vec<u8>,
}

/// Bytes that one read may bring.
pub(super) const READ_BYTES: usize = 16 * 1024;
/// Empty lines that are forgiven before a request (RFC 9112 §2.2), in bytes.
const LEADING_BYTES_MAX: usize = 4;
thread_local! {
    pub(crate) static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

impl<IO: Transport> Viewer<'_, IO> {
    /// Answers what has come.
    async fn serve<S: Service>(&mut self, service: &S, next: Result<(Request, Asked), Malformed>) -> Next {
        let (request, asked) = match next {
            Ok(request) => request,
            Err(malformed) => {
                let mut response = service.malformed(malformed, &self.connection);
                response.close = true;
                self.answer(response, Asked::UNKNOWN).await;
                return Next::Linger;
            }
        };
        let answered = {
            let mut call = pin!(service.call(request));
            poll_fn(|context| self.poll_beside(context, |context| call.as_mut().poll(context))).await
        };
        let Some(response) = answered else { return Next::Nothing };
        if !self.interim.is_empty() && self.send_interim().await.is_err() {
            return Next::Nothing;
        }
        self.answer(response, asked).await
    }

    /// The next request, or why it is none; `None` when the connection has ended.
    fn poll_request(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<(Request, Asked), Malformed>>> {
        let parsed = match ready!(self.poll_head(context)) {
            Some(Ok(parsed)) => parsed,
            Some(Err(malformed)) => return Poll::Ready(Some(Err(malformed))),
            None => return Poll::Ready(None),
        };
        // The wait for the body is not the one for the head.
        self.deadline.progressed();
        let asked = Asked {
            is_head: parsed.method == Method::Head,
            version: parsed.version,
            keep_alive: parsed.keep_alive,
        };
        self.takes_interim = parsed.version != Version::Http10;
        let body = self.body_of(&parsed);
        let head = RequestHead {
            method: parsed.method,
            target: parsed.target,
            version: parsed.version,
            host: parsed.host,
            headers: parsed.headers,
            connection: Connection::for_next_request(&mut self.connection),
            for_error_of: None,
        };
        Poll::Ready(Some(Ok((Request { head, body }, asked))))
    }

    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ParsedRequest, Malformed>>> {
        loop {
            if !self.buffer.is_empty()
                && let Some(parsed) = self.parse_buffered()
            {
                return Poll::Ready(Some(parsed));
            }
            let waits_for_first_byte = self.buffer.is_empty();
            if self.worker.is_killed() || (waits_for_first_byte && self.worker.is_draining()) {
                return Poll::Ready(None);
            }
            let limits = &self.worker.limits;
            match self.poll_read_head(context) {
                Poll::Ready(Ok(HeadRead::Parsed(parsed))) => return Poll::Ready(Some(parsed)),
                Poll::Ready(Ok(HeadRead::More)) if waits_for_first_byte => self.deadline.progressed(),
                Poll::Ready(Ok(HeadRead::More)) => {}
                Poll::Ready(Ok(HeadRead::End) | Err(_)) => return Poll::Ready(None),
                Poll::Pending => {
                    let period = if waits_for_first_byte { limits.idle_timeout } else { limits.head_timeout };
                    ready!(self.deadline.poll(context, period));
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// Reads once; a head that is whole is parsed where it lies.
    fn poll_read_head(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<HeadRead>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.io).poll_read(context, &mut read))?;
            let bytes = read.filled();
            if bytes.is_empty() {
                return Poll::Ready(Ok(HeadRead::End));
            }
            if self.buffer.is_empty()
                && let Ok(Some(end)) = self.scan.end(bytes)
                && end > 2
            {
                self.buffer.extend_from_slice(&bytes[end..]);
                let parsed = parse_request(&bytes[..end], &self.worker.limits);
                return Poll::Ready(Ok(HeadRead::Parsed(parsed)));
            }
            if self.buffer.is_empty() {
                self.scan = HeadScan::default();
            }
            self.buffer.extend_from_slice(bytes);
            Poll::Ready(Ok(HeadRead::More))
        })
    }

    /// The request whose head the buffer holds, once it is whole or known to be none.
    fn parse_buffered(&mut self) -> Option<Result<ParsedRequest, Malformed>> {
        let mut leading = 0;
        while leading < LEADING_BYTES_MAX && self.buffer[leading..].starts_with(b"\r\n") {
            leading += 2;
        }
        if leading > 0 {
            let _ = self.buffer.split_to(leading);
            self.scan = HeadScan::default();
        }
        let limits = &self.worker.limits;
        let line_is_known = self.scan.first_line_length().is_some();
        match self.scan.end(&self.buffer) {
            Err(why) => Some(Err(Malformed::Syntax(why))),
            Ok(Some(end)) => {
                let parsed = parse_request(&self.buffer[..end], limits);
                let _ = self.buffer.split_to(end);
                self.release_empty_buffer();
                Some(parsed)
            }
            Ok(None) if self.buffer.len() > limits.head_bytes_max as usize => {
                let length = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
                let target_room =
                    self.scan.first_line_length().unwrap_or(usize::MAX).saturating_sub(LINE_BYTES);
                Some(Err(if target_room > limits.target_bytes_max as usize {
                    Malformed::UrlTooLong(u32::try_from(target_room).unwrap_or(length))
                } else {
                    Malformed::HeadTooLarge(length)
                }))
            }
            Ok(None) if line_is_known => None,
            Ok(None) => check_beginning(&self.buffer, self.scan.first_line_length(), limits).err().map(Err),
        }
    }

    /// An idle connection holds no memory for bytes that may come.
    pub(super) fn release_empty_buffer(&mut self) {
        if self.buffer.is_empty() && self.buffer.capacity() > 0 {
            self.buffer = BytesMut::new();
        }
    }
}

/// What one read of a head brought.
enum HeadRead {
    Parsed(Result<ParsedRequest, Malformed>),
    More,
    End,
}

/// Bytes of a request line beside its target: the longest method we know, the version, two spaces.
const LINE_BYTES: usize = "OPTIONS  HTTP/1.1".len();

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use frontgate_message::{Connection, Request, Response};

    use super::serve_http1;
    use crate::server::Worker;
    use crate::{Limits, Malformed, Service};

    struct Immediate;

    impl Service for Immediate {
        async fn call(&self, _: Request) -> Response {
            Response::new(200)
        }

        fn malformed(&self, _: Malformed, _: &Arc<Connection>) -> Response {
            Response::new(400)
        }
    }

    /// Ten thousand idle connections are ten thousand of these futures.
    #[tokio::test]
    async fn a_connection_is_small() {
        let worker = Worker::new(Limits::default(), Arc::new(|_| {}));
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let connection = Arc::new(Connection::new(address, address, None));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let client = tokio::net::TcpStream::connect(listener.local_addr().expect("it is bound"));
        let stream = client.await.expect("it is listened to");
        let size = size_of_val(&serve_http1(stream, &Immediate, connection, &worker));
        assert!(size <= FUTURE_BYTES_MAX, "{size}");
    }

    /// The connection itself: what a request needs comes and goes with it.
    const FUTURE_BYTES_MAX: usize = 512;
}
