//! Every operation of Lambda's API, so that each that does not run here is refused by its name.
//!
//! From the service model that botocore, AWS's own client library, carries.

use frontgate_aws::Source;

/// The operation that a method and a path ask for, and the segment that stands for `{FunctionName}`, still encoded.
#[must_use]
pub fn operation<'a>(method: &str, path: &'a str, query: &str) -> Option<(&'static str, Option<&'a str>)> {
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let found = OPERATIONS.iter().filter(|(_, own, _)| *own == method).filter_map(|(name, _, pattern)| {
        let (pattern, marker) = pattern.split_once('?').unwrap_or((pattern, ""));
        let is_marked = marker.is_empty() || query.split('&').any(|pair| pair == marker);
        let function = matched(pattern, path).filter(|_| is_marked)?;
        Some((*name, function, marker.len()))
    });
    // Of two operations with one path, the one whose parameter is there.
    found.max_by_key(|(_, _, marked)| *marked).map(|(name, function, _)| (name, function))
}

/// Whether a path is of that pattern, and the function that it names.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<Option<&'a str>> {
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    let mut function = None;
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return Some(function),
            (Some("{FunctionName}"), Some(segment)) if !segment.is_empty() => function = Some(segment),
            (Some(parameter), Some(segment)) if parameter.starts_with('{') && !segment.is_empty() => {}
            (Some(pattern), Some(segment)) if pattern == segment => {}
            _ => return None,
        }
    }
}

/// Where the rows were learnt.
pub const OPERATIONS_SOURCE: Source = Source::Documented("API_Operations");

/// Name, method and path of each operation, by its name.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("AddLayerVersionPermission", "POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
    ("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy"),
    ("CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint"),
    ("CreateAlias", "POST", "/2015-03-31/functions/{FunctionName}/aliases"),
    ("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers"),
    ("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs"),
    ("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings"),
    ("CreateFunction", "POST", "/2015-03-31/functions"),
    ("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url"),
    ("DeleteAlias", "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    ("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    ("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    ("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}"),
    ("DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}"),
    ("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    ("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency"),
    ("DeleteFunctionEventInvokeConfig", "DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url"),
    ("DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
    (
        "DeleteProvisionedConcurrencyConfig",
        "DELETE",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ),
    ("GetAccountSettings", "GET", "/2016-08-19/account-settings"),
    ("GetAlias", "GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    ("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    ("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    ("GetDurableExecution", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}"),
    ("GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history"),
    ("GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state"),
    ("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}"),
    ("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}"),
    ("GetFunctionCodeSigningConfig", "GET", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    ("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency"),
    ("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration"),
    ("GetFunctionEventInvokeConfig", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{FunctionName}/recursion-config"),
    ("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
    ("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url"),
    ("GetLayerVersion", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
    ("GetLayerVersionByArn", "GET", "/2018-10-31/layers?find=LayerVersion"),
    ("GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
    ("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy"),
    (
        "GetProvisionedConcurrencyConfig",
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ),
    ("GetRuntimeManagementConfig", "GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config"),
    ("Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations"),
    ("InvokeAsync", "POST", "/2014-11-13/functions/{FunctionName}/invoke-async"),
    (
        "InvokeWithResponseStream",
        "POST",
        "/2021-11-15/functions/{FunctionName}/response-streaming-invocations",
    ),
    ("ListAliases", "GET", "/2015-03-31/functions/{FunctionName}/aliases"),
    ("ListCapacityProviders", "GET", "/2025-11-30/capacity-providers"),
    ("ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs"),
    ("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions"),
    ("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"),
    (
        "ListFunctionEventInvokeConfigs",
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
    ),
    ("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{FunctionName}/urls"),
    (
        "ListFunctionVersionsByCapacityProvider",
        "GET",
        "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
    ),
    ("ListFunctions", "GET", "/2015-03-31/functions"),
    (
        "ListFunctionsByCodeSigningConfig",
        "GET",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions",
    ),
    ("ListLayerVersions", "GET", "/2018-10-31/layers/{LayerName}/versions"),
    ("ListLayers", "GET", "/2018-10-31/layers"),
    (
        "ListProvisionedConcurrencyConfigs",
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL",
    ),
    ("ListTags", "GET", "/2017-03-31/tags/{Resource}"),
    ("ListVersionsByFunction", "GET", "/2015-03-31/functions/{FunctionName}/versions"),
    ("PublishLayerVersion", "POST", "/2018-10-31/layers/{LayerName}/versions"),
    ("PublishVersion", "POST", "/2015-03-31/functions/{FunctionName}/versions"),
    ("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    ("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency"),
    ("PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config"),
    ("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
    (
        "PutProvisionedConcurrencyConfig",
        "PUT",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
    ),
    ("PutRuntimeManagementConfig", "PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config"),
    (
        "RemoveLayerVersionPermission",
        "DELETE",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
    ),
    ("RemovePermission", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}"),
    (
        "SendDurableExecutionCallbackFailure",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail",
    ),
    (
        "SendDurableExecutionCallbackHeartbeat",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
    ),
    (
        "SendDurableExecutionCallbackSuccess",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
    ),
    ("StopDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"),
    ("TagResource", "POST", "/2017-03-31/tags/{Resource}"),
    ("UntagResource", "DELETE", "/2017-03-31/tags/{Resource}"),
    ("UpdateAlias", "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    ("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    ("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    ("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}"),
    ("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code"),
    ("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration"),
    ("UpdateFunctionEventInvokeConfig", "POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url"),
];

#[cfg(test)]
mod tests {
    use super::{OPERATIONS, operation};

    #[test]
    fn operations_are_found_by_their_paths() {
        for (method, path, query, expected) in [
            ("POST", "/2015-03-31/functions/f/invocations", "", Some(("Invoke", Some("f")))),
            (
                "POST",
                "/2015-03-31/functions/f%3Alive/invocations",
                "Qualifier=1",
                Some(("Invoke", Some("f%3Alive"))),
            ),
            ("POST", "/2014-11-13/functions/f/invoke-async/", "", Some(("InvokeAsync", Some("f")))),
            ("GET", "/2015-03-31/functions/", "", Some(("ListFunctions", None))),
            ("GET", "/2015-03-31/functions", "MaxItems=1", Some(("ListFunctions", None))),
            ("GET", "/2015-03-31/functions/f", "", Some(("GetFunction", Some("f")))),
            ("GET", "/2018-10-31/layers", "find=LayerVersion&Arn=x", Some(("GetLayerVersionByArn", None))),
            ("GET", "/2018-10-31/layers", "", Some(("ListLayers", None))),
            ("GET", "/2015-03-31/functions/f/invocations", "", None),
            ("POST", "/2015-03-31/functions//invocations", "", None),
            ("POST", "/", "", None),
        ] {
            assert_eq!(operation(method, path, query), expected, "{method} {path}?{query}");
        }
        assert!(OPERATIONS.is_sorted_by_key(|row| row.0));
    }
}
