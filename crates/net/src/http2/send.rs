//! What is sent next? Small answers at once; large ones a frame at a time, in turns, as far as the windows allow: RFC 9113
//! §5.2 and §6.9.

use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_message::{Body, Response, SentEnd};
use tokio::time::Instant;

use super::answer::{AnswerBody, AnswerHead, Watched, write_head, write_interim};
use super::calls::Answerer;
use super::connection::Viewer;
use super::frame::{ErrorCode, FrameKind, flag, write_frame_head};
use super::limits::{DATA_BYTES_MAX, HELD_SILENCE, OUTPUT_BYTES_MAX, STALL_BYTES_MIN};
use super::stream::{Phase, Stall};
use crate::interim::gather;
use crate::server::{Transport, poll_caught};

/// What came of a stream's turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It sent something, and may have more.
    Sent,
    /// It waits for its body or its own window, or has ended.
    Waits,
    /// It waits for the connection's window.
    NoRoom,
}

impl<IO: Transport, A: Answerer> Viewer<'_, IO, A> {
    /// Continues what is being done for a stream.
    pub(super) fn advance(&mut self, place: usize) {
        if self.streams[place].phase == Phase::Calling {
            let waker = self.wakes.waker(place);
            let mut context = Context::from_waker(waker);
            let (polled, gathered) = gather(|| self.answerer.poll(place, &mut context, self.worker));
            for interim in &gathered {
                write_interim(self.streams[place].id, interim, &mut self.encoder, &mut self.output.frames);
            }
            match polled {
                Poll::Pending => {}
                Poll::Ready(Ok(response)) => {
                    self.look_at_reader(place);
                    self.respond(place, response);
                }
                Poll::Ready(Err(_)) => self.reset_stream(place, ErrorCode::InternalError),
            }
        } else {
            self.enqueue(place);
        }
        if self.streams.is_open(place) {
            self.look_at_reader(place);
        }
    }

    /// Begins to send an answer.
    pub(super) fn respond(&mut self, place: usize, mut response: Response) {
        let stream = &mut self.streams[place];
        stream.phase = Phase::Answering;
        let head = AnswerHead::of(&response, stream.is_head);
        let on_sent = response.on_sent.take();
        let body =
            if head.has_no_body { Body::Empty } else { std::mem::replace(&mut response.body, Body::Empty) };
        let ends = matches!(&body, Body::Empty) || matches!(&body, Body::Full(bytes) if bytes.is_empty());
        let flags = if ends { flag::END_STREAM } else { 0 };
        let (worker, out) = (self.worker, &mut self.output.frames);
        let write_date = |out: &mut Vec<u8>| worker.write_date(out);
        let head_bytes = write_head((stream.id, flags), &head, &response, write_date, &mut self.encoder, out);
        let mut watched = Watched::new(on_sent, head_bytes);
        match body {
            _ if ends => {
                watched.end(SentEnd::Whole);
                self.answered(place);
            }
            Body::Full(bytes) if self.has_room_for(place, bytes.len()) && !self.holds_end(place) => {
                watched.sent(bytes.len());
                self.write_data(place, bytes, flag::END_STREAM);
                watched.end(SentEnd::Whole);
                self.answered(place);
            }
            body => {
                self.streams[place].answer = Some(AnswerBody::new(body, watched));
                self.enqueue(place);
            }
        }
    }

    /// Whether a whole body can go at once.
    fn has_room_for(&self, place: usize, length: usize) -> bool {
        let window = self.send_window.min(self.streams[place].send_window);
        length <= DATA_BYTES_MAX
            && i64::try_from(length).is_ok_and(|length| length <= window)
            && self.output.pending_bytes() < OUTPUT_BYTES_MAX
    }

    fn write_data(&mut self, place: usize, data: Bytes, flags: u8) {
        let stream = &mut self.streams[place];
        let length = i64::try_from(data.len()).unwrap_or(i64::MAX);
        stream.send_window -= length;
        self.send_window -= length;
        write_frame_head(data.len(), FrameKind::Data, flags, stream.id, &mut self.output.frames);
        self.output.push_body(data);
    }

    /// Gives a stream a turn.
    pub(super) fn enqueue(&mut self, place: usize) {
        let stream = &mut self.streams[place];
        if stream.answer.is_some() && !std::mem::replace(&mut stream.is_queued, true) {
            self.queue.push_back(place);
        }
    }

    /// Gives turns until enough is waiting to be written (true), or nobody can send.
    pub(super) fn fill_output(&mut self) -> bool {
        let mut without_room = 0;
        while without_room < self.queue.len() {
            if self.output.pending_bytes() >= OUTPUT_BYTES_MAX {
                return true;
            }
            let Some(place) = self.queue.pop_front() else { break };
            // Its stream may have ended since, and its place may have another.
            if !self.streams.is_open(place) || !self.streams[place].is_queued {
                continue;
            }
            match self.turn(place) {
                Turn::Sent => {
                    self.queue.push_back(place);
                    without_room = 0;
                }
                Turn::NoRoom => {
                    self.queue.push_back(place);
                    without_room += 1;
                }
                Turn::Waits if self.streams.is_open(place) => self.streams[place].is_queued = false,
                Turn::Waits => {}
            }
        }
        false
    }

    fn turn(&mut self, place: usize) -> Turn {
        match self.poll_chunk(place) {
            Poll::Pending => return Turn::Waits,
            Poll::Ready(Some(true)) => {}
            Poll::Ready(Some(false)) => {
                self.write_data(place, Bytes::new(), flag::END_STREAM);
                self.end_answer(place, SentEnd::Whole);
                return Turn::Waits;
            }
            Poll::Ready(None) => {
                self.end_answer_broken(place);
                return Turn::Waits;
            }
        }
        let stream = &mut self.streams[place];
        let Some(answer) = &mut stream.answer else { return Turn::Waits };
        let window = self.send_window.min(stream.send_window);
        let Some(room) = usize::try_from(window).ok().filter(|room| *room > 0) else {
            return self.stall(place);
        };
        if answer.chunk.len() <= room && answer.is_complete() && self.holds_end(place) {
            self.hold_end(place);
            return Turn::Waits;
        }
        let stream = &mut self.streams[place];
        let Some(answer) = &mut stream.answer else { return Turn::Waits };
        let data = answer.take(room.min(answer.chunk.len()).min(DATA_BYTES_MAX));
        if stream.stall.as_mut().is_some_and(|stall| {
            stall.bytes += data.len();
            stall.bytes >= STALL_BYTES_MIN
        }) {
            stream.stall = None;
        }
        // An end that is known goes with the last bytes.
        let may_end = answer.chunk.is_empty() && answer.is_complete();
        if may_end && self.poll_chunk(place) == Poll::Ready(Some(false)) {
            self.write_data(place, data, flag::END_STREAM);
            self.end_answer(place, SentEnd::Whole);
            return Turn::Waits;
        }
        self.write_data(place, data, 0);
        Turn::Sent
    }

    /// Whether the last bytes of an answer wait, because the viewer is still sending what nobody wants: some viewers, curl
    /// among them, read nothing any more once they have an answer, and never see that there is room for the rest.
    fn holds_end(&self, place: usize) -> bool {
        let stream = &self.streams[place];
        let Some(drain) = &stream.drain else { return false };
        let comes = drain.bytes > 0 || stream.announced_bytes.is_some_and(|bytes| bytes > 0);
        let is_over = drain.due.is_none() || drain.is_silent || stream.request_ended;
        comes && !is_over && !stream.expects_continue
    }

    fn hold_end(&mut self, place: usize) {
        let due = Instant::now() + HELD_SILENCE;
        let stream = &mut self.streams[place];
        stream.is_held = true;
        stream.has_received = false;
        if let Some(drain) = &mut stream.drain {
            drain.silent_at = Some(due);
        }
        self.wake_at(due);
    }

    /// The end of an answer waits no longer.
    pub(super) fn release_end(&mut self, place: usize) {
        if std::mem::take(&mut self.streams[place].is_held) {
            self.enqueue(place);
        }
    }

    /// Whether there is a chunk to send: true, no more of them, or nothing where the body is broken.
    fn poll_chunk(&mut self, place: usize) -> Poll<Option<bool>> {
        let Some(answer) = &mut self.streams[place].answer else { return Poll::Pending };
        if !answer.chunk.is_empty() {
            return Poll::Ready(Some(true));
        }
        let mut context = Context::from_waker(self.wakes.waker(place));
        let mut chunk = None;
        let polled = poll_caught(&mut context, self.worker, self.connection.peer, |context| {
            answer.poll_chunk(context).map(|polled| chunk = polled.ok())
        });
        // What is sent may be what the request's body brings.
        self.look_at_reader(place);
        polled.map(|()| chunk)
    }

    /// A stream waits for the viewer to make room, but not forever.
    fn stall(&mut self, place: usize) -> Turn {
        let stream = &mut self.streams[place];
        let turn = if stream.send_window > 0 { Turn::NoRoom } else { Turn::Waits };
        if stream.stall.is_none() {
            let due = Instant::now() + self.worker.limits.body_idle_timeout;
            stream.stall = Some(Stall { due, bytes: 0 });
            self.wake_at(due);
        }
        turn
    }

    fn end_answer(&mut self, place: usize, end: SentEnd) {
        if let Some(answer) = self.streams[place].answer.take() {
            answer.end(end);
        }
        self.answered(place);
    }

    fn end_answer_broken(&mut self, place: usize) {
        if let Some(answer) = self.streams[place].answer.take() {
            answer.end(SentEnd::BodyFailed);
        }
        self.reset_stream(place, ErrorCode::InternalError);
    }

    /// All of an answer is on its way.
    fn answered(&mut self, place: usize) {
        let stream = &mut self.streams[place];
        stream.phase = Phase::Answered;
        stream.stall = None;
        if stream.request_ended {
            self.close_stream(place);
        } else {
            self.end_drained(place);
        }
    }

    /// Ends a stream before its end.
    pub(super) fn reset_stream(&mut self, place: usize, code: ErrorCode) {
        let stream = &self.streams[place];
        let (id, request_ended) = (stream.id, stream.request_ended);
        self.output.reset(id, code);
        if !request_ended {
            self.remember_reset(id);
        }
        self.close_stream(place);
    }

    /// Forgets a stream and all that is done for it.
    pub(super) fn close_stream(&mut self, place: usize) {
        self.answerer.forget(place);
        let stream = self.streams.close(place);
        self.give_credit(stream.unread_bytes);
        self.waits.signs.served = true;
    }
}
