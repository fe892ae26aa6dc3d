//! The names by which this edge calls itself toward viewers and origins.

/// The host in `Via`: 32 hexadecimal digits before `.cloudfront.net` (facts: cloudfront-edge §13.6).
pub const VIA_HOST: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f.cloudfront.net";

/// `X-Amz-Cf-Pop`: an airport, a number, a kind; this one is no airport of AWS's.
pub const POP: &str = "LOC50-P1";
