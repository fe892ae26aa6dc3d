//! What expressions come to.

use frontgate_template::{Node, prepare, resolve_outputs};
use serde_json::json;

use crate::{Made, context, loaded, prepared, properties};

const HEAD: &str = r#"
Parameters:
  Name: {Type: String, Default: site}
  Size: {Type: Number, Default: 3}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Ports: {Type: List<Number>, Default: "1,2"}
Mappings:
  Regions:
    us-east-1: {Text: east, List: [x, y]}
Conditions:
  IsSite: !Equals [!Ref Name, site]
  IsNot: !Not [!Condition IsSite]
  Both: !And [!Condition IsSite, !Equals [!Ref Size, 3]]
  Either: !Or [!Condition IsNot, !Equals [!Ref "AWS::Region", us-east-1]]
Transform: AWS::LanguageExtensions
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Made:
    Type: AWS::SNS::Topic
    Properties:
"#;

#[test]
fn functions() {
    for (text, expected) in [
        ("!Ref Name", json!("site")),
        ("!Ref Size", json!("3")),
        ("!Ref Zones", json!(["a", "b", "c"])),
        ("!Ref Ports", json!(["1", "2"])),
        ("!Ref Bucket", json!("<Bucket>")),
        ("!Ref AWS::StackName", json!("web-app")),
        ("!Ref AWS::URLSuffix", json!("amazonaws.com")),
        ("!Ref AWS::NoValue", json!(null)),
        ("[a, !Ref AWS::NoValue]", json!(["a"])),
        ("!GetAtt Bucket.Arn", json!("<Bucket.Arn>")),
        ("{Fn::GetAtt: [Bucket, !Ref Name]}", json!("<Bucket.site>")),
        (
            "!Sub '${Name}-${Bucket}-${Bucket.Arn}-${!Literal}-${AWS::Region}'",
            json!("site-<Bucket>-<Bucket.Arn>-${Literal}-us-east-1"),
        ),
        ("!Sub ['${A}/${Name}', {A: !Select [1, !Ref Zones]}]", json!("b/site")),
        ("!Sub ['${Size}', {}]", json!("3")),
        ("!Join ['-', [a, !Ref Size, true, !Ref Bucket]]", json!("a-3-true-<Bucket>")),
        ("!Join [',', !Ref Zones]", json!("a,b,c")),
        ("!Select ['0', !Split ['--', 'prod--app']]", json!("prod")),
        ("!Split [',', 'a,,b']", json!(["a", "", "b"])),
        ("!FindInMap [Regions, !Ref 'AWS::Region', Text]", json!("east")),
        ("!FindInMap [Regions, us-east-1, List]", json!(["x", "y"])),
        ("!FindInMap [Regions, eu-west-1, Text, {DefaultValue: none}]", json!("none")),
        ("!If [IsSite, a, b]", json!("a")),
        ("!If [IsNot, a, !Ref AWS::NoValue]", json!(null)),
        ("!If [Both, !If [Either, 1, 2], 3]", json!(1)),
        ("!Base64 abc", json!("YWJj")),
        (
            "!GetAZs ''",
            json!(["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"]),
        ),
        ("!Cidr [10.0.0.0/16, 2, 8]", json!(["10.0.0.0/24", "10.0.1.0/24"])),
        ("{Fn::Length: !Ref Zones}", json!(3)),
        ("{Fn::ToJsonString: {a: [!Ref Size]}}", json!("{\"a\":[\"3\"]}")),
        ("{Ref: Name, Other: x}", json!({"Ref": "Name", "Other": "x"})),
        ("{Condition: {StringEquals: {a: b}}}", json!({"Condition": {"StringEquals": {"a": "b"}}})),
        ("0123", json!("0123")),
    ] {
        let prepared = prepared(&format!("{HEAD}      X: {text}\n"));
        let found = properties(&prepared, "Made").get("X").cloned().unwrap_or_default();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn results_lie_where_their_expressions_lie() {
    let prepared = prepared(&format!("{HEAD}      X: !Sub '${{Bucket}}'\n"));
    let made = prepared.resource("Made").expect("Made");
    let node = frontgate_template::resolve(&prepared, &made.properties, &Made).expect("resolved");
    let place = node.get("X").map(|node| prepared.source.slice(node.span));
    assert_eq!(place, Some("!Sub '${Bucket}'"));
}

#[test]
fn parameters_given_win_over_defaults() {
    let template = loaded(&format!("{HEAD}      X: !If [IsSite, 1, 2]\n"));
    let prepared = prepare(&template, &context(&[("Name", "other"), ("Zones", "z")])).expect("prepared");
    assert_eq!(properties(&prepared, "Made")["X"], json!(2));
    assert_eq!(prepared.parameter("Zones").map(|p| p.text.as_str()), Some("z"));
    assert_eq!(prepared.conditions.get("IsNot"), Some(&true));
}

#[test]
fn resources_come_after_what_they_need() {
    let prepared = prepared(
        r#"
Conditions:
  Never: !Equals [a, b]
Resources:
  Z: {Type: AWS::SNS::Topic, DependsOn: Y, Properties: {A: !Ref X}}
  Y: {Type: AWS::SNS::Topic, Properties: {A: !If [Never, !Ref Gone, !GetAtt W.Arn]}}
  X: {Type: AWS::SNS::Topic, Metadata: {a: !Sub "${W}"}}
  W: {Type: AWS::SNS::Topic, DeletionPolicy: Retain, DependsOn: [Gone]}
  Gone: {Type: AWS::SNS::Topic, Condition: Never, Properties: {A: !Ref Z}}
"#,
    );
    let order = prepared.resources.iter().map(|r| r.logical_id.as_str()).collect::<Vec<_>>();
    assert_eq!(order, ["W", "X", "Y", "Z"]);
    assert_eq!(prepared.resource("Z").map(|r| r.depends_on.join(",")).as_deref(), Some("X,Y"));
    assert_eq!(prepared.resource("W").and_then(|r| r.deletion_policy.as_deref()), Some("Retain"));
    assert!(prepared.resource("W").is_some_and(|r| r.depends_on.is_empty()));
}

#[test]
fn outputs() {
    let prepared = prepared(&format!(
        "{HEAD}      X: 1\nOutputs:\n  One: {{Value: !GetAtt Bucket.Arn, Description: d, Export: {{Name: !Sub '${{AWS::StackName}}-x'}}}}\n  Two: {{Value: 5}}\n  Three: {{Value: x, Condition: IsNot}}\n"
    ));
    let outputs = resolve_outputs(&prepared, &Made).expect("outputs");
    let shown = outputs.iter().map(|o| format!("{}={}", o.name, o.value)).collect::<Vec<_>>();
    assert_eq!(shown, ["One=<Bucket.Arn>", "Two=5"]);
    assert_eq!(outputs[0].export_name.as_deref(), Some("web-app-x"));
    assert_eq!(outputs[0].description.as_deref(), Some("d"));
}

#[test]
fn attributes_that_do_not_exist() {
    let prepared =
        prepared(&format!("{HEAD}      X: !GetAtt Bucket.Unknown\n      Y: !Sub '${{Bucket.List}}'\n"));
    let made = prepared.resource("Made").expect("Made");
    let errors =
        frontgate_template::resolve(&prepared, &made.properties, &Made).expect_err("no such attribute");
    let messages = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>();
    assert_eq!(
        messages,
        [
            "Template error: resource Bucket does not support attribute type Unknown in Fn::GetAtt",
            "Template error: variable Bucket.List in Fn::Sub expression does not resolve to a string"
        ]
    );
}

#[test]
fn json_and_yaml_mean_the_same() {
    let json_text = r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"X": {"Fn::Join": ["", [{"Ref": "AWS::Region"}, {"Fn::GetAtt": ["B", "Arn"]}]]}}}, "B": {"Type": "AWS::S3::Bucket"}}}"#;
    let yaml_text = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      X: !Join ['', [!Ref AWS::Region, !GetAtt B.Arn]]\n  B: {Type: AWS::S3::Bucket}\n";
    let (json, yaml) = (prepared(json_text), prepared(yaml_text));
    assert_eq!(properties(&json, "A"), properties(&yaml, "A"));
    assert_eq!(json.resources.first().map(|r| r.logical_id.as_str()), Some("B"));
}

#[test]
fn metadata_stays_as_written() {
    let prepared = prepared(
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata: {frontgate: {folder: ./site}}\n",
    );
    let folder =
        prepared.resource("B").and_then(|r| r.metadata.as_ref()).and_then(|m| m.at(&["frontgate", "folder"]));
    assert_eq!(folder.and_then(Node::as_str), Some("./site"));
}
