//! `cargo xtask fuzz`: looks, for some time, for inputs that break a property of `crates/properties`.
//!
//! cargo-fuzz (<https://rust-fuzz.github.io/book/cargo-fuzz.html>) builds and runs the targets of `fuzz/`. It begins with
//! the seeds of the repository; what it finds interesting on the way stays in `target/fuzz`.

use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::bench::servers;

/// `cargo xtask fuzz [--seconds N] [TARGET…]`
pub fn run(repository: &Path, words: &[&str]) -> Result<(), Failure> {
    let (seconds, targets) = read(words, &targets(repository)?)?;
    if !servers::is_there("cargo-fuzz") {
        return Err(Failure("cargo-fuzz is not there: cargo install cargo-fuzz".into()));
    }
    // The versions of the dependencies are those of the workspace; cargo adds what fuzzing needs.
    std::fs::copy(repository.join("Cargo.lock"), repository.join("fuzz/Cargo.lock"))
        .map_err(|error| Failure::of("fuzz/Cargo.lock", &error))?;
    let mut broken = Vec::new();
    for target in &targets {
        println!("{target}, for {seconds} seconds");
        if !fuzz(repository, target, seconds)? {
            broken.push(format!(
                "{target}: broken, or not built; what breaks it is in target/fuzz/artifacts/{target}. Mend it, and keep \
                 the input as fuzz/seeds/{target}/WHAT-IT-IS"
            ));
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure(broken.join("\n"))) }
}

/// Seconds and targets.
fn read(words: &[&str], all: &[String]) -> Result<(u32, Vec<String>), Failure> {
    let (mut seconds, mut targets) = (SECONDS, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "--seconds" {
            let number = words.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
            seconds = number.ok_or_else(|| Failure("--seconds takes a number".into()))?;
        } else if all.iter().any(|target| target == word) {
            targets.push((*word).to_owned());
        } else {
            return Err(Failure(format!("there is no target {word}; there are {}", all.join(", "))));
        }
    }
    Ok((seconds, if targets.is_empty() { all.to_vec() } else { targets }))
}

/// The names of all targets.
fn targets(repository: &Path) -> Result<Vec<String>, Failure> {
    let folder = repository.join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| Failure::of("fuzz/fuzz_targets", &error))?;
    let stem = |path: std::path::PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut targets: Vec<String> = entries.flatten().filter_map(|entry| stem(entry.path())).collect();
    targets.sort();
    Ok(targets)
}

/// Whether the property held all the time.
fn fuzz(repository: &Path, target: &str, seconds: u32) -> Result<bool, Failure> {
    let folder = repository.join("target/fuzz");
    let (corpus, artifacts) = (folder.join("corpus").join(target), folder.join("artifacts").join(target));
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::of(&folder.display().to_string(), &error))?;
    }
    let status = Command::new(env!("CARGO"))
        // Our code has no memory errors to find, so no sanitizer slows it down.
        .args(["fuzz", "run", "--sanitizer", "none", "--target-dir"])
        .arg(&folder)
        .arg(target)
        .arg(&corpus)
        .arg(repository.join("fuzz/seeds").join(target))
        .arg("--")
        .args([format!("-max_total_time={seconds}"), format!("-max_len={INPUT_BYTES_MAX}")])
        .args([format!("-timeout={INPUT_SECONDS_MAX}"), format!("-artifact_prefix={}/", artifacts.display())])
        .arg("-print_final_stats=1")
        // What cargo-fuzz asks of the compiler is not stable yet.
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(repository)
        .status()
        .map_err(|error| Failure::of("cargo fuzz", &error))?;
    Ok(status.success())
}

/// How long a target runs.
const SECONDS: u32 = 30;
/// How long an input may be.
const INPUT_BYTES_MAX: u32 = 8_192;
/// An input that takes longer breaks its property.
const INPUT_SECONDS_MAX: u32 = 10;

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn words_choose_targets_and_time() {
        let all = ["cookie".to_owned(), "range".to_owned()];
        let rows = [
            ("", Some((30, 2))),
            ("--seconds 5", Some((5, 2))),
            ("range --seconds 5", Some((5, 1))),
            ("--seconds", None),
            ("--seconds 0", None),
            ("cookies", None),
        ];
        for (line, expected) in rows {
            let words: Vec<&str> = line.split_whitespace().collect();
            let read = read(&words, &all).ok().map(|(seconds, targets)| (seconds, targets.len()));
            assert_eq!(read, expected, "{line}");
        }
    }
}
