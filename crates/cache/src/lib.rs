//! The memory of the edge: what is kept, for how long it is fresh, who fills what is missing, and what has to go.
//!
//! The crate knows bytes, seconds and rights, and no word of CloudFront. Reading takes no lock (a lock-free map holds
//! the index); filling, evicting and removing take one. Whoever may fill a key holds a [`FillPermit`]; whoever asks
//! for the same key meanwhile holds a [`Ticket`] and waits. Time is handed in as unix seconds.

#![forbid(unsafe_code)]

mod cache;
mod counters;
mod eviction;
mod flight;
mod labels;
mod limits;
mod room;

#[cfg(test)]
mod tests;

pub use cache::{Cache, Collapsing, Life, Lookup, PartKey, Stored};
pub use counters::Counts;
pub use flight::{FillPermit, Outcome, Ticket};
pub use limits::Limits;
pub use room::Room;
