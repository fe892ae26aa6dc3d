//! Looks for an input for which the property `gateway_event` does not hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| frontgate_properties::check("gateway_event", input));
