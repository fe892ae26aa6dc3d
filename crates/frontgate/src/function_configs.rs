//! What the engine of the functions is told: each function, its versions and what the edge replicates of them.

use frontgate_lambda::{AliasConfig, Code, Credentials, FunctionConfig, LATEST};
use frontgate_snapshot::{Function, FunctionAlias, FunctionAtEdge, FunctionVersion, Resources};

/// All that can be invoked; functions stand before their versions.
pub fn all(resources: &Resources) -> Vec<FunctionConfig> {
    let mut configs: Vec<FunctionConfig> = Vec::new();
    for function in &resources.functions {
        let mut config = of(function);
        let aliases = resources.function_aliases.iter().filter(|alias| alias.function == function.name);
        config.aliases = aliases.map(alias).collect();
        configs.push(config);
    }
    configs.extend(resources.function_versions.iter().map(version));
    configs.extend(resources.functions_at_edge.iter().filter_map(|at_edge| replica(at_edge, resources)));
    configs
}

/// A function as it is in the template: `$LATEST`.
pub fn of(function: &Function) -> FunctionConfig {
    FunctionConfig {
        name: function.name.to_string(),
        arn: function.arn.to_string(),
        version: LATEST.to_owned(),
        handler: function.handler.to_string(),
        runtime: function.runtime.to_string(),
        code: match &function.code {
            frontgate_snapshot::Code::Folder(folder) => Code::Folder(folder.clone()),
            frontgate_snapshot::Code::Inline(text) => Code::Inline { text: text.clone() },
        },
        layers: function.layers.clone(),
        timeout: function.timeout,
        memory_size_mb: function.memory_size_mb,
        ephemeral_storage_mb: function.ephemeral_storage_mb,
        log_group: function.log_group.as_deref().map(str::to_owned),
        environment: function.environment.clone(),
        reserved_concurrency: function.reserved_concurrency,
        provisioned_concurrency: 0,
        aliases: Vec::new(),
        region: function.region.to_string(),
        credentials: function.credentials.as_ref().map(|key| Credentials {
            access_key_id: key.id.to_string(),
            secret_access_key: key.secret.to_string(),
            session_token: key.session_token.as_deref().unwrap_or_default().to_owned(),
        }),
        place: function.place,
    }
}

fn version(version: &FunctionVersion) -> FunctionConfig {
    FunctionConfig {
        arn: version.arn(),
        version: version.number.to_string(),
        provisioned_concurrency: version.provisioned_concurrency,
        ..of(&version.function)
    }
}

fn alias(alias: &FunctionAlias) -> AliasConfig {
    let additional = alias.additional.map(|(version, weight)| (version.to_string(), weight));
    AliasConfig {
        name: alias.name.to_string(),
        version: alias.version.map_or_else(|| LATEST.to_owned(), |version| version.to_string()),
        additional,
        place: alias.place,
    }
}

/// A version once more, as it runs at the edge; its environment has the reserved variables only.
fn replica(at_edge: &FunctionAtEdge, resources: &Resources) -> Option<FunctionConfig> {
    let is_it = |version: &&FunctionVersion| {
        version.function.name == at_edge.function && version.number == at_edge.version
    };
    let original = version(resources.function_versions.iter().find(is_it)?);
    Some(FunctionConfig {
        code: Code::Replica(original.qualified_name()),
        name: at_edge.name(),
        arn: at_edge.arn(),
        provisioned_concurrency: 0,
        log_group: None,
        ..original
    })
}
