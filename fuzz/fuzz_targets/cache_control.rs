//! Looks for an input for which the property `cache_control` does not hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| frontgate_properties::check("cache_control", input));
