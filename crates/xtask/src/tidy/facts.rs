//! Every fact of the catalogue is a sentence, and some engine or rule notes it.

use std::collections::HashSet;

use frontgate_explain::FactKind;

use super::SourceFile;

/// The findings of the catalogue.
pub fn check(files: &[SourceFile]) -> Vec<String> {
    let noted: HashSet<&str> = files
        .iter()
        .filter(|file| file.is_rust() && !file.path.starts_with("crates/explain/"))
        .flat_map(|file| file.without_tests().split("::").skip(1).map(first_word))
        .collect();
    let mut findings = Vec::new();
    for kind in FactKind::ALL {
        let row = kind.row();
        if !row.sentence.ends_with(['.', ')']) || row.sentence.len() < SENTENCE_LENGTH_MIN {
            findings.push(format!("the fact {} is no sentence: {:?}", row.slug, row.sentence));
        }
        if !noted.contains(format!("{kind:?}").as_str()) {
            findings.push(format!("the fact {} ({kind:?}) is noted nowhere", row.slug));
        }
    }
    findings
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

const SENTENCE_LENGTH_MIN: usize = 10;
