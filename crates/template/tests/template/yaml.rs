//! What the two notations mean.

use frontgate_template::{Node, Value, load};
use serde_json::json;

use crate::loaded;

#[test]
fn plain_scalars() {
    for (text, expected) in [
        ("yes", json!(true)),
        ("Off", json!(false)),
        ("y", json!("y")),
        ("~", json!(null)),
        ("", json!(null)),
        ("12", json!(12)),
        ("-1.5", json!(-1.5)),
        ("012345678901", json!("012345678901")),
        ("123456789012", json!(123_456_789_012_i64)),
        ("2012-10-17", json!("2012-10-17")),
        ("22:22", json!("22:22")),
        ("1e3", json!("1e3")),
        ("1_000", json!("1_000")),
        ("0x10", json!(16)),
        ("'12'", json!("12")),
        ("\"a\\tb\\u00e4\"", json!("a\tbä")),
        ("'it''s'", json!("it's")),
        ("!!str 12", json!("12")),
        ("!!int '12'", json!(12)),
        ("AWS::S3::Bucket", json!("AWS::S3::Bucket")),
        ("|\n  a\n   b\n", json!("a\n b\n")),
        (">-\n  a\n  b\n", json!("a b")),
        ("|-\n  a: b\n", json!("a: b")),
        ("[a, {b: c}, ]", json!(["a", {"b": "c"}])),
        ("\n- a\n- - b\n", json!(["a", ["b"]])),
        ("{Fn::Sub: a}", json!({"Fn::Sub": "a"})),
    ] {
        let template = loaded(&format!("a: {text}\n"));
        assert_eq!(template.document.to_json()["a"], expected, "{text}");
    }
}

#[test]
fn numbers_keep_their_text() {
    let template = loaded("a: 1.10\nb: {\"c\": 1.0}\n");
    assert_eq!(template.document.get("a").and_then(Node::text).as_deref(), Some("1.10"));
}

#[test]
fn short_forms() {
    for (text, expected) in [
        ("!Ref A", json!({"Ref": "A"})),
        ("!GetAtt A.B.C", json!({"Fn::GetAtt": ["A", "B.C"]})),
        ("!GetAtt [A, B]", json!({"Fn::GetAtt": ["A", "B"]})),
        ("!Sub '${A}'", json!({"Fn::Sub": "${A}"})),
        ("!Sub ['${A}', {A: !Ref B}]", json!({"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]})),
        ("!Sub\n  - x\n  - a: b\n", json!({"Fn::Sub": ["x", {"a": "b"}]})),
        ("!Join ['', [!Ref A, b]]", json!({"Fn::Join": ["", [{"Ref": "A"}, "b"]]})),
        ("!Select [0, !Split [',', !Ref A]]", json!({"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "A"}]}]})),
        (
            "!If\n  - C\n  - a: b\n  - !Ref AWS::NoValue\n",
            json!({"Fn::If": ["C", {"a": "b"}, {"Ref": "AWS::NoValue"}]}),
        ),
        ("!Base64\n  Fn::Sub: x\n", json!({"Fn::Base64": {"Fn::Sub": "x"}})),
        ("!Not [!Condition C]", json!({"Fn::Not": [{"Condition": "C"}]})),
        ("!GetAZs ''", json!({"Fn::GetAZs": ""})),
        ("!Transform {Name: X}", json!({"Fn::Transform": {"Name": "X"}})),
    ] {
        let template = loaded(&format!("a: {text}\n"));
        assert_eq!(template.document.to_json()["a"], expected, "{text}");
    }
}

#[test]
fn anchors_and_merge_keys() {
    let template = loaded(
        "base: &base {a: 1, b: 2}\nmore: &more {c: 3, b: 9}\none:\n  <<: *base\n  b: 5\ntwo:\n  <<: [*base, *more]\nlist: [&x a, *x]\n",
    );
    let json = template.document.to_json();
    assert_eq!(json["one"], json!({"b": 5, "a": 1}));
    assert_eq!(json["two"], json!({"a": 1, "b": 2, "c": 3}));
    assert_eq!(json["list"], json!(["a", "a"]));
}

#[test]
fn places() {
    let text =
        "ä: ö\na:\n  b: !Ref Cdef\n  e: [f, 'g h']\n  i: |\n    j\n    k\n  l: \"m\"\n  n: {o: p}\nq: r\n";
    let template = loaded(text);
    let slice = |path: &[&str]| {
        let node = template.document.at(path).unwrap_or_else(|| panic!("{path:?}"));
        template.source.slice(node.span)
    };
    assert_eq!(slice(&["ä"]), "ö");
    assert_eq!(slice(&["a", "b"]), "!Ref Cdef");
    assert_eq!(slice(&["a", "e"]), "[f, 'g h']");
    assert_eq!(slice(&["a", "l"]), "\"m\"");
    assert_eq!(slice(&["a", "n"]), "{o: p}");
    assert!(slice(&["a"]).starts_with("b: !Ref") && slice(&["a"]).ends_with("{o: p}"), "{}", slice(&["a"]));
    let Some(Value::List(items)) = template.document.at(&["a", "e"]).map(|node| &node.value) else {
        panic!("a list")
    };
    assert_eq!(template.source.slice(items[1].span), "'g h'");
    let key = template.document.get("a").and_then(Node::as_map).and_then(|map| map.entry("i"));
    assert_eq!(key.map(|entry| template.source.line_column(entry.key_span.start)), Some((5, 3)));
}

#[test]
fn json_has_places_too() {
    let text = "{\n\t\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\"}}\n}";
    let template = loaded(text);
    let kind = template.document.at(&["Resources", "A", "Type"]).expect("a type");
    assert_eq!(template.source.slice(kind.span), "\"AWS::S3::Bucket\"");
    assert_eq!(template.source.position(kind.span), "t.yaml:2:30");
}

#[test]
fn line_ends_and_marks_do_not_matter() {
    let template = loaded("\u{feff}a: b\r\nc:\r\n  - d\r\n");
    assert_eq!(template.document.to_json(), json!({"a": "b", "c": ["d"]}));
}

#[test]
fn what_is_no_document() {
    for (text, code, position, label) in [
        ("a: b\n\tc: d\n", "yaml-not-well-formed", "t:2:1", "a tab"),
        ("a: !Base64 !Sub b\n", "yaml-not-well-formed", "t:1:12", "two short forms in a row"),
        ("a: !Base64\n  !Sub b\n", "yaml-not-well-formed", "t:2:3", "two short forms in a row"),
        ("a:\n  - b\n\t- c\n", "yaml-not-well-formed", "t:3:1", "a tab"),
        ("a: [b\nc: d\n", "yaml-not-well-formed", "t:", ""),
        ("a: 'b\n", "yaml-not-well-formed", "t:", ""),
        ("a: b\na: c\n", "duplicate-key", "t:2:1", "the same key is on line 1 already"),
        ("a: !Reff b\n", "unknown-tag", "t:1:4", "CloudFormation knows no such short form"),
        ("a: !!binary b\n", "unknown-tag", "t:1:4", "not supported in templates"),
        ("a: b\n---\nc: d\n", "yaml-not-well-formed", "t:2:1", "a second document starts here"),
        ("[a]: b\n", "yaml-not-well-formed", "t:1:1", "a key must be a text"),
        ("a: *b\n", "yaml-not-well-formed", "t:1:4", ""),
        ("- a\n", "not-a-template", "t:1:1", "a list where"),
        ("just text", "not-a-template", "t:1:1", "a string where"),
        ("", "not-a-template", "t:1:1", "a null where"),
        ("{\"a\": b}", "json-not-well-formed", "t:1:7", "`b` must stand in double quotes"),
    ] {
        let errors = load("t", text).expect_err(text);
        let first = &errors.0[0];
        let source = frontgate_template::SourceFile::new("t", text);
        let place = first.span.map(|span| source.position(span)).unwrap_or_default();
        assert_eq!(first.code, code, "{text}: {first:?}");
        assert!(place.starts_with(position), "{text}: {place} {first:?}");
        assert!(first.label.starts_with(label), "{text}: {}", first.label);
    }
}

#[test]
fn limits_hold() {
    let deep = format!("a: {}", "[".repeat(150));
    let wide_aliases = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e]\n";
    let long = format!("a: {}", "x".repeat(1_100_000));
    for text in [&deep, wide_aliases, &long] {
        assert!(load("t", text).is_err());
    }
}

#[test]
fn rubbish_never_panics() {
    let text = "Resources:\n  A: &a\n    Type: !Sub [\"${x}\", {x: *a}]\n    ? b\n    : |2\n      c\n%TAG ! x\n---\n{\"é\": '\u{1F600}'}\n";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        let _ = load("t", &text[..end]);
        let _ = load("t", &text[end..]);
        let _ = load("t", &format!("{}{}", &text[end..], &text[..end]));
    }
}
