//! `MutualTlsAuthentication` of a custom domain name: the object of S3 that says which clients are trusted.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>

use frontgate_gateway_rules::{MutualTls, Truststore};

use crate::maker::Maker;
use crate::properties::Object;

/// Reads the property; the object itself is read when all is deployed.
pub fn mutual_tls(properties: &Object<'_>, maker: &mut Maker<'_>) -> Option<MutualTls> {
    let object = properties.object("MutualTlsAuthentication")?;
    let uri = object.required_text("TruststoreUri");
    let version = object.text("TruststoreVersion");
    object.finish();
    if let Some(version) = version {
        let message = format!("{}.TruststoreVersion: a folder has one version of each object", object.path());
        object.problems().warning(version.span, message, "the file as it is counts", "");
    }
    let uri = uri?;
    let address = uri.value.strip_prefix("s3://").and_then(|address| address.split_once('/'));
    let Some((bucket, key)) = address.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()) else {
        let message = format!(
            "{}.TruststoreUri: BadRequestException: Invalid truststore URI: {}",
            object.path(),
            uri.value
        );
        object.problems().error(uri.span, message, "no object of S3", "Write s3://BUCKET/KEY.");
        return None;
    };
    let place = maker.place(uri.span, format!("the truststore {}", uri.value));
    Some(MutualTls { bucket: bucket.into(), key: key.into(), truststore: Truststore::default(), place })
}
