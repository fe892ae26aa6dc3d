//! Every trap has a story, every story names facts and traps that exist, and the list of stories is whole.

use std::collections::HashSet;

use frontgate_explain::{FactKind, TRAPS};

use super::SourceFile;

/// The findings of all stories.
pub fn check(files: &[SourceFile]) -> Vec<String> {
    let stories: Vec<&SourceFile> = files.iter().filter(|file| is_story(file)).collect();
    let mut findings = Vec::new();
    let mut proven: HashSet<&str> = HashSet::new();
    for story in &stories {
        for slug in lines_of(story, "facts").map(|line| line.trim_start_matches('!')) {
            if FactKind::from_slug(slug).is_none() {
                findings.push(format!("{}: there is no fact {slug}", story.path));
            }
        }
        for line in lines_of(story, "trap") {
            let id = line.trim_start_matches('!').split(' ').next().unwrap_or_default();
            if id != "none" && !TRAPS.iter().any(|trap| trap.id == id) {
                findings.push(format!("{}: there is no trap {id}", story.path));
            }
            if !line.starts_with('!') {
                proven.insert(id);
            }
        }
    }
    for trap in TRAPS.iter().filter(|trap| !proven.contains(trap.id)) {
        findings.push(format!("no story shows the trap {}", trap.id));
    }
    findings.extend(listed(files, &stories));
    findings
}

fn is_story(file: &SourceFile) -> bool {
    file.path.starts_with("stories/") && file.path.ends_with(".md") && file.path != LIST
}

/// The lines inside the blocks of that name.
fn lines_of<'a>(story: &'a SourceFile, block: &'a str) -> impl Iterator<Item = &'a str> {
    let mut inside = false;
    story.text.lines().filter(move |line| {
        if line.starts_with("```") {
            inside = line.trim_end() == format!("```{block}");
            return false;
        }
        inside && !line.is_empty()
    })
}

/// Each story is listed once with its own title, and nothing else is.
fn listed(files: &[SourceFile], stories: &[&SourceFile]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == LIST).map(|file| file.text.as_str()).unwrap_or_default();
    let mut findings = Vec::new();
    for story in stories {
        let title = story.text.lines().next().unwrap_or_default().trim_start_matches("# ");
        let name = story.path.trim_start_matches("stories/");
        let line = format!("- [{title}]({name})");
        if list.lines().filter(|own| *own == line).count() != 1 {
            findings.push(format!("{LIST}: this line has to be there once: {line}"));
        }
    }
    let count = list.lines().filter(|line| line.starts_with("- [")).count();
    if count != stories.len() {
        findings.push(format!("{LIST}: {count} lines for {} stories", stories.len()));
    }
    let links = list.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    for link in links.filter(|link| !stories.iter().any(|story| story.path == format!("stories/{link}"))) {
        findings.push(format!("{LIST}: there is no story {link}"));
    }
    findings
}

const LIST: &str = "stories/README.md";
