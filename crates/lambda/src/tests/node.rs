//! Handlers of Node in all their shapes.

use serde_json::{Value, json};

use super::*;

/// Invokes a handler twice, cold and warm.
async fn check(text: &str, event: &str, result: Value) {
    let bench = Bench::with(node(text));
    assert_eq!(bench.value(event).await, result, "cold: {text}");
    assert_eq!(bench.value(event).await, result, "warm: {text}");
}

#[tokio::test]
async fn handlers_return_in_every_way() {
    for (text, result) in [
        ("exports.handler = async (event) => event.a + 1", json!(2)),
        ("exports.handler = (event, context, callback) => callback(null, event.a + 1)", json!(2)),
        (
            "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, 5), 1) }",
            json!(5),
        ),
        ("exports.handler = (event, context) => { context.succeed({ x: 1 }) }", json!({ "x": 1 })),
        ("exports.handler = (event, context) => { context.done(null, 'd') }", json!("d")),
        ("exports.handler = (event) => new Promise((r) => setTimeout(() => r([1]), 1))", json!([1])),
        ("exports.handler = async () => {}", Value::Null),
        ("exports.handler = () => 5", Value::Null),
        ("exports.handler = async () => () => 1", Value::Null),
        ("exports.handler = async () => 'Grüße 🎈'", json!("Grüße 🎈")),
        ("import os from 'node:os'\nexport const handler = async () => typeof os.EOL", json!("string")),
        (
            "exports.handler = (event, context, callback) => { callback(null, 1); callback(null, 2) }",
            json!(1),
        ),
        (
            "exports.handler = (event, context, callback) => {
               context.callbackWaitsForEmptyEventLoop = false
               const timer = setInterval(() => {}, 1000)
               callback(null, 'at once')
               timer.unref()
             }",
            json!("at once"),
        ),
    ] {
        check(text, r#"{"a":1}"#, result).await;
    }
}

#[tokio::test]
async fn a_callback_waits_for_an_empty_event_loop() {
    let text = "let after = 0
        exports.handler = (event, context, callback) => {
          const before = after
          setTimeout(() => { after += 1 }, 5)
          callback(null, before)
        }";
    let bench = Bench::with(node(text));
    assert_eq!(bench.value("{}").await, json!(0));
    assert_eq!(bench.value("{}").await, json!(1));
}

#[tokio::test]
async fn errors_have_aws_shapes() {
    for (text, error_type, message) in [
        ("exports.handler = async () => { throw new TypeError('no') }", "TypeError", "no"),
        ("exports.handler = () => { throw new Error('no') }", "Error", "no"),
        ("exports.handler = async () => { throw 'text' }", "string", "text"),
        ("exports.handler = (e, c, callback) => callback(new RangeError('no'))", "RangeError", "no"),
        ("exports.handler = (e, context) => context.fail('no')", "string", "no"),
        (
            "exports.handler = async () => { const a = {}; a.a = a; return a }",
            "Error",
            "Unable to stringify response body",
        ),
        ("exports.handler = async () => 1n", "Error", "Unable to stringify response body"),
        (
            "exports.handler = () => new Promise(() => setTimeout(() => { throw new Error('late') }, 1))",
            "Error",
            "late",
        ),
        (
            "exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')) })",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "exports.handler = async () => { await new Promise(() => {}) }",
            "Runtime.NodeJsExit",
            "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a \
             Promise that was never settled. For more information, see \
             https://nodejs.org/docs/latest/api/process.html#exit-codes",
        ),
    ] {
        let bench = Bench::with(node(text));
        let invocation = bench.invoke("{}").await;
        let error = json_of(&invocation);
        assert_eq!(invocation.function_error, Some(crate::FunctionError::Raised), "{text}");
        assert_eq!(
            (&error["errorType"], &error["errorMessage"]),
            (&json!(error_type), &json!(message)),
            "{text}"
        );
        assert!(error["trace"].is_array(), "{error}");
        assert_eq!(
            kinds(&invocation),
            [FactKind::FunctionInvoked, FactKind::ColdStart, FactKind::FunctionFailed]
        );
    }
}

#[tokio::test]
async fn a_raised_error_leaves_the_process_warm() {
    let bench = Bench::with(node(
        "let n = 0; exports.handler = async () => { n += 1; if (n == 1) throw Error('x'); return n }",
    ));
    bench.invoke("{}").await;
    assert_eq!(bench.value("{}").await, json!(2));
}

#[tokio::test]
async fn node_24_has_no_callbacks() {
    let bench = Bench::with(inline("nodejs24.x", "exports.handler = (event) => event"));
    assert_eq!(bench.value("7").await, json!(7));
    let bench = Bench::with(inline(
        "nodejs24.x",
        "exports.handler = (event, context, callback) => callback(null, 1)",
    ));
    let error = json_of(&bench.invoke("7").await);
    assert_eq!(error["errorType"], "Runtime.CallbackHandlerDeprecated");
}

#[tokio::test]
async fn the_context_and_the_environment_are_aws() {
    let text = "exports.handler = async (event, context) => ({
      left: context.getRemainingTimeInMillis(), id: context.awsRequestId, arn: context.invokedFunctionArn,
      memory: context.memoryLimitInMB, name: context.functionName, group: context.logGroupName,
      stream: context.logStreamName, env: process.env, cwd: process.cwd(), client: context.clientContext,
    })";
    let mut function = node(text);
    function.environment = vec![("TABLE".into(), "t".into()), ("TZ".into(), "Europe/Vienna".into())];
    let bench = Bench::with(function);
    let context = InvokeContext {
        request_id: REQUEST_ID.to_owned(),
        trace_id: Some("Root=1-5759e988-bd862e3fe1be46a994272793\r\nX: y".to_owned()),
        client_context: Some(r#"{"custom":{"a":1}}"#.to_owned()),
        ..InvokeContext::default()
    };
    let invocation =
        bench.engine.invoke("f", Bytes::from_static(b"{}"), context).await.expect("an invocation");
    let seen = json_of(&invocation);
    let left = seen["left"].as_u64().expect("a number");
    assert!((15_000..=20_000).contains(&left), "{left}");
    assert_eq!(seen["id"], REQUEST_ID);
    assert_eq!(seen["arn"], "arn:aws:lambda:us-east-1:123456789012:function:f");
    assert_eq!((&seen["memory"], &seen["name"]), (&json!("256"), &json!("f")));
    assert_eq!(seen["client"], json!({ "custom": { "a": 1 } }));
    let env = &seen["env"];
    assert_eq!(env["LAMBDA_TASK_ROOT"], seen["cwd"]);
    assert_eq!(env["AWS_LAMBDA_LOG_STREAM_NAME"], seen["stream"]);
    for (name, value) in [
        ("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793X: y"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_nodejs20.x"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/f"),
        ("AWS_REGION", "us-east-1"),
        ("TABLE", "t"),
        ("TZ", "Europe/Vienna"),
        ("_HANDLER", "index.handler"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    assert_eq!(env["CARGO_MANIFEST_DIR"], Value::Null, "our own environment stays ours");
}

#[tokio::test]
async fn modules_are_found_as_on_aws() {
    for (file, package, handler, text) in [
        ("app.mjs", "{}", "app.handler", "export const handler = async () => import.meta.url.slice(0, 7)"),
        (
            "src/app.js",
            r#"{"type":"module"}"#,
            "src/app.handler",
            "export const handler = async () => 'file://'",
        ),
        ("app.cjs", r#"{"type":"module"}"#, "app.a.b", "exports.a = { b: async () => 'file://' }"),
        ("node_modules/app/index.js", "{}", "app.handler", "exports.handler = async () => 'file://'"),
        ("a folder/app.js", "{}", "a folder/app.handler", "exports.handler = async () => 'file://'"),
    ] {
        let bench = Bench::new();
        bench.code.write(file, text);
        bench.code.write("package.json", package);
        let mut function = node("");
        function.code = Code::Folder(bench.code.path().to_owned());
        handler.clone_into(&mut function.handler);
        bench.deploy([function]);
        assert_eq!(bench.value("{}").await, json!("file://"), "{file}");
    }
}
