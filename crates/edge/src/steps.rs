//! The steps of the CloudFront line. Each decides or computes one thing; `serve.rs` holds the order.

pub(crate) mod ask;
pub(crate) mod compress;
pub(crate) mod cut;
pub(crate) mod deadline;
pub(crate) mod deliver;
pub(crate) mod error_page;
pub(crate) mod fill;
pub(crate) mod head_update;
pub(crate) mod keep;
pub(crate) mod lambda_call;
pub(crate) mod lambda_origin;
pub(crate) mod lambda_viewer;
pub(crate) mod parts;
pub(crate) mod parts_to_whole;
pub(crate) mod pump;
pub(crate) mod refresh;
pub(crate) mod signature;
pub(crate) mod unsafe_method;
pub(crate) mod viewer_function;
pub(crate) mod web_socket;
