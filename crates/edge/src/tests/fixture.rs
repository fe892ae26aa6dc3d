//! A distribution with one behavior for each thing that is tested.

use std::sync::Arc;

use frontgate_edge_rules::{
    AllowedMethods, Behavior, CachePolicy, Cors, CustomErrorResponse, Distribution, HeaderToSet, KeySettings,
    Origin, OriginGroup, OriginProtocolPolicy, OriginRequestHeaders, OriginRequestPolicy,
    ResponseHeadersPolicy, Selection, Upstream, ViewerCertificate, ViewerProtocolPolicy,
};
use frontgate_explain::PlaceId;

/// Default behavior: GET and HEAD, TTLs 0, one day, one year. The others differ in what their pattern says.
pub(super) fn distribution() -> Distribution {
    let place = PlaceId::NONE;
    let default_behavior = behavior(None, cache_policy(0));
    let behaviors = vec![
        Behavior {
            allowed_methods: AllowedMethods::All,
            origin_request_policy: Some(all_viewer_except_host()),
            compress: true,
            ..behavior(Some("uncached/*"), CachePolicy { max_ttl: 0, default_ttl: 0, ..cache_policy(0) })
        },
        Behavior {
            allowed_methods: AllowedMethods::All,
            origin_request_policy: Some(Arc::new(OriginRequestPolicy {
                cookies: Selection::None,
                ..(*all_viewer_except_host()).clone()
            })),
            ..behavior(Some("writable/*"), CachePolicy { gzip: true, brotli: true, ..cache_policy(0) })
        },
        behavior(Some("cookies/*"), CachePolicy { cookies: Selection::All, ..cache_policy(0) }),
        behavior(Some("least/*"), cache_policy(5)),
        Behavior {
            viewer_protocol_policy: ViewerProtocolPolicy::RedirectToHttps,
            allowed_methods: AllowedMethods::All,
            ..behavior(Some("secure/*"), cache_policy(0))
        },
        Behavior {
            viewer_protocol_policy: ViewerProtocolPolicy::HttpsOnly,
            ..behavior(Some("only/*"), cache_policy(0))
        },
        Behavior {
            compress: true,
            ..behavior(Some("packed/*"), CachePolicy { gzip: true, brotli: true, ..cache_policy(0) })
        },
        Behavior {
            response_headers_policy: Some(Arc::new(headers_policy())),
            ..behavior(Some("dressed/*"), cache_policy(0))
        },
        behavior(Some("query/*"), CachePolicy { query_strings: Selection::All, ..cache_policy(0) }),
        Behavior {
            options_cached: true,
            allowed_methods: AllowedMethods::GetHeadOptions,
            ..behavior(Some("options/*"), cache_policy(0))
        },
        behavior(Some("pages/*"), cache_policy(0)),
        Behavior {
            origin_group: Some(Arc::new(origin_group())),
            allowed_methods: AllowedMethods::GetHeadOptions,
            ..behavior(Some("group/*"), cache_policy(0))
        },
    ];
    Distribution {
        id: "E2QWRUHAPOMQZL".into(),
        arn: "arn:aws:cloudfront::123456789012:distribution/E2QWRUHAPOMQZL".into(),
        logical_id: "Distribution".into(),
        domain_name: "d111111abcdef8.cloudfront.net".into(),
        aliases: vec!["www.example.com".into()],
        enabled: true,
        is_origin: false,
        default_root_object: Some("index.html".into()),
        default_root_object_place: place,
        origins: Vec::new(),
        behaviors,
        default_behavior,
        error_responses: Vec::new(),
        cache_tags: None,
        geo_restriction: None,
        http2: true,
        logging: None,
        viewer_certificate: ViewerCertificate::default(),
        place,
    }
}

/// The same with a custom error response.
pub(super) fn with_error_response(error_code: u16, page: Option<(&str, u16)>, min_ttl: u64) -> Distribution {
    let row = CustomErrorResponse {
        error_code,
        page: page.map(|(page, status)| (page.into(), status)),
        caching_min_ttl: min_ttl,
        place: PlaceId::NONE,
    };
    Distribution { error_responses: vec![row], ..distribution() }
}

fn behavior(path_pattern: Option<&str>, policy: CachePolicy) -> Behavior {
    let place = PlaceId::NONE;
    Behavior {
        path_pattern: path_pattern.map(Into::into),
        viewer_protocol_policy: ViewerProtocolPolicy::AllowAll,
        viewer_protocol_place: place,
        allowed_methods: AllowedMethods::GetHead,
        allowed_methods_place: place,
        options_cached: false,
        compress: false,
        key: KeySettings::Policy { policy: Arc::new(policy), place },
        origin_request_policy: None,
        origin_request_policy_place: place,
        response_headers_policy: None,
        response_headers_policy_place: place,
        viewer_request: None,
        viewer_response: None,
        origin_request: None,
        origin_response: None,
        trusted_keys: None,
        origin: Arc::new(origin()),
        origin_group: None,
        place,
    }
}

pub(super) fn cache_policy(min_ttl: u64) -> CachePolicy {
    CachePolicy {
        id: "00000000-0000-4000-a000-000000000000".into(),
        name: "test".into(),
        min_ttl,
        max_ttl: 31_536_000,
        default_ttl: 86_400,
        headers: Vec::new(),
        cookies: Selection::None,
        query_strings: Selection::None,
        gzip: false,
        brotli: false,
        source: None,
    }
}

pub(super) fn all_viewer_except_host() -> Arc<OriginRequestPolicy> {
    Arc::new(OriginRequestPolicy {
        id: "b689b0a8-53d0-40ab-baf2-68738e2966ac".into(),
        name: "AllViewerExceptHostHeader".into(),
        headers: OriginRequestHeaders::AllExcept(vec!["Host".into()]),
        cloudfront_headers: Vec::new(),
        cookies: Selection::All,
        query_strings: Selection::All,
        source: None,
    })
}

fn headers_policy() -> ResponseHeadersPolicy {
    let header = |name: &str, value: &str, origin_override| HeaderToSet {
        name: name.into(),
        value: value.into(),
        origin_override,
    };
    ResponseHeadersPolicy {
        id: "policy".into(),
        name: "policy".into(),
        cors: Some(Cors { allow_origins: vec!["https://app.example.com".into()], ..Cors::default() }),
        security: vec![header("X-Content-Type-Options", "nosniff", true)],
        custom: vec![header("X-Own", "policy", false)],
        remove: vec!["Server".into(), "X-Secret".into()],
        server_timing_rate: Some(0.0),
        source: None,
    }
}

fn origin_group() -> OriginGroup {
    let secondary = Origin {
        id: "secondary".into(),
        domain_name: "secondary.example.net".into(),
        origin_path: "/copy".into(),
        custom_headers: vec![("X-Copy".into(), "yes".into())],
        ..origin()
    };
    OriginGroup {
        id: "group".into(),
        secondary: Arc::new(secondary),
        status_codes: vec![404, 500, 503],
        failover_criteria_place: PlaceId::NONE,
    }
}

fn origin() -> Origin {
    Origin {
        id: "origin".into(),
        domain_name: "origin.example.net".into(),
        origin_path: "".into(),
        origin_path_place: PlaceId::NONE,
        host_header: None,
        custom_headers: Vec::new(),
        upstream: Upstream::Custom {
            protocol: OriginProtocolPolicy::HttpsOnly,
            http_port: 80,
            https_port: 443,
        },
        connection_attempts: 1,
        connection_timeout_seconds: 10,
        read_timeout_seconds: 30,
        keep_alive_timeout_seconds: 5,
        response_completion_timeout_seconds: None,
        origin_shield: None,
        server_name: None,
        allowed_certificate_names: Vec::new(),
        place: PlaceId::NONE,
    }
}
