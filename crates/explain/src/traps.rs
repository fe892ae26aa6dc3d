//! The traps that people fall into for days: how to know one from the facts of a request, its cause and its cure.
//!
//! A trap is a row in one of the files of this folder. Adding one is adding a row; its story proves that the facts
//! really name it.

mod authorizers;
mod causes;
mod deployments;
mod domain_names;
mod function_urls;
mod hazards;
mod http_api;
mod iam;
mod lambda_api;
mod lambda_edge;
mod objects;
mod signed;
mod signs;
mod streaming;
mod suspects;
#[cfg(test)]
mod tests;
mod usage;
mod viewer_functions;

use crate::{Fact, FactKind, PlaceId, Trace};

pub use signs::Sign;

/// One trap.
#[derive(Clone, Copy, Debug)]
pub struct Trap {
    /// Its name everywhere, such as `host-forwarded-to-apigw`.
    pub id: &'static str,
    /// What the viewer sees, in one line.
    pub symptom: &'static str,
    /// What the facts of a request show when it fell into this trap, all of it.
    pub signs: &'static [Sign],
    /// Why it happens.
    pub cause: &'static str,
    /// What to change.
    pub fix: &'static str,
    /// The facts whose place is the line to change, the best first; the first one that is there and has a place counts.
    pub place_of: &'static [FactKind],
}

/// The traps that the facts of this request show, the surest first, with the fact that names the line to change.
pub fn traps_of(trace: &Trace) -> impl Iterator<Item = (&'static Trap, Option<Fact>)> {
    TRAPS
        .iter()
        .filter(|trap| trap.signs.iter().all(|sign| sign.shows(trace)))
        .map(|trap| (trap, trap.line_to_change(trace)))
}

/// Every trap that can be told from the facts of one request: first those whose facts are the very refusal, then what
/// may lie behind an error that the user's own code answered, then what the answer does not show.
pub const TRAPS: &[Trap] = &joined::<COUNT>([
    causes::ROWS,
    deployments::ROWS,
    domain_names::ROWS,
    function_urls::ROWS,
    streaming::ROWS,
    authorizers::ROWS,
    iam::ROWS,
    http_api::ROWS,
    objects::ROWS,
    signed::ROWS,
    usage::ROWS,
    viewer_functions::ROWS,
    lambda_api::ROWS,
    lambda_edge::ROWS,
    suspects::ROWS,
    hazards::ROWS,
]);

const COUNT: usize = causes::ROWS.len()
    + deployments::ROWS.len()
    + domain_names::ROWS.len()
    + function_urls::ROWS.len()
    + streaming::ROWS.len()
    + authorizers::ROWS.len()
    + iam::ROWS.len()
    + http_api::ROWS.len()
    + objects::ROWS.len()
    + signed::ROWS.len()
    + usage::ROWS.len()
    + viewer_functions::ROWS.len()
    + lambda_api::ROWS.len()
    + lambda_edge::ROWS.len()
    + suspects::ROWS.len()
    + hazards::ROWS.len();

impl Trap {
    fn line_to_change(&self, trace: &Trace) -> Option<Fact> {
        let noted = |kind: &FactKind| trace.first(*kind).filter(|fact| fact.place != PlaceId::NONE);
        self.place_of.iter().find_map(noted)
    }
}

/// The files of this folder that have rows.
const LISTS: usize = 16;

const fn joined<const LENGTH: usize>(lists: [&[Trap]; LISTS]) -> [Trap; LENGTH] {
    let mut all = [lists[0][0]; LENGTH];
    let (mut list, mut filled) = (0, 0);
    while list < lists.len() {
        let mut row = 0;
        while row < lists[list].len() {
            all[filled] = lists[list][row];
            filled += 1;
            row += 1;
        }
        list += 1;
    }
    all
}
