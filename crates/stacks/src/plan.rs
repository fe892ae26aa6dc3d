//! From the text of a template to everything that it makes, or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_edge_rules::ViewerFunction;
use frontgate_snapshot::Resources;
use frontgate_template::{
    Context, Diagnostics, Output, Prepared, ResourceNode, Severity, SourceFile, Template,
};

use crate::deployments::Deployments;
use crate::locations;
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object, Problems};
use crate::published::Published;
use crate::resources;
use crate::resources::gateway_domain_names::DomainNameParts;
use crate::resources::gateway_usage_plans::UsageDraft;
use crate::resources::iam_identities::IamDraft;

/// What the user gave beside the template.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the stack.
    pub stack_name: String,
    /// The region.
    pub region: String,
    /// Parameters of the template.
    pub parameters: BTreeMap<String, String>,
    /// Folders of buckets by logical or physical name.
    pub bucket_folders: BTreeMap<String, PathBuf>,
    /// The names of the certificates that the user gave.
    pub user_certificates: Vec<Box<str>>,
    /// What secrets are made from; known to this machine only.
    pub secret_seed: Vec<u8>,
    /// Something tells the country of viewers, of some at least.
    pub viewers_are_located: bool,
    /// The versions of functions that earlier deployments published.
    pub published: Published,
    /// The fingerprints of the code and the layers of functions as they lie there now, by the names of the functions.
    pub code_fingerprints: BTreeMap<String, [u8; 32]>,
    /// What is not implemented is left inert and said at every start, instead of refused.
    pub allow_unsupported: bool,
}

/// A template that can be deployed as it stands.
#[derive(Debug)]
pub struct Planned {
    /// Everything that it makes.
    pub resources: Resources,
    /// Its CloudFront Functions, published or not.
    pub viewer_functions: Vec<Arc<ViewerFunction>>,
    /// The stack as people see it.
    pub stack: Stack,
    /// What its deployments have captured, for the next plan.
    pub deployments: Deployments,
    /// The versions of functions that are published, those of earlier deployments included.
    pub published: Published,
    /// Warnings, and what was left inert.
    pub notices: Diagnostics,
    /// The text that the notices point into.
    pub source: SourceFile,
}

/// A stack as people see it.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its outputs.
    pub outputs: Vec<Output>,
    /// Logical id, type and physical id of each resource.
    pub resources: Vec<(String, String, String)>,
}

/// A template of which nothing was made.
#[derive(Debug)]
pub struct Refused {
    /// Everything that is wrong with it.
    pub diagnostics: Diagnostics,
    /// The text that they point into.
    pub source: SourceFile,
}

/// Makes everything that the template `text` of the file `file_name` describes. `earlier` is what the deployments of the
/// same stack have captured until now.
///
/// # Errors
/// All diagnostics at once, when one of them forbids the deployment; nothing is made then.
pub fn plan(
    file_name: &str,
    text: &str,
    folder: &Path,
    options: &Options,
    earlier: &Deployments,
) -> Result<Planned, Box<Refused>> {
    let blank = SourceFile::new(file_name, text);
    let refuse = |diagnostics, source: &SourceFile| Box::new(Refused { diagnostics, source: source.clone() });
    let mut template = frontgate_template::load(file_name, text).map_err(|all| refuse(all, &blank))?;
    // Whether they are allowed is asked once everything is known, so that all unsupported parts are said at once.
    let context = Context { allow_unsupported: true, ..context(options) };
    include(&mut template, &context, folder, options).map_err(|all| refuse(all, &template.source))?;
    let prepared =
        frontgate_template::prepare(&template, &context).map_err(|all| refuse(all, &template.source))?;
    let mut notices = prepared.diagnostics.clone();
    let (maker, problems) = make_all(&prepared, &context, folder, options, earlier);
    notices.append(problems);
    let outputs = frontgate_template::resolve_outputs(&prepared, &maker).unwrap_or_else(|all| {
        notices.append(all);
        Vec::new()
    });
    if notices.are_fatal(options.allow_unsupported) {
        return Err(refuse(notices, &maker.source));
    }
    let listed = prepared.resources.iter().map(|node| {
        let physical =
            maker.made.get(&node.logical_id).map_or_else(String::new, |made| made.reference.clone());
        (node.logical_id.clone(), node.kind.clone(), physical)
    });
    let stack = Stack { name: context.stack_name.clone(), outputs, resources: listed.collect() };
    let viewer_functions = maker.functions.iter().map(|function| Arc::clone(&function.function)).collect();
    let Maker { resources, deployments, published, source, .. } = maker;
    Ok(Planned { resources, viewer_functions, stack, deployments, published, notices, source })
}

/// Puts files in the place of the `AWS::Include` that names them.
fn include(
    template: &mut Template,
    context: &Context,
    folder: &Path,
    options: &Options,
) -> Result<(), Diagnostics> {
    let declared = template.clone();
    let folder_of = |bucket: &str| {
        let given = options.bucket_folders.get(bucket).cloned();
        given.or_else(|| locations::declared_folder(&declared, bucket, folder))
    };
    let mut read = |location: &str| locations::read(location, folder, folder_of);
    frontgate_template::include(template, context, &mut read)
}

fn context(options: &Options) -> Context {
    let stack_name = options.stack_name.clone();
    let region = options.region.clone();
    let uuid = ids::uuid("stack", &format!("{region}/{stack_name}"));
    let stack_id = format!(
        "arn:{}:cloudformation:{region}:{}:stack/{stack_name}/{uuid}",
        ids::PARTITION,
        ids::ACCOUNT_ID
    );
    Context { stack_name, stack_id, region, parameters: options.parameters.clone(), ..Context::default() }
}

fn make_all<'a>(
    prepared: &'a Prepared,
    context: &'a Context,
    folder: &'a Path,
    options: &'a Options,
    earlier: &'a Deployments,
) -> (Maker<'a>, Diagnostics) {
    let problems = Problems::default();
    let mut maker = Maker {
        context,
        source: prepared.source.clone(),
        folder,
        bucket_folders: &options.bucket_folders,
        nodes: &prepared.resources,
        earlier,
        resources: Resources::default(),
        deployments: Deployments::default(),
        apis: Vec::new(),
        http_apis: Vec::new(),
        domain_name_parts: DomainNameParts::default(),
        usage: UsageDraft::default(),
        stage_logging: Default::default(),
        access_controls: BTreeMap::new(),
        secret_seed: &options.secret_seed,
        viewers_are_located: options.viewers_are_located,
        access_identities: Vec::new(),
        iam: IamDraft::default(),
        functions: Vec::new(),
        lambda_functions: Vec::new(),
        published: options.published.clone(),
        code_fingerprints: &options.code_fingerprints,
        event_invoke: Vec::new(),
        layers: Vec::new(),
        roles: Vec::new(),
        key_value_stores: Vec::new(),
        key_groups: BTreeMap::new(),
        public_keys: Vec::new(),
        certificates: Vec::new(),
        logging: Vec::new(),
        record_sets: Vec::new(),
        user_certificates: &options.user_certificates,
        made: BTreeMap::new(),
    };
    maker.published.begin();
    for node in &prepared.resources {
        let made = make(prepared, node, &mut maker, &problems);
        maker.made.insert(node.logical_id.clone(), made);
    }
    resources::close(&mut maker, &problems);
    (maker, Diagnostics(problems.into_list()))
}

fn make(prepared: &Prepared, node: &ResourceNode, maker: &mut Maker<'_>, problems: &Problems) -> Made {
    let reference = format!("{INERT_MARK}{}", node.logical_id).to_ascii_lowercase();
    let inert = Made { reference, attributes: Vec::new(), inert: true };
    let Some(handler) = resources::handler(&node.kind) else {
        refuse_type(node, problems);
        return table(prepared, node, maker).unwrap_or(inert);
    };
    let properties = match frontgate_template::resolve(prepared, &node.properties, maker) {
        Ok(properties) => properties,
        Err(all) => {
            problems.extend(all);
            return inert;
        }
    };
    let object = Object::new(&properties, node.logical_id.clone(), problems);
    let made = handler(node, &object, maker);
    object.finish();
    made
}

/// A table is left inert, too, but has its name, by which functions know one that runs elsewhere.
fn table(prepared: &Prepared, node: &ResourceNode, maker: &mut Maker<'_>) -> Option<Made> {
    if node.kind != "AWS::DynamoDB::Table" {
        return None;
    }
    let properties = frontgate_template::resolve(prepared, &node.properties, maker).ok()?;
    let given = properties.get("TableName").and_then(frontgate_template::Node::as_str).map(str::to_owned);
    let name = given.unwrap_or_else(|| maker.generated_name(node));
    let arn = maker.arn("dynamodb", &format!("table/{name}"));
    Some(Made { inert: true, ..Made::new(name).with("Arn", arn) })
}

/// Says that a type is not made, and why.
fn refuse_type(node: &ResourceNode, problems: &Problems) {
    let anyway = "start with --allow-unsupported to go on without it.";
    if let Some(reason) = resources::refused::reason(&node.kind) {
        let message = format!("{}: {} is not made: {reason}", node.logical_id, node.kind);
        return problems.unsupported(node.kind_span, message, format!("Remove it, or {anyway}"));
    }
    let message = format!("{}: the resource type {} is not implemented yet", node.logical_id, node.kind);
    match resources::nearest_kind(&node.kind) {
        Some(near) if resources::refused::is_misspelt(&node.kind, near) => {
            let message = format!("Template format error: Unrecognized resource types: [{}]", node.kind);
            problems.error(node.kind_span, message, "no such type", format!("Did you mean {near}?"));
        }
        Some(near) => {
            let cure = format!("Did you mean {near}? Else remove it, or {anyway}");
            problems.unsupported(node.kind_span, message, cure);
        }
        None => problems.unsupported(node.kind_span, message, format!("Remove it, or {anyway}")),
    }
}

impl Planned {
    /// The notices that say what was left inert.
    pub fn inert(&self) -> impl Iterator<Item = &frontgate_template::Diagnostic> {
        self.notices.iter().filter(|notice| notice.severity == Severity::Unsupported)
    }
}
