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
    BucketUnknown "s3.bucket-unknown"
        "There is no such bucket."
        Recorded("NoSuchBucket");
    ObjectUnreadable "s3.object-unreadable"
        "The file of the object could not be read."
        Inferred("500 InternalError, the operator sees the cause");
    S3MethodNotAllowed "s3.method-not-allowed"
        "The folder of this bucket is read-only through the edge."
        Inferred("PutObject comes with the S3 API");
}
