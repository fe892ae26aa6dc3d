//! Who is let in to protected content?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html>.

use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::pitfalls::protected_behavior_shadowed;
use frontgate_edge_rules::signed::{TrustedKeys, judge};

use crate::exchange::Exchange;
use crate::serve::{Asked, Edge};

impl<O> Edge<O> {
    /// The answer to a request whose behavior demands a signature that it has not.
    #[inline]
    pub(crate) fn unsigned(&self, asked: &Asked<'_>, x: &mut Exchange) -> Option<ErrorPage> {
        asked.behavior.trusted_keys.as_deref().and_then(|keys| self.unsigned_for(keys, asked, x))
    }

    #[inline(never)]
    fn unsigned_for(&self, keys: &TrustedKeys, asked: &Asked<'_>, x: &mut Exchange) -> Option<ErrorPage> {
        let mut memory = self.signatures.borrow_mut();
        match judge(keys, asked.distribution, asked.head, x.now, &mut memory) {
            Ok(fact) => {
                x.trace.note(fact);
                None
            }
            Err(refusal) => {
                x.trace.note(refusal.fact);
                refusal.hint.into_iter().for_each(|hint| x.trace.note(hint));
                Some(refusal.page)
            }
        }
    }
}

/// Notes that the path is that of a protected behavior, too, which an open one stands before.
pub(crate) fn note_protected_behavior(asked: &Asked<'_>, x: &mut Exchange) {
    let Asked { distribution, behavior, head, .. } = *asked;
    if let Some(fact) = protected_behavior_shadowed(distribution, behavior, head.target.path()) {
        x.trace.note(fact);
    }
}
