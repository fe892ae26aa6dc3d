//! Reads what an access log says about one request.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::Failure;
use crate::answer::Answer;

/// The entry of the request with that id, each field as if it were a header of an answer; `None` while there is none.
///
/// `path` is a folder with the gzip files of standard logs, a file of JSON lines, or the execution log of a stage.
///
/// # Errors
/// When a file cannot be read or is no log.
pub fn entry(path: &Path, id: &str) -> Result<Option<Answer>, Failure> {
    let entries = match path.is_file() {
        true if is_execution_log(path)? => return execution(path, id),
        true => json_lines(path)?,
        false => standard_entries(path)?,
    };
    let is_meant = |fields: &Vec<(String, String)>| {
        fields.iter().any(|(name, value)| REQUEST_IDS.contains(&name.as_str()) && value == id)
    };
    let found = entries.into_iter().find(is_meant);
    Ok(found.map(answer))
}

fn answer(headers: Fields) -> Answer {
    Answer { version: String::new(), status: 0, headers, body: Vec::new() }
}

type Fields = Vec<(String, String)>;

fn json_lines(path: &Path) -> Result<Vec<Fields>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    let mut entries = Vec::new();
    // The last line may still be being written.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let value: Value = serde_json::from_str(line).map_err(|error| failed(&error))?;
        let fields = value.as_object().ok_or_else(|| failed(&"a line is no object"))?;
        let texts = fields.iter().map(|(name, value)| {
            (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        entries.push(texts.collect());
    }
    Ok(entries)
}

/// Whether the lines begin with the id of a request in parentheses.
fn is_execution_log(path: &Path) -> Result<bool, Failure> {
    let text = std::fs::read(path).map_err(|error| Failure::of(&path.display().to_string(), &error))?;
    Ok(text.first() == Some(&b'('))
}

/// What an execution log says of a request, once it is told to its end: each line as a field with what stands behind its first
/// colon.
fn execution(path: &Path, id: &str) -> Result<Option<Answer>, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::of(&path.display().to_string(), &error))?;
    let id = format!("({id}) ");
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let said: Vec<&str> = lines.filter_map(|line| line.strip_prefix(&id)).map(str::trim_end).collect();
    let is_whole = said.iter().any(|line| line.starts_with("Method completed with status"));
    let fields = said.iter().map(|line| match line.split_once(": ") {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (line.trim_end_matches(':').to_owned(), String::new()),
    });
    Ok(is_whole.then(|| answer(fields.collect())))
}

fn standard_entries(folder: &Path) -> Result<Vec<Fields>, Failure> {
    let mut entries = Vec::new();
    for file in gzip_files(folder)? {
        let failed = |error: std::io::Error| Failure::of(&file.display().to_string(), &error);
        let packed = std::fs::read(&file).map_err(failed)?;
        let mut text = String::new();
        MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut text).map_err(failed)?;
        entries.extend(entries_of(&text).map_err(|why| Failure(format!("{}: {why}", file.display())))?);
    }
    Ok(entries)
}

fn entries_of(text: &str) -> Result<Vec<Fields>, String> {
    let mut lines = text.lines();
    if lines.next() != Some("#Version: 1.0") {
        return Err("the first line is not #Version: 1.0".into());
    }
    let names = lines.next().and_then(|line| line.strip_prefix("#Fields: "));
    let names: Vec<&str> = names.ok_or("the second line does not name the fields")?.split(' ').collect();
    lines
        .map(|line| {
            let values: Vec<&str> = line.split('\t').collect();
            if values.len() != names.len() {
                return Err(format!("{} fields instead of {}: {line}", values.len(), names.len()));
            }
            Ok(names.iter().zip(values).map(|(name, value)| ((*name).into(), value.into())).collect())
        })
        .collect()
}

fn gzip_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // The first file makes the folder.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(Failure::of(&folder.display().to_string(), &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| Failure::of(&folder.display().to_string(), &error))?.path();
        if path.is_dir() {
            files.extend(gzip_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            files.push(path);
        }
    }
    Ok(files)
}

/// As CloudFront calls it, and as formats of API Gateway do.
const REQUEST_IDS: [&str; 2] = ["x-edge-request-id", "requestId"];

#[cfg(test)]
mod tests {
    use super::entries_of;

    #[test]
    fn fields_have_their_names() {
        let entries = entries_of("#Version: 1.0\n#Fields: a b(C)\n1\t2\n3\t-\n").expect("a log");
        assert_eq!(entries[1], [("a".to_owned(), "3".to_owned()), ("b(C)".to_owned(), "-".to_owned())]);
        for broken in ["", "#Version: 1.0\n", "#Version: 1.0\n#Fields: a b\n1\n"] {
            assert!(entries_of(broken).is_err(), "{broken:?}");
        }
    }
}
