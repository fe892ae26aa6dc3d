//! What is said of a body that a model does not describe.
//!
//! The texts of the Java library json-schema-validator (its `validation.properties`), which API Gateway shows in
//! `$context.error.validationErrorString` and in its execution log.

use frontgate_aws::Source::{self, Inferred, Recorded};
use serde_json::Value;

use super::Type;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    AdditionalItems,
    AdditionalProperties,
    AllOf,
    AnyOf,
    Base64Characters,
    Base64Length,
    DateTime,
    Dependencies,
    Email,
    Enum,
    ExclusiveMaximum,
    ExclusiveMinimum,
    HexadecimalCharacters,
    HexadecimalLength,
    Hostname,
    Ipv4,
    Ipv6,
    JsonPointer,
    MacAddress,
    MaxItems,
    MaxLength,
    MaxProperties,
    Maximum,
    MinItems,
    MinLength,
    MinProperties,
    Minimum,
    MultipleOf,
    Not,
    OneOf,
    Pattern,
    Regex,
    Required,
    Type,
    UniqueItems,
    Uri,
    Uuid,
}

impl Fault {
    /// Its text, with `{}` replaced by the arguments in their order.
    pub fn text(self, arguments: &[&str]) -> String {
        let mut parts = ROWS[self as usize].1.split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (index, part) in parts.enumerate() {
            text.push_str(arguments.get(index).copied().unwrap_or_default());
            text.push_str(part);
        }
        text
    }
}

/// A list of texts as JSON.
pub fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    Value::from_iter(texts).to_string()
}

/// The names of types as JSON.
pub fn types(types: &[Type]) -> String {
    list(types.iter().map(|kind| kind.name()))
}

/// What is said of a body that is missing or no JSON.
pub const UNREADABLE: &str = "Unknown error parsing request body";

/// Shown by the pages and logs of people who have met it on AWS.
const SEEN: Source = Recorded("Request body does not match model schema for content type application/json");
/// That API Gateway uses this library is known from those that were seen; this one was not seen.
const LIBRARY: Source = Inferred("validation.properties of json-schema-validator");

/// In the order of the kinds.
#[rustfmt::skip]
static ROWS: [(Fault, &str, Source); 37] = [
    (Fault::AdditionalItems, "schema only allows {} elements in array but instance has {} elements", LIBRARY),
    (Fault::AdditionalProperties, "object instance has properties which are not allowed by the schema: {}", SEEN),
    (Fault::AllOf, "instance failed to match all required schemas (matched only {} out of {})", LIBRARY),
    (Fault::AnyOf, "instance failed to match at least one required schema among {}", LIBRARY),
    (Fault::Base64Characters, "input is not a valid Base64 string: illegal characters", LIBRARY),
    (Fault::Base64Length, "input has illegal length (must be a multiple of 4, found {})", LIBRARY),
    (Fault::DateTime, "string \"{}\" is invalid against requested date format(s) {}", LIBRARY),
    (Fault::Dependencies, "property \"{}\" of object has missing property dependencies (schema requires {}; missing: {})", LIBRARY),
    (Fault::Email, "string \"{}\" is not a valid email address", LIBRARY),
    (Fault::Enum, "instance value ({}) not found in enum (possible values: {})", SEEN),
    (Fault::ExclusiveMaximum, "numeric instance is not strictly lower than the required maximum {}", LIBRARY),
    (Fault::ExclusiveMinimum, "numeric instance is not strictly greater than the required minimum {}", LIBRARY),
    (Fault::HexadecimalCharacters, "input string has illegal characters", LIBRARY),
    (Fault::HexadecimalLength, "input string has bad length ({}, expected {})", LIBRARY),
    (Fault::Hostname, "string \"{}\" is not a valid hostname", LIBRARY),
    (Fault::Ipv4, "string \"{}\" is not a valid IPv4 address", LIBRARY),
    (Fault::Ipv6, "string \"{}\" is not a valid IPv6 address", LIBRARY),
    (Fault::JsonPointer, "input string \"{}\" is not a valid JSON Pointer", LIBRARY),
    (Fault::MacAddress, "input string \"{}\" is not a valid MAC address", LIBRARY),
    (Fault::MaxItems, "array is too long: must have at most {} elements but instance has {} elements", LIBRARY),
    (Fault::MaxLength, "string \"{}\" is too long (length: {}, maximum allowed: {})", SEEN),
    (Fault::MaxProperties, "object has too many properties (found {} but schema requires at most {})", LIBRARY),
    (Fault::Maximum, "numeric instance is greater than the required maximum (maximum: {}, found: {})", LIBRARY),
    (Fault::MinItems, "array is too short: must have at least {} elements but instance has {} elements", LIBRARY),
    (Fault::MinLength, "string \"{}\" is too short (length: {}, required minimum: {})", LIBRARY),
    (Fault::MinProperties, "object has too few properties (found {} but schema requires at least {})", LIBRARY),
    (Fault::Minimum, "numeric instance is lower than the required minimum (minimum: {}, found: {})", LIBRARY),
    (Fault::MultipleOf, "remainder of division is not zero ({} / {})", LIBRARY),
    (Fault::Not, "instance matched a schema which it should not have", LIBRARY),
    (Fault::OneOf, "instance failed to match exactly one schema (matched {} out of {})", LIBRARY),
    (Fault::Pattern, "ECMA 262 regex \"{}\" does not match input string \"{}\"", SEEN),
    (Fault::Regex, "string \"{}\" is not a valid ECMA 262 regular expression", LIBRARY),
    (Fault::Required, "object has missing required properties ({})", SEEN),
    (Fault::Type, "instance type ({}) does not match any allowed primitive type (allowed: {})", SEEN),
    (Fault::UniqueItems, "array must not contain duplicate elements", LIBRARY),
    (Fault::Uri, "string \"{}\" is not a valid URI", LIBRARY),
    (Fault::Uuid, "input string \"{}\" is not a valid UUID", LIBRARY),
];

#[cfg(test)]
mod tests {
    use super::ROWS;

    #[test]
    fn rows_stand_in_the_order_of_the_faults() {
        for (index, (fault, text, _)) in ROWS.iter().enumerate() {
            assert_eq!(*fault as usize, index, "{text}");
        }
    }
}
