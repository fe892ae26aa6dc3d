//! Who signed a request to S3? The order of the checks and their words are S3's own, not those of AWS's JSON services.
//!
//! Authority: Amazon S3 API reference, *Authenticating Requests (AWS Signature Version 4)* (`sig-v4-authenticating-requests`),
//! and answers of S3 that were measured one mistake at a time and published with their order.

use std::borrow::Cow;

use frontgate_aws::sigv4::{
    Claim, Expected, PathRule, Refusal, Request, SKEW_SECONDS_MAX, SigningKey, UNSIGNED_PAYLOAD,
    parse_basic_format,
};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_iam::{AccessKey, Identities, Identity, KeyRefusal};
use frontgate_message::RequestHead;

use crate::error::{Code, S3Error};
use crate::payload::{self, Payload};
use crate::query::Query;
use crate::signature_scope::check_scope;
use crate::signature_time::{check_header_time, check_query_time};

/// A request whose signature is right.
pub(crate) struct Signed<'a> {
    /// The key that signed.
    pub(crate) key: Cow<'a, AccessKey>,
    /// Whose it is.
    pub(crate) identity: &'a Identity,
    /// What is known of the body.
    pub(crate) payload: Payload,
    /// `REST-HEADER` or `REST-QUERY-STRING`, as policies call it.
    pub(crate) auth_type: &'static str,
    /// How old the signature is.
    pub(crate) age_seconds: u64,
}

/// A request that may be signed.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) head: &'a RequestHead,
    pub(crate) identities: &'a Identities,
    /// The region that the credential must be of; `None` where the endpoint is of none.
    pub(crate) region: Option<&'a str>,
    /// Seconds since 1970.
    pub(crate) now: u64,
}

/// Why a signature is not accepted: the answer, and the fact that explains it.
pub(crate) type Refused = (S3Error, Fact);

/// Who signed; `None` where nobody did.
pub(crate) fn signed<'a>(asked: &Asked<'a>, trace: &mut Trace) -> Result<Option<Signed<'a>>, S3Error> {
    let found = read(asked).map_err(|(error, fact)| {
        trace.note(fact);
        error
    })?;
    if let Some(signed) = &found {
        trace.note(Fact::of(FactKind::S3Signed).at(signed.identity.place));
    }
    Ok(found)
}

/// A request that CloudFront signed must not bring a signature of its own in the query.
pub(crate) fn only_of_cloudfront(head: &RequestHead, trace: &mut Trace) -> Result<(), S3Error> {
    let query = Query::parse(head.target.query());
    if query.contains("X-Amz-Algorithm") || query.contains("Signature") {
        trace.note(Fact::of(FactKind::S3SignedTwice));
        return Err(one_mechanism());
    }
    Ok(())
}

fn read<'a>(asked: &Asked<'a>) -> Result<Option<Signed<'a>>, Refused> {
    let head = asked.head;
    let query = Query::parse(head.target.query());
    let (by_query, by_version_2) = (query.contains("X-Amz-Algorithm"), query.contains("Signature"));
    let Some(authorization) = head.headers.first_text("authorization").filter(|text| !text.is_empty()) else {
        return match (by_query, by_version_2) {
            (true, true) => Err((one_mechanism(), Fact::of(FactKind::S3SignedTwice))),
            (true, false) => of_query(asked, &query).map(Some),
            (false, true) => Err(version_2_of_query(&query)),
            (false, false) => Ok(None),
        };
    };
    if by_query || by_version_2 {
        let error = one_mechanism().with("ArgumentValue", authorization);
        return Err((error, Fact::of(FactKind::S3SignedTwice)));
    }
    let unreadable = |message: &str| {
        let error = S3Error::invalid_argument(message, "Authorization", authorization);
        (error, Fact::of(FactKind::S3SignatureUnreadable))
    };
    let Some((scheme, _)) = authorization.split_once(' ') else {
        return Err(unreadable("Authorization header is invalid -- one and only one ' ' (space) required"));
    };
    match scheme.to_ascii_uppercase().as_str() {
        "AWS4-HMAC-SHA256" => of_header(asked).map(Some),
        "AWS4-ECDSA-P256-SHA256" => Err(version_4a()),
        "AWS" => Err(version_2()),
        _ => Err(unreadable("Unsupported Authorization Type")),
    }
}

fn of_header<'a>(asked: &Asked<'a>) -> Result<Signed<'a>, Refused> {
    let headers = &asked.head.headers;
    let hash = payload::announced_hash(headers).map_err(unreadable)?;
    let age_seconds = check_header_time(headers, asked.now)?;
    let malformed = |detail: &str| {
        let message = format!("The authorization header is malformed; {detail}");
        S3Error::of(Code::AuthorizationHeaderMalformed).saying(&message)
    };
    let fields: Vec<(&str, &[u8])> = headers.iter().collect();
    let sent = sent(asked.head, &fields);
    let components =
        "the authorization header requires three components: Credential, SignedHeaders, and Signature.";
    let claim = Claim::read(&sent).map_err(|_| unreadable(malformed(components)))?;
    let claim = claim.ok_or_else(|| unreadable(malformed(components)))?;
    check_scope(&claim, asked.region, malformed)?;
    verify(asked, &claim, &sent, &hash, "REST-HEADER", age_seconds)
}

fn of_query<'a>(asked: &Asked<'a>, query: &Query) -> Result<Signed<'a>, Refused> {
    let parameters = |message: &str| S3Error::of(Code::AuthorizationQueryParametersError).saying(message);
    match query.first("X-Amz-Algorithm") {
        Some("AWS4-HMAC-SHA256") => {}
        Some("AWS4-ECDSA-P256-SHA256") => return Err(version_4a()),
        _ => {
            let message = "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"";
            return Err(unreadable(parameters(message)));
        }
    }
    if PARAMETERS.iter().any(|name| !query.contains(name)) {
        return Err(unreadable(parameters(PARAMETERS_MISSING)));
    }
    let age_seconds = check_query_time(query, asked.now)?;
    let fields: Vec<(&str, &[u8])> = asked.head.headers.iter().collect();
    let sent = sent(asked.head, &fields);
    let claim = Claim::read(&sent).map_err(|_| unreadable(parameters(PARAMETERS_MISSING)))?;
    let claim = claim.ok_or_else(|| unreadable(parameters(PARAMETERS_MISSING)))?;
    check_scope(&claim, asked.region, |detail| {
        parameters(&format!("Error parsing the X-Amz-Credential parameter; {detail}"))
    })?;
    let hash = asked.head.headers.first_text("x-amz-content-sha256").unwrap_or(UNSIGNED_PAYLOAD);
    verify(asked, &claim, &sent, hash, "REST-QUERY-STRING", age_seconds)
}

fn verify<'a>(
    asked: &Asked<'a>,
    claim: &Claim,
    sent: &Request<'_>,
    hash: &str,
    auth_type: &'static str,
    age_seconds: u64,
) -> Result<Signed<'a>, Refused> {
    check_signed_headers(claim, asked.head)?;
    let found = asked.identities.signer(claim.access_key(), claim.session_token(), asked.now);
    let (key, identity) = found.map_err(|refusal| not_a_key(claim, refusal))?;
    let region = claim.scope().split('/').nth(1).unwrap_or_default();
    let expected =
        Expected { service: SERVICE, region, now: asked.now, path: PathRule::S3, payload_hash: hash };
    let signing_key = claim.verify(sent, &expected, &key.secret).map_err(|refusal| {
        (mismatch(claim, &refusal), Fact::of(FactKind::S3SignatureMismatch).at(identity.place))
    })?;
    let payload = payload_of(hash, claim, signing_key);
    Ok(Signed { key, identity, payload, auth_type, age_seconds })
}

fn not_a_key(claim: &Claim, refusal: KeyRefusal) -> Refused {
    let with_token =
        |code: Code| S3Error::of(code).with("Token-0", claim.session_token().unwrap_or_default());
    let unknown = Fact::of(FactKind::S3AccessKeyUnknown);
    match refusal {
        KeyRefusal::Ended { at_seconds, place } => {
            let end = u32::try_from(at_seconds).unwrap_or(u32::MAX);
            let ended = Fact::of(FactKind::S3SessionEnded).value(end).at(place);
            (with_token(Code::ExpiredToken), ended)
        }
        KeyRefusal::WrongToken => (with_token(Code::InvalidToken), unknown),
        KeyRefusal::TokenMissing | KeyRefusal::Unknown => {
            let error = S3Error::of(Code::InvalidAccessKeyId).with("AWSAccessKeyId", claim.access_key());
            (error, unknown)
        }
    }
}

/// What is known of the body once its announced hash is signed.
fn payload_of(hash: &str, claim: &Claim, key: SigningKey) -> Payload {
    Payload::of_signed(hash, key, claim.time(), claim.scope(), claim.signature())
}

/// `Host`, `Content-MD5` and the `x-amz-*` headers must be signed where they are sent.
fn check_signed_headers(claim: &Claim, head: &RequestHead) -> Result<(), Refused> {
    let must_be_signed = |name: &str| {
        matches!(name, "host" | "content-md5")
            || (name.starts_with("x-amz-") && name != "x-amz-content-sha256" && !is_of_cloudfront(name))
    };
    let names = head.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let mut unsigned: Vec<String> =
        names.filter(|name| must_be_signed(name) && !claim.signed_headers().contains(name)).collect();
    if unsigned.is_empty() {
        return Ok(());
    }
    unsigned.sort();
    unsigned.dedup();
    let message = "There were headers present in the request which were not signed";
    let error = S3Error::of(Code::AccessDenied).saying(message);
    Err((error.with("HeadersNotSigned", &unsigned.join(", ")), Fact::of(FactKind::S3HeadersNotSigned)))
}

/// What CloudFront adds on its way is signed by nobody, and S3 takes it.
fn is_of_cloudfront(name: &str) -> bool {
    name == "x-amz-cf-id"
}

fn mismatch(claim: &Claim, refusal: &Refusal) -> S3Error {
    let Refusal::Mismatch { canonical_request, string_to_sign } = refusal else {
        return S3Error::of(Code::SignatureDoesNotMatch);
    };
    S3Error::of(Code::SignatureDoesNotMatch)
        .with("AWSAccessKeyId", claim.access_key())
        .with("StringToSign", string_to_sign)
        .with("SignatureProvided", claim.signature())
        .with("StringToSignBytes", &in_bytes(string_to_sign))
        .with("CanonicalRequest", canonical_request)
        .with("CanonicalRequestBytes", &in_bytes(canonical_request))
}

fn in_bytes(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

fn sent<'r>(head: &'r RequestHead, fields: &'r [(&'r str, &'r [u8])]) -> Request<'r> {
    Request {
        method: head.method.as_str(),
        path: head.target.path(),
        query: head.target.query().unwrap_or_default(),
        headers: fields,
    }
}

fn unreadable(error: S3Error) -> Refused {
    (error, Fact::of(FactKind::S3SignatureUnreadable))
}

fn one_mechanism() -> S3Error {
    let message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
                   parameter or the Authorization header should be specified";
    S3Error::of(Code::InvalidArgument).saying(message).with("ArgumentName", "Authorization")
}

/// What S3 says in every region that opened after January 2014.
fn version_2() -> Refused {
    let message =
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
    (S3Error::of(Code::InvalidRequest).saying(message), Fact::of(FactKind::S3SignatureVersion).value(2))
}

/// A `Signature` without an access key is no signature for S3: a signed URL of CloudFront that was sent to the bucket.
fn version_2_of_query(query: &Query) -> Refused {
    if query.contains("AWSAccessKeyId") && query.contains("Expires") {
        return version_2();
    }
    let message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
    unreadable(S3Error::of(Code::AccessDenied).saying(message))
}

fn version_4a() -> Refused {
    let error = S3Error::not_implemented("Signature Version 4A (AWS4-ECDSA-P256-SHA256)");
    (error, Fact::of(FactKind::S3SignatureVersion).value(4))
}

/// Seconds since 1970 of the time that a request is signed with.
pub(crate) fn seconds_of(text: &str) -> Option<u64> {
    let of_http_date = || {
        let time = httpdate::parse_http_date(text).ok()?;
        time.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
    };
    parse_basic_format(text).or_else(of_http_date)
}

/// How far a signature may be from S3's time.
pub(crate) const SKEW_SECONDS: u64 = SKEW_SECONDS_MAX;
/// The name of S3 in signatures.
pub(crate) const SERVICE: &str = "s3";
const PARAMETERS: &[&str] =
    &["X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"];
const PARAMETERS_MISSING: &str = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                                  X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
