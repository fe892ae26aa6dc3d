//! Settings of a function that change nothing of what it answers here: each is read, and said where it has no effect.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>

use crate::properties::Object;

/// Reads them; what would change an answer and is not done is refused by name. Returns the name of the log group.
pub fn settings(properties: &Object<'_>) -> Option<Box<str>> {
    // The environment is not stored where a key would protect it.
    properties.accept(&["KmsKeyArn"]);
    let log_group = logging(properties);
    runtime_management(properties, "RuntimeManagementConfig");
    snap_start(properties);
    network(properties);
    properties.unsupported(&[
        "CapacityProviderConfig",
        "CodeSigningConfigArn",
        "DeadLetterConfig",
        "DurableConfig",
        "FileSystemConfigs",
        "FunctionScalingConfig",
        "ImageConfig",
        "PublishToLatestPublished",
        "TenancyConfig",
    ]);
    log_group
}

/// `LoggingConfig`: the log group that the function is told. Lines are shown as text, whatever their format is on AWS.
fn logging(properties: &Object<'_>) -> Option<Box<str>> {
    let config = properties.object("LoggingConfig")?;
    let format = config.choice("LogFormat", &[("JSON", true), ("Text", false)]);
    let is_json = format == Some(true);
    for (name, levels) in [("ApplicationLogLevel", APPLICATION_LEVELS), ("SystemLogLevel", SYSTEM_LEVELS)] {
        let level = config.choice(name, levels);
        if level.is_some() && !is_json {
            let message = format!(
                "{}.{name}: InvalidParameterValueException: log levels are set for the LogFormat JSON only",
                config.path()
            );
            config.problems().error(config.span_of(name), message, "without JSON", "Add LogFormat: JSON.");
        }
    }
    if is_json {
        let message = format!(
            "{}.LogFormat: lines of functions are shown as text, all levels of them, whatever the format is on AWS",
            config.path()
        );
        config.problems().warning(config.span_of("LogFormat"), message, "no effect here", "It can stay.");
    }
    let group = config.text("LogGroup").map(|group| group.value.as_ref().into());
    config.finish();
    group
}

/// `RuntimeManagementConfig`, which versions call `RuntimePolicy`: a function has the runtime of this machine, which nobody
/// updates for it.
pub fn runtime_management(properties: &Object<'_>, name: &'static str) {
    let Some(config) = properties.object(name) else { return };
    config.require("UpdateRuntimeOn");
    let updates = config.choice(
        "UpdateRuntimeOn",
        &[("Auto", "Auto"), ("FunctionUpdate", "FunctionUpdate"), ("Manual", "Manual")],
    );
    let version = config.text("RuntimeVersionArn");
    if updates == Some("Manual") && version.is_none() {
        config.require("RuntimeVersionArn");
    }
    config.finish();
}

/// `SnapStart`: functions start from their code, so hooks of snapshots are not called.
fn snap_start(properties: &Object<'_>) {
    let Some(config) = properties.object("SnapStart") else { return };
    config.require("ApplyOn");
    let applied = config.choice("ApplyOn", &[("None", false), ("PublishedVersions", true)]);
    if applied == Some(true) {
        let message = format!(
            "{}.SnapStart: functions start from their code here: no snapshot is taken, and no hook of one is called",
            properties.path()
        );
        config.problems().warning(config.span(), message, "no effect here", "It can stay.");
    }
    config.finish();
}

/// `VpcConfig`: a function reaches what this machine reaches.
fn network(properties: &Object<'_>) {
    let Some(config) = properties.object("VpcConfig") else { return };
    config.flag("Ipv6AllowedForDualStack");
    let (subnets, groups) = (config.nodes("SubnetIds"), config.nodes("SecurityGroupIds"));
    config.finish();
    if subnets.is_empty() && groups.is_empty() {
        return;
    }
    let message = format!(
        "{}.VpcConfig: there is no VPC here: the function reaches what this machine reaches, the Internet included",
        properties.path()
    );
    config.problems().warning(config.span(), message, "no effect here", "It can stay.");
}

/// The lines of the function itself.
const APPLICATION_LEVELS: &[(&str, ())] =
    &[("DEBUG", ()), ("ERROR", ()), ("FATAL", ()), ("INFO", ()), ("TRACE", ()), ("WARN", ())];

/// The lines of Lambda.
const SYSTEM_LEVELS: &[(&str, ())] = &[("DEBUG", ()), ("INFO", ()), ("WARN", ())];
