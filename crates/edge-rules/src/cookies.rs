//! The cookies of a request: `name=value` pairs, sorted by name as CloudFront forwards them.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Cookies.html>.

use frontgate_message::Headers;

use crate::config::Behavior;
use crate::selection::{Fate, cookie_fate};

/// One cookie as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookie<'a> {
    /// Its name.
    pub(crate) name: &'a [u8],
    /// `name=value`
    pub(crate) pair: &'a [u8],
}

/// The well-formed cookies in the order in which they were sent. What is no `name=value` and what starts with `$` is
/// left out, as CloudFront leaves it out.
pub(crate) fn cookies(headers: &Headers) -> impl Iterator<Item = Cookie<'_>> {
    headers.all("Cookie").flat_map(|value| value.split(|byte| *byte == b';')).filter_map(|part| {
        let pair = part.trim_ascii();
        let name_length = memchr::memchr(b'=', pair)?;
        (name_length > 0 && pair[0] != b'$').then(|| Cookie { name: &pair[..name_length], pair })
    })
}

/// Hands the cookies with that fate to `take`, sorted by name. It allocates only past [`SORTED_IN_PLACE_MAX`] cookies.
pub(crate) fn for_each_sorted<'a>(
    behavior: &Behavior,
    headers: &'a Headers,
    wanted: impl Fn(Fate) -> bool,
    mut take: impl FnMut(Cookie<'a>),
) {
    const NOTHING: Cookie<'_> = Cookie { name: b"", pair: b"" };
    let chosen = || cookies(headers).filter(|cookie| wanted(cookie_fate(behavior, cookie.name)));
    let mut place = [NOTHING; SORTED_IN_PLACE_MAX];
    let mut count = 0;
    for cookie in chosen() {
        if let Some(slot) = place.get_mut(count) {
            *slot = cookie;
        }
        count += 1;
    }
    if let Some(few) = place.get_mut(..count) {
        insertion_sort(few);
        few.iter().for_each(|cookie| take(*cookie));
    } else {
        let mut many: Vec<Cookie<'_>> = chosen().collect();
        many.sort_by_key(|cookie| cookie.name);
        many.into_iter().for_each(take);
    }
}

/// How many cookies are sorted without an allocation.
const SORTED_IN_PLACE_MAX: usize = 24;

/// Stable, and without the allocation of the standard library's stable sort.
fn insertion_sort(cookies: &mut [Cookie<'_>]) {
    for sorted in 1..cookies.len() {
        let mut at = sorted;
        while at > 0 && cookies[at - 1].name > cookies[at].name {
            cookies.swap(at - 1, at);
            at -= 1;
        }
    }
}
