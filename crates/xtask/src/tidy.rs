//! `cargo xtask tidy`: the rules of the house that no compiler checks. Each rule is one function that gives findings.

mod documents;
mod facts;
mod layers;
mod list;
mod sources;
mod stories;
mod tables;

use std::path::{Path, PathBuf};

use crate::Failure;

/// A file of the repository, read once.
pub struct SourceFile {
    /// The path from the repository's folder, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The text up to the tests inside the file.
    pub fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(&self.text)
    }
}

/// Checks everything and names all findings.
pub fn run(repository: &Path) -> Result<(), Failure> {
    let findings = findings(repository)?;
    if findings.is_empty() {
        println!("tidy: nothing to mend");
        return Ok(());
    }
    let count = findings.len();
    Err(Failure(format!("{}\n\ntidy: {count} things to mend", findings.join("\n"))))
}

fn findings(repository: &Path) -> Result<Vec<String>, Failure> {
    let files = files(repository)?;
    let layers = list::List::read(&files, "layers.toml")?;
    let parity = list::List::read(&files, "parity.toml")?;
    let mut findings = layers::check(repository, &layers)?;
    findings.extend(sources::check(&files, &layers));
    findings.extend(tables::check(&files));
    findings.extend(facts::check(&files));
    findings.extend(stories::check(&files));
    findings.extend(documents::check(&files, &parity));
    Ok(findings)
}

/// All text files that belong to the repository, whether committed yet or not.
fn files(repository: &Path) -> Result<Vec<SourceFile>, Failure> {
    let mut paths = Vec::new();
    walk(repository, Path::new(""), &mut paths).map_err(|error| Failure::of("the repository", &error))?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let bytes = std::fs::read(repository.join(&path))
            .map_err(|error| Failure::of(&path.display().to_string(), &error))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path: path.display().to_string(), text });
        }
    }
    Ok(files)
}

fn walk(repository: &Path, folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(repository.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if !FOLDERS_LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
                walk(repository, &path, paths)?;
            }
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// What cargo, git, Python and frontgate itself write.
const FOLDERS_LEFT_OUT: &[&str] = &[".frontgate", ".git", "__pycache__", "node_modules", "target"];

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        let findings = super::findings(crate::repository()).expect("the repository can be read");
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }
}
