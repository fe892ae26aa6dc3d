//! What becomes of a head that came: a request, trailers, or nothing. RFC 9113 §5.1.1, §6.2, §6.10 and §8.1.

use frontgate_message::{Body, Connection, Request, RequestHead, Version};
use tokio::time::Instant;

use super::calls::Answerer;
use super::connection::Viewer;
use super::ending::Going;
use super::frame::{ErrorCode, Fault, FrameHead, flag, without_padding};
use super::hpack::Broken;
use super::limits::{BLOCK_FACTOR, CONTINUATIONS_MAX, STREAM_WINDOW_BYTES};
use super::receive::protocol_error;
use super::request_body::request_body;
use super::request_head::{HeadFault, HeadReader, HeadSize, ParsedHead, Special, is_trailer};
use super::stream::{Phase, Stream};
use crate::Malformed;
use crate::server::Transport;

/// A head whose end has not come.
pub(super) struct Block {
    stream: u32,
    ends_stream: bool,
    bytes: Vec<u8>,
    continuations: u32,
}

impl<IO: Transport, A: Answerer> Viewer<'_, IO, A> {
    pub(super) fn headers(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        if head.stream.is_multiple_of(2) {
            return protocol_error("HEADERS for a stream that no viewer can open");
        }
        let mut block = without_padding(head, payload)?;
        if head.has(flag::PRIORITY) {
            let Some(rest) = block.get(PRIORITY_BYTES..) else {
                return Err(Fault::Connection(
                    ErrorCode::FrameSizeError,
                    "HEADERS is too short for a priority",
                ));
            };
            block = rest;
        }
        let ends_stream = head.has(flag::END_STREAM);
        if head.has(flag::END_HEADERS) {
            return self.whole_block(head.stream, ends_stream, block);
        }
        let bytes = block.to_vec();
        self.block = Some(Block { stream: head.stream, ends_stream, bytes, continuations: 0 });
        Ok(())
    }

    pub(super) fn continuation(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        let Some(mut block) = self.block.take().filter(|block| block.stream == head.stream) else {
            return protocol_error("CONTINUATION of nothing");
        };
        block.continuations += 1;
        block.bytes.extend_from_slice(payload);
        let bytes_max = self.worker.limits.head_bytes_max as usize * BLOCK_FACTOR;
        if block.continuations > CONTINUATIONS_MAX || block.bytes.len() > bytes_max {
            return Err(Fault::Connection(ErrorCode::EnhanceYourCalm, "a head does not end"));
        }
        if !head.has(flag::END_HEADERS) {
            self.block = Some(block);
            return Ok(());
        }
        self.whole_block(block.stream, block.ends_stream, &block.bytes)
    }

    fn whole_block(&mut self, id: u32, ends_stream: bool, block: &[u8]) -> Result<(), Fault> {
        if let Some(place) = self.streams.find(id) {
            return self.trailers(place, ends_stream, block);
        }
        if id <= self.last_stream {
            self.decoder.decode(block, |_| {}).map_err(compression_error)?;
            // What was on its way when we reset the stream.
            if self.reset_streams.contains(&id) {
                return Ok(());
            }
            if self.skipped_streams.contains(&id) {
                return protocol_error("the ids of streams do not grow");
            }
            return Err(Fault::Connection(ErrorCode::StreamClosed, "HEADERS for a stream that is closed"));
        }
        if matches!(self.going, Going::After(_)) {
            return self.decoder.decode(block, |_| {}).map_err(compression_error);
        }
        let next = self.last_stream + 1;
        self.last_stream = id;
        if id > next + 1 {
            self.skipped_streams = next..id;
        }
        if self.streams.count() >= self.worker.limits.streams_max as usize {
            self.decoder.decode(block, |_| {}).map_err(compression_error)?;
            if !ends_stream {
                self.remember_reset(id);
            }
            return Err(Fault::Stream(id, ErrorCode::RefusedStream));
        }
        let mut reader = HeadReader::new(&self.worker.limits, self.head_size);
        self.decoder.decode(block, |field| reader.field(field)).map_err(compression_error)?;
        let (special, parsed) = reader.finish();
        let is_short = ends_stream && special.content_length.is_some_and(|length| length > 0);
        match parsed {
            Err(HeadFault::Answered(malformed)) => self.refuse(id, ends_stream, special, malformed),
            Ok(head) if !is_short => self.open(id, ends_stream, special, head),
            _ => {
                if !ends_stream {
                    self.remember_reset(id);
                }
                return Err(Fault::Stream(id, ErrorCode::ProtocolError));
            }
        }
        Ok(())
    }

    fn trailers(&mut self, place: usize, ends_stream: bool, block: &[u8]) -> Result<(), Fault> {
        let mut are_sound = true;
        let decoded = self.decoder.decode(block, |field| are_sound &= is_trailer(field));
        decoded.map_err(compression_error)?;
        let stream = &self.streams[place];
        let id = stream.id;
        if stream.request_ended {
            return Err(Fault::Stream(id, ErrorCode::StreamClosed));
        }
        let is_short = stream.announced_bytes.is_some_and(|left| left > 0);
        if !ends_stream || !are_sound || is_short {
            return Err(Fault::Stream(id, ErrorCode::ProtocolError));
        }
        self.end_request(place);
        Ok(())
    }

    /// A request that is answered without asking the service.
    fn refuse(&mut self, id: u32, ends_stream: bool, special: Special, malformed: Malformed) {
        let place = self.open_stream(id, ends_stream, special);
        if !ends_stream {
            // Nobody reads its body.
            let (sender, body) = request_body(None, self.wakes.waker(place).clone(), false);
            self.streams[place].body = Some(sender);
            drop(body);
        }
        self.look_at_reader(place);
        let response = self.answerer.malformed(malformed);
        self.respond(place, response);
    }

    fn open(&mut self, id: u32, ends_stream: bool, special: Special, head: ParsedHead) {
        let place = self.open_stream(id, ends_stream, special);
        let body = if ends_stream {
            Body::Empty
        } else {
            let waker = self.wakes.waker(place).clone();
            let (sender, body) = request_body(special.content_length, waker, special.expects_continue);
            let due = Instant::now() + self.worker.limits.body_idle_timeout;
            let stream = &mut self.streams[place];
            stream.body = Some(sender);
            stream.request_due = Some(due);
            self.wake_at(due);
            body
        };
        let ParsedHead { method, target, host, headers } = head;
        self.head_size = HeadSize::of(&headers);
        let connection = Connection::for_next_request(&mut self.connection);
        let version = Version::Http2;
        let head = RequestHead { method, target, version, host, headers, connection, for_error_of: None };
        self.answerer.start(place, Request { head, body });
        self.advance(place);
    }

    fn open_stream(&mut self, id: u32, ends_stream: bool, special: Special) -> usize {
        self.waits.signs.served = true;
        self.streams.open(Stream {
            id,
            phase: Phase::Calling,
            is_head: special.is_head,
            request_ended: ends_stream,
            announced_bytes: special.content_length.filter(|_| !ends_stream),
            receive_window: STREAM_WINDOW_BYTES,
            expects_continue: special.expects_continue && !ends_stream,
            send_window: self.stream_send_window,
            ..Stream::default()
        })
    }
}

fn compression_error(Broken(why): Broken) -> Fault {
    Fault::Connection(ErrorCode::CompressionError, why)
}

/// Bytes of the priority that HEADERS may begin with.
const PRIORITY_BYTES: usize = 5;
