//! Requests to Lambda's API as clients sign them, with functions that answer in memory.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use frontgate_aws::sigv4::{
    PathRule, Request as SignedRequest, SigningKey, basic_format, canonical_request, string_to_sign,
};
use frontgate_aws::{base64_encode, hex, sha256};
use frontgate_explain::FactKind as F;
use frontgate_iam::{AccessKey, IdentityKind};
use frontgate_message::{Connection, Headers, Method, Target, Version};
use serde_json::Value;

use super::*;

const NOW: u64 = 1_772_644_000;
const REGION: &str = "us-east-1";
const ALLOWED: InvokePermission = InvokePermission::Allowed(PlaceId::NONE);

/// What is asked, and by whom.
#[derive(Clone, Copy)]
struct Row<'a> {
    method: &'a str,
    target: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'static [u8],
    /// The secret that signs; empty where nobody does.
    secret: &'a str,
    key: &'a str,
    permission: InvokePermission,
}

const INVOKE: Row<'static> = Row {
    method: "POST",
    target: "/2015-03-31/functions/f/invocations",
    headers: &[],
    body: b"{\"a\":1}",
    secret: "secret",
    key: "AKIAIOSFODNN7EXAMPLE",
    permission: ALLOWED,
};

#[derive(Default)]
struct Fake {
    outcome: Option<Result<ApiInvoked, InvocationFailure>>,
    /// ARN, event, and whether somebody waits.
    seen: RefCell<Option<(String, String, bool)>>,
}

impl Invocations for Fake {
    async fn invoke_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        _: &mut Trace,
    ) -> Result<ApiInvoked, InvocationFailure> {
        let event = String::from_utf8_lossy(&invocation.event).into_owned();
        *self.seen.borrow_mut() = Some((invocation.function_arn.to_owned(), event, invocation.waits));
        self.outcome.clone().unwrap_or_else(|| {
            Ok(ApiInvoked {
                payload: Bytes::from_static(b"\"yes\""),
                executed_version: "$LATEST".into(),
                log_tail: invocation.log_tail.then(|| "the log".to_owned()),
                failed: false,
            })
        })
    }

    async fn stream_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> Result<ApiStream, InvocationFailure> {
        let invoked = self.invoke_from_api(invocation, trace).await?;
        let messages = [payload_chunks(&invoked.payload), invoke_complete(None, None)].concat();
        Ok(ApiStream {
            executed_version: invoked.executed_version,
            messages: Body::from(Bytes::from(messages)),
        })
    }
}

fn identities() -> Identities {
    let user = Identity {
        kind: IdentityKind::User,
        name: "ann".into(),
        arn: "arn:aws:iam::123456789012:user/ann".into(),
        unique_id: "AIDAEXAMPLE".into(),
        policies: Vec::new(),
        boundary: None,
        trust: None,
        place: PlaceId::NONE,
    };
    let key = AccessKey {
        id: INVOKE.key.into(),
        secret: "secret".into(),
        session_token: None,
        session_name: None,
        active: true,
        identity: 0,
    };
    Identities { all: vec![user], access_keys: vec![key], role_sessions: Vec::new() }
}

fn headers(row: &Row<'_>) -> Headers {
    let mut headers = Headers::from_iter([("Host", "lambda.us-east-1.amazonaws.com")]);
    row.headers.iter().for_each(|(name, value)| headers.append(name, value.as_bytes()));
    if row.secret.is_empty() {
        return headers;
    }
    let time = basic_format(NOW);
    headers.append("X-Amz-Date", time.as_bytes());
    let (path, query) = row.target.split_once('?').unwrap_or((row.target, ""));
    let fields: Vec<(&str, &[u8])> = headers.iter().collect();
    let request = SignedRequest { method: row.method, path, query, headers: &fields };
    let hash = hex(&sha256(row.body));
    let names = ["host", "x-amz-date"];
    let canonical = canonical_request(&request, PathRule::OTHERS, &names, &hash);
    let scope = format!("{}/{REGION}/lambda/aws4_request", &time[..8]);
    let key = SigningKey::derive(row.secret, &time[..8], REGION, "lambda");
    let signature = key.sign(&string_to_sign(&time, &scope, &canonical));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}",
        row.key
    );
    headers.append("Authorization", authorization.as_bytes());
    headers
}

struct Answer {
    response: Response,
    body: String,
    facts: Vec<F>,
}

fn ask(row: &Row<'_>, fake: &Fake) -> Answer {
    let peer: SocketAddr = "127.0.0.1:50000".parse().expect("an address");
    let head = RequestHead {
        method: Method::from_token(row.method),
        target: Target::new(row.target),
        version: Version::Http11,
        host: "lambda.us-east-1.amazonaws.com".into(),
        headers: headers(row),
        connection: Arc::new(Connection::new(peer, peer, None)),
        for_error_of: None,
    };
    let call = LambdaApiCall {
        head: &head,
        region: REGION,
        now_milliseconds: NOW * 1000,
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        trace_id: "Root=1-2-3",
        identities: &identities(),
        permission: &|_, _| row.permission,
        find: &|name, qualifier| {
            (name == "f" && matches!(qualifier, None | Some("live"))).then_some(PlaceId::NONE)
        },
    };
    let mut trace = Trace::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let body = Body::from(Bytes::from_static(row.body));
    let (response, body) = runtime.block_on(async {
        let mut response = serve_lambda_api(call, body, fake, &mut trace).await;
        let body = std::mem::replace(&mut response.body, Body::Empty);
        (response, body.collect(1 << 20).await.expect("a body"))
    });
    let facts = trace.facts().iter().map(|fact| fact.kind).collect();
    Answer { response, body: String::from_utf8_lossy(&body).into_owned(), facts }
}

#[test]
fn a_function_is_invoked() {
    let fake = Fake::default();
    let answer = ask(&Row { headers: &[("X-Amz-Log-Type", "Tail")], ..INVOKE }, &fake);
    assert_eq!((answer.response.status, answer.body.as_str()), (200, "\"yes\""));
    for (name, value) in [
        ("X-Amz-Executed-Version", Some("$LATEST")),
        ("X-Amz-Log-Result", Some(base64_encode(b"the log").as_str())),
        ("X-Amz-Function-Error", None),
        ("x-amzn-RequestId", Some("c6af9ac6-7b61-11e6-9a41-93e8deadbeef")),
        ("X-Amzn-Trace-Id", Some("Root=1-2-3")),
    ] {
        assert_eq!(answer.response.header_text(name), value, "{name}");
    }
    assert_eq!(answer.facts, [F::LambdaApiAsked, F::LambdaApiSigned, F::LambdaApiAllowed]);
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    assert_eq!(fake.seen.into_inner(), Some((arn.to_owned(), "{\"a\":1}".to_owned(), true)));
}

#[test]
fn a_response_is_streamed() {
    let target = "/2021-11-15/functions/f/response-streaming-invocations";
    let fake = Fake::default();
    let answer = ask(&Row { target, ..INVOKE }, &fake);
    assert_eq!(answer.response.status, 200);
    let content_type = answer.response.header_text("Content-Type");
    assert_eq!(content_type, Some("application/vnd.amazon.eventstream"));
    assert_eq!(answer.response.header_text("X-Amz-Executed-Version"), Some("$LATEST"));
    assert!(answer.body.contains("\"yes\"") && answer.body.contains("InvokeComplete"), "{}", answer.body);
    let event = Row { target, headers: &[("X-Amz-Invocation-Type", "Event")], ..INVOKE };
    let answer = ask(&event, &Fake::default());
    assert_eq!(answer.response.status, 400);
    assert!(answer.body.contains("enum value set: [RequestResponse, DryRun]"), "{}", answer.body);
}

#[test]
fn invocation_types() {
    for (row, status, body, waits) in [
        (Row { headers: &[("X-Amz-Invocation-Type", "Event")], ..INVOKE }, 202, "", Some(false)),
        (Row { headers: &[("X-Amz-Invocation-Type", "DryRun")], ..INVOKE }, 204, "", None),
        (
            Row { target: "/2014-11-13/functions/f/invoke-async/", ..INVOKE },
            202,
            "{\"Status\":202}",
            Some(false),
        ),
        (
            Row { target: "/2015-03-31/functions/f%3Alive/invocations", body: b"", ..INVOKE },
            200,
            "\"yes\"",
            Some(true),
        ),
        (
            Row { target: "/2015-03-31/functions/f/invocations?Qualifier=live", ..INVOKE },
            200,
            "\"yes\"",
            Some(true),
        ),
    ] {
        let fake = Fake::default();
        let answer = ask(&row, &fake);
        assert_eq!((answer.response.status, answer.body.as_str()), (status, body), "{}", row.target);
        assert_eq!(fake.seen.into_inner().map(|(_, _, waits)| waits), waits, "{}", row.target);
    }
}

#[test]
fn what_is_refused_never_reaches_a_function() {
    let unknown = Row { target: "/2015-03-31/functions/g/invocations", ..INVOKE };
    for (row, status, error_type, fact) in [
        (Row { secret: "", ..INVOKE }, 403, "MissingAuthenticationTokenException", F::LambdaApiUnsigned),
        (
            Row { secret: "wrong", ..INVOKE },
            403,
            "InvalidSignatureException",
            F::LambdaApiSignatureDoesNotMatch,
        ),
        (
            Row { key: "AKIANOBODY", ..INVOKE },
            403,
            "UnrecognizedClientException",
            F::LambdaApiAccessKeyUnknown,
        ),
        (
            Row { permission: InvokePermission::NotAllowed(PlaceId::NONE), ..unknown },
            403,
            "AccessDeniedException",
            F::LambdaApiNotAllowed,
        ),
        (
            Row { permission: InvokePermission::Denied(PlaceId::NONE), ..INVOKE },
            403,
            "AccessDeniedException",
            F::LambdaApiDenied,
        ),
        (unknown, 404, "ResourceNotFoundException", F::LambdaApiFunctionUnknown),
        (Row { body: b"hello", ..INVOKE }, 400, "InvalidRequestContentException", F::LambdaApiRequestInvalid),
        (
            Row { headers: &[("X-Amz-Invocation-Type", "Now")], ..INVOKE },
            400,
            "ValidationException",
            F::LambdaApiRequestInvalid,
        ),
        (
            Row { target: "/2015-03-31/functions/a%20b/invocations", ..INVOKE },
            400,
            "ValidationException",
            F::LambdaApiRequestInvalid,
        ),
        (
            Row { method: "GET", target: "/2015-03-31/functions/", ..INVOKE },
            501,
            "NotImplementedException",
            F::LambdaApiOperationNotRun,
        ),
        (Row { target: "/", ..INVOKE }, 403, "AccessDeniedException", F::LambdaApiOperationUnknown),
    ] {
        let fake = Fake::default();
        let answer = ask(&row, &fake);
        let found = answer.response.header_text("x-amzn-ErrorType");
        assert_eq!((answer.response.status, found), (status, Some(error_type)), "{}", answer.body);
        assert_eq!(answer.facts.last(), Some(&fact), "{}", answer.body);
        serde_json::from_str::<Value>(&answer.body).expect("errors are JSON");
        assert_eq!(fake.seen.into_inner(), None, "{}", answer.body);
    }
}

#[test]
fn what_keeps_a_function_from_running_is_said() {
    for (failure, status, said) in [
        (
            InvocationFailure::NotFound,
            404,
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f",
        ),
        (
            InvocationFailure::Throttled("ConcurrentInvocationLimitExceeded"),
            429,
            r#"{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
        ),
        (InvocationFailure::Recursive, 400, "recursive loop"),
        (InvocationFailure::Unavailable, 500, "internal error"),
    ] {
        let fake = Fake { outcome: Some(Err(failure)), ..Fake::default() };
        let answer = ask(&INVOKE, &fake);
        assert_eq!(answer.response.status, status, "{}", answer.body);
        assert!(answer.body.contains(said), "{}", answer.body);
    }
    let invoked = ApiInvoked { payload: Bytes::from_static(b"{}"), failed: true, ..ApiInvoked::default() };
    let answer = ask(&INVOKE, &Fake { outcome: Some(Ok(invoked)), ..Fake::default() });
    assert_eq!(answer.response.status, 200);
    assert_eq!(answer.response.header_text("X-Amz-Function-Error"), Some("Unhandled"));
}
