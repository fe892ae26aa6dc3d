//! What becomes of a request's body, and when may the viewer send more of it? RFC 9113 §5.2 and §6.1.
//!
//! A server may answer before it has the whole request, and must then reset the stream with `NO_ERROR` (§8.1). Several
//! viewers take that for a failure and show no answer, so the rest is read and forgotten first, within limits.

use frontgate_message::BodyError;
use tokio::time::Instant;

use super::calls::Answerer;
use super::connection::Viewer;
use super::frame::{ErrorCode, Fault, FrameHead, FrameKind, flag, without_padding, write_frame_head};
use super::limits::{CONNECTION_WINDOW_BYTES, HELD_SILENCE, STREAM_WINDOW_BYTES};
use super::receive::protocol_error;
use super::stream::{Drain, Phase};
use crate::server::Transport;

/// A window is announced anew when half of it is used.
const STREAM_CREDIT_TO_TELL: u32 = STREAM_WINDOW_BYTES / 2;
const CONNECTION_CREDIT_TO_TELL: u32 = CONNECTION_WINDOW_BYTES / 2;

impl<IO: Transport, A: Answerer> Viewer<'_, IO, A> {
    pub(super) fn data(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        if head.stream == 0 || self.is_idle(head.stream) {
            return protocol_error("DATA for a stream that is not open");
        }
        let length = u32::try_from(head.length).unwrap_or(u32::MAX);
        let Some(window) = self.receive_window.checked_sub(length) else {
            return Err(Fault::Connection(ErrorCode::FlowControlError, "more DATA than the window allows"));
        };
        self.receive_window = window;
        let data = without_padding(head, payload)?;
        let Some(place) = self.streams.find(head.stream) else {
            self.give_credit(length);
            let is_expected = self.reset_streams.contains(&head.stream);
            return if is_expected {
                Ok(())
            } else {
                Err(Fault::Stream(head.stream, ErrorCode::StreamClosed))
            };
        };
        let ends = head.has(flag::END_STREAM);
        if data.is_empty() && !ends {
            self.spend_idle_frame()?;
        }
        let stream = &mut self.streams[place];
        let fault = if stream.request_ended {
            Some(ErrorCode::StreamClosed)
        } else if length > stream.receive_window {
            Some(ErrorCode::FlowControlError)
        } else {
            let left = stream.announced_bytes.map(|left| left.checked_sub(data.len() as u64));
            stream.announced_bytes = left.flatten();
            // More than announced, or less; less of what nobody wants is no fault: curl stops so, once it has seen an error,
            // and still waits for the end of the answer.
            let is_short = ends && stream.drain.is_none() && matches!(left, Some(Some(1..)));
            let is_wrong = matches!(left, Some(None)) || is_short;
            is_wrong.then_some(ErrorCode::ProtocolError)
        };
        if let Some(code) = fault {
            self.give_credit(length);
            return Err(Fault::Stream(head.stream, code));
        }
        stream.receive_window -= length;
        stream.has_received = true;
        self.deliver(place, data, length);
        if ends {
            self.end_request(place);
        }
        Ok(())
    }

    fn deliver(&mut self, place: usize, data: &[u8], length: u32) {
        let stream = &mut self.streams[place];
        let data_length = u32::try_from(data.len()).unwrap_or(length);
        let is_wanted = stream.body.as_ref().is_some_and(|body| !data.is_empty() && body.send(data));
        if is_wanted {
            stream.unread_bytes += data_length;
            // The padding needs no reader.
            stream.credit += length - data_length;
            self.give_credit(length - data_length);
            return;
        }
        stream.credit += length;
        self.give_credit(length);
        self.note_drained(place, data_length);
    }

    /// All of the request has come.
    pub(super) fn end_request(&mut self, place: usize) {
        let stream = &mut self.streams[place];
        stream.request_ended = true;
        if let Some(body) = &stream.body {
            body.end(Ok(()));
        }
        if stream.phase == Phase::Answered {
            self.close_stream(place);
        } else {
            self.release_end(place);
        }
    }

    /// Looks at what the reader of a request's body did.
    pub(super) fn look_at_reader(&mut self, place: usize) {
        let stream = &mut self.streams[place];
        let Some(body) = &stream.body else { return };
        let reading = body.reading();
        let taken = reading.taken.min(stream.unread_bytes);
        stream.unread_bytes -= taken;
        stream.credit += taken;
        if reading.waits && stream.phase == Phase::Calling && std::mem::take(&mut stream.expects_continue) {
            let (id, out) = (stream.id, &mut self.output.frames);
            write_frame_head(CONTINUE.len(), FrameKind::Headers, flag::END_HEADERS, id, out);
            out.extend_from_slice(CONTINUE);
        }
        if reading.is_gone && !stream.request_ended {
            stream.body = None;
            let unread_bytes = std::mem::take(&mut stream.unread_bytes);
            stream.credit += unread_bytes;
            let due = Instant::now() + self.worker.limits.drain_timeout;
            stream.drain = Some(Drain { due: Some(due), ..Drain::default() });
            self.wake_at(due);
            self.give_credit(taken + unread_bytes);
            return self.note_drained(place, unread_bytes);
        }
        self.give_credit(taken);
        self.tell_credit(place);
    }

    /// So many bytes were read and forgotten.
    fn note_drained(&mut self, place: usize, bytes: u32) {
        let limits = &self.worker.limits;
        if let Some(drain) = &mut self.streams[place].drain {
            drain.bytes += u64::from(bytes);
            if drain.bytes > limits.drain_bytes_max {
                drain.due = None;
                return self.end_drained(place);
            }
        }
        self.tell_credit(place);
    }

    /// The rest of a body is not worth reading: once its answer is sent, the stream is reset.
    pub(super) fn end_drained(&mut self, place: usize) {
        let stream = &self.streams[place];
        let is_over = stream.drain.as_ref().is_some_and(|drain| drain.due.is_none());
        if stream.phase == Phase::Answered && is_over {
            self.reset_stream(place, ErrorCode::NoError);
        } else if is_over {
            self.release_end(place);
        }
    }

    /// The viewer gets more room on a stream, where that is worth a frame.
    fn tell_credit(&mut self, place: usize) {
        let stream = &mut self.streams[place];
        let is_over = stream.drain.as_ref().is_some_and(|drain| drain.due.is_none());
        if stream.credit >= STREAM_CREDIT_TO_TELL && !stream.request_ended && !is_over {
            let credit = std::mem::take(&mut stream.credit);
            stream.receive_window += credit;
            self.output.window_update(stream.id, credit);
        }
    }

    /// The viewer gets more room on the connection.
    pub(super) fn give_credit(&mut self, bytes: u32) {
        self.credit += bytes;
        if self.credit >= CONNECTION_CREDIT_TO_TELL {
            let credit = std::mem::take(&mut self.credit);
            self.receive_window += credit;
            self.output.window_update(0, credit);
        }
    }

    /// Looks for streams whose time has come, and when the next one's will.
    pub(super) fn look_at_dues(&mut self, now: Instant) {
        for place in self.streams.places() {
            let stream = &mut self.streams[place];
            if stream.stall.as_ref().is_some_and(|stall| stall.due <= now) {
                self.reset_stream(place, ErrorCode::Cancel);
                continue;
            }
            if stream.request_due.is_some_and(|due| due <= now) {
                self.look_at_silence(place, now);
            }
            let stream = &mut self.streams[place];
            if let Some(drain) = &mut stream.drain {
                drain.due.take_if(|due| *due <= now);
                if drain.silent_at.take_if(|due| *due <= now).is_some() {
                    drain.is_silent = !std::mem::take(&mut stream.has_received);
                    drain.silent_at = (!drain.is_silent).then_some(now + HELD_SILENCE);
                }
            }
            let dues = [
                stream.stall.as_ref().map(|stall| stall.due),
                stream.request_due,
                stream.drain.as_ref().and_then(|drain| drain.due),
                stream.drain.as_ref().and_then(|drain| drain.silent_at),
            ];
            let is_silent = stream.drain.as_ref().is_some_and(|drain| drain.is_silent);
            dues.into_iter().flatten().for_each(|due| self.wake_at(due));
            if is_silent {
                self.release_end(place);
            }
            self.end_drained(place);
        }
    }

    /// Nothing of a request's body may have come for long: then its reader waits in vain.
    fn look_at_silence(&mut self, place: usize, now: Instant) {
        let stream = &mut self.streams[place];
        let is_over = stream.request_ended || stream.body.is_none();
        // Somebody who is given no room is not silent.
        if std::mem::take(&mut stream.has_received) || stream.unread_bytes > 0 {
            stream.request_due = Some(now + self.worker.limits.body_idle_timeout).filter(|_| !is_over);
            return;
        }
        stream.request_due = None;
        if let Some(body) = stream.body.take_if(|_| !is_over) {
            body.end(Err(BodyError::TimedOut));
            stream.drain = Some(Drain::default());
        }
    }
}

/// `:status: 100`
const CONTINUE: &[u8] = b"\x08\x03100";
