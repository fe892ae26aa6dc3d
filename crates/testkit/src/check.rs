//! Compares what came with what the story says; every difference is one sentence.

use serde_json::Value;

use crate::answer::Answer;
use crate::folder::Folder;
use crate::story::{ExpectedAnswer, ExpectedBody, ExpectedHeader, TrapLine};

/// The differences of an answer.
pub fn answer(expected: &ExpectedAnswer, answer: &Answer, folder: &Folder) -> Vec<String> {
    let mut wrong = Vec::new();
    if expected.status != answer.status {
        wrong.push(format!("status {} instead of {}", answer.status, expected.status));
    }
    if let Some(version) = expected.version.as_ref().filter(|version| **version != answer.version) {
        wrong.push(format!("{} instead of {version}", answer.version));
    }
    wrong.extend(headers(&expected.headers, answer));
    if let Some(rule) = &expected.body {
        wrong.extend(body(rule, answer, folder));
    }
    wrong
}

/// The differences of headers, or of the fields of a log.
pub fn headers(expected: &[(String, ExpectedHeader)], answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, rule) in expected {
        let values: Vec<&str> = answer.values(name).collect();
        let holds = match rule {
            ExpectedHeader::Absent => values.is_empty(),
            ExpectedHeader::Contains(part) => values.iter().any(|value| value.contains(part.as_str())),
            ExpectedHeader::Is(text) => values.contains(&text.as_str()),
            ExpectedHeader::Present => !values.is_empty(),
        };
        if !holds {
            wrong.push(format!("header {name}: {rule:?}, but it is {values:?}"));
        }
    }
    wrong
}

fn body(rule: &ExpectedBody, answer: &Answer, folder: &Folder) -> Vec<String> {
    let text = String::from_utf8_lossy(&answer.body);
    match rule {
        ExpectedBody::Contains(parts) => parts
            .iter()
            .filter(|part| match part.strip_prefix('!') {
                Some(unwanted) => text.contains(unwanted),
                None => !text.contains(part.as_str()),
            })
            .map(|part| format!("the body does not fulfil ~ {part}"))
            .collect(),
        ExpectedBody::File(path) => match (folder.read(path), answer.decoded_body()) {
            (Ok(file), Ok(decoded)) if file == decoded => Vec::new(),
            (Ok(file), Ok(decoded)) => {
                vec![format!(
                    "the body ({} bytes decoded) is not {path} ({} bytes)",
                    decoded.len(),
                    file.len()
                )]
            }
            (Err(why), _) | (_, Err(why)) => vec![why.0],
        },
        ExpectedBody::Length(length) if answer.body.len() == *length => Vec::new(),
        ExpectedBody::Length(length) => {
            vec![format!("the body has {} bytes, not {length}", answer.body.len())]
        }
        ExpectedBody::Picture(width, height) => match png_size(&answer.body) {
            Some(size) if size == (*width, *height) => Vec::new(),
            Some((w, h)) => vec![format!("the picture is {w}x{h}, not {width}x{height}")],
            None => vec!["the body is no PNG picture".into()],
        },
        ExpectedBody::Text(wanted) if text.trim_end_matches('\n') == wanted.trim_end_matches('\n') => {
            Vec::new()
        }
        ExpectedBody::Text(wanted) => vec![format!("the body is not exactly\n{wanted}")],
    }
}

/// Width and height from the header of a PNG file.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let header = rest.get(4..)?.strip_prefix(b"IHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    Some((number(0)?, number(4)?))
}

/// The differences of the facts of an explanation.
pub fn facts(expected: &[String], explanation: &Value) -> Vec<String> {
    let slugs: Vec<&str> = list(&explanation["facts"]).filter_map(|fact| fact["slug"].as_str()).collect();
    expected
        .iter()
        .filter_map(|line| match line.strip_prefix('!') {
            Some(slug) => slugs.contains(&slug).then(|| format!("the fact {slug} is there")),
            None => (!slugs.contains(&line.as_str())).then(|| format!("no fact {line}, but {slugs:?}")),
        })
        .collect()
}

/// The differences of the traps of an explanation.
pub fn traps(expected: &[TrapLine], explanation: &Value, folder: &Folder) -> Vec<String> {
    expected.iter().filter_map(|trap| one_trap(trap, &explanation["traps"], folder)).collect()
}

fn one_trap(expected: &TrapLine, traps: &Value, folder: &Folder) -> Option<String> {
    let ids: Vec<&str> = list(traps).filter_map(|trap| trap["id"].as_str()).collect();
    let id = &expected.id;
    if id == "none" {
        return (!ids.is_empty()).then(|| format!("traps are named: {ids:?}"));
    }
    let Some(found) = list(traps).find(|trap| trap["id"] == id.as_str()) else {
        return (!expected.absent).then(|| format!("no trap {id}, but {ids:?}"));
    };
    if expected.absent {
        return Some(format!("the trap {id} is named"));
    }
    let (file, part) = expected.place.as_ref()?;
    let place = &found["place"];
    let (named, line) =
        (place["file"].as_str().unwrap_or_default(), place["line"].as_u64().unwrap_or_default());
    let content = folder.read(file).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let index = usize::try_from(line.saturating_sub(1)).unwrap_or_default();
    let text = content.lines().nth(index).unwrap_or_default();
    (line == 0 || !named.ends_with(file.as_str()) || !text.contains(part.as_str()))
        .then(|| format!("the trap {id} points to {named}:{line} {text:?}, not to {part:?}"))
}

/// The fragments that a text lacks, or with `!` has.
pub fn fragments(expected: &[String], text: &str) -> Vec<String> {
    expected
        .iter()
        .filter_map(|line| match line.strip_prefix('!') {
            Some(part) => text.contains(part).then(|| format!("{part:?} is said")),
            None => (!text.contains(line.as_str())).then(|| format!("{line:?} is not said")),
        })
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{facts, fragments, png_size};

    #[test]
    fn facts_are_there_or_not_there() {
        let explanation = json!({"facts": [{"slug": "edge.hit"}]});
        let rows = [("edge.hit", 0), ("!edge.miss", 0), ("edge.miss", 1), ("!edge.hit", 1)];
        for (line, wrong) in rows {
            assert_eq!(facts(&[line.to_owned()], &explanation).len(), wrong, "{line}");
        }
    }

    #[test]
    fn fragments_and_pictures() {
        assert!(fragments(&["a".into(), "!b".into()], "a c").is_empty());
        assert_eq!(fragments(&["b".into(), "!a".into()], "a c").len(), 2);
        assert_eq!(png_size(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x04"), Some((3, 4)));
        assert_eq!(png_size(b"GIF89a"), None);
    }
}
