//! Handlers of Python.

use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn handlers_return() {
    for (text, result) in [
        ("def handler(event, context): return event['a'] + 1", json!(2)),
        ("def handler(event, context): pass", Value::Null),
        ("def handler(event, context): return 'Grüße 🎈'", json!("Grüße 🎈")),
        ("def handler(event, context): return b'[1, 2]'", json!([1, 2])),
        (
            "import decimal\ndef handler(event, context): return [decimal.Decimal('1'), decimal.Decimal('1.5')]",
            json!([1, 1.5]),
        ),
        ("import sys\ndef handler(event, context):\n  sys.stdout.close()\n  return 1", json!(1)),
        ("import os\nos.close(1)\nos.close(2)\ndef handler(event, context): return 1", json!(1)),
    ] {
        let bench = Bench::with(python(text));
        assert_eq!(bench.value(r#"{"a":1}"#).await, result, "cold: {text}");
        assert_eq!(bench.value(r#"{"a":1}"#).await, result, "warm: {text}");
    }
}

#[tokio::test]
async fn errors_have_aws_shapes() {
    let text = "def fail():\n  raise ValueError('no')\ndef handler(event, context):\n  fail()\n";
    let bench = Bench::with(python(text));
    let invocation = bench.invoke("{}").await;
    let error = json_of(&invocation);
    assert_eq!((&error["errorType"], &error["errorMessage"]), (&json!("ValueError"), &json!("no")));
    assert_eq!(error["requestId"], REQUEST_ID);
    let trace = error["stackTrace"].as_array().expect("a list");
    assert_eq!(trace.len(), 2, "only the function's own frames: {trace:?}");
    assert!(
        trace[0].as_str().is_some_and(|line| line.ends_with("line 4, in handler\n    fail()\n")),
        "{trace:?}"
    );
    for (text, error_type, message) in [
        (
            "def handler(event, context): return {1, 2}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        ("def handler(event): pass", "TypeError", "handler() takes 1 positional argument but 2 were given"),
        ("def handler(event, context): raise KeyError('k')", "KeyError", "'k'"),
    ] {
        let bench = Bench::with(python(text));
        let error = json_of(&bench.invoke("{}").await);
        assert_eq!(
            (&error["errorType"], &error["errorMessage"]),
            (&json!(error_type), &json!(message)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_context_is_aws() {
    let text = "def handler(event, c):
  return [c.aws_request_id, c.function_name, c.memory_limit_in_mb, c.invoked_function_arn, c.function_version,
          0 < c.get_remaining_time_in_millis() <= 20000, c.identity.cognito_identity_id, c.log_group_name]";
    let bench = Bench::with(python(text));
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let seen = bench.value("{}").await;
    assert_eq!(seen, json!([REQUEST_ID, "f", "256", arn, "$LATEST", true, null, "/aws/lambda/f"]));
}

#[tokio::test]
async fn modules_are_found_as_on_aws() {
    for (file, handler) in
        [("src/app.py", "src/app.main"), ("src/app.py", "src.app.main"), ("pkg/__init__.py", "pkg.main")]
    {
        let bench = Bench::new();
        bench.code.write(file, "import helper\ndef main(event, context): return helper.NAME");
        bench.code.write("helper.py", "NAME = 'helper'");
        let mut function = python("");
        function.code = Code::Folder(bench.code.path().to_owned());
        handler.clone_into(&mut function.handler);
        bench.deploy([function]);
        assert_eq!(bench.value("{}").await, json!("helper"), "{handler}");
        assert!(!bench.code.path().join("__pycache__").exists(), "the user's folder stays clean");
    }
}
