//! Which operation of S3 does a request ask for?
//!
//! Authority: Amazon S3 API reference, *Actions* (`API_Operations_Amazon_Simple_Storage_Service`).

use frontgate_aws::Source::{self, Documented};
use frontgate_message::{Method, RequestHead};

use crate::error::{Code, S3Error};
use crate::key::Key;
use crate::multipart::PARTS_MAX;
use crate::query::Query;

/// An operation that frontgate does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    AbortMultipartUpload(Key, String),
    CompleteMultipartUpload(Key, String),
    CopyObject(Key),
    CreateMultipartUpload(Key),
    DeleteObject(Key),
    DeleteObjects,
    GetBucketLocation,
    GetObject(Key),
    HeadBucket,
    HeadObject(Key),
    ListObjects(ListVersion),
    PutObject(Key),
    /// The key, the id of the upload and the number of the part.
    UploadPart(Key, String, u32),
}

/// Which of the two lists: by marker or by continuation token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListVersion {
    V1,
    V2,
}

impl Operation {
    /// The operation that a request asks for, or why there is none; `path` is `/` and the key.
    pub(crate) fn of(head: &RequestHead, path: &str, query: &Query) -> Result<Self, S3Error> {
        let key = Key::of_path(path)?;
        if head.method == Method::Options {
            return Err(preflight(head, key.is_some()));
        }
        if head.method == Method::Post && key.is_none() && query.contains("delete") {
            return Ok(Self::DeleteObjects);
        }
        if head.method == Method::Get && key.is_none() && query.contains("location") {
            return Ok(Self::GetBucketLocation);
        }
        if let Some(key) = &key
            && let Some(operation) = multipart_operation(head, key, query)
        {
            return operation;
        }
        if let Some(name) = subresource_operation(&head.method, key.is_some(), query) {
            return Err(S3Error::not_implemented(&name));
        }
        match (&head.method, key) {
            (Method::Get, Some(key)) => Ok(Self::GetObject(key)),
            (Method::Head, Some(key)) => Ok(Self::HeadObject(key)),
            (Method::Put, Some(key)) if head.headers.contains("x-amz-copy-source") => {
                Ok(Self::CopyObject(key))
            }
            (Method::Put, Some(key)) => Ok(Self::PutObject(key)),
            (Method::Delete, Some(key)) => Ok(Self::DeleteObject(key)),
            (Method::Get, None) => match query.first("list-type") {
                Some("2") => Ok(Self::ListObjects(ListVersion::V2)),
                None => Ok(Self::ListObjects(ListVersion::V1)),
                Some(other) => Err(S3Error::invalid_argument("Invalid Argument", "list-type", other)),
            },
            (Method::Head, None) => Ok(Self::HeadBucket),
            (Method::Put, None) => Err(S3Error::not_implemented("CreateBucket")),
            (Method::Delete, None) => Err(S3Error::not_implemented("DeleteBucket")),
            (Method::Post, None) => Err(post_to_bucket(head)),
            (method, key) => {
                let (resource, allowed) = match key {
                    Some(_) => ("OBJECT", "HEAD, DELETE, GET, PUT"),
                    None => ("BUCKET", "HEAD, DELETE, GET, PUT, POST"),
                };
                Err(S3Error::of(Code::MethodNotAllowed)
                    .with("Method", method.as_str())
                    .with("ResourceType", resource)
                    .with_header("Allow", allowed))
            }
        }
    }
}

/// The operation of a multipart upload that a request to a key asks for, if it asks for one that is done.
fn multipart_operation(head: &RequestHead, key: &Key, query: &Query) -> Option<Result<Operation, S3Error>> {
    let key = key.clone();
    let Some(id) = query.first("uploadId") else {
        let creates = head.method == Method::Post && query.contains("uploads");
        return creates.then_some(Ok(Operation::CreateMultipartUpload(key)));
    };
    let id = id.to_owned();
    Some(match (&head.method, query.first("partNumber")) {
        (Method::Post, None) => Ok(Operation::CompleteMultipartUpload(key, id)),
        (Method::Delete, None) => Ok(Operation::AbortMultipartUpload(key, id)),
        (Method::Put, Some(number)) => {
            match number.parse().ok().filter(|number| (1..=PARTS_MAX).contains(number)) {
                Some(number) => Ok(Operation::UploadPart(key, id, number)),
                None => {
                    let message = "Part number must be an integer between 1 and 10000, inclusive";
                    Err(S3Error::invalid_argument(message, "partNumber", number))
                }
            }
        }
        (Method::Get, None) => Err(S3Error::not_implemented("ListParts")),
        _ => return None,
    })
}

/// A form upload is not done, and anything else is no form upload.
fn post_to_bucket(head: &RequestHead) -> S3Error {
    let content_type = head.headers.first_text("content-type").unwrap_or("");
    if content_type.to_ascii_lowercase().starts_with("multipart/form-data") {
        return S3Error::not_implemented("POST Object");
    }
    let condition = "Bucket POST must be of the enclosure-type multipart/form-data";
    S3Error::of(Code::PreconditionFailed).with("Condition", condition)
}

/// A preflight request to a bucket without a CORS configuration.
fn preflight(head: &RequestHead, is_object: bool) -> S3Error {
    if !head.headers.contains("origin") {
        return S3Error::of(Code::BadRequest);
    }
    match head.headers.first_text("access-control-request-method") {
        None => S3Error::of(Code::BadRequest).saying("Invalid Access-Control-Request-Method: null"),
        Some(method) => S3Error::of(Code::AccessForbidden)
            .with("Method", method)
            .with("ResourceType", if is_object { "OBJECT" } else { "BUCKET" }),
    }
}

/// The name of the operation that a subresource such as `?acl` asks for.
fn subresource_operation(method: &Method, is_object: bool, query: &Query) -> Option<String> {
    let verb = match method {
        Method::Get | Method::Head => "Get",
        Method::Put => "Put",
        Method::Delete => "Delete",
        Method::Post => "Post",
        _ => return None,
    };
    let asked = SUBRESOURCES.iter().filter(|row| query.contains(row.parameter));
    asked.map(|row| if is_object { row.object } else { row.bucket }).find_map(|noun| match noun {
        Noun::None => None,
        Noun::Of(noun) => Some(format!("{verb}{noun}")),
        Noun::Whole(name) => Some(name.to_owned()),
    })
}

/// A query parameter that makes another operation of a request.
struct Subresource {
    parameter: &'static str,
    object: Noun,
    bucket: Noun,
    #[expect(dead_code, reason = "every row of an AWS table names its authority")]
    source: Source,
}

/// How the operation is called: a verb by method and this noun, or wholly so.
#[derive(Clone, Copy)]
enum Noun {
    None,
    Of(&'static str),
    Whole(&'static str),
}

const fn row(parameter: &'static str, object: Noun, bucket: Noun) -> Subresource {
    Subresource {
        parameter,
        object,
        bucket,
        source: Documented("API_Operations_Amazon_Simple_Storage_Service"),
    }
}

const SUBRESOURCES: &[Subresource] = &[
    row("accelerate", Noun::None, Noun::Of("BucketAccelerateConfiguration")),
    row("acl", Noun::Of("ObjectAcl"), Noun::Of("BucketAcl")),
    row("analytics", Noun::None, Noun::Of("BucketAnalyticsConfiguration")),
    row("attributes", Noun::Of("ObjectAttributes"), Noun::None),
    row("cors", Noun::None, Noun::Of("BucketCors")),
    row("delete", Noun::None, Noun::Whole("DeleteObjects")),
    row("encryption", Noun::None, Noun::Of("BucketEncryption")),
    row("intelligent-tiering", Noun::None, Noun::Of("BucketIntelligentTieringConfiguration")),
    row("inventory", Noun::None, Noun::Of("BucketInventoryConfiguration")),
    row("legal-hold", Noun::Of("ObjectLegalHold"), Noun::None),
    row("lifecycle", Noun::None, Noun::Of("BucketLifecycleConfiguration")),
    row("location", Noun::None, Noun::Of("BucketLocation")),
    row("logging", Noun::None, Noun::Of("BucketLogging")),
    row("metadataConfiguration", Noun::None, Noun::Of("BucketMetadataConfiguration")),
    row("metadataTable", Noun::None, Noun::Of("BucketMetadataTableConfiguration")),
    row("metrics", Noun::None, Noun::Of("BucketMetricsConfiguration")),
    row("notification", Noun::None, Noun::Of("BucketNotificationConfiguration")),
    row("object-lock", Noun::None, Noun::Of("ObjectLockConfiguration")),
    row("ownershipControls", Noun::None, Noun::Of("BucketOwnershipControls")),
    row("partNumber", Noun::Whole("parts of objects (partNumber)"), Noun::None),
    row("policy", Noun::None, Noun::Of("BucketPolicy")),
    row("policyStatus", Noun::None, Noun::Of("BucketPolicyStatus")),
    row("publicAccessBlock", Noun::None, Noun::Of("PublicAccessBlock")),
    row("renameObject", Noun::Whole("RenameObject"), Noun::None),
    row("replication", Noun::None, Noun::Of("BucketReplication")),
    row("requestPayment", Noun::None, Noun::Of("BucketRequestPayment")),
    row("restore", Noun::Whole("RestoreObject"), Noun::None),
    row("retention", Noun::Of("ObjectRetention"), Noun::None),
    row("select", Noun::Whole("SelectObjectContent"), Noun::None),
    row("session", Noun::None, Noun::Whole("CreateSession")),
    row("tagging", Noun::Of("ObjectTagging"), Noun::Of("BucketTagging")),
    row("torrent", Noun::Of("ObjectTorrent"), Noun::None),
    row("uploadId", Noun::Whole("multipart uploads (uploadId)"), Noun::None),
    row("uploads", Noun::Whole("CreateMultipartUpload"), Noun::Whole("ListMultipartUploads")),
    row("versionId", Noun::Whole("versions of objects (versionId)"), Noun::None),
    row("versioning", Noun::None, Noun::Of("BucketVersioning")),
    row("versions", Noun::None, Noun::Whole("ListObjectVersions")),
    row("website", Noun::None, Noun::Of("BucketWebsite")),
];
