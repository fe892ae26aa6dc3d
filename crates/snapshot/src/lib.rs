//! The meeting place of the control plane and the engines: one immutable, fully resolved configuration.
//!
//! The control plane makes [`Resources`]; [`compile`] binds them together into a [`Snapshot`], which a request reads
//! from its start to its end. Nothing in a snapshot is a name that still has to be looked up.

#![forbid(unsafe_code)]

mod compile;
mod event_invoke_config;
mod hosted_zone;
mod hosts;
mod publisher;
mod resources;
mod website;

pub use compile::{Qualifier, Snapshot, compile};
pub use event_invoke_config::EventInvokeConfig;
pub use hosted_zone::{HostedZone, RecordAnswer, RecordData, RecordSet, RecordType, lies_in};
pub use hosts::{Answerer, Found, Hosts, LOCAL_SUFFIX};
pub use publisher::{Publisher, Reader};
pub use resources::{
    Bucket, BucketPolicy, Code, Function, FunctionAlias, FunctionAtEdge, FunctionPolicy, FunctionVersion,
    Permission, PublicAccessBlock, REGION_OF_EDGE_FUNCTIONS, Resources,
};
pub use website::{ReplaceKey, RoutingRule, Website, WebsiteContent};
