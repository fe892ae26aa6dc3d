//! CloudFront Functions at a behavior: which ones, what they see of CloudFront, and what their changes mean.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/helper-functions-origin-modification.html>.

use std::sync::Arc;

use frontgate_cloudfront_functions_rules::origin_change::{OriginOverrides, OriginUpdate, Signing};
use frontgate_cloudfront_functions_rules::{ChangedRequest, KeyValueStore, OriginChange, Runtime};
use frontgate_explain::PlaceId;
use frontgate_message::{Headers, RequestHead, Target};

use crate::cloudfront_headers::{is_cloudfront_header, write_cloudfront_header};
use crate::config::{
    Behavior, Distribution, ForwardedHeaders, KeySettings, Origin, OriginAccessControl, OriginGroup,
    OriginProtocolPolicy, SigningBehavior, Upstream,
};
use crate::lambda_edge::EdgeFunction;
use crate::origin_shield::{OriginShield, is_origin_shield_region};
use crate::service_names::upstream_of;
use crate::validate::FAILOVER_STATUS_CODES;

/// A function that a behavior is associated with.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewerFunction {
    /// Its name.
    pub name: Box<str>,
    /// Its runtime.
    pub runtime: Runtime,
    /// Its code, as published.
    pub code: Box<str>,
    /// The key value store that it is associated with.
    pub store: Option<Arc<KeyValueStore>>,
    /// The place of the function.
    pub place: PlaceId,
}

/// The `CloudFront-*` headers that a function sees: those that the policies of the behavior ask for.
#[must_use]
pub fn cloudfront_headers(behavior: &Behavior, head: &RequestHead) -> Headers {
    let keyed: &[Box<str>] = match &behavior.key {
        KeySettings::Policy { policy, .. } => &policy.headers,
        KeySettings::Legacy(values) => match &values.headers {
            ForwardedHeaders::Allow(names) => names,
            ForwardedHeaders::None | ForwardedHeaders::All => &[],
        },
    };
    let added: &[Box<str>] =
        behavior.origin_request_policy.as_deref().map_or(&[], |policy| &policy.cloudfront_headers);
    let mut headers = Headers::new();
    for name in keyed.iter().chain(added).filter(|name| is_cloudfront_header(name)) {
        let mut value = Vec::new();
        if !headers.contains(name) && write_cloudfront_header(name, head, &mut value) {
            headers.append(name, &value);
        }
    }
    headers
}

/// The request as a function changed it.
#[must_use]
pub fn changed_head(head: &RequestHead, change: &ChangedRequest) -> RequestHead {
    let mut changed = head.clone();
    changed.headers = change.apply_headers(&head.headers);
    let target = changed_target(&head.target, change.uri.as_deref(), change.query.as_deref());
    changed.target = target.unwrap_or(changed.target);
    changed
}

/// The target with the path and the query that a function put in their place, if it did; an empty query is none.
#[must_use]
pub fn changed_target(target: &Target, uri: Option<&str>, query: Option<&str>) -> Option<Target> {
    if uri.is_none() && query.is_none() {
        return None;
    }
    let path = uri.unwrap_or(target.path());
    Some(match query.or(target.query()).filter(|text| query.is_none() || !text.is_empty()) {
        Some(query) => Target::new(&format!("{path}?{query}")),
        None => Target::new(path),
    })
}

/// The behavior with the origin that a function asked for; its cache key, policies and methods stay.
///
/// # Errors
/// Why there is no such origin.
pub fn behavior_with_origin(
    distribution: &Distribution,
    behavior: &Behavior,
    change: &OriginChange,
) -> Result<Behavior, String> {
    let mut changed = behavior.clone();
    match change {
        OriginChange::Select { id, overrides } => {
            changed.origin_group = None;
            changed.origin = selected(distribution, id, overrides)?;
        }
        OriginChange::Group(group) => {
            let [(primary, of_primary), (secondary, of_secondary)] = &group.members;
            changed.origin = selected(distribution, primary, of_primary)?;
            if let Some(code) = group.status_codes.iter().find(|code| !FAILOVER_STATUS_CODES.contains(code)) {
                return Err(format!(
                    "createRequestOriginGroup: {code} is no status code of failover criteria"
                ));
            }
            let place = behavior.viewer_request.as_ref().map_or(PlaceId::NONE, EdgeFunction::place);
            changed.origin_group = Some(Arc::new(OriginGroup {
                id: "createRequestOriginGroup".into(),
                secondary: selected(distribution, secondary, of_secondary)?,
                status_codes: group.status_codes.clone(),
                failover_criteria_place: place,
            }));
        }
        OriginChange::Update(update) => {
            // "Only the primary origin of the origin group is updated."
            changed.origin = Arc::new(updated(&behavior.origin, update)?);
        }
    }
    Ok(changed)
}

/// An origin of the distribution, with what is changed of it.
fn selected(
    distribution: &Distribution,
    id: &str,
    overrides: &OriginOverrides,
) -> Result<Arc<Origin>, String> {
    let found = distribution.origins.iter().find(|origin| *origin.id == *id);
    let found = found.ok_or_else(|| format!("the distribution has no origin {id}"))?;
    if *overrides == OriginOverrides::default() {
        return Ok(found.clone());
    }
    let mut changed = Origin::clone(found);
    override_origin(&mut changed, overrides);
    Ok(Arc::new(changed))
}

fn override_origin(origin: &mut Origin, overrides: &OriginOverrides) {
    if let Some(host) = &overrides.host_header {
        origin.host_header = Some(host.as_str().into());
    }
    if let Some(name) = &overrides.server_name {
        origin.server_name = Some(name.as_str().into());
    }
    if let Some(names) = &overrides.allowed_certificate_names {
        origin.allowed_certificate_names = names.iter().map(|name| name.as_str().into()).collect();
    }
}

/// "Any settings that you don't specify will inherit the same settings from the existing origin's configuration."
fn updated(origin: &Origin, update: &OriginUpdate) -> Result<Origin, String> {
    let mut changed = origin.clone();
    if let Some(name) = &update.domain_name {
        changed.domain_name = name.as_str().into();
        changed.host_header = Some(name.as_str().into());
    }
    override_origin(&mut changed, &update.overrides);
    match &update.origin_shield {
        Some(Some(region)) if !is_origin_shield_region(region) => {
            return Err(format!(
                "updateRequestOrigin.originShield.region {region:?} is no region of Origin Shield"
            ));
        }
        Some(region) => {
            let shield =
                |region: &String| OriginShield { region: region.as_str().into(), place: origin.place };
            changed.origin_shield = region.as_ref().map(shield);
        }
        None => {}
    }
    if let Some(path) = &update.origin_path {
        changed.origin_path = path.as_str().into();
    }
    if let Some(headers) = &update.custom_headers {
        let fields = headers.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
        changed.custom_headers = fields.collect();
    }
    let set = |setting: &mut u32, change: Option<u32>| *setting = change.unwrap_or(*setting);
    set(&mut changed.connection_attempts, update.connection_attempts);
    set(&mut changed.connection_timeout_seconds, update.connection_timeout_seconds);
    set(&mut changed.read_timeout_seconds, update.read_timeout_seconds);
    set(&mut changed.keep_alive_timeout_seconds, update.keep_alive_timeout_seconds);
    if let Some(seconds) = update.response_completion_timeout_seconds {
        changed.response_completion_timeout_seconds = Some(seconds);
    }
    if changed.response_completion_timeout_seconds.is_some_and(|all| all < changed.read_timeout_seconds) {
        return Err("updateRequestOrigin.timeouts: responseCompletionTimeout is less than readTimeout".into());
    }
    if update.domain_name.is_none() && update.access_control.is_none() && update.custom.is_none() {
        return Ok(changed);
    }
    let access_control = match update.access_control {
        Some(None) => None,
        Some(Some(signing)) => Some(OriginAccessControl {
            id: "updateRequestOrigin".into(),
            signing: match signing {
                Signing::Always => SigningBehavior::Always,
                Signing::Never => SigningBehavior::Never,
                Signing::NoOverride => SigningBehavior::NoOverride,
            },
            place: origin.place,
        }),
        None => access_control_of(&origin.upstream).cloned(),
    };
    let (mut protocol, mut ports) = settings_of(&origin.upstream);
    if let Some(custom) = update.custom {
        protocol =
            if custom.secure { OriginProtocolPolicy::HttpsOnly } else { OriginProtocolPolicy::HttpOnly };
        ports = (custom.port, custom.port);
    }
    let upstream = upstream_of(&changed.domain_name, protocol, ports, access_control);
    changed.upstream = upstream.ok_or_else(|| {
        format!("{} is a service of AWS, which is not implemented yet", changed.domain_name)
    })?;
    Ok(changed)
}

fn access_control_of(upstream: &Upstream) -> Option<&OriginAccessControl> {
    match upstream {
        Upstream::S3 { access_control, .. } | Upstream::FunctionUrl { access_control, .. } => {
            access_control.as_ref()
        }
        Upstream::ApiGateway { .. } | Upstream::Custom { .. } | Upstream::Website { .. } => None,
    }
}

/// Protocol and ports that another kind of origin inherits.
fn settings_of(upstream: &Upstream) -> (OriginProtocolPolicy, (u16, u16)) {
    match upstream {
        Upstream::Custom { protocol, http_port, https_port } => (*protocol, (*http_port, *https_port)),
        Upstream::ApiGateway { protocol }
        | Upstream::FunctionUrl { protocol, .. }
        | Upstream::Website { protocol } => (*protocol, DEFAULT_PORTS),
        Upstream::S3 { .. } => (OriginProtocolPolicy::MatchViewer, DEFAULT_PORTS),
    }
}

const DEFAULT_PORTS: (u16, u16) = (80, 443);

#[cfg(test)]
mod tests;
