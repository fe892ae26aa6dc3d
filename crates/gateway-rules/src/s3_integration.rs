//! Which request to S3 an integration of type `AWS` makes.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>, `uri`;
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/integrating-api-with-aws-services-s3.html>

use frontgate_aws::Arn;
use frontgate_aws::Source::{self, Documented, Inferred};

/// What an integration asks of S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Target {
    /// The region of the endpoint.
    pub region: Box<str>,
    /// Path and query at the endpoint of S3, the bucket first, perhaps with `{parameters}` and `${stageVariables.x}`.
    pub path: Box<str>,
}

/// Why a URI asks nothing of S3 that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum S3UriError {
    /// An action that is not among those below.
    UnknownAction(String),
    /// Neither `path/…` nor `action/…`.
    Malformed,
}

impl S3Target {
    /// The target of a URI; `None` where it names another service:
    /// `arn:aws:apigateway:REGION:s3:path/BUCKET/KEY`, `arn:aws:apigateway:REGION:BUCKET.s3:path/KEY` or
    /// `arn:aws:apigateway:REGION:s3:action/GetObject&Bucket=BUCKET&Key=KEY`.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Result<Self, S3UriError>> {
        let arn = Arn::parse(uri).filter(|arn| arn.service == "apigateway")?;
        let bucket = match arn.account {
            "s3" => None,
            service => Some(service.strip_suffix(".s3")?),
        };
        let found = match arn.resource.split_once('/') {
            Some(("path", path)) => Ok(path.to_owned()),
            Some(("action", action)) => of_action(action, bucket.is_some()),
            _ if arn.resource == "path" => Ok(String::new()),
            _ => Err(S3UriError::Malformed),
        };
        Some(found.map(|path| {
            let path = bucket.map_or_else(|| format!("/{path}"), |bucket| format!("/{bucket}/{path}"));
            Self { region: arn.region.into(), path: path.into() }
        }))
    }
}

/// `NAME&Bucket=…&Key=…` as a path, with the other parameters as a query.
fn of_action(action: &str, bucket_in_host: bool) -> Result<String, S3UriError> {
    let mut parts = action.split('&');
    let name = parts.next().unwrap_or_default();
    let row = ACTIONS.iter().find(|row| row.name == name);
    let row = row.ok_or_else(|| S3UriError::UnknownAction(name.to_owned()))?;
    let (mut bucket, mut key, mut query) = (None, None, row.query.to_owned());
    for pair in parts {
        let (parameter, value) = pair.split_once('=').ok_or(S3UriError::Malformed)?;
        match parameter {
            "Bucket" => bucket = Some(value),
            "Key" => key = Some(value),
            _ => {
                query.push_str(if query.is_empty() { "" } else { "&" });
                query.push_str(pair);
            }
        }
    }
    let named = if bucket_in_host { Some("") } else { bucket };
    let mut path = match (row.resource, named, key) {
        (Resource::Service, _, _) => String::new(),
        (Resource::Bucket, Some(bucket), _) => bucket.to_owned(),
        (Resource::Object, Some(""), Some(key)) => key.to_owned(),
        (Resource::Object, Some(bucket), Some(key)) => format!("{bucket}/{key}"),
        _ => return Err(S3UriError::Malformed),
    };
    if !query.is_empty() {
        path.push('?');
        path.push_str(&query);
    }
    Ok(path)
}

/// An action that can be named instead of a path.
struct Action {
    name: &'static str,
    resource: Resource,
    query: &'static str,
    #[expect(dead_code, reason = "every row of an AWS table names its authority")]
    source: Source,
}

#[derive(Clone, Copy)]
enum Resource {
    Bucket,
    Object,
    Service,
}

const fn row(name: &'static str, resource: Resource, query: &'static str, source: Source) -> Action {
    Action { name, resource, query, source }
}

const LIKE_GET_OBJECT: Source = Inferred("as action/GetObject, which API_PutIntegration shows");

/// Sorted by name.
const ACTIONS: &[Action] = &[
    row("DeleteObject", Resource::Object, "", LIKE_GET_OBJECT),
    row("GetObject", Resource::Object, "", Documented("API_PutIntegration")),
    row("HeadBucket", Resource::Bucket, "", LIKE_GET_OBJECT),
    row("HeadObject", Resource::Object, "", LIKE_GET_OBJECT),
    row("ListBuckets", Resource::Service, "", LIKE_GET_OBJECT),
    row("ListObjects", Resource::Bucket, "", LIKE_GET_OBJECT),
    row("ListObjectsV2", Resource::Bucket, "list-type=2", LIKE_GET_OBJECT),
    row("PutObject", Resource::Object, "", LIKE_GET_OBJECT),
];

#[cfg(test)]
mod tests {
    use super::{ACTIONS, S3Target, S3UriError};

    #[test]
    fn the_forms_of_a_uri() {
        let malformed = Some(Err(S3UriError::Malformed));
        for (uri, expected) in [
            ("s3:path/bucket/{key}", Some(Ok("/bucket/{key}"))),
            ("s3:path/{folder}/{item}", Some(Ok("/{folder}/{item}"))),
            ("s3:path//", Some(Ok("//"))),
            ("s3:path/", Some(Ok("/"))),
            ("photos.s3:path/{key}", Some(Ok("/photos/{key}"))),
            ("s3:action/GetObject&Bucket={bucket}&Key={key}", Some(Ok("/{bucket}/{key}"))),
            ("photos.s3:action/GetObject&Key={key}", Some(Ok("/photos/{key}"))),
            ("s3:action/ListObjectsV2&Bucket=b&prefix=a", Some(Ok("/b?list-type=2&prefix=a"))),
            ("s3:action/ListBuckets", Some(Ok("/"))),
            ("s3:action/GetObject&Bucket=b", malformed.clone()),
            (
                "s3:action/PutBucketPolicy&Bucket=b",
                Some(Err(S3UriError::UnknownAction("PutBucketPolicy".into()))),
            ),
            ("s3:bucket/key", malformed),
            ("dynamodb:action/PutItem", None),
            ("lambda:path/x", None),
        ] {
            let found = S3Target::of_uri(&format!("arn:aws:apigateway:eu-west-1:{uri}"));
            let expected = expected
                .map(|found| found.map(|path| S3Target { region: "eu-west-1".into(), path: path.into() }));
            assert_eq!(found, expected, "{uri}");
        }
        assert!(ACTIONS.is_sorted_by_key(|row| row.name));
    }
}
