//! `AWS::S3::Bucket`: a bucket whose objects are the files of a folder.

use std::path::PathBuf;

use frontgate_snapshot::{Bucket, PublicAccessBlock};
use frontgate_template::{Node, ResourceNode, Value};

use super::{s3_ownership, s3_website};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a bucket.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.text("BucketName");
    if let Some(name) = &name
        && !is_bucket_name(&name.value)
    {
        properties.problems().error(
            name.span,
            format!("{}.BucketName: `{}` is not a valid bucket name", node.logical_id, name.value),
            "not a valid bucket name",
            "Use 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit.",
        );
    }
    let generated = || format!("{}-{}", maker.context.stack_name, node.logical_id).to_ascii_lowercase();
    let name = name.map_or_else(
        || format!("{}-{}", generated(), suffix(&maker.seed(&node.logical_id))),
        |name| name.value.into_owned(),
    );
    let public_access_block =
        properties.object("PublicAccessBlockConfiguration").map_or_else(Default::default, |o| {
            let block = PublicAccessBlock {
                block_public_acls: o.flag("BlockPublicAcls").unwrap_or(false),
                block_public_policy: o.flag("BlockPublicPolicy").unwrap_or(false),
                ignore_public_acls: o.flag("IgnorePublicAcls").unwrap_or(false),
                restrict_public_buckets: o.flag("RestrictPublicBuckets").unwrap_or(false),
            };
            o.finish();
            block
        });
    let acls_enabled = s3_ownership::acls_enabled(properties);
    properties.accept(&["Tags", "BucketEncryption"]);
    properties.unsupported(UNSUPPORTED);
    let folder = folder(node, &name, properties, maker);
    if let Some((folder, span)) = &folder
        && !maker.resources.buckets.iter().all(|other| *other.name != *name)
    {
        let message =
            format!("{}: the bucket {name} already exists (folder {})", node.logical_id, folder.display());
        properties.problems().error(
            *span,
            message,
            "the same name twice",
            "Give one of them another BucketName.",
        );
    }
    let place = maker.place(node.logical_id_span, format!("the bucket {} ({name})", node.logical_id));
    let website = s3_website::website(properties, &format!("the bucket {}", node.logical_id), maker);
    let region = maker.context.region.clone();
    let made = Made::new(&name)
        .with("Arn", format!("arn:aws:s3:::{name}"))
        .with("DomainName", format!("{name}.s3.amazonaws.com"))
        .with("RegionalDomainName", format!("{name}.s3.{region}.amazonaws.com"))
        .with("DualStackDomainName", format!("{name}.s3.dualstack.{region}.amazonaws.com"))
        .with("WebsiteURL", format!("http://{}", s3_website::endpoint(&name, &region)));
    maker.resources.buckets.push(Bucket {
        name: name.into(),
        region: region.into(),
        folder: folder.map(|(folder, _)| folder),
        policy: None,
        public_access_block,
        acls_enabled,
        website,
        place,
    });
    made
}

/// The folder of the command line, else the one that the metadata names.
fn folder(
    node: &ResourceNode,
    name: &str,
    properties: &Object<'_>,
    maker: &Maker<'_>,
) -> Option<(PathBuf, frontgate_template::Span)> {
    let given = maker.bucket_folders.get(name).or_else(|| maker.bucket_folders.get(&node.logical_id));
    if let Some(folder) = given {
        return Some((folder.clone(), node.logical_id_span));
    }
    let metadata = node.metadata.as_ref()?.get("frontgate")?;
    let Node { value: Value::Map(map), span } = metadata else {
        properties.problems().error(
            metadata.span,
            "Metadata.frontgate is no object",
            "",
            "Write `frontgate: {folder: ./site}`.",
        );
        return None;
    };
    for entry in map.iter().filter(|entry| entry.key != "folder") {
        let message = format!("Metadata.frontgate.{} is unknown", entry.key);
        properties.problems().error(
            entry.key_span,
            message,
            "unknown",
            "The one setting of a bucket is `folder`.",
        );
    }
    match map.get("folder").and_then(|folder| folder.as_str().map(|text| (text, folder.span))) {
        Some((text, span)) => Some((maker.path(text), span)),
        None => {
            properties.problems().error(
                *span,
                "Metadata.frontgate has no folder",
                "",
                "Write `frontgate: {folder: ./site}`.",
            );
            None
        }
    }
}

fn suffix(seed: &str) -> String {
    frontgate_aws::ids::name_suffix(seed).to_ascii_lowercase()
}

/// The naming rules of general purpose buckets (S3 user guide, *General purpose bucket naming rules*).
fn is_bucket_name(name: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-')
        && ends(name.chars().next())
        && ends(name.chars().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

const UNSUPPORTED: &[&str] = &[
    "AbacStatus",
    "AccelerateConfiguration",
    "AnalyticsConfigurations",
    "CorsConfiguration",
    "IntelligentTieringConfigurations",
    "InventoryConfigurations",
    "LifecycleConfiguration",
    "LoggingConfiguration",
    "MetadataConfiguration",
    "MetadataTableConfiguration",
    "MetricsConfigurations",
    "NotificationConfiguration",
    "ObjectLockConfiguration",
    "ObjectLockEnabled",
    "ReplicationConfiguration",
    "VersioningConfiguration",
];

#[cfg(test)]
mod tests {
    #[test]
    fn bucket_names() {
        for (name, valid) in [
            ("site", true),
            ("my.site-1", true),
            ("ab", false),
            ("Site", false),
            ("-site", false),
            ("192.168.1.1", false),
            ("a..b", false),
        ] {
            assert_eq!(super::is_bucket_name(name), valid, "{name}");
        }
    }
}
