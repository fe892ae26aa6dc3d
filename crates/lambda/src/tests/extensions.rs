//! External and internal extensions over the Extensions API.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::FunctionError;

/// An extension in Python: registers, and prints every event. `MODE` says what it does besides.
const EXTENSION: &str = r#"#!/usr/bin/env python3
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
mode = os.environ.get("MODE", "")
def call(method, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    api.request(method, "/2020-01-01/extension/" + path, body, headers)
    answer = api.getresponse()
    return answer.status, answer.headers.get("Lambda-Extension-Identifier"), json.loads(answer.read())
if mode == "crash": sys.exit(3)
name = os.path.basename(sys.argv[0])
status, id, about = call("POST", "register", json.dumps({"events": mode.split(",") if mode.isupper() else ["INVOKE", "SHUTDOWN"]}),
                         Lambda_Extension_Name=name, Lambda_Extension_Accept_Feature="accountId")
print("registered", status, json.dumps(about), "_HANDLER" in os.environ, flush=True)
if mode.isdigit():
    subscription = {"schemaVersion": "2022-12-13", "types": ["platform", "function", "extension"], "buffering": {"timeoutMs": 25},
                    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:" + mode + "/telemetry"}}
    for body in ("{}", json.dumps(subscription)):
        api.request("PUT", "/2022-07-01/telemetry", body, {"Lambda-Extension-Identifier": id})
        answer = api.getresponse()
        print("subscribed", answer.status, answer.read().decode(), flush=True)
if mode == "init":
    print(call("POST", "init/error", "{}", Lambda_Extension_Identifier=id, Lambda_Extension_Function_Error_Type="Extension.Mine"), flush=True)
    sys.exit(1)
while True:
    status, _, event = call("GET", "event/next", Lambda_Extension_Identifier=id)
    print(event["eventType"], event.get("requestId"), event.get("shutdownReason"), flush=True)
    if event["eventType"] == "SHUTDOWN": break
    if mode == "dies": os._exit(0)
    if mode == "slow": import time; time.sleep(30)
"#;

fn with_extension(mode: &str, text: &str) -> (Bench, TempFolder) {
    let layer = TempFolder::new();
    layer.write("extensions/watch", EXTENSION);
    let mode_of_file = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(layer.path().join("extensions/watch"), mode_of_file).expect("a mode");
    let mut function = node(text);
    function.environment = vec![("MODE".into(), mode.into())];
    function.layers = vec![layer.path().to_owned()];
    function.timeout = Duration::from_secs(2);
    (Bench::with(function), layer)
}

/// All lines, once the engine has ended.
fn all_lines(bench: Bench) -> Vec<String> {
    bench.engine.shut_down();
    bench.lines.try_iter().map(|line| line.text).collect()
}

fn position(lines: &[String], part: &str) -> usize {
    lines.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part} in {lines:#?}"))
}

#[tokio::test]
async fn an_extension_lives_beside_the_function() {
    let (bench, _layer) = with_extension("", "console.log('init'); exports.handler = async () => 1");
    assert_eq!(bench.value("{}").await, 1);
    assert_eq!(bench.value("{}").await, 1);
    bench.texts_of_invocation();
    let mut lines = bench.texts_of_invocation();
    lines.extend(all_lines(bench));
    position(&lines, "SHUTDOWN None spindown");
}

#[tokio::test]
async fn the_phases_are_in_order() {
    let (bench, _layer) = with_extension("", "console.log('init'); exports.handler = async () => 1");
    bench.value("{}").await;
    let lines = bench.texts_of_invocation();
    let registered = position(
        &lines,
        r#"registered 200 {"accountId": "123456789012", "functionName": "f", "functionVersion": "$LATEST", "handler": "index.handler"} False"#,
    );
    let init = position(&lines, "INFO\tinit");
    let ready = position(&lines, "EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE,SHUTDOWN]");
    let start = position(&lines, "START RequestId");
    let invoked = position(&lines, &format!("INVOKE {REQUEST_ID} None"));
    let report = position(&lines, "REPORT RequestId");
    let order = [registered, init, ready, start, invoked, report];
    assert!(order.is_sorted(), "{order:?} of {lines:#?}");
}

#[tokio::test]
async fn an_extension_that_fails_keeps_the_function_from_its_init() {
    for (mode, error_type, message, line) in [
        (
            "crash",
            "Extension.Crash",
            "exit status 3",
            "State: Exited\tEvents: []\tError Type: Extension.Crash",
        ),
        (
            "init",
            "Extension.InitError",
            "exit status 1",
            "State: Exited\tEvents: [INVOKE,SHUTDOWN]\tError Type: Extension.Mine",
        ),
    ] {
        let (bench, _layer) = with_extension(mode, "exports.handler = async () => 1");
        let invocation = bench.invoke("{}").await;
        assert_eq!(invocation.function_error, Some(FunctionError::InitFailed));
        let error = json_of(&invocation);
        assert_eq!(error["errorType"], error_type);
        assert_eq!(error["errorMessage"], format!("RequestId: {REQUEST_ID} Error: {message}"));
        let lines = all_lines(bench);
        position(&lines, line);
        position(&lines, &format!("Phase: init\tStatus: error\tError Type: {error_type}"));
    }
}

#[tokio::test]
async fn an_extension_that_ends_ends_the_environment() {
    let (bench, _layer) = with_extension(
        "dies",
        "let n = 0; exports.handler = async (event) => { n += 1; if (event.wait) await new Promise(() => {}, setTimeout(() => {}, 9999)); return n }",
    );
    let failed = bench.invoke(r#"{"wait":true}"#).await;
    assert_eq!(json_of(&failed)["errorType"], "Extension.Crash");
    assert_eq!(json_of(&failed)["errorMessage"], format!("RequestId: {REQUEST_ID} Error: exit code 0"));
}

#[tokio::test]
async fn an_invocation_lasts_until_the_extension_is_done() {
    let (bench, _layer) = with_extension("slow", "exports.handler = async () => 1");
    assert_eq!(bench.value("{}").await, 1, "the caller has the answer before");
    let lines = bench.texts_of_invocation();
    position(&lines, "Task timed out after 2.00 seconds");
}

#[tokio::test]
async fn who_does_not_want_invocations_does_not_hear_of_them() {
    let (bench, _layer) = with_extension("SHUTDOWN", "exports.handler = async () => 1");
    bench.value("{}").await;
    let lines = all_lines(bench);
    position(&lines, "EXTENSION\tName: watch\tState: Ready\tEvents: [SHUTDOWN]");
    position(&lines, "SHUTDOWN None spindown");
    assert!(!lines.iter().any(|line| line.starts_with("INVOKE ")), "{lines:#?}");
}

/// The events that are sent to a port until the report of an invocation.
async fn telemetry(listener: tokio::net::TcpListener) -> Vec<Value> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut events: Vec<Value> = Vec::new();
    while !events.iter().any(|event| event["type"] == "platform.report") {
        let (mut stream, _) = listener.accept().await.expect("a batch");
        let mut text = Vec::new();
        let body = loop {
            stream.read_buf(&mut text).await.expect("a request");
            let said = String::from_utf8_lossy(&text);
            let Some((_, body)) = said.split_once("\r\n\r\n") else { continue };
            if let Ok(batch) = serde_json::from_str::<Vec<Value>>(body) {
                break batch;
            }
        };
        events.extend(body);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.expect("an answer");
    }
    events
}

#[tokio::test]
async fn a_subscriber_hears_platform_function_and_extension() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let (bench, _layer) =
        with_extension(&port, "exports.handler = async () => { console.log('hello'); return 'four' }");
    let (value, events) = tokio::join!(bench.value("{}"), telemetry(listener));
    assert_eq!(value, "four");
    let types: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    let position = |name: &str| {
        types.iter().position(|one| *one == name).unwrap_or_else(|| panic!("{name} in {types:?}"))
    };
    let order = [
        position("platform.initStart"),
        position("platform.telemetrySubscription"),
        position("platform.extension"),
        position("platform.initRuntimeDone"),
        position("platform.initReport"),
        position("platform.start"),
        position("platform.runtimeDone"),
        position("platform.report"),
    ];
    assert!(order.is_sorted(), "{types:?}");
    let record = |name: &str| &events[position(name)]["record"];
    assert_eq!(record("platform.start")["requestId"], REQUEST_ID);
    assert_eq!(record("platform.runtimeDone")["metrics"]["producedBytes"], 6);
    assert_eq!(record("platform.report")["status"], "success");
    assert_eq!(record("platform.report")["metrics"]["memorySizeMB"], 256);
    let says = |kind: &str, part: &str| {
        events.iter().any(|event| {
            event["type"] == kind && event["record"].as_str().is_some_and(|text| text.contains(part))
        })
    };
    assert!(says("function", "INFO\thello"), "{events:?}");
    assert!(says("extension", "subscribed 400"), "{events:?}");
    assert!(says("extension", "subscribed 200 \"OK\""), "{events:?}");
}

#[tokio::test]
async fn what_an_extension_may_not_is_refused() {
    let bench = Bench::with(node(
        r#"
        const http = require('http')
        const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
        const call = (method, path, headers = {}, body) => new Promise((resolve) => {
          http.request({ host, port, method, path, headers }, (answer) => {
            let text = ''
            answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve([answer.statusCode, JSON.parse(text || 'null')?.errorType]))
          }).end(body)
        })
        const register = '/2020-01-01/extension/register'
        const name = { 'Lambda-Extension-Name': 'own' }
        const id = { 'Lambda-Extension-Identifier': '8f5d5d4a-3a0c-4a9e-9b9f-0123456789ab' }
        exports.handler = async () => [
          await call('POST', register),
          await call('POST', register, name, 'no json'),
          await call('POST', register, name, '{"events":["SHUTDOWN"]}'),
          await call('POST', register, name, '{"events":["OTHER"]}'),
          await call('POST', register, name, '{"events":["INVOKE"]}'),
          await call('GET', '/2020-01-01/extension/event/next'),
          await call('GET', '/2020-01-01/extension/event/next', { 'Lambda-Extension-Identifier': 'x' }),
          await call('GET', '/2020-01-01/extension/event/next', id),
          await call('POST', '/2020-01-01/extension/init/error', id),
          await call('PUT', '/2022-07-01/telemetry', id, '{}'),
        ]"#,
    ));
    assert_eq!(
        bench.value("{}").await,
        serde_json::json!([
            [403, "Extension.InvalidExtensionName"],
            [403, "InvalidRequestFormat"],
            [403, "Extension.InvalidEventType"],
            [403, "Extension.InvalidEventType"],
            [403, "Extension.RegistrationClosed"],
            [403, "Extension.MissingExtensionIdentifier"],
            [403, "Extension.InvalidExtensionIdentifier"],
            [403, "Extension.UnknownExtensionIdentifier"],
            [403, "Extension.MissingHeader"],
            [403, "Extension.UnknownExtensionIdentifier"],
        ])
    );
}

#[test]
fn what_cannot_be_started_is_refused() {
    let layer = TempFolder::new();
    layer.write("extensions/watch", EXTENSION);
    let bench = Bench::new();
    let mut function = node("exports.handler = 1");
    function.layers = vec![layer.path().to_owned()];
    let errors = bench.engine.deploy(vec![function]).expect_err("an error");
    assert!(
        errors[0].to_string().contains("its extension watch cannot be started: permission denied"),
        "{errors:?}"
    );
}
