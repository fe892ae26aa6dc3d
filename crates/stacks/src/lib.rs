//! CloudFormation's executor: from a template to resources, all of them or none.
//!
//! [`plan`] reads a template, makes every resource in dependency order and gives what was made, or everything that
//! is wrong with it at once. It does no I/O: the caller reads the file and publishes the result.

#![forbid(unsafe_code)]

mod deployments;
mod maker;
mod plan;
mod properties;
mod published;
mod resources;

pub use deployments::Deployments;
pub use plan::{Options, Planned, Refused, Stack, plan};
pub use published::{Published, VersionResource};
