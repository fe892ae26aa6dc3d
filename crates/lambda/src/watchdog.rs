//! No orphans: a shell that outlives frontgate just long enough to end the processes that frontgate did not.
//!
//! Normally an execution environment ends its own process group. If frontgate itself is killed, nobody does; the
//! shell then reads the end of its input and kills the groups that are left. It costs one small process per engine
//! and works for a function in an endless loop as well, which would never notice a closed connection.

use std::collections::HashSet;
use std::io::Write as _;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::descendants::Marks;

/// Tells the shell which process groups there are.
#[derive(Clone, Debug)]
pub(crate) struct Watchdog {
    input: Arc<Mutex<ChildStdin>>,
    groups: Arc<Mutex<HashSet<u32>>>,
    /// What has left its group.
    pub(crate) marks: Marks,
}

/// Ends when the input does, that is when every [`Watchdog`] is dropped or frontgate is no more.
pub(crate) fn start() -> std::io::Result<(Watchdog, std::process::Child)> {
    use std::os::unix::process::CommandExt as _;
    let mut child = Command::new("/bin/sh")
        .args(["-c", SCRIPT, "frontgate-watchdog"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let input = child.stdin.take().ok_or_else(|| std::io::Error::other("the shell has no input"))?;
    Ok((
        Watchdog { input: Arc::new(Mutex::new(input)), groups: Arc::default(), marks: Marks::default() },
        child,
    ))
}

impl Watchdog {
    /// A group that is to be killed if frontgate is.
    pub(crate) fn add(&self, group: u32) {
        self.groups().insert(group);
        self.tell(&format!("+ {group}\n"));
    }

    /// A group that has ended.
    pub(crate) fn remove(&self, group: u32) {
        self.groups().remove(&group);
        self.tell(&format!("- {group}\n"));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.groups().len()
    }

    /// Whether that is one of them.
    pub(crate) fn has(&self, group: u32) -> bool {
        self.groups().contains(&group)
    }

    fn groups(&self) -> std::sync::MutexGuard<'_, HashSet<u32>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, line: &str) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        // Without the shell only the second line of defense is gone; functions run all the same.
        let _ = input.write_all(line.as_bytes());
    }
}

/// A variable for each group: with a thousand of them a list would be read through for each that ends.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r verb group; do
  case $verb in
    +) eval "group_$group=" ;;
    -) unset "group_$group" ;;
  esac
done
set | while IFS='=' read -r name value; do
  case $name in group_*) kill -s KILL -- "-${name#group_}" ;; esac
done
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> std::process::Child {
        use std::os::unix::process::CommandExt as _;
        Command::new("sleep").arg("600").process_group(0).spawn().expect("sleep runs")
    }

    #[test]
    fn groups_that_are_left_are_killed() {
        use std::os::unix::process::ExitStatusExt as _;
        let (watchdog, mut shell) = start().expect("a shell");
        let (mut left, mut removed, mut other) = (sleeper(), sleeper(), sleeper());
        for child in [&removed, &left, &other] {
            watchdog.add(child.id());
        }
        watchdog.remove(removed.id());
        drop(watchdog);
        assert_eq!(left.wait().expect("a child").signal(), Some(9));
        assert_eq!(other.wait().expect("a child").signal(), Some(9));
        shell.wait().expect("the shell ends");
        assert_eq!(removed.try_wait().expect("a child"), None, "a removed group lives on");
        removed.kill().expect("a child");
        removed.wait().expect("a child");
    }
}
