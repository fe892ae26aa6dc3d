//! The public keys of the issuers of tokens: those given in files, and those that issuers publish.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>: the keys come from the
//! issuer's `jwks_uri` and are kept for two hours; the time for fetching them is that of the quotas.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::Trace;
use frontgate_gateway_rules::HttpCall;
use frontgate_gateway_rules::jwt::KeySet;
use frontgate_message::Headers;
use serde_json::Value;

use crate::HttpIntegrations;

/// The keys of issuers, by the issuer.
#[derive(Debug, Default)]
pub struct IssuerKeys {
    given: HashMap<Box<str>, Arc<KeySet>>,
    fetched: Mutex<HashMap<Box<str>, Fetched>>,
}

#[derive(Clone, Debug)]
struct Fetched {
    at_milliseconds: u64,
    keys: Arc<KeySet>,
}

impl IssuerKeys {
    /// Issuers with the text of their key sets, which somebody gives; those of other issuers are fetched.
    ///
    /// # Errors
    /// Which text is no key set, and why.
    pub fn new(given: &[(String, Vec<u8>)]) -> Result<Self, String> {
        let mut keys = HashMap::new();
        for (issuer, text) in given {
            let set = KeySet::parse(text).map_err(|why| format!("the keys of {issuer}: {why}"))?;
            keys.insert(issuer.as_str().into(), Arc::new(set));
        }
        Ok(Self { given: keys, fetched: Mutex::default() })
    }

    /// The keys of an issuer; none where they cannot be fetched.
    pub(crate) async fn of(
        &self,
        issuer: &str,
        now_milliseconds: u64,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Option<Arc<KeySet>> {
        if let Some(keys) = self.given.get(issuer) {
            return Some(Arc::clone(keys));
        }
        let kept = self.fetched.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        if let Some(fetched) = kept
            && now_milliseconds.saturating_sub(fetched.at_milliseconds) < KEPT_MILLISECONDS
        {
            return Some(fetched.keys);
        }
        let keys = Arc::new(fetch(issuer, http, trace).await?);
        let fetched = Fetched { at_milliseconds: now_milliseconds, keys: Arc::clone(&keys) };
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner).insert(issuer.into(), fetched);
        Some(keys)
    }
}

/// `issuer/.well-known/openid-configuration` names the `jwks_uri`, which has the keys.
async fn fetch(issuer: &str, http: &impl HttpIntegrations, trace: &mut Trace) -> Option<KeySet> {
    let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document: Value = serde_json::from_slice(&document(discovery, http, trace).await?).ok()?;
    let address = document.get("jwks_uri")?.as_str()?.to_owned();
    KeySet::parse(&self::document(address, http, trace).await?).ok()
}

async fn document(url: String, http: &impl HttpIntegrations, trace: &mut Trace) -> Option<Bytes> {
    let mut headers = Headers::new();
    headers.append("Accept", b"application/json");
    let call =
        HttpCall { method: "GET".to_owned(), url, headers, body: Bytes::new(), skips_verification: false };
    let fetching = async {
        let answer = http.send(call, trace).await.ok().filter(|answer| answer.status == 200)?;
        answer.body.collect(DOCUMENT_LENGTH_MAX).await.ok()
    };
    tokio::time::timeout(FETCH_TIMEOUT, fetching).await.ok()?
}

const KEPT_MILLISECONDS: u64 = 2 * 60 * 60 * 1000;
const FETCH_TIMEOUT: Duration = Duration::from_millis(1500);
const DOCUMENT_LENGTH_MAX: usize = 1024 * 1024;
