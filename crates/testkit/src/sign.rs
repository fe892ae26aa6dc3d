//! Signs a request of a story with the keys that `frontgate credentials` prints.
//!
//! `Signed-By: NAME` stands for a client that signs for the URL; `Signed-By: NAME for HOST/PATH` for one that signs for
//! another host and path than those that it sends the request to. `NAME as lambda` signs for another service than API
//! Gateway. `Presigned-By: NAME` makes a presigned URL of S3 that is good for a minute, `Presigned-By: NAME for
//! HOST/PATH` one that was made for another host and path.
//!
//! `NAME kept` stands for a client that keeps the keys that the last request of NAME was signed with, and whose clock is that of
//! the server: after the story's clock was advanced these may be those of a session that has ended.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use frontgate_aws::sigv4::{
    PathRule, Request as SignedRequest, SigningKey, UNSIGNED_PAYLOAD, basic_format, canonical_request,
    string_to_sign,
};
use frontgate_aws::{hex, percent_encode, sha256};
use serde_json::Value;

use crate::Failure;
use crate::story::Request;

/// The field of a request that says who signs it.
pub const FIELD: &str = "Signed-By";

/// The keys that the requests of a story were signed with, and how far its clock was advanced.
#[derive(Debug, Default)]
pub struct Keyring {
    /// What `frontgate credentials` printed last, by name.
    printed: BTreeMap<String, String>,
    /// By how much the clock of the server is ahead of the machine's.
    pub ahead_seconds: u64,
}

/// Takes the field out of the request and puts a signature in; a request without it stays as it is. `credentials` gives
/// what `frontgate credentials NAME --json` prints.
///
/// # Errors
/// When the credentials cannot be had.
pub fn sign(
    mut request: Request,
    keyring: &mut Keyring,
    credentials: impl FnOnce(&str) -> Result<String, Failure>,
) -> Result<Request, Failure> {
    let field = |wanted: &str| request.headers.iter().position(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if let Some(at) = field(PRESIGNED_FIELD) {
        return presign(request, at, keyring, credentials);
    }
    let Some(at) = field(FIELD) else { return Ok(request) };
    let signer = request.headers.remove(at).1.unwrap_or_default();
    let (name, target) = signer.split_once(" for ").unwrap_or((&signer, &request.url));
    let (name, service) = name.split_once(" as ").unwrap_or((name, SERVICE));
    let (keys, time) = keyring.keys_and_time(name, credentials)?;
    let text = |name: &str| keys[name].as_str().unwrap_or_default();
    let (host, path, query) = parts(target);

    let hash = hex(&sha256(request.body.as_deref().unwrap_or_default().as_bytes()));
    let mut signed: Vec<(&str, &[u8])> = vec![("host", host.as_bytes())];
    let is_s3 = service == S3;
    if is_s3 {
        signed.push((HASH_FIELD, hash.as_bytes()));
    }
    signed.push(("x-amz-date", time.as_bytes()));
    let token = text("SessionToken");
    if !token.is_empty() {
        signed.push(("x-amz-security-token", token.as_bytes()));
    }
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let sent = SignedRequest { method: &request.method, path: &path, query, headers: &signed };
    let rule = if is_s3 { PathRule::S3 } else { PathRule::OTHERS };
    let canonical = canonical_request(&sent, rule, &names, &hash);
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
    if is_s3 {
        request.headers.push((HASH_FIELD.to_owned(), Some(hash)));
    }
    Ok(request)
}

/// Makes the URL of the request a presigned one.
fn presign(
    mut request: Request,
    at: usize,
    keyring: &mut Keyring,
    credentials: impl FnOnce(&str) -> Result<String, Failure>,
) -> Result<Request, Failure> {
    let signer = request.headers.remove(at).1.unwrap_or_default();
    let (name, target) = signer.split_once(" for ").unwrap_or((&signer, &request.url));
    let (keys, time) = keyring.keys_and_time(name, credentials)?;
    let text = |name: &str| keys[name].as_str().unwrap_or_default();
    let (host, path, query) = parts(target);
    let scope = format!("{}/{REGION}/{S3}/aws4_request", &time[..8]);
    let credential = format!("{}/{scope}", text("AccessKeyId"));
    let mut added = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={time}&X-Amz-Expires={PRESIGNED_SECONDS}\
         &X-Amz-SignedHeaders=host",
        percent_encode(credential.as_bytes(), false)
    );
    if let Some(token) = keys["SessionToken"].as_str() {
        added.push_str("&X-Amz-Security-Token=");
        added.push_str(&percent_encode(token.as_bytes(), false));
    }
    let query = if query.is_empty() { added.clone() } else { format!("{query}&{added}") };
    let headers = [("host", host.as_bytes())];
    let sent = SignedRequest { method: &request.method, path: &path, query: &query, headers: &headers };
    let canonical = canonical_request(&sent, PathRule::S3, &["host"], UNSIGNED_PAYLOAD);
    let key = SigningKey::derive(text("SecretAccessKey"), &time[..8], REGION, S3);
    let signature = key.sign(&string_to_sign(&time, &scope, &canonical));
    let separator = if request.url.contains('?') { '&' } else { '?' };
    request.url = format!("{}{separator}{added}&X-Amz-Signature={signature}", request.url);
    Ok(request)
}

impl Keyring {
    /// The keys of a name and the time of the client that has them.
    fn keys_and_time(
        &mut self,
        name: &str,
        credentials: impl FnOnce(&str) -> Result<String, Failure>,
    ) -> Result<(Value, String), Failure> {
        let (printed, ahead_seconds) = match name.strip_suffix(KEPT) {
            Some(name) => {
                let kept = self.printed.get(name).cloned();
                (kept.ok_or_else(|| Failure(format!("{name} signed nothing yet")))?, self.ahead_seconds)
            }
            None => {
                let printed = credentials(name)?;
                self.printed.insert(name.to_owned(), printed.clone());
                (printed, 0)
            }
        };
        let keys = serde_json::from_str(&printed).map_err(|_| Failure(printed))?;
        Ok((keys, time_in(ahead_seconds)))
    }
}

/// Host, path and query of a URL, with its scheme or without.
fn parts(target: &str) -> (&str, String, &str) {
    let target = target.split_once("://").map_or(target, |(_, rest)| rest);
    let (host, target) = target.split_once('/').unwrap_or((target, ""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (host, format!("/{path}"), query)
}

fn time_in(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    basic_format(now + seconds)
}

/// What is said of a client that keeps its keys.
const KEPT: &str = " kept";

/// The field of a request that says who made its URL a presigned one.
const PRESIGNED_FIELD: &str = "Presigned-By";
const PRESIGNED_SECONDS: u32 = 60;
const HASH_FIELD: &str = "x-amz-content-sha256";
const S3: &str = "s3";

const REGION: &str = "us-east-1";
const SERVICE: &str = "execute-api";
