//! The servers that are measured, each on one core with one worker; each ends when it is dropped.

pub mod frontgate;
mod haproxy;
mod nginx;
mod traffic_server;
mod varnish;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::load::helper;
use crate::Failure;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// This product.
    Frontgate,
    /// nginx.
    Nginx,
    /// HAProxy.
    Haproxy,
    /// Varnish.
    Varnish,
    /// Apache Traffic Server.
    TrafficServer,
    /// The bare epoll loop.
    Epoll,
}

impl Name {
    /// What `--peers` and the tables call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Frontgate => "frontgate",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Varnish => "varnish",
            Self::TrafficServer => "trafficserver",
            Self::Epoll => "epoll",
        }
    }

    /// The program, where it is another one's.
    pub fn program(self) -> Option<&'static str> {
        match self {
            Self::Frontgate | Self::Epoll => None,
            Self::Nginx => Some("nginx"),
            Self::Haproxy => Some("haproxy"),
            Self::Varnish => Some("varnishd"),
            Self::TrafficServer => Some("traffic_server"),
        }
    }

    /// In one sentence, what was done so that it shows its best.
    pub fn how(self) -> &'static str {
        match self {
            Self::Frontgate => frontgate::HOW,
            Self::Nginx => nginx::HOW,
            Self::Haproxy => haproxy::HOW,
            Self::Varnish => varnish::HOW,
            Self::TrafficServer => traffic_server::HOW,
            Self::Epoll => "one thread, answers that lie ready, nothing parsed: what the kernel alone takes",
        }
    }

    /// Such as `nginx/1.22.1`.
    pub fn version(self, setup: &Setup) -> Result<String, Failure> {
        let (program, option) = match self {
            Self::Frontgate => (setup.binary.clone(), "--version"),
            Self::Nginx => ("nginx".into(), "-v"),
            Self::Haproxy => ("haproxy".into(), "-v"),
            Self::Varnish => ("varnishd".into(), "-V"),
            Self::TrafficServer => ("traffic_server".into(), "-V"),
            Self::Epoll => return Ok("the physical limit".into()),
        };
        let output = Command::new(&program)
            .arg(option)
            .output()
            .map_err(|error| Failure::of(&program.display().to_string(), &error))?;
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let line = text.lines().find(|line| line.contains(|letter: char| letter.is_ascii_digit()));
        Ok(line.unwrap_or_default().trim().to_owned())
    }
}

/// All whom `--peers` may name.
pub const PEERS: &[Name] = &[Name::Nginx, Name::Haproxy, Name::Varnish, Name::TrafficServer, Name::Epoll];

/// What every server is given.
pub struct Setup {
    /// The binary of frontgate.
    pub binary: PathBuf,
    /// Folder of configurations; each server has its own within.
    pub folder: PathBuf,
    /// Folder in memory for caches that are files.
    pub memory: TemporaryFolder,
    /// The port of the origin.
    pub origin: u16,
    /// The certificate of the host, PEM; a key of P-256.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A server that listens.
pub struct Server {
    /// Who it is.
    pub name: Name,
    /// Where it speaks HTTP.
    pub http: SocketAddr,
    /// Where it speaks TLS, if it can.
    pub https: Option<SocketAddr>,
    child: Running,
}

impl Server {
    /// Starts it.
    pub fn start(name: Name, setup: &Setup) -> Result<Self, Failure> {
        let place = setup.folder.join(name.word());
        fresh(&place)?;
        match name {
            Name::Frontgate => frontgate::start(setup, &place),
            Name::Nginx => nginx::start(setup, &place),
            Name::Haproxy => haproxy::start(setup, &place),
            Name::Varnish => varnish::start(setup, &place),
            Name::TrafficServer => traffic_server::start(setup, &place),
            Name::Epoll => {
                let mut child = Running::start(
                    serving(helper()?).arg("bench-epoll").stdin(Stdio::piped()).stdout(Stdio::piped()),
                )?;
                let port = child.port()?;
                Ok(Self { name, http: loopback(port), https: None, child })
            }
        }
    }

    /// The process whose family does all the work.
    pub fn process(&self) -> u32 {
        self.child.0.id()
    }
}

/// A process that is ended when it is dropped.
pub struct Running(Child);

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        let program = format!("{command:?}");
        command.spawn().map(Self).map_err(|error| Failure::of(&program, &error))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Its first line.
    pub fn first_line(&mut self) -> Result<String, Failure> {
        let output = self.0.stdout.take().ok_or_else(|| Failure("no output".into()))?;
        let mut reader = BufReader::new(output);
        let mut line = String::new();
        // What it says of the system comes before it is ready.
        while line.is_empty() || line.starts_with(NOTICE) {
            line.clear();
            if reader.read_line(&mut line).map_err(|error| Failure::of("the first line", &error))? == 0 {
                break;
            }
        }
        // The rest is read away, so that the process never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        if line.is_empty() {
            return Err(Failure("the process ended before it was ready".into()));
        }
        Ok(line)
    }

    /// The port that is its first line.
    pub fn port(&mut self) -> Result<u16, Failure> {
        let line = self.first_line()?;
        line.trim().parse().map_err(|_| Failure(format!("{line:?} is no port")))
    }

    /// Waits until somebody listens there, or the process is gone.
    pub fn wait_until_it_listens(&mut self, address: SocketAddr) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS_MAX {
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(Failure(format!("it ended with {status} before it listened at {address}")));
            }
            std::thread::park_timeout(PAUSE);
        }
        Err(Failure(format!("nobody listens at {address}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            // What cannot be asked to end has ended already.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
        }
        for _ in 0..ATTEMPTS_MAX {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(PAUSE);
        }
        // It had its time.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the program is installed.
pub fn is_there(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).is_file())
    })
}

/// A folder that is removed when it is dropped.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes it, in memory.
    pub fn in_memory() -> Result<Self, Failure> {
        let path = PathBuf::from(format!("/dev/shm/frontgate-bench-{}", std::process::id()));
        fresh(&path)?;
        Ok(Self(path))
    }

    /// A fresh folder within.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.0.join(name);
        fresh(&path)?;
        Ok(path)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // It lies in memory; leaving it would only cost the machine some.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program on the core that serves.
fn serving(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", SERVING_CORE]).arg(program).stdin(Stdio::null());
    command
}

/// Starts a server of others, with its addresses, and waits until it listens.
fn start_at(
    name: Name,
    place: &Path,
    command: &mut Command,
    http: SocketAddr,
    https: Option<SocketAddr>,
) -> Result<Server, Failure> {
    let path = place.join(LOG);
    command.stdout(log(&path)?).stderr(log(&path)?);
    let mut child = Running::start(command)?;
    for address in [Some(http), https].into_iter().flatten() {
        child.wait_until_it_listens(address).map_err(|Failure(why)| {
            let said = std::fs::read_to_string(&path).unwrap_or_default();
            Failure(format!("{}: {why}\n{said}", name.word()))
        })?;
    }
    Ok(Server { name, http, https, child })
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// An address at which nobody listens.
pub fn free_address() -> Result<SocketAddr, Failure> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Failure::of("a free port", &error))
}

/// Makes the folder, empty.
pub fn fresh(folder: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::of(&folder.display().to_string(), &error);
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)
}

/// Where a server says what happens to it.
pub fn log(path: &Path) -> Result<std::fs::File, Failure> {
    std::fs::File::options()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|error| Failure::of(&path.display().to_string(), &error))
}

/// Writes a file of a configuration.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::of(&path.display().to_string(), &error))
}

/// The file of that in a server's folder.
const LOG: &str = "log.txt";
/// The core that serves; the other one asks.
const SERVING_CORE: &str = "0";
/// Ten seconds in all.
const ATTEMPTS_MAX: u32 = 200;
/// How a line begins that only tells of the system.
const NOTICE: &str = "{\"notice\":";
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
