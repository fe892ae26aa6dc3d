//! `counts.toml`: what a request takes, kept beside the code that makes it so.

use std::path::Path;

use crate::Failure;

/// Instructions of a request, and which compiler made them.
#[derive(Debug)]
pub struct Counts {
    /// Such as `rustc 1.95.0`: another one makes other instructions.
    pub rustc: String,
    /// By kind.
    pub instructions: Vec<(String, u64)>,
}

impl Counts {
    /// Reads the file of the repository.
    pub fn read(repository: &Path) -> Result<Self, Failure> {
        let text =
            std::fs::read_to_string(repository.join(PATH)).map_err(|error| Failure::of(PATH, &error))?;
        Self::parse(&text)
            .ok_or_else(|| Failure(format!("{PATH} cannot be read: cargo xtask count --update")))
    }

    /// Writes it.
    pub fn write(&self, repository: &Path) -> Result<(), Failure> {
        std::fs::write(repository.join(PATH), self.text()).map_err(|error| Failure::of(PATH, &error))
    }

    /// Those of a kind.
    pub fn of(&self, kind: &str) -> Option<u64> {
        self.instructions.iter().find(|(known, _)| known == kind).map(|(_, instructions)| *instructions)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut counts = Self { rustc: String::new(), instructions: Vec::new() };
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '['])) {
            let (name, value) = line.split_once('=')?;
            match (name.trim(), value.trim()) {
                ("rustc", value) => value.trim_matches('"').clone_into(&mut counts.rustc),
                (kind, value) => {
                    counts.instructions.push((kind.to_owned(), value.replace('_', "").parse().ok()?))
                }
            }
        }
        Some(counts)
    }

    fn text(&self) -> String {
        let rows: String =
            self.instructions.iter().map(|(kind, count)| format!("{kind} = {count}\n")).collect();
        format!("{HEADER}rustc = \"{}\"\n\n[instructions]\n{rows}", self.rustc)
    }
}

const PATH: &str = "counts.toml";
const HEADER: &str = "\
# Instructions that a worker executes for one request of 1 KiB over HTTP/1.1, the whole line with all facts and records.
# `cargo xtask test` fails where one takes noticeably more; `cargo xtask count --update` writes this file.
";

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn what_is_written_is_read() {
        let counts = Counts {
            rustc: "rustc 1.95.0".into(),
            instructions: vec![("hit".into(), 19_000), ("miss".into(), 7)],
        };
        let read = Counts::parse(&counts.text()).expect("it is well written");
        assert_eq!((read.rustc, read.instructions), (counts.rustc, counts.instructions));
        assert!(Counts::parse("hit = many").is_none() && Counts::parse("hit").is_none());
    }
}
