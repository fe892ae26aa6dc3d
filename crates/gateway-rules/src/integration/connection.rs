//! How an integration reaches its backend: over the internet or a VPC link, and whose certificates it takes.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration-tls-config.html>

use serde_json::Value;

use super::{Reader, child, text};

impl Reader<'_> {
    /// A VPC link is called directly; what else leads elsewhere than over the internet is refused.
    pub(super) fn check_connection(&mut self, value: &Value, pointer: &str) {
        let Some(kind) = text(value, "connectionType").filter(|kind| *kind != "INTERNET") else { return };
        let here = child(pointer, "connectionType");
        if kind != "VPC_LINK" {
            self.invalid(&here, format!("`{kind}` is no connection type"), "Use INTERNET or VPC_LINK");
        } else if text(value, "connectionId").is_none_or(str::is_empty) {
            self.invalid(&here, "A connection of type VPC_LINK has no `connectionId`", "Name the VPC link");
        }
    }

    /// `tlsConfig`: how the certificate of an HTTP backend is verified.
    pub(super) fn skips_verification(&mut self, value: &Value, pointer: &str) -> bool {
        let Some(config) = value.get("tlsConfig").filter(|config| !config.is_null()) else { return false };
        let pointer = child(pointer, "tlsConfig");
        let Some(members) = config.as_object() else {
            self.invalid(&pointer, "`tlsConfig` is no mapping", "Write insecureSkipVerification: true");
            return false;
        };
        let mut skips = false;
        for (name, value) in members {
            let is_named = name.eq_ignore_ascii_case("insecureSkipVerification");
            match (is_named, value, value.as_str()) {
                (true, Value::Bool(flag), _) => skips = *flag,
                (true, _, Some(flag @ ("true" | "false"))) => skips = flag == "true",
                (true, ..) => {
                    let what = format!("`{name}: {value}` is no boolean");
                    self.invalid(&child(&pointer, name), what, "Write true or false");
                }
                (false, ..) => {
                    let what = format!("`{name}` of a `tlsConfig` is not implemented");
                    self.unsupported(&child(&pointer, name), what, "Leave it out");
                }
            }
        }
        skips
    }
}

/// What API Gateway warns of a parameter that is no string, before it leaves it out (recorded:
/// `test_import_rest_api_with_base_path_oas30`). The pointer is that of the parameters.
pub(super) fn expected_string(name: &str, found: &str, pointer: &str) -> String {
    let parts: Vec<String> =
        pointer.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let part = |index: usize| parts.get(index).map_or("", String::as_str);
    let method = if part(3).starts_with("x-") { "ANY".to_owned() } else { part(3).to_ascii_uppercase() };
    format!(
        "Invalid format for 'requestParameters'. Expected type string for property '{name}' of resource '{}' and method \
         '{method}' but got '{found}'",
        part(2)
    )
}
