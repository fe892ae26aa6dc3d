//! Streamed responses: of Node's `awslambda`, and of a runtime of one's own.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::*;
use crate::{FunctionError, StreamEnd, StreamedInvocation};

impl Bench {
    async fn stream(&self, event: &str) -> StreamedInvocation {
        let context = InvokeContext { request_id: REQUEST_ID.to_owned(), ..InvokeContext::default() };
        let event = Bytes::copy_from_slice(event.as_bytes());
        self.engine.invoke_with_response_stream("f", event, context).await.expect("an invocation")
    }
}

/// All that comes, and how it ended.
async fn whole(mut streamed: StreamedInvocation) -> (String, StreamEnd) {
    let mut text = Vec::new();
    while let Some(chunk) = streamed.stream.next().await {
        text.extend_from_slice(&chunk);
    }
    let end = streamed.stream.ended().expect("it has ended").clone();
    (String::from_utf8(text).expect("text"), end)
}

fn error_type(end: &StreamEnd) -> String {
    let failure = end.failure.as_ref().expect("a failure");
    let error: Value = serde_json::from_slice(&failure.payload).expect("an error");
    error["errorType"].as_str().expect("a type").to_owned()
}

#[tokio::test]
async fn the_first_chunk_comes_before_the_last_is_made() {
    let bench = Bench::with(node(
        "const net = require('net')
         exports.handler = awslambda.streamifyResponse(async (event, stream) => {
           stream.write('first ')
           await new Promise((told) => net.connect(event.port, '127.0.0.1').on('data', told))
           stream.end('last')
         })",
    ));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    for start in [FactKind::ColdStart, FactKind::WarmStart] {
        let mut streamed = bench.stream(&format!(r#"{{"port":{port}}}"#)).await;
        assert_eq!(streamed.content_type.as_deref(), Some("application/octet-stream"));
        let kinds: Vec<_> = streamed.facts.iter().map(|fact| fact.kind).collect();
        assert_eq!(kinds, [FactKind::FunctionInvoked, start, FactKind::FunctionStreams]);
        assert_eq!(streamed.stream.next().await.as_deref(), Some(&b"first "[..]));
        let (mut told, _) = listener.accept().await.expect("the function waits");
        told.write_all(b"go").await.expect("the function reads");
        let (rest, end) = whole(streamed).await;
        assert_eq!((rest.as_str(), &end.failure), ("last", &None));
        assert_eq!(end.fact.map(|fact| fact.kind), Some(FactKind::FunctionReturned));
    }
    assert!(bench.texts_of_invocation().last().is_some_and(|line| line.starts_with("REPORT ")));
}

#[tokio::test]
async fn heads_objects_and_pipelines_are_written_as_on_aws() {
    let head = "{\"statusCode\":201}\0\0\0\0\0\0\0\0";
    for (text, content_type, expected) in [
        (
            "stream.write({ a: 1 }); stream.write('b'); stream.end(Buffer.from('c'))",
            "application/octet-stream",
            r#"{"a":1}bc"#.to_owned(),
        ),
        (
            "stream.setContentType('text/html'); stream.write('<p>'); stream.end()",
            "text/html",
            "<p>".to_owned(),
        ),
        (
            "const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); http.write(''); http.end('x')",
            "application/vnd.awslambda.http-integration-response",
            format!("{head}x"),
        ),
        (
            "const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201 })
             await require('stream/promises').pipeline(require('stream').Readable.from(['a', 'b']), http)",
            "application/vnd.awslambda.http-integration-response",
            format!("{head}ab"),
        ),
    ] {
        for runtime in ["nodejs20.x", "nodejs24.x"] {
            let handler = format!(
                "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {{ {text} }})"
            );
            let bench = Bench::with(inline(runtime, &handler));
            let streamed = bench.stream("{}").await;
            assert_eq!(streamed.content_type.as_deref(), Some(content_type), "{text}");
            let (said, end) = whole(streamed).await;
            assert_eq!((said, end.failure), (expected.clone(), None), "{runtime}: {text}");
        }
    }
}

#[tokio::test]
async fn failures_come_at_the_end_and_leave_the_process_warm() {
    let bench = Bench::with(node(
        "let n = 0
         exports.handler = awslambda.streamifyResponse(async (event, stream) => {
           n += 1
           if (event.early) throw new TypeError('early')
           if (event.plain) return stream.end(String(n))
           if (event.late) stream.setContentType.call(stream, (stream.write('x'), 'text/plain'))
           stream.write('some')
           throw new RangeError('in the middle')
         })",
    ));
    for (event, text, kind) in [
        (r#"{"early":1}"#, "", "TypeError"),
        ("{}", "some", "RangeError"),
        (r#"{"late":1}"#, "x", "Runtime.InvalidStreamingOperation"),
    ] {
        let (said, end) = whole(bench.stream(event).await).await;
        assert_eq!((said.as_str(), error_type(&end).as_str()), (text, kind));
        assert_eq!(end.failure.map(|failure| failure.error), Some(FunctionError::Raised));
    }
    assert_eq!(whole(bench.stream(r#"{"plain":1}"#).await).await.0, "4");
}

#[tokio::test]
async fn a_handler_that_does_not_wait_is_refused() {
    let bench = Bench::with(node(
        "exports.handler = awslambda.streamifyResponse((event, stream) => { stream.write('a') })",
    ));
    let (said, end) = whole(bench.stream("{}").await).await;
    let failure = end.failure.expect("a failure");
    let error: Value = serde_json::from_slice(&failure.payload).expect("an error");
    assert_eq!(said, "a");
    assert_eq!(error["errorMessage"], "Streaming does not support non-async handlers.");
}

#[tokio::test]
async fn a_caller_that_waits_for_the_whole_gets_it() {
    let bench = Bench::with(node(
        "exports.handler = awslambda.streamifyResponse(async (event, stream) => {
           stream.write('\"a')
           if (event.fails) throw new Error('no')
           if (event.size) stream.write('x'.repeat(event.size))
           stream.end('b\"')
         })",
    ));
    assert_eq!(bench.value("{}").await, "ab");
    let failed = bench.invoke(r#"{"fails":true}"#).await;
    assert_eq!(
        (failed.function_error, json_of(&failed)["errorMessage"].as_str()),
        (Some(FunctionError::Raised), Some("no"))
    );
    let large = bench.invoke(r#"{"size":6291556}"#).await;
    assert_eq!(large.function_error, Some(FunctionError::ResponseTooLarge));
    assert!(
        json_of(&large)["errorMessage"]
            .as_str()
            .is_some_and(|text| text.contains("(6291560 bytes) exceeded"))
    );
    assert_eq!(bench.value("{}").await, "ab");
}

#[tokio::test]
async fn what_is_returned_whole_is_one_chunk() {
    let bench = Bench::with(python(
        "def handler(event, context):\n  if event: raise ValueError('no')\n  return {'statusCode': 201}",
    ));
    let streamed = bench.stream("{}").await;
    assert_eq!((streamed.content_type.as_deref(), streamed.function_error), (Some("application/json"), None));
    assert_eq!(whole(streamed).await.0, r#"{"statusCode": 201}"#);
    let failed = bench.stream(r#"{"a":1}"#).await;
    assert_eq!(failed.function_error, Some(FunctionError::Raised));
    assert!(whole(failed).await.0.contains("ValueError"));
}

#[tokio::test]
async fn timeouts_and_exits_break_the_stream() {
    for (text, error, line) in [
        ("await new Promise(() => {})", FunctionError::TimedOut, "Task timed out after 1.00 seconds"),
        ("process.exit(3)", FunctionError::Exited, "Runtime exited with error: exit status 3"),
    ] {
        let mut function = node(&format!(
            "exports.handler = awslambda.streamifyResponse(async (event, stream) => {{
               await new Promise((written) => stream.write('begun', written)); {text} }})"
        ));
        function.timeout = Duration::from_secs(1);
        let bench = Bench::with(function);
        let (said, end) = whole(bench.stream("{}").await).await;
        assert_eq!((said.as_str(), end.failure.map(|failure| failure.error)), ("begun", Some(error)));
        assert!(bench.texts_of_invocation().iter().any(|text| text.contains(line)), "{line}");
    }
}

#[tokio::test]
async fn a_slow_caller_slows_the_function_and_one_that_leaves_lets_it_run() {
    let bench = Bench::with(node(
        "exports.handler = awslambda.streamifyResponse(async (event, stream) => {
           const most = 64 * 1024 * 1024
           let written = 0
           while (written < most && (stream.write(Buffer.alloc(65536)) || event.all)) {
             written += 65536
             if (event.all) await new Promise((drained) => (stream.writableNeedDrain ? stream.once('drain', drained) : drained()))
           }
           console.log('wrote', written === most)
           stream.end()
         })",
    ));
    // The process does not get rid of all of it while nobody reads.
    let streamed = bench.stream("{}").await;
    let lines = whole(streamed).await;
    assert!(lines.0.len() < 64 << 20, "{}", lines.0.len());
    bench.texts_of_invocation();
    drop(bench.stream(r#"{"all":true}"#).await);
    assert!(bench.texts_of_invocation().iter().any(|line| line.contains("wrote true")));
}
