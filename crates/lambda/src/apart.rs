//! How is a function's process kept apart from everything else?
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-security.html>
//!
//! The executable of frontgate is started in front of the function's program and becomes it: it limits itself first.
//! On Linux it takes `/tmp` and `/opt` for its own where the kernel lets it make a user namespace, and Landlock lets
//! it write to its temporary folder only, and read only its code, its layers and the runtime.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::limits::{FILES_OPEN_MAX, MEMORY_MAPPED_EXTRA_MB, PROCESS_FILE_MB_EXTRA};

/// What a process may do, handed to the launcher as its argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// What is `/tmp` to it.
    pub(crate) temporary: PathBuf,
    /// What is `/opt` to it.
    pub(crate) layers: Option<PathBuf>,
    /// What it may read and execute besides the system.
    pub(crate) readable: Vec<PathBuf>,
    pub(crate) storage_mb: u32,
    pub(crate) memory_mb: u32,
    /// Whether it takes `/tmp` and `/opt` for its own.
    pub(crate) has_own_mounts: bool,
}

/// Becomes the program of a function, kept apart, if the command line says so; otherwise returns. The first thing that
/// an executable does whose path is a [`crate::EngineOptions::launcher`], while it has one thread. What descriptors it was
/// started with, besides the three of every program, no program gets that it starts or becomes.
pub fn enter_if_told() {
    close_fds::set_fds_cloexec(FIRST_OTHER_DESCRIPTOR, &[]);
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(word) if word == ENTER => {}
        Some(word) if word == PROBE => {
            let is_possible = sys::own_mounts(&Bounds::default()).is_ok();
            std::process::exit(if is_possible { 0 } else { NO_MOUNTS });
        }
        _ => return,
    }
    let Err(problem) = enter(arguments);
    eprintln!("{problem}");
    std::process::exit(NOT_STARTED);
}

fn enter(mut arguments: impl Iterator<Item = OsString>) -> Result<Infallible, String> {
    let bounds = arguments.next().and_then(|text| Bounds::read(text.to_str()?));
    let bounds = bounds.ok_or("what the process may do is not said")?;
    let program = arguments.next().ok_or("no program is named")?;
    sys::limit(&bounds)?;
    if bounds.has_own_mounts {
        sys::own_mounts(&bounds)?;
    }
    sys::restrict(&bounds)?;
    let problem = Command::new(&program).args(arguments).exec();
    Err(format!("fork/exec {}: {problem}", Path::new(&program).display()))
}

impl Bounds {
    /// The arguments of the launcher before those of the program.
    pub(crate) fn arguments(&self) -> [OsString; 2] {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let text = json!({
            "temporary": path(&self.temporary),
            "layers": self.layers.as_ref().map(path),
            "readable": self.readable.iter().map(path).collect::<Vec<_>>(),
            "storage_mb": self.storage_mb,
            "memory_mb": self.memory_mb,
            "has_own_mounts": self.has_own_mounts,
        });
        [ENTER.into(), text.to_string().into()]
    }

    fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let number = |name: &str| u32::try_from(value.get(name)?.as_u64()?).ok();
        let readable = value.get("readable")?.as_array()?.iter();
        Some(Self {
            temporary: value.get("temporary")?.as_str()?.into(),
            layers: value.get("layers")?.as_str().map(PathBuf::from),
            readable: readable.map(|path| path.as_str().map(PathBuf::from)).collect::<Option<_>>()?,
            storage_mb: number("storage_mb")?,
            memory_mb: number("memory_mb")?,
            has_own_mounts: value.get("has_own_mounts")?.as_bool()?,
        })
    }
}

/// What this kernel does for keeping processes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// Landlock says what a function may read and write.
    pub has_landlock: bool,
    /// `/tmp` and `/opt` are the function's own.
    pub has_own_mounts: bool,
}

/// How functions are started.
#[derive(Clone, Debug)]
pub(crate) struct Launcher {
    pub(crate) path: PathBuf,
    pub(crate) isolation: Isolation,
}

/// Asks the kernel, through the launcher.
pub(crate) fn probe(launcher: &Path) -> Isolation {
    let mut command = Command::new(launcher);
    command.arg(PROBE).env_clear();
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let status = command.stderr(std::process::Stdio::null()).status();
    Isolation {
        has_landlock: sys::has_landlock(),
        has_own_mounts: status.is_ok_and(|status| status.success()),
    }
}

#[cfg(target_os = "linux")]
#[path = "apart_linux.rs"]
mod sys;

#[cfg(not(target_os = "linux"))]
mod sys {
    //! Elsewhere there are limits of the process only.

    use super::{Bounds, limit_resources};

    pub(super) fn limit(bounds: &Bounds) -> Result<(), String> {
        limit_resources(bounds)
    }

    pub(super) fn own_mounts(_bounds: &Bounds) -> Result<(), String> {
        Err("there are no namespaces on this system".to_owned())
    }

    #[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
    pub(super) fn restrict(_bounds: &Bounds) -> Result<(), String> {
        Ok(())
    }

    pub(super) fn has_landlock() -> bool {
        false
    }
}

/// The limits that every Unix has.
fn limit_resources(bounds: &Bounds) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let megabytes = |count: u32| u64::from(count) << 20;
    for (resource, wanted) in [
        (Resource::Core, 0),
        (Resource::Nofile, FILES_OPEN_MAX),
        (Resource::Fsize, megabytes(bounds.storage_mb + PROCESS_FILE_MB_EXTRA)),
        // A second line behind the measuring: what a process takes between two looks.
        (Resource::Data, megabytes(bounds.memory_mb * 2 + MEMORY_MAPPED_EXTRA_MB)),
    ] {
        let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX).min(wanted);
        let limit = Rlimit { current: Some(allowed), maximum: Some(allowed) };
        setrlimit(resource, limit).map_err(|problem| format!("{resource:?} cannot be limited: {problem}"))?;
    }
    Ok(())
}

const ENTER: &str = "--run-function-apart";
const PROBE: &str = "--probe-apart";
const NO_MOUNTS: i32 = 3;
/// The first descriptor behind input, output and errors.
const FIRST_OTHER_DESCRIPTOR: i32 = 3;
/// As a shell says it of a program that cannot be executed.
const NOT_STARTED: i32 = 126;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_they_are_written() {
        let bounds = Bounds {
            temporary: "/state/tmp".into(),
            layers: Some("/state/layers".into()),
            readable: vec!["/code".into(), "/a \"b\"".into()],
            storage_mb: 512,
            memory_mb: 128,
            has_own_mounts: true,
        };
        let [_, text] = bounds.arguments();
        assert_eq!(Bounds::read(text.to_str().expect("a text")), Some(bounds));
        assert_eq!(Bounds::read("{}"), None);
    }
}
