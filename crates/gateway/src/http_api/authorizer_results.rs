//! What Lambda authorizers of HTTP APIs said, for as long as they are kept.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html#http-api-lambda-authorizer.caching>:
//! the identity sources are the key, and all routes of the API share the result.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use frontgate_gateway_rules::http_api::authorizer::AuthorizerAnswer;

/// The kept results of all authorizers.
#[derive(Debug, Default)]
pub struct AuthorizerResults {
    rows: Mutex<HashMap<Key, Row>>,
}

/// Whose result it is, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) api_id: Box<str>,
    pub(super) stage: Box<str>,
    pub(super) authorizer_id: Box<str>,
    pub(super) identity: Vec<String>,
}

#[derive(Clone, Debug)]
struct Row {
    expires_milliseconds: u64,
    answer: AuthorizerAnswer,
}

/// How many results are kept; then the expired ones go, and if that is not enough all of them.
const RESULTS_MAX: usize = 10_000;

impl AuthorizerResults {
    /// A result that still counts, and for how many milliseconds.
    pub(super) fn find(&self, key: &Key, now_milliseconds: u64) -> Option<(AuthorizerAnswer, u64)> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.get(key)?;
        let rest = row.expires_milliseconds.checked_sub(now_milliseconds).filter(|rest| *rest > 0)?;
        Some((row.answer.clone(), rest))
    }

    /// Keeps a result until then.
    pub(super) fn keep(
        &self,
        key: Key,
        answer: AuthorizerAnswer,
        now_milliseconds: u64,
        expires_milliseconds: u64,
    ) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() >= RESULTS_MAX {
            rows.retain(|_, row| row.expires_milliseconds > now_milliseconds);
        }
        if rows.len() >= RESULTS_MAX {
            rows.clear();
        }
        rows.insert(key, Row { expires_milliseconds, answer });
    }
}
