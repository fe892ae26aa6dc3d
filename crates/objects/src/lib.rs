//! S3: buckets whose objects are the files of a folder, read at each request, behind a bucket policy that is really
//! evaluated.
//!
//! The authority is the Amazon S3 API reference. A file that is edited is the next answer; nothing is copied.

#![forbid(unsafe_code)]

mod authorize;
mod checksum;
mod chunked;
mod content_type;
mod copy;
mod delete;
mod delete_many;
mod endpoint;
mod entity_tag;
mod error;
mod folder;
mod get;
mod key;
mod list;
mod multipart;
mod operation;
mod page;
mod payload;
mod precondition;
mod put;
mod query;
mod range;
mod serve;
mod signature;
mod signature_scope;
mod signature_time;
mod store;
mod stream;
mod upload;
mod website;
mod website_page;
mod website_redirect;
mod xml;
mod xml_reader;

pub use endpoint::EndpointCall;
pub use serve::{Call, Caller, Objects, Signer};
pub use store::store;

#[cfg(test)]
mod tests;
