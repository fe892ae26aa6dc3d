//! CloudFormation and SAM templates: text in, checked resources in dependency order out.
//!
//! [`load`] reads YAML or JSON and keeps the place of every value; [`prepare`] does everything that can be done
//! without physical ids: sections, parameters, conditions, the SAM transform, references, order; [`resolve`]
//! evaluates the intrinsic functions of one node once the resources it names exist. All errors come at once, in
//! CloudFormation's own words where they are known, with the place and the cure.

#![forbid(unsafe_code)]

mod cidr;
mod condition;
mod diagnostic;
mod evaluate;
mod functions;
mod graph;
mod include;
mod intrinsic;
mod json;
pub mod limits;
mod load;
mod parameters;
mod prepare;
mod prepared;
mod regions;
mod resolve;
mod resources;
mod sam;
mod sections;
mod span;
mod sub;
mod suggest;
mod value;
mod yaml;
mod yaml_tag;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use include::include;
pub use load::{load, load_part};
pub use prepare::prepare;
pub use prepared::{
    Attributes, Context, Output, OutputNode, ParameterValue, Prepared, ResourceNode, Template,
};
pub use resolve::{resolve, resolve_outputs};
pub use span::{SourceFile, Span};
pub use value::{Entry, Map, Node, Number, Value};
