//! What the functions of authorizers said, kept for as long as each authorizer says: one answer for all methods of a stage.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html>

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use frontgate_gateway_rules::RequestContext;
use frontgate_gateway_rules::authorizer::{Authorizer, AuthorizerAnswer};

/// The answers of all authorizers; shared by the workers.
#[derive(Debug, Default)]
pub struct AuthorizerAnswers {
    kept: Mutex<HashMap<Key, Kept>>,
}

/// Of whom an answer speaks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    api_id: Box<str>,
    stage: Box<str>,
    authorizer_id: Box<str>,
    /// The values of the identity sources, in their order.
    identity: Vec<String>,
}

#[derive(Debug)]
struct Kept {
    /// The definition of the authorizer when it was asked.
    definition: Box<str>,
    answer: Arc<AuthorizerAnswer>,
    since_milliseconds: u64,
    until_milliseconds: u64,
}

/// How many answers are kept; then the one that ends first makes room.
pub const ANSWERS_MAX: usize = 10_000;

impl Key {
    /// The key of an identity.
    #[must_use]
    pub fn of(authorizer: &Authorizer, request: &RequestContext<'_>, identity: Vec<String>) -> Self {
        Self {
            api_id: request.api.id.clone(),
            stage: request.stage.name.clone(),
            authorizer_id: authorizer.id.clone(),
            identity,
        }
    }

    /// The token that an authorizer of type TOKEN is asked about.
    pub(crate) fn token(&self) -> &str {
        self.identity.first().map_or("", String::as_str)
    }
}

impl AuthorizerAnswers {
    /// The answer that is kept for that identity, and its age in seconds.
    #[must_use]
    pub fn find(
        &self,
        key: &Key,
        authorizer: &Authorizer,
        now_milliseconds: u64,
    ) -> Option<(Arc<AuthorizerAnswer>, u32)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(key)?;
        let is_current =
            now_milliseconds < found.until_milliseconds && found.definition == authorizer.definition;
        let age = now_milliseconds.saturating_sub(found.since_milliseconds) / 1000;
        is_current.then(|| (Arc::clone(&found.answer), u32::try_from(age).unwrap_or(u32::MAX)))
    }

    /// Keeps an answer for so long.
    pub fn keep(
        &self,
        key: Key,
        authorizer: &Authorizer,
        lifetime_seconds: u32,
        answer: &Arc<AuthorizerAnswer>,
        now_milliseconds: u64,
    ) {
        if lifetime_seconds == 0 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ANSWERS_MAX {
            kept.retain(|_, row| row.until_milliseconds > now_milliseconds);
        }
        if kept.len() >= ANSWERS_MAX {
            let first = kept.iter().min_by_key(|(_, row)| row.until_milliseconds);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                kept.remove(&first);
            }
        }
        kept.insert(
            key,
            Kept {
                definition: authorizer.definition.clone(),
                answer: Arc::clone(answer),
                since_milliseconds: now_milliseconds,
                until_milliseconds: now_milliseconds + u64::from(lifetime_seconds) * 1000,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frontgate_explain::PlaceId;
    use frontgate_gateway_rules::LambdaFunction;
    use frontgate_gateway_rules::authorizer::{
        Authorizer, AuthorizerAnswer, AuthorizerInput, AuthorizerKind, IdentitySource, LambdaAuthorizer,
    };

    use super::{ANSWERS_MAX, AuthorizerAnswers, Key};

    fn authorizer(definition: &str) -> Authorizer {
        Authorizer {
            id: "a1".into(),
            kind: AuthorizerKind::Lambda(LambdaAuthorizer {
                function: LambdaFunction::Named {
                    arn: "arn:aws:lambda:eu-west-1:123456789012:function:Guard".into(),
                    name: "Guard".into(),
                },
                credentials: None,
                lifetime_seconds: 300,
                input: AuthorizerInput::Token(IdentitySource::Header("X".into())),
            }),
            validation: None,
            definition: definition.into(),
            place: PlaceId::NONE,
        }
    }

    fn key(token: &str) -> Key {
        Key {
            api_id: "api".into(),
            stage: "prod".into(),
            authorizer_id: "a1".into(),
            identity: vec![token.to_owned()],
        }
    }

    fn answer() -> Arc<AuthorizerAnswer> {
        let payload = br#"{"principalId":"ada","policyDocument":{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}}"#;
        Arc::new(AuthorizerAnswer::read(payload).expect("an answer"))
    }

    #[test]
    fn answers_end() {
        let answers = AuthorizerAnswers::default();
        let (first, other) = (authorizer("first"), authorizer("other"));
        answers.keep(key("none"), &first, 0, &answer(), 0);
        answers.keep(key("t"), &first, 10, &answer(), 5_000);
        for (token, authorizer, now, age) in [
            ("none", &first, 0, None),
            ("t", &first, 5_999, Some(0)),
            ("t", &first, 14_999, Some(9)),
            ("t", &first, 15_000, None),
            ("t", &other, 6_000, None),
            ("u", &first, 6_000, None),
        ] {
            let found = answers.find(&key(token), authorizer, now).map(|(_, age)| age);
            assert_eq!(found, age, "{token} at {now}");
        }
    }

    #[test]
    fn the_answer_that_ends_first_makes_room() {
        let answers = AuthorizerAnswers::default();
        let (authorizer, answer) = (authorizer("a"), answer());
        for index in 0..ANSWERS_MAX as u64 {
            answers.keep(key(&index.to_string()), &authorizer, 60, &answer, index);
        }
        answers.keep(key("one more"), &authorizer, 60, &answer, 20_000);
        let is_kept = |token: &str| answers.find(&key(token), &authorizer, 20_000).is_some();
        assert!(!is_kept("0") && is_kept("1") && is_kept("one more"));
    }
}
