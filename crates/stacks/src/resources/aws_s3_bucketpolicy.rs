//! `AWS::S3::BucketPolicy`: who may do what with a bucket; really evaluated at each request.

use std::sync::Arc;

use frontgate_iam::{Policy, PolicyKind};
use frontgate_snapshot::BucketPolicy;
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object, span_at};

/// Makes a bucket policy.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let made = Made::new(maker.generated_name(node));
    let bucket = properties.required_text("Bucket");
    properties.require("PolicyDocument");
    let Some(document) = properties.node("PolicyDocument") else { return made };
    let Some(bucket) = bucket else { return made };
    if bucket.value.starts_with(INERT_MARK) {
        return made;
    }
    let policy = match Policy::parse_as(&document.to_json(), PolicyKind::Bucket(&bucket.value)) {
        Ok(policy) => policy,
        Err(error) => {
            let message = format!("{}.PolicyDocument{}: {}", node.logical_id, error.path, error.message);
            let span = span_at(document, &error.path);
            properties.problems().error(span, message, "MalformedPolicy", "");
            return made;
        }
    };
    let known = maker.resources.buckets.iter().find(|known| *known.name == *bucket.value);
    if known.is_some_and(|known| known.public_access_block.block_public_policy) && policy.is_public() {
        let message = format!(
            "{}.PolicyDocument: AccessDenied: User is not authorized to perform: s3:PutBucketPolicy because public \
             policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
            node.logical_id
        );
        let cure = "Set BlockPublicPolicy: false in PublicAccessBlockConfiguration of the bucket, or name a principal.";
        properties.problems().error(document.span, message, "a public policy", cure);
    }
    if known.is_none() {
        properties.problems().error(
            bucket.span,
            format!("{}.Bucket: the specified bucket does not exist: {}", node.logical_id, bucket.value),
            "NoSuchBucket",
            "Name a bucket of this template with !Ref.",
        );
    }
    let place = maker.place(document.span, format!("the bucket policy {}", node.logical_id));
    let bucket = bucket.value.as_ref().into();
    maker.resources.bucket_policies.push(BucketPolicy { bucket, policy: Arc::new(policy), place });
    made
}
