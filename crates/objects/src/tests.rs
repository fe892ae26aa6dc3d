//! Requests to a bucket in a folder of its own, through the front door.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_iam::{Identities, Policy, PolicyKind};
use frontgate_message::{Body, Connection, Headers, Method, RequestHead, Response, Target, Version};
use frontgate_snapshot::{Bucket, BucketPolicy, PublicAccessBlock};
use serde_json::{Value, json};

use crate::{Call, Caller, Objects};

mod listing;
mod reading;
mod rights;
mod signed;
mod uploads;
mod website;
mod writing;

const DISTRIBUTION: &str = "arn:aws:cloudfront::123456789012:distribution/E1";
const CLOUDFRONT: Caller<'_> = Caller::CloudFront { distribution_arn: DISTRIBUTION, account: "123456789012" };

/// A bucket with its folder, which goes away with it.
struct Fixture {
    bucket: Bucket,
    folder: PathBuf,
    identities: Identities,
    objects: Objects,
    log: Arc<Mutex<Vec<String>>>,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    response: Response,
    body: Vec<u8>,
    facts: Vec<FactKind>,
}

impl Fixture {
    /// A bucket `b` with a policy of these statements.
    fn with(statements: &[Value]) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("frontgate-objects-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the test");
        let policy = (!statements.is_empty()).then(|| {
            let document = json!({"Version": "2012-10-17", "Statement": statements});
            let policy = Policy::parse_as(&document, PolicyKind::Bucket("b")).expect("a policy");
            BucketPolicy { bucket: "b".into(), policy: Arc::new(policy), place: PlaceId(2) }
        });
        let bucket = Bucket {
            name: "b".into(),
            region: "us-east-1".into(),
            folder: Some(folder.clone()),
            policy,
            public_access_block: PublicAccessBlock::default(),
            acls_enabled: false,
            website: None,
            place: PlaceId(1),
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&log);
        let objects = Objects::new(move |line| sink.lock().expect("the log").push(line.to_owned()));
        Self { bucket, folder, identities: Identities::default(), objects, log }
    }

    /// A bucket of which the distribution may do everything.
    fn open() -> Self {
        Self::with(&[allow(
            json!({"Service": "cloudfront.amazonaws.com"}),
            "s3:*",
            &["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        )])
    }

    /// Writes a file with a fixed time of modification.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, content).expect("a file");
        let file = fs::File::options().write(true).open(&path).expect("the file");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_752_480_000)).expect("its time");
        self
    }

    fn get(&self, target: &str) -> Answer {
        self.ask(CLOUDFRONT, "GET", target, &[], &[])
    }

    fn ask(
        &self,
        caller: Caller<'_>,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.send(caller, &head(method, target, headers), body)
    }

    /// Asks with another Host than the bucket's.
    fn ask_host(&self, caller: Caller<'_>, host: &str, method: &str, target: &str) -> Answer {
        self.send(caller, &RequestHead { host: host.into(), ..head(method, target, &[]) }, &[])
    }

    fn send(&self, caller: Caller<'_>, head: &RequestHead, body: &[u8]) -> Answer {
        let call = self.call(caller, head);
        let mut trace = Trace::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let body = Body::from(Bytes::copy_from_slice(body));
            let mut response = self.objects.serve(&call, body, &mut trace).await;
            let sent = std::mem::replace(&mut response.body, Body::Empty);
            let body = sent.collect(100 << 20).await.expect("the whole body").to_vec();
            Answer { response, body, facts: trace.facts().iter().map(|fact| fact.kind).collect() }
        })
    }

    /// A call of the head from that caller.
    fn call<'a>(&'a self, caller: Caller<'a>, head: &'a RequestHead) -> Call<'a> {
        let (bucket, identities) = (&self.bucket, &self.identities);
        let buckets = std::slice::from_ref(bucket);
        Call { bucket, caller, head, path: head.target.path(), buckets, identities, now: now() }
    }

    fn log(&self) -> String {
        self.log.lock().expect("the log").join("\n")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.response.header_text(name).unwrap_or("")
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of that name.
    fn element(&self, name: &str) -> String {
        let text = self.text();
        let inner = text
            .split_once(&format!("<{name}>"))
            .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
        inner.map_or_else(String::new, |(inner, _)| inner.to_owned())
    }

    /// The texts of all elements of that name.
    fn elements(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        text.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0.to_owned())).collect()
    }
}

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> RequestHead {
    let address: SocketAddr = "203.0.113.9:50000".parse().expect("an address");
    RequestHead {
        method: Method::from_token(method),
        target: Target::new(target),
        version: Version::Http11,
        host: "b.s3.us-east-1.amazonaws.com".into(),
        headers: Headers::from_iter(headers.iter().copied()),
        connection: Arc::new(Connection::new(address, address, None)),
        for_error_of: None,
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_770_091_506)
}

fn allow(principal: Value, action: &str, resources: &[&str]) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resources})
}
