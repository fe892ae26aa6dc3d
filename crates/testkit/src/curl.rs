//! Sends the requests of a story with the real `curl`, to the ports of this run whatever host the URL names.

use std::io::Write;
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
    let children =
        folders.iter().map(|folder| start(request, doors, folder.path())).collect::<Result<Vec<_>, _>>()?;
    let has_body = request.method != "HEAD";
    children.into_iter().zip(&folders).map(|(child, folder)| finish(child, folder, has_body)).collect()
}

fn start(request: &Request, doors: &Doors, folder: &Path) -> Result<Child, Failure> {
    let door = if request.url.starts_with("https://") { doors.https } else { doors.http };
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--path-as-is", "--globoff", "--max-time", SECONDS_MAX]);
    curl.args(["--connect-to", &format!("::{}:{}", door.ip(), door.port())]);
    curl.arg("--cacert").arg(&doors.authority);
    curl.arg("--dump-header").arg(folder.join("head")).arg("--output").arg(folder.join("body"));
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
    curl.arg(&request.url).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = curl.spawn().map_err(|error| Failure::of("curl (apt-get install curl)", &error))?;
    if let (Some(mut stdin), Some(body)) = (child.stdin.take(), &request.body) {
        // A server may answer before it has read everything; what curl then says decides.
        let _ = stdin.write_all(body.as_bytes());
    }
    Ok(child)
}

fn finish(child: Child, folder: &Folder, has_body: bool) -> Result<Answer, Failure> {
    let output = child.wait_with_output().map_err(|error| Failure::of("curl", &error))?;
    let head = folder.read("head").unwrap_or_default();
    if !output.status.success() && head.is_empty() {
        return Err(Failure(format!("no answer: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    // For HEAD curl writes the head into the file of the body.
    let body = if has_body { folder.read("body").unwrap_or_default() } else { Vec::new() };
    Answer::of(&String::from_utf8_lossy(&head), body)
}

/// A request that takes longer has hung.
const SECONDS_MAX: &str = "60";
