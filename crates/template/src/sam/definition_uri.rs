//! What does the `DefinitionUri` of an API say?
//!
//! The file that it names has been read already: what stands there is `{Content: …}`. It is the definition, as if it were
//! written into `DefinitionBody`, but what SAM writes into a definition it does not write into a file.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apidefinition.html>

use crate::include::CONTENT;
use crate::{Diagnostic, Diagnostics, Node};

use super::Source;
use super::properties::invalid;

/// Puts the content of the file into `DefinitionBody`. `inline` are the properties that SAM writes into a definition, and its
/// word for one.
pub(super) fn take(source: &mut Source, inline: (&[&str], &str), found: &mut Diagnostics) {
    let Some(entry) = source.properties.remove("DefinitionUri").filter(|entry| !entry.node.is_null()) else {
        return;
    };
    let id = source.logical_id.clone();
    if source.properties.get("DefinitionBody").is_some_and(|body| !body.is_null()) {
        let cause = "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.";
        found.push(invalid(&id, cause).at(entry.key_span, "this one, or the other"));
        return;
    }
    let (properties, word) = inline;
    for property in properties {
        if let Some(refused) = source.properties.remove(property).filter(|entry| !entry.node.is_null()) {
            let name = if *property == "CorsConfiguration" { "Cors" } else { *property };
            let cause = match name {
                "DisableExecuteApiEndpoint" => format!("{name} works only within 'DefinitionBody' property."),
                _ => format!("{name} works only with inline {word} specified in 'DefinitionBody' property."),
            };
            let diagnostic = invalid(&id, &cause).at(refused.key_span, "without effect on a file");
            found.push(diagnostic.cure(
                "write `DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: FILE}}}`",
            ));
        }
    }
    match entry.node.get(CONTENT) {
        Some(content) => source.properties.set("DefinitionBody", entry.key_span, content.clone()),
        None => {
            let message =
                format!("the DefinitionUri of {id} names no file that can be found before anything is made");
            found.push(
                Diagnostic::unsupported("sam-property", message)
                    .at(entry.node.span, "not read here")
                    .cure("write a path, s3://BUCKET/KEY, or {Bucket, Key} as texts without a Version"),
            );
            // What is not read is no API without routes.
            source.properties.set("DefinitionBody", entry.key_span, empty(&entry.node));
        }
    }
}

fn empty(node: &Node) -> Node {
    super::definition::skeleton(super::build::At(node.span))
}
