//! The parameters of a raw query string. CloudFront splits at `&` only and decodes nothing.

/// The parameters in order; empty ones (`a=1&&b=2`) are left out.
pub(crate) fn parameters(query: Option<&str>) -> impl Iterator<Item = &str> {
    query.unwrap_or("").split('&').filter(|parameter| !parameter.is_empty())
}

/// The name of a parameter: what stands before its first `=`.
pub(crate) fn parameter_name(parameter: &str) -> &str {
    parameter.split_once('=').map_or(parameter, |(name, _)| name)
}
