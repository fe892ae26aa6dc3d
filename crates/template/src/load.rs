//! Is this text a template at all, and in which notation?

use crate::limits::{PART_BYTES_MAX, TEMPLATE_BYTES_MAX};
use crate::{Diagnostic, Diagnostics, Map, Node, SourceFile, Span, Template, Value, json, yaml};

/// Reads the template `text`, YAML or JSON, of the file called `file_name`.
///
/// # Errors
/// Everything that keeps the text from being a document.
pub fn load(file_name: &str, text: &str) -> Result<Template, Diagnostics> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = SourceFile::new(file_name, text);
    if text.len() > TEMPLATE_BYTES_MAX {
        let message = format!(
            "Template may not exceed {TEMPLATE_BYTES_MAX} bytes in size. ({file_name} has {} bytes)",
            text.len()
        );
        return Err(Diagnostic::error("template-too-large", message)
            .cure("split the template; code and site content belong into folders")
            .into());
    }
    let (document, notices) =
        if text.trim_start().starts_with('{') { json::read(&source)? } else { yaml::read(&source)? };
    if !matches!(document.value, Value::Map(_)) {
        let message = "Template format error: unsupported structure.";
        let start = Span::new(document.span.start, document.span.start + 1);
        return Err(Diagnostic::error("not-a-template", message)
            .at(start, format!("a {} where the template's map should be", document.value.kind()))
            .cure("a template is a map with at least `Resources:`")
            .into());
    }
    Ok(Template { document, source, notices })
}

/// Reads the text of another file, YAML or JSON, into a document of `source`, which takes the file up: places in it are
/// found by their spans.
///
/// # Errors
/// Everything that keeps the text from being a document.
pub fn load_part(source: &mut SourceFile, file_name: &str, text: &str) -> Result<Node, Diagnostics> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = SourceFile::new(file_name, text);
    let number = source.include(file.clone());
    if text.len() > PART_BYTES_MAX {
        let message = format!("{file_name} has {} bytes, and may have {PART_BYTES_MAX}", text.len());
        return Err(Diagnostic::error("file-too-large", message).cure("split it").into());
    }
    let read = if text.trim_start().starts_with('{') { json::read(&file) } else { yaml::read(&file) };
    match read.and_then(|(node, notices)| if notices.is_empty() { Ok(node) } else { Err(notices) }) {
        Ok(mut node) => {
            number_spans(&mut node, number);
            Ok(node)
        }
        Err(Diagnostics(mut found)) => {
            found
                .iter_mut()
                .filter_map(|diagnostic| diagnostic.span.as_mut())
                .for_each(|span| span.file = number);
            Err(Diagnostics(found))
        }
    }
}

/// Says of all spans of a document which file they lie in.
fn number_spans(node: &mut Node, number: u16) {
    node.span.file = number;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| number_spans(item, number)),
        Value::Map(map) => {
            let mut numbered = Map::default();
            for mut entry in std::mem::take(map) {
                entry.key_span.file = number;
                number_spans(&mut entry.node, number);
                numbered.push(entry);
            }
            *map = numbered;
        }
        _ => {}
    }
}
