//! What do `AutoPublishAlias` of a function, and what depends on it, become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html>

use std::collections::BTreeMap;

use crate::prepared::ParameterValue;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node, Value};

use super::build::{At, DIGEST_LENGTH, digest};
use super::function::derived;
use super::properties::invalid;
use super::{Made, Source};

/// The version and the alias of the function, where it is published; `names` learns what `FUNCTION.Version` and
/// `FUNCTION.Alias` stand for, and `source` that its events go through the alias.
pub(super) fn published(
    source: &mut Source,
    function: &Map,
    names: &mut BTreeMap<String, String>,
    found: &mut Diagnostics,
) -> Vec<Made> {
    check_dependents(source, found);
    let id = source.logical_id.clone();
    let Some(entry) = source.properties.entry("AutoPublishAlias").cloned() else { return Vec::new() };
    let at = At(entry.key_span);
    let Some(alias) = entry.node.as_str() else {
        let cause = "'AutoPublishAlias' must be a string or a Ref to a template parameter";
        found.push(invalid(&id, cause).at(entry.node.span, "no text"));
        return Vec::new();
    };
    if !is_alias(alias) {
        let cause = format!(
            "AutoPublishAlias name ('{alias}') must contain only alphanumeric characters, hyphens, or underscores \
             matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern."
        );
        found.push(invalid(&id, &cause).at(entry.node.span, "no name of an alias"));
        return Vec::new();
    }
    let own_digest = source.properties.get("AutoPublishCodeSha256").and_then(Node::as_str);
    let version_id = match own_digest {
        Some(digest) => format!("{id}Version{}", digest.chars().take(DIGEST_LENGTH).collect::<String>()),
        None => format!("{id}Version{}", digest(&named_by(source, function), DIGEST_LENGTH)),
    };
    let alias_id = format!("{id}Alias{}", alias.replace('-', "D").replace('_', "U"));
    names.insert(format!("{id}.Version"), version_id.clone());
    names.insert(format!("{id}.Alias"), alias_id.clone());
    let version = at.map([
        ("FunctionName", Some(at.reference(&id))),
        ("Description", source.properties.get("VersionDescription").cloned()),
        // `sam package` puts the code where its hash says: other code in the same folder is another place of it.
        (NAMED_BY_CODE, own_digest.is_none().then(|| at.truth(true))),
    ]);
    let alias = at.map([
        ("Name", Some(at.text(alias))),
        ("FunctionName", Some(at.reference(&id))),
        ("FunctionVersion", Some(at.attribute(&version_id, "Version"))),
        ("ProvisionedConcurrencyConfig", source.properties.get("ProvisionedConcurrencyConfig").cloned()),
    ]);
    let properties = |node: Node| node.as_map().cloned().unwrap_or_default();
    let mut version = derived(source, at, version_id, "AWS::Lambda::Version", properties(version));
    keep(source, at, &mut version.node);
    let alias = derived(source, at, alias_id.clone(), "AWS::Lambda::Alias", properties(alias));
    source.alias = Some(alias_id);
    vec![version, alias]
}

/// Replaces a `Ref` to a parameter by its value: names have to be known before the transform.
pub(super) fn resolve_names(properties: &mut Map, parameters: &[ParameterValue]) {
    for name in ["AutoPublishAlias", "AutoPublishCodeSha256"] {
        if let Some(node) = properties.get_mut(name) {
            resolve(node, parameters);
        }
    }
    if let Some(preference) = properties.get_mut("DeploymentPreference").and_then(Node::as_map_mut) {
        for node in preference.nodes_mut() {
            resolve(node, parameters);
        }
    }
}

fn resolve(node: &mut Node, parameters: &[ParameterValue]) {
    let named = node.get("Ref").and_then(Node::as_str).map(str::to_owned);
    let parameter = named.and_then(|name| parameters.iter().find(|parameter| parameter.name == name));
    if let Some(parameter) = parameter {
        node.value = parameter.value.clone();
    }
}

/// What SAM names the version by: another one is another version.
fn named_by(source: &Source, function: &Map) -> String {
    let is_true = |node: &Node| node.as_bool() == Some(true);
    if source.properties.get("AutoPublishAliasAllProperties").is_some_and(is_true) {
        let all = Node { value: Value::Map(function.clone()), span: source.logical_id_span };
        return python_json(&all.to_json());
    }
    let mut named_by = function.get("Code").and_then(Node::as_map).cloned().unwrap_or_default();
    for entry in function.get("Environment").and_then(Node::as_map).into_iter().flatten() {
        named_by.set(&entry.key, entry.key_span, entry.node.clone());
    }
    if let Some(memory) = function.entry("MemorySize") {
        named_by.set(&memory.key, memory.key_span, memory.node.clone());
    }
    python_json(&Node { value: Value::Map(named_by), span: source.logical_id_span }.to_json())
}

/// JSON as SAM writes it: sorted, without spaces, in ASCII.
fn python_json(value: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    let list = |open: &str, items: Vec<String>, close: &str| format!("{open}{}{close}", items.join(","));
    match value {
        Json::Object(map) => {
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let item = |(key, value): (&String, &Json)| format!("{}:{}", ascii(key), python_json(value));
            list("{", entries.into_iter().map(item).collect(), "}")
        }
        Json::Array(items) => list("[", items.iter().map(python_json).collect(), "]"),
        Json::String(text) => ascii(text),
        other => other.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let mut written = String::with_capacity(quoted.len());
    for letter in quoted.chars() {
        if letter.is_ascii() {
            written.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                written.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    written
}

/// SAM keeps every version, unless `VersionDeletionPolicy` or the function says otherwise.
fn keep(source: &Source, at: At, version: &mut Node) {
    let Some(map) = version.as_map_mut() else { return };
    let policy = source.properties.entry("VersionDeletionPolicy");
    match policy {
        Some(Entry { key_span, node, .. }) => map.set("DeletionPolicy", *key_span, node.clone()),
        None if !map.contains("DeletionPolicy") => map.set("DeletionPolicy", at.0, at.text("Retain")),
        None => {}
    }
}

/// What makes no sense without an alias, and what CodeDeploy would do.
fn check_dependents(source: &Source, found: &mut Diagnostics) {
    let has_alias = source.properties.contains("AutoPublishAlias");
    if let Some(entry) = source.properties.entry("ProvisionedConcurrencyConfig").filter(|_| !has_alias) {
        let cause = "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function";
        found.push(invalid(&source.logical_id, cause).at(entry.key_span, "there is no alias"));
    }
    if let Some(entry) = source.properties.entry("VersionDeletionPolicy").filter(|_| !has_alias) {
        let cause = "'VersionDeletionPolicy' requires 'AutoPublishAlias'.";
        found.push(invalid(&source.logical_id, cause).at(entry.key_span, "there is no alias"));
    }
    let Some(entry) = source.properties.entry("DeploymentPreference") else { return };
    let enabled = entry.node.get("Enabled");
    let is_off = |node: &Node| node.as_bool() == Some(false) || node.as_str() == Some("false");
    if enabled.is_some_and(is_off) {
        return;
    }
    if !has_alias {
        let cause = "'DeploymentPreference' requires AutoPublishAlias property to be specified.";
        found.push(invalid(&source.logical_id, cause).at(entry.key_span, "there is no alias"));
    }
    let kind = entry.node.get("Type").and_then(Node::as_str).unwrap_or_default();
    let extras = ["Alarms", "Hooks"].into_iter().filter(|name| entry.node.get(name).is_some());
    let extras = extras.map(|name| format!(", and {name} are not asked")).collect::<String>();
    if kind == ALL_AT_ONCE && extras.is_empty() {
        return;
    }
    let message = format!(
        "DeploymentPreference of {}: there is no CodeDeploy, so the alias stands for a new version at once{extras}",
        source.logical_id
    );
    found.push(
        Diagnostic::warning("sam-deployment", message).at(entry.key_span, "as when the stack is created"),
    );
}

/// Letters, digits, hyphens and underscores, and not digits alone.
fn is_alias(name: &str) -> bool {
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !name.is_empty() && name.bytes().all(is_character) && !name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells the maker of versions that the logical id would be another one for other code.
const NAMED_BY_CODE: &str = "frontgate:NamedByCode";

const ALL_AT_ONCE: &str = "AllAtOnce";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DIGEST_LENGTH, digest, python_json};

    #[test]
    fn versions_are_named_as_sam_names_them() {
        let code = json!({"S3Key": "hello.zip", "S3Bucket": "sam-demo-bucket"});
        assert_eq!(digest(&python_json(&code), DIGEST_LENGTH), "640128d35d", "recorded in SAM's own tests");
        assert_eq!(
            python_json(&json!({"b": ["ä\n\u{1f600}", 1, true, null], "a": {}})),
            r#"{"a":{},"b":["\u00e4\n\ud83d\ude00",1,true,null]}"#
        );
    }
}
