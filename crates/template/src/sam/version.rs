//! What does `AutoPublishAlias` of a function become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html>

use std::collections::BTreeMap;

use crate::intrinsic::call;
use crate::{Diagnostic, Diagnostics, Map, Node};

use super::build::{At, DIGEST_LENGTH, digest};
use super::function::derived;
use super::properties::invalid;
use super::{Made, Source};

/// The version and the alias of the function, where it is published; `names` learns what `FUNCTION.Version` and
/// `FUNCTION.Alias` stand for. The events of the function stay with the function itself, whose code is that of the version.
pub(super) fn published(
    source: &Source,
    function: &Map,
    names: &mut BTreeMap<String, String>,
    found: &mut Diagnostics,
) -> Vec<Made> {
    let id = &source.logical_id;
    let Some(entry) = source.properties.entry("AutoPublishAlias") else { return Vec::new() };
    let at = At(entry.key_span);
    if call(&entry.node).is_some() {
        let message =
            format!("AutoPublishAlias of {id} is a function: its name must be known before the transform");
        let diagnostic = Diagnostic::unsupported("sam-property", message);
        found.push(diagnostic.at(entry.node.span, "not done yet").cure("write the name of the alias"));
        return Vec::new();
    }
    let Some(alias) = entry.node.as_str() else {
        let cause = "'AutoPublishAlias' must be a string or a Ref to a template parameter";
        found.push(invalid(id, cause).at(entry.node.span, "no text"));
        return Vec::new();
    };
    if !is_alias(alias) {
        let cause = format!(
            "AutoPublishAlias name ('{alias}') must contain only alphanumeric characters, hyphens, or underscores \
             matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern."
        );
        found.push(invalid(id, &cause).at(entry.node.span, "no name of an alias"));
        return Vec::new();
    }
    // SAM names the version by the code: another place of it is another version.
    let code = function.get("Code").map(|code| code.to_json().to_string()).unwrap_or_default();
    let version_id = format!("{id}Version{}", digest(&code, DIGEST_LENGTH));
    let alias_id = format!("{id}Alias{}", alias.replace('-', "D").replace('_', "U"));
    names.insert(format!("{id}.Version"), version_id.clone());
    names.insert(format!("{id}.Alias"), alias_id.clone());
    let version = at.map([
        ("FunctionName", Some(at.reference(id))),
        ("Description", source.properties.get("VersionDescription").cloned()),
    ]);
    let alias = at.map([
        ("Name", Some(at.text(alias))),
        ("FunctionName", Some(at.reference(id))),
        ("FunctionVersion", Some(at.attribute(&version_id, "Version"))),
    ]);
    let properties = |node: Node| node.as_map().cloned().unwrap_or_default();
    vec![
        derived(source, at, version_id, "AWS::Lambda::Version", properties(version)),
        derived(source, at, alias_id, "AWS::Lambda::Alias", properties(alias)),
    ]
}

/// Letters, digits, hyphens and underscores, and not digits alone.
fn is_alias(name: &str) -> bool {
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !name.is_empty() && name.bytes().all(is_character) && !name.bytes().all(|byte| byte.is_ascii_digit())
}
