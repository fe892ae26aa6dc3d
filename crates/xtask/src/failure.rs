//! Why a task failed.

/// One sentence or more for the developer.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// A failure of an operation of the system on something that has a name.
    pub fn of(what: &str, error: &dyn std::fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
