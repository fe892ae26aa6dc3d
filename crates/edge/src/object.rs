//! What the cache keeps of an answer.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_edge_rules::ResponseHeadersPolicy;
use frontgate_edge_rules::cache_tags::CacheTags;
use frontgate_edge_rules::compression::Coding;
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_message::{Headers, SharedHead};

use crate::pieces::Pieces;

/// A stored answer.
#[derive(Clone, Debug)]
pub struct Object {
    /// The status of the origin, or of CloudFront's own page.
    pub status: u16,
    /// What is sent.
    pub content: Content,
    /// The head with the response headers policy applied, as far as that is the same for every request.
    pub dressed: Option<Dressed>,
    /// The coding that the edge gave the body.
    pub coding: Option<Coding>,
    /// The entity tag by which the origin knows it, where the edge has changed it.
    pub origin_tag: Option<Box<[u8]>>,
    /// `Age` that it had when it came.
    pub origin_age: u64,
    /// Unix seconds until which it may be served although the origin fails; `u64::MAX` where nobody limits it.
    pub stale_if_error_until: u64,
    /// Unix seconds until which it may be served while it is fetched anew.
    pub stale_while_revalidate_until: u64,
    /// By which tags it can be invalidated.
    pub cache_tags: Option<Arc<CacheTags>>,
    /// The distribution that it belongs to.
    pub distribution_id: Box<str>,
    /// The path, with the query where the key has some of it: what an invalidation names.
    pub target: Box<str>,
}

/// A head with a response headers policy on.
#[derive(Clone, Debug)]
pub struct Dressed {
    /// The policy.
    pub policy: Arc<ResponseHeadersPolicy>,
    /// The head.
    pub head: Arc<SharedHead>,
}

/// What a stored answer consists of.
#[derive(Clone, Debug)]
pub enum Content {
    /// Head and whole body of the origin's answer, both shared with every answer that is made of them.
    Whole {
        /// Header fields, filtered once.
        head: Arc<SharedHead>,
        /// The body.
        body: Bytes,
    },
    /// The head of the origin's answer to a HEAD request.
    HeadOnly {
        /// Header fields, filtered once.
        head: Arc<SharedHead>,
        /// The length of the body that a GET request would get, where the origin says it.
        length: Option<u64>,
    },
    /// The head of the origin's answers to requests for parts, as if it were that of the whole, and the parts.
    Parts {
        /// Header fields, filtered once.
        head: Arc<SharedHead>,
        /// The parts.
        pieces: Pieces,
    },
    /// A page of CloudFront's own, which names the request that it answers.
    Page(ErrorPage),
}

impl Object {
    /// Header fields of the origin; none for a page of CloudFront's own.
    #[must_use]
    pub fn headers(&self) -> Option<&Headers> {
        match &self.content {
            Content::Whole { head, .. } | Content::HeadOnly { head, .. } | Content::Parts { head, .. } => {
                Some(head.headers())
            }
            Content::Page(_) => None,
        }
    }

    /// What it takes in the cache, but for the bookkeeping: the head counts twice, parsed and ready for the wire.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let content = match &self.content {
            Content::Whole { head, body } => head.wire().len() * 2 + body.len(),
            Content::HeadOnly { head, .. } => head.wire().len() * 2,
            Content::Parts { head, pieces } => head.wire().len() * 2 + pieces.bytes(),
            Content::Page(_) => 0,
        };
        let dressed = self.dressed.as_ref().map_or(0, |dressed| dressed.head.wire().len() * 2);
        let tags = self.cache_tags.as_ref().map_or(0, |tags| {
            tags.tags.iter().map(|tag| tag.len() + BYTES_PER_TAG).sum::<usize>() + size_of::<CacheTags>()
        });
        size_of::<Self>() + tags + dressed + self.distribution_id.len() + self.target.len() + content
    }

    /// Its labels in the cache: its tags.
    #[must_use]
    pub fn labels(&self) -> &[Box<str>] {
        self.cache_tags.as_ref().map_or(&[], |tags| &tags.tags)
    }

    /// Whether it may be served at `now` although the origin fails: an error never outlives its time.
    #[must_use]
    pub fn may_stand_in(&self, now: u64) -> bool {
        self.status < 400 && now < self.stale_if_error_until
    }
}

/// What a tag takes beside its text, in the object and in the index of the cache.
const BYTES_PER_TAG: usize = 128;
