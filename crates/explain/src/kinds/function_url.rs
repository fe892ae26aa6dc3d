//! Facts of the signatures that function URLs of type AWS_IAM want.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    FunctionUrlSignatureUnreadable "lambda.url-signature-unreadable"
        "The signature lacks parts, or is for another service, region or day than {place} wants: 403. The message says which."
        Recorded("answers of AWS's JSON services");
    FunctionUrlSignatureNotCurrent "lambda.url-signature-not-current"
        "The signature is more than 15 minutes from the time here: 403 at {place}."
        Recorded("answers of AWS's JSON services");
    FunctionUrlSignatureDoesNotMatch "lambda.url-signature-mismatch"
        "The signature is not that of this request: 403 at {place}. What counts is the method, the path, the query, the Host of \
         the URL and the body as they arrive there, and the secret."
        Recorded("a POST through an origin access control without x-amz-content-sha256");
    FunctionUrlAccessKeyUnknown "lambda.url-access-key-unknown"
        "The access key or its session token is nobody's here: 403. `frontgate credentials NAME` prints those of a user or role \
         of the template."
        Recorded("answers of AWS's JSON services");
    FunctionUrlSessionEnded "lambda.url-session-ended"
        "The session of the role ended at {time}: 403 ExpiredTokenException at {place}. `frontgate credentials NAME` opens another; a longer one with --duration-seconds."
        Inferred("as of Lambda's own API");
    FunctionUrlSigned "lambda.url-signature"
        "The request is signed by {place}."
        Documented("urls-auth");
    FunctionUrlDenied "lambda.url-denied"
        "{place} denies asking this function URL: 403."
        Documented("urls-auth");
    FunctionUrlNotAllowed "lambda.url-not-allowed"
        "No policy of {place} allows lambda:InvokeFunctionUrl on this function, and no permission of the function does: 403."
        Documented("urls-auth");
}
