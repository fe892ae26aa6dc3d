//! What does an expression come to?

use crate::{Attributes, Diagnostic, Diagnostics, Node, Output, Prepared};

/// Evaluates every intrinsic function of `node`. The result of an expression lies where the expression lies.
///
/// # Errors
/// Expressions that have no value.
pub fn resolve(prepared: &Prepared, node: &Node, attributes: &dyn Attributes) -> Result<Node, Diagnostics> {
    let _ = (prepared, node, attributes);
    Err(Diagnostic::error("being-laid", "the resolver is being laid").into())
}

/// Evaluates all outputs.
///
/// # Errors
/// Outputs that have no value.
pub fn resolve_outputs(prepared: &Prepared, attributes: &dyn Attributes) -> Result<Vec<Output>, Diagnostics> {
    let _ = (prepared, attributes);
    Err(Diagnostic::error("being-laid", "the resolver is being laid").into())
}
