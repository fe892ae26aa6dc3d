//! Sends the requests of a story with the real `curl`, to the ports of this run whatever host the URL names.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Failure;
use crate::answer::Answer;
use crate::folder::Folder;
use crate::story::Request;

/// Where a run of frontgate listens.
pub struct Doors {
    /// The plain port.
    pub http: SocketAddr,
    /// The TLS port.
    pub https: SocketAddr,
    /// Where DNS is served.
    pub dns: Option<SocketAddr>,
    /// The certificate of the local CA.
    pub authority: std::path::PathBuf,
}

/// Sends the request as often as asked for, all at once, and gives the answers.
pub fn send(request: &Request, copies: usize, doors: &Doors) -> Result<Vec<Answer>, Failure> {
    let folders = (0..copies).map(|_| Folder::make()).collect::<Result<Vec<_>, _>>()?;
    let children = folders
        .iter()
        .map(|folder| start(request, doors, folder.path(), Output::File))
        .collect::<Result<Vec<_>, _>>()?;
    let has_body = request.method != "HEAD";
    children.into_iter().zip(&folders).map(|(child, folder)| finish(child, folder, has_body)).collect()
}

/// A request whose answer has begun.
pub struct Begun {
    child: Child,
    folder: Folder,
    body: Vec<u8>,
}

impl Begun {
    /// Sends the request and waits until that part of the body has come.
    pub fn ask(request: &Request, doors: &Doors, part: &str) -> Result<Self, Failure> {
        let folder = Folder::make()?;
        let child = start(request, doors, folder.path(), Output::Pipe)?;
        let mut begun = Self { child, folder, body: Vec::new() };
        while !String::from_utf8_lossy(&begun.body).contains(part) {
            if !begun.read()? {
                let said = String::from_utf8_lossy(&begun.body).into_owned();
                return Err(Failure(format!("the answer ended without {part:?}: {said:?}")));
            }
        }
        Ok(begun)
    }

    /// The whole answer.
    pub fn finish(mut self) -> Result<Answer, Failure> {
        while self.read()? {}
        let Self { child, folder, body } = self;
        let output = child.wait_with_output().map_err(|error| Failure::of("curl", &error))?;
        answer_of(&output, &folder, body)
    }

    /// Reads what comes next; whether something did.
    fn read(&mut self) -> Result<bool, Failure> {
        let mut buffer = [0; 8192];
        let Some(output) = &mut self.child.stdout else { return Ok(false) };
        let length = output.read(&mut buffer).map_err(|error| Failure::of("curl", &error))?;
        self.body.extend_from_slice(&buffer[..length]);
        Ok(length > 0)
    }
}

/// Where curl writes the body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    File,
    Pipe,
}

fn start(request: &Request, doors: &Doors, folder: &Path, output: Output) -> Result<Child, Failure> {
    let door = if request.url.starts_with("https://") { doors.https } else { doors.http };
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--path-as-is", "--globoff", "--max-time", SECONDS_MAX]);
    curl.args(["--connect-to", &format!("::{}:{}", door.ip(), door.port())]);
    curl.arg("--cacert").arg(&doors.authority);
    curl.arg("--dump-header").arg(folder.join("head"));
    match output {
        Output::File => curl.arg("--output").arg(folder.join("body")),
        Output::Pipe => curl.arg("--no-buffer"),
    };
    if request.method == "HEAD" {
        curl.arg("--head");
    } else {
        curl.args(["--request", &request.method]);
    }
    if let Some(version) = &request.version {
        // `HTTP/1.1` is curl's --http1.1, `TLSv1.2` its --tlsv1.2.
        curl.arg(format!("--{}", version.to_ascii_lowercase().replace('/', "")));
        if let Some(number) = version.strip_prefix("TLSv") {
            curl.args(["--tls-max", number]);
        }
    }
    for (name, value) in &request.headers {
        if let Some(file) = value.as_ref().filter(|_| name == CLIENT_CERTIFICATE) {
            curl.args(["--cert", file]);
            continue;
        }
        let line = match value {
            Some(value) if value.is_empty() => format!("{name};"),
            Some(value) => format!("{name}: {value}"),
            None => format!("{name}:"),
        };
        curl.args(["--header", &line]);
    }
    if request.body.is_some() {
        curl.args(["--data-binary", "@-"]);
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            curl.args(["--header", "Content-Type:"]);
        }
    }
    let stdout = if output == Output::Pipe { Stdio::piped() } else { Stdio::null() };
    curl.arg(&request.url).stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
    let mut child = curl.spawn().map_err(|error| Failure::of("curl (apt-get install curl)", &error))?;
    if let (Some(mut stdin), Some(body)) = (child.stdin.take(), &request.body) {
        // A server may answer before it has read everything; what curl then says decides.
        let _ = stdin.write_all(body.as_bytes());
    }
    Ok(child)
}

fn finish(child: Child, folder: &Folder, has_body: bool) -> Result<Answer, Failure> {
    let output = child.wait_with_output().map_err(|error| Failure::of("curl", &error))?;
    // For HEAD curl writes the head into the file of the body.
    let body = if has_body { folder.read("body").unwrap_or_default() } else { Vec::new() };
    answer_of(&output, folder, body)
}

fn answer_of(output: &std::process::Output, folder: &Folder, mut body: Vec<u8>) -> Result<Answer, Failure> {
    let head = folder.read("head").unwrap_or_default();
    if !output.status.success() && head.is_empty() {
        return Err(Failure(format!("no answer: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    if output.status.code().is_some_and(|code| BROKEN.contains(&code)) {
        body.extend_from_slice(b"(breaks off)");
    }
    Answer::of(&String::from_utf8_lossy(&head), body)
}

/// `Client-Certificate: FILE` is no header: the viewer shows the certificate of that file of the project, which has its key,
/// too.
pub const CLIENT_CERTIFICATE: &str = "Client-Certificate";

/// What curl ends with where an answer ends before its end: of HTTP/1.1, by a connection that is reset, and of HTTP/2.
const BROKEN: [i32; 3] = [18, 56, 92];
/// A request that takes longer has hung.
const SECONDS_MAX: &str = "60";
