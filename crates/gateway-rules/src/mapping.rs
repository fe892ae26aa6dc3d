//! Mapping templates.
/// A template.
#[derive(Clone, Debug)]
pub struct Template {
    text: Box<str>,
}
impl Template {
    /// Compiles.
    pub fn compile(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.into() })
    }
    /// Substitutes.
    pub fn substitute(&self, _variables: &crate::context::Variables<'_>) -> String {
        self.text.to_string()
    }
}
