//! Schemas, values and what is said of them.

use frontgate_explain::PlaceId;
use serde_json::{Value, json};

use super::{Limit, ProblemKind, Schema, SchemaSource, compile};

fn compiled(sources: &[(&str, &Value, bool)]) -> (Schema, Vec<String>) {
    let sources: Vec<SchemaSource<'_>> = sources
        .iter()
        .map(|(name, schema, is_imported)| SchemaSource {
            name,
            schema,
            pointer: format!("/{name}"),
            is_imported: *is_imported,
        })
        .collect();
    let (mut schemas, problems) = compile(&sources, "abc", &mut |_| PlaceId::NONE);
    let problems = problems.iter().map(|problem| {
        let mark = match problem.kind {
            ProblemKind::Invalid => problem.error.as_str(),
            ProblemKind::Unsupported => "unsupported",
        };
        format!("{} {mark}", problem.pointer)
    });
    (schemas.swap_remove(0), problems.collect())
}

fn found(schema: &Value, value: &Value) -> String {
    let (schema, problems) = compiled(&[("M", schema, false)]);
    assert_eq!(problems, Vec::<String>::new());
    let violations = schema.validate(value).expect("within the limits");
    violations.iter().map(|violation| violation.text.as_str()).collect::<Vec<_>>().join(", ")
}

#[test]
#[rustfmt::skip]
fn every_keyword_has_its_text() {
    for (schema, right, wrong, text) in [
        (json!({"type": "string"}), json!("a"), json!(1), r#"instance type (integer) does not match any allowed primitive type (allowed: ["string"])"#),
        (json!({"type": "number"}), json!(1), json!("a"), r#"instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])"#),
        (json!({"type": "integer"}), json!(-3), json!(1.5), r#"instance type (number) does not match any allowed primitive type (allowed: ["integer"])"#),
        (json!({"type": ["string", "null"]}), json!(null), json!([]), r#"instance type (array) does not match any allowed primitive type (allowed: ["null","string"])"#),
        (json!({"required": ["b", "a"]}), json!({"a": 1, "b": null}), json!({}), r#"object has missing required properties (["a","b"])"#),
        (json!({"enum": ["dog", {"a": 1}]}), json!({"a": 1.0}), json!("cow"), r#"instance value ("cow") not found in enum (possible values: ["dog",{"a":1}])"#),
        (json!({"minimum": 25.0}), json!(25), json!(24.5), "numeric instance is lower than the required minimum (minimum: 25.0, found: 24.5)"),
        (json!({"maximum": 500, "exclusiveMaximum": true}), json!(499), json!(500), "numeric instance is not strictly lower than the required maximum 500"),
        (json!({"minimum": 0, "exclusiveMinimum": true}), json!(0.1), json!(0), "numeric instance is not strictly greater than the required minimum 0"),
        (json!({"maximum": 5}), json!("x"), json!(6), "numeric instance is greater than the required maximum (maximum: 5, found: 6)"),
        (json!({"multipleOf": 0.1}), json!(0.3), json!(0.35), "remainder of division is not zero (0.35 / 0.1)"),
        (json!({"minLength": 2}), json!("éé"), json!("é"), r#"string "é" is too short (length: 1, required minimum: 2)"#),
        (json!({"maxLength": 1}), json!("😀"), json!("ab"), r#"string "ab" is too long (length: 2, maximum allowed: 1)"#),
        (json!({"pattern": "^a"}), json!("ab"), json!("ba"), r#"ECMA 262 regex "^a" does not match input string "ba""#),
        (json!({"format": "email"}), json!("a@b.c"), json!("a"), r#"string "a" is not a valid email address"#),
        (json!({"format": "int32"}), json!(1), Value::Null, ""),
        (json!({"additionalItems": false}), json!([1]), json!(["x"]), ""),
        (json!({"minItems": 1}), json!([1]), json!([]), "array is too short: must have at least 1 elements but instance has 0 elements"),
        (json!({"maxItems": 1}), json!([1]), json!([1, 2]), "array is too long: must have at most 1 elements but instance has 2 elements"),
        (json!({"uniqueItems": true}), json!([1, "1"]), json!([{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]), "array must not contain duplicate elements"),
        (json!({"items": [{}], "additionalItems": false}), json!([1]), json!([1, 2]), "schema only allows 1 elements in array but instance has 2 elements"),
        (json!({"minProperties": 1}), json!({"a": 1}), json!({}), "object has too few properties (found 0 but schema requires at least 1)"),
        (json!({"maxProperties": 0}), json!({}), json!({"a": 1}), "object has too many properties (found 1 but schema requires at most 0)"),
        (json!({"properties": {"a": {}}, "patternProperties": {"^x": {}}, "additionalProperties": false}), json!({"a": 1, "x1": 2}), json!({"c": 1, "b": 1}), r#"object instance has properties which are not allowed by the schema: ["b","c"]"#),
        (json!({"dependencies": {"a": ["c", "b"]}}), json!({"a": 1, "b": 1, "c": 1}), json!({"a": 1, "b": 1}), r#"property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["c"])"#),
        (json!({"dependencies": {"a": {"required": ["b"]}}}), json!({"b": 1}), json!({"a": 1}), r#"object has missing required properties (["b"])"#),
        (json!({"allOf": [{"type": "object"}, {"minProperties": 1}]}), json!({"a": 1}), json!({}), "instance failed to match all required schemas (matched only 1 out of 2)"),
        (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!(null), json!(1), "instance failed to match at least one required schema among 2"),
        (json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}), json!(1), json!(3), "instance failed to match exactly one schema (matched 2 out of 2)"),
        (json!({"not": {"type": "null"}}), json!(1), json!(null), "instance matched a schema which it should not have"),
    ] {
        assert_eq!(found(&schema, &right), "", "{schema} {right}");
        assert_eq!(found(&schema, &wrong), text, "{schema} {wrong}");
    }
}

#[test]
fn faults_stand_in_the_order_of_the_library() {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "b": {"type": "string", "minLength": 2, "enum": ["xx"]},
            "a": {"type": "array", "items": {"type": "integer"}},
            "name": {},
        },
    });
    for (value, text) in [
        // Nothing below a value with a fault is looked at.
        (
            json!({"b": "x", "c": 1}),
            r#"object instance has properties which are not allowed by the schema: ["c"], object has missing required properties (["name"])"#,
        ),
        // The faults of siblings come together, those below the second one not.
        (
            json!({"name": 1, "b": "x"}),
            r#"instance value ("x") not found in enum (possible values: ["xx"]), string "x" is too short (length: 1, required minimum: 2)"#,
        ),
        (
            json!({"name": 1, "a": ["y", 1.5], "b": "x"}),
            r#"instance type (string) does not match any allowed primitive type (allowed: ["integer"]), instance type (number) does not match any allowed primitive type (allowed: ["integer"]), instance value ("x") not found in enum (possible values: ["xx"]), string "x" is too short (length: 1, required minimum: 2)"#,
        ),
    ] {
        assert_eq!(found(&schema, &value), text, "{value}");
    }
}

#[test]
fn a_fault_has_a_pointer() {
    let (schema, _) = compiled(&[("M", &json!({"properties": {"a/b": {"items": {"type": "null"}}}}), false)]);
    let violations = schema.validate(&json!({"a/b": [null, 1]})).expect("within the limits");
    assert_eq!(violations[0].pointer, "/a~1b/1");
}

#[test]
fn references() {
    let pet = json!({"type": "string", "enum": ["dog"]});
    let tree = json!({"properties": {"next": {"$ref": "#"}, "kind": {"$ref": "#/definitions/kind"}}, "definitions": {"kind": {"type": "null"}}});
    let canonical = json!({"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Pet"});
    let imported = json!({"items": {"$ref": "#/definitions/Pet"}, "type": "array"});
    let component = json!({"$ref": "#/components/schemas/Pet"});
    for (schema, is_imported, right, wrong) in [
        (&tree, false, json!({"next": {"kind": null}}), json!({"next": {"next": {"kind": 1}}})),
        (&canonical, false, json!("dog"), json!("cat")),
        (&imported, true, json!(["dog"]), json!(["cat"])),
        (&component, true, json!("dog"), json!("cat")),
    ] {
        let (schema, problems) = compiled(&[("M", schema, is_imported), ("Pet", &pet, is_imported)]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(schema.validate(&right), Ok(Vec::new()));
        assert_eq!(schema.validate(&wrong).map(|found| found.len()), Ok(1));
    }
}

#[test]
fn what_api_gateway_refuses() {
    const INVALID: &str = "Invalid model schema specified";
    const NOT_CANONICAL: &str = "Model reference must be in canonical form";
    for (schema, is_imported, expected) in [
        (json!([]), false, format!("/M {INVALID}")),
        (json!({"type": "String"}), false, format!("/M/type {INVALID}")),
        (json!({"required": []}), false, format!("/M/required {INVALID}")),
        (json!({"required": ["a", "a"]}), false, format!("/M/required {INVALID}")),
        (json!({"maxLength": "35"}), false, format!("/M/maxLength {INVALID}")),
        (json!({"exclusiveMinimum": 1}), false, format!("/M/exclusiveMinimum {INVALID}")),
        (json!({"pattern": "("}), false, format!("/M/pattern {INVALID}")),
        (json!({"properties": {"a": {"items": 1}}}), false, format!("/M/properties/a/items {INVALID}")),
        (json!({"definitions": {"a": {"type": "x"}}}), false, format!("/M/definitions/a/type {INVALID}")),
        (
            json!({"example": 1, "type": "null", "nullable": true}),
            false,
            format!("/M/example {INVALID}. Unsupported keyword(s): [\"example\",\"nullable\"]"),
        ),
        (json!({"$ref": "#/definitions/N"}), false, format!("/M/$ref {NOT_CANONICAL}")),
        (json!({"$ref": "other.json"}), true, format!("/M/$ref {NOT_CANONICAL}")),
        (
            json!({"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/N"}),
            false,
            format!("/M/$ref {NOT_CANONICAL}"),
        ),
        (json!({"x-note": 1}), false, format!("/M/x-note {INVALID}. Unsupported keyword(s): [\"x-note\"]")),
        (json!({"x-note": 1, "minItems": -1}), true, format!("/M/minItems {INVALID}")),
        (json!({"pattern": "(?=a)"}), false, "/M/pattern unsupported".to_owned()),
    ] {
        let (_, problems) = compiled(&[("M", &schema, is_imported)]);
        assert_eq!(problems, [expected], "{schema}");
    }
}

#[test]
fn limits() {
    let endless = json!({"allOf": [{"$ref": "#"}]});
    let (schema, _) = compiled(&[("M", &endless, false)]);
    assert_eq!(schema.validate(&json!(1)), Err(Limit::Depth));
    let chain = json!({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#"}}});
    let (schema, _) = compiled(&[("M", &chain, false)]);
    assert!(schema.validate(&json!(1)).is_ok());
    let mut wide = json!({"type": "string"});
    for _ in 0..40 {
        wide = json!({"anyOf": [wide.clone(), {"$ref": "#/definitions/x"}]});
        if wide.to_string().len() > 4_000 {
            break;
        }
    }
    let doubled = |below: &str| json!({"oneOf": [{"$ref": below}, {"$ref": below}]});
    let mut definitions = serde_json::Map::new();
    for level in 0..60 {
        definitions.insert(format!("d{level}"), doubled(&format!("#/definitions/d{}", level + 1)));
    }
    definitions.insert("d60".to_owned(), wide);
    definitions.insert("x".to_owned(), json!({}));
    let exponential = json!({"oneOf": [{"$ref": "#/definitions/d0"}], "definitions": definitions});
    let (schema, _) = compiled(&[("M", &exponential, false)]);
    assert_eq!(schema.validate(&json!(1)), Err(Limit::Steps));
}
