//! What the documents promise: the changelog is open, the list of gaps is sorted and reasoned, the pages are there.

use super::SourceFile;
use super::list::List;

/// The findings of the documents.
pub fn check(files: &[SourceFile], parity: &List) -> Vec<String> {
    let mut findings = Vec::new();
    for path in PAGES {
        if !files.iter().any(|file| file.path == *path) {
            findings.push(format!("{path} is missing"));
        }
    }
    let changelog = files.iter().find(|file| file.path == "CHANGELOG.md");
    if !changelog.is_some_and(|file| file.text.lines().any(|line| line == "## Unreleased")) {
        findings.push("CHANGELOG.md has no section Unreleased".into());
    }
    findings.extend(gaps(parity));
    findings.extend(unargued(files));
    findings
        .extend(files.iter().filter(|file| file.path.ends_with(".md")).flat_map(|file| links(file, files)));
    findings
}

fn gaps(parity: &List) -> Vec<String> {
    let rows: Vec<_> = parity.section("gaps").collect();
    let mut findings = Vec::new();
    if rows.is_empty() {
        findings.push("parity.toml has no section gaps".to_owned());
    }
    for row in &rows {
        if row.texts.len() != 1 || row.texts[0].len() < REASON_LENGTH_MIN {
            findings.push(format!("parity.toml: {} has no reason", row.name));
        }
    }
    for pair in rows.windows(2).filter(|pair| pair[0].name >= pair[1].name) {
        findings.push(format!("parity.toml: {} is not sorted", pair[1].name));
    }
    findings
}

/// Dependencies, and crates of ours, that ARCHITECTURE.md does not name.
fn unargued(files: &[SourceFile]) -> Vec<String> {
    let text = |path: &str| files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
    let page = text("ARCHITECTURE.md");
    let words: Vec<&str> = page.split(|c: char| !c.is_alphanumeric() && !"-_".contains(c)).collect();
    let dependencies = text("Cargo.toml")
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.strip_prefix("frontgate-").unwrap_or(name));
    dependencies
        .filter(|name| !words.contains(name))
        .map(|name| format!("ARCHITECTURE.md does not say why {name} is there"))
        .collect()
}

/// Links to files that are not there.
fn links(file: &SourceFile, files: &[SourceFile]) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for part in file.text.split("](").skip(1) {
        let target = part.split([')', '#']).next().unwrap_or_default();
        if target.is_empty() || target.contains("://") || target.contains(char::is_whitespace) {
            continue;
        }
        let path = joined(folder, target);
        let there = |other: &SourceFile| other.path == path || other.path.starts_with(&format!("{path}/"));
        if !files.iter().any(there) {
            findings.push(format!("{}: the link to {target} leads nowhere", file.path));
        }
    }
    findings
}

fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

const PAGES: &[&str] =
    &["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "LIFE_OF_A_REQUEST.md", "README.md"];
const REASON_LENGTH_MIN: usize = 10;

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn links_are_relative_to_their_page() {
        let rows = [("", "a.md", "a.md"), ("stories", "../a.md", "a.md"), ("a/b", "./c/", "a/b/c")];
        for (folder, target, path) in rows {
            assert_eq!(joined(folder, target), path, "{folder} {target}");
        }
    }
}
