//! Looks for an input for which the property `chunked_body` does not hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| frontgate_properties::check("chunked_body", input));
