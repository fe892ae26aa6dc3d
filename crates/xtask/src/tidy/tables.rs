//! Tables that call themselves sorted: a comment that begins with `// sorted` stands above the rows, `]` ends them.

use super::SourceFile;

/// The findings of all tables.
pub fn check(files: &[SourceFile]) -> Vec<String> {
    files.iter().filter(|file| file.is_rust() && file.path != OWN_PATH).flat_map(one_file).collect()
}

fn one_file(file: &SourceFile) -> Vec<String> {
    let mut findings = Vec::new();
    let mut before: Option<&str> = None;
    let mut inside = false;
    for (index, line) in file.text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("// sorted") {
            (inside, before) = (true, None);
        } else if inside && trimmed.starts_with(']') {
            inside = false;
        } else if inside && let Some(name) = first_text(trimmed) {
            if before.is_some_and(|before| before > name) {
                findings.push(format!("{}:{}: {name:?} is not sorted", file.path, index + 1));
            }
            before = Some(name);
        }
    }
    findings
}

/// The first text of a row that begins one: a line that opens with `(`, `{`, a word and `(`, or a text.
fn first_text(line: &str) -> Option<&str> {
    let opens =
        line.starts_with(['(', '"', '{']) || line.split_once('(').is_some_and(|(word, _)| is_word(word));
    if !opens {
        return None;
    }
    line.split('"').nth(1)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

const OWN_PATH: &str = "crates/xtask/src/tidy/tables.rs";

#[cfg(test)]
mod tests {
    use super::one_file;
    use crate::tidy::SourceFile;

    #[test]
    fn an_unsorted_row_is_found() {
        let rows = [
            ("// sorted\nconst A: &[&str] = &[\n    \"a\",\n    \"b\",\n];\n", 0),
            ("// sorted by name\n    (\"b\", 1),\n    (\"a\", 2),\n];\n", 1),
            ("    (\"b\", 1),\n    (\"a\", 2),\n];\n", 0),
            ("// sorted\n    row(\"b\", \"x\"),\n    row(\"a\", \"y\"),\n]", 1),
        ];
        for (text, count) in rows {
            let file = SourceFile { path: "x.rs".into(), text: text.into() };
            assert_eq!(one_file(&file).len(), count, "{text}");
        }
    }
}
