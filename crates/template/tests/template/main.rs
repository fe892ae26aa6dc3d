//! Templates in, resources and findings out.

mod errors;
mod intrinsics;
mod sam;
mod sam_alias;
mod sam_auth;
mod sam_event_invoke;
mod sam_overrides;
mod sam_policies;
mod sam_request;
mod seeds;
mod yaml;

use std::collections::BTreeMap;

use frontgate_template::{
    Attributes, Context, Diagnostics, Prepared, Template, Value, load, prepare, resolve,
};

/// Every resource has an id and every attribute, which say where they come from.
pub(crate) struct Made;

impl Attributes for Made {
    fn reference(&self, logical_id: &str) -> Option<String> {
        Some(format!("<{logical_id}>"))
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value> {
        match name {
            "Unknown" => None,
            "List" => Some(Value::List(Vec::new())),
            _ => Some(Value::String(format!("<{logical_id}.{name}>"))),
        }
    }
}

pub(crate) fn loaded(text: &str) -> Template {
    load("t.yaml", text).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

pub(crate) fn context(parameters: &[(&str, &str)]) -> Context {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Context {
        stack_name: "web-app".into(),
        stack_id: "arn:stack".into(),
        parameters: parameters.collect::<BTreeMap<_, _>>(),
        ..Context::default()
    }
}

pub(crate) fn prepared(text: &str) -> Prepared {
    let template = loaded(text);
    prepare(&template, &context(&[]))
        .unwrap_or_else(|errors| panic!("{}", errors.render(&template.source, false)))
}

pub(crate) fn refused(text: &str) -> (Diagnostics, Template) {
    let template = loaded(text);
    let errors = prepare(&template, &context(&[])).expect_err(text);
    (errors, template)
}

/// The resolved properties of a resource, as JSON.
pub(crate) fn properties(prepared: &Prepared, logical_id: &str) -> serde_json::Value {
    let resource = prepared.resource(logical_id).unwrap_or_else(|| panic!("no {logical_id}"));
    match resolve(prepared, &resource.properties, &Made) {
        Ok(node) => node.to_json(),
        Err(errors) => panic!("{}", errors.render(&prepared.source, false)),
    }
}
