//! Who signed a request to a function URL of type `AWS_IAM`?
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>

use frontgate_aws::sigv4::Refusal as SignatureRefusal;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::Caller;
use frontgate_gateway_rules::function_url::signature_refused;
use frontgate_gateway_rules::{FunctionUrl, UrlError};
use frontgate_iam::Identity;

use super::{Refusal, UrlCall};
use crate::signature::{Scope, fact, signer};

/// A caller whose signature is right.
#[derive(Clone, Debug)]
pub struct UrlSigner<'a> {
    /// Whose key it is.
    pub identity: &'a Identity,
    /// How the event names it.
    pub caller: Caller,
}

/// Refuses at once what nobody signed: its body is not waited for.
pub fn refuse_unsigned(url: &FunctionUrl, call: &UrlCall<'_>, trace: &mut Trace) -> Result<(), Refusal> {
    let by_header = call.head.headers.contains("Authorization");
    let by_query = call.head.target.query().is_some_and(|query| query.contains("X-Amz-Signature="));
    if by_header || by_query {
        return Ok(());
    }
    trace.note(Fact::of(FactKind::FunctionUrlUnsigned).at(url.place));
    Err(UrlError::Forbidden.into())
}

/// Verifies the signature. "Lambda doesn't support unsigned payloads": the hash is that of the body that came.
pub fn verify<'a>(
    url: &FunctionUrl,
    call: &UrlCall<'a>,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<UrlSigner<'a>, Refusal> {
    let scope = Scope { service: SERVICE, region: &url.region, now_milliseconds: call.now_milliseconds };
    let found = signer(call.identities, scope, call.head, payload).map_err(|refusal| {
        trace.note(fact(fact_of(&refusal), &refusal).at(url.place));
        Refusal { response: Box::new(signature_refused(&refusal)), closing: false }
    })?;
    let Some((key, identity)) = found else {
        trace.note(Fact::of(FactKind::FunctionUrlUnsigned).at(url.place));
        return Err(UrlError::Forbidden.into());
    };
    trace.note(Fact::of(FactKind::FunctionUrlSigned).at(identity.place));
    let caller = Caller {
        access_key: key.id.to_string(),
        account_id: identity.arn.split(':').nth(4).unwrap_or_default().to_owned(),
        caller_id: key.caller_id(identity),
        user_arn: key.caller_arn(identity),
    };
    Ok(UrlSigner { identity, caller })
}

fn fact_of(refusal: &SignatureRefusal) -> FactKind {
    match refusal {
        SignatureRefusal::Mismatch { .. } => FactKind::FunctionUrlSignatureDoesNotMatch,
        SignatureRefusal::UnknownAccessKey | SignatureRefusal::WrongSessionToken => {
            FactKind::FunctionUrlAccessKeyUnknown
        }
        SignatureRefusal::SessionEnded(_) => FactKind::FunctionUrlSessionEnded,
        SignatureRefusal::Expired { .. } | SignatureRefusal::NotYetCurrent { .. } => {
            FactKind::FunctionUrlSignatureNotCurrent
        }
        _ => FactKind::FunctionUrlSignatureUnreadable,
    }
}

/// The name of Lambda in signatures.
const SERVICE: &str = "lambda";
