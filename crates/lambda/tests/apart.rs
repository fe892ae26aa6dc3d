//! What a function can do to everything that is not its own: nothing. The executable of this test is its launcher.

use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{FactKind, PlaceId};
use frontgate_lambda::{
    Code, Engine, EngineOptions, FunctionConfig, Invocation, InvokeContext, LATEST, LogSink, enter_if_told,
};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    enter_if_told();
    let trials = [
        ("files", files as fn(&Engine) -> Result<(), Failed>),
        ("limits", limits),
        ("descriptors", descriptors),
        ("a custom runtime", custom_runtime),
        ("processes", processes),
        ("what it started ends with it", started),
    ];
    let trials = trials.map(|(name, run)| Trial::test(name, move || with_engine(run)));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

fn with_engine(run: fn(&Engine) -> Result<(), Failed>) -> Result<(), Failed> {
    // Beside the executable, as the state folder of frontgate is seldom in /tmp.
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("a folder")?;
    for base in [folder.to_owned(), std::env::temp_dir()] {
        let state_folder =
            base.join(format!("frontgate-apart-{}-{:?}", std::process::id(), std::thread::current().id()));
        std::fs::create_dir_all(&state_folder)?;
        let options = EngineOptions {
            state_folder: state_folder.clone(),
            logs: LogSink::new(|line| println!("{}", line.text)),
            idle_timeout: Duration::from_secs(600),
            processes_max: 4,
            launcher: Some(own.clone()),
        };
        let engine = Engine::start(options)?;
        println!("{:?}", engine.isolation());
        let done = run(&engine);
        drop(engine);
        std::fs::remove_dir_all(&state_folder)?;
        done?;
    }
    Ok(())
}

fn function(runtime: &str, text: &str) -> FunctionConfig {
    FunctionConfig {
        name: "f".to_owned(),
        arn: "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
        version: LATEST.to_owned(),
        handler: "index.handler".to_owned(),
        runtime: runtime.to_owned(),
        code: Code::Inline { text: text.to_owned() },
        timeout: Duration::from_secs(20),
        memory_size_mb: 256,
        ephemeral_storage_mb: 512,
        log_group: None,
        layers: Vec::new(),
        environment: Vec::new(),
        reserved_concurrency: None,
        provisioned_concurrency: 0,
        aliases: Vec::new(),
        credentials: None,
        region: "us-east-1".to_owned(),
        place: PlaceId(7),
    }
}

fn invoke(engine: &Engine, event: &str) -> Result<Invocation, Failed> {
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let invocation = engine.invoke("f", Bytes::copy_from_slice(event.as_bytes()), InvokeContext::default());
    Ok(event_loop.block_on(invocation)?)
}

fn check(engine: &Engine, function: FunctionConfig, event: &str, expected: &str) -> Result<(), Failed> {
    engine.deploy(vec![function]).map_err(|errors| format!("{errors:?}"))?;
    let invocation = invoke(engine, event)?;
    let said = String::from_utf8_lossy(&invocation.payload).into_owned();
    if said == expected { Ok(()) } else { Err(format!("{said}\nis not\n{expected}").into()) }
}

fn files(engine: &Engine) -> Result<(), Failed> {
    let isolation = engine.isolation().ok_or("a launcher")?;
    if !isolation.has_landlock {
        return Ok(());
    }
    let secret = std::env::current_exe()?;
    let secret = secret.display();
    let node = format!(
        "const fs = require('fs'); const os = require('os');
        const attempt = (action) => {{ try {{ return action() ?? 'done' }} catch (e) {{ return e.code }} }}
        exports.handler = async () => [
          attempt(() => fs.readFileSync('{secret}').length),
          attempt(() => fs.readFileSync('/etc/shadow').length),
          attempt(() => fs.readFileSync(__filename).length > 0),
          attempt(() => fs.writeFileSync(__dirname + '/new', '')),
          attempt(() => fs.writeFileSync(__filename, '')),
          attempt(() => fs.writeFileSync(os.tmpdir() + '/new', '')),
          attempt(() => fs.writeFileSync(process.env.HOME + '/new', '')),
          attempt(() => fs.writeFileSync('/var/tmp/frontgate-test', '')),
          attempt(() => process.kill(process.ppid, 0)),
          attempt(() => fs.readFileSync(`/proc/${{process.ppid}}/environ`).length),
        ]"
    );
    // Where there are mounts of its own, they are read-only, which is said before Landlock has its turn.
    let closed = if isolation.has_own_mounts { "EROFS" } else { "EACCES" };
    let expected = format!(
        r#"["EACCES","EACCES",true,"{closed}","{closed}","done","{closed}","EACCES","EPERM","EACCES"]"#
    );
    check(engine, function("nodejs20.x", &node), "{}", &expected)
}

fn limits(engine: &Engine) -> Result<(), Failed> {
    let python = "import resource\ndef handler(event, context):\n  \
        return [resource.getrlimit(r)[1] for r in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)] + \
        [open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0]]";
    check(engine, function("python3.11", python), "{}", r#"[0, 1024, "1"]"#)
}

fn descriptors(engine: &Engine) -> Result<(), Failed> {
    let inherited = std::fs::File::open(std::env::current_exe()?)?;
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty())?;
    let python = format!(
        "import os\ndef number(descriptor):\n  try: return os.fstat(descriptor).st_ino\n  except OSError: return None\n\
        def handler(event, context): return {} in [number(descriptor) for descriptor in range(1024)]",
        inherited.metadata()?.ino()
    );
    check(engine, function("python3.11", &python), "{}", "false")
}

fn processes(engine: &Engine) -> Result<(), Failed> {
    let python = "import threading, time\ndef handler(event, context):\n  \
        for _ in range(1200): threading.Thread(target=time.sleep, args=(15,), daemon=True).start()\n  \
        time.sleep(15)";
    engine.deploy(vec![function("python3.11", python)]).map_err(|errors| format!("{errors:?}"))?;
    let killed = invoke(engine, "{}")?;
    let is_said = killed.facts.iter().any(|fact| fact.kind == FactKind::FunctionOutOfProcesses);
    if is_said { Ok(()) } else { Err(format!("{killed:?}").into()) }
}

fn custom_runtime(engine: &Engine) -> Result<(), Failed> {
    // It needs curl, and a folder for the code that the engine copies.
    use std::os::unix::fs::PermissionsExt as _;
    let code = std::env::temp_dir().join(format!("frontgate-apart-code-{}", std::process::id()));
    std::fs::create_dir_all(&code)?;
    let text = "#!/bin/sh\napi=\"http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\"\n\
        while :; do\nhead=$(mktemp)\ncurl -sS -o /dev/null -D \"$head\" \"$api/next\" || exit 1\n\
        id=$(grep -i Lambda-Runtime-Aws-Request-Id \"$head\" | tr -d '\\r' | cut -d' ' -f2)\n\
        curl -sS -o /dev/null \"$api/$id/response\" -d '\"own\"'\ndone\n";
    std::fs::write(code.join("bootstrap"), text)?;
    std::fs::set_permissions(code.join("bootstrap"), std::fs::Permissions::from_mode(0o755))?;
    let mut own = function("provided.al2023", "");
    own.code = Code::Folder(code.clone());
    let done = check(engine, own, "{}", "\"own\"");
    std::fs::remove_dir_all(code)?;
    done
}

fn started(engine: &Engine) -> Result<(), Failed> {
    let python = "import os, signal, subprocess, tempfile, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def handler(event, context):
    path = tempfile.gettempdir() + '/child'
    if event['hang']:
        child = subprocess.Popen(['setsid', 'sh', '-c', \"trap '' TERM; while :; do sleep 1; done\"])
        open(path, 'w').write(str(child.pid))
        while True: time.sleep(1)
    try:
        return 'trap' in open('/proc/' + open(path).read() + '/cmdline').read()
    except OSError:
        return False
";
    let mut python = function("python3.11", python);
    python.timeout = Duration::from_secs(1);
    engine.deploy(vec![python.clone()]).map_err(|errors| format!("{errors:?}"))?;
    let hung = invoke(engine, r#"{"hang":true}"#)?;
    if hung.function_error.is_none() {
        return Err("it does not hang".into());
    }
    check(engine, python, r#"{"hang":false}"#, "false")
}
