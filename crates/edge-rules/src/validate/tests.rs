use std::sync::Arc;

use frontgate_explain::PlaceId;

use super::{
    Violation, allowed_methods, behavior, cache_policy, cached_methods, custom_error_response,
    default_root_object, distribution, forwarded_values, origin, origin_custom_header, origin_group,
    origin_path, origin_request_policy, path_pattern, response_headers_policy, ttl_order,
};
use crate::config::{
    AllowedMethods, CachePolicy, Cors, ForwardedHeaders, ForwardedValues, HeaderToSet, OriginAccessControl,
    OriginGroup, OriginRequestHeaders, OriginRequestPolicy, ResponseHeadersPolicy, Selection,
    SigningBehavior, Upstream,
};
use crate::fixture::{
    self, cache_policy as own_cache_policy, legacy_key, legacy_values, names,
    origin_request_policy as own_policy, policy_key,
};
use crate::lambda_edge::{EdgeFunction, LambdaFunction};
use crate::tables::{cache_policies, origin_request_policies, response_headers_policies};

fn codes(violations: &[Violation]) -> Vec<&str> {
    violations.iter().map(|violation| violation.code).collect()
}

#[test]
fn what_aws_offers_passes() {
    for (name, id) in cache_policies::names() {
        assert_eq!(cache_policy(&cache_policies::find(id).expect(name)), [], "{name}");
    }
    for (name, id) in origin_request_policies::names() {
        assert_eq!(origin_request_policy(&origin_request_policies::find(id).expect(name)), [], "{name}");
    }
    for (name, id) in response_headers_policies::names() {
        assert_eq!(response_headers_policy(&response_headers_policies::find(id).expect(name)), [], "{name}");
    }
    assert_eq!(distribution(&fixture::distribution(fixture::behavior(policy_key(own_cache_policy())))), []);
    assert_eq!(origin(&fixture::origin()), []);
    assert_eq!(forwarded_values(&legacy_values()), []);
}

#[test]
fn names_in_policies() {
    let cache = |headers: &[&str]| {
        codes(&cache_policy(&CachePolicy { headers: names(headers), ..own_cache_policy() })).len()
    };
    assert_eq!(cache(&["X-A", "CloudFront-Viewer-Country"]), 0);
    assert_eq!(cache(&["CloudFront-Viewer-County"]), 1);
    assert_eq!(cache(&["CloudFront-Viewer-JA3-Fingerprint"]), 1);
    assert_eq!(cache(&[&"x".repeat(1025)]), 1);
    let toward_origin = |headers: &[&str]| {
        let policy = OriginRequestPolicy { cloudfront_headers: names(headers), ..own_policy() };
        codes(&origin_request_policy(&policy)).len()
    };
    assert_eq!(toward_origin(&["CloudFront-Viewer-JA3-Fingerprint", "CloudFront-Error-Uri"]), 0);
    assert_eq!(toward_origin(&["CloudFront-Viewer-JA5-Fingerprint"]), 1);
    let legacy = |length: usize| {
        let cookies = Selection::Allow(names(&["a", &"x".repeat(length - 1)]));
        codes(&forwarded_values(&ForwardedValues { cookies, ..legacy_values() })).len()
    };
    assert_eq!((legacy(510), legacy(511)), (0, 1));
}

#[test]
fn method_sets() {
    let rows: &[(&[&str], Option<AllowedMethods>)] = &[
        (&["HEAD", "GET"], Some(AllowedMethods::GetHead)),
        (&["HEAD", "GET", "OPTIONS"], Some(AllowedMethods::GetHeadOptions)),
        (&["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], Some(AllowedMethods::All)),
        (&["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"], None),
        (&["GET"], None),
        (&[], None),
    ];
    for (methods, expected) in rows {
        assert_eq!(allowed_methods(methods).ok(), *expected, "{methods:?}");
    }
    assert_eq!(cached_methods(&["GET", "HEAD", "OPTIONS"]), Ok(true));
    assert_eq!(cached_methods(&["GET", "HEAD"]), Ok(false));
    assert!(cached_methods(&["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]).is_err());
}

#[test]
fn single_values() {
    let long = "a".repeat(300);
    let rows: &[(Vec<Violation>, &[&str])] = &[
        (path_pattern("/api/*"), &[]),
        (path_pattern(".well-known/webfinger?&~$"), &[]),
        (path_pattern("a b"), &["InvalidArgument"]),
        (path_pattern(&long), &["InvalidArgument"]),
        (path_pattern(""), &["InvalidArgument"]),
        (origin_path(""), &[]),
        (origin_path("/prod"), &[]),
        (origin_path("prod"), &["InvalidArgument"]),
        (origin_path("/prod/"), &["InvalidArgument"]),
        (origin_path("/pr od"), &["InvalidArgument"]),
        (origin_custom_header("X-Verify", "secret"), &[]),
        (origin_custom_header("X-Amz-Meta", "1"), &["InvalidArgument"]),
        (origin_custom_header("host", "1"), &["InvalidArgument"]),
        (origin_custom_header("X A", "1"), &["InvalidArgument"]),
        (origin_custom_header("X-A", "a\r\nb"), &["InvalidArgument"]),
        (default_root_object("index.html"), &[]),
        (default_root_object("dir/index.html"), &[]),
        (default_root_object("/index.html"), &["InvalidDefaultRootObject"]),
        (custom_error_response(404, None), &[]),
        (custom_error_response(404, Some(("/index.html", 200))), &[]),
        (custom_error_response(401, None), &["InvalidErrorCode"]),
        (custom_error_response(404, Some(("/a", 201))), &["InvalidResponseCode"]),
        (custom_error_response(404, Some(("a", 404))), &["InvalidArgument"]),
        (ttl_order(0, 0, 0), &[]),
        (ttl_order(1, 86_400, 31_536_000), &[]),
        (ttl_order(2, 1, 3), &["InvalidTTLOrder"]),
        (ttl_order(0, 4, 3), &["InvalidTTLOrder"]),
    ];
    for (index, (violations, expected)) in rows.iter().enumerate() {
        assert_eq!(codes(violations), *expected, "row {index}: {violations:?}");
    }
}

#[test]
fn a_policy_with_caching_disabled_keys_nothing() {
    let mut policy = own_cache_policy();
    (policy.default_ttl, policy.max_ttl) = (0, 0);
    policy.headers = names(&["Authorization"]);
    policy.cookies = Selection::All;
    policy.query_strings = Selection::All;
    policy.gzip = true;
    let messages: Vec<String> =
        cache_policy(&policy).into_iter().map(|violation| violation.message).collect();
    assert_eq!(
        messages,
        ["HeaderBehavior", "CookieBehavior", "QueryStringBehavior", "EnableAcceptEncodingGzip"]
            .map(|name| format!("The parameter {name} is invalid for policy with caching disabled."))
    );
}

#[test]
fn headers_of_policies() {
    let mut policy = own_policy();
    policy.headers = OriginRequestHeaders::Allow(names(&["Authorization"]));
    assert_eq!(
        origin_request_policy(&policy)[0].message,
        "The parameter Headers contains Authorization that is not allowed."
    );
    let mut policy = own_cache_policy();
    policy.headers = names(&["Authorization", "Host"]);
    assert_eq!(cache_policy(&policy), []);
    policy.headers = names(&["Cookie", "Connection", "CloudFront-Viewer-Address"]);
    assert_eq!(cache_policy(&policy).len(), 3);
    policy.headers = (0..11).map(|number| format!("X-{number}").into()).collect();
    assert_eq!(codes(&cache_policy(&policy)), ["TooManyHeadersInCachePolicy"]);
    let mut values = legacy_values();
    values.headers = ForwardedHeaders::All;
    assert_eq!(forwarded_values(&values), []);
    values.min_ttl = 1;
    assert_eq!(codes(&forwarded_values(&values)), ["InvalidArgument"]);
    let mut values = legacy_values();
    values.query_string_cache_keys = names(&["a"]);
    assert_eq!(codes(&forwarded_values(&values)), ["InvalidArgument"]);
}

#[test]
fn a_bucket_takes_no_host() {
    let mut values = legacy_values();
    values.headers = ForwardedHeaders::Allow(names(&["host"]));
    let mut own = fixture::behavior(legacy_key(values));
    assert_eq!(behavior(&own), []);
    let mut bucket = fixture::origin();
    let control = OriginAccessControl {
        id: "E".into(),
        signing: SigningBehavior::Always,
        place: fixture::place::ACCESS_CONTROL,
    };
    bucket.upstream = Upstream::S3 {
        bucket: "b".into(),
        access_control: Some(control),
        access_identity: Some("E2".into()),
    };
    assert_eq!(codes(&origin(&bucket)), ["IllegalOriginAccessConfiguration"]);
    own.origin = std::sync::Arc::new(bucket);
    assert_eq!(codes(&behavior(&own)), ["InvalidHeadersForS3Origin"]);
}

#[test]
fn origin_groups() {
    let rows: &[(&[&str], &[u16], usize)] = &[
        (&["a", "b"], &[500, 429], 0),
        (&["a", "a"], &[500], 1),
        (&["a"], &[500], 1),
        (&["a", "b", "c"], &[500], 1),
        (&["a", "b"], &[], 1),
        (&["a", "b"], &[500, 500], 1),
        (&["a", "b"], &[200, 401, 501], 3),
    ];
    for (members, status_codes, expected) in rows {
        let found = origin_group(members, status_codes);
        assert_eq!(found.len(), *expected, "{members:?} {status_codes:?}: {found:?}");
    }
    let group = OriginGroup {
        id: "group".into(),
        secondary: std::sync::Arc::new(fixture::origin()),
        status_codes: vec![500],
        failover_criteria_place: fixture::place::FAILOVER_CRITERIA,
    };
    let mut own = fixture::behavior(policy_key(own_cache_policy()));
    own.origin_group = Some(std::sync::Arc::new(group));
    let found = behavior(&own);
    assert!(found[0].message.starts_with("The parameter AllowedMethods cannot include POST"), "{found:?}");
    own.allowed_methods = AllowedMethods::GetHeadOptions;
    assert_eq!(behavior(&own), []);
}

#[test]
fn whole_distributions() {
    let mut own = fixture::distribution(fixture::behavior(policy_key(own_cache_policy())));
    let mut api = own.default_behavior.clone();
    api.path_pattern = Some("api/*".into());
    own.behaviors = vec![api; 76];
    let found = distribution(&own);
    assert_eq!(found[0].code, "TooManyCacheBehaviors");
    assert_eq!(found.len(), 76);
    let function = Arc::new(LambdaFunction {
        name: "us-east-1.f".into(),
        arn: "arn:aws:lambda:us-east-1:123456789012:function:f:1".into(),
        include_body: false,
        place: PlaceId::NONE,
    });
    own.behaviors.truncate(50);
    for (number, behavior) in own.behaviors.iter_mut().enumerate() {
        behavior.path_pattern = Some(format!("{number}/*").into());
        behavior.viewer_request = Some(EdgeFunction::Lambda(function.clone()));
        behavior.origin_request = Some(function.clone());
    }
    assert_eq!(distribution(&own), []);
    own.default_behavior.origin_response = Some(function);
    assert_eq!(codes(&distribution(&own)), ["TooManyLambdaFunctionAssociations"]);
}

#[test]
fn response_headers_policies_leave_some_headers_alone() {
    let header = |name: &str| HeaderToSet { name: name.into(), value: "".into(), origin_override: true };
    let policy = ResponseHeadersPolicy {
        remove: names(&["Server", "via", "X-Amz-Cf-Id"]),
        custom: vec![header("X-Own"), header("Proxy-Foo")],
        cors: Some(Cors { allow_credentials: true, allow_origins: names(&["*"]), ..Cors::default() }),
        server_timing_rate: Some(101.0),
        ..ResponseHeadersPolicy::default()
    };
    assert_eq!(response_headers_policy(&policy).len(), 5);
}
