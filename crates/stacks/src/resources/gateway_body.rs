//! The OpenAPI document of an API: `Body`, or a file that `BodyS3Location` names.
//!
//! `BodyS3Location` may be a path, as the template has it before `aws cloudformation package` uploads the file.

use frontgate_template::{Node, Value};

use crate::locations;
use crate::maker::Maker;
use crate::properties::Object;

/// The document, where the API has one.
pub fn body(properties: &Object<'_>, maker: &mut Maker<'_>) -> Option<Node> {
    let body = properties.node("Body").cloned();
    let Some(location) = properties.node("BodyS3Location") else { return body };
    let found = match &location.value {
        Value::String(path) => locations::read(path, maker.folder, |bucket| maker.bucket_folder(bucket)),
        _ => object(properties, maker)?,
    };
    match found.map(|(name, text)| frontgate_template::load_part(&mut maker.source, &name, &text)) {
        Ok(Ok(document)) => Some(document),
        Ok(Err(all)) => {
            properties.problems().extend(all);
            body
        }
        Err(why) => {
            let message = format!("{}.BodyS3Location: BadRequestException: {why}", properties.path());
            let cure = "Name a file from the template's folder, or an object of a bucket with a folder.";
            properties.problems().error(location.span, message, "not there", cure);
            body
        }
    }
}

/// The file of `{Bucket, Key}`.
fn object(properties: &Object<'_>, maker: &Maker<'_>) -> Option<Result<(String, String), String>> {
    let location = properties.object("BodyS3Location")?;
    location.unsupported(&["ETag", "Etag", "Version"]);
    let (bucket, key) = (location.required_text("Bucket"), location.required_text("Key"));
    location.finish();
    let path = locations::object(&bucket?.value, &key?.value, |bucket| maker.bucket_folder(bucket));
    Some(path.and_then(|path| locations::text(&path)))
}
