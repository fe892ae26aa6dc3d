//! What the making of one resource may read and add to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use frontgate_cloudfront_functions_rules::KeyValueStore;
use frontgate_edge_rules::signed::PublicKey;
use frontgate_explain::{Place, PlaceId};
use frontgate_snapshot::Resources;
use frontgate_template::{Attributes, Context, Node, ResourceNode, SourceFile, Span, Value};

use crate::deployments::Deployments;
use crate::properties::INERT_MARK;
use crate::published::Published;
use crate::resources::aws_certificatemanager_certificate::Certificate;
use crate::resources::aws_cloudfront_function::Function;
use crate::resources::aws_cloudfront_originaccesscontrol::AccessControl;
use crate::resources::aws_lambda_eventinvokeconfig::EventInvokeDraft;
use crate::resources::aws_lambda_layerversion::LayerDraft;
use crate::resources::aws_route53_recordset::RecordDraft;
use crate::resources::cloudfront_logging::LoggingDraft;
use crate::resources::gateway_domain_names::DomainNameParts;
use crate::resources::gateway_stage_settings::StageLoggingDraft;
use crate::resources::gateway_usage_plans::UsageDraft;
use crate::resources::http_api_parts::HttpApiDraft;
use crate::resources::iam_identities::IamDraft;
use crate::resources::lambda_drafts::{LambdaDraft, RoleDraft};
use crate::resources::rest_api_parts::ApiDraft;

/// The stack under construction.
pub struct Maker<'a> {
    /// Name, region and account of the stack.
    pub context: &'a Context,
    /// The template's text, for places.
    pub source: SourceFile,
    /// The folder of the template, which relative folders start from.
    pub folder: &'a Path,
    /// Folders of buckets from the command line, by logical or physical name.
    pub bucket_folders: &'a BTreeMap<String, PathBuf>,
    /// What secrets are made from; known to this machine only.
    pub secret_seed: &'a [u8],
    /// Something tells the country of viewers, of some at least.
    pub viewers_are_located: bool,
    /// All resources of the template.
    pub nodes: &'a [ResourceNode],
    /// What the deployments of the last plan have captured.
    pub earlier: &'a Deployments,
    /// What has been made so far.
    pub resources: Resources,
    /// What the deployments of this plan have captured.
    pub deployments: Deployments,
    /// REST APIs, put together from several resources and closed at the end.
    pub apis: Vec<ApiDraft>,
    /// HTTP APIs, put together from several resources and closed at the end.
    pub http_apis: Vec<HttpApiDraft>,
    /// Mappings and rules of custom domain names, bound to their APIs at the end.
    pub domain_name_parts: DomainNameParts,
    /// API keys and usage plans, bound together at the end.
    pub usage: UsageDraft,
    /// Logs that stages ask for, and the role of the account.
    pub stage_logging: StageLoggingDraft,
    /// Origin access controls by id.
    pub access_controls: BTreeMap<String, AccessControl>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// The names of the certificates that the user gave on the command line.
    pub user_certificates: &'a [Box<str>],
    /// Access logs of distributions, whose buckets are found at the end.
    pub logging: Vec<LoggingDraft>,
    /// Record sets, put into their hosted zones at the end.
    pub record_sets: Vec<RecordDraft>,
    /// Users, groups, roles and policies, bound together at the end.
    pub iam: IamDraft,
    /// Ids of origin access identities.
    pub access_identities: Vec<String>,
    /// CloudFront Functions.
    pub functions: Vec<Function>,
    /// Functions of Lambda.
    pub lambda_functions: Vec<LambdaDraft>,
    /// Versions of functions.
    pub published: Published,
    /// The fingerprints of the code of functions, by their names.
    pub code_fingerprints: &'a BTreeMap<String, [u8; 32]>,
    /// How events of functions are treated, bound to the functions at the end.
    pub event_invoke: Vec<EventInvokeDraft>,
    /// Layer versions.
    pub layers: Vec<LayerDraft>,
    /// Roles.
    pub roles: Vec<RoleDraft>,
    /// Key value stores by ARN.
    pub key_value_stores: Vec<(String, Arc<KeyValueStore>)>,
    /// Key groups by id, with their keys.
    pub key_groups: BTreeMap<String, Vec<Arc<PublicKey>>>,
    /// Public keys.
    pub public_keys: Vec<Arc<PublicKey>>,
    /// What each resource answers to Ref and GetAtt.
    pub made: BTreeMap<String, Made>,
}

/// What a resource answers to Ref and GetAtt.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The answer to Ref: the physical id.
    pub reference: String,
    /// The answers to GetAtt.
    pub attributes: Vec<(&'static str, Value)>,
    /// It was left inert: any attribute is answered by a text that names it.
    pub inert: bool,
}

impl Maker<'_> {
    /// The number of a place, with the words to call it by.
    pub fn place(&mut self, span: Span, label: impl Into<Box<str>>) -> PlaceId {
        let place = place(&self.source, span, label.into());
        self.resources.places.add(place)
    }

    /// The number of a place of a template, perhaps of an earlier one.
    pub fn place_in(&mut self, source: &SourceFile, span: Span, label: impl Into<Box<str>>) -> PlaceId {
        self.resources.places.add(place(source, span, label.into()))
    }

    /// The folder of a bucket of this template, or of another one that the user gave.
    pub fn bucket_folder(&self, name: &str) -> Option<PathBuf> {
        let made = self.resources.buckets.iter().find(|bucket| *bucket.name == *name);
        made.and_then(|bucket| bucket.folder.clone()).or_else(|| self.bucket_folders.get(name).cloned())
    }

    /// All resources that a resource needs, and those that they need.
    pub fn needs(&self, logical_id: &str) -> BTreeSet<&str> {
        let mut needed = BTreeSet::new();
        let mut open = vec![logical_id];
        while let Some(node) = open.pop().and_then(|id| self.nodes.iter().find(|node| node.logical_id == id))
        {
            let new = node.depends_on.iter().map(String::as_str).filter(|id| !needed.contains(id));
            open.extend(new);
            needed.extend(node.depends_on.iter().map(String::as_str));
        }
        needed
    }

    /// What the ids of a resource are made from: the same template gets the same ids at every start.
    pub fn seed(&self, logical_id: &str) -> String {
        format!("{}/{}/{logical_id}", self.context.region, self.context.stack_name)
    }

    /// A secret of forty letters for that purpose: the same at every start on this machine, and no other knows it.
    pub fn secret(&self, purpose: &str) -> String {
        frontgate_aws::ids::secret(self.secret_seed, &self.seed(purpose))
    }

    /// The physical name that CloudFormation generates where the template gives none: no longer than names of that type
    /// may be.
    pub fn generated_name(&self, node: &ResourceNode) -> String {
        let suffix = frontgate_aws::ids::name_suffix(&self.seed(&node.logical_id));
        let (stack, logical_id) = (self.context.stack_name.as_str(), node.logical_id.as_str());
        if !SHORT_NAMES.contains(&node.kind.as_str()) {
            return format!("{stack}-{logical_id}-{suffix}");
        }
        short_name(stack, logical_id, &suffix)
    }

    /// An ARN of this stack's region and account.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Context { partition, region, account_id, .. } = self.context;
        format!("arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }

    /// A folder that the template names, from the template's own folder.
    pub fn path(&self, text: &str) -> PathBuf {
        // The components of a path are what it says without a dot between slashes.
        self.folder.join(text).components().collect()
    }
}

/// A generated name that is cut: the stack's gives way first, then the logical id.
fn short_name(stack: &str, logical_id: &str, suffix: &str) -> String {
    let room = NAME_CHARACTERS_MAX - suffix.len() - "--".len();
    let of_stack = stack.len().min(room - logical_id.len().min(LOGICAL_ID_CHARACTERS_MIN));
    let of_id = logical_id.len().min(room - of_stack);
    format!("{}-{}-{suffix}", head(stack, of_stack), head(logical_id, of_id))
}

/// The first characters of a name, at most so many.
fn head(name: &str, length: usize) -> &str {
    &name[..name.floor_char_boundary(length)]
}

/// The types whose generated names are cut, to be names of them.
const SHORT_NAMES: &[&str] = &["AWS::IAM::Role", "AWS::IAM::User", "AWS::Lambda::Function"];
const NAME_CHARACTERS_MAX: usize = 64;
/// How much of a logical id is left beside a long name of a stack.
const LOGICAL_ID_CHARACTERS_MIN: usize = 24;

/// A place of a template, or of a file that it includes.
fn place(source: &SourceFile, span: Span, label: Box<str>) -> Place {
    let file = source.file(span);
    let (line, column) = file.line_column(span.start);
    let text = file.text().lines().nth(line as usize - 1).unwrap_or_default().trim().into();
    Place { file: file.name().into(), line, column, label, text }
}

impl Attributes for Maker<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        self.made.get(logical_id).map(|made| made.reference.clone())
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value> {
        let made = self.made.get(logical_id)?;
        let known = made.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let inert = || made.inert.then(|| format!("{INERT_MARK}{logical_id}-{name}").to_ascii_lowercase());
        known.or_else(|| inert().map(Value::String))
    }
}

impl Made {
    /// A resource with that physical id and no attributes.
    pub fn new(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), ..Self::default() }
    }

    /// The same with one more attribute.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, Value::String(value.into())));
        self
    }

    /// The same with one more attribute, a list of texts.
    pub fn with_list(mut self, name: &'static str, texts: &[String]) -> Self {
        let node = |text: &String| Node { value: Value::String(text.clone()), span: Span::default() };
        self.attributes.push((name, Value::List(texts.iter().map(node).collect())));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME_CHARACTERS_MAX, short_name};

    #[test]
    fn generated_names_are_cut() {
        const PROVIDER: &str = "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F";
        const LONG: &str = "a-stack-whose-name-alone-is-longer-than-all-of-it-may-be";
        for (stack, logical_id, expected) in [
            ("shop", "Function", "shop-Function-ABCDEFGHIJKL"),
            ("shop", PROVIDER, "shop-CustomS3AutoDeleteObjectsCustomResourceProvide-ABCDEFGHIJKL"),
            (LONG, "Function", "a-stack-whose-name-alone-is-longer-than-al-Function-ABCDEFGHIJKL"),
            (LONG, PROVIDER, "a-stack-whose-name-alone-i-CustomS3AutoDeleteObject-ABCDEFGHIJKL"),
        ] {
            assert_eq!(short_name(stack, logical_id, "ABCDEFGHIJKL"), expected);
            assert!(expected.len() <= NAME_CHARACTERS_MAX);
        }
    }
}
