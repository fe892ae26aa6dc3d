//! Can this machine execute the `bootstrap` of a function with an OS-only runtime?
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html>
//!
//! AWS only finds out when the function is invoked (`Runtime.InvalidEntrypoint`); here it is an error of the
//! deployment, since the file is at hand.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The file that is started: that of the code, else that of the layers.
pub(crate) fn find(task_root: &Path, layers: Option<&Path>) -> Option<PathBuf> {
    let folders = std::iter::once(task_root).chain(layers);
    folders.map(|folder| folder.join("bootstrap")).find(|path| path.is_file())
}

/// Why the file cannot be executed, if it cannot.
pub(crate) fn problem(path: &Path) -> Option<String> {
    let mut head = [0; HEAD_BYTES];
    let read = std::fs::File::open(path).and_then(|file| {
        let mode = file.metadata()?.permissions().mode();
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        file.take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
        head[..bytes.len()].copy_from_slice(&bytes);
        Ok(mode)
    });
    match read {
        Err(problem) => Some(problem.to_string()),
        Ok(mode) if mode & 0o111 == 0 => {
            Some("permission denied: the file is not executable; run `chmod +x` on it".to_owned())
        }
        Ok(_) => format_problem(&head, std::env::consts::ARCH),
    }
}

fn format_problem(head: &[u8; HEAD_BYTES], machine: &str) -> Option<String> {
    if head.starts_with(b"#!") || MACH_O.iter().any(|magic| head.starts_with(magic)) {
        return None;
    }
    if !head.starts_with(b"\x7fELF") {
        return Some(
            "exec format error: it is neither a program nor a script that begins with #!".to_owned(),
        );
    }
    let number = u16::from_le_bytes([head[18], head[19]]);
    let built_for = ELF_MACHINES.iter().find(|row| row.0 == number).map(|row| row.1)?;
    (built_for != machine).then(|| {
        format!(
            "exec format error: it is built for {built_for}, and this machine is {machine}; build it for that"
        )
    })
}

const HEAD_BYTES: usize = 20;
/// `e_machine` of ELF files that AWS runs, and Rust's names of the machines.
const ELF_MACHINES: &[(u16, &str)] = &[(62, "x86_64"), (183, "aarch64")];
/// Programs of macOS, of one machine and of several.
const MACH_O: &[&[u8]] = &[b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let check = |start: &[u8], machine: u8, here: &str| {
            let mut head = [0; HEAD_BYTES];
            head[..start.len()].copy_from_slice(start);
            head[18] = machine;
            format_problem(&head, here)
        };
        assert_eq!(check(b"#!/bin/sh\n", 0, "x86_64"), None);
        assert_eq!(check(b"\x7fELF", 62, "x86_64"), None);
        assert_eq!(check(b"\x7fELF", 183, "aarch64"), None);
        let other = check(b"\x7fELF", 183, "x86_64").expect("a problem");
        assert!(other.contains("built for aarch64, and this machine is x86_64"), "{other}");
        assert!(check(b"echo", 0, "x86_64").is_some_and(|text| text.starts_with("exec format error")));
    }
}
