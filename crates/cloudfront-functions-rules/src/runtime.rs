//! The two runtimes of CloudFront Functions, by the names that `FunctionConfig.Runtime` has for them.

/// A runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// `cloudfront-js-1.0`
    JavaScript10,
    /// `cloudfront-js-2.0`
    JavaScript20,
}

impl Runtime {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::JavaScript10, Self::JavaScript20];

    /// The runtime of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|runtime| runtime.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JavaScript10 => "cloudfront-js-1.0",
            Self::JavaScript20 => "cloudfront-js-2.0",
        }
    }
}
