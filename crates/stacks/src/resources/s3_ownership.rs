//! `OwnershipControls` and `AccessControl` of a bucket: whether it has access control lists at all.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>: since April 2023 a new
//! bucket has none unless its owner asks for them, and CloudFront needs them to deliver its logs.

use crate::properties::Object;

/// Whether access control lists are enabled.
pub fn acls_enabled(properties: &Object<'_>) -> bool {
    let mut enabled = false;
    if let Some(controls) = properties.object("OwnershipControls") {
        for rule in controls.objects("Rules") {
            enabled |= rule
                .choice(
                    "ObjectOwnership",
                    &[("BucketOwnerEnforced", false), ("BucketOwnerPreferred", true), ("ObjectWriter", true)],
                )
                .unwrap_or(false);
            rule.finish();
        }
        controls.finish();
    }
    let Some(canned) = properties.text("AccessControl") else { return enabled };
    match &*canned.value {
        // Nobody but the owner, and the owner is who serves the bucket here.
        "BucketOwnerFullControl" | "BucketOwnerRead" | "Private" => {}
        "LogDeliveryWrite" if enabled => {}
        "LogDeliveryWrite" => {
            let message = format!(
                "{}.AccessControl: InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with \
                 ObjectOwnership's BucketOwnerEnforced setting",
                properties.path()
            );
            let cure = "Add OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerPreferred}]}.";
            properties.problems().error(canned.span, message, "ACLs are disabled in this bucket", cure);
        }
        _ => properties.unsupported_value("AccessControl", &canned),
    }
    enabled
}
