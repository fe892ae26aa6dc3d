//! Versions keep what they were published with, aliases choose among them, and provisioned environments are there before
//! they are needed.

use serde_json::json;

use super::*;
use crate::AliasConfig;

/// What a version of the function `f` says.
fn saying(what: &str) -> String {
    format!(
        "const count = (globalThis.count ??= {{ calls: 0 }})
         exports.handler = async (event, context) => ({{
           said: '{what}', version: context.functionVersion, stage: process.env.STAGE,
           variable: process.env.AWS_LAMBDA_FUNCTION_VERSION, arn: context.invokedFunctionArn,
           kind: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, calls: ++count.calls,
           stream: context.logStreamName.split('/')[3].split(']')[0],
         }})"
    )
}

/// The version `number` of a function.
fn version(of: &FunctionConfig, number: u32) -> FunctionConfig {
    FunctionConfig { version: number.to_string(), arn: format!("{}:{number}", of.arn), ..of.clone() }
}

fn alias(name: &str, version: &str, additional: Option<(&str, u32)>) -> AliasConfig {
    let additional = additional.map(|(version, weight)| (version.to_owned(), weight));
    AliasConfig { name: name.to_owned(), version: version.to_owned(), additional, place: PlaceId(9) }
}

async fn invoke(bench: &Bench, name: &str, draw: u32) -> Invocation {
    let context = InvokeContext { draw, ..InvokeContext::default() };
    bench.engine.invoke(name, Bytes::from_static(b"{}"), context).await.expect("an invocation")
}

#[tokio::test]
async fn a_version_stays_as_it_was_published() {
    let bench = Bench::new();
    bench.code.write("index.js", &saying("first"));
    let mut function = node("");
    function.code = Code::Folder(bench.code.path().to_owned());
    function.environment = vec![("STAGE".to_owned(), "one".to_owned())];
    function.aliases = vec![alias("live", "1", None), alias("next", LATEST, None)];
    let first = version(&function, 1);
    bench.deploy([first.clone(), function.clone()]);
    let invocation = invoke(&bench, "f:live", 0).await;
    let said = json_of(&invocation);
    assert_eq!(
        (&said["said"], &said["version"], &said["variable"]),
        (&json!("first"), &json!("1"), &json!("1"))
    );
    assert_eq!((&said["stream"], &invocation.executed_version), (&json!("[1"), &"1".to_owned()));
    assert_eq!(kinds(&invocation)[..2], [FactKind::FunctionInvoked, FactKind::AliasOfVersion]);
    assert_eq!(bench.engine.fingerprint("f:1"), bench.engine.fingerprint_now(&function));

    bench.code.write("index.js", &saying("second"));
    function.environment = vec![("STAGE".to_owned(), "two".to_owned())];
    let report = bench.deploy([first.clone(), function.clone()]);
    assert_eq!((report.changed, report.added), (vec!["f".to_owned()], Vec::new()));
    let invocation = invoke(&bench, "f:1", 0).await;
    let said = json_of(&invocation);
    assert_eq!(
        (&said["said"], &said["stage"], &said["calls"]),
        (&json!("first"), &json!("one"), &json!(2)),
        "warm"
    );
    assert_eq!(kinds(&invocation)[1], FactKind::FunctionVersionOutdated);
    for name in ["f", "f:$LATEST", "f:next"] {
        let invocation = invoke(&bench, name, 0).await;
        let said = json_of(&invocation);
        assert_eq!((&said["said"], &said["version"]), (&json!("second"), &json!("$LATEST")), "{name}");
        assert_eq!(invocation.executed_version, LATEST);
    }

    function.aliases = vec![alias("live", "2", None)];
    let second = version(&function, 2);
    bench.deploy([first, second, function]);
    assert_eq!(json_of(&invoke(&bench, "f:live", 0).await)["said"], "second");
    assert_eq!(json_of(&invoke(&bench, "f:1", 0).await)["said"], "first");
    for name in ["f:next", "f:3", "f:", "g:1"] {
        let found = bench.engine.invoke(name, Bytes::new(), InvokeContext::default()).await;
        assert_eq!(found.expect_err("not there"), InvokeError::NotFound { name: name.to_owned() });
    }
}

#[tokio::test]
async fn a_replica_has_the_code_of_its_version() {
    let bench = Bench::new();
    let function = node(&saying("first"));
    let replica = FunctionConfig {
        name: "us-east-1.f".to_owned(),
        code: Code::Replica("f:1".to_owned()),
        ..version(&function, 1)
    };
    bench.deploy([version(&function, 1), function.clone()]);
    let edited = node(&saying("second"));
    bench.deploy([version(&function, 1), replica.clone(), edited]);
    assert_eq!(json_of(&invoke(&bench, "us-east-1.f:1", 0).await)["said"], "first");
    let missing = FunctionConfig { code: Code::Replica("f:7".to_owned()), ..version(&replica, 7) };
    assert_eq!(bench.deploy([function, missing]).removed, ["f:1", "us-east-1.f:1"]);
}

#[tokio::test]
async fn weights_choose_among_versions() {
    let bench = Bench::new();
    let mut function = node(&saying("any"));
    function.aliases =
        vec![alias("live", "1", Some(("2", 250_000))), alias("all", "1", Some(("2", 1_000_000)))];
    bench.deploy([version(&function, 1), version(&function, 2), function]);
    let quarter = u32::MAX / 4;
    for (name, draw, executed, kind) in [
        ("f:live", 0, "2", FactKind::AliasWeight),
        ("f:live", quarter - 5_000, "2", FactKind::AliasWeight),
        ("f:live", quarter + 5_000, "1", FactKind::AliasOfVersion),
        ("f:live", u32::MAX, "1", FactKind::AliasOfVersion),
        ("f:all", u32::MAX, "2", FactKind::AliasWeight),
    ] {
        let invocation = invoke(&bench, name, draw).await;
        assert_eq!(invocation.executed_version, executed, "{name} {draw}");
        let fact = invocation.facts[1];
        assert_eq!((fact.kind, fact.place), (kind, PlaceId(9)), "{name} {draw}");
    }
}

#[tokio::test]
async fn provisioned_environments_are_there_before_a_call() {
    let bench = Bench::with_processes_max(4);
    let mut function = node(&saying("any"));
    let mut first = version(&function, 1);
    first.provisioned_concurrency = 2;
    bench.deploy([first.clone(), function.clone()]);
    // A call that comes before they are ready starts an environment of its own, as any other.
    loop {
        let invocation = invoke(&bench, "f:1", 0).await;
        if json_of(&invocation)["kind"] == "provisioned-concurrency" {
            assert!(kinds(&invocation).contains(&FactKind::WarmStart), "{invocation:?}");
            assert_eq!(invocation.init_duration, None);
            break;
        }
        assert_eq!(json_of(&invocation)["kind"], "on-demand");
    }
    assert_eq!(json_of(&invoke(&bench, "f", 0).await)["kind"], "on-demand");

    first.provisioned_concurrency = 3;
    function.environment.push(("STAGE".to_owned(), "B".to_owned()));
    let errors = bench.engine.deploy(vec![first, function]).expect_err("three of four");
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "f:1: 3 execution environments are to be provisioned, and of all functions together frontgate provisions at most 2"
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_initialized_is_not_provisioned_for_ever() {
    let bench = Bench::new();
    let function = node("throw new Error('no')");
    let mut first = version(&function, 1);
    first.provisioned_concurrency = 1;
    bench.deploy([first, function]);
    let is_report =
        |line: &LogLine| line.text.starts_with("INIT_REPORT ") && line.text.contains("Phase: init");
    let lines = || bench.lines.recv_timeout(PATIENCE).expect("an INIT_REPORT line");
    while !is_report(&lines()) {}
    let invocation = invoke(&bench, "f:1", 0).await;
    assert_eq!(invocation.function_error, Some(crate::FunctionError::InitFailed));
}
