//! Which payloads are bytes and which are text: `binaryMediaTypes`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html>

/// The media type of a `Content-Type` or of the first entry of an `Accept`, without parameters.
#[must_use]
pub fn essence(header: &str) -> &str {
    header.split([',', ';']).next().unwrap_or_default().trim()
}

/// Whether the media type is one of the binary ones; `*/*` stands for all, `image/*` for all images.
#[must_use]
pub fn is_binary(binary_media_types: &[Box<str>], media_type: &str) -> bool {
    let media_type = essence(media_type);
    binary_media_types.iter().any(|binary| {
        &**binary == "*/*"
            || binary.eq_ignore_ascii_case(media_type)
            || binary.strip_suffix('*').filter(|family| family.ends_with('/')).is_some_and(|family| {
                media_type.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::is_binary;

    #[test]
    fn only_the_first_accept_type_counts() {
        for (types, header, expected) in [
            (&["image/png"][..], "image/png", true),
            (&["image/png"], "IMAGE/PNG; q=1", true),
            (&["image/png"], "image/avif,image/png", false),
            (&["image/png"], "*/*", false),
            (&["image/*"], "image/webp,*/*", true),
            (&["*/*"], "", true),
            (&[], "image/png", false),
        ] {
            let types: Vec<Box<str>> = types.iter().map(|text| (*text).into()).collect();
            assert_eq!(is_binary(&types, header), expected, "{types:?} {header}");
        }
    }
}
