//! Which function does `FunctionName` name? A name, an ARN or a part of one, each with a qualifier or without.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-uri-FunctionName>

use frontgate_aws::{ids, percent_decode};

use super::ApiError;

/// A function as a caller of the API names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    /// Its name.
    pub name: String,
    /// The version or alias.
    pub qualifier: Option<String>,
    region: Option<String>,
    account: Option<String>,
}

impl FunctionName {
    /// Reads the segment of a path, and the parameter `Qualifier` of a query.
    ///
    /// # Errors
    /// What Lambda says of a text that names no function.
    pub fn read(segment: &str, query: &str) -> Result<Self, ApiError> {
        let decoded = percent_decode(segment);
        let text = String::from_utf8_lossy(&decoded);
        let mut found =
            Self::parse(&text).ok_or_else(|| ApiError::FunctionName(text.clone().into_owned()))?;
        if text.len() > if text.starts_with("arn:") { ARN_LENGTH_MAX } else { LENGTH_MAX } {
            return Err(ApiError::FunctionName(text.into_owned()));
        }
        let parameter = query.split('&').find_map(|pair| pair.strip_prefix("Qualifier="));
        let Some(parameter) = parameter.filter(|value| !value.is_empty()) else { return Ok(found) };
        let decoded = percent_decode(parameter);
        let qualifier = String::from_utf8_lossy(&decoded).into_owned();
        if !is_qualifier(&qualifier) {
            return Err(ApiError::Qualifier(qualifier));
        }
        if found.qualifier.as_ref().is_some_and(|own| *own != qualifier) {
            return Err(ApiError::QualifierMismatch);
        }
        found.qualifier = Some(qualifier);
        Ok(found)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<&str> = text.split(':').collect();
        if parts[0] == "arn" {
            let is_lambda = parts.len() > 3 && parts[1].starts_with("aws") && parts[2] == "lambda";
            is_lambda.then_some(())?;
            parts.drain(..3);
        }
        let mut take = |is_it: fn(&str) -> bool| {
            (parts.len() > 1 && is_it(parts[0])).then(|| parts.remove(0).to_owned())
        };
        let region = take(is_region);
        let account = take(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()));
        take(|part| part == "function");
        let (name, qualifier) = match parts[..] {
            [name] => (name, None),
            [name, qualifier] => (name, Some(qualifier)),
            _ => return None,
        };
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        (is_name && qualifier.is_none_or(is_qualifier)).then(|| Self {
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
            region,
            account,
        })
    }

    /// The ARN that a policy is asked about.
    #[must_use]
    pub fn arn(&self, region: &str) -> String {
        let account = self.account.as_deref().unwrap_or(ids::ACCOUNT_ID);
        let region = self.region.as_deref().unwrap_or(region);
        let qualifier = self.qualifier.iter().map(|qualifier| format!(":{qualifier}"));
        format!("arn:aws:lambda:{region}:{account}:function:{}{}", self.name, qualifier.collect::<String>())
    }

    /// The region that the name has, where it is another one than that of the endpoint.
    #[must_use]
    pub fn other_region(&self, region: &str) -> Option<&str> {
        self.region.as_deref().filter(|own| *own != region)
    }
}

fn is_region(part: &str) -> bool {
    let number = part.rsplit('-').next().unwrap_or_default();
    part.split('-').count() >= 3 && number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_qualifier(text: &str) -> bool {
    let is_latest = matches!(text, "$LATEST" | "$LATEST.PUBLISHED");
    let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    is_latest || (!text.is_empty() && text.len() <= QUALIFIER_LENGTH_MAX && is_name)
}

const LENGTH_MAX: usize = 140;
const ARN_LENGTH_MAX: usize = 256;
const QUALIFIER_LENGTH_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_in_many_ways() {
        const PLAIN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
        for (segment, query, arn) in [
            ("f", "", PLAIN),
            ("function:f", "", PLAIN),
            ("function", "", "arn:aws:lambda:us-east-1:123456789012:function:function"),
            ("123456789012:function:f", "", PLAIN),
            ("123456789012:f", "", PLAIN),
            (PLAIN, "", PLAIN),
            ("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af", "", PLAIN),
            ("f:live", "", "arn:aws:lambda:us-east-1:123456789012:function:f:live"),
            ("f%3A%24LATEST", "", "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"),
            ("f", "Qualifier=1", "arn:aws:lambda:us-east-1:123456789012:function:f:1"),
            ("f", "x=y&Qualifier=%24LATEST", "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"),
            ("f:1", "Qualifier=1", "arn:aws:lambda:us-east-1:123456789012:function:f:1"),
            (
                "arn:aws:lambda:eu-west-1:210987654321:function:f:live",
                "",
                "arn:aws:lambda:eu-west-1:210987654321:function:f:live",
            ),
        ] {
            let found = FunctionName::read(segment, query).map(|name| name.arn("us-east-1"));
            assert_eq!(found.as_deref(), Ok(arn), "{segment}?{query}");
        }
    }

    #[test]
    fn what_names_none_is_refused() {
        let long = "f".repeat(LENGTH_MAX + 1);
        for (segment, query, error_type) in [
            ("a%20b", "", "ValidationException"),
            ("f:1:2", "", "ValidationException"),
            ("f:", "", "ValidationException"),
            ("arn:aws:s3:::b", "", "ValidationException"),
            (long.as_str(), "", "ValidationException"),
            ("f", "Qualifier=a.b", "ValidationException"),
            ("f:1", "Qualifier=2", "InvalidParameterValueException"),
        ] {
            let error = FunctionName::read(segment, query).expect_err(segment);
            assert_eq!(error.error_type(), error_type, "{segment}?{query}");
        }
        let elsewhere = FunctionName::read("arn:aws:lambda:eu-west-1:123456789012:function:f", "");
        assert_eq!(elsewhere.expect("an ARN").other_region("us-east-1"), Some("eu-west-1"));
    }
}
