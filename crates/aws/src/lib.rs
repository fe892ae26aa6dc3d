//! AWS's own vocabulary: identifiers, ARNs, signatures, and where a rule of AWS was learnt.

#![forbid(unsafe_code)]

mod arn;
mod encoding;
pub mod ids;
pub mod sigv4;
mod source;
mod utc;

pub use arn::{Arn, without_qualifier};
pub use encoding::{
    base64_decode, base64_encode, base64_url_decode, hex, percent_decode, percent_encode, sha256,
};
pub use source::Source;
pub use utc::Utc;
