//! Which integration response is meant: `selectionPattern`, a regular expression over the whole text.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html>

use regex_lite::Regex;

/// A compiled selection pattern.
#[derive(Clone, Debug)]
pub struct SelectionPattern {
    text: Box<str>,
    whole: Regex,
}

impl SelectionPattern {
    /// Compiles the pattern; it must match the whole text, as Java's `matches` does.
    ///
    /// # Errors
    /// Why the pattern is no regular expression that we can run.
    pub fn compile(text: &str) -> Result<Self, String> {
        let whole = Regex::new(&format!("^(?:{text})$")).map_err(|error| error.to_string())?;
        Ok(Self { text: text.into(), whole })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::SelectionPattern;

    #[test]
    fn the_whole_text_must_match() {
        for (pattern, text, expected) in [
            ("200", "200", true),
            ("2\\d{2}", "204", true),
            ("2\\d{2}", "2040", false),
            ("4..|5..", "500", true),
            ("20", "200", false),
            (".*Bad.*", "a Bad one", true),
        ] {
            let compiled = SelectionPattern::compile(pattern).expect(pattern);
            assert_eq!(compiled.matches(text), expected, "{pattern} on {text}");
        }
        assert!(SelectionPattern::compile("(").is_err());
    }
}
