//! `serverless-offline`: the peer that keeps functions warm, installed by npm where it is not there yet.
//!
//! See <https://github.com/dherault/serverless-offline>.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::connections;
use super::super::servers::{Running, free_address, log, write};
use super::Runner;
use super::site::{COLD_FUNCTIONS, NODE_TEXT, PYTHON_TEXT};
use crate::Failure;

/// Starts it with the same functions.
pub fn start(runner: &Runner<'_>) -> Result<(SocketAddr, Running), Failure> {
    let folder = runner.repository.join("target/bench-peers/serverless-offline");
    install(&folder)?;
    write(&folder.join("index.js"), NODE_TEXT)?;
    write(&folder.join("index.py"), PYTHON_TEXT)?;
    write(&folder.join("serverless.yml"), &configuration())?;
    let (http, lambda) = (free_address()?, free_address()?);
    let path = folder.join("log.txt");
    let mut command = Command::new("node");
    command
        .arg(folder.join("node_modules/serverless/bin/serverless.js"))
        .args(["offline", "start", "--host", "127.0.0.1", "--noPrependStageInUrl"])
        .args(["--httpPort", &http.port().to_string(), "--lambdaPort", &lambda.port().to_string()])
        .envs([("SLS_TELEMETRY_DISABLED", "1"), ("SLS_NOTIFICATIONS_MODE", "off"), ("CI", "1")])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(log(&path)?)
        .stderr(log(&path)?);
    let mut process = Running::start(&mut command)?;
    process.wait_until_it_listens(http).map_err(|Failure(why)| {
        let said = std::fs::read_to_string(&path).unwrap_or_default();
        Failure(format!("{why}\n{said}"))
    })?;
    connections::warm(http, "/api/node")?;
    Ok((http, process))
}

fn install(folder: &Path) -> Result<(), Failure> {
    if folder.join("node_modules/serverless-offline").is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::of(&folder.display().to_string(), &error))?;
    write(&folder.join("package.json"), "{\"private\": true}\n")?;
    println!("npm install {}", PACKAGES.join(" "));
    let output = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--loglevel", "error"])
        .args(PACKAGES)
        .current_dir(folder)
        .output()
        .map_err(|error| Failure::of("npm", &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure(format!("npm said:\n{}", String::from_utf8_lossy(&output.stderr))))
}

fn configuration() -> String {
    let mut text = String::from(
        "service: bench\nframeworkVersion: '3'\nprovider:\n  name: aws\n  runtime: nodejs20.x\n\
         plugins:\n  - serverless-offline\nfunctions:\n",
    );
    let mut add = |name: &str, runtime: &str| {
        let _ = write!(
            text,
            "  {name}:\n    handler: index.handler\n    runtime: {runtime}\n    events:\n      \
             - http: {{path: api/{name}, method: get}}\n"
        );
    };
    for (language, runtime) in [("node", "nodejs20.x"), ("python", "python3.11")] {
        add(language, runtime);
        for number in 0..COLD_FUNCTIONS {
            add(&format!("cold-{language}-{number}"), runtime);
        }
    }
    text
}

/// The last versions that need no account of its maker.
const PACKAGES: &[&str] = &["serverless@3", "serverless-offline@13"];
