//! What is sent to the origin, and why?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html> and
//! the header table [`crate::tables::origin_headers`]. Request and description come from the same walks.

mod headers;
mod values;

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_message::{Headers, Method, RequestHead, Scheme};

use crate::config::{Behavior, Distribution, Origin, OriginProtocolPolicy, SigningBehavior, Upstream};
use crate::selection::{Fate, header_fate};

/// A request to an origin.
#[derive(Clone, Debug)]
pub struct OriginRequest {
    /// The method.
    pub method: Method,
    /// Origin path, path and query.
    pub target: String,
    /// The header fields in CloudFront's order, `Host` first.
    pub headers: Headers,
    /// The value of `Host`.
    pub host: String,
    /// Over TLS.
    pub secure: bool,
    /// Signed for the distribution: by the origin access control, or as the origin access identity.
    pub signed: bool,
}

/// What an origin request is made of.
#[derive(Clone, Copy, Debug)]
pub struct OriginRequestInput<'a> {
    /// The distribution.
    pub distribution: &'a Distribution,
    /// The behavior.
    pub behavior: &'a Behavior,
    /// The origin that is asked: of an origin group one of the two.
    pub origin: &'a Origin,
    /// The viewer's request.
    pub head: &'a RequestHead,
    /// The path, the default root object filled in.
    pub path: &'a str,
    /// `X-Amz-Cf-Id`
    pub request_id: &'a str,
    /// The name that CloudFront calls itself in `Via`, such as `….cloudfront.net`.
    pub via_host: &'a str,
    /// The validators of the stored answer, where it is revalidated, and the range that is fetched for the cache.
    pub condition: Option<Validators<'a>>,
    /// The viewer's conditions and ranges stay here, since the answer is fetched as a whole for the cache.
    pub unconditional: bool,
}

/// What CloudFront asks by on its own: the validators of a stored answer, and the range that it lacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Validators<'a> {
    /// `ETag`
    pub etag: Option<&'a [u8]>,
    /// `Last-Modified`
    pub last_modified: Option<&'a [u8]>,
    /// `Range`
    pub range: Option<&'a str>,
    /// `If-Range`
    pub if_range: Option<&'a [u8]>,
}

/// What became of one header, cookie or query parameter on the way to the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it is.
    pub kind: VerdictKind,
    /// Its name.
    pub name: String,
    /// What the origin gets; `None` where it gets nothing.
    pub value: Option<String>,
    /// What was done.
    pub action: Action,
    /// Why.
    pub because: &'static str,
    /// The setting that says so.
    pub place: PlaceId,
}

/// What is done with a header, cookie or query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The viewer's goes on.
    Kept,
    /// The viewer's does not go on.
    Dropped,
    /// CloudFront adds it.
    Added,
    /// CloudFront's stands for the viewer's.
    Replaced,
}

/// The parts of a request that settings speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// A query parameter.
    Query,
}

impl VerdictKind {
    /// `header`, `cookie` or `query`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query => "query",
        }
    }
}

impl Action {
    /// `kept`, `dropped`, `added` or `replaced`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Dropped => "dropped",
            Self::Added => "added",
            Self::Replaced => "replaced",
        }
    }
}

/// About as many fields, and bytes of them, CloudFront adds to those of the viewer.
const ADDED_FIELDS: usize = 10;
const ADDED_FIELD_BYTES: usize = 512;

/// The request that goes to the origin; its reasons are noted.
#[must_use]
pub fn origin_request(input: &OriginRequestInput<'_>, trace: &mut Trace) -> OriginRequest {
    let origin = input.origin;
    trace.note(Fact::of(FactKind::OriginChosen).at(origin.place));
    if let Some(shield) = &origin.origin_shield {
        trace.note(Fact::of(FactKind::OriginShielded).at(shield.place));
    }
    if !origin.origin_path.is_empty() {
        trace.note(Fact::of(FactKind::OriginPathPrepended).at(origin.origin_path_place));
    }
    let viewers = &input.head.headers;
    let mut headers =
        Headers::with_capacity(viewers.len() + ADDED_FIELDS, viewers.wire_length() + ADDED_FIELD_BYTES);
    let mut notes = headers::Notes::default();
    headers::for_each(input, &mut |ruling| {
        notes.see(&ruling);
        if let Some(value) = &ruling.value {
            headers.append(ruling.name, value);
        }
    });
    notes.write(input, trace);
    let host = headers.first_text("Host").unwrap_or(&origin.domain_name).to_owned();
    let target = values::target(input, trace);
    values::note_cookies(input, trace);
    let signing = signing(input);
    if let Some(fact) = signing.fact(input) {
        trace.note(fact);
    }
    OriginRequest {
        method: input.head.method.clone(),
        target,
        headers,
        host,
        secure: is_secure(&origin.upstream, input.head.scheme()),
        signed: matches!(signing, Signing::AccessControl | Signing::AccessIdentity),
    }
}

/// Every header (in the order sent, the dropped ones between them), cookie and query parameter of the viewer and of the
/// origin request with its reason.
#[must_use]
pub fn describe_origin_request(input: &OriginRequestInput<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    headers::for_each(input, &mut |ruling| {
        verdicts.push(Verdict {
            kind: VerdictKind::Header,
            name: ruling.name.to_owned(),
            value: ruling.value.map(|value| String::from_utf8_lossy(&value).into_owned()),
            action: ruling.action,
            because: ruling.because,
            place: ruling.place,
        });
    });
    verdicts.extend(values::describe_cookies(input));
    verdicts.extend(values::describe_query(input));
    verdicts
}

/// Who signs a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signing {
    /// Nobody: the origin is one that nobody signs for.
    NotSignable,
    /// The origin access control.
    AccessControl,
    /// Nobody: the origin access control never signs, or leaves the viewer's Authorization.
    AccessControlDeclines,
    /// The origin access identity.
    AccessIdentity,
    /// Nobody: the bucket is asked anonymously.
    Anonymous,
}

fn signing(input: &OriginRequestInput<'_>) -> Signing {
    let control = match &input.origin.upstream {
        Upstream::S3 { access_control: Some(control), .. }
        | Upstream::FunctionUrl { access_control: Some(control), .. } => control,
        Upstream::S3 { access_identity: Some(_), .. } => return Signing::AccessIdentity,
        Upstream::S3 { .. } => return Signing::Anonymous,
        Upstream::FunctionUrl { .. }
        | Upstream::ApiGateway { .. }
        | Upstream::Website { .. }
        | Upstream::Custom { .. } => return Signing::NotSignable,
    };
    let viewers_goes_on = || {
        input.head.headers.contains("Authorization")
            && header_fate(input.behavior, "Authorization") != Fate::Dropped
    };
    match control.signing {
        SigningBehavior::Always => Signing::AccessControl,
        SigningBehavior::NoOverride if !viewers_goes_on() => Signing::AccessControl,
        SigningBehavior::Never | SigningBehavior::NoOverride => Signing::AccessControlDeclines,
    }
}

impl Signing {
    fn fact(self, input: &OriginRequestInput<'_>) -> Option<Fact> {
        let origin = input.origin;
        let control_place = match &origin.upstream {
            Upstream::S3 { access_control: Some(control), .. }
            | Upstream::FunctionUrl { access_control: Some(control), .. } => control.place,
            _ => origin.place,
        };
        match self {
            Self::NotSignable => None,
            Self::AccessControl => Some(Fact::of(FactKind::OacSigned).at(control_place)),
            Self::AccessControlDeclines => Some(Fact::of(FactKind::OacUnsigned).at(control_place)),
            Self::AccessIdentity => Some(Fact::of(FactKind::OaiSigned).at(origin.place)),
            Self::Anonymous => Some(Fact::of(FactKind::OacMissing).at(origin.place)),
        }
    }
}

fn is_secure(upstream: &Upstream, viewer: Scheme) -> bool {
    match upstream {
        // "CloudFront uses the protocol of the viewer toward S3."
        Upstream::S3 { .. } => viewer == Scheme::Https,
        Upstream::ApiGateway { protocol }
        | Upstream::FunctionUrl { protocol, .. }
        | Upstream::Website { protocol }
        | Upstream::Custom { protocol, .. } => match protocol {
            OriginProtocolPolicy::HttpOnly => false,
            OriginProtocolPolicy::HttpsOnly => true,
            OriginProtocolPolicy::MatchViewer => viewer == Scheme::Https,
        },
    }
}

#[cfg(test)]
mod tests;
