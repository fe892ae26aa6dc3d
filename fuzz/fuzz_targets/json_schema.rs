//! Looks for an input for which the property `json_schema` does not hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| frontgate_properties::check("json_schema", input));
