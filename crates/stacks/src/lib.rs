//! CloudFormation's executor: from a template to resources, all of them or none.
//!
//! [`plan`] reads a template, makes every resource in dependency order and gives what was made, or everything that
//! is wrong with it at once. The caller reads the template and publishes the result; files that the template names are read here.

#![forbid(unsafe_code)]

mod deployments;
mod locations;
mod maker;
mod plan;
mod properties;
mod published;
mod resources;

pub use deployments::Deployments;
pub use plan::{Options, Planned, Refused, Stack, plan};
pub use published::{Published, VersionResource};
