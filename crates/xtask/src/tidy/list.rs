//! Reads `layers.toml` and `parity.toml`: sections of `name = "text"` and `name = ["text", …]`, one to a line.

use super::SourceFile;
use crate::Failure;

/// The lines of a file, in order.
pub struct List {
    rows: Vec<Row>,
}

/// One line.
pub struct Row {
    /// The section that it stands in.
    pub section: String,
    /// What stands before the equals sign.
    pub name: String,
    /// The texts after it.
    pub texts: Vec<String>,
}

impl List {
    /// Reads the file.
    pub fn read(files: &[SourceFile], path: &str) -> Result<Self, Failure> {
        let file = files
            .iter()
            .find(|file| file.path == path)
            .ok_or_else(|| Failure(format!("{path} is missing")))?;
        Self::parse(&file.text).map_err(|why| Failure(format!("{path}:{why}")))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut section = String::new();
        let mut rows = Vec::new();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            let (name, value) =
                line.split_once('=').ok_or_else(|| format!("{}: no name = value", index + 1))?;
            let texts =
                texts(value.trim()).ok_or_else(|| format!("{}: not a text or a list of texts", index + 1))?;
            let name = name.trim().trim_matches('"').to_owned();
            rows.push(Row { section: section.clone(), name, texts });
        }
        Ok(Self { rows })
    }

    /// The lines of a section.
    pub fn section<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.section == name)
    }

    /// The line of that name in a section.
    pub fn find(&self, section: &str, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.section == section && row.name == name)
    }
}

fn texts(value: &str) -> Option<Vec<String>> {
    let inner = match value.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None => value,
    };
    let mut texts = Vec::new();
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let (text, after) = rest.strip_prefix('"')?.split_once('"')?;
        texts.push(text.to_owned());
        rest = after.trim().trim_start_matches(',').trim();
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::List;

    #[test]
    fn sections_have_texts_and_lists() {
        let list = List::parse("# why\n[one]\na = [\"x\", \"y\"]\n\"b/c\" = \"z\"\n[two]\nd = []\n")
            .expect("well written");
        assert_eq!(list.find("one", "a").map(|row| row.texts.len()), Some(2));
        assert_eq!(list.find("one", "b/c").map(|row| row.texts[0].as_str()), Some("z"));
        assert_eq!(list.section("two").count(), 1);
        assert!(List::parse("a = b").is_err());
        assert!(List::parse("a").is_err());
    }
}
