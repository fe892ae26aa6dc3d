//! What is known about a template before anything has a physical id.

use std::collections::BTreeMap;

use crate::{Diagnostics, Map, Node, SourceFile, Span, Value};

/// A loaded template: the document and the text it was read from.
#[derive(Clone, Debug)]
pub struct Template {
    /// The whole document.
    pub document: Node,
    /// The text.
    pub source: SourceFile,
    /// What is suspicious about the text itself.
    pub notices: Diagnostics,
}

/// What a template does not say itself: where and as what it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::StackId`.
    pub stack_id: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account_id: String,
    /// `AWS::Partition`.
    pub partition: String,
    /// `AWS::URLSuffix`.
    pub url_suffix: String,
    /// The parameters that the user gave.
    pub parameters: BTreeMap<String, String>,
    /// Whether unsupported parts are left inert (and listed in [`Prepared::diagnostics`]) instead of refused.
    pub allow_unsupported: bool,
}

/// A checked and transformed template.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// `Description`.
    pub description: Option<String>,
    /// The resources whose condition holds, each after those that it needs.
    pub resources: Vec<ResourceNode>,
    /// The outputs whose condition holds, with their intrinsics unresolved.
    pub outputs: Vec<OutputNode>,
    /// The parameters and their values.
    pub parameters: Vec<ParameterValue>,
    /// The conditions and what they came to.
    pub conditions: BTreeMap<String, bool>,
    /// What the template had for transforms.
    pub transforms: Vec<String>,
    /// `Mappings`, as written.
    pub mappings: Map,
    /// The template's own `Metadata`, as written.
    pub metadata: Option<Node>,
    /// Warnings, and unsupported parts that were allowed.
    pub diagnostics: Diagnostics,
    /// Where and as what it is deployed.
    pub context: Context,
    /// The text, for later findings.
    pub source: SourceFile,
}

/// A resource that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceNode {
    /// Its name in the template.
    pub logical_id: String,
    /// Where that name was written.
    pub logical_id_span: Span,
    /// Its type, such as `AWS::S3::Bucket`.
    pub kind: String,
    /// Where the type was written.
    pub kind_span: Span,
    /// Its properties, intrinsics unresolved; an empty map if there are none.
    pub properties: Node,
    /// Its metadata, as written.
    pub metadata: Option<Node>,
    /// The whole resource.
    pub span: Span,
    /// The resources that it needs: by `DependsOn` or by reference, in the order of the template.
    pub depends_on: Vec<String>,
    /// `Delete`, `Retain`, `RetainExceptOnCreate` or `Snapshot`.
    pub deletion_policy: Option<String>,
    /// The same for replacement.
    pub update_replace_policy: Option<String>,
    /// The SAM resource that produced it; `None` for what the template says itself.
    pub made_by: Option<String>,
}

/// An output that is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputNode {
    /// Its name.
    pub name: String,
    /// Its value, intrinsics unresolved.
    pub value: Node,
    /// Its description.
    pub description: Option<String>,
    /// Under which name it is exported, intrinsics unresolved.
    pub export_name: Option<Node>,
    /// The whole output.
    pub span: Span,
}

/// An output with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its description.
    pub description: Option<String>,
    /// Under which name it is exported.
    pub export_name: Option<String>,
    /// Where its value was written.
    pub span: Span,
}

/// A parameter and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterValue {
    /// Its name.
    pub name: String,
    /// Its type, such as `String` or `List<Number>`.
    pub kind: String,
    /// The value as the user or the default gave it.
    pub text: String,
    /// The value that `Ref` gives: a string, or a list of strings.
    pub value: Value,
    /// Whether the value must not be shown.
    pub no_echo: bool,
    /// Where the parameter was declared.
    pub span: Span,
}

/// What a resource answers to `Ref` and `Fn::GetAtt` once it has a physical id.
pub trait Attributes {
    /// The answer to `Ref`.
    fn reference(&self, logical_id: &str) -> Option<String>;
    /// The answer to `Fn::GetAtt`.
    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value>;
}

impl Default for Context {
    fn default() -> Self {
        Self {
            stack_name: "stack".into(),
            stack_id: String::new(),
            region: "us-east-1".into(),
            account_id: frontgate_aws::ids::ACCOUNT_ID.into(),
            partition: frontgate_aws::ids::PARTITION.into(),
            url_suffix: frontgate_aws::ids::URL_SUFFIX.into(),
            parameters: BTreeMap::new(),
            allow_unsupported: false,
        }
    }
}

impl Prepared {
    /// The resource called `logical_id`.
    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&ResourceNode> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }

    /// The parameter called `name`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&ParameterValue> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}
