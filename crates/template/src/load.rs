//! Is this text a template at all, and in which notation?

use crate::limits::TEMPLATE_BYTES_MAX;
use crate::{Diagnostic, Diagnostics, SourceFile, Span, Template, Value, json, yaml};

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
    let document =
        if text.trim_start().starts_with('{') { json::read(&source)? } else { yaml::read(&source)? };
    if !matches!(document.value, Value::Map(_)) {
        let message = "Template format error: unsupported structure.";
        let start = Span::new(document.span.start, document.span.start + 1);
        return Err(Diagnostic::error("not-a-template", message)
            .at(start, format!("a {} where the template's map should be", document.value.kind()))
            .cure("a template is a map with at least `Resources:`")
            .into());
    }
    Ok(Template { document, source })
}
