//! Where a request enters: its Host says who answers, the answer is recorded, the console told.
//!
//! There is one door per worker; what workers share is behind `Arc` and read without a lock.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use frontgate_edge::{Edge, Exchange, XCache};
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_explain::{Fact, FactKind, Layer};
use frontgate_message::{Body, Connection, Headers, Method, Request, RequestHead, Response, Target, Version};
use frontgate_net::{Malformed, Service};
use frontgate_snapshot::{Answerer, Found, Reader, Snapshot};

use crate::access_log::{AccessLog, BodyBytes, Observed};
use crate::console::{Console, RequestLine};
use crate::counted::counted;
use crate::edge_endpoint;
use crate::local_origins::LocalOrigins;
use crate::records::{Outcome, Records};
use crate::services::{self, AwsService};
use crate::viewer_locations::ViewerLocations;
use crate::web_sockets;

/// The door of one worker.
pub struct Door {
    worker: usize,
    reader: RefCell<Reader>,
    edge: Rc<Edge<LocalOrigins>>,
    locations: Option<Arc<ViewerLocations>>,
    records: Records,
    log: AccessLog,
    console: Console,
    /// Exchanges of requests that are answered: their memory is warm, and large to move.
    #[expect(clippy::vec_box, reason = "the boxes go to requests and come back; their content never moves")]
    spare: RefCell<Vec<Box<Exchange>>>,
}

/// How many exchanges are kept for the next requests.
const SPARE_EXCHANGES_MAX: usize = 64;

impl Door {
    /// The door of worker `worker`.
    pub fn new(
        worker: usize,
        reader: Reader,
        edge: Edge<LocalOrigins>,
        locations: Option<Arc<ViewerLocations>>,
        records: Records,
        log: AccessLog,
        console: Console,
    ) -> Self {
        let (reader, edge) = (RefCell::new(reader), Rc::new(edge));
        Self { worker, reader, edge, locations, records, log, console, spare: RefCell::default() }
    }

    fn exchange(&self) -> (Box<Exchange>, u64) {
        let local = self.edge.origins();
        let (id, number) = local.identifiers.cloudfront_id();
        let now = local.clock.now_milliseconds() / 1000;
        let spare = self.spare.borrow_mut().pop();
        let x = match spare {
            Some(mut x) => {
                x.renew(now, id);
                x
            }
            None => Box::new(Exchange::new(now, id)),
        };
        (x, number)
    }

    fn spare(&self, x: Box<Exchange>) {
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE_EXCHANGES_MAX {
            spare.push(x);
        }
    }

    /// The straight line from Host to answer.
    async fn run(
        &self,
        snapshot: &Arc<Snapshot>,
        head: &RequestHead,
        body: Body,
        x: &mut Exchange,
    ) -> (Option<Answerer>, Response) {
        x.trace.note(Fact::of(FactKind::Snapshot).value(snapshot.generation));
        let Some(found) = snapshot.hosts.find(&head.host) else {
            // Boxed like all that is no hit: every connection has room for what is not.
            return (None, Box::pin(self.unknown_host(snapshot, head, body, x)).await);
        };
        x.trace.note(found.fact);
        if is_misdirected(snapshot, head, found) {
            x.trace.note(Fact::of(FactKind::Misdirected));
            return (Some(found.answerer), self.edge.refuse(ErrorPage::CertificateMismatch, 421, x));
        }
        let response = match found.answerer {
            Answerer::Distribution(index) => {
                self.edge.serve(&snapshot.distributions[index], head, body, x).await
            }
            Answerer::Api(_) | Answerer::HttpApi(_) | Answerer::DomainName(_) => {
                let secure = head.connection.tls.is_some();
                if edge_endpoint::refuses(snapshot, head, &body, &mut x.trace) {
                    return (Some(found.answerer), self.edge.refuse(ErrorPage::BadRequest, 403, x));
                }
                let id = Some(x.request_id.as_str());
                Box::pin(self.edge.origins().gateway(snapshot, head, body, secure, id, &mut x.trace)).await
            }
            Answerer::Bucket(index) => {
                let bucket = &snapshot.buckets[index];
                Box::pin(self.edge.origins().bucket_directly(snapshot, bucket, head, body, &mut x.trace))
                    .await
            }
            Answerer::FunctionUrl(_) => {
                Box::pin(self.edge.origins().function_url_directly(snapshot, head, body, &mut x.trace)).await
            }
            Answerer::Website(index) if head.connection.tls.is_some() => {
                // TLS was established for another name: no certificate is issued for a website endpoint.
                x.trace.note(Fact::of(FactKind::WebsiteHttpRefused).at(snapshot.buckets[index].place));
                self.edge.refuse(ErrorPage::CertificateMismatch, 421, x)
            }
            Answerer::Website(_) => {
                Box::pin(self.edge.origins().website_directly(snapshot, head, &mut x.trace)).await
            }
        };
        (Some(found.answerer), response)
    }

    /// A name of AWS's that nothing here has is answered by the service that it belongs to, any other by the edge.
    async fn unknown_host(
        &self,
        snapshot: &Arc<Snapshot>,
        head: &RequestHead,
        body: Body,
        x: &mut Exchange,
    ) -> Response {
        if let Some(service) = services::asked(head) {
            x.trace.note(Fact::of(FactKind::HostIsService));
            return match service {
                AwsService::Lambda => {
                    self.edge.origins().lambda_api(snapshot, head, body, &mut x.trace).await
                }
                AwsService::S3 => self.edge.origins().s3_endpoint(snapshot, head, body, &mut x.trace).await,
            };
        }
        x.trace.note(Fact::of(FactKind::HostUnknown));
        let host = head.host.strip_suffix(".localhost").unwrap_or(&head.host);
        let mut labels = host.split('.');
        match (labels.next(), labels.next()) {
            (Some(_), Some("execute-api")) if host.ends_with(".amazonaws.com") => {
                let secure = head.connection.tls.is_some();
                self.edge.origins().gateway(snapshot, head, body, secure, None, &mut x.trace).await
            }
            (Some(_), Some("lambda-url")) if host.ends_with(".on.aws") => {
                self.edge.origins().function_url_directly(snapshot, head, body, &mut x.trace).await
            }
            (Some(_), Some(label)) if label.starts_with("s3-website") && host.ends_with(".amazonaws.com") => {
                self.edge.origins().website_directly(snapshot, head, &mut x.trace).await
            }
            (Some(bucket), Some("s3")) if host.ends_with(".amazonaws.com") => {
                self.edge.origins().no_such_bucket(bucket, head, &mut x.trace)
            }
            _ => self.edge.refuse(ErrorPage::BadRequest, 403, x),
        }
    }

    /// The log's view of a request, where its distribution is logged.
    fn observed(&self, answered: &Answered) -> Option<Observed> {
        let Some(Answerer::Distribution(distribution)) = answered.answerer else { return None };
        self.log.wants(&answered.snapshot.distributions[distribution]).then(|| Observed {
            log: self.log.clone(),
            clock: self.edge.origins().clock.clone(),
            started: answered.started,
            snapshot: Arc::clone(&answered.snapshot),
            distribution,
            body_bytes: answered.body_bytes.clone(),
        })
    }

    /// The viewer left before there was an answer: nobody gets one, but what was done can be explained.
    fn left(&self, mut answered: Answered) {
        answered.answerer = answered.snapshot.hosts.find(&answered.head.host).map(|found| found.answerer);
        answered.x.trace.note(Fact::of(FactKind::ViewerLeft));
        answered.x.result = XCache::Error;
        if let Some(observed) = self.observed(&answered) {
            observed.left(&answered.head, &answered.x);
        }
        let Answered { started, snapshot, head, answerer, number, mut x, .. } = answered;
        let outcome = Outcome {
            number,
            gateway_request_id: None,
            generation: snapshot.generation,
            answerer,
            status: 0,
            x_cache: Some(x.result.result_type()),
            body_bytes: 0,
            duration_microseconds: microseconds(started),
        };
        self.records.keep(self.worker, outcome, &head, &mut x);
        self.spare(x);
    }

    fn record(&self, mut answered: Answered, mut response: Response) -> Response {
        let (number, started) = (answered.number, answered.started);
        web_sockets::watch(&mut response, &mut answered.body_bytes, || web_sockets::Watched {
            records: self.records.clone(),
            worker: self.worker,
            number,
            started,
        });
        if let Some(observed) = self.observed(&answered) {
            observed.answered(&answered.head, &answered.x, &mut response);
        }
        let Answered { started, snapshot, head, answerer, number, mut x, .. } = answered;
        let asked_service = answerer.is_none() && of_service(&x);
        let edge_answered = matches!(answerer, None | Some(Answerer::Distribution(_))) && !asked_service;
        let answered_alone = x.result == XCache::Hit && x.origin_request.is_none();
        let asked_gateway =
            !answered_alone && x.trace.facts().iter().any(|fact| fact.kind.layer() == Layer::Gateway);
        let asked_url = matches!(answerer, Some(Answerer::FunctionUrl(_)));
        let asked_bucket = matches!(answerer, Some(Answerer::Bucket(_) | Answerer::Website(_)));
        let gateway_request_id = (asked_gateway || asked_url || asked_service || asked_bucket)
            .then(|| REQUEST_ID_FIELDS.iter().find_map(|field| response.header_text(field)))
            .flatten()
            .map(Into::into);
        let x_cache = edge_answered.then_some(x.result.result_type());
        let line = self.console.shows_requests().then(|| RequestLine {
            method: head.method.as_str().to_owned(),
            url: url(&head),
            status: response.status,
            x_cache: x_cache.unwrap_or(""),
            body_bytes: response.body.length().unwrap_or(0),
            duration_microseconds: 0,
            id: if edge_answered {
                x.request_id.as_str()
            } else {
                gateway_request_id.as_deref().unwrap_or("")
            }
            .to_owned(),
        });
        let outcome = Outcome {
            number,
            gateway_request_id,
            generation: snapshot.generation,
            answerer,
            status: response.status,
            x_cache,
            body_bytes: response.body.length().unwrap_or(0),
            duration_microseconds: microseconds(started),
        };
        self.records.keep(self.worker, outcome, &head, &mut x);
        self.spare(x);
        if !matches!(response.body, Body::Stream(_)) {
            if let Some(mut line) = line {
                line.duration_microseconds = microseconds(started);
                self.console.request(line);
            }
            return response;
        }
        let (records, console, worker) = (self.records.clone(), self.console.clone(), self.worker);
        let Response { body, .. } = response;
        let body = counted(body, move |body_bytes| {
            let duration_microseconds = microseconds(started);
            records.complete(worker, number, body_bytes, duration_microseconds);
            if let Some(line) = line {
                console.request(RequestLine { body_bytes, duration_microseconds, ..line });
            }
        });
        Response { body, ..response }
    }
}

/// How the services name a request in their answers.
const REQUEST_ID_FIELDS: [&str; 3] = ["x-amzn-requestid", "apigw-requestid", "x-amz-request-id"];

/// What is known once a request is answered.
struct Answered {
    started: Instant,
    snapshot: Arc<Snapshot>,
    head: RequestHead,
    answerer: Option<Answerer>,
    number: u64,
    x: Box<Exchange>,
    body_bytes: BodyBytes,
}

/// A request that is being answered; dropped before that, its viewer has left.
struct Asking<'a> {
    door: &'a Door,
    answered: Option<Answered>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(answered) = self.answered.take() {
            self.door.left(answered);
        }
    }
}

impl Service for Door {
    async fn call(&self, request: Request) -> Response {
        let started = Instant::now();
        let Request { head, body } = request;
        let snapshot = self.reader.borrow_mut().current();
        if let Some(locations) = &self.locations {
            locations.locate(&head.connection);
        }
        let counts = !matches!(body, Body::Empty) && self.log.may_want(&snapshot);
        let (body_bytes, body) = if counts { BodyBytes::count(body) } else { (BodyBytes::default(), body) };
        let (x, number) = self.exchange();
        let answered = Answered { started, snapshot, head, answerer: None, number, x, body_bytes };
        let mut asking = Asking { door: self, answered: Some(answered) };
        let Answered { snapshot, head, x, .. } =
            asking.answered.as_mut().expect("it was put there in the line above");
        let (answerer, response) = self.run(snapshot, head, body, x).await;
        if let Some(refresh) = x.refresh.take() {
            let (edge, snapshot) = (Rc::clone(&self.edge), Arc::clone(snapshot));
            if let Some(Answerer::Distribution(index)) = answerer {
                let (mut x, _) = self.exchange();
                tokio::task::spawn_local(async move {
                    edge.refresh(&snapshot.distributions[index], *refresh, &mut x).await;
                });
            }
        }
        match asking.answered.take() {
            Some(answered) => self.record(Answered { answerer, ..answered }, response),
            None => response,
        }
    }

    fn malformed(&self, malformed: Malformed, connection: &Arc<Connection>) -> Response {
        let started = Instant::now();
        let snapshot = self.reader.borrow_mut().current();
        let (mut x, number) = self.exchange();
        x.trace.note(Fact::of(FactKind::Snapshot).value(snapshot.generation));
        let (status, page, fact) = match malformed {
            Malformed::Syntax(_) => (400, ErrorPage::BadRequest, Fact::of(FactKind::MalformedRequest)),
            Malformed::UrlTooLong(bytes) => {
                (414, ErrorPage::BadRequest, Fact::of(FactKind::UrlTooLong).value(bytes))
            }
            Malformed::HeadTooLarge(bytes) => {
                (494, ErrorPage::BadRequest, Fact::of(FactKind::HeadTooLarge).value(bytes))
            }
        };
        x.trace.note(fact);
        let mut response = self.edge.refuse(page, status, &mut x);
        response.close = true;
        let head = RequestHead {
            method: Method::Other("(malformed)".into()),
            target: Target::new(&format!("/ ({malformed})")),
            version: Version::Http11,
            host: "".into(),
            headers: Headers::new(),
            connection: Arc::clone(connection),
            for_error_of: None,
        };
        let body_bytes = BodyBytes::default();
        self.record(Answered { started, snapshot, head, answerer: None, number, x, body_bytes }, response)
    }
}

/// The API of a service was asked, not the edge.
fn of_service(x: &Exchange) -> bool {
    x.trace.facts().iter().any(|fact| fact.kind == FactKind::HostIsService)
}

/// TLS was established for the name of one of ours, and the Host is the name of another one (facts §13.4).
fn is_misdirected(snapshot: &Snapshot, head: &RequestHead, found: Found) -> bool {
    let server_name = head.connection.tls.as_ref().and_then(|tls| tls.server_name.as_deref());
    let named = server_name.filter(|name| **name != *head.host).and_then(|name| snapshot.hosts.find(name));
    named.is_some_and(|named| {
        let both_of_gateway = named.answerer.is_gateway() && found.answerer.is_gateway();
        named.answerer != found.answerer && !both_of_gateway
    })
}

/// The URL as the viewer asked for it.
pub fn url(head: &RequestHead) -> String {
    let host = head.headers.first_text("host").unwrap_or(&head.host);
    format!("{}://{host}{}", head.scheme().as_str(), head.target.as_str())
}

fn microseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use frontgate_message::Request;
    use frontgate_net::Service;

    use super::Door;

    /// Ten thousand idle connections have room for ten thousand of these.
    #[test]
    fn the_future_of_an_answer_is_small() {
        fn bytes<'a, F>(_: impl Fn(&'a Door, Request) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = bytes(<Door as Service>::call);
        assert!(bytes <= FUTURE_BYTES_MAX, "{bytes}");
    }

    /// The request twice, as it came and as it is being answered, and what a hit of the edge carries.
    const FUTURE_BYTES_MAX: usize = 1792;
}
