//! The engine of CloudFront Functions: runs the code of a function in a world that has what the runtime has, within its
//! limits of time and memory. What the code may be, what it gets and what its result means is in
//! `frontgate-cloudfront-functions-rules`.
//!
//! A [`Function`] may be shared by threads; an [`Engine`] belongs to one thread and keeps a warm world per function.

#![forbid(unsafe_code)]

mod compute;
mod engine;
mod function;
mod hash;
mod messages;
mod text;
mod world;

#[cfg(test)]
mod tests;

pub use compute::{COMPUTE_FULL_MICROSECONDS, COMPUTE_MICROSECONDS_MAX};
pub use engine::{CallError, EdgeLocation, Engine, Moment, Outcome};
pub use function::{CompileError, Function};
