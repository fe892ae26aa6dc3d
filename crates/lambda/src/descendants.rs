//! What a function's process has started, as the system's `/proc` tells it; elsewhere nothing is known.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

/// The processes that `process` has started, and those that they have, `max` at most.
pub(crate) fn of(process: u32, max: usize) -> Vec<u32> {
    let (mut found, mut next) = (Vec::new(), 0);
    let mut known = HashSet::from([process]);
    let mut current = process;
    loop {
        for child in children(current) {
            if found.len() <= max && known.insert(child) {
                found.push(child);
            }
        }
        let Some(following) = found.get(next) else { return found };
        current = *following;
        next += 1;
    }
}

/// The variables of processes that are to be ended, until somebody looks for them. A look goes through all processes
/// of the machine: functions that end at the same time share one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(Arc<Mutex<HashSet<Vec<u8>>>>);

impl Marks {
    /// Kills the processes that have this variable: those that left the process group of the function. What `is_leader`
    /// knows is not looked at, it has been ended with its group or lives on.
    pub(crate) async fn kill(&self, variable: &str, is_leader: impl Fn(u32) -> bool) {
        self.lock().insert(variable.as_bytes().to_owned());
        // Others that are about to end say so meanwhile.
        tokio::task::yield_now().await;
        let variables = std::mem::take(&mut *self.lock());
        if !variables.is_empty() {
            kill_marked(&variables, is_leader);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kill_marked(variables: &HashSet<Vec<u8>>, is_leader: impl Fn(u32) -> bool) {
    // One that starts another just before it is killed is followed by another look.
    for _ in 0..LOOKS_MAX {
        let marked: Vec<Pid> = processes()
            .filter(|process| !is_leader(process.as_raw_nonzero().get().unsigned_abs()))
            .filter(|process| is_marked(*process, variables))
            .collect();
        if marked.is_empty() {
            return;
        }
        for process in marked {
            // It has ended already.
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

fn children(process: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// A process that has ended and waits for its parent has no variables any more.
fn is_marked(process: Pid, variables: &HashSet<Vec<u8>>) -> bool {
    let path = format!("/proc/{}/environ", process.as_raw_nonzero());
    std::fs::read(path).is_ok_and(|text| text.split(|byte| *byte == 0).any(|one| variables.contains(one)))
}

const LOOKS_MAX: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn those_that_left_the_group_are_found() {
        use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
        let mut parent = std::process::Command::new("sh")
            .args(["-c", "sleep 600 & sleep 600 & wait"])
            .env("FRONTGATE_TEST_MARK", std::process::id().to_string())
            .process_group(0)
            .spawn()
            .expect("a shell");
        while of(parent.id(), 10).len() < 2 {
            std::thread::yield_now();
        }
        assert!(of(parent.id(), 1).len() <= 2);
        Marks::default().kill(&format!("FRONTGATE_TEST_MARK={}", std::process::id()), |_| false).await;
        assert_eq!(parent.wait().expect("a child").signal(), Some(9));
    }
}
