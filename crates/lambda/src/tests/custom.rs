//! OS-only runtimes, layers, and wrappers of the runtime.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const BOOTSTRAP: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while :; do
  head=$(mktemp)
  event=$(curl -sS -D "$head" "$api/invocation/next") || exit 1
  id=$(grep -i Lambda-Runtime-Aws-Request-Id "$head" | tr -d '\r' | cut -d' ' -f2)
  curl -sS -o /dev/null "$api/invocation/$id/response" \
    -d "{\"event\":$event,\"handler\":\"$_HANDLER\",\"execution\":\"${AWS_EXECUTION_ENV-none}\",\"tool\":\"$(tool)\"}"
done
"#;

fn write_program(folder: &TempFolder, name: &str, text: &str) {
    folder.write(name, text);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path().join(name), mode).expect("a mode");
}

fn os_only(code: &TempFolder) -> FunctionConfig {
    let mut function = inline("provided.al2023", "");
    function.code = Code::Folder(code.path().to_owned());
    function.handler = "any words".to_owned();
    function
}

#[tokio::test]
async fn a_bootstrap_runs_with_the_programs_of_its_layers() {
    let (layer, above) = (TempFolder::new(), TempFolder::new());
    write_program(&layer, "bin/tool", "#!/bin/sh\necho below\n");
    let bench = Bench::new();
    write_program(&bench.code, "bootstrap", BOOTSTRAP);
    let mut function = os_only(&bench.code);
    function.layers = vec![layer.path().to_owned()];
    bench.deploy([function.clone()]);
    let said = bench.value(r#"{"a":1}"#).await;
    let expected = |tool: &str| serde_json::json!({"event": {"a": 1}, "handler": "any words", "execution": "none", "tool": tool});
    assert_eq!(said, expected("below"));
    write_program(&above, "bin/tool", "#!/bin/sh\necho above\n");
    function.layers.push(above.path().to_owned());
    assert_eq!(bench.deploy([function.clone()]).changed, ["f"]);
    assert_eq!(bench.value(r#"{"a":1}"#).await, expected("above"), "the last layer counts");
    assert_eq!(bench.deploy([function]).changed, [""; 0], "nothing has changed");
}

/// A bootstrap that answers in the mode that the event names, with whatever comes of the Runtime API as its log.
const STREAMING: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while :; do
  head=$(mktemp)
  mode=$(curl -sS -D "$head" "$api/invocation/next" | tr -d '"') || exit 1
  id=$(grep -i Lambda-Runtime-Aws-Request-Id "$head" | tr -d '\r' | cut -d' ' -f2)
  printf 'one, two' | curl -sS -X POST -T - -H "Lambda-Runtime-Function-Response-Mode: $mode" \
    -H 'Transfer-Encoding: chunked' -H 'Content-Type: text/plain' "$api/invocation/$id/response"
  curl -sS -o /dev/null -w 'restore %{http_code}\n' "$api/restore/next"
done
"#;

#[tokio::test]
async fn a_bootstrap_streams_its_response() {
    let bench = Bench::new();
    write_program(&bench.code, "bootstrap", STREAMING);
    bench.deploy([os_only(&bench.code)]);
    let context = InvokeContext::default();
    let event = Bytes::from_static(b"\"streaming\"");
    let mut streamed =
        bench.engine.invoke_with_response_stream("f", event, context).await.expect("an invocation");
    assert_eq!(streamed.content_type.as_deref(), Some("text/plain"));
    let mut text = Vec::new();
    while let Some(chunk) = streamed.stream.next().await {
        text.extend_from_slice(&chunk);
    }
    assert_eq!(text, b"one, two");
    assert!(streamed.stream.ended().is_some_and(|end| end.failure.is_none()));
    let lines = bench.texts_of_invocation();
    assert!(lines.iter().any(|line| line.contains("restore 404")), "no SnapStart: {lines:?}");
    let failed = bench.invoke("\"sideways\"").await;
    assert_eq!(json_of(&failed)["errorType"], "Runtime.InvalidResponseModeHeader");
    let lines = bench.texts_of_invocation();
    assert!(lines.iter().any(|line| line.contains("InvalidFunctionResponseMode")), "{lines:?}");
}

#[tokio::test]
async fn a_bootstrap_may_be_in_a_layer() {
    let layer = TempFolder::new();
    write_program(&layer, "bootstrap", &BOOTSTRAP.replace("$(tool)", "layer"));
    let bench = Bench::new();
    let mut function = os_only(&bench.code);
    function.layers = vec![layer.path().to_owned()];
    bench.deploy([function]);
    assert_eq!(bench.value("1").await["tool"], "layer");
}

#[tokio::test]
async fn node_and_python_find_modules_of_layers() {
    let layer = TempFolder::new();
    layer.write("nodejs/node_modules/shared/index.js", "module.exports = 'node'");
    layer.write("python/shared.py", "name = 'python'");
    for (mut function, name) in [
        (node("const shared = require('shared'); exports.handler = async () => shared"), "node"),
        (python("import shared\ndef handler(event, context): return shared.name"), "python"),
    ] {
        function.layers = vec![layer.path().to_owned()];
        let bench = Bench::with(function);
        assert_eq!(bench.value("{}").await, name);
    }
}

#[tokio::test]
async fn a_wrapper_starts_the_runtime() {
    let layer = TempFolder::new();
    write_program(&layer, "wrapper", "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n");
    let mut function = node("exports.handler = async () => process.env.WRAPPED");
    function.environment = vec![("AWS_LAMBDA_EXEC_WRAPPER".into(), "/opt/wrapper".into())];
    function.layers = vec![layer.path().to_owned()];
    let bench = Bench::with(function);
    assert_eq!(bench.value("{}").await, "yes");
}

#[test]
fn what_cannot_be_started_is_refused() {
    let bench = Bench::new();
    let check = |function: FunctionConfig, message: &str| {
        let errors = bench.engine.deploy(vec![function]).expect_err("an error");
        assert!(errors[0].to_string().contains(message), "{}", errors[0]);
        assert_eq!(errors[0].place(), PlaceId(7));
    };
    check(os_only(&bench.code), "the runtime provided.al2023 starts an executable file named bootstrap");
    bench.code.write("bootstrap", "#!/bin/sh");
    check(os_only(&bench.code), "bootstrap cannot run provided.al2023: permission denied");
    write_program(&bench.code, "bootstrap", "echo");
    check(os_only(&bench.code), "exec format error");
    let mut wrapped = node("exports.handler = 1");
    wrapped.environment = vec![("AWS_LAMBDA_EXEC_WRAPPER".into(), "/opt/wrapper".into())];
    check(wrapped, "AWS_LAMBDA_EXEC_WRAPPER is /opt/wrapper, and that cannot be started: neither the code");
}
