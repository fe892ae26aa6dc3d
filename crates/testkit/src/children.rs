//! Which processes descend from a process, so that a story can tell that none of them is left.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A process that cannot be mistaken for a later one of the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// When it started, in the kernel's ticks.
    started: u64,
    /// Its name.
    pub name: String,
}

/// All living descendants of a process.
pub fn descendants(of: u32) -> Vec<Process> {
    let mut children: HashMap<u32, Vec<Process>> = HashMap::new();
    for id in process_ids() {
        if let Some((process, parent)) = read(id) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![of];
    while let Some(id) = waiting.pop() {
        for process in children.remove(&id).unwrap_or_default() {
            waiting.push(process.id);
            found.push(process);
        }
    }
    found
}

/// The processes that still run when the grace is over; returns as soon as none does.
pub fn left_after(processes: &[Process], grace: Duration) -> Vec<&Process> {
    let end = Instant::now() + grace;
    loop {
        let left: Vec<&Process> = processes.iter().filter(|process| is_alive(process)).collect();
        if left.is_empty() || Instant::now() >= end {
            return left;
        }
        std::thread::park_timeout(LOOK_AGAIN);
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Whether the process still runs.
fn is_alive(process: &Process) -> bool {
    read(process.id).is_some_and(|(now, _)| now == *process)
}

fn process_ids() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The process and its parent; nothing for one that has ended, a zombie included.
fn read(id: u32) -> Option<(Process, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (head, tail) = text.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = tail.split_whitespace().collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    let started = fields.get(STARTED)?.parse().ok()?;
    Some((Process { id, started, name }, fields.get(PARENT)?.parse().ok()?))
}

/// Fields after the name, counted from the state.
const PARENT: usize = 1;
const STARTED: usize = 19;

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    #[test]
    fn a_child_is_found_while_it_runs() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("cat is there");
        let found = super::descendants(std::process::id());
        let process = found.iter().find(|process| process.id == child.id()).expect("found").clone();
        assert!(super::is_alive(&process));
        drop(child.stdin.take());
        child.wait().expect("it ends");
        assert!(!super::is_alive(&process));
    }
}
