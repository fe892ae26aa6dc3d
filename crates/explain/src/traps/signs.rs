//! What the facts of a request must show for a trap to be named.

use std::ops::RangeInclusive;

use crate::{FactKind, Layer, Trace};

/// One sign of a trap.
#[derive(Clone, Debug)]
pub enum Sign {
    /// The fact is there.
    Noted(FactKind),
    /// One of the facts is there.
    OneOf(&'static [FactKind]),
    /// None of the facts is there.
    NoneOf(&'static [FactKind]),
    /// The user's own code answered with such a status: a function or another HTTP server, not AWS itself. Only then may
    /// the status be owed to something that did not reach that code.
    OwnCodeAnswered(RangeInclusive<u32>),
}

impl Sign {
    /// Whether the facts of a request show it.
    pub(super) fn shows(&self, trace: &Trace) -> bool {
        let is_noted = |kind: &FactKind| trace.first(*kind).is_some();
        match self {
            Self::Noted(kind) => is_noted(kind),
            Self::OneOf(kinds) => kinds.iter().any(is_noted),
            Self::NoneOf(kinds) => !kinds.iter().any(is_noted),
            Self::OwnCodeAnswered(statuses) => {
                own_code_status(trace).is_some_and(|status| statuses.contains(&status))
            }
        }
    }
}

/// The status that a function or an HTTP server of the user's own answered with. What comes after it was refused belongs
/// to the page of a custom error response.
fn own_code_status(trace: &Trace) -> Option<u32> {
    let first_request = || trace.facts().iter().take_while(|fact| fact.kind != FactKind::ErrorPage);
    let answered = |kind: FactKind| first_request().find(|fact| fact.kind == kind).map(|fact| fact.value);
    let reached_aws = first_request().any(|fact| {
        fact.kind == FactKind::FunctionUrlAsked
            || matches!(fact.kind.layer(), Layer::Gateway | Layer::Objects)
    });
    if reached_aws {
        answered(FactKind::IntegrationAnswered).or_else(|| answered(FactKind::FunctionUrlAnswered))
    } else {
        answered(FactKind::OriginStatus)
    }
}
