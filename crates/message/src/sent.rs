//! What became of an answer on its way to the viewer.

/// What was sent of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Bytes of head and body together; a head of HTTP/2 counts as it would be in HTTP/1.1.
    pub bytes: u64,
    /// Why there were no more.
    pub end: SentEnd,
}

/// How the sending of an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentEnd {
    /// Its body failed, or was not as long as announced.
    BodyFailed,
    /// The viewer took no more.
    ViewerGone,
    /// All was sent.
    Whole,
}

/// Who wants to know what became of an answer; told at most once, by the connection that sends it.
pub struct OnSent(Box<dyn FnOnce(Sent) + Send>);

impl OnSent {
    /// Calls `tell` once the answer is sent, or cannot be sent any further.
    #[must_use]
    pub fn new(tell: impl FnOnce(Sent) + Send + 'static) -> Self {
        Self(Box::new(tell))
    }

    /// Says it.
    pub fn tell(self, sent: Sent) {
        (self.0)(sent);
    }
}

impl std::fmt::Debug for OnSent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnSent")
    }
}
