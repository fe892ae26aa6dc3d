//! One process of a function: how it is started, how much memory it has, and how it and all that it started ends.

use std::ffi::{OsStr, OsString};
use std::io::PipeWriter;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::apart::Bounds;
use crate::descendants;
use crate::limits::PROCESSES_MAX;
use crate::watchdog::Watchdog;

/// A running process of its own process group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: u32,
    /// A variable that what it started has as well.
    mark: String,
    watchdog: Watchdog,
    ended: Option<ExitStatus>,
}

/// The memory of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// What is its own: the program's files, which other processes share, do not count.
    pub(crate) own_mb: u64,
    /// The most that it ever had resident.
    pub(crate) resident_max_mb: u64,
    /// How many processes and threads.
    pub(crate) processes: usize,
}

/// How a process is started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<&'a OsStr>,
    /// Where it is started.
    pub(crate) folder: &'a Path,
    pub(crate) variables: &'a [(String, OsString)],
    /// One of its variables, which what it starts has as well and no other process.
    pub(crate) mark: String,
    /// What keeps it apart, and how far.
    pub(crate) launcher: Option<(&'a Path, &'a Bounds)>,
    /// Where what it prints goes, to either stream, in the order of printing.
    pub(crate) output: &'a PipeWriter,
}

/// Waits until a process has ended that may not have been started yet.
pub(crate) async fn wait_for(process: &mut Option<Process>) -> Option<ExitStatus> {
    match process {
        Some(process) => process.wait().await,
        None => std::future::pending().await,
    }
}

impl Process {
    /// Starts the process.
    pub(crate) fn start(start: Start<'_>, watchdog: &Watchdog) -> std::io::Result<Self> {
        let Start { program, arguments, folder, variables, mark, launcher, output } = start;
        let mut command = match launcher {
            Some((launcher, bounds)) => {
                let mut command = Command::new(launcher);
                command.args(bounds.arguments()).arg(program);
                command
            }
            None => Command::new(program),
        };
        let child = command
            .args(arguments)
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|problem| explained(&problem, program))?;
        let group = child.id().ok_or_else(|| std::io::Error::other("the process ended at once"))?;
        watchdog.add(group);
        Ok(Self { child, group, mark, watchdog: watchdog.clone(), ended: None })
    }

    /// Waits until the process has ended, and ends what it started.
    pub(crate) async fn wait(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            // An error of waiting means that somebody else reaped the process: it has ended, we know not how.
            self.ended = self.child.wait().await.ok();
            self.kill_group();
        }
        self.ended
    }

    /// Kills the process and all that it started, and waits until it is gone or `time_max` is over.
    pub(crate) async fn kill(&mut self, time_max: Duration) {
        self.kill_group();
        self.watchdog.marks.kill(&self.mark, |process| self.watchdog.has(process)).await;
        let _ = tokio::time::timeout(time_max, self.wait()).await;
    }

    /// Asks the process to end, and gives it the time for that.
    pub(crate) async fn terminate(&mut self, time_max: Duration) {
        if let Some(process) =
            self.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?))
        {
            // It may have ended just now.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
            let _ = tokio::time::timeout(time_max, self.wait()).await;
        }
    }

    /// How much memory it and all that it started have; `None` where the system has no `/proc`.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let mut sum = memory_of(&std::fs::read_to_string(format!("/proc/{}/status", self.group)).ok()?);
        for process in descendants::of(self.group, PROCESSES_MAX) {
            // One that has ended meanwhile has none.
            let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { continue };
            let memory = memory_of(&status);
            sum.own_mb += memory.own_mb;
            sum.resident_max_mb += memory.resident_max_mb;
            sum.processes += memory.processes;
        }
        Some(sum)
    }

    fn kill_group(&self) {
        let group = i32::try_from(self.group).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // No such group: all of it has ended already.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.kill_group();
        }
        self.watchdog.remove(self.group);
    }
}

fn explained(problem: &std::io::Error, program: &Path) -> std::io::Error {
    std::io::Error::new(problem.kind(), format!("{} cannot be started: {problem}", program.display()))
}

fn memory_of(status: &str) -> Memory {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kb = line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        kb.unwrap_or_default().div_ceil(1024)
    };
    let threads = status.lines().find_map(|line| line.strip_prefix("Threads:")?.trim().parse().ok());
    Memory {
        own_mb: field("RssAnon"),
        resident_max_mb: field("VmHWM"),
        processes: threads.unwrap_or_default(),
    }
}

impl std::iter::Sum for Memory {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, memory| Self {
            own_mb: sum.own_mb + memory.own_mb,
            resident_max_mb: sum.resident_max_mb + memory.resident_max_mb,
            processes: sum.processes + memory.processes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_systems_page() {
        let status =
            "Name:\tnode\nVmHWM:\t   50000 kB\nVmRSS:\t 40000 kB\nRssAnon:\t   20480 kB\nThreads:\t7\n";
        assert_eq!(memory_of(status), Memory { own_mb: 20, resident_max_mb: 49, processes: 7 });
        assert_eq!(memory_of("rubbish"), Memory::default());
    }
}
