//! Prints what cold and warm invocations cost on this machine.

use std::path::Path;
use std::time::{Duration, Instant};

use frontgate_lambda::{Code, Engine, EngineOptions, FunctionConfig, InvokeContext, LogSink};

const INVOCATIONS: u32 = 5_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let state_folder = std::env::temp_dir().join("frontgate-lambda-warm");
    let options = EngineOptions {
        state_folder: state_folder.clone(),
        logs: LogSink::none(),
        idle_timeout: Duration::from_secs(60),
        processes_max: 4,
        launcher: None,
    };
    let engine = Engine::start(options)?;
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for (runtime, text) in [
        ("nodejs20.x", "exports.handler = async (event) => ({ statusCode: 200, body: 'hello' })"),
        ("python3.11", "def handler(event, context): return {'statusCode': 200, 'body': 'hello'}"),
    ] {
        let began = Instant::now();
        engine.deploy(vec![function(runtime, text)]).map_err(|errors| format!("{errors:?}"))?;
        println!("{runtime}: deployed in {:?}", began.elapsed());
        let event = bytes::Bytes::from(format!(r#"{{"body":"{}"}}"#, "x".repeat(1_500)));
        let invoke = || engine.invoke("f", event.clone(), InvokeContext::default());
        let cold = event_loop.block_on(invoke())?;
        println!("  cold: init {:?}, run {:?}", cold.init_duration, cold.duration);
        for _ in 0..500 {
            event_loop.block_on(invoke())?;
        }
        let before = cpu_ticks();
        let began = Instant::now();
        for _ in 0..INVOCATIONS {
            event_loop.block_on(invoke())?;
        }
        let each = began.elapsed() / INVOCATIONS;
        let cpu_us = (cpu_ticks() - before) * 10_000 / u64::from(INVOCATIONS);
        println!("  warm: {each:?} each, of it {cpu_us} µs of CPU of this process");
    }
    engine.shut_down();
    std::fs::remove_dir_all(state_folder)?;
    Ok(())
}

/// Ticks of 10 ms that this process has used.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string(Path::new("/proc/self/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    [12, 13].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum()
}

fn function(runtime: &str, text: &str) -> FunctionConfig {
    FunctionConfig {
        name: "f".to_owned(),
        arn: "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
        version: frontgate_lambda::LATEST.to_owned(),
        handler: "index.handler".to_owned(),
        runtime: runtime.to_owned(),
        code: Code::Inline { text: text.to_owned() },
        timeout: Duration::from_secs(3),
        memory_size_mb: 128,
        ephemeral_storage_mb: 512,
        log_group: None,
        layers: Vec::new(),
        environment: Vec::new(),
        reserved_concurrency: None,
        provisioned_concurrency: 0,
        aliases: Vec::new(),
        credentials: None,
        region: "us-east-1".to_owned(),
        place: frontgate_explain::PlaceId::NONE,
    }
}
