//! The cache of a stage: which answers it may keep and for how long, what their key is made of, and when a client demands a
//! new one.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html>

use frontgate_aws::Source::{self, Documented};
use frontgate_explain::PlaceId;
use frontgate_message::Headers;

use crate::config::{Method, ResponseTransferMode};
use crate::context::{RequestContext, Variables};
use crate::method_settings::MethodSetting;
use crate::parameters::ValueExpression;

/// The cache cluster of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheCluster {
    /// What it holds.
    pub bytes_max: u64,
    /// The place of `CacheClusterEnabled`.
    pub place: PlaceId,
}

/// A parameter that is part of the key: one of `cacheKeyParameters`.
#[derive(Clone, Debug)]
pub struct CacheKeyParameter {
    /// Its name, such as `method.request.querystring.type`.
    pub name: Box<str>,
    /// Its value.
    pub value: ValueExpression,
    /// Its place.
    pub place: PlaceId,
}

/// How the answers of a method are kept.
#[derive(Clone, Copy, Debug)]
pub struct Caching<'a> {
    /// Where.
    pub cluster: CacheCluster,
    /// The setting that says so.
    pub setting: &'a MethodSetting,
}

/// The longest body that is kept.
pub const BODY_LENGTH_MAX: usize = 1_048_576;
/// The name and the value of the header field that tells a client that its `Cache-Control` was ignored.
///
/// The value is what clients of AWS report; no page of the developer guide has it.
pub const WARNING: (&str, &str) =
    ("Warning", "199 Cache-control headers were ignored because the caller was unauthorized.");
/// The action that a demand for a new answer is.
pub const INVALIDATE: &str = "execute-api:InvalidateCache";

/// The sizes of a cache cluster as `CacheClusterSize` has them, in gigabytes, and in bytes.
pub const CLUSTER_SIZES: [(&str, u64, Source); 8] = [
    ("0.5", 512 << 20, SIZE),
    ("1.6", 1_638 << 20, SIZE),
    ("6.1", 6_246 << 20, SIZE),
    ("13.5", 13_824 << 20, SIZE),
    ("28.4", 29_081 << 20, SIZE),
    ("58.2", 59_596 << 20, SIZE),
    ("118", 120_832 << 20, SIZE),
    ("237", 242_688 << 20, SIZE),
];
const SIZE: Source = Documented("API_CreateStage#cacheClusterSize");

/// How the answers of the method are kept; `None` where they are not.
#[must_use]
pub fn caching<'a>(request: &RequestContext<'a>, method: &Method) -> Option<Caching<'a>> {
    // "Endpoint caching" is among what streams do not have (response-transfer-mode).
    if method.integration.transfer_mode == ResponseTransferMode::Stream {
        return None;
    }
    let cluster =
        request.stage.cache.filter(|_| request.canary().is_none_or(|canary| canary.uses_stage_cache))?;
    let setting = request.stage.setting(request.resource?, method)?;
    setting.caches(request.http_method).then_some(Caching { cluster, setting })
}

/// The key of a request. Only the values of `cacheKeyParameters` tell requests for one method apart: neither the path, nor the
/// query, nor who asks does. Methods with one `cacheNamespace` share their answers; it is the resource unless told otherwise.
#[must_use]
pub fn key(request: &RequestContext<'_>, method: &Method, payload: &[u8]) -> Vec<u8> {
    let integration = &method.integration;
    let resource = request.resource.map_or("", |resource| &resource.id);
    let namespace = integration.cache_namespace.as_deref().unwrap_or(resource);
    let variables = Variables { request, request_body: payload, integration: None, error: None };
    let mut key = Vec::new();
    let mut add = |text: Option<&str>| {
        // A length in front keeps "ab" + "c" from "a" + "bc", and a value that is missing from an empty one.
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        key.extend_from_slice(&length.to_be_bytes());
        key.extend_from_slice(text.unwrap_or_default().as_bytes());
    };
    // "When they are associated with different versions, responses for production and canary requests are cached separately."
    let is_other = request.release.deployment.id != request.stage.release.deployment.id;
    add(Some(if is_other { "canary" } else { "stage" }));
    add(Some(namespace));
    add(Some(request.http_method));
    for parameter in &integration.cache_key_parameters {
        add(Some(&parameter.name));
        add(parameter.value.evaluate(&variables).as_deref());
    }
    key
}

/// Whether a client demands a new answer.
#[must_use]
pub fn demands_new_answer(headers: &Headers) -> bool {
    headers.all("Cache-Control").any(|value| {
        let mut directives = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        directives.any(|directive| directive.eq_ignore_ascii_case(b"max-age=0"))
    })
}

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;
    use frontgate_message::Headers;
    use serde_json::{Value, json};

    use super::{CacheCluster, caching, demands_new_answer, key};
    use crate::method_settings::MethodSetting;
    use crate::{fixture, parse_query};

    fn document(parameters: &Value) -> Value {
        let mut document = fixture::document(&["/items/{id}"]);
        let integration = &mut document["paths"]["/items/{id}"]["post"]["x-amazon-apigateway-integration"];
        integration["cacheKeyParameters"] = parameters.clone();
        integration["requestParameters"] =
            json!({"integration.request.header.X-Kind": "method.request.querystring.kind"});
        document
    }

    #[test]
    fn only_the_parameters_of_the_key_tell_requests_apart() {
        let chosen = json!([
            "method.request.path.id",
            "method.request.querystring.type",
            "integration.request.header.X-Kind",
        ]);
        for (parameters, query, id, other_query, other_id, same) in [
            (&json!([]), "", "7", "type=a", "8", true),
            (&chosen, "type=a", "7", "type=a&page=2", "7", true),
            (&chosen, "type=a", "7", "type=b", "7", false),
            (&chosen, "type=", "7", "", "7", false),
            (&chosen, "type=a", "7", "type=a", "8", false),
            (&chosen, "kind=x", "7", "kind=y", "7", false),
        ] {
            let api = fixture::api(&document(parameters));
            let headers = Headers::new();
            let mut request = fixture::request(&api, &headers);
            let method = &fixture::deployment(&api).resources.rows()[0].methods[0];
            let key_of = |query: &str, id: &str| {
                let (path, query) = ([("id".to_owned(), id.to_owned())], parse_query(query));
                let mut request = request;
                request.path_parameters = &path;
                request.query = &query;
                key(&request, method, b"")
            };
            let keys = (key_of(query, id), key_of(other_query, other_id));
            assert_eq!(keys.0 == keys.1, same, "{parameters} {query} {other_query}");
            let first = key(&request, method, b"");
            request.http_method = "GET";
            assert_ne!(first, key(&request, method, b""));
        }
    }

    #[test]
    fn a_stage_without_a_cluster_keeps_nothing() {
        let mut api = fixture::api(&fixture::document(&["/items/{id}"]));
        api.stages[0].method_settings =
            vec![MethodSetting { caching_enabled: true, ..MethodSetting::of("/*", "*") }];
        for (cache, http_method, expected) in [
            (None, "GET", false),
            (Some(CacheCluster { bytes_max: 1, place: PlaceId::NONE }), "GET", true),
            (Some(CacheCluster { bytes_max: 1, place: PlaceId::NONE }), "POST", false),
        ] {
            api.stages[0].cache = cache;
            let headers = Headers::new();
            let mut request = fixture::request(&api, &headers);
            request.http_method = http_method;
            let method = &fixture::deployment(&api).resources.rows()[0].methods[0];
            assert_eq!(caching(&request, method).is_some(), expected, "{http_method}");
        }
    }

    #[test]
    fn a_new_answer_is_demanded_by_max_age_0() {
        for (value, expected) in [
            ("max-age=0", true),
            ("no-transform, Max-Age=0", true),
            ("max-age=00", false),
            ("no-cache", false),
            ("max-age=10", false),
        ] {
            let headers = Headers::from_iter([("cache-control", value)]);
            assert_eq!(demands_new_answer(&headers), expected, "{value}");
        }
    }
}
