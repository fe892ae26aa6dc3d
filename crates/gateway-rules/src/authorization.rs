//! What API Gateway says of who may call a method: the ARN that policies speak of, and its words for a refusal.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples-for-api-execution.html>
//! and recorded answers (facts, apigateway.md §4).

use frontgate_aws::Source::{self, Recorded};
use frontgate_iam::{Basis, Judgement, Outcome};

use crate::context::RequestContext;

/// The action that calling a method is.
pub const INVOKE: &str = "execute-api:Invoke";

/// Who signed a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The access key id.
    pub access_key: String,
    /// The account.
    pub account_id: String,
    /// The unique id, with the session's name for a role.
    pub caller_id: String,
    /// The ARN of the user or of the role's session.
    pub user_arn: String,
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API`
#[must_use]
pub fn api_arn(region: &str, account_id: &str, api_id: &str) -> String {
    format!("arn:aws:execute-api:{region}:{account_id}:{api_id}")
}

/// The ARN of the method that a request asks for: the method and the path as they were asked, not the resource's.
#[must_use]
pub fn method_arn(request: &RequestContext<'_>) -> String {
    let api = request.api;
    let arn = api_arn(&api.region, &api.account_id, &api.id);
    format!("{arn}/{}/{}{}", request.stage.name, request.http_method, request.path)
}

/// What a caller is told whom no policy lets in; the account is masked but for its last four digits.
#[must_use]
pub fn not_authorized(caller: &str, method_arn: &str, judgement: Judgement) -> String {
    let suffix = SUFFIXES.iter().find(|row| (row.0, row.1) == (judgement.outcome, judgement.basis));
    let suffix = suffix.map_or("", |row| row.2);
    let resource = masked(method_arn);
    format!("User: {caller} is not authorized to perform: {INVOKE} on resource: {resource}{suffix}")
}

/// How the sentence ends, and where that was seen.
const SUFFIXES: &[(Outcome, Basis, &str, Source)] = &[
    (
        Outcome::ExplicitDeny,
        Basis::Boundary,
        " with an explicit deny in a permissions boundary",
        Source::Documented("troubleshoot_access-denied"),
    ),
    (
        Outcome::ExplicitDeny,
        Basis::Identity,
        " with an explicit deny in an identity-based policy",
        Source::Documented("troubleshoot_access-denied"),
    ),
    (
        Outcome::ExplicitDeny,
        Basis::Resource,
        " with an explicit deny in a resource-based policy",
        Recorded("apigateway.md §4"),
    ),
    (
        Outcome::ImplicitDeny,
        Basis::Boundary,
        " because no permissions boundary allows the execute-api:Invoke action",
        Source::Documented("troubleshoot_access-denied"),
    ),
    (
        Outcome::ImplicitDeny,
        Basis::Identity,
        " because no identity-based policy allows the execute-api:Invoke action",
        Source::Documented("troubleshoot_access-denied"),
    ),
    (
        Outcome::ImplicitDeny,
        Basis::Resource,
        " because no resource-based policy allows the execute-api:Invoke action",
        Recorded("apigateway.md §4"),
    ),
];

fn masked(arn: &str) -> String {
    let mut parts: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
    if let Some(account) = parts.get_mut(4)
        && let Some(shown) = account.len().checked_sub(4)
    {
        *account = format!("{}{}", "*".repeat(shown), &account[shown..]);
    }
    parts.join(":")
}

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;
    use frontgate_iam::{Basis, Judgement, Outcome};
    use frontgate_message::Headers;

    use super::{method_arn, not_authorized};
    use crate::fixture;

    #[test]
    fn the_words_of_a_refusal() {
        let api = fixture::api(&fixture::document(&["/items/{id}"]));
        let headers = Headers::new();
        let arn = method_arn(&fixture::request(&api, &headers));
        assert_eq!(arn, "arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/POST/items/7");
        let judgement =
            Judgement { outcome: Outcome::ExplicitDeny, basis: Basis::Resource, place: PlaceId::NONE };
        assert_eq!(
            not_authorized("anonymous", &arn, judgement),
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
             arn:aws:execute-api:us-east-1:********9012:abc1234567/prod/POST/items/7 with an explicit deny in a \
             resource-based policy"
        );
    }
}
