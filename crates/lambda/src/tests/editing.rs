//! Edits of code while it runs: a good one is picked up, a broken one reaches no process.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::*;
use crate::{DeployError, DeployNotice};

/// A function of this folder's code.
fn of_folder(runtime: &str, folder: &Path) -> FunctionConfig {
    let mut function = inline(runtime, "");
    function.code = Code::Folder(folder.to_owned());
    function
}

/// A function whose two invocations at a time wait for each other, and say what the code says.
fn pair(said: &str) -> String {
    format!(
        "const fs = require('fs')
         exports.handler = async (event) => {{
           if (event.folder) {{
             fs.writeFileSync(event.folder + '/' + process.pid, '')
             while (fs.readdirSync(event.folder).length < 2) await new Promise(setImmediate)
           }}
           return '{said}'
         }}"
    )
}

fn copies(state: &TempFolder) -> Vec<PathBuf> {
    let engines = std::fs::read_dir(state.path().join("code")).expect("the folder of the copies");
    let mut found: Vec<PathBuf> = engines
        .flat_map(|engine| std::fs::read_dir(engine.expect("an engine").path()).expect("its folder"))
        .map(|copy| copy.expect("a copy").path())
        // What environments write to lies beside the copies, whose names are numbers.
        .filter(|copy| {
            copy.is_dir() && copy.file_name().is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit())
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_broken_edit_reaches_no_process_and_its_repair_does() {
    let (bench, meeting) = (Bench::new(), TempFolder::new());
    let function = of_folder("nodejs20.x", bench.code.path());
    bench.code.write("index.js", &pair("good"));
    bench.deploy([function.clone()]);
    assert_eq!(bench.value("{}").await, "good");

    bench.code.write("index.js", "exports.handler = async () => {\n  return 'broken\n}\n");
    let errors = bench.engine.deploy(vec![function.clone()]).expect_err("it is broken");
    let [DeployError::CodeBroken { function: name, problem, place }] = errors.as_slice() else {
        panic!("{errors:?}")
    };
    let said =
        format!("{}/index.js:2: SyntaxError: Invalid or unexpected token", bench.code.path().display());
    assert_eq!((name.as_str(), problem, *place), ("f", &said, PlaceId(7)));
    assert_eq!(errors[0].to_string(), format!("f: {said}"));

    let event = json!({ "folder": meeting.path() }).to_string();
    let (one, two) = tokio::join!(bench.value(&event), bench.value(&event));
    assert_eq!((one, two), (json!("good"), json!("good")), "the second is a new process");

    bench.code.write("index.js", &pair("repaired"));
    assert_eq!(bench.deploy([function]).changed, ["f"]);
    assert_eq!(bench.value("{}").await, "repaired");
}

/// Checks what is said about files, `(name, good text, text as edited, what is said after the name of the file)`.
fn check(runtime: &str, files: &[(&str, &str, &str, Option<&str>)]) {
    for &(name, good, edited, said) in files {
        let bench = Bench::new();
        let function = of_folder(runtime, bench.code.path());
        bench.code.write("index.js", "exports.handler = 1");
        bench.code.write("index.py", "handler = 1");
        bench.code.write("modules/package.json", r#"{"type":"module"}"#);
        bench.code.write("common/package.json", r#"{"type":"commonjs"}"#);
        bench.code.write(name, good);
        bench.deploy([function.clone()]);
        bench.code.write(name, edited);
        let found = bench.engine.deploy(vec![function]).err().unwrap_or_default();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let file = bench.code.path().join(name);
        let expected: Vec<String> = said.iter().map(|said| format!("f: {}{said}", file.display())).collect();
        assert_eq!(found, expected, "{name}: {edited}");
    }
}

#[test]
fn broken_node_files_are_named_with_their_lines() {
    let no_import = ":1: SyntaxError: Cannot use import statement outside a module";
    check(
        "nodejs20.x",
        &[
            ("index.js", "", "#!/usr/bin/env node\nreturn 1", None),
            ("index.js", "", "\u{feff}let a", None),
            ("index.js", "", "\n\nlet a = ;", Some(":3: SyntaxError: Unexpected token ';'")),
            (
                "lib/deep/util.js",
                "1",
                "let a; let a",
                Some(":1: SyntaxError: Identifier 'a' has already been declared"),
            ),
            ("app.mjs", "", "import fs from 'node:fs'\nawait fs.nothing\nexport let a", None),
            (
                "app.mjs",
                "",
                "import fs from 'node:fs'\nexport let = 1",
                Some(":2: SyntaxError: Unexpected token '='"),
            ),
            ("app.mjs", "", "return 1", Some(":1: SyntaxError: Illegal return statement")),
            ("app.cjs", "", "import fs from 'node:fs'", Some(no_import)),
            ("modules/app.js", "", "import fs from 'node:fs'\nexport const a = 1", None),
            ("modules/app.js", "", "\nreturn 1", Some(":2: SyntaxError: Illegal return statement")),
            ("common/app.js", "", "import fs from 'node:fs'", Some(no_import)),
            ("throws.js", "", "throw Error('not run'); process.exit(3)", None),
            ("was_broken_before.js", "let = ;", "let = ; // still", None),
            ("a \"file\".js", "1", "(", Some(":1: SyntaxError: Unexpected end of input")),
            ("notes.txt", "", "let a = ;", None),
            ("index.py", "", "def (", None),
        ],
    );
}

#[test]
fn broken_python_files_are_named_with_their_lines() {
    check(
        "python3.11",
        &[
            ("index.py", "", "import nothing_at_all\nraise SystemExit(3)\n", None),
            ("index.py", "", "def handler(:\n  pass", Some(":1: SyntaxError: invalid syntax")),
            ("lib/util.py", "", "x = 1\n  y = 2", Some(":2: IndentationError: unexpected indent")),
            ("index.py", "", "# ü\nx = 'ü'", None),
            ("index.py", "", "x = '\\d'\nreturn", Some(":2: SyntaxError: 'return' outside function")),
            ("index.js", "", "let a = ;", None),
        ],
    );
}

#[test]
fn a_first_deployment_and_a_new_file_of_a_later_one() {
    let bench = Bench::new();
    let function = of_folder("nodejs20.x", bench.code.path());
    bench.code.write("index.js", "let a = ;");
    assert_eq!(bench.deploy([function.clone()]).added, ["f"], "AWS deploys it too");
    bench.code.write("index.js", "let a = 1");
    bench.code.write("util.js", "(");
    let errors = bench.engine.deploy(vec![function.clone()]).expect_err("the new file is broken");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().contains("util.js:1: SyntaxError"), "{errors:?}");
    bench.code.write("util.js", "");
    std::fs::remove_file(bench.code.path().join("index.js")).expect("a file");
    let errors = bench.engine.deploy(vec![function]).expect_err("the handler's file is gone");
    assert!(matches!(errors.as_slice(), [DeployError::HandlerFileMissing { .. }]), "{errors:?}");
}

#[test]
fn broken_inline_code_is_refused() {
    let bench = Bench::with(node("exports.handler = async () => 1"));
    let errors = bench.engine.deploy(vec![node("\nlet a = ;")]).expect_err("it is broken");
    assert_eq!(errors[0].to_string(), "f: index.js:2: SyntaxError: Unexpected token ';'");
}

#[tokio::test]
async fn functions_of_one_folder_share_a_copy_that_goes_with_the_last() {
    let bench = Bench::new();
    bench.code.write("index.js", &pair("one"));
    bench.code.write("other.js", "exports.handler = async () => __dirname");
    let f = of_folder("nodejs20.x", bench.code.path());
    let mut g = f.clone();
    (g.name, g.handler) = ("g".into(), "other.handler".into());
    bench.deploy([f.clone(), g.clone()]);
    let first = copies(&bench.state);
    assert_eq!(first.len(), 1);
    let other = bench.engine.invoke("g", Bytes::from_static(b"{}"), InvokeContext::default());
    assert_eq!(json_of(&other.await.expect("an invocation")), json!(first[0]));

    // One of them runs while the code becomes another and breaks once on the way.
    let meeting = TempFolder::new();
    let event = json!({ "folder": meeting.path() }).to_string();
    let edit = async {
        bench.code.write("index.js", "(");
        let errors = bench.engine.deploy(vec![f.clone(), g.clone()]).expect_err("it is broken");
        assert_eq!(errors.len(), 1, "the shared code is checked once: {errors:?}");
        bench.code.write("index.js", &pair("another one"));
        bench.deploy([f.clone(), g.clone()]);
        assert!(first[0].join("index.js").is_file(), "it still runs");
        meeting.write("the other", "");
    };
    let (said, ()) = tokio::join!(bench.value(&event), edit);
    assert_eq!(said, "one");
    assert_eq!(bench.value("{}").await, "another one");
    wait_until(|| {
        let now = copies(&bench.state);
        now.len() == 1 && now != first
    });
}

/// Waits for what another thread is about to do.
fn wait_until(is_so: impl Fn() -> bool) {
    let until = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(std::time::Instant::now() < until, "it does not happen");
        std::thread::yield_now();
    }
}

#[test]
fn nothing_is_left_by_an_engine_and_what_was_left_by_a_killed_one_goes() {
    let state = TempFolder::new();
    let code = state.path().join("code");
    state.write("code/1/lock", "");
    state.write("code/1/4/index.js", "left over");
    state.write("code/2/4/index.js", "not an engine's");
    let start = || {
        let options = EngineOptions {
            state_folder: state.path().to_owned(),
            logs: LogSink::none(),
            idle_timeout: PATIENCE,
            processes_max: 1,
            launcher: None,
        };
        let engine = Engine::start(options).expect("an engine");
        engine.deploy(vec![node("")]).expect("a function");
        engine
    };
    let (one, two) = (start(), start());
    wait_until(|| !code.join("1/4").exists());
    assert_eq!(copies(&state).len(), 3, "each has its own, and what is not known stays");
    one.shut_down();
    assert_eq!(copies(&state).len(), 2);
    assert_eq!(one.deploy(vec![node("")]), Err(vec![DeployError::ShuttingDown]));
    drop(two);
    assert_eq!(copies(&state), [code.join("2/4")]);
}

#[tokio::test]
async fn code_that_holds_the_state_folder_is_not_copied_into_itself() {
    let code = TempFolder::new();
    code.write("index.js", "exports.handler = async () => require('fs').readdirSync('.')");
    let options = EngineOptions {
        state_folder: code.path().join(".frontgate"),
        logs: LogSink::none(),
        idle_timeout: PATIENCE,
        processes_max: 1,
        launcher: None,
    };
    let engine = Engine::start(options).expect("an engine");
    let function = of_folder("nodejs20.x", code.path());
    engine.deploy(vec![function.clone()]).expect("a function");
    let said = engine.invoke("f", Bytes::from_static(b"{}"), InvokeContext::default()).await;
    assert_eq!(json_of(&said.expect("an invocation")), json!(["index.js"]));
    let again = engine.deploy(vec![function]).expect("a function");
    assert!(again.changed.is_empty(), "a log that grows is no change of the code");
}

#[test]
fn too_much_code_is_refused_in_aws_words() {
    let bench = Bench::new();
    bench.code.write("index.js", "");
    bench.code.write("node_modules/p/large", "");
    let grow = |name: &str| {
        let file = std::fs::File::options().write(true).open(bench.code.path().join(name)).expect("a file");
        file.set_len(262_144_000).expect("a file without blocks");
    };
    grow("node_modules/p/large");
    let function = of_folder("nodejs20.x", bench.code.path());
    bench.deploy([function.clone()]);
    grow("index.js");
    let errors = bench.engine.deploy(vec![function]).expect_err("too large");
    let said = errors[0].to_string();
    assert!(said.starts_with("f: Unzipped size must be smaller than 262144000 bytes"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_checked_is_deployed_and_said() {
    let bench = Bench::new();
    let function = of_folder("nodejs20.x", bench.code.path());
    bench.code.write("index.js", "exports.handler = async () => 1");
    bench.deploy([function.clone()]);
    let clients = bench.state.path().join("runtime");
    let folder = std::fs::read_dir(clients).expect("a folder").next().expect("an entry").expect("an entry");
    std::fs::write(folder.path().join("check.cjs"), "process.exit(7)").expect("a file");
    bench.code.write("index.js", "exports.handler = async () => 22");
    let report = bench.deploy([function]);
    let said = report.notices.iter().find(|notice| matches!(notice, DeployNotice::CodeUnchecked { .. }));
    let said = said.expect("a notice").to_string();
    assert!(said.starts_with("f: the changed code could not be checked before it was deployed: "), "{said}");
    assert!(said.ends_with("it ended with exit status: 7"), "{said}");
    assert_eq!(bench.value("{}").await, 22);
}

#[tokio::test]
async fn stacks_name_the_folders_of_aws() {
    for (runtime, file, text, field, frame) in [
        (
            "nodejs20.x",
            "index.js",
            "exports.handler = async () => {\n throw Error('no') }",
            "trace",
            "(/var/task/index.js:2:8)",
        ),
        (
            "nodejs20.x",
            "index.mjs",
            "export const handler = async () => {\n throw Error('no') }",
            "trace",
            "(file:///var/task/index.mjs:2:8)",
        ),
        (
            "nodejs20.x",
            "index.js",
            "exports.handler = async () => require('p')()",
            "trace",
            "/var/task/node_modules/p/index.js:1:",
        ),
        (
            "nodejs20.x",
            "index.js",
            "require('nothing')",
            "errorMessage",
            "Require stack:\n- /var/task/index.js\n- /var/runtime/index.mjs",
        ),
        (
            "python3.11",
            "index.py",
            "def handler(event, context):\n  raise ValueError('no')",
            "stackTrace",
            "File \"/var/task/index.py\", line 2, in handler",
        ),
        (
            "python3.11",
            "index.py",
            "def handler(event, context:\n",
            "stackTrace",
            "File \"/var/task/index.py\" Line 1",
        ),
    ] {
        let bench = Bench::new();
        bench.code.write("node_modules/p/index.js", "module.exports = () => { throw Error('no') }");
        bench.code.write(file, text);
        bench.deploy([of_folder(runtime, bench.code.path())]);
        let error = json_of(&bench.invoke("{}").await);
        let shown = match &error[field] {
            serde_json::Value::Array(lines) => {
                lines.iter().filter_map(|line| line.as_str()).collect::<Vec<_>>().join("\n")
            }
            text => text.as_str().unwrap_or_default().to_owned(),
        };
        assert!(shown.contains(frame), "{error}");
        let logged = bench.texts_of_invocation().join("\n");
        assert!(logged.contains("/var/task/"), "{logged}");
        for hidden in [bench.state.path(), bench.code.path()] {
            let hidden = hidden.display().to_string();
            assert!(!error.to_string().contains(&hidden) && !logged.contains(&hidden), "{error} {logged}");
        }
    }
}

#[tokio::test]
async fn errors_that_functions_log_name_the_folders_of_aws() {
    for function in [
        node("exports.handler = async () => { console.error('seen:', Error('no')) }"),
        python(
            "import logging\ndef handler(event, context):\n  try:\n    1 / 0\n  except ZeroDivisionError:\n    logging.exception('seen:')",
        ),
    ] {
        let bench = Bench::with(function);
        bench.invoke("{}").await;
        let logged = bench.texts_of_invocation().join("\n");
        assert!(logged.contains("seen:") && logged.contains("/var/task/index."), "{logged}");
        assert!(!logged.contains(&bench.state.path().display().to_string()), "{logged}");
    }
}
