use std::sync::Arc;

use frontgate_cloudfront_functions_rules::{ChangedRequest, OriginChange};
use frontgate_message::{Headers, Method};

use super::{behavior_with_origin, changed_head};
use crate::config::{Origin, OriginProtocolPolicy, SigningBehavior, Upstream};
use crate::fixture::{CACHING_DISABLED, behavior, distribution, head, managed, origin};

#[test]
fn a_request_is_changed() {
    for (target, change, expected) in [
        ("/a?x=1", ChangedRequest { uri: Some("/b".into()), ..ChangedRequest::default() }, "/b?x=1"),
        ("/a?x=1", ChangedRequest { query: Some(String::new()), ..ChangedRequest::default() }, "/a"),
        ("/a", ChangedRequest { query: Some("y".into()), ..ChangedRequest::default() }, "/a?y"),
        ("/a?", ChangedRequest { cookie: Some(Some("c=1".into())), ..ChangedRequest::default() }, "/a?"),
    ] {
        let sent = head(Method::Get, target, &[("Host", "www.example.com")]);
        assert_eq!(changed_head(&sent, &change).target.as_str(), expected);
    }
    let change = ChangedRequest { headers: Some(Headers::new()), ..ChangedRequest::default() };
    let sent = head(Method::Get, "/", &[("Accept", "a"), ("X-Forwarded-Proto", "http")]);
    let fields: Vec<_> =
        changed_head(&sent, &change).headers.iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(fields, ["X-Forwarded-Proto"]);
}

/// The origin after `cf` was asked for `json`.
fn changed(json: &str) -> Result<Arc<Origin>, String> {
    let other = Arc::new(Origin { id: "other".into(), ..origin() });
    let mut distribution = distribution(behavior(managed(CACHING_DISABLED)));
    distribution.origins = vec![distribution.default_behavior.origin.clone(), other];
    let change = OriginChange::read(json)?;
    behavior_with_origin(&distribution, &distribution.default_behavior, &change).map(|changed| changed.origin)
}

#[test]
fn an_origin_is_selected_by_its_id() {
    let selected = changed(r#"{"select": "other"}"#).expect("there");
    assert_eq!((&*selected.id, selected.host_header.as_deref()), ("other", None));
    let selected =
        changed(r#"{"select": "other", "overrides": {"hostHeader": "h.example"}}"#).expect("there");
    assert_eq!(selected.host_header.as_deref(), Some("h.example"));
    assert_eq!(changed(r#"{"select": "third"}"#).expect_err("none"), "the distribution has no origin third");
}

#[test]
fn what_is_not_given_is_inherited() {
    let updated =
        changed(r#"{"update": {"originPath": "/v2", "timeouts": {"readTimeout": 7}}}"#).expect("fine");
    assert_eq!(&*updated.domain_name, "origin.example.net");
    assert_eq!(
        (&*updated.origin_path, updated.read_timeout_seconds, updated.connection_attempts),
        ("/v2", 7, 3)
    );
    assert!(updated.host_header.is_none());
    let updated = changed(r#"{"update": {"domainName": "b.example"}}"#).expect("fine");
    assert_eq!((&*updated.domain_name, updated.host_header.as_deref()), ("b.example", Some("b.example")));
    let Upstream::Custom { protocol, https_port, .. } = &updated.upstream else { panic!("{updated:?}") };
    assert_eq!((*protocol, *https_port), (OriginProtocolPolicy::HttpsOnly, 443));
    let custom = r#"{"update": {"customOriginConfig": {"port": 8080, "protocol": "http"}}}"#;
    let Upstream::Custom { protocol, http_port, .. } = changed(custom).expect("fine").upstream.clone() else {
        panic!("no custom origin")
    };
    assert_eq!((protocol, http_port), (OriginProtocolPolicy::HttpOnly, 8080));
}

#[test]
fn another_kind_of_origin_is_told_by_its_name() {
    let updated = changed(
        r#"{"update": {"domainName": "site.s3.us-east-1.amazonaws.com", "customHeaders": {},
        "originAccessControlConfig": {"enabled": true, "signingBehavior": "always", "signingProtocol": "sigv4",
        "originType": "s3"}}}"#,
    );
    let Upstream::S3 { bucket, access_control, .. } = updated.expect("fine").upstream.clone() else {
        panic!("no bucket")
    };
    assert_eq!(&*bucket, "site");
    assert_eq!(access_control.map(|control| control.signing), Some(SigningBehavior::Always));
    let unserved = changed(r#"{"update": {"domainName": "x.mediastore.us-east-1.amazonaws.com"}}"#);
    assert!(unserved.expect_err("not served").contains("not implemented"));
}

#[test]
fn a_group_is_made_of_origins_of_the_distribution() {
    let group = |members: &str, codes: &str| {
        let other = Arc::new(Origin { id: "other".into(), ..origin() });
        let mut distribution = distribution(behavior(managed(CACHING_DISABLED)));
        distribution.origins = vec![distribution.default_behavior.origin.clone(), other];
        let json = format!(
            r#"{{"group": {{"originIds": {members}, "failoverCriteria": {{"statusCodes": {codes}}}}}}}"#
        );
        let change = OriginChange::read(&json)?;
        behavior_with_origin(&distribution, &distribution.default_behavior, &change)
    };
    let own = origin().id;
    let changed = group(
        &format!(r#"["other", {{"originId": "{own}", "originOverrides": {{"sni": "s.example"}}}}]"#),
        "[500, 404]",
    )
    .expect("fine");
    let made = changed.origin_group.expect("a group");
    assert_eq!(
        (&*changed.origin.id, &made.secondary.id, &made.status_codes[..]),
        ("other", &own, &[500, 404][..])
    );
    assert_eq!(made.secondary.server_name.as_deref(), Some("s.example"));
    let missing = group(r#"["other", "third"]"#, "[500]").expect_err("there is none");
    assert_eq!(missing, "the distribution has no origin third");
    assert!(group(&format!(r#"["other", "{own}"]"#), "[200]").expect_err("no failover").contains("200"));
}

#[test]
fn advanced_settings_are_taken() {
    let updated = changed(
        r#"{"update": {"sni": "s.example", "allowedCertificateNames": ["*.example.com"],
        "originShield": {"enabled": true, "region": "eu-west-1"}, "timeouts": {"responseCompletionTimeout": 60}}}"#,
    )
    .expect("fine");
    assert_eq!(updated.server_name.as_deref(), Some("s.example"));
    assert_eq!(updated.allowed_certificate_names, ["*.example.com".into()]);
    assert_eq!(updated.origin_shield.as_ref().map(|shield| &*shield.region), Some("eu-west-1"));
    assert_eq!(updated.response_completion_timeout_seconds, Some(60));
    let region = r#"{"update": {"originShield": {"enabled": true, "region": "eu-west-3"}}}"#;
    assert!(changed(region).expect_err("none there").contains("no region of Origin Shield"));
    let short = r#"{"update": {"timeouts": {"responseCompletionTimeout": 6, "readTimeout": 7}}}"#;
    assert!(changed(short).expect_err("too short").contains("less than readTimeout"));
}
