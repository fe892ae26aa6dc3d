//! Where is the folder that `cdk synth` has laid beside its template for a function or a layer?
//!
//! `cdk deploy` packs the folder and puts it into a bucket, under the name that the template has. The folder is named
//! in the metadata, and by convention after the digest in the key.
//! <https://docs.aws.amazon.com/cdk/v2/guide/assets.html>

use std::path::PathBuf;

use frontgate_template::{Node, ResourceNode};

use crate::maker::Maker;
use crate::properties::Text;

/// The folder of what the template has under that key of a bucket.
pub fn folder(node: &ResourceNode, key: Option<&Text<'_>>, maker: &Maker<'_>) -> Option<PathBuf> {
    let metadata = node.metadata.as_ref().and_then(|metadata| metadata.get("aws:asset:path"));
    let named = metadata.and_then(Node::as_str).map(str::to_owned);
    let digest = key.and_then(|key| key.value.strip_suffix(".zip")).filter(|digest| is_digest(digest));
    let name = named.or_else(|| digest.map(|digest| format!("asset.{digest}")))?;
    Some(maker.path(&name)).filter(|folder| folder.is_dir())
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A SHA-256 in hexadecimal digits.
const DIGEST_CHARACTERS: usize = 64;
