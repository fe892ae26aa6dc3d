//! `WebsiteConfiguration` of a bucket.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html>

use frontgate_explain::PlaceId;

/// What the website endpoint of a bucket answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Website {
    /// Pages, or one redirect.
    pub content: WebsiteContent,
    /// The place of `WebsiteConfiguration`.
    pub place: PlaceId,
}

/// Pages, or one redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebsiteContent {
    /// The objects of the bucket.
    Pages {
        /// `IndexDocument`: what is put behind a path that ends with a slash.
        index_document: Box<str>,
        /// The place of `IndexDocument`.
        index_document_place: PlaceId,
        /// `ErrorDocument`: the key of the page for errors of the class 4XX.
        error_document: Option<Box<str>>,
        /// The place of `ErrorDocument`.
        error_document_place: PlaceId,
        /// `RoutingRules`, in their order.
        routing_rules: Vec<RoutingRule>,
    },
    /// `RedirectAllRequestsTo`
    RedirectAll {
        /// `HostName`
        host_name: Box<str>,
        /// `Protocol`; that of the request where it is left out.
        protocol: Option<Box<str>>,
    },
}

/// A routing rule: when, and whereto.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingRule {
    /// `KeyPrefixEquals`
    pub key_prefix: Option<Box<str>>,
    /// `HttpErrorCodeReturnedEquals`
    pub error_code: Option<u16>,
    /// `HostName`; that of the request where it is left out.
    pub host_name: Option<Box<str>>,
    /// `Protocol`; that of the request where it is left out.
    pub protocol: Option<Box<str>>,
    /// `ReplaceKeyPrefixWith` or `ReplaceKeyWith`
    pub replace_key: ReplaceKey,
    /// `HttpRedirectCode`
    pub status: Option<u16>,
    /// The place of the rule.
    pub place: PlaceId,
}

/// What a routing rule does with the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReplaceKey {
    /// It stays.
    #[default]
    Keep,
    /// `ReplaceKeyPrefixWith`: the prefix of the condition is replaced.
    PrefixWith(Box<str>),
    /// `ReplaceKeyWith`: the key is replaced.
    With(Box<str>),
}

impl RoutingRule {
    /// A rule that changes nothing yet, for every key.
    #[must_use]
    pub fn new(place: PlaceId) -> Self {
        Self {
            key_prefix: None,
            error_code: None,
            host_name: None,
            protocol: None,
            replace_key: ReplaceKey::Keep,
            status: None,
            place,
        }
    }
}
