//! IAM's policy documents and their evaluation: who may do what on which resource, under which conditions.
//!
//! The authority is the IAM user guide, *Policy evaluation logic* and *IAM JSON policy elements reference*. Bucket
//! policies, Lambda permissions and resource policies of APIs are all read and decided here.

#![forbid(unsafe_code)]

mod address;
mod caller_keys;
mod condition;
mod date;
mod evaluate;
mod identity;
mod lambda_permission;
mod managed;
mod operator;
mod parse;
mod pattern;
mod policy;
mod principal;
mod public;
mod refusal;
mod request;
mod session;

pub use evaluate::{Decision, Mismatch, MismatchReason, Outcome, evaluate, evaluate_all, explain_mismatch};
pub use identity::{
    AccessKey, AttachedPolicy, Basis, Identities, Identity, IdentityKind, Judgement, judge, principal,
};
pub use lambda_permission::LambdaPermission;
pub use managed::managed_policy;
pub use parse::{PolicyError, PolicyKind};
pub use policy::{Effect, Policy, Statement};
pub use request::{Principal, Request};
pub use session::{
    DURATION_SECONDS, DURATION_SECONDS_MAX, DurationRefusal, KeyRefusal, RoleSessions, TEMPORARY,
};
