//! Handlers of Ruby. Where the machine has no Ruby they say so and test nothing.

use serde_json::json;

use super::*;
use crate::FunctionError;

/// A bench with a function of that code, where there is a Ruby.
fn ruby(text: &str, handler: &str) -> Option<Bench> {
    let is_there = std::process::Command::new("ruby").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("not tested: there is no ruby on this machine");
        return None;
    }
    let bench = Bench::new();
    bench.code.write("app.rb", text);
    let mut function = inline("ruby3.3", "");
    function.code = Code::Folder(bench.code.path().to_owned());
    function.handler = handler.to_owned();
    bench.deploy([function]);
    Some(bench)
}

#[tokio::test]
async fn handlers_are_methods_and_class_methods() {
    for (text, handler, result) in [
        ("def handler(event:, context:) = event['a'] + 1", "app.handler", json!(2)),
        (
            "module Orders\n  class Handler\n    def self.call(event:, context:) = { event: event }\n  end\nend",
            "app.Orders::Handler.call",
            json!({"event": {"a": 1}}),
        ),
        ("def handler(event:, context:) = nil", "app.handler", json!(null)),
        ("def handler(event:, context:) = 'Grüße 🎈'", "app.handler", json!("Grüße 🎈")),
        (
            "require 'stringio'\ndef handler(event:, context:) = StringIO.new('[1]')",
            "app.handler",
            json!([1]),
        ),
    ] {
        let Some(bench) = ruby(text, handler) else { return };
        assert_eq!(bench.value(r#"{"a":1}"#).await, result, "cold: {text}");
        assert_eq!(bench.value(r#"{"a":1}"#).await, result, "warm: {text}");
    }
}

#[tokio::test]
async fn the_context_is_aws() {
    let text = "def handler(event:, context:)
        { id: context.aws_request_id, arn: context.invoked_function_arn, name: context.function_name,
          left: context.get_remaining_time_in_millis, memory: context.memory_limit_in_mb, gems: ENV['GEM_PATH'] }
      end";
    let Some(bench) = ruby(text, "app.handler") else { return };
    let seen = bench.value("{}").await;
    assert_eq!(
        (&seen["id"], &seen["name"], &seen["memory"]),
        (&json!(REQUEST_ID), &json!("f"), &json!("256"))
    );
    assert!(seen["left"].as_u64().is_some_and(|left| (15_000..=20_000).contains(&left)), "{seen}");
    assert!(seen["gems"].as_str().is_some_and(|gems| gems.contains("/vendor/bundle/ruby/")), "{seen}");
}

#[tokio::test]
async fn errors_have_aws_shapes() {
    let Some(bench) = ruby(
        "$n = 0\ndef handler(event:, context:)\n  $n += 1\n  raise 'no' if $n == 1\n  missing if $n == 3\n  $n\nend",
        "app.handler",
    ) else {
        return;
    };
    let failed = bench.invoke("{}").await;
    assert_eq!(failed.function_error, Some(FunctionError::Raised));
    let error = json_of(&failed);
    assert_eq!(
        (&error["errorType"], &error["errorMessage"]),
        (&json!("Function<RuntimeError>"), &json!("no"))
    );
    let stack = error["stackTrace"].as_array().expect("a list");
    assert!(
        stack.len() == 1 && stack[0].as_str().is_some_and(|line| line.starts_with("/var/task/app.rb:4:in ")),
        "{stack:?}"
    );
    assert_eq!(bench.value("{}").await, 2, "the process stays warm");
    let error = json_of(&bench.invoke("{}").await);
    assert_eq!(error["errorType"], "Function<NameError>");
    let error = json_of(&bench.invoke("{}").await);
    assert_eq!(error["errorType"], "Function<RuntimeError>", "a name that is not there ended the process");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_an_init_error() {
    for (text, handler, error_type) in [
        ("require 'nothing/of/this/name'", "app.handler", "Init<LoadError>"),
        ("raise ArgumentError, 'no'", "app.handler", "Init<ArgumentError>"),
        ("def handler(", "app.handler", "Init<SyntaxError>"),
    ] {
        let Some(bench) = ruby(text, handler) else { return };
        let failed = bench.invoke("{}").await;
        assert_eq!(failed.function_error, Some(FunctionError::InitFailed), "{text}");
        assert_eq!(json_of(&failed)["errorType"], error_type, "{text}");
    }
}

#[tokio::test]
async fn loggers_say_the_request() {
    let Some(bench) = ruby(
        "require 'logger'\ndef handler(event:, context:) = Logger.new($stdout).info('hello')",
        "app.handler",
    ) else {
        return;
    };
    bench.value("{}").await;
    let lines = bench.texts_of_invocation();
    assert!(lines.iter().any(|line| line.contains(&format!("INFO {REQUEST_ID} -- : hello"))), "{lines:?}");
}

#[tokio::test]
async fn broken_edits_are_refused() {
    let Some(bench) = ruby("def handler(event:, context:) = 1", "app.handler") else { return };
    bench.code.write("app.rb", "\ndef handler(");
    let mut function = inline("ruby3.3", "");
    function.code = Code::Folder(bench.code.path().to_owned());
    function.handler = "app.handler".to_owned();
    let errors = bench.engine.deploy(vec![function]).expect_err("no Ruby");
    assert!(errors[0].to_string().contains("app.rb:"), "{errors:?}");
    assert!(errors[0].to_string().contains("SyntaxError"), "{errors:?}");
}
