//! The environment variables of a function's process.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::ffi::{OsStr, OsString};
use std::path::Path;

use frontgate_aws::Source;

use crate::config::FunctionConfig;
use crate::limits::VARIABLES_BYTES_MAX;

/// What of an execution environment its variables name.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) runtime_api: &'a str,
    pub(crate) log_stream_name: &'a str,
    /// [`ON_DEMAND`] or [`PROVISIONED`].
    pub(crate) initialization_type: &'static str,
    /// Where the code is. AWS always says `/var/task`; there is no container here, so it is the copy's own folder.
    pub(crate) task_root: &'a Path,
    /// Where our runtime clients are, in place of `/var/runtime`.
    pub(crate) runtime_folder: &'a Path,
    pub(crate) search_path: &'a OsStr,
    /// Where the services of AWS that are played answer, for the SDKs.
    pub(crate) endpoint: Option<&'a str>,
    pub(crate) home: &'a Path,
    /// The temporary folder, where it is not `/tmp`.
    pub(crate) temporary: Option<&'a Path>,
    /// The variables by which layers and libraries are found.
    pub(crate) found_by: Vec<(&'static str, OsString)>,
}

/// `AWS_LAMBDA_INITIALIZATION_TYPE` of an environment that is started for an invocation.
pub(crate) const ON_DEMAND: &str = "on-demand";

/// `AWS_LAMBDA_INITIALIZATION_TYPE` of an environment that is started in advance.
pub(crate) const PROVISIONED: &str = "provisioned-concurrency";

/// All variables of the process; nothing of our own environment but the search path gets into it. Of AWS's own,
/// the X-Ray daemon's address is left out: there is no daemon here.
pub(crate) fn variables(function: &FunctionConfig, around: &Surroundings<'_>) -> Vec<(String, OsString)> {
    let mut variables: Vec<(String, OsString)> = vec![
        ("LANG".into(), "en_US.UTF-8".into()),
        ("PATH".into(), around.search_path.into()),
        // AWS's /var/task is read-only; this keeps the code as clean.
        ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
        ("TZ".into(), ":UTC".into()),
        ("AWS_XRAY_CONTEXT_MISSING".into(), "LOG_ERROR".into()),
    ];
    variables.push(("HOME".into(), around.home.into()));
    if let Some(endpoint) = around.endpoint {
        variables.extend(ENDPOINTS.map(|name| (name.to_owned(), endpoint.into())));
    }
    variables.extend(around.temporary.map(|folder| ("TMPDIR".to_owned(), folder.into())));
    variables.extend(around.found_by.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    for (name, value) in &function.environment {
        variables.retain(|(known, _)| known != name);
        variables.push((name.clone(), value.into()));
    }
    let (access_key_id, secret_access_key, session_token) = match &function.credentials {
        Some(own) => (&*own.access_key_id, &*own.secret_access_key, &*own.session_token),
        None => (ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN),
    };
    let log_group = function.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", function.name));
    let reserved: [(&str, OsString); 15] = [
        ("_HANDLER", function.handler.clone().into()),
        ("AWS_ACCESS_KEY_ID", access_key_id.into()),
        ("AWS_DEFAULT_REGION", function.region.clone().into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_size_mb.to_string().into()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone().into()),
        ("AWS_LAMBDA_FUNCTION_VERSION", function.version.clone().into()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", around.initialization_type.into()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", log_group.into()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", around.log_stream_name.into()),
        ("AWS_LAMBDA_RUNTIME_API", around.runtime_api.into()),
        ("AWS_REGION", function.region.clone().into()),
        ("AWS_SECRET_ACCESS_KEY", secret_access_key.into()),
        ("AWS_SESSION_TOKEN", session_token.into()),
        ("LAMBDA_RUNTIME_DIR", around.runtime_folder.into()),
        ("LAMBDA_TASK_ROOT", around.task_root.into()),
    ];
    variables.extend(reserved.map(|(name, value)| (name.to_owned(), value)));
    if !function.runtime.starts_with("provided") {
        variables.push(("AWS_EXECUTION_ENV".into(), format!("AWS_Lambda_{}", function.runtime).into()));
    }
    variables
}

/// Those of an extension: all but what concerns the runtime only.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api-e>
pub(crate) fn extension_variables(all: &[(String, OsString)]) -> Vec<(String, OsString)> {
    all.iter().filter(|(name, _)| !OF_THE_RUNTIME.contains(&name.as_str())).cloned().collect()
}

const OF_THE_RUNTIME: [&str; 7] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
];

/// What is wrong with the function's own variables, in AWS's words where it has some.
pub(crate) fn problem(environment: &[(String, String)]) -> Option<String> {
    let reserved: Vec<&str> = environment
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| RESERVED.iter().any(|(row, _)| row == name))
        .collect();
    if !reserved.is_empty() {
        return Some(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used \
             in this request: {}",
            reserved.join(", ")
        ));
    }
    if let Some((name, _)) = environment.iter().find(|(name, _)| !is_name(name)) {
        return Some(format!(
            "the environment variable \"{name}\" must begin with a letter and have letters, digits and _ only"
        ));
    }
    if let Some((name, _)) = environment.iter().find(|(_, value)| value.contains('\0')) {
        return Some(format!("the environment variable {name} has a NUL in its value"));
    }
    let bytes: usize = environment.iter().map(|(name, value)| name.len() + value.len()).sum();
    (bytes > VARIABLES_BYTES_MAX).then(|| {
        format!(
            "the environment variables have {bytes} bytes, more than the {VARIABLES_BYTES_MAX} that AWS takes"
        )
    })
}

fn is_name(name: &str) -> bool {
    name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

const PAGE: Source = Source::Documented("configuration-envvars");

/// The variables that a function may not set itself, sorted.
const RESERVED: &[(&str, Source)] = &[
    ("AWS_ACCESS_KEY", PAGE),
    ("AWS_ACCESS_KEY_ID", PAGE),
    ("AWS_DEFAULT_REGION", PAGE),
    ("AWS_EXECUTION_ENV", PAGE),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", PAGE),
    ("AWS_LAMBDA_FUNCTION_NAME", PAGE),
    ("AWS_LAMBDA_FUNCTION_VERSION", PAGE),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", PAGE),
    ("AWS_LAMBDA_LOG_GROUP_NAME", PAGE),
    ("AWS_LAMBDA_LOG_STREAM_NAME", PAGE),
    ("AWS_LAMBDA_RUNTIME_API", PAGE),
    ("AWS_REGION", PAGE),
    ("AWS_SECRET_ACCESS_KEY", PAGE),
    ("AWS_SESSION_TOKEN", PAGE),
    ("LAMBDA_RUNTIME_DIR", PAGE),
    ("LAMBDA_TASK_ROOT", PAGE),
    ("_HANDLER", PAGE),
    ("_X_AMZN_TRACE_ID", PAGE),
];

/// By which SDKs find the services that are played, <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>;
/// a function may set its own.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_S3"];

/// AWS's own example credentials: an SDK in a function finds some, and they open nothing.
const ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SESSION_TOKEN: &str = "frontgate";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_may_not_set_is_named() {
        let check = |name: &str, value: &str| problem(&[(name.to_owned(), value.to_owned())]);
        assert_eq!(check("TABLE", "t"), None);
        assert_eq!(check("PATH", "/bin"), None);
        for (name, value, said) in [
            ("AWS_REGION", "x", "Reserved keys used in this request: AWS_REGION"),
            ("1A", "x", "must begin with a letter"),
            ("A=B", "x", "must begin with a letter"),
            ("AB", "\0", "NUL"),
            ("AB", &"x".repeat(5_000), "5002 bytes"),
        ] {
            assert!(check(name, value).is_some_and(|text| text.contains(said)), "{name}");
        }
        assert!(RESERVED.is_sorted_by_key(|row| row.0));
    }
}
