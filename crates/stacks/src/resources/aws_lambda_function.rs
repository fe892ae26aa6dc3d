//! `AWS::Lambda::Function`: a function that runs as a process on this machine.

use std::time::Duration;

use frontgate_snapshot::{Code, Function};
use frontgate_template::ResourceNode;

use super::lambda_drafts::{LambdaDraft, features};
use super::lambda_settings::settings;
use super::{aws_lambda_layerversion, cdk_assets};
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// Makes a function.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("FunctionName")
        .map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    let arn = maker.arn("lambda", &format!("function:{name}"));
    properties.require("Code");
    let code = properties.object("Code").and_then(|code| code_of(node, &code, maker));
    let handler = properties.required_text("Handler");
    let runtime = properties.required_text("Runtime");
    if let (Some(Code::Inline(_)), Some(runtime)) = (&code, &runtime) {
        check_inline(properties, runtime);
    }
    let timeout = properties.number("Timeout", 1..=900).unwrap_or(TIMEOUT_SECONDS_DEFAULT);
    let memory = properties.number("MemorySize", 128..=10_240).unwrap_or(MEMORY_MB_DEFAULT);
    let reserved = properties.number("ReservedConcurrentExecutions", 0..=1000);
    let storage = storage_mb(properties);
    let layers = aws_lambda_layerversion::folders(properties, runtime.as_ref(), maker);
    let environment =
        properties.object("Environment").map_or_else(Vec::new, |environment| variables(&environment));
    if let Some(package) = properties.text("PackageType")
        && package.value != "Zip"
    {
        properties.unsupported_value("PackageType", &package);
    }
    let recursive_loop = properties.choice("RecursiveLoop", &[("Allow", true), ("Terminate", false)]);
    let features = features(properties, !environment.is_empty());
    tracing(properties);
    let role = properties.text("Role").map_or_else(String::new, |role| role.value.into_owned());
    properties.accept(&["Architectures", "Description", "Tags"]);
    let log_group = settings(properties);
    let place = maker.place(
        node.logical_id_span,
        format!("the function {}", node.made_by.as_ref().unwrap_or(&node.logical_id)),
    );
    let versions = maker.published.numbers(&name);
    maker.lambda_functions.push(LambdaDraft {
        name: name.clone(),
        arn: arn.clone(),
        runtime: runtime.as_ref().map_or_else(String::new, |runtime| runtime.value.to_string()),
        timeout_seconds: timeout,
        features,
        role: role.clone(),
        aliases: Vec::new(),
        versions,
        place,
    });
    if let (Some(code), Some(handler), Some(runtime)) = (code, handler, runtime) {
        maker.resources.functions.push(Function {
            name: name.as_str().into(),
            arn: arn.as_str().into(),
            region: maker.context.region.as_str().into(),
            handler: handler.value.as_ref().into(),
            runtime: runtime.value.as_ref().into(),
            code,
            layers,
            timeout: Duration::from_secs(timeout),
            memory_size_mb: u32::try_from(memory).unwrap_or(u32::MAX),
            ephemeral_storage_mb: u32::try_from(storage).unwrap_or(u32::MAX),
            log_group,
            environment,
            reserved_concurrency: reserved.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
            allows_recursion: recursive_loop == Some(true),
            role: role.into(),
            credentials: None,
            permissions: Vec::new(),
            place,
        });
    }
    Made::new(&name).with("Arn", arn)
}

/// AWS makes a file of `ZipFile` for two languages only.
fn check_inline(properties: &Object<'_>, runtime: &Text<'_>) {
    if runtime.value.starts_with("nodejs") || runtime.value.starts_with("python") {
        return;
    }
    let message = format!(
        "{}: ZipFile can only be used when Runtime is set to any of the Node.js and Python runtimes.",
        properties.path()
    );
    let cure = "Put the code into a folder, and name that.";
    properties.problems().error(runtime.span, message, "InvalidParameterValueException", cure);
}

/// X-Ray records what happens and changes no answer.
fn tracing(properties: &Object<'_>) {
    let Some(tracing) = properties.object("TracingConfig") else { return };
    if tracing.choice("Mode", &[("Active", true), ("PassThrough", false)]) == Some(true) {
        properties.problems().warning(
            tracing.span(),
            format!("{}.TracingConfig: X-Ray does not run here, so there are no traces", properties.path()),
            "nothing is recorded",
            "Nothing to do.",
        );
    }
    tracing.finish();
}

fn storage_mb(properties: &Object<'_>) -> u64 {
    let storage = properties.object("EphemeralStorage");
    let size = storage.and_then(|storage| {
        let size = storage.number("Size", 512..=10_240);
        storage.finish();
        size
    });
    size.unwrap_or(EPHEMERAL_STORAGE_MB_DEFAULT)
}

fn code_of(node: &ResourceNode, code: &Object<'_>, maker: &Maker<'_>) -> Option<Code> {
    let folder = code.text("frontgate:Folder").map(|folder| Code::Folder(maker.path(&folder.value)));
    let inline = code.text("ZipFile").map(|text| Code::Inline(text.value.into_owned()));
    let image = code.text("ImageUri").map(|_| "a container image is not run here");
    let bucket = code.text("S3Bucket");
    let key = code.text("S3Key");
    let asset = bucket.as_ref().and_then(|_| cdk_assets::folder(node, key.as_ref(), maker)).map(Code::Folder);
    let packed = bucket.map(|_| "a zip file in a bucket is not unpacked here");
    code.accept(&["S3ObjectStorageMode", "S3ObjectVersion", "SourceKMSKeyArn"]);
    code.finish();
    let found = folder.or(inline).or(asset);
    if found.is_none() {
        let why = image.or(packed).unwrap_or("there is no code");
        code.problems().error(
            code.span(),
            format!("{}: {why}", code.path()),
            "no code",
            "Use AWS::Serverless::Function with CodeUri: ./folder, or Code: {ZipFile: text}.",
        );
    }
    found
}

fn variables(environment: &Object<'_>) -> Vec<(String, String)> {
    let mut list = Vec::new();
    if let Some(variables) = environment.node("Variables").and_then(|node| node.as_map()) {
        for entry in variables.iter() {
            match entry.node.text() {
                Some(value) => list.push((entry.key.clone(), value)),
                None => environment.problems().error(
                    entry.node.span,
                    format!("{}.Variables.{}: expected type: String", environment.path(), entry.key),
                    "expected String",
                    "",
                ),
            }
        }
    }
    environment.finish();
    list
}

const TIMEOUT_SECONDS_DEFAULT: u64 = 3;
const MEMORY_MB_DEFAULT: u64 = 128;
const EPHEMERAL_STORAGE_MB_DEFAULT: u64 = 512;
