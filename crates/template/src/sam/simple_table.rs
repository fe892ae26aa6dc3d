//! What does an `AWS::Serverless::SimpleTable` become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html>

use crate::{Diagnostics, Map, Node};

use super::build::{At, resource};
use super::properties::{self, invalid};
use super::{Made, Source, tags};

/// The table.
pub(super) fn transform(mut source: Source, found: &mut Diagnostics) -> Vec<Made> {
    let (id, at) = (source.logical_id.clone(), At(source.logical_id_span));
    let kind = "AWS::Serverless::SimpleTable";
    properties::check(&id, kind, properties::SIMPLE_TABLE, &mut source.properties, found);
    let own = &source.properties;
    let mut table = properties::kept(properties::SIMPLE_TABLE, own);
    let (name, key_type) = primary_key(&id, own, at, found);
    let attribute = at.map([("AttributeName", Some(name.clone())), ("AttributeType", Some(key_type))]);
    let key = at.map([("AttributeName", Some(name)), ("KeyType", Some(at.text("HASH")))]);
    table.set("AttributeDefinitions", at.0, at.list(vec![attribute]));
    table.set("KeySchema", at.0, at.list(vec![key]));
    if own.get("ProvisionedThroughput").is_none() {
        table.set("BillingMode", at.0, at.text("PAY_PER_REQUEST"));
    }
    if let Some(tags) = tags(&id, own, at, false, found) {
        table.set("Tags", at.0, tags);
    }
    let node = resource(at, "AWS::DynamoDB::Table", table, &source.attributes, |_| true);
    vec![Made { logical_id: id, span: at.0, node }]
}

/// Name and type of the partition key.
fn primary_key(id: &str, own: &Map, at: At, found: &mut Diagnostics) -> (Node, Node) {
    let Some(key) = own.entry("PrimaryKey") else { return (at.text("id"), at.text("S")) };
    let mut part = |name: &str| {
        key.node.get(name).cloned().unwrap_or_else(|| {
            let diagnostic = invalid(id, &format!("Property 'PrimaryKey.{name}' is required."));
            found.push(diagnostic.at(key.key_span, format!("no {name}")));
            At(key.key_span).text("")
        })
    };
    let (name, key_type) = (part("Name"), part("Type"));
    let short = match key_type.as_str() {
        Some("Binary") => "B",
        Some("Number") => "N",
        Some("String") => "S",
        other => {
            let text = other.unwrap_or_default();
            if other != Some("") {
                let diagnostic = invalid(id, &format!("Invalid 'Type' \"{text}\"."));
                found.push(diagnostic.at(key_type.span, "no such type").cure("use Binary, Number or String"));
            }
            text
        }
    };
    (name, At(key_type.span).text(short))
}
