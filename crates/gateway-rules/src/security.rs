//! Which authorization the methods of an OpenAPI document have: `x-amazon-apigateway-auth` and `security`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html>

use serde_json::Value;

use crate::authorizer::{AuthorizerKind, Authorizers, Scheme};
use crate::config::Authorization;
use crate::integration::{Reader, child};
use crate::usage::ApiKeySource;

impl Reader<'_> {
    /// Who may call a method, and whether they need an API key: `x-amazon-apigateway-auth`, or the security schemes of the
    /// operation.
    pub fn authorization(
        &mut self,
        document: &Value,
        authorizers: &Authorizers,
        operation: &Value,
        pointer: &str,
    ) -> (Authorization, bool) {
        let mut authorization = Authorization::None;
        let mut api_key_required = false;
        let kind = operation.pointer(&format!("/{AUTH}/type")).and_then(Value::as_str);
        // Published documents write it in small letters, too.
        match kind.map(str::to_ascii_uppercase).as_deref() {
            None | Some("NONE") if operation.get(AUTH).is_none_or(|auth| auth.get("type").is_some()) => {}
            Some("AWS_IAM") => authorization = Authorization::Iam,
            _ => {
                let what = format!("This `{AUTH}` is not implemented");
                self.unsupported_guard(&child(pointer, AUTH), what, GUARD_CURE);
            }
        }
        let here = child(pointer, "security");
        // What the document says holds for operations that say nothing (recorded: test_import_with_global_api_key_authorizer).
        let security = operation.get("security").or_else(|| document.get("security"));
        for scheme in security.and_then(Value::as_array).into_iter().flatten() {
            // SAM writes `NONE` for a method that opts out.
            for (name, scopes) in scheme.as_object().into_iter().flatten().filter(|(name, _)| *name != "NONE")
            {
                let next = match authorizers.scheme(document, name) {
                    Scheme::Authorizer(authorizer) => {
                        let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
                        let is_of_pools = matches!(authorizer.kind, AuthorizerKind::UserPools { .. });
                        let scopes = scopes.filter(|_| is_of_pools).map(Into::into).collect();
                        Authorization::Authorizer { authorizer, scopes }
                    }
                    Scheme::ApiKey => {
                        api_key_required = true;
                        continue;
                    }
                    Scheme::Broken => continue,
                    Scheme::Signature => Authorization::Iam,
                    Scheme::Other => {
                        let what = format!("The authorization `{name}` is not implemented");
                        self.unsupported_guard(&here, what, GUARD_CURE);
                        continue;
                    }
                };
                let is_first = matches!(authorization, Authorization::None);
                let is_same = matches!((&authorization, &next), (Authorization::Iam, Authorization::Iam));
                if !is_first && !is_same {
                    let what = format!("`{name}` is a second authorization of the method");
                    self.invalid(&here, what, "A method has one authorizer: leave one of them");
                }
                authorization = next;
            }
        }
        (authorization, api_key_required)
    }

    /// Where the API key of a request stands.
    pub fn api_key_source(&mut self, document: &Value) -> ApiKeySource {
        let name = "x-amazon-apigateway-api-key-source";
        match document.get(name).and_then(Value::as_str) {
            Some("AUTHORIZER") => ApiKeySource::Authorizer,
            None | Some("HEADER") => ApiKeySource::Header,
            Some(other) => {
                let what = format!("`{other}` is no source of API keys");
                self.invalid(&child("", name), what, "Use HEADER or AUTHORIZER");
                ApiKeySource::Header
            }
        }
    }
}

/// The extension of an operation that says who may call it.
pub const AUTH: &str = "x-amazon-apigateway-auth";
const GUARD_CURE: &str = "Leave it out only if everybody may have access, or check in the function";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::config::Authorization;
    use crate::fixture;

    #[test]
    fn what_the_document_says_holds_for_operations_that_say_nothing() {
        let mut document = fixture::document(&["/a", "/b", "/c"]);
        document["securityDefinitions"] = json!({
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
        });
        document["security"] = json!([{"sigv4": []}]);
        document["paths"]["/b"]["post"]["security"] = json!([]);
        document["paths"]["/c"]["post"]["security"] = json!([{"key": []}]);
        let api = fixture::api(&document);
        let rows = fixture::deployment(&api).resources.rows();
        let found: Vec<_> = rows
            .iter()
            .map(|resource| {
                let method = &resource.methods[0];
                (matches!(method.authorization, Authorization::Iam), method.api_key_required)
            })
            .collect();
        assert_eq!(found, [(true, false), (false, false), (false, true)]);
    }
}
