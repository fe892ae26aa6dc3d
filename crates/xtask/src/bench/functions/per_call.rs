//! A peer that starts a process for each call and nothing else, as `sam local` does with a container: the least that
//! such a tool can take.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::connections::Viewer;
use super::{Language, Runner};
use crate::Failure;

/// Serves from now on, on threads of this process.
pub fn start(runner: &Runner<'_>) -> Result<SocketAddr, Failure> {
    let failed = |error: std::io::Error| Failure::of("per-call", &error);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let event = Viewer::connect(runner.site.address)?.text("/api/event")?;
    let program = |language: Language| {
        (runner.programs.of(language).to_owned(), runner.site.folder.join(language.word()))
    };
    let (node, python) = (program(Language::Node), program(Language::Python));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (node, python, event) = (node.clone(), python.clone(), event.clone());
            std::thread::spawn(move || {
                // A client that leaves is the usual end of a connection.
                let _ = serve(&stream, &node, &python, &event);
            });
        }
    });
    Ok(address)
}

fn serve(
    stream: &TcpStream,
    node: &(PathBuf, PathBuf),
    python: &(PathBuf, PathBuf),
    event: &str,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut is_python) = (String::new(), false);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        is_python |= line.starts_with("GET ") && line.contains("python");
        if line != "\r\n" {
            continue;
        }
        let result =
            if is_python { call(python, "-c", PYTHON, event) } else { call(node, "-e", NODE, event) }?;
        let value: serde_json::Value = serde_json::from_slice(&result).unwrap_or_default();
        let (status, body) = (&value["statusCode"], value["body"].as_str().unwrap_or_default());
        let head = format!("HTTP/1.1 {status} OK\r\nContent-Length: {}\r\n\r\n", body.len());
        (&*stream).write_all(format!("{head}{body}").as_bytes())?;
        is_python = false;
    }
}

fn call(
    (program, folder): &(PathBuf, PathBuf),
    option: &str,
    text: &str,
    event: &str,
) -> std::io::Result<Vec<u8>> {
    let folder: &Path = folder;
    Ok(Command::new(program).args([option, text]).arg(folder).arg(event).output()?.stdout)
}

const NODE: &str = "require(process.argv[1] + '/index.js').handler(JSON.parse(process.argv[2]))\
                    .then((result) => process.stdout.write(JSON.stringify(result)))";
const PYTHON: &str = "import json, sys\nsys.path[0] = sys.argv[1]\nimport index\n\
                      print(json.dumps(index.handler(json.loads(sys.argv[2]), None)))";
