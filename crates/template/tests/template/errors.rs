//! What is wrong, in which words, where, and what to do.

use frontgate_template::{Severity, prepare};

use crate::{context, loaded, refused};

/// A template, and its findings as `code line:column message`.
fn check(text: &str, expected: &[&str]) {
    let (errors, template) = refused(text);
    let found = errors.iter().map(|error| {
        let place = error.span.map(|span| template.source.line_column(span.start));
        let place = place.map(|(line, column)| format!("{line}:{column}")).unwrap_or_default();
        format!("{} {place} {}", error.code, error.message)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected, "{text}\n{}", errors.render(&template.source, false));
}

#[test]
fn sections() {
    check("A: 1\n", &["unknown-section 1:1 Invalid template property or properties [A]"]);
    check(
        "Resources: {}\n",
        &["no-resources 1:1 Template format error: At least one Resources member must be defined."],
    );
    check(
        "AWSTemplateFormatVersion: 2011-01-01\nRules: {}\nResources: {A: {Type: T}}\n",
        &[
            "template-version 1:27 Template format error: unsupported value for AWSTemplateFormatVersion.",
            "section 2:1 the section Rules is not supported",
        ],
    );
    check(
        "Transform: [AWS::Include, MyMacro]\nResources: {A: {Type: T}}\n",
        &[
            "transform 1:13 the transform AWS::Include is not supported: macros are not run",
            "transform 1:27 the transform MyMacro is not supported: macros are not run",
        ],
    );
    check(
        "Resources: {A: {Type: AWS::Serverless::Function}}\n",
        &[
            "transform-missing 1:23 Template format error: Unrecognized resource types: [AWS::Serverless::Function]",
        ],
    );
}

#[test]
fn resources() {
    check(
        "Resources:\n  A: {}\n  B: 1\n  C-D: {Type: T}\n  E: {Type: T, Propertie: {}}\n  F: {Type: T, Properties: [a]}\n  G: {Type: T, UpdatePolicy: {}}\n  H: {Type: T, DeletionPolicy: Keep}\n  I: {Type: T, DependsOn: {Ref: A}}\n",
        &[
            "resource-without-type 2:3 Template format error: [/Resources/A] Every Resources object must contain a Type member.",
            "not-an-object 3:3 Template format error: Any Resources member must be an object.",
            "name-not-alphanumeric 4:3 Template format error: Resource name C-D is non alphanumeric.",
            "unknown-resource-attribute 5:16 Invalid template resource property 'Propertie'",
            "not-an-object 6:28 Template format error: [/Resources/F/Properties] Every Properties member must be an object.",
            "resource-attribute 7:16 the resource attribute UpdatePolicy is not supported",
            "unknown-policy 8:32 Template format error: Unrecognized DeletionPolicy Keep",
            "wrong-arguments 9:27 Template format error: Every DependsOn value must be a string, or a list of strings.",
        ],
    );
}

#[test]
fn references() {
    check(
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: T, Condition: Never}\n  B:\n    Type: T\n    DependsOn: X\n    Properties:\n      P: !Ref A\n      Q: !GetAtt Y.Arn\n      R: !Sub \"${Z}\"\n      S: !If [Maybe, 1, !Ref U]\n      T: !If [Never, !Ref A, 1]\n  C: {Type: T, Condition: Nope}\nOutputs:\n  O: {Value: !Ref V}\n",
        &[
            "unresolved-reference 6:16 Template format error: Unresolved resource dependencies [X] in the Resources block of the template",
            "unresolved-reference 8:10 Template format error: Unresolved resource dependencies [A] in the Resources block of the template",
            "unresolved-reference 9:10 Template error: instance of Fn::GetAtt references undefined resource Y",
            "unresolved-reference 10:16 Template format error: Unresolved resource dependencies [Z] in the Resources block of the template",
            "unresolved-condition 11:15 Template error: unresolved condition dependency Maybe in Fn::If",
            "unresolved-reference 11:25 Template format error: Unresolved resource dependencies [U] in the Resources block of the template",
            "unresolved-condition 13:27 Template error: unresolved condition dependency Nope in the Resources block of the template",
            "unresolved-reference 15:14 Template format error: Unresolved resource dependencies [V] in the Outputs block of the template",
        ],
    );
}

#[test]
fn circles() {
    check(
        "Resources:\n  A: {Type: T, DependsOn: B}\n  B: {Type: T, Properties: {P: !Ref C}}\n  C: {Type: T, Properties: {P: !Sub \"${A}\"}}\n  D: {Type: T, DependsOn: D}\n",
        &[
            "circular-dependency 2:27 Circular dependency between resources: [A, B, C]",
            "circular-dependency 5:27 Circular dependency between resources: [D]",
        ],
    );
    let (errors, _) = refused("Resources:\n  A: {Type: T, DependsOn: B}\n  B: {Type: T, DependsOn: A}\n");
    let cure = errors.0[0].cure.as_deref().unwrap_or_default();
    assert!(cure.starts_with("A needs B (line 2), B needs A (line 3);"), "{cure}");
    check(
        "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {R: {Type: T, Condition: A}}\n",
        &["circular-condition 1:14 Template error: Found circular condition dependency between A, B and A"],
    );
}

#[test]
fn function_arguments() {
    const ROWS: &[(&str, &str)] = &[
        (
            "!Select [a, [b]]",
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
        ),
        ("!Select [2, [a, b]]", "Template error: Fn::Select cannot select nonexistent value at index 2"),
        (
            "{Fn::GetAtt: [R]}",
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
        ),
        (
            "!Split [a]",
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
        ),
        ("!FindInMap [M, A, B]", "Template error: Unable to get mapping for M::A::B"),
        (
            "!FindInMap [N, A, B]",
            "Template error: Mapping named 'N' is not present in the 'Mappings' section of template.",
        ),
        (
            "!Ref [a]",
            "Template validation error: Template error: every Ref object must have a single String value.",
        ),
        (
            "!Join [a]",
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
        ),
        (
            "!Sub [a]",
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
        ),
        ("!Base64 [a]", "Template error: every Fn::Base64 object must have a String-typed value."),
        ("{Fn::Joyn: [a]}", "Template error: there is no intrinsic function Fn::Joyn"),
        ("{Fn::Sub: a, b: c}", "Fn::Sub stands in a map beside other keys"),
        ("!ImportValue a", "Fn::ImportValue is not supported: values of other stacks are not imported"),
        (
            "!Transform {Name: AWS::Include}",
            "Fn::Transform is not supported: macros and AWS::Include are not run",
        ),
        ("{Fn::Length: [a]}", "Template error: Fn::Length needs the transform AWS::LanguageExtensions"),
        ("'{{resolve:ssm:a}}'", "dynamic references to ssm are not resolved"),
        (
            "!Sub '{{resolve:secretsmanager:${AWS::Region}}}'",
            "dynamic references to secretsmanager are not resolved",
        ),
        ("!If [a, b]", "Template error: Fn::If requires a list argument with three elements"),
    ];
    for (text, expected) in ROWS {
        let text = format!(
            "Mappings: {{M: {{A: {{C: d}}}}}}\nResources:\n  R:\n    Type: T\n    Properties:\n      X: {text}\n"
        );
        let (errors, template) = refused(&text);
        let first = errors.iter().find(|error| error.message == *expected);
        let first = first.unwrap_or_else(|| panic!("{text}\n{}", errors.render(&template.source, false)));
        assert_eq!(first.span.map(|span| template.source.line_column(span.start).0), Some(6), "{text}");
    }
}

#[test]
fn conditions() {
    const ROWS: &[(&str, &str)] = &[
        ("!Equals [a]", "Template error: every Fn::Equals object requires a list of 2 string parameters."),
        ("!Not [a, b]", "Template error: every Fn::Not object requires a list of 1 boolean parameter."),
        (
            "!Condition D",
            "Template error: unresolved condition dependency D in the Conditions block of the template",
        ),
        (
            "!Equals [!Ref R, a]",
            "Template error: Unresolved dependencies [R]. Cannot reference resources in the Conditions block of the template",
        ),
        ("true", "Template format error: Every Conditions member must be a condition function."),
        ("!Join [a, [b]]", "Template error: Fn::Join cannot be used as a condition"),
    ];
    for (text, expected) in ROWS {
        check(
            &format!("Conditions:\n  C: {text}\nResources: {{R: {{Type: T}}}}\n"),
            &[&format!("{} {expected}", placed(expected))],
        );
    }
}

fn placed(message: &str) -> &'static str {
    if message.contains("unresolved condition") {
        "unresolved-condition 2:17"
    } else if message.contains("Unresolved dependencies") {
        "unresolved-reference 2:15"
    } else if message.contains("member must be") || message.contains("cannot be used") {
        "not-a-condition 2:6"
    } else {
        "wrong-arguments 2:6"
    }
}

#[test]
fn parameters() {
    const ROWS: &[(&str, &str, &str)] = &[
        ("{Type: String}", "", "Parameters: [P] must have values"),
        ("{Type: Number}", "x", "Parameter 'P' must be a number."),
        ("{Type: Number, MinValue: 2}", "1", "Parameter 'P' must be a number not less than 2"),
        ("{Type: Number, MaxValue: 2}", "3", "Parameter 'P' must be a number not greater than 2"),
        ("{Type: String, AllowedValues: [a, b]}", "c", "Parameter 'P' must be one of AllowedValues (a, b)"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "A", "Parameter 'P' must match pattern [a-z]+"),
        (
            "{Type: String, AllowedPattern: 'a|b', ConstraintDescription: is wrong}",
            "ab",
            "Parameter 'P' is wrong",
        ),
        ("{Type: String, MinLength: 2}", "a", "Parameter 'P' must contain at least 2 characters"),
        ("{Type: String, MaxLength: 2}", "abc", "Parameter 'P' must contain at most 2 characters"),
        ("{Type: 'List<Number>'}", "1,x", "Parameter 'P' must be a number."),
        ("{Type: Strin}", "x", "Template format error: Unrecognized parameter type: Strin"),
        (
            "{Type: 'AWS::SSM::Parameter::Value<String>'}",
            "x",
            "the parameter type AWS::SSM::Parameter::Value<String> is not supported",
        ),
        ("{Default: a}", "x", "Template format error: Every Parameters object must contain a Type member."),
        ("{Type: String, Defalt: a}", "x", "Invalid template parameter property 'Defalt'"),
    ];
    for (declared, given, expected) in ROWS {
        let text = format!(
            "Parameters:\n  P: {declared}\nResources: {{R: {{Type: T, Properties: {{A: !Ref P}}}}}}\n"
        );
        let parameters: &[(&str, &str)] = if given.is_empty() { &[] } else { &[("P", given)] };
        let errors = prepare(&loaded(&text), &context(parameters)).expect_err(declared);
        let messages = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>();
        assert_eq!(messages, [*expected], "{declared}");
    }
    let errors = prepare(&loaded("Resources: {R: {Type: T}}"), &context(&[("Q", "1")])).expect_err("unknown");
    assert_eq!(errors.0[0].message, "Parameters: [Q] do not exist in the template");
}

#[test]
fn outputs_and_mappings() {
    check(
        "Mappings:\n  M: {a: {b: {c: d}}}\n  N: x\nResources: {R: {Type: T}}\nOutputs:\n  A: {Description: x}\n  B: {Value: [a]}\n  C: {Value: !Ref AWS::NoValue}\n  D: {Value: a, Export: {}}\n",
        &[
            "mapping-value 2:14 Template format error: Every Mappings attribute must be a String or a List.",
            "not-an-object 3:3 Template format error: Every Mappings member must be a map.",
            "output-without-value 6:3 Template format error: Every Outputs member must contain a Value object",
            "output-not-a-string 7:14 Template format error: The Value field of every Outputs member must evaluate to a String. (Output B)",
            "null-value 8:14 [/Outputs/C/Value] 'null' values are not allowed in templates",
            "export-without-name 9:17 Template format error: Output Export must contain a Name",
        ],
    );
}

#[test]
fn too_many_resources() {
    let resources = (0..501).map(|n| format!("  R{n}: {{Type: T}}\n")).collect::<String>();
    check(
        &format!("Resources:\n{resources}"),
        &[
            "too-many-members  Template format error: Number of resources, 501, is greater than maximum allowed, 500",
        ],
    );
}

#[test]
fn long_chains_of_conditions_end() {
    let conditions = (0..1999).map(|n| format!("  C{n}: !Not [!Condition C{}]\n", n + 1)).collect::<String>();
    let (errors, _) = refused(&format!(
        "Conditions:\n{conditions}  C1999: !Equals [a, a]\nResources: {{R: {{Type: T}}}}\n"
    ));
    assert!(errors.iter().any(|error| error.code == "condition-depth"));
}

#[test]
fn unsupported_parts_can_be_allowed() {
    let text = "Resources:\n  R:\n    Type: T\n    CreationPolicy: {}\n    Properties: {A: !ImportValue x, B: 1}\nOutputs:\n  O: {Value: !ImportValue y}\n  P: {Value: z}\n";
    let template = loaded(text);
    let context = frontgate_template::Context { allow_unsupported: true, ..context(&[]) };
    let prepared = prepare(&template, &context).expect("allowed");
    assert_eq!(prepared.diagnostics.0.len(), 3);
    assert!(prepared.diagnostics.iter().all(|d| d.severity == Severity::Unsupported));
    assert_eq!(crate::properties(&prepared, "R"), serde_json::json!({"B": 1}));
    let outputs = frontgate_template::resolve_outputs(&prepared, &crate::Made).expect("outputs");
    assert_eq!(outputs.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["P"]);
}

#[test]
fn the_page() {
    let (errors, template) = refused(
        "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Buket\n",
    );
    let expected = "error[unresolved-reference]: Template format error: Unresolved resource dependencies [Buket] in the Resources block of the template
 --> t.yaml:6:15
  |
6 |       Bucket: !Ref Buket
  |               ^^^^^^^^^^ there is no Buket
  |
  = help: did you mean `Bucket`?
";
    assert_eq!(errors.render(&template.source, false), expected);
    assert!(errors.render(&template.source, true).contains("\u{1b}["));
}
