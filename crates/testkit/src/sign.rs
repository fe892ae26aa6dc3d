//! Signs a request of a story with the keys that `frontgate credentials` prints.
//!
//! `Signed-By: NAME` stands for a client that signs for the URL; `Signed-By: NAME for HOST/PATH` for one that signs for
//! another host and path than those that it sends the request to. `NAME as lambda` signs for another service than API
//! Gateway.

use std::time::{SystemTime, UNIX_EPOCH};

use frontgate_aws::sigv4::{
    PathRule, Request as SignedRequest, SigningKey, basic_format, canonical_request, string_to_sign,
};
use frontgate_aws::{hex, sha256};
use serde_json::Value;

use crate::Failure;
use crate::story::Request;

/// The field of a request that says who signs it.
pub const FIELD: &str = "Signed-By";

/// Takes the field out of the request and puts a signature in; a request without it stays as it is. `credentials` gives
/// what `frontgate credentials NAME --json` prints.
///
/// # Errors
/// When the credentials cannot be had.
pub fn sign(
    mut request: Request,
    credentials: impl FnOnce(&str) -> Result<String, Failure>,
) -> Result<Request, Failure> {
    let Some(at) = request.headers.iter().position(|(name, _)| name.eq_ignore_ascii_case(FIELD)) else {
        return Ok(request);
    };
    let signer = request.headers.remove(at).1.unwrap_or_default();
    let (name, target) = signer.split_once(" for ").unwrap_or((&signer, &request.url));
    let (name, service) = name.split_once(" as ").unwrap_or((name, SERVICE));
    let printed = credentials(name)?;
    let keys: Value = serde_json::from_str(&printed).map_err(|_| Failure(printed))?;
    let text = |name: &str| keys[name].as_str().unwrap_or_default();
    let target = target.split_once("://").map_or(target, |(_, rest)| rest);
    let (host, target) = target.split_once('/').unwrap_or((target, ""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));

    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let time = basic_format(now);
    let mut signed: Vec<(&str, &[u8])> = vec![("host", host.as_bytes()), ("x-amz-date", time.as_bytes())];
    let token = text("SessionToken");
    if !token.is_empty() {
        signed.push(("x-amz-security-token", token.as_bytes()));
    }
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let sent = SignedRequest { method: &request.method, path: &format!("/{path}"), query, headers: &signed };
    let body = request.body.as_deref().unwrap_or_default();
    let canonical = canonical_request(&sent, PathRule::OTHERS, &names, &hex(&sha256(body.as_bytes())));
    let scope = format!("{}/{REGION}/{service}/aws4_request", &time[..8]);
    let key = SigningKey::derive(text("SecretAccessKey"), &time[..8], REGION, service);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={}",
        text("AccessKeyId"),
        names.join(";"),
        key.sign(&string_to_sign(&time, &scope, &canonical))
    );
    request.headers.push(("Authorization".to_owned(), Some(authorization)));
    request.headers.push(("X-Amz-Date".to_owned(), Some(time.clone())));
    if !token.is_empty() {
        request.headers.push(("X-Amz-Security-Token".to_owned(), Some(token.to_owned())));
    }
    Ok(request)
}

const REGION: &str = "us-east-1";
const SERVICE: &str = "execute-api";
