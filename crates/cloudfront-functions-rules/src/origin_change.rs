//! What a function asks of `cf` about the origin of its request.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/helper-functions-origin-modification.html>.
//! The page does not say which words CloudFront has for wrong settings; those here are ours.

use serde_json::{Map, Value};

use crate::result::capitalized;

/// Another origin, or other settings of it.
#[derive(Clone, Debug, PartialEq)]
pub enum OriginChange {
    /// `cf.selectRequestOriginById(id, {…})`
    Select {
        /// The id of an origin of the distribution.
        id: String,
        /// What is changed of it.
        overrides: OriginOverrides,
    },
    /// `cf.createRequestOriginGroup({…})`
    Group(Box<OriginGroupAsked>),
    /// `cf.updateRequestOrigin({…})`
    Update(Box<OriginUpdate>),
}

/// A group of two origins of the distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginGroupAsked {
    /// The id of the primary origin and that of the secondary one, and what is changed of them.
    pub members: [(String, OriginOverrides); 2],
    /// `failoverCriteria.statusCodes`
    pub status_codes: Vec<u16>,
}

/// The advanced settings that may be given for an origin that is chosen by its id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OriginOverrides {
    /// `hostHeader`
    pub host_header: Option<String>,
    /// `sni`
    pub server_name: Option<String>,
    /// `allowedCertificateNames`
    pub allowed_certificate_names: Option<Vec<String>>,
}

/// The settings of `updateRequestOrigin`; what is `None` stays as the assigned origin has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OriginUpdate {
    /// `domainName`, lower case.
    pub domain_name: Option<String>,
    /// `hostHeader`, `sni` and `allowedCertificateNames`
    pub overrides: OriginOverrides,
    /// `originPath`
    pub origin_path: Option<String>,
    /// `customHeaders`, names as they go on.
    pub custom_headers: Option<Vec<(String, String)>>,
    /// `connectionAttempts`
    pub connection_attempts: Option<u32>,
    /// `timeouts.connectionTimeout`, seconds.
    pub connection_timeout_seconds: Option<u32>,
    /// `timeouts.readTimeout`, seconds.
    pub read_timeout_seconds: Option<u32>,
    /// `timeouts.keepAliveTimeout`, seconds.
    pub keep_alive_timeout_seconds: Option<u32>,
    /// `timeouts.responseCompletionTimeout`, seconds.
    pub response_completion_timeout_seconds: Option<u32>,
    /// `originShield`: its region; `Some(None)` where it is disabled.
    pub origin_shield: Option<Option<String>>,
    /// `originAccessControlConfig`; `Some(None)` where it is disabled.
    pub access_control: Option<Option<Signing>>,
    /// `customOriginConfig`
    pub custom: Option<CustomOrigin>,
}

/// `signingBehavior` of `originAccessControlConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// `always`
    Always,
    /// `never`
    Never,
    /// `no-override`
    NoOverride,
}

/// `customOriginConfig`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomOrigin {
    /// `port`
    pub port: u16,
    /// `protocol` is `https`.
    pub secure: bool,
}

impl OriginChange {
    /// Reads what the engine noted: `{"update": {…}}`, `{"select": id, "overrides": {…}}` or `{"group": {…}}`.
    ///
    /// # Errors
    /// Names the setting that is wrong, or that is not implemented.
    pub fn read(json: &str) -> Result<Self, String> {
        let change: Value =
            serde_json::from_str(json).map_err(|error| format!("the origin's settings: {error}"))?;
        if let Some(update) = change.get("update") {
            let reader =
                Reader { path: "updateRequestOrigin", object: object(update, "updateRequestOrigin")? };
            return read_update(&reader).map(|update| Self::Update(Box::new(update)));
        }
        if let Some(group) = change.get("group") {
            let path = "createRequestOriginGroup";
            let reader = Reader { path, object: object(group, path)? };
            return read_group(&reader).map(|group| Self::Group(Box::new(group)));
        }
        let Some(Value::String(id)) = change.get("select") else {
            return Err("selectRequestOriginById: the id must be a string".into());
        };
        let none = Map::new();
        let overrides = match change.get("overrides") {
            None | Some(Value::Null) => &none,
            Some(overrides) => object(overrides, "selectRequestOriginById")?,
        };
        let reader = Reader { path: "selectRequestOriginById", object: overrides };
        reader.only(OVERRIDES)?;
        Ok(Self::Select { id: id.clone(), overrides: read_overrides(&reader)? })
    }
}

const OVERRIDES: &[&str] = &["hostHeader", "sni", "allowedCertificateNames"];

fn read_overrides(reader: &Reader<'_>) -> Result<OriginOverrides, String> {
    Ok(OriginOverrides {
        host_header: reader.host("hostHeader")?,
        server_name: reader.host("sni")?.map(|name| name.to_ascii_lowercase()),
        allowed_certificate_names: certificate_names(reader)?,
    })
}

fn certificate_names(reader: &Reader<'_>) -> Result<Option<Vec<String>>, String> {
    let Some(value) = reader.get("allowedCertificateNames") else { return Ok(None) };
    let names = value.as_array().filter(|names| (1..=CERTIFICATE_NAMES_MAX).contains(&names.len()));
    let names = names.into_iter().flatten().map(|name| {
        let name = name.as_str().filter(|name| name.len() <= CERTIFICATE_NAME_LENGTH_MAX)?;
        is_domain_name(name.strip_prefix("*.").unwrap_or(name)).then(|| name.to_ascii_lowercase())
    });
    match names.collect::<Option<Vec<_>>>() {
        Some(names) if !names.is_empty() => Ok(Some(names)),
        _ => Err(format!(
            "{}.allowedCertificateNames must be an array of 1 to {CERTIFICATE_NAMES_MAX} domain names",
            reader.path
        )),
    }
}

/// "You can specify up to 20 allowed certificate names. Each certificate name can have up to 64 characters."
const CERTIFICATE_NAMES_MAX: usize = 20;
const CERTIFICATE_NAME_LENGTH_MAX: usize = 64;

fn read_group(reader: &Reader<'_>) -> Result<OriginGroupAsked, String> {
    reader.only(&["originIds", "failoverCriteria", "selectionCriteria"])?;
    match reader.text("selectionCriteria")? {
        None | Some("default") => {}
        Some("media-quality-score") => {
            return Err(
                "createRequestOriginGroup.selectionCriteria media-quality-score is not implemented".into()
            );
        }
        Some(other) => {
            return Err(format!(
                "createRequestOriginGroup.selectionCriteria {other:?} must be default or media-quality-score"
            ));
        }
    }
    let members = reader.get("originIds").and_then(Value::as_array).map(Vec::as_slice);
    let Some([primary, secondary]) = members else {
        return Err("createRequestOriginGroup.originIds must be an array of two origins".into());
    };
    let members = [read_member(primary)?, read_member(secondary)?];
    if members[0].0 == members[1].0 {
        return Err("createRequestOriginGroup.originIds must be two different origins".into());
    }
    let criteria = reader.object("failoverCriteria")?;
    let codes = match &criteria {
        Some(criteria) => {
            criteria.only(&["statusCodes"])?;
            criteria.get("statusCodes").and_then(Value::as_array)
        }
        None => None,
    };
    let code = |code: &Value| code.as_u64().and_then(|code| u16::try_from(code).ok());
    let codes = codes.and_then(|codes| codes.iter().map(code).collect::<Option<Vec<_>>>());
    let Some(status_codes) = codes.filter(|codes| !codes.is_empty()) else {
        return Err(
            "createRequestOriginGroup.failoverCriteria.statusCodes must be an array of status codes".into()
        );
    };
    Ok(OriginGroupAsked { members, status_codes })
}

/// `{originId, originOverrides}`, or the id alone.
fn read_member(member: &Value) -> Result<(String, OriginOverrides), String> {
    if let Value::String(id) = member {
        return Ok((id.clone(), OriginOverrides::default()));
    }
    let reader = Reader { path: "originIds", object: object(member, "an element of originIds")? };
    reader.only(&["originId", "originOverrides"])?;
    let id = reader.text("originId")?.ok_or("originIds: each origin needs an originId")?;
    let overrides = match reader.object("originOverrides")? {
        Some(overrides) => {
            overrides.only(OVERRIDES)?;
            read_overrides(&overrides)?
        }
        None => OriginOverrides::default(),
    };
    Ok((id.to_owned(), overrides))
}

fn read_update(reader: &Reader<'_>) -> Result<OriginUpdate, String> {
    reader.only(&[
        "domainName",
        "hostHeader",
        "originPath",
        "customHeaders",
        "connectionAttempts",
        "originShield",
        "originAccessControlConfig",
        "timeouts",
        "customOriginConfig",
        "sni",
        "allowedCertificateNames",
    ])?;
    let mut update = OriginUpdate {
        domain_name: reader.host("domainName")?.map(|name| name.to_ascii_lowercase()),
        overrides: read_overrides(reader)?,
        origin_path: reader.text("originPath")?.map(str::to_owned),
        custom_headers: None,
        connection_attempts: reader.number("connectionAttempts", 1, 3)?,
        ..OriginUpdate::default()
    };
    if let Some(path) = &update.origin_path {
        let is_fine = path.is_empty() || (path.starts_with('/') && !path.ends_with('/') && path.len() <= 255);
        if !is_fine || path.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(format!(
                "updateRequestOrigin.originPath {path:?} must start with a slash and not end with one"
            ));
        }
    }
    if let Some(headers) = reader.object("customHeaders")? {
        update.custom_headers = Some(custom_headers(&headers)?);
    }
    if let Some(timeouts) = reader.object("timeouts")? {
        timeouts.only(&[
            "readTimeout",
            "responseCompletionTimeout",
            "keepAliveTimeout",
            "connectionTimeout",
        ])?;
        update.response_completion_timeout_seconds =
            timeouts.number("responseCompletionTimeout", 1, RESPONSE_COMPLETION_SECONDS_MAX)?;
        update.read_timeout_seconds = timeouts.number("readTimeout", 1, 120)?;
        update.keep_alive_timeout_seconds = timeouts.number("keepAliveTimeout", 1, 120)?;
        update.connection_timeout_seconds = timeouts.number("connectionTimeout", 1, 10)?;
    }
    update.origin_shield = reader.object("originShield")?.map(|shield| origin_shield(&shield)).transpose()?;
    if let Some(control) = reader.object("originAccessControlConfig")? {
        update.access_control = Some(access_control(&control)?);
    }
    if let Some(custom) = reader.object("customOriginConfig")? {
        update.custom = Some(custom_origin(&custom)?);
    }
    Ok(update)
}

/// The page names no maximum; this one is a day.
const RESPONSE_COMPLETION_SECONDS_MAX: u32 = 86_400;

fn custom_headers(headers: &Reader<'_>) -> Result<Vec<(String, String)>, String> {
    let mut read = Vec::new();
    for (name, value) in headers.object {
        let Value::String(value) = value else {
            return Err(format!("customHeaders[{name:?}] must be a string"));
        };
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_plain = |byte: u8| byte >= b' ' && byte != 0x7f;
        if name.is_empty() || !name.bytes().all(is_token) || !value.bytes().all(is_plain) {
            return Err(format!("customHeaders[{name:?}] is no header field"));
        }
        if crate::restrictions::is_disallowed(&name.to_ascii_lowercase()) {
            return Err(format!("customHeaders[{name:?}] is a disallowed header"));
        }
        read.push((capitalized(name), value.clone()));
    }
    Ok(read)
}

/// The region; nothing where it is disabled.
fn origin_shield(shield: &Reader<'_>) -> Result<Option<String>, String> {
    if !shield.required_flag("enabled")? {
        return Ok(None);
    }
    let region = shield.text("region")?.ok_or("originShield.region must be given where it is enabled")?;
    Ok(Some(region.to_owned()))
}

fn custom_origin(custom: &Reader<'_>) -> Result<CustomOrigin, String> {
    let port = custom.number("port", 1, 65_535)?.and_then(|port| u16::try_from(port).ok());
    let port = port.filter(|port| matches!(port, 80 | 443 | 1024..));
    let secure = match custom.text("protocol")? {
        Some("http") => Some(false),
        Some("https") => Some(true),
        _ => None,
    };
    let (Some(port), Some(secure)) = (port, secure) else {
        return Err(
            "customOriginConfig needs port (80, 443 or above 1023) and protocol (http or https)".into()
        );
    };
    Ok(CustomOrigin { port, secure })
}

fn access_control(control: &Reader<'_>) -> Result<Option<Signing>, String> {
    if !control.required_flag("enabled")? {
        return Ok(None);
    }
    if control.text("signingProtocol")? != Some("sigv4") {
        return Err("originAccessControlConfig.signingProtocol must be sigv4".into());
    }
    if control.text("originType")? != Some("s3") {
        return Err("originAccessControlConfig.originType is implemented for s3 only".into());
    }
    match control.text("signingBehavior")? {
        Some("always") => Ok(Some(Signing::Always)),
        Some("never") => Ok(Some(Signing::Never)),
        Some("no-override") => Ok(Some(Signing::NoOverride)),
        _ => Err("originAccessControlConfig.signingBehavior must be always, never or no-override".into()),
    }
}

fn is_domain_name(text: &str) -> bool {
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    !text.is_empty() && text.len() <= 253 && !is_address && text.bytes().all(is_character)
}

/// The members of one object of settings.
struct Reader<'a> {
    path: &'a str,
    object: &'a Map<String, Value>,
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{path} must be an object"))
}

impl<'a> Reader<'a> {
    /// Refuses members that are not among these.
    fn only(&self, names: &[&str]) -> Result<(), String> {
        let unknown = self.object.keys().find(|name| !names.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(format!("{}.{name} is not implemented", self.path)))
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn object(&self, name: &'a str) -> Result<Option<Self>, String> {
        let found = self.get(name).map(|value| object(value, name)).transpose()?;
        Ok(found.map(|object| Self { path: name, object }))
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{}.{name} must be a string", self.path)),
        }
    }

    /// "Can't include a colon and can't be an IP address", 253 characters at most.
    fn host(&self, name: &str) -> Result<Option<String>, String> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if !is_domain_name(text) {
            return Err(format!("{}.{name} {text:?} is no domain name", self.path));
        }
        Ok(Some(text.to_owned()))
    }

    fn number(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("{}.{name} must be a number from {least} to {most}", self.path)),
        }
    }

    fn required_flag(&self, name: &str) -> Result<bool, String> {
        self.get(name)
            .and_then(Value::as_bool)
            .ok_or_else(|| format!("{}.{name} must be a boolean", self.path))
    }
}
