//! Where does a stream stand? RFC 9113 §5.1.

use tokio::time::Instant;

use super::answer::AnswerBody;
use super::request_body::BodySender;

/// A stream that is open, or half closed.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) id: u32,
    pub(super) phase: Phase,
    pub(super) is_head: bool,

    /// All of the request has come.
    pub(super) request_ended: bool,
    /// The reader of the request's body.
    pub(super) body: Option<BodySender>,
    /// Bytes of the body that are still to come, where their number was announced.
    pub(super) announced_bytes: Option<u64>,
    /// Bytes that the viewer may send.
    pub(super) receive_window: u32,
    /// Bytes that came and that the reader has not taken.
    pub(super) unread_bytes: u32,
    /// Bytes that were taken, but for which the viewer has not got room yet.
    pub(super) credit: u32,
    /// The viewer waits for `100 Continue`.
    pub(super) expects_continue: bool,
    /// When something more of the request must have come, and whether it has.
    pub(super) request_due: Option<Instant>,
    pub(super) has_received: bool,
    /// What nobody wants of the body is read and forgotten.
    pub(super) drain: Option<Drain>,

    /// Bytes that the viewer takes; a change of its settings can make it negative.
    pub(super) send_window: i64,
    /// What is left to send.
    pub(super) answer: Option<AnswerBody>,
    /// The end of the answer waits for the end of the request.
    pub(super) is_held: bool,
    /// It is in the queue of those who have something to send.
    pub(super) is_queued: bool,
    /// When the viewer must have taken something.
    pub(super) stall: Option<Stall>,
}

/// What is being done with a stream's request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// The service is being asked.
    #[default]
    Calling,
    /// The answer is being sent.
    Answering,
    /// All of the answer is on its way.
    Answered,
}

/// The rest of a body that nobody wants.
#[derive(Default)]
pub(super) struct Drain {
    pub(super) bytes: u64,
    /// When it must have ended; nothing once that was too long, or too much.
    pub(super) due: Option<Instant>,
    /// When more of it must have come while the end of the answer waits for it.
    pub(super) silent_at: Option<Instant>,
    /// It did not come.
    pub(super) is_silent: bool,
}

/// A wait for room in the viewer's windows.
pub(super) struct Stall {
    pub(super) due: Instant,
    /// Bytes that it took since.
    pub(super) bytes: usize,
}

/// The streams of a connection, each at a place that is used again.
#[derive(Default)]
pub(super) struct Streams {
    /// The ids by place; 0 where there is none.
    ids: Vec<u32>,
    streams: Vec<Stream>,
    free: Vec<usize>,
}

impl Streams {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.streams.len() - self.free.len()
    }

    /// The place of a stream.
    pub(super) fn find(&self, id: u32) -> Option<usize> {
        self.ids.iter().position(|own| *own == id && id != 0)
    }

    /// Whether there is a stream at that place.
    pub(super) fn is_open(&self, place: usize) -> bool {
        self.ids.get(place).is_some_and(|id| *id != 0)
    }

    /// Gives a stream a place.
    pub(super) fn open(&mut self, stream: Stream) -> usize {
        match self.free.pop() {
            Some(place) => {
                self.ids[place] = stream.id;
                self.streams[place] = stream;
                place
            }
            None => {
                self.ids.push(stream.id);
                self.streams.push(stream);
                self.streams.len() - 1
            }
        }
    }

    /// Takes a stream out.
    pub(super) fn close(&mut self, place: usize) -> Stream {
        self.ids[place] = 0;
        self.free.push(place);
        std::mem::take(&mut self.streams[place])
    }

    /// The places that have a stream.
    pub(super) fn places(&self) -> Vec<usize> {
        (0..self.ids.len()).filter(|place| self.is_open(*place)).collect()
    }

    /// Gives the memory of places back, when there is no stream.
    pub(super) fn shrink_to(&mut self, count: usize) {
        if self.count() == 0 && self.streams.len() > count {
            *self = Self::default();
        }
    }
}

impl std::ops::Index<usize> for Streams {
    type Output = Stream;

    fn index(&self, place: usize) -> &Stream {
        &self.streams[place]
    }
}

impl std::ops::IndexMut<usize> for Streams {
    fn index_mut(&mut self, place: usize) -> &mut Stream {
        &mut self.streams[place]
    }
}
