//! What can be deployed, and what is said about what cannot.

use super::*;
use crate::{DeployError, DeployNotice};

/// Checks the message of the only error of a deployment.
fn check(function: FunctionConfig, message: &str) {
    let bench = Bench::new();
    let errors = bench.engine.deploy(vec![function]).expect_err("an error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].to_string().contains(message), "{}", errors[0]);
    assert_eq!(errors[0].place(), PlaceId(7));
}

#[test]
fn what_cannot_run_is_refused_by_name() {
    let with = |change: &dyn Fn(&mut FunctionConfig)| {
        let mut function = node("exports.handler = 1");
        change(&mut function);
        function
    };
    for (function, message) in [
        (
            with(&|f| "java21".clone_into(&mut f.runtime)),
            "the runtime java21 is not run by frontgate; it runs nodejs18.x",
        ),
        (
            with(&|f| "nodejs14.x".clone_into(&mut f.runtime)),
            "the runtime nodejs14.x is not run by frontgate, nor by Lambda (\"is no longer supported for creating",
        ),
        (
            with(&|f| "handler".clone_into(&mut f.handler)),
            "the handler \"handler\" is not of the form file.function",
        ),
        (with(&|f| "app.handler".clone_into(&mut f.handler)), "needs one of app.js, app.mjs, app.cjs in"),
        (
            with(&|f| f.code = Code::Folder("/nonexistent".into())),
            "the code folder /nonexistent cannot be read",
        ),
        (with(&|f| f.timeout = Duration::from_secs(901)), "Timeout is 901 s"),
        (with(&|f| f.timeout = Duration::from_millis(1_500)), "Timeout is 1.5 s"),
        (with(&|f| f.memory_size_mb = 64), "MemorySize is 64 MB"),
        (with(&|f| "a b".clone_into(&mut f.name)), "is no name of a function"),
        (
            with(&|f| f.environment.push(("AWS_REGION".into(), "x".into()))),
            "Reserved keys used in this request: AWS_REGION",
        ),
    ] {
        check(function, message);
    }
}

#[tokio::test]
async fn a_broken_deployment_changes_nothing() {
    let bench = Bench::with(node("exports.handler = async () => 'good'"));
    let mut broken = python("");
    (broken.handler, broken.memory_size_mb) = ("nothing".into(), 1);
    let errors =
        bench.engine.deploy(vec![node("exports.handler = async () => 'new'"), broken.clone(), broken]);
    assert_eq!(errors.expect_err("errors").len(), 2, "one of each broken function: settings come first");
    assert_eq!(bench.value("{}").await, "good");
    let twice = bench.engine.deploy(vec![node("1"), node("2")]).expect_err("an error");
    assert_eq!(twice, [DeployError::NameTwice { function: "f".into(), place: PlaceId(7) }]);
}

#[test]
fn another_version_is_a_notice() {
    let bench = Bench::new();
    let (named, here) =
        if node_major() == "18" { ("nodejs20.x", "18") } else { ("nodejs18.x", &*node_major()) };
    let report = bench.deploy([inline(named, "exports.handler = 1")]);
    let [notice @ DeployNotice::OtherVersion { version, .. }] = report.notices.as_slice() else {
        panic!("{report:?}")
    };
    assert!(version.starts_with(here));
    assert!(
        notice.to_string().starts_with(&format!("f names the runtime {named}, and node here is {version}"))
    );
}

fn node_major() -> String {
    let output = std::process::Command::new("node").arg("--version").output().expect("node");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.trim_start_matches('v').split('.').next().unwrap_or_default().to_owned()
}
