//! What does an expression come to once the resources that it names are made?

use crate::evaluate::{Evaluator, Outcome, Resources, Scope};
use crate::{Attributes, Diagnostic, Diagnostics, Node, Output, OutputNode, Prepared, Severity, Value};

/// Evaluates every intrinsic function of `node`. The result of an expression lies where the expression lies. What is
/// `AWS::NoValue` is removed; null if that is all of it.
///
/// # Errors
/// Expressions that have no value.
pub fn resolve(prepared: &Prepared, node: &Node, attributes: &dyn Attributes) -> Result<Node, Diagnostics> {
    let mut evaluator = Evaluator::new(scope(prepared, Resources::Made(attributes)));
    let outcome = evaluator.node(node);
    match outcome {
        Ok(Outcome::Value(value)) => Ok(value),
        Ok(Outcome::Nothing) => Ok(Node { value: Value::Null, span: node.span }),
        Ok(Outcome::Unknown) | Err(_) => Err(evaluator.found),
    }
}

/// Evaluates all outputs.
///
/// # Errors
/// Outputs that have no value, or one that is not a text.
pub fn resolve_outputs(prepared: &Prepared, attributes: &dyn Attributes) -> Result<Vec<Output>, Diagnostics> {
    let mut found = Diagnostics::default();
    let mut outputs = Vec::new();
    for output in &prepared.outputs {
        match resolve_output(prepared, output, attributes) {
            Ok(Some(output)) => outputs.push(output),
            Ok(None) => {}
            Err(errors) => found.append(errors),
        }
    }
    if found.is_empty() { Ok(outputs) } else { Err(found) }
}

/// What is known before any resource is made: finds the errors of `node` that do not depend on one.
pub(crate) fn check(prepared: &Prepared, node: &Node) -> Diagnostics {
    let mut evaluator = Evaluator::new(scope(prepared, Resources::NotMade));
    let _ = evaluator.node(node);
    evaluator.found
}

/// Checks an output as far as no resource is needed: its value must be a text.
pub(crate) fn check_output(prepared: &Prepared, output: &OutputNode) -> Diagnostics {
    let mut evaluator = Evaluator::new(scope(prepared, Resources::NotMade));
    match evaluator.node(&output.value) {
        Ok(Outcome::Value(value)) if value.text().is_none() => {
            evaluator.found.push(not_a_text(output, &value))
        }
        Ok(Outcome::Nothing) if !evaluator.found.iter().any(|d| d.severity == Severity::Unsupported) => {
            evaluator.found.push(null_value(output));
        }
        _ => {}
    }
    if let Some(name) = &output.export_name {
        let _ = evaluator.node(name);
    }
    evaluator.found
}

fn resolve_output(
    prepared: &Prepared,
    output: &OutputNode,
    attributes: &dyn Attributes,
) -> Result<Option<Output>, Diagnostics> {
    let mut evaluator = Evaluator::new(scope(prepared, Resources::Made(attributes)));
    let value = match evaluator.node(&output.value) {
        Ok(Outcome::Value(value)) => value,
        // An unsupported function that was allowed: the output goes, as a property would.
        Ok(Outcome::Nothing) if !evaluator.found.is_empty() => return Ok(None),
        Ok(Outcome::Nothing) => return Err(null_value(output).into()),
        Ok(Outcome::Unknown) | Err(_) => return Err(evaluator.found),
    };
    let Some(text) = value.text() else { return Err(not_a_text(output, &value).into()) };
    let export_name = match &output.export_name {
        Some(name) => resolve(prepared, name, attributes)?.text(),
        None => None,
    };
    Ok(Some(Output {
        name: output.name.clone(),
        value: text,
        description: output.description.clone(),
        export_name,
        span: output.value.span,
    }))
}

fn scope<'a>(prepared: &'a Prepared, resources: Resources<'a>) -> Scope<'a> {
    Scope {
        source: &prepared.source,
        parameters: &prepared.parameters,
        mappings: &prepared.mappings,
        conditions: &prepared.conditions,
        context: &prepared.context,
        resources,
    }
}

fn not_a_text(output: &OutputNode, value: &Node) -> Diagnostic {
    let name = &output.name;
    if value.is_null() {
        return null_value(output);
    }
    let message = format!(
        "Template format error: The Value field of every Outputs member must evaluate to a String. (Output {name})"
    );
    Diagnostic::error("output-not-a-string", message)
        .at(output.value.span, format!("a {}", value.value.kind()))
        .cure("use Fn::Join to make a text of a list")
}

fn null_value(output: &OutputNode) -> Diagnostic {
    let message = format!("[/Outputs/{}/Value] 'null' values are not allowed in templates", output.name);
    Diagnostic::error("null-value", message)
        .at(output.value.span, "no value")
        .cure("give the output a `Condition` instead")
}
