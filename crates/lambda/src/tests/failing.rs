//! Functions that cannot start, crash, hang, or do what no function should: the engine goes on.

use serde_json::json;

use super::*;
use crate::FunctionError;

/// Checks that a function fails at init, with these words.
async fn check_init(function: FunctionConfig, error_type: &str, message: &str) {
    let bench = Bench::with(function);
    let invocation = bench.invoke("{}").await;
    let error = json_of(&invocation);
    assert_eq!(invocation.function_error, Some(FunctionError::InitFailed), "{error}");
    assert_eq!(error["errorType"], error_type, "{error}");
    let said = error["errorMessage"].as_str().expect("a text");
    assert!(said.starts_with(message), "{said}");
    assert_eq!(kinds(&invocation), [FactKind::FunctionInvoked, FactKind::FunctionInitFailed]);
    let texts = bench.texts_of_invocation();
    assert_eq!(texts.iter().filter(|text| text.starts_with("INIT_REPORT ")).count(), 2, "{texts:#?}");
}

#[tokio::test]
async fn node_functions_that_cannot_start() {
    for (text, error_type, message) in [
        (
            "require('no-such-package')",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'no-such-package'\nRequire stack:",
        ),
        ("exports.handler = async (", "Runtime.UserCodeSyntaxError", "SyntaxError: "),
        ("exports.other = 1", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("exports.handler = 1", "Runtime.HandlerNotFound", "index.handler is not a function"),
        ("throw new TypeError('at load')", "TypeError", "at load"),
        (
            "process.exit(3)",
            "Runtime.ExitError",
            "RequestId: 8f5d5d4a-3a0c-4a9e-9b9f-0123456789ab Error: Runtime exited with error: exit status 3",
        ),
    ] {
        check_init(node(text), error_type, message).await;
    }
}

#[tokio::test]
async fn python_functions_that_cannot_start() {
    for (text, error_type, message) in [
        (
            "import no_such_module",
            "Runtime.ImportModuleError",
            "Unable to import module 'index': No module named 'no_such_module'",
        ),
        ("def handler(event, context", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index': "),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ("raise ValueError('at load')", "ValueError", "at load"),
    ] {
        check_init(python(text), error_type, message).await;
    }
}

#[tokio::test]
async fn crashes() {
    for (function, reason) in [
        (node("exports.handler = () => process.exit(0)"), "Runtime exited without providing a reason"),
        (node("exports.handler = () => process.exit(1)"), "Runtime exited with error: exit status 1"),
        (
            node("exports.handler = () => process.kill(process.pid, 'SIGKILL')"),
            "Runtime exited with error: signal: killed",
        ),
        (
            python("import sys\ndef handler(event, context): sys.exit(4)"),
            "Runtime exited with error: exit status 4",
        ),
    ] {
        let bench = Bench::with(function);
        let invocation = bench.invoke("{}").await;
        assert_eq!(invocation.function_error, Some(FunctionError::Exited));
        assert_eq!(
            json_of(&invocation),
            json!({ "errorType": "Runtime.ExitError", "errorMessage": format!("RequestId: {REQUEST_ID} Error: {reason}") })
        );
        assert_eq!(kinds(&invocation)[2], FactKind::FunctionExited);
        let texts = bench.texts_of_invocation();
        assert!(
            texts.last().is_some_and(|text| text.ends_with("Status: error\tError Type: Runtime.ExitError\t")),
            "{texts:#?}"
        );
    }
}

#[tokio::test]
async fn a_timeout_ends_the_process_and_all_it_started() {
    let mut hanging =
        node("let n = 0; exports.handler = async (e) => { n += 1; if (e.hang) for (;;); return n }");
    hanging.timeout = Duration::from_secs(1);
    let bench = Bench::with(hanging);
    assert_eq!(bench.value("{}").await, json!(1));
    let invocation = bench.invoke(r#"{"hang":true}"#).await;
    assert_eq!(invocation.function_error, Some(FunctionError::TimedOut));
    assert_eq!(
        json_of(&invocation),
        json!({
            "errorType": "Sandbox.Timedout",
            "errorMessage": format!("RequestId: {REQUEST_ID} Error: Task timed out after 1.00 seconds"),
        })
    );
    let timed_out = invocation.facts[2];
    assert_eq!(
        (timed_out.kind, timed_out.value, timed_out.place),
        (FactKind::FunctionTimedOut, 1, PlaceId(7))
    );
    bench.lines_of_invocation();
    let texts = bench.texts_of_invocation();
    assert!(
        texts.iter().any(|text| text.ends_with(&format!("{REQUEST_ID} Task timed out after 1.00 seconds"))),
        "{texts:#?}"
    );
    assert!(texts.last().is_some_and(|text| text.ends_with("Status: timeout\t")), "{texts:#?}");
    assert_eq!(bench.value("{}").await, json!(1), "a new process");
}

#[tokio::test]
async fn an_endless_init_is_tried_again_within_the_timeout() {
    let mut function = python("while True: pass\ndef handler(event, context): pass");
    function.timeout = Duration::from_secs(1);
    let bench = Bench::with(function);
    let invocation = bench.invoke("{}").await;
    assert_eq!(invocation.function_error, Some(FunctionError::TimedOut));
    let texts = bench.texts_of_invocation();
    assert!(texts[0].contains("Phase: init\tStatus: timeout"), "{texts:#?}");
    assert!(texts[1].contains("Phase: invoke\tStatus: timeout"), "{texts:#?}");
}

#[tokio::test]
async fn a_function_that_takes_too_much_memory_is_killed() {
    let mut function =
        python("def handler(event, context):\n  data = b'x' * (300 << 20)\n  while True: pass");
    function.memory_size_mb = 128;
    let bench = Bench::with(function);
    let invocation = bench.invoke("{}").await;
    assert_eq!(json_of(&invocation)["errorType"], "Runtime.OutOfMemory");
    let fact = invocation.facts[2];
    assert_eq!((fact.kind, fact.value), (FactKind::FunctionOutOfMemory, 128));
}

#[tokio::test]
async fn large_payloads() {
    let bench = Bench::with(node("exports.handler = async (e) => e.make ? 'x'.repeat(e.make) : e"));
    let event = format!("\"{}\"", "ü".repeat(2_500_000));
    assert_eq!(bench.invoke(&event).await.payload, event);
    let too_large = bench.invoke(r#"{"make":6291555}"#).await;
    assert_eq!(too_large.function_error, Some(FunctionError::ResponseTooLarge));
    assert_eq!(
        json_of(&too_large),
        json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage":
                "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).",
        })
    );
    assert_eq!(bench.value("1").await, json!(1), "the same process goes on");
    let event = "x".repeat(6_291_557);
    let refused = bench.try_invoke(&event).await.expect_err("an event that is too large");
    assert_eq!(refused, InvokeError::TooLarge { bytes: 6_291_557, bytes_max: 6_291_556 });
}

#[tokio::test]
async fn bad_events_reach_the_handler_as_its_errors() {
    let bench = Bench::with(node("exports.handler = async (e) => e"));
    assert_eq!(json_of(&bench.invoke("{").await)["errorType"], "SyntaxError");
    let bench = Bench::with(python("def handler(event, context): return event"));
    let error = json_of(&bench.invoke("{").await);
    assert_eq!(error["errorType"], "Runtime.UnmarshalError");
}

#[tokio::test]
async fn a_process_that_talks_to_the_runtime_api_itself_does_no_harm() {
    let text = "const post = (id, what, body) => fetch(
        `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${what.replace('ID', id)}`,
        { method: 'POST', body }).then(async (r) => [r.status, (await r.json().catch(() => ({}))).errorType])
      exports.handler = async (event, context) => {
        const id = context.awsRequestId
        const api = process.env.AWS_LAMBDA_RUNTIME_API
        const next = await fetch(`http://${api}/2018-06-01/runtime/invocation/next`)
        return [
          await post('other', 'invocation/ID/response', '1'),
          await post(id, 'init/error', '{}'),
          await post(id, 'no/such/path', '{}'),
          [next.status],
        ]
      }";
    let bench = Bench::with(node(text));
    let said = json!([[400, "InvalidRequestID"], [403, "InvalidStateTransition"], [404, null], [403]]);
    assert_eq!(bench.value("{}").await, said);
    assert_eq!(bench.value("{}").await, said);
}

#[tokio::test]
async fn an_answer_before_the_handlers_own_counts() {
    let text = "exports.handler = async (event, context) => {
        const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${context.awsRequestId}/response`
        await fetch(url, { method: 'POST', body: '\"first\"' })
        return 'second'
      }";
    let bench = Bench::with(node(text));
    assert_eq!(bench.value("{}").await, json!("first"));
    assert_eq!(bench.value("{}").await, json!("first"));
}
