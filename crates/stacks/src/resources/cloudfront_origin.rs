//! `Origins` of a distribution: who is asked, and how.

use std::sync::Arc;

use frontgate_edge_rules::origin_shield::OriginShield;
use frontgate_edge_rules::{Origin, OriginAccessControl, OriginProtocolPolicy, Upstream, validate};

use super::aws_cloudfront_originaccesscontrol::{AccessControl, OriginType};
use frontgate_edge_rules::service_names::{
    bucket_of, is_execute_api, is_function_url, is_unserved, is_website,
};

use crate::maker::Maker;
use crate::properties::{Object, Text};

/// Reads one origin.
pub fn origin(object: &Object<'_>, maker: &mut Maker<'_>) -> Option<Arc<Origin>> {
    let id = object.required_text("Id");
    let domain_name = object.required_text("DomainName");
    let origin_path = object.text("OriginPath");
    let path_span = object.span_of("OriginPath");
    let custom_headers = custom_headers(object);
    let connection_attempts = object.number("ConnectionAttempts", 1..=3).unwrap_or(3);
    let connection_timeout = object.number("ConnectionTimeout", 1..=10).unwrap_or(10);
    object.unsupported(&["VpcOriginConfig"]);
    let origin_shield = origin_shield(object, maker);
    let settings = object.object("CustomOriginConfig").map(|config| custom_settings(&config));
    let s3 = object.object("S3OriginConfig");
    let s3_read_timeout = s3.as_ref().and_then(|config| config.number("OriginReadTimeout", 1..=120));
    let access_control = access_control(object, maker);
    let (id, domain_name) = (id?, domain_name?);
    let domain = domain_name.value.to_ascii_lowercase();
    check_domain(object, &domain_name);
    let upstream = upstream(object, &domain, settings.as_ref(), s3.as_ref(), access_control, maker);
    warn_of_protocol(object, &upstream);
    let path = origin_path.as_ref().map_or("", |text| &text.value);
    for violation in validate::origin_path(path) {
        let message = format!("{}.OriginPath: {}: {}", object.path(), violation.code, violation.message);
        object.problems().error(
            path_span,
            message,
            violation.code,
            "Write /path, without a slash at its end.",
        );
    }
    let place = maker.place(object.span(), format!("the origin {} ({domain})", id.value));
    let label = if path.is_empty() { "no OriginPath".to_owned() } else { format!("OriginPath {path}") };
    let origin_path_place = maker.place(path_span, format!("{label} of the origin {}", id.value));
    let mut settings = settings.unwrap_or_default();
    settings.read_timeout = s3_read_timeout.map_or(settings.read_timeout, narrow);
    let response_completion_timeout_seconds = response_completion_timeout(object, settings.read_timeout);
    object.finish();
    Some(Arc::new(Origin {
        id: id.value.as_ref().into(),
        domain_name: domain.into(),
        origin_path: path.into(),
        origin_path_place,
        host_header: None,
        custom_headers,
        upstream,
        connection_attempts: narrow(connection_attempts),
        connection_timeout_seconds: narrow(connection_timeout),
        read_timeout_seconds: settings.read_timeout,
        keep_alive_timeout_seconds: settings.keep_alive_timeout,
        response_completion_timeout_seconds,
        origin_shield,
        server_name: None,
        allowed_certificate_names: Vec::new(),
        place,
    }))
}

struct CustomSettings {
    protocol: OriginProtocolPolicy,
    http_port: u16,
    https_port: u16,
    read_timeout: u32,
    keep_alive_timeout: u32,
}

impl Default for CustomSettings {
    fn default() -> Self {
        Self {
            protocol: OriginProtocolPolicy::MatchViewer,
            http_port: 80,
            https_port: 443,
            read_timeout: 30,
            keep_alive_timeout: 5,
        }
    }
}

fn custom_settings(config: &Object<'_>) -> CustomSettings {
    config.require("OriginProtocolPolicy");
    let protocol = config.choice(
        "OriginProtocolPolicy",
        &[
            ("http-only", OriginProtocolPolicy::HttpOnly),
            ("https-only", OriginProtocolPolicy::HttpsOnly),
            ("match-viewer", OriginProtocolPolicy::MatchViewer),
        ],
    );
    let port = |name: &'static str, default: u16| {
        let port =
            config.number(name, 1..=65_535).map_or(default, |port| u16::try_from(port).unwrap_or(default));
        if !matches!(port, 80 | 443 | 1024..) {
            let message = format!("{}.{name}: {port} is not 80, 443 or 1024 to 65535", config.path());
            config.problems().error(config.span_of(name), message, "not a port that CloudFront takes", "");
        }
        port
    };
    let settings = CustomSettings {
        protocol: protocol.unwrap_or(OriginProtocolPolicy::HttpsOnly),
        http_port: port("HTTPPort", 80),
        https_port: port("HTTPSPort", 443),
        read_timeout: narrow(config.number("OriginReadTimeout", 1..=120).unwrap_or(30)),
        keep_alive_timeout: narrow(config.number("OriginKeepaliveTimeout", 1..=120).unwrap_or(5)),
    };
    for protocol in config.texts("OriginSSLProtocols") {
        if !matches!(&*protocol.value, "TLSv1.2" | "TLSv1.1" | "TLSv1" | "SSLv3") {
            let message =
                format!("{}.OriginSSLProtocols: `{}` is not a protocol", config.path(), protocol.value);
            config.problems().error(protocol.span, message, "unknown", "Use TLSv1.2.");
        } else if protocol.value != "TLSv1.2" {
            let message =
                format!("{}: origins are asked with TLS 1.2 or 1.3, never {}", config.path(), protocol.value);
            config.problems().warning(protocol.span, message, "not used", "Use TLSv1.2 alone.");
        }
    }
    config.unsupported(&["IpAddressType", "OriginMtlsConfig"]);
    config.finish();
    settings
}

fn origin_shield(object: &Object<'_>, maker: &mut Maker<'_>) -> Option<OriginShield> {
    let shield = object.object("OriginShield")?;
    let enabled = shield.flag("Enabled").unwrap_or(false);
    let region = shield.text("OriginShieldRegion").filter(|text| !text.value.is_empty());
    shield.finish();
    for violation in validate::origin_shield(enabled, region.as_ref().map(|region| &*region.value)) {
        let message = format!("{}: {}: {}", shield.path(), violation.code, violation.message);
        let span = region.as_ref().map_or(shield.span(), |region| region.span);
        shield.problems().error(
            span,
            message,
            violation.code,
            "Write the region that is next to the origin.",
        );
    }
    let region = region.filter(|_| enabled)?;
    let place = maker.place(region.span, format!("OriginShieldRegion {}", region.value));
    Some(OriginShield { region: region.value.as_ref().into(), place })
}

fn response_completion_timeout(object: &Object<'_>, read_timeout: u32) -> Option<u32> {
    let seconds = narrow(object.number("ResponseCompletionTimeout", 0..=RESPONSE_COMPLETION_SECONDS_MAX)?);
    for violation in validate::response_completion_timeout(seconds, read_timeout) {
        let message =
            format!("{}.ResponseCompletionTimeout: {}: {}", object.path(), violation.code, violation.message);
        let span = object.span_of("ResponseCompletionTimeout");
        object.problems().error(span, message, violation.code, "Make it larger, or leave it out.");
    }
    // "If you don't set a value, CloudFront doesn't enforce a maximum"; the API writes 0 for that.
    (seconds > 0).then_some(seconds)
}

/// The API names no maximum; this one bounds what is computed with it: a day.
const RESPONSE_COMPLETION_SECONDS_MAX: u64 = 86_400;

fn custom_headers(object: &Object<'_>) -> Vec<(Box<str>, Box<str>)> {
    let mut headers = Vec::new();
    for header in object.objects("OriginCustomHeaders") {
        let name = header.required_text("HeaderName");
        header.require("HeaderValue");
        let value = header.text("HeaderValue");
        header.finish();
        let (Some(name), Some(value)) = (name, value) else { continue };
        for violation in validate::origin_custom_header(&name.value, &value.value) {
            let message = format!("{}: {}: {}", header.path(), violation.code, violation.message);
            header.problems().error(name.span, message, violation.code, "Choose another name.");
        }
        headers.push((name.value.as_ref().into(), value.value.as_ref().into()));
    }
    for violation in validate::origin_custom_headers(&headers) {
        let message =
            format!("{}.OriginCustomHeaders: {}: {}", object.path(), violation.code, violation.message);
        object.problems().error(object.span_of("OriginCustomHeaders"), message, violation.code, "");
    }
    headers
}

/// The origin access control that the origin names, and what it is for.
fn access_control(object: &Object<'_>, maker: &mut Maker<'_>) -> Option<(OriginAccessControl, OriginType)> {
    let id = object.text("OriginAccessControlId").filter(|id| !id.value.is_empty())?;
    let Some(AccessControl { signing, origin_type }) = maker.access_controls.get(id.value.as_ref()).copied()
    else {
        let message =
            format!("{}.OriginAccessControlId: NoSuchOriginAccessControl: {}", object.path(), id.value);
        let cure = "Name an AWS::CloudFront::OriginAccessControl of this template with !GetAtt NAME.Id.";
        object.problems().error(id.span, message, "does not exist", cure);
        return None;
    };
    let place = maker.place(id.span, format!("the origin access control {}", id.value));
    Some((OriginAccessControl { id: id.value.as_ref().into(), signing, place }, origin_type))
}

fn upstream(
    object: &Object<'_>,
    domain: &str,
    settings: Option<&CustomSettings>,
    s3: Option<&Object<'_>>,
    access_control: Option<(OriginAccessControl, OriginType)>,
    maker: &Maker<'_>,
) -> Upstream {
    check_origin_type(object, domain, access_control.as_ref());
    let access_control = access_control.map(|(control, _)| control);
    let access_identity = s3.and_then(|config| access_identity(config, maker));
    if settings.is_some() && s3.is_some() {
        let message = format!("{}: S3OriginConfig and CustomOriginConfig exclude each other", object.path());
        object.problems().error(object.span(), message, "both", "Leave out one of them.");
    }
    if let Some(bucket) = bucket_of(domain)
        && settings.is_none()
    {
        if access_control.is_some() && access_identity.is_some() {
            let message =
                format!("{}: IllegalOriginAccessConfiguration: both an OAC and an OAI", object.path());
            object.problems().error(
                object.span(),
                message,
                "both",
                "Set OriginAccessIdentity to an empty string.",
            );
        }
        return Upstream::S3 { bucket: bucket.into(), access_control, access_identity };
    }
    let defaults = CustomSettings::default();
    let settings = settings.unwrap_or(&defaults);
    if is_function_url(domain) {
        return Upstream::FunctionUrl { protocol: settings.protocol, access_control };
    }
    if is_website(domain) {
        return Upstream::Website { protocol: settings.protocol };
    }
    if is_execute_api(domain) {
        return Upstream::ApiGateway { protocol: settings.protocol };
    }
    let is_distribution = maker.resources.distributions.iter().any(|other| *other.domain_name == *domain);
    if is_unserved(domain) && !is_distribution {
        let message = format!(
            "{}.DomainName: {domain} is a service of AWS, which is not implemented yet",
            object.path()
        );
        object.problems().unsupported(object.span_of("DomainName"), message, "Use another origin.");
    }
    Upstream::Custom {
        protocol: settings.protocol,
        http_port: settings.http_port,
        https_port: settings.https_port,
    }
}

fn access_identity(config: &Object<'_>, maker: &Maker<'_>) -> Option<Box<str>> {
    let text = config.text("OriginAccessIdentity").filter(|text| !text.value.is_empty());
    config.finish();
    let text = text?;
    let Some(id) = text.value.strip_prefix("origin-access-identity/cloudfront/") else {
        let message = format!("{}.OriginAccessIdentity: `{}` is malformed", config.path(), text.value);
        let cure =
            "Write !Sub origin-access-identity/cloudfront/${Identity}, or an empty string with an OAC.";
        config.problems().error(text.span, message, "malformed", cure);
        return None;
    };
    if !maker.access_identities.iter().any(|known| known == id) {
        let message = format!("{}: NoSuchCloudFrontOriginAccessIdentity: {id}", config.path());
        config.problems().error(text.span, message, "does not exist", "");
        return None;
    }
    Some(id.into())
}

fn check_domain(object: &Object<'_>, domain: &Text<'_>) {
    let name = domain.value.as_ref();
    let fault = if name.contains("://") {
        "it begins with a scheme"
    } else if name.contains('/') {
        "it holds a path; that belongs into OriginPath"
    } else if name.contains(':') {
        "it holds a port; that belongs into CustomOriginConfig"
    } else if name.is_empty() || name.len() > 253 || name.contains(char::is_whitespace) {
        "it is no domain name"
    } else {
        return;
    };
    let message = format!("{}.DomainName: InvalidOrigin: `{name}`: {fault}", object.path());
    object.problems().error(domain.span, message, fault, "Give the bare domain name.");
}

/// An origin access control signs for the kind of origin that it was made for, and for no other.
fn check_origin_type(
    object: &Object<'_>,
    domain: &str,
    access_control: Option<&(OriginAccessControl, OriginType)>,
) {
    let Some((_, origin_type)) = access_control else { return };
    let (fits, what) = match origin_type {
        OriginType::Lambda => (is_function_url(domain), "no Lambda function URL"),
        OriginType::S3 => (bucket_of(domain).is_some(), "no S3 bucket"),
    };
    if !fits {
        let message =
            format!("{}: InvalidDomainNameForOriginAccessControl: {domain} is {what}", object.path());
        let cure = "Remove OriginAccessControlId, or name one whose OriginAccessControlOriginType fits.";
        object.problems().error(object.span(), message, what, cure);
    }
}

/// Website endpoints answer http only, function URLs https only.
fn warn_of_protocol(object: &Object<'_>, upstream: &Upstream) {
    let (message, cure) = match upstream {
        Upstream::Website { protocol } if *protocol != OriginProtocolPolicy::HttpOnly => {
            ("a website endpoint of S3 answers http only", "Set OriginProtocolPolicy: http-only.")
        }
        Upstream::FunctionUrl { protocol, .. } if *protocol != OriginProtocolPolicy::HttpsOnly => {
            ("a function URL answers https only", "Set OriginProtocolPolicy: https-only.")
        }
        _ => return,
    };
    let message = format!("{}: {message}", object.path());
    object.problems().warning(object.span_of("CustomOriginConfig"), message, "not answered", cure);
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
