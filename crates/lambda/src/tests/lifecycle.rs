//! Cold and warm, many at a time, changed while running, and ended without a trace.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::*;

#[tokio::test]
async fn the_first_start_is_cold_and_the_next_is_warm() {
    for function in [
        node("let n = 0; exports.handler = async () => ++n"),
        python("n = 0\ndef handler(event, context):\n  global n\n  n += 1\n  return n"),
    ] {
        let bench = Bench::with(function);
        let cold = bench.invoke("{}").await;
        assert_eq!(
            kinds(&cold),
            [FactKind::FunctionInvoked, FactKind::ColdStart, FactKind::FunctionReturned]
        );
        assert!(cold.init_duration.is_some());
        for n in 2..20 {
            let warm = bench.invoke("{}").await;
            assert_eq!(json_of(&warm), json!(n));
            assert_eq!(
                kinds(&warm),
                [FactKind::FunctionInvoked, FactKind::WarmStart, FactKind::FunctionReturned]
            );
            assert_eq!(warm.init_duration, None);
        }
    }
}

/// A function whose invocations wait for each other: none returns before `count` of them run.
fn meeting(count: usize) -> FunctionConfig {
    let text = format!(
        "const fs = require('fs')
         exports.handler = async (event) => {{
           fs.writeFileSync(event.folder + '/' + process.pid, '')
           while (fs.readdirSync(event.folder).length < {count}) await new Promise(setImmediate)
           return process.pid
         }}"
    );
    node(&text)
}

#[tokio::test]
async fn three_at_a_time_are_three_processes() {
    let bench = Bench::with(meeting(3));
    let event = json!({ "folder": bench.code.path() }).to_string();
    let (one, two, three) = tokio::join!(bench.value(&event), bench.value(&event), bench.value(&event));
    let mut pids = [one.to_string(), two.to_string(), three.to_string()];
    pids.sort();
    assert!(pids.windows(2).all(|pair| pair[0] != pair[1]), "{pids:?}");
}

#[tokio::test]
async fn beyond_the_processes_that_may_be_an_invocation_waits() {
    let bench = Bench::with_processes_max(1);
    bench.deploy([node(
        "exports.handler = async () => new Promise((r) => setTimeout(() => r(process.pid), 20))",
    )]);
    let (one, two) = tokio::join!(bench.invoke("{}"), bench.invoke("{}"));
    assert_eq!(one.payload, two.payload, "the same process");
    let waited = [kinds(&one), kinds(&two)].concat();
    assert_eq!(waited.iter().filter(|kind| **kind == FactKind::FunctionQueued).count(), 1, "{waited:?}");
}

#[tokio::test]
async fn another_function_gets_the_place_of_an_idle_one() {
    let bench = Bench::with_processes_max(1);
    let mut other = node("exports.handler = async () => 'g'");
    "g".clone_into(&mut other.name);
    bench.deploy([node("exports.handler = async () => 'f'"), other]);
    for _ in 0..2 {
        assert_eq!(bench.value("{}").await, json!("f"));
        let g = bench.engine.invoke("g", Bytes::from_static(b"{}"), InvokeContext::default()).await;
        assert_eq!(json_of(&g.expect("an invocation")), json!("g"));
    }
}

#[tokio::test]
async fn a_busy_function_does_not_starve_another() {
    let bench = Bench::with_processes_max(1);
    let mut other = node("exports.handler = async () => 'g'");
    "g".clone_into(&mut other.name);
    bench.deploy([node("let n = 0; exports.handler = async () => ++n"), other]);
    let g = bench.engine.invoke("g", Bytes::from_static(b"{}"), InvokeContext::default());
    let (first, g, after) = tokio::join!(bench.value("{}"), g, bench.value("{}"));
    assert_eq!(json_of(&g.expect("an invocation")), json!("g"));
    assert_eq!((first, after), (json!(1), json!(1)), "the third came after the second, on a new process");
}

#[tokio::test]
async fn who_waited_too_long_is_throttled() {
    let bench = Bench::with_processes_max(1);
    bench.deploy([meeting(2)]);
    let event = json!({ "folder": bench.code.path() }).to_string();
    let late = async {
        let context = InvokeContext { deadline: Some(std::time::Instant::now()), ..InvokeContext::default() };
        let answer = bench.engine.invoke("f", event.clone().into(), context).await;
        bench.code.write("the other", "");
        answer.expect_err("nobody was free in time")
    };
    let (_, late) = tokio::join!(bench.value(&event), late);
    assert!(
        matches!(late, InvokeError::Throttled { reason: "ConcurrentInvocationLimitExceeded", .. }),
        "{late:?}"
    );
}

#[tokio::test]
async fn reserved_concurrency_throttles() {
    let mut function = meeting(2);
    function.reserved_concurrency = Some(1);
    let bench = Bench::with(function);
    let event = json!({ "folder": bench.code.path() }).to_string();
    let meet = async {
        let throttled = bench.try_invoke(&event).await.expect_err("the limit is 1");
        let InvokeError::Throttled { reason, fact } = throttled else { panic!("{throttled:?}") };
        assert_eq!(reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
        assert_eq!((fact.kind, fact.place), (FactKind::FunctionThrottled, PlaceId(7)));
        bench.code.write("the other", "");
    };
    let (first, ()) = tokio::join!(bench.value(&event), meet);
    assert!(first.is_number());
    bench.value(&event).await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let bench = Bench::new();
    assert_eq!(
        bench.try_invoke("{}").await.expect_err("no function"),
        InvokeError::NotFound { name: "f".into() }
    );
}

#[tokio::test]
async fn a_changed_function_gets_new_processes() {
    let bench = Bench::new();
    bench.code.write("index.js", "let n = 0; exports.handler = async () => ['old', ++n]");
    let mut function = node("");
    function.code = Code::Folder(bench.code.path().to_owned());
    let report = bench.deploy([function.clone()]);
    assert_eq!(report.added, ["f"]);
    assert_eq!(bench.value("{}").await, json!(["old", 1]));
    let mut moved = function.clone();
    moved.place = PlaceId(8);
    let report = bench.deploy([moved]);
    assert!(report.changed.is_empty() && report.added.is_empty());
    let invocation = bench.invoke("{}").await;
    assert_eq!((json_of(&invocation), invocation.facts[0].place), (json!(["old", 2]), PlaceId(8)));

    bench.code.write("index.js", "let n = 0; exports.handler = async () => ['a new one', ++n]");
    assert_eq!(bench.deploy([function.clone()]).changed, ["f"]);
    assert_eq!(bench.value("{}").await, json!(["a new one", 1]));
    function.environment.push(("AB".into(), "c".into()));
    assert_eq!(bench.deploy([function]).changed, ["f"]);
    assert_eq!(bench.value("{}").await, json!(["a new one", 1]));
    assert_eq!(bench.deploy([]).removed, ["f"]);
    assert!(bench.try_invoke("{}").await.is_err());
}

#[tokio::test]
async fn a_running_invocation_ends_on_its_old_process() {
    let bench = Bench::with(meeting(2));
    let event = json!({ "folder": bench.code.path() }).to_string();
    let change = async {
        // The first is started before the change, since messages keep their order.
        bench.deploy([node("exports.handler = async () => 'new'")]);
        let new = bench.value("{}").await;
        bench.code.write("the other", "");
        new
    };
    let (old, new) = tokio::join!(bench.value(&event), change);
    assert!(old.is_number());
    assert_eq!(new, json!("new"));
}

#[tokio::test]
async fn idle_processes_are_ended() {
    let (state, fifo) = (TempFolder::new(), TempFolder::new());
    let options = EngineOptions {
        state_folder: state.path().to_owned(),
        logs: LogSink::none(),
        idle_timeout: Duration::ZERO,
        processes_max: 1,
        launcher: None,
    };
    let engine = Engine::start(options).expect("an engine");
    engine.deploy(vec![with_witness("return 1")]).expect("a function");
    let witness = Witness::new(fifo.path());
    let answer = engine.invoke("f", witness.event(), InvokeContext::default()).await.expect("an invocation");
    assert_eq!(answer.payload, "1");
    witness.wait_until_all_have_ended();
}

/// A function that, with a child of its own, keeps a pipe open: its end is the end of both.
fn with_witness(then: &str) -> FunctionConfig {
    let text = format!(
        "const fs = require('fs')
         const {{ spawn }} = require('child_process')
         exports.handler = async (event) => {{
           const pipe = fs.openSync(event.pipe, 'w')
           spawn('sleep', ['600'], {{ stdio: ['ignore', pipe, 'ignore'] }})
           fs.writeSync(pipe, 'started')
           {then}
         }}"
    );
    node(&text)
}

/// The reading end of such a pipe.
struct Witness {
    path: std::path::PathBuf,
    reader: std::thread::JoinHandle<Vec<u8>>,
    started: std::sync::mpsc::Receiver<()>,
}

impl Witness {
    fn new(folder: &Path) -> Self {
        let path = folder.join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        let (sender, started) = channel();
        let opened = path.clone();
        let reader = std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(opened).expect("the pipe");
            let mut said = vec![0; 7];
            pipe.read_exact(&mut said).expect("a word");
            sender.send(()).expect("the test waits");
            pipe.read_to_end(&mut said).expect("the end");
            said
        });
        Self { path, reader, started }
    }

    fn event(&self) -> Bytes {
        json!({ "pipe": self.path }).to_string().into()
    }

    fn wait_until_started(&self) {
        self.started.recv_timeout(PATIENCE).expect("the function starts");
    }

    fn wait_until_all_have_ended(self) {
        assert_eq!(self.reader.join().expect("the reader ends"), b"started");
    }
}

#[tokio::test]
async fn no_process_outlives_the_engine() {
    for then in ["return 1", "for (;;);", "await new Promise((r) => setTimeout(r, 100000))"] {
        let bench = Bench::with(with_witness(then));
        let fifo = TempFolder::new();
        let witness = Witness::new(fifo.path());
        let running = bench.engine.invoke("f", witness.event(), InvokeContext::default());
        let ending = async {
            // The engine is on another thread: this one may wait.
            witness.wait_until_started();
            bench.engine.shut_down();
        };
        let (answer, ()) = tokio::join!(running, ending);
        witness.wait_until_all_have_ended();
        assert!(answer.is_ok() || answer.is_err_and(|error| error == InvokeError::ShuttingDown));
        assert_eq!(bench.try_invoke("{}").await.expect_err("it is over"), InvokeError::ShuttingDown);
    }
}

/// Not a test of its own: what the next test starts as a program and kills.
#[tokio::test]
async fn victim() {
    let Some(pipe) = std::env::var_os("FRONTGATE_LAMBDA_VICTIM") else { return };
    let bench = Bench::with(with_witness("for (;;);"));
    let event = json!({ "pipe": Path::new(&pipe) }).to_string();
    let _ = bench.invoke(&event).await;
}

#[test]
fn no_process_outlives_a_frontgate_that_is_killed() {
    let fifo = TempFolder::new();
    let witness = Witness::new(fifo.path());
    let mut victim = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "tests::lifecycle::victim", "--nocapture"])
        .env("FRONTGATE_LAMBDA_VICTIM", &witness.path)
        .env("TMPDIR", fifo.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program starts");
    witness.wait_until_started();
    victim.kill().expect("it runs");
    victim.wait().expect("it ends");
    witness.wait_until_all_have_ended();
}
