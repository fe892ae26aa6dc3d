//! Where a row of an AWS table was learnt. Every row has one (invariant I7).

/// The authority of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// AWS's documentation says so; the page.
    Documented(&'static str),
    /// Recorded from an answer of AWS; where it was seen.
    Recorded(&'static str),
    /// Not stated anywhere we found; what follows from the rest or what users expect, and why.
    Inferred(&'static str),
}

impl Source {
    /// Whether the row may be cited as AWS's behaviour.
    #[must_use]
    pub fn is_citable(self) -> bool {
        !matches!(self, Self::Inferred(_))
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Documented(page) => write!(f, "documented: {page}"),
            Self::Recorded(place) => write!(f, "recorded: {place}"),
            Self::Inferred(why) => write!(f, "inferred: {why}"),
        }
    }
}
