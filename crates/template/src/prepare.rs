//! What can be known of a template before anything has a physical id?

use crate::{Context, Diagnostic, Diagnostics, Prepared, Template};

/// Checks and transforms `template`: everything that needs no physical id.
///
/// # Errors
/// All errors of the template at once.
pub fn prepare(template: &Template, context: &Context) -> Result<Prepared, Diagnostics> {
    let _ = (template, context);
    Err(Diagnostic::error("being-laid", "the checker is being laid").into())
}
