//! JSON Schema: a schema, a line `====`, a body.
//!
//! Whatever is written, the schema is refused with reasons that have a place in it, or it is compiled; a body is compared with it
//! within the limits, with the same result each time. What differs has a place in the body. `not`, `allOf`, `anyOf`, `oneOf`,
//! `items` and `properties` around it say the same of the same body.

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::json_schema::{Limit, ProblemKind, Schema, SchemaSource, Violation, compile};
use serde_json::{Value, json};

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (schema, body) = text.split_once("\n====\n").unwrap_or((&text, "{\"a\": [1, \"x\"]}"));
    let Ok(schema) = serde_json::from_str::<Value>(schema) else { return };
    let Ok(body) = serde_json::from_str::<Value>(body) else { return };
    for is_imported in [false, true] {
        check_one(&schema, &body, is_imported);
    }
}

fn check_one(schema: &Value, body: &Value, is_imported: bool) {
    let reference = json!({"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/M"});
    let around = [
        json!({"not": reference}),
        json!({"allOf": [reference]}),
        json!({"anyOf": [reference]}),
        json!({"oneOf": [reference]}),
        json!({"items": reference}),
        json!({"properties": {"x": reference}}),
    ];
    let mut sources = vec![SchemaSource { name: "M", schema, pointer: "/M".to_owned(), is_imported }];
    for (index, schema) in around.iter().enumerate() {
        sources.push(SchemaSource { name: "", schema, pointer: format!("/{index}"), is_imported: false });
    }
    let (schemas, problems) = compile(&sources, "abc", &mut |_| PlaceId::NONE);
    for problem in &problems {
        assert!(!problem.why.is_empty() && problem.pointer.starts_with("/M"), "{problem:?}");
        assert_eq!(problem.kind == ProblemKind::Invalid, !problem.error.is_empty(), "{problem:?}");
    }
    let [own, not, all @ .., items, properties] = schemas.as_slice() else { panic!("a schema is lost") };
    let found = own.validate(body);
    assert_eq!(found, own.validate(body), "another result the second time");
    let Ok(violations) = found else { return };
    for violation in &violations {
        assert!(body.pointer(&violation.pointer).is_some(), "{violation:?}");
    }
    let is_right = violations.is_empty();
    says(not, body, !is_right);
    all.iter().for_each(|schema| says(schema, body, is_right));
    says(items, &json!([body]), is_right);
    says(properties, &json!({"x": body}), is_right);
}

/// One around another may hit a limit that the other does not.
fn says(schema: &Schema, body: &Value, is_right: bool) {
    let found: Result<Vec<Violation>, Limit> = schema.validate(body);
    if let Ok(violations) = found {
        assert_eq!(violations.is_empty(), is_right, "{violations:?}");
    }
}
