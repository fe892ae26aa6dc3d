//! Why an answer is what it is: facts noted while a request is served, the catalogue of all facts, and the traps.
//!
//! A fact is a `Copy` value of twelve bytes noted into a fixed array. Text is made only when somebody asks.

#![forbid(unsafe_code)]

mod fact;
mod kinds;
mod place;
mod trace;
mod traps;

pub use fact::Fact;
pub use kinds::{FactKind, Layer, Row};
pub use place::{Place, PlaceId, Places};
pub use trace::{FACTS_MAX, Trace};
pub use traps::{Sign, TRAPS, Trap, traps_of};
