//! Was a request signed for this service and region, and on the day of its date?
//!
//! Authority: Amazon S3 API reference, *Authenticating Requests: Using the Authorization Header*
//! (`sigv4-auth-using-authorization-header`).

use frontgate_aws::sigv4::{Claim, TERMINATOR};
use frontgate_explain::{Fact, FactKind};

use crate::error::S3Error;
use crate::signature::{Refused, SERVICE};

/// Checks the credential: its parts, the format of its day, the region, the service, the end, and the day itself.
/// `error` makes the answer of what is wrong.
pub(crate) fn check_scope(
    claim: &Claim,
    region: Option<&str>,
    error: impl Fn(&str) -> S3Error,
) -> Result<(), Refused> {
    let refused = |detail: &str| (error(detail), Fact::of(FactKind::S3SignatureUnreadable));
    let parts: Vec<&str> = claim.scope().split('/').collect();
    let [day, its_region, service, terminator] = parts[..] else {
        return Err(refused(
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        ));
    };
    if claim.access_key().is_empty() {
        return Err(refused("a non-empty Access Key (AKID) must be provided in the credential."));
    }
    if day.len() != 8 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(&format!(
            "incorrect date format \"{day}\". This date in the credential must be in the format \"yyyyMMdd\"."
        )));
    }
    if its_region.is_empty() {
        return Err(refused("a non-empty region must be provided in the credential."));
    }
    if let Some(region) = region.filter(|region| *region != its_region) {
        let wrong = error(&format!("the region '{its_region}' is wrong; expecting '{region}'"));
        let wrong = wrong.with("Region", region).with_header("x-amz-bucket-region", region);
        return Err((wrong, Fact::of(FactKind::S3SignatureRegion)));
    }
    if service != SERVICE {
        return Err(refused(&format!("incorrect service \"{service}\". This endpoint belongs to \"s3\".")));
    }
    if terminator != TERMINATOR {
        return Err(refused(&format!(
            "incorrect terminal \"{terminator}\". This endpoint uses \"{TERMINATOR}\"."
        )));
    }
    let date = claim.time().get(..8).unwrap_or_default();
    if day != date {
        return Err(refused(&format!(
            "Invalid credential date \"{day}\". This date is not the same as X-Amz-Date: \"{date}\"."
        )));
    }
    Ok(())
}
