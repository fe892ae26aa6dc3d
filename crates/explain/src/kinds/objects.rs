//! Facts of S3.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    BucketPolicyAllowed "s3.policy-allowed"
        "The bucket policy allows it: {place}."
        Documented("private-content-restricting-access-to-s3");
    BucketPolicyDenied "s3.policy-denied"
        "The bucket policy denies it: {place}."
        Documented("reference_policies_evaluation-logic");
    BucketPolicyMissing "s3.policy-missing"
        "The bucket {place} has no policy that allows it: 403 AccessDenied."
        Documented("api-getobject");
    BucketPolicyNoMatch "s3.policy-no-match"
        "No statement of the bucket policy allows it: {place}."
        Documented("api-getobject");
    ObjectFound "s3.object-found"
        "The object is a file of {value} bytes."
        Documented("api-getobject");
    KeyMissing404 "s3.key-missing-404"
        "There is no such key; with s3:ListBucket allowed this is 404."
        Documented("api-getobject");
    KeyMissing403 "s3.key-missing-403"
        "There is no such key; without s3:ListBucket this is 403 AccessDenied."
        Documented("api-getobject");
    KeyWithoutPrefix "s3.key-without-prefix"
        "Without its first folder the key would name an object of {place}."
        Inferred("the prefix of a path pattern reaches the bucket");
    BucketUnknown "s3.bucket-unknown"
        "There is no such bucket."
        Recorded("NoSuchBucket");
    HostForeignToBucket "s3.host-foreign"
        "S3 finds its buckets by Host, and the Host that arrived is not that of {place}."
        Documented("http-403-permission-denied");
    ObjectUnreadable "s3.object-unreadable"
        "The file of the object could not be read."
        Inferred("500 InternalError, the operator sees the cause");
    S3MethodNotAllowed "s3.method-not-allowed"
        "The method is not allowed against this resource: 405."
        Recorded("MethodNotAllowed");
    PublicAccessBlocked "s3.public-access-blocked"
        "The bucket policy is public, and the public access block of {place} keeps the public out: 403 AccessDenied."
        Documented("access-control-block-public-access");
    ObjectsListed "s3.listed"
        "The bucket was listed: {value} keys and common prefixes."
        Documented("api-listobjectsv2");
    ObjectWritten "s3.object-written"
        "The object was written: {value} bytes."
        Documented("api-putobject");
    ObjectDeleted "s3.object-deleted"
        "The object was deleted, or was not there."
        Documented("api-deleteobject");
    ObjectNotModified "s3.not-modified"
        "The requester has this very object: 304."
        Documented("api-getobject");
    PreconditionFailed "s3.precondition-failed"
        "A precondition of the request does not hold: 412."
        Documented("api-getobject");
    ObjectRangeServed "s3.range"
        "A range of {value} bytes of the object was served: 206."
        Documented("api-getobject");
    ObjectRangeInvalid "s3.range-invalid"
        "The range lies outside of the object: 416."
        Recorded("InvalidRange");
    S3RequestInvalid "s3.request-invalid"
        "The request is not what the S3 operation takes: {value}."
        Recorded("S3 error responses");
    S3NotImplemented "s3.not-implemented"
        "frontgate does not do this S3 operation; the body names it: 501."
        Inferred("refused by name");
    WebsiteAsked "s3.website"
        "The website endpoint of {place} answers: the public may read, nobody signs."
        Documented("WebsiteEndpoints");
    WebsiteHttpRefused "s3.website-https-refused"
        "A website endpoint of S3 answers http only; nothing of it listens for https: {place}."
        Documented("WebsiteEndpoints");
    WebsiteNotConfigured "s3.website-missing"
        "The bucket has no WebsiteConfiguration: 404 NoSuchWebsiteConfiguration for {place}."
        Recorded("NoSuchWebsiteConfiguration");
    WebsiteMethodNotAllowed "s3.website-method"
        "A website endpoint answers GET and HEAD only: 405."
        Documented("WebsiteEndpoints");
    WebsiteIndexDocument "s3.website-index"
        "The path is a folder, so the index document is asked for: {place}."
        Documented("IndexDocumentSupport");
    WebsiteFolderRedirect "s3.website-folder-redirect"
        "There is no such object, but a folder with an index document: 302 to the path with a slash."
        Documented("IndexDocumentSupport");
    WebsiteErrorDocument "s3.website-error-document"
        "The error {value} is answered with the error document: {place}."
        Documented("CustomErrorDocSupport");
    WebsiteErrorDocumentFailed "s3.website-error-document-failed"
        "The error document itself cannot be read; S3 writes a page of its own: {place}."
        Recorded("An Error Occurred While Attempting to Retrieve a Custom Error Document");
    WebsiteRedirectAll "s3.website-redirect-all"
        "All requests are redirected: {place}."
        Documented("how-to-page-redirect");
    WebsiteRoutingRule "s3.website-routing-rule"
        "A routing rule redirects the request: {place}."
        Documented("how-to-page-redirect");
    S3Signed "s3.signed"
        "The request is signed with a key of {place}."
        Documented("sig-v4-authenticating-requests");
    S3AccessKeyUnknown "s3.access-key-unknown"
        "The access key, or its session token, is nobody's here: 403 InvalidAccessKeyId or 400 InvalidToken."
        Recorded("answers of S3 to mistakes in signatures");
    S3SessionEnded "s3.session-ended"
        "The session of {place} ended at {time}: 400 ExpiredToken. `frontgate credentials NAME` opens another; a longer one with --duration-seconds."
        Recorded("answers of S3 that users quote");
    S3HeadersNotSigned "s3.headers-not-signed"
        "Host and the x-amz-* headers must be signed where they are sent; the body names those that are not: 403."
        Recorded("HeadersNotSigned");
    S3SignatureMismatch "s3.signature-mismatch"
        "What was signed with the key of {place} is not the request that arrived: 403 SignatureDoesNotMatch."
        Recorded("SignatureDoesNotMatch");
    S3SignatureNotCurrent "s3.signature-not-current"
        "The signature is not of now, or the presigned URL has expired: 403."
        Recorded("RequestTimeTooSkewed; Request has expired");
    S3SignatureRegion "s3.signature-region"
        "The request is signed for another region than the bucket's: 400."
        Recorded("AuthorizationHeaderMalformed");
    S3SignatureUnreadable "s3.signature-unreadable"
        "The signature lacks parts, or they cannot be read; the body says which."
        Recorded("answers of S3 to mistakes in signatures");
    S3SignatureVersion "s3.signature-version"
        "The request is signed with version {value}: 2 is refused as in newer regions, 4A is not done here."
        Recorded("The authorization mechanism you have provided is not supported.");
    S3SignedTwice "s3.signed-twice"
        "The request brings two signatures, one in its query and one in Authorization: 400 InvalidArgument."
        Recorded("Only one auth mechanism allowed");
    S3IdentityAllowed "s3.identity-allowed"
        "A policy of who signed allows it: {place}."
        Documented("reference_policies_evaluation-logic");
    S3IdentityDenied "s3.identity-denied"
        "A policy of who signed denies it: {place}."
        Documented("reference_policies_evaluation-logic");
    S3IdentityNotAllowed "s3.identity-not-allowed"
        "Neither the bucket policy nor a policy of who signed allows it: {place}."
        Documented("reference_policies_evaluation-logic");
    S3BoundaryNotAllowed "s3.boundary-not-allowed"
        "The permissions boundary of who signed does not allow it: {place}."
        Documented("reference_policies_evaluation-logic");
    S3StatementAction "s3.statement-action"
        "Statement {value} of {place} is about other actions."
        Documented("reference_policies_evaluation-logic");
    S3StatementCondition "s3.statement-condition"
        "A condition of statement {value} of {place} does not hold."
        Documented("reference_policies_evaluation-logic");
    S3StatementPrincipal "s3.statement-principal"
        "Statement {value} of {place} names other principals."
        Documented("reference_policies_evaluation-logic");
    S3StatementResource "s3.statement-resource"
        "Statement {value} of {place} is about other resources."
        Documented("reference_policies_evaluation-logic");
    S3PayloadMismatch "s3.payload-mismatch"
        "The body has another hash than x-amz-content-sha256 says: 400 XAmzContentSHA256Mismatch."
        Documented("sig-v4-header-based-auth");
    S3ChunkSignatureMismatch "s3.chunk-signature-mismatch"
        "A chunk of the body, or its trailer, is not signed rightly: 403 SignatureDoesNotMatch."
        Documented("sigv4-streaming");
    S3UploadCreated "s3.upload-created"
        "A multipart upload begins."
        Documented("API_CreateMultipartUpload");
    S3PartWritten "s3.part-written"
        "A part of {value} bytes was uploaded."
        Documented("API_UploadPart");
    S3UploadAborted "s3.upload-aborted"
        "The multipart upload ends without an object."
        Documented("API_AbortMultipartUpload");
    S3BucketsListed "s3.buckets-listed"
        "The buckets of the account were listed: {value}."
        Documented("API_ListBuckets");
}
