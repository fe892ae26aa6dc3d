//! What every source file keeps to: a doc, a length, purity where the layer demands it, no loose ends.

use super::SourceFile;
use super::list::List;

/// The findings of all files.
pub fn check(files: &[SourceFile], layers: &List) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        findings.extend(length(file, layers));
        // The tests of a module in a file of their own share its doc.
        if !file.text.starts_with("//!") && !file.path.ends_with("/tests.rs") {
            findings.push(format!(
                "{}: begins without a doc (//!) that says which question it answers",
                file.path
            ));
        }
        findings.extend(impure(file, layers));
        findings.extend(loose_ends(file, files));
    }
    for row in layers.section("long files") {
        if !files.iter().any(|file| file.path == row.name) {
            findings.push(format!("layers.toml: there is no file {}", row.name));
        }
    }
    findings.extend(files.iter().flat_map(private_words));
    findings
}

fn length(file: &SourceFile, layers: &List) -> Option<String> {
    let lines = file.text.lines().count();
    match layers.find("long files", &file.path) {
        Some(row) if row.texts.iter().all(String::is_empty) => {
            Some(format!("layers.toml: {} is long without a reason", file.path))
        }
        Some(_) if lines <= LINES_MAX => {
            Some(format!("layers.toml: {} has {lines} lines; remove it from the list", file.path))
        }
        None if lines > LINES_MAX => Some(format!(
            "{}: {lines} lines, more than {LINES_MAX}: look for the second concept, or give a reason in layers.toml",
            file.path
        )),
        _ => None,
    }
}

/// I/O, clocks, randomness and `async` in a crate that layers.toml calls pure.
fn impure(file: &SourceFile, layers: &List) -> Vec<String> {
    let Some(name) = file.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()) else {
        return Vec::new();
    };
    if layers.find("pure", name).is_none() || !file.path.contains("/src/") {
        return Vec::new();
    }
    let lines = file.without_tests().lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(|(index, line)| {
            let word = IMPURE.iter().find(|word| line.contains(**word))?;
            Some(format!("{}:{}: {word} in the pure crate {name}", file.path, index + 1))
        })
        .collect()
}

fn loose_ends(file: &SourceFile, files: &[SourceFile]) -> Vec<String> {
    if file.path == OWN_PATH {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let tests_begin = if is_tests(file) { 0 } else { file.without_tests().lines().count() };
    for (index, line) in file.text.lines().enumerate() {
        let at = format!("{}:{}", file.path, index + 1);
        if index >= tests_begin && SLEEPS.iter().any(|word| line.contains(word)) {
            findings.push(format!("{at}: a test does not wait for time to pass"));
        }
        if let Some(word) = LOOSE.iter().find(|word| line.contains(**word)) {
            findings.push(format!("{at}: {word}"));
        }
        if let Some((_, rest)) = line.split_once("TODO") {
            let story = rest.strip_prefix('(').and_then(|rest| rest.split(')').next()).unwrap_or_default();
            if !files.iter().any(|file| file.path == format!("stories/{story}.md")) {
                findings.push(format!("{at}: a TODO names a story: TODO(name-of-a-story)"));
            }
        }
    }
    findings
}

/// A file of nothing but tests.
fn is_tests(file: &SourceFile) -> bool {
    file.path.ends_with("/tests.rs") || file.path.contains("/tests/")
}

/// Paths of somebody's machine, and addresses of persons.
fn private_words(file: &SourceFile) -> Vec<String> {
    if file.path == OWN_PATH || file.path == "Cargo.lock" || file.path == "LICENSE" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let at = format!("{}:{}", file.path, index + 1);
        if let Some(path) = MACHINE_PATHS.iter().find(|path| line.contains(**path)) {
            findings.push(format!("{at}: {path} is a path of somebody's machine"));
        }
        if let Some(address) =
            line.split(|c: char| c.is_whitespace() || "\"'`<>()[]{},;:=/".contains(c)).find(is_address)
        {
            findings.push(format!("{at}: {address} is an address; use example.com"));
        }
    }
    findings
}

fn is_address(word: &&str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let plain =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c));
    let known = ["example.com", "example.org", "example.net"].iter().any(|own| host.ends_with(own));
    let country = host.rsplit_once('.').is_some_and(|(_, last)| last.len() > 1);
    plain(name) && plain(host) && country && !host.starts_with('.') && !known
}

/// Past this a file holds a second concept.
const LINES_MAX: usize = 600;
const OWN_PATH: &str = "crates/xtask/src/tidy/sources.rs";
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "SystemTime",
    "Instant::now",
    "async fn",
    "async move",
    "tokio::",
    "rand::",
];
const LOOSE: &[&str] = &["todo!(", "unimplemented!(", "#[ignore", "dbg!("];
const SLEEPS: &[&str] = &["thread::sleep("];
const MACHINE_PATHS: &[&str] = &["/root/", "/home/", "/work/", "/Users/"];

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_of_persons_are_found() {
        let rows = [
            ("ada@lovelace.uk", true),
            ("me@example.com", false),
            ("EACH@", false),
            ("@media", false),
            ("1.2@3", false),
            ("a@b.c", false),
        ];
        for (word, is) in rows {
            assert_eq!(is_address(&word), is, "{word}");
        }
    }
}
