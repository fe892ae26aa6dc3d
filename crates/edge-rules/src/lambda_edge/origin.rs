//! The `origin` of an origin request: how a function sees it, and which one it may ask for instead.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>. Inferred, as
//! `authMethod` knows no origin access control: that of an S3 origin signs for another bucket, too.

use std::net::IpAddr;

use frontgate_explain::{FactKind, PlaceId};
use frontgate_message::Headers;
use serde_json::{Map, Value, json};

use super::Invalid;
use super::headers::read_entries;
use super::restrictions::is_disallowed;
use crate::config::{Origin, OriginProtocolPolicy, Upstream};
use crate::errors::ErrorPage;
use crate::service_names::{bucket_of, is_function_url, upstream_of};
use crate::validate::origin_custom_header;

/// The origin that a function asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaOrigin {
    domain_name: Box<str>,
    path: Box<str>,
    custom_headers: Vec<(Box<str>, Box<str>)>,
    read_timeout_seconds: Option<u32>,
    response_completion_timeout_seconds: Option<u32>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Custom { keep_alive_timeout_seconds: u32, port: u16, secure: bool },
    S3 { access_identity: bool },
}

impl LambdaOrigin {
    /// What a function sees of an origin that is asked over TLS, or not.
    #[must_use]
    pub fn describe(origin: &Origin, secure: bool) -> Value {
        let custom_headers = custom_headers_json(origin);
        let (domain_name, path) = (&*origin.domain_name, &*origin.origin_path);
        let read_timeout = origin.read_timeout_seconds;
        let completion = origin.response_completion_timeout_seconds;
        if let Upstream::S3 { access_identity, .. } = &origin.upstream {
            let auth_method = if access_identity.is_some() { ACCESS_IDENTITY } else { "none" };
            let mut fields = json!({
                "authMethod": auth_method,
                "customHeaders": custom_headers,
                "domainName": domain_name,
                "path": path,
                "readTimeout": read_timeout,
                "region": region_of(domain_name),
            });
            insert_completion(&mut fields, completion);
            return json!({"s3": fields});
        }
        let (http_port, https_port) = match &origin.upstream {
            Upstream::Custom { http_port, https_port, .. } => (*http_port, *https_port),
            Upstream::S3 { .. }
            | Upstream::ApiGateway { .. }
            | Upstream::FunctionUrl { .. }
            | Upstream::Website { .. } => (80, 443),
        };
        let mut fields = json!({
            "customHeaders": custom_headers,
            "domainName": domain_name,
            "keepaliveTimeout": origin.keep_alive_timeout_seconds,
            "path": path,
            "port": if secure { https_port } else { http_port },
            "protocol": if secure { "https" } else { "http" },
            "readTimeout": read_timeout,
            "sslProtocols": ["TLSv1.2"],
        });
        insert_completion(&mut fields, completion);
        json!({"custom": fields})
    }

    /// Reads the `origin` of a result.
    ///
    /// # Errors
    /// What CloudFront does not take.
    pub(super) fn read(origin: &Value, request_headers: &Headers) -> Result<Self, Invalid> {
        let Some(object) = origin.as_object().filter(|object| object.len() == 1) else {
            return Err(invalid("there must be exactly one origin, custom or s3"));
        };
        match (object.get("custom"), object.get("s3")) {
            (Some(Value::Object(fields)), None) => read_custom(&Reader(fields), request_headers),
            (None, Some(Value::Object(fields))) => read_s3(&Reader(fields), request_headers),
            _ => Err(invalid("there must be exactly one origin, custom or s3")),
        }
    }

    /// The domain name.
    #[must_use]
    pub fn domain_name(&self) -> &str {
        &self.domain_name
    }

    /// The origin for one request, in place of `before`.
    ///
    /// # Errors
    /// CloudFront, or frontgate, asks no such origin.
    pub fn apply(&self, before: &Origin) -> Result<Origin, Invalid> {
        let is_same_path = self.path == before.origin_path;
        let mut changed = Origin {
            domain_name: self.domain_name.clone(),
            origin_path: self.path.clone(),
            origin_path_place: if is_same_path { before.origin_path_place } else { PlaceId::NONE },
            custom_headers: self.custom_headers.clone(),
            read_timeout_seconds: self.read_timeout_seconds.unwrap_or(before.read_timeout_seconds),
            response_completion_timeout_seconds: self.response_completion_timeout_seconds,
            ..before.clone()
        };
        match self.kind {
            Kind::Custom { keep_alive_timeout_seconds, port, secure } => {
                changed.keep_alive_timeout_seconds = keep_alive_timeout_seconds;
                let protocol =
                    if secure { OriginProtocolPolicy::HttpsOnly } else { OriginProtocolPolicy::HttpOnly };
                let control = match &before.upstream {
                    Upstream::FunctionUrl { access_control, .. } if is_function_url(&self.domain_name) => {
                        access_control.clone()
                    }
                    _ => None,
                };
                let upstream = upstream_of(&self.domain_name, protocol, (port, port), control);
                changed.upstream = upstream.ok_or_else(|| {
                    let name = &self.domain_name;
                    domain_invalid(&format!(
                        "{name} is a service of AWS, which frontgate does not answer for"
                    ))
                })?;
            }
            Kind::S3 { access_identity } => {
                let Some(bucket) = bucket_of(&self.domain_name) else {
                    return Err(domain_invalid(&format!("{} is no bucket of S3", self.domain_name)));
                };
                let (access_control, identity) = match &before.upstream {
                    Upstream::S3 { access_control, access_identity, .. } => {
                        (access_control.clone(), access_identity.clone())
                    }
                    _ => (None, None),
                };
                if access_identity && identity.is_none() {
                    return Err(invalid(
                        "authMethod: the origin of the request has no origin access identity",
                    ));
                }
                changed.upstream = Upstream::S3 {
                    bucket: bucket.into(),
                    access_control,
                    access_identity: identity.filter(|_| access_identity),
                };
            }
        }
        Ok(changed)
    }
}

fn read_custom(fields: &Reader<'_>, headers: &Headers) -> Result<LambdaOrigin, Invalid> {
    fields.require(CUSTOM_FIELDS)?;
    let path = fields.path()?;
    if path.len() > PATH_BYTES_MAX {
        return Err(invalid("Path has more than 255 characters"));
    }
    let port = fields.number("port", 1, 65_535)?.and_then(|port| u16::try_from(port).ok());
    let Some(port) = port.filter(|port| matches!(port, 80 | 443 | 1024..)) else {
        return Err(invalid("Port must be 80, 443 or a number from 1024 to 65535"));
    };
    let secure = match fields.text("protocol")? {
        "http" => false,
        "https" => true,
        _ => return Err(invalid("Protocol must be http or https")),
    };
    let protocols = fields.0.get("sslProtocols").and_then(Value::as_array);
    let is_protocol = |value: &Value| value.as_str().is_some_and(|text| SSL_PROTOCOLS.contains(&text));
    if !protocols.is_some_and(|list| !list.is_empty() && list.iter().all(is_protocol)) {
        return Err(invalid("SslProtocols must be a list of TLSv1.2, TLSv1.1, TLSv1 and SSLv3"));
    }
    let keep_alive = fields.number("keepaliveTimeout", 1, TIMEOUT_SECONDS_MAX)?;
    let kind = Kind::Custom { keep_alive_timeout_seconds: keep_alive.unwrap_or(1), port, secure };
    let mut custom_headers = Vec::new();
    fields.custom_headers(headers, &mut custom_headers)?;
    Ok(LambdaOrigin {
        domain_name: fields.domain_name(DOMAIN_NAME_BYTES_MAX)?,
        path: path.into(),
        custom_headers,
        read_timeout_seconds: fields.number("readTimeout", 1, TIMEOUT_SECONDS_MAX)?,
        response_completion_timeout_seconds: fields.response_completion_timeout()?,
        kind,
    })
}

fn read_s3(fields: &Reader<'_>, headers: &Headers) -> Result<LambdaOrigin, Invalid> {
    fields.require(S3_FIELDS)?;
    let access_identity = match fields.text("authMethod")? {
        "none" => false,
        ACCESS_IDENTITY => true,
        _ => return Err(invalid("AuthMethod must be none or origin-access-identity")),
    };
    if access_identity && !matches!(fields.0.get("region"), Some(Value::String(_))) {
        return Err(missing("region"));
    }
    let name = fields.text("domainName")?;
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(domain_invalid("the name of a bucket is all lower case"));
    }
    let mut custom_headers = Vec::new();
    fields.custom_headers(headers, &mut custom_headers)?;
    Ok(LambdaOrigin {
        domain_name: fields.domain_name(S3_DOMAIN_NAME_BYTES_MAX)?,
        path: fields.path()?.into(),
        custom_headers,
        read_timeout_seconds: fields.number("readTimeout", 1, TIMEOUT_SECONDS_MAX)?,
        response_completion_timeout_seconds: fields.response_completion_timeout()?,
        kind: Kind::S3 { access_identity },
    })
}

/// The fields of one origin.
struct Reader<'a>(&'a Map<String, Value>);

impl<'a> Reader<'a> {
    fn require(&self, names: &[&str]) -> Result<(), Invalid> {
        let is_missing = |name: &&&str| matches!(self.0.get(**name), None | Some(Value::Null));
        names.iter().find(is_missing).map_or(Ok(()), |name| Err(missing(name)))
    }

    fn text(&self, name: &str) -> Result<&'a str, Invalid> {
        match self.0.get(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(invalid(&format!("{name} must be a string"))),
        }
    }

    fn number(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>, Invalid> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(invalid(&format!("{name} must be a number from {least} to {most}"))),
        }
    }

    /// "If you set this value to 0, it removes any previous value."
    fn response_completion_timeout(&self) -> Result<Option<u32>, Invalid> {
        let seconds = self.number("responseCompletionTimeout", 0, u32::MAX)?.filter(|seconds| *seconds > 0);
        let least = self.number("readTimeout", 1, TIMEOUT_SECONDS_MAX)?.unwrap_or(1);
        match seconds {
            Some(seconds) if seconds < least => {
                Err(invalid("responseCompletionTimeout must be equal to or greater than readTimeout"))
            }
            seconds => Ok(seconds),
        }
    }

    fn domain_name(&self, bytes_max: usize) -> Result<Box<str>, Invalid> {
        let name = self.text("domainName")?;
        let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if name.is_empty() || name.len() > bytes_max || !name.bytes().all(is_character) {
            return Err(domain_invalid(&format!("{name:?} is no domain name")));
        }
        if name.parse::<IpAddr>().is_ok() {
            return Err(domain_invalid("it can't be an IP address"));
        }
        Ok(name.to_ascii_lowercase().into())
    }

    fn path(&self) -> Result<&'a str, Invalid> {
        let path = self.text("path")?;
        let is_fine = path.is_empty() || (path.starts_with('/') && !path.ends_with('/'));
        if !is_fine || path.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'?' || byte == b'#') {
            return Err(invalid("Path must begin with a slash and not end with one"));
        }
        Ok(path)
    }

    /// "A header with the same name can't be present in `Records.cf.request.headers`."
    fn custom_headers(
        &self,
        of_request: &Headers,
        read: &mut Vec<(Box<str>, Box<str>)>,
    ) -> Result<(), Invalid> {
        let Some(Value::Object(fields)) = self.0.get("customHeaders") else {
            return Err(headers_invalid("customHeaders must be an object"));
        };
        for (name, entries) in fields {
            for (key, value) in read_entries(name, entries)? {
                if let Some(violation) = origin_custom_header(&key, &value).first() {
                    return Err(headers_invalid(&violation.message));
                }
                if is_disallowed(&key.to_ascii_lowercase()) {
                    return Err(headers_invalid(&format!("{key} is a disallowed header")));
                }
                if of_request.contains(&key) {
                    return Err(headers_invalid(&format!("{key} is a header of the request, too")));
                }
                read.push((key.into(), value.into()));
            }
        }
        Ok(())
    }
}

fn insert_completion(fields: &mut Value, seconds: Option<u32>) {
    if let Some(seconds) = seconds {
        fields["responseCompletionTimeout"] = seconds.into();
    }
}

fn custom_headers_json(origin: &Origin) -> Value {
    let fields = origin
        .custom_headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), json!([{"key": &**name, "value": &**value}])));
    Value::Object(fields.collect())
}

/// The region in the name of a bucket.
fn region_of(domain_name: &str) -> &str {
    let rest = domain_name.strip_suffix(".amazonaws.com").unwrap_or_default();
    let last = rest.rsplit('.').next().unwrap_or_default();
    match last.strip_prefix("s3-").unwrap_or(last) {
        "" | "s3" => "us-east-1",
        region => region,
    }
}

fn missing(name: &str) -> Invalid {
    let message = format!("The Lambda function returned an invalid origin configuration, {name} is missing.");
    Invalid::new(ErrorPage::LambdaOriginInvalid, FactKind::LambdaEdgeOriginFieldMissing, message)
}

fn invalid(what: &str) -> Invalid {
    with_page(ErrorPage::LambdaOriginInvalid, what)
}

fn domain_invalid(what: &str) -> Invalid {
    with_page(ErrorPage::LambdaOriginDomainInvalid, &format!("the value of DomainName is invalid: {what}"))
}

fn headers_invalid(what: &str) -> Invalid {
    let what = format!("one or more HeaderName or HeaderValue values are invalid: {what}");
    with_page(ErrorPage::LambdaOriginHeadersInvalid, &what)
}

fn with_page(page: ErrorPage, what: &str) -> Invalid {
    let message = format!("The Lambda function returned an invalid origin configuration, {what}.");
    Invalid::new(page, FactKind::LambdaEdgeOriginInvalid, message)
}

const ACCESS_IDENTITY: &str = "origin-access-identity";

const CUSTOM_FIELDS: &[&str] = &[
    "customHeaders",
    "domainName",
    "keepaliveTimeout",
    "path",
    "port",
    "protocol",
    "readTimeout",
    "sslProtocols",
];

const S3_FIELDS: &[&str] = &["authMethod", "customHeaders", "domainName", "path"];

const SSL_PROTOCOLS: &[&str] = &["TLSv1.2", "TLSv1.1", "TLSv1", "SSLv3"];

const TIMEOUT_SECONDS_MAX: u32 = 120;
const DOMAIN_NAME_BYTES_MAX: usize = 253;
const S3_DOMAIN_NAME_BYTES_MAX: usize = 128;
const PATH_BYTES_MAX: usize = 255;
