//! What is wrong in a definition, or not implemented yet: where, what, and what to do.

/// One thing found while an API is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether AWS would refuse it, or we do not do it yet.
    pub kind: FindingKind,
    /// The JSON pointer of the place in the document, such as `/paths/~1api~1submit/post`.
    pub pointer: String,
    /// What was found, with the offending text.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

/// Whose fault a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// AWS refuses it.
    Invalid,
    /// AWS does it, we do not yet.
    Unsupported,
    /// The same, and it protects something that would be open without it: it can never be left out silently.
    UnsupportedGuard,
    /// AWS warns of it, and goes on without it.
    Warning,
}

impl Finding {
    /// Something that AWS refuses.
    #[must_use]
    pub fn invalid(pointer: &str, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { kind: FindingKind::Invalid, pointer: pointer.to_owned(), what: what.into(), cure: cure.into() }
    }

    /// Something that AWS warns of.
    #[must_use]
    pub fn warning(pointer: &str, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { kind: FindingKind::Warning, ..Self::unsupported(pointer, what, cure) }
    }

    /// Something that protects and is not implemented yet.
    #[must_use]
    pub fn unsupported_guard(pointer: &str, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { kind: FindingKind::UnsupportedGuard, ..Self::unsupported(pointer, what, cure) }
    }

    /// Something that is not implemented yet.
    #[must_use]
    pub fn unsupported(pointer: &str, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            kind: FindingKind::Unsupported,
            pointer: pointer.to_owned(),
            what: what.into(),
            cure: cure.into(),
        }
    }
}
