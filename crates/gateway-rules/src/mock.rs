//! What a MOCK integration answers: the `statusCode` that its request template makes.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>

use regex_lite::Regex;
use serde_json::Value;

/// The integer `statusCode` of the payload; `None` is 500 ("Unable to parse statusCode. It should be an integer that
/// is defined in the request template.").
///
/// API Gateway reads the payload leniently: names without quotes or in single ones, comments and commas too many do
/// not matter (inferred from its parser; templates such as `{statusCode: 200}` work).
#[must_use]
pub fn status_code(payload: &[u8]) -> Option<u16> {
    let number = match serde_json::from_slice::<Value>(payload) {
        Ok(payload) => payload.get("statusCode")?.as_u64()?,
        Err(_) => {
            let text = std::str::from_utf8(payload).ok()?;
            let member =
                Regex::new(r#"[{,\s](?:statusCode|"statusCode"|'statusCode')\s*:\s*(\d+)\s*[,}\s]"#).ok()?;
            member.captures(text.trim()).filter(|_| text.trim().starts_with('{'))?[1].parse().ok()?
        }
    };
    u16::try_from(number).ok().filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::status_code;

    #[test]
    fn the_status_is_an_integer() {
        for (payload, expected) in [
            (r#"{"statusCode": 200}"#, Some(200)),
            ("{\n  \"statusCode\" : 204\n}\n", Some(204)),
            ("{statusCode: 200}", Some(200)),
            ("{'statusCode': 404, }", Some(404)),
            (r#"{"other": 1, "statusCode": 500}"#, Some(500)),
            (r#"{"statusCode": "200"}"#, None),
            (r#"{"statusCode": 1000}"#, None),
            (r#"{"status": 200}"#, None),
            ("statusCode: 200", None),
            ("", None),
            ("[]", None),
        ] {
            assert_eq!(status_code(payload.as_bytes()), expected, "{payload}");
        }
    }
}
