//! How do interim answers of an origin (1xx) come to the viewer who waits for the final one?
//!
//! RFC 9110 §15.2: a proxy forwards them. Two of them are not forwarded: 100, which is said by who waits for the body, and
//! 101, which is no interim answer.
//!
//! The client that reads them is polled by the service, and the service by the viewer's connection, all in one poll of one
//! task. So they are handed over within the thread, from the innermost to the outermost, and nothing between them has to
//! know of it. What comes outside of a viewer's poll, an object that is fetched anew after its answer above all, is for
//! nobody.

use std::cell::Cell;

use frontgate_message::Headers;

/// An interim answer.
#[derive(Debug)]
pub(crate) struct Interim {
    pub(crate) status: u16,
    /// Without what concerns the origin's connection alone.
    pub(crate) headers: Headers,
}

thread_local! {
    /// What has come in the poll that is going on; `None`: nobody takes it.
    static GATHERED: Cell<Option<Vec<Interim>>> = const { Cell::new(None) };
}

/// Polls, and takes the interim answers that come meanwhile.
pub(crate) fn gather<T>(poll: impl FnOnce() -> T) -> (T, Vec<Interim>) {
    GATHERED.set(Some(Vec::new()));
    let polled = poll();
    (polled, GATHERED.take().unwrap_or_default())
}

/// Hands an interim answer to who gathers them.
pub(crate) fn hand_over(interim: Interim) {
    if let Some(mut gathered) = GATHERED.take() {
        gathered.push(interim);
        GATHERED.set(Some(gathered));
    }
}
