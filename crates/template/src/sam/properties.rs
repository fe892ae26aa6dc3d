//! Which properties do SAM's resources have, and what becomes of them?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html>

use crate::suggest::nearest;
use crate::{Diagnostic, Diagnostics, Map};

/// What becomes of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is transformed here.
    Done,
    /// It becomes a property of the main resource under the same name.
    Kept,
    /// It is not transformed yet.
    Refused,
}

/// The property names of a SAM type and their fates, sorted.
type Table = &'static [(&'static str, Fate)];

/// Reports properties that are unknown or refused, and takes them out.
pub(super) fn check(
    logical_id: &str,
    kind: &str,
    table: Table,
    properties: &mut Map,
    found: &mut Diagnostics,
) {
    let entries = std::mem::take(properties);
    for entry in entries {
        match table.iter().find(|row| row.0 == entry.key) {
            Some((_, Fate::Refused)) => found.push(
                Diagnostic::unsupported(
                    "sam-property",
                    format!("the property {} of {kind} is not supported (resource {logical_id})", entry.key),
                )
                .at(entry.key_span, "not transformed here"),
            ),
            Some(_) => properties.push(entry),
            None => {
                let cause = format!("property {} not defined for resource of type {kind}", entry.key);
                let mut diagnostic = invalid(logical_id, &cause).at(entry.key_span, "no such property");
                let near = nearest(&entry.key, table.iter().map(|row| row.0));
                diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
                found.push(diagnostic);
            }
        }
    }
}

/// The properties of `table` that are kept under their own names.
pub(super) fn kept(table: Table, properties: &Map) -> Map {
    let mut kept = Map::default();
    for entry in properties {
        if table.contains(&(entry.key.as_str(), Fate::Kept)) {
            kept.push(entry.clone());
        }
    }
    kept
}

/// SAM's words for a resource that it refuses.
pub(super) fn invalid(logical_id: &str, cause: &str) -> Diagnostic {
    Diagnostic::error("sam-resource", format!("Resource with id [{logical_id}] is invalid. {cause}"))
}

pub(super) const FUNCTION: Table = {
    use Fate::{Done, Kept, Refused};
    &[
        ("Architectures", Kept),
        ("AssumeRolePolicyDocument", Done),
        ("AutoPublishAlias", Done),
        ("AutoPublishAliasAllProperties", Done),
        ("AutoPublishCodeSha256", Done),
        ("CapacityProviderConfig", Refused),
        ("CodeSigningConfigArn", Kept),
        ("CodeUri", Done),
        ("DeadLetterQueue", Done),
        ("DeploymentPreference", Done),
        ("Description", Kept),
        ("DurableConfig", Refused),
        ("Environment", Kept),
        ("EphemeralStorage", Kept),
        ("EventInvokeConfig", Done),
        ("Events", Done),
        ("FileSystemConfigs", Kept),
        ("FunctionName", Kept),
        ("FunctionScalingConfig", Refused),
        ("FunctionUrlConfig", Done),
        ("Handler", Kept),
        ("ImageConfig", Refused),
        ("ImageUri", Refused),
        ("InlineCode", Done),
        ("KmsKeyArn", Kept),
        ("Layers", Kept),
        ("LoggingConfig", Kept),
        ("MemorySize", Kept),
        ("PackageType", Kept),
        ("PermissionsBoundary", Done),
        ("Policies", Done),
        ("PropagateTags", Done),
        ("ProvisionedConcurrencyConfig", Done),
        ("PublishToLatestPublished", Refused),
        ("RecursiveLoop", Kept),
        ("ReservedConcurrentExecutions", Kept),
        ("Role", Done),
        ("RolePath", Done),
        ("Runtime", Kept),
        ("RuntimeManagementConfig", Kept),
        ("SnapStart", Kept),
        ("SourceKMSKeyArn", Done),
        ("Tags", Done),
        ("TenancyConfig", Refused),
        ("Timeout", Kept),
        ("Tracing", Done),
        ("VersionDeletionPolicy", Done),
        ("VersionDescription", Done),
        ("VpcConfig", Kept),
    ]
};

/// `Kept` ones become properties of the REST API.
pub(super) const API: Table = {
    use Fate::{Done, Kept, Refused};
    &[
        ("AccessLogSetting", Done),
        // A change is served at once here, so every deployment is one that would have been made anyway.
        ("AlwaysDeploy", Done),
        ("ApiKeySourceType", Kept),
        ("Auth", Done),
        ("BinaryMediaTypes", Kept),
        ("CacheClusterEnabled", Done),
        ("CacheClusterSize", Done),
        ("CanarySetting", Done),
        ("Cors", Done),
        ("DefinitionBody", Done),
        ("DefinitionUri", Done),
        ("Description", Kept),
        ("DisableExecuteApiEndpoint", Done),
        ("Domain", Done),
        ("EndpointAccessMode", Kept),
        ("EndpointConfiguration", Done),
        ("FailOnWarnings", Kept),
        ("GatewayResponses", Done),
        ("MergeDefinitions", Refused),
        ("MethodSettings", Done),
        ("MinimumCompressionSize", Kept),
        ("Mode", Kept),
        ("Models", Done),
        ("Name", Kept),
        ("OpenApiVersion", Done),
        ("Policy", Kept),
        ("PropagateTags", Done),
        ("SecurityPolicy", Kept),
        ("StageName", Done),
        ("Tags", Done),
        ("TracingEnabled", Done),
        ("Variables", Done),
    ]
};

/// `Kept` ones become properties of the layer version.
pub(super) const LAYER: Table = {
    use Fate::{Done, Kept, Refused};
    &[
        ("CompatibleArchitectures", Kept),
        ("CompatibleRuntimes", Kept),
        ("ContentUri", Done),
        ("Description", Kept),
        ("LayerName", Kept),
        ("LicenseInfo", Kept),
        ("PublishLambdaVersion", Refused),
        ("RetentionPolicy", Done),
    ]
};

pub(super) const SIMPLE_TABLE: Table = {
    use Fate::{Done, Kept};
    &[
        ("PointInTimeRecoverySpecification", Kept),
        ("PrimaryKey", Done),
        ("ProvisionedThroughput", Kept),
        ("SSESpecification", Kept),
        ("TableName", Kept),
        ("Tags", Done),
    ]
};

pub(super) const HTTP_API: Table = {
    use Fate::{Done, Kept};
    &[
        ("AccessLogSettings", Done),
        ("Auth", Done),
        ("CorsConfiguration", Done),
        ("DefaultRouteSettings", Done),
        ("DefinitionBody", Done),
        ("DefinitionUri", Done),
        ("Description", Kept),
        ("DisableExecuteApiEndpoint", Done),
        ("Domain", Done),
        ("FailOnWarnings", Kept),
        ("Name", Done),
        ("PropagateTags", Done),
        ("RouteSettings", Done),
        ("StageName", Done),
        ("StageVariables", Done),
        ("Tags", Done),
    ]
};

/// The properties of an event of type `HttpApi`.
pub(super) const HTTP_API_EVENT: Table = {
    use Fate::Done;
    &[
        ("ApiId", Done),
        ("Auth", Done),
        ("Method", Done),
        ("Path", Done),
        ("PayloadFormatVersion", Done),
        ("RouteSettings", Done),
        ("Stage", Done),
        ("TimeoutInMillis", Done),
    ]
};

/// The properties of an event of type `Api`.
pub(super) const API_EVENT: Table = {
    use Fate::Done;
    &[
        ("Auth", Done),
        ("Method", Done),
        ("Path", Done),
        ("RequestModel", Done),
        ("RequestParameters", Done),
        ("ResponseTransferMode", Done),
        ("RestApiId", Done),
        ("Stage", Done),
        ("TimeoutInMillis", Done),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        for table in [
            super::FUNCTION,
            super::API,
            super::API_EVENT,
            super::LAYER,
            super::HTTP_API,
            super::HTTP_API_EVENT,
        ] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}
