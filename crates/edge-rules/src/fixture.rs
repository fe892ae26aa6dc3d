//! A distribution and requests for the tests of this crate.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_message::{Connection, Handshake, Headers, Method, RequestHead, Target, Tls, Version};

use crate::config::*;
use crate::tables::cache_policies;
use crate::viewer_certificate::ViewerCertificate;

/// Places by number, so that a test sees which setting a fact names.
pub(crate) mod place {
    use frontgate_explain::PlaceId;

    pub(crate) const KEY: PlaceId = PlaceId(1);
    pub(crate) const ORIGIN_REQUEST: PlaceId = PlaceId(2);
    pub(crate) const ORIGIN: PlaceId = PlaceId(3);
    pub(crate) const LEGACY: PlaceId = PlaceId(4);
    pub(crate) const LEGACY_HEADERS: PlaceId = PlaceId(5);
    pub(crate) const BEHAVIOR: PlaceId = PlaceId(6);
    pub(crate) const PROTOCOL: PlaceId = PlaceId(7);
    pub(crate) const METHODS: PlaceId = PlaceId(8);
    pub(crate) const ROOT: PlaceId = PlaceId(9);
    pub(crate) const ORIGIN_PATH: PlaceId = PlaceId(10);
    pub(crate) const ACCESS_CONTROL: PlaceId = PlaceId(11);
    pub(crate) const ERROR_RESPONSE: PlaceId = PlaceId(12);
    pub(crate) const FAILOVER_CRITERIA: PlaceId = PlaceId(13);
}

/// A distribution with that default behavior and no other.
pub(crate) fn distribution(default_behavior: Behavior) -> Distribution {
    Distribution {
        id: "E2QWRUHAPOMQZL".into(),
        arn: "arn:aws:cloudfront::123456789012:distribution/E2QWRUHAPOMQZL".into(),
        logical_id: "Distribution".into(),
        domain_name: "d111111abcdef8.cloudfront.net".into(),
        aliases: vec!["www.example.com".into()],
        enabled: true,
        is_origin: false,
        default_root_object: None,
        default_root_object_place: place::ROOT,
        origins: Vec::new(),
        behaviors: Vec::new(),
        default_behavior,
        error_responses: Vec::new(),
        cache_tags: None,
        geo_restriction: None,
        http2: true,
        logging: None,
        viewer_certificate: ViewerCertificate::default(),
        place: PlaceId(0),
    }
}

/// A behavior with those key settings.
pub(crate) fn behavior(key: KeySettings) -> Behavior {
    Behavior {
        path_pattern: None,
        viewer_protocol_policy: ViewerProtocolPolicy::AllowAll,
        viewer_protocol_place: place::PROTOCOL,
        allowed_methods: AllowedMethods::All,
        allowed_methods_place: place::METHODS,
        options_cached: false,
        compress: true,
        key,
        origin_request_policy: None,
        origin_request_policy_place: place::ORIGIN_REQUEST,
        response_headers_policy: None,
        response_headers_policy_place: PlaceId::NONE,
        viewer_request: None,
        viewer_response: None,
        origin_request: None,
        origin_response: None,
        trusted_keys: None,
        origin: Arc::new(origin()),
        origin_group: None,
        place: place::BEHAVIOR,
    }
}

/// A custom origin.
pub(crate) fn origin() -> Origin {
    Origin {
        id: "origin".into(),
        domain_name: "origin.example.net".into(),
        origin_path: "".into(),
        origin_path_place: place::ORIGIN_PATH,
        host_header: None,
        custom_headers: Vec::new(),
        upstream: Upstream::Custom {
            protocol: OriginProtocolPolicy::HttpsOnly,
            http_port: 80,
            https_port: 443,
        },
        connection_attempts: 3,
        connection_timeout_seconds: 10,
        read_timeout_seconds: 30,
        keep_alive_timeout_seconds: 5,
        response_completion_timeout_seconds: None,
        origin_shield: None,
        server_name: None,
        allowed_certificate_names: Vec::new(),
        place: place::ORIGIN,
    }
}

/// A cache policy that keys nothing, with TTLs 0, a year and a day.
pub(crate) fn cache_policy() -> CachePolicy {
    CachePolicy {
        id: "658327ea-0000-0000-0000-7e88639e58f6".into(),
        name: "own".into(),
        min_ttl: 0,
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

/// Key settings of that cache policy.
pub(crate) fn policy_key(policy: CachePolicy) -> KeySettings {
    KeySettings::Policy { policy: Arc::new(policy), place: place::KEY }
}

/// Key settings of a managed cache policy.
pub(crate) fn managed(id: &str) -> KeySettings {
    KeySettings::Policy { policy: cache_policies::find(id).expect("a managed policy"), place: place::KEY }
}

pub(crate) const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
pub(crate) const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/// Legacy settings that forward nothing, with TTLs 0, a year and a day.
pub(crate) fn legacy_values() -> ForwardedValues {
    ForwardedValues {
        query_string: false,
        query_string_cache_keys: Vec::new(),
        cookies: Selection::None,
        headers: ForwardedHeaders::None,
        min_ttl: 0,
        max_ttl: 31_536_000,
        default_ttl: 86_400,
        place: place::LEGACY,
        headers_place: place::LEGACY_HEADERS,
    }
}

/// Key settings of those legacy settings.
pub(crate) fn legacy_key(values: ForwardedValues) -> KeySettings {
    KeySettings::Legacy(Arc::new(values))
}

/// An origin request policy that forwards nothing.
pub(crate) fn origin_request_policy() -> OriginRequestPolicy {
    OriginRequestPolicy {
        id: "b689b0a8-0000-0000-0000-68738e2966ac".into(),
        name: "own".into(),
        headers: OriginRequestHeaders::None,
        cloudfront_headers: Vec::new(),
        cookies: Selection::None,
        query_strings: Selection::None,
        source: None,
    }
}

/// A request over https from 203.0.113.7.
pub(crate) fn head(method: Method, target: &str, headers: &[(&str, &str)]) -> RequestHead {
    RequestHead {
        method,
        target: Target::new(target),
        version: Version::Http11,
        host: "www.example.com".into(),
        headers: headers.iter().copied().collect::<Headers>(),
        connection: Arc::new(Connection::new(
            SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), 46532),
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 443),
            Some(Tls {
                server_name: Some("www.example.com".into()),
                version: "TLSv1.3",
                cipher: "TLS_AES_128_GCM_SHA256".into(),
                handshake: Handshake::Full,
                client_certificate: None,
                fingerprints: None,
            }),
        )),
        for_error_of: None,
    }
}

/// The same request over http.
pub(crate) fn plain(mut head: RequestHead) -> RequestHead {
    let Connection { peer, local, .. } = *head.connection;
    head.connection = Arc::new(Connection::new(peer, local, None));
    head
}

/// Boxed names.
pub(crate) fn names(names: &[&str]) -> Vec<Box<str>> {
    names.iter().map(|name| (*name).into()).collect()
}
