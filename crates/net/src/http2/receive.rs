//! What does a frame that came mean? RFC 9113 §5.1 and §6.

use super::calls::Answerer;
use super::connection::{Greeted, Viewer};
use super::frame::{ErrorCode, Fault, FrameHead, FrameKind, HEAD_BYTES, PAYLOAD_BYTES_MAX, flag, setting};
use super::limits::WINDOW_BYTES_MAX;
use super::stream::Phase;
use crate::server::Transport;

impl<IO: Transport, A: Answerer> Viewer<'_, IO, A> {
    /// Uses the frame that `bytes` begin with, once it is whole; says how long it is.
    pub(super) fn take_frame(&mut self, bytes: &[u8]) -> Option<usize> {
        let head = FrameHead::read(bytes)?;
        if head.length > PAYLOAD_BYTES_MAX {
            self.fail(ErrorCode::FrameSizeError, "a frame is longer than 16,384 bytes");
            return Some(bytes.len());
        }
        let length = HEAD_BYTES + head.length;
        let payload = bytes.get(HEAD_BYTES..length)?;
        match self.frame(&head, payload) {
            Ok(()) => {}
            Err(Fault::Stream(stream, code)) => self.reset_faulty(stream, code),
            Err(Fault::Connection(code, why)) => self.fail(code, why),
        }
        Some(length)
    }

    fn frame(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        if self.greeted == Greeted::Preface {
            if head.kind != FrameKind::Settings || head.has(flag::ACK) {
                return protocol_error("the first frame is not SETTINGS");
            }
            self.greeted = Greeted::Settings;
        }
        if self.block.is_some() && head.kind != FrameKind::Continuation {
            return protocol_error("another frame comes before the end of a head");
        }
        match head.kind {
            FrameKind::Data => self.data(head, payload),
            FrameKind::Headers => self.headers(head, payload),
            FrameKind::Continuation => self.continuation(head, payload),
            FrameKind::Priority => self.priority(head),
            FrameKind::RstStream => self.rst_stream(head, payload),
            FrameKind::Settings => self.settings(head, payload),
            FrameKind::PushPromise => protocol_error("a viewer promises a push"),
            FrameKind::Ping => self.ping(head, payload),
            FrameKind::GoAway => self.go_away(head),
            FrameKind::WindowUpdate => self.window_update(head, payload),
            FrameKind::Unknown => self.spend_idle_frame(),
        }
    }

    /// A frame that costs us work and brings nothing.
    pub(super) fn spend_idle_frame(&mut self) -> Result<(), Fault> {
        if self.idle_frames.spend() {
            return Ok(());
        }
        Err(Fault::Connection(ErrorCode::EnhanceYourCalm, "too many frames that bring nothing"))
    }

    /// A stream that ended before its answer was sent.
    pub(super) fn spend_reset(&mut self) -> Result<(), Fault> {
        if self.resets.spend() {
            return Ok(());
        }
        Err(Fault::Connection(ErrorCode::EnhanceYourCalm, "too many streams are reset"))
    }

    /// Resets a stream for a fault of the viewer's.
    fn reset_faulty(&mut self, stream: u32, code: ErrorCode) {
        match self.streams.find(stream) {
            Some(place) => self.reset_stream(place, code),
            None => self.output.reset(stream, code),
        }
        if let Err(Fault::Connection(code, why)) = self.spend_reset() {
            self.fail(code, why);
        }
    }

    /// Whether a stream has never been opened.
    pub(super) fn is_idle(&self, stream: u32) -> bool {
        stream > self.last_stream || stream.is_multiple_of(2)
    }

    /// §5.3: what viewers say about priorities is read and ignored.
    fn priority(&mut self, head: &FrameHead) -> Result<(), Fault> {
        match (head.stream, head.length) {
            (0, _) => protocol_error("PRIORITY without a stream"),
            (_, 5) => self.spend_idle_frame(),
            (stream, _) => Err(Fault::Stream(stream, ErrorCode::FrameSizeError)),
        }
    }

    fn rst_stream(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        if payload.len() != 4 {
            return size_error("RST_STREAM is not 4 bytes long");
        }
        if head.stream == 0 || self.is_idle(head.stream) {
            return protocol_error("RST_STREAM for a stream that is not open");
        }
        let Some(place) = self.streams.find(head.stream) else { return Ok(()) };
        let was_answered = self.streams[place].phase == Phase::Answered;
        self.close_stream(place);
        if was_answered { Ok(()) } else { self.spend_reset() }
    }

    fn settings(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        if head.stream != 0 {
            return protocol_error("SETTINGS for a stream");
        }
        if head.has(flag::ACK) {
            return if payload.is_empty() { Ok(()) } else { size_error("SETTINGS with ACK is not empty") };
        }
        if !payload.len().is_multiple_of(6) {
            return size_error("SETTINGS is not made of pairs");
        }
        self.spend_idle_frame()?;
        for pair in payload.chunks_exact(6) {
            let name = u16::from_be_bytes([pair[0], pair[1]]);
            self.setting(name, u32::from_be_bytes([pair[2], pair[3], pair[4], pair[5]]))?;
        }
        self.output.settings_ack();
        Ok(())
    }

    fn setting(&mut self, name: u16, value: u32) -> Result<(), Fault> {
        match name {
            setting::HEADER_TABLE_SIZE => self.encoder.resize(value),
            setting::ENABLE_PUSH if value > 1 => return protocol_error("ENABLE_PUSH is neither 0 nor 1"),
            setting::INITIAL_WINDOW_SIZE => return self.change_initial_window(i64::from(value)),
            // We never send larger frames than every viewer takes.
            setting::MAX_FRAME_SIZE if !(16_384..=0x00ff_ffff).contains(&value) => {
                return protocol_error("MAX_FRAME_SIZE is out of its range");
            }
            _ => {}
        }
        Ok(())
    }

    /// §6.9.2: the windows of open streams change, too, and may become negative.
    fn change_initial_window(&mut self, bytes: i64) -> Result<(), Fault> {
        if bytes > WINDOW_BYTES_MAX {
            return Err(Fault::Connection(ErrorCode::FlowControlError, "INITIAL_WINDOW_SIZE is too large"));
        }
        let difference = bytes - std::mem::replace(&mut self.stream_send_window, bytes);
        for place in self.streams.places() {
            let stream = &mut self.streams[place];
            stream.send_window += difference;
            if stream.send_window > WINDOW_BYTES_MAX {
                return Err(Fault::Connection(ErrorCode::FlowControlError, "a window is too large"));
            }
            if stream.send_window > 0 {
                self.enqueue(place);
            }
        }
        Ok(())
    }

    fn ping(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        if head.stream != 0 {
            return protocol_error("PING for a stream");
        }
        if payload.len() != 8 {
            return size_error("PING is not 8 bytes long");
        }
        self.spend_idle_frame()?;
        if head.has(flag::ACK) {
            self.pong();
        } else {
            self.output.ping(flag::ACK, payload);
        }
        Ok(())
    }

    /// The viewer will send no more requests; those that it has sent are answered.
    fn go_away(&mut self, head: &FrameHead) -> Result<(), Fault> {
        match (head.stream, head.length) {
            (0, 8..) => {
                self.take_no_more();
                Ok(())
            }
            (0, _) => size_error("GOAWAY is too short"),
            _ => protocol_error("GOAWAY for a stream"),
        }
    }

    fn window_update(&mut self, head: &FrameHead, payload: &[u8]) -> Result<(), Fault> {
        let Ok(payload) = <[u8; 4]>::try_from(payload) else {
            return size_error("WINDOW_UPDATE is not 4 bytes long");
        };
        let bytes = i64::from(u32::from_be_bytes(payload) & 0x7fff_ffff);
        if head.stream == 0 {
            self.send_window += bytes;
            if bytes == 0 {
                return protocol_error("WINDOW_UPDATE of nothing");
            }
            if self.send_window > WINDOW_BYTES_MAX {
                return Err(Fault::Connection(ErrorCode::FlowControlError, "the window is too large"));
            }
            return Ok(());
        }
        if self.is_idle(head.stream) {
            return protocol_error("WINDOW_UPDATE for a stream that is not open");
        }
        // It may have ended while the frame was on its way.
        let Some(place) = self.streams.find(head.stream) else { return Ok(()) };
        let stream = &mut self.streams[place];
        stream.send_window += bytes;
        if bytes == 0 {
            return Err(Fault::Stream(head.stream, ErrorCode::ProtocolError));
        }
        if stream.send_window > WINDOW_BYTES_MAX {
            return Err(Fault::Stream(head.stream, ErrorCode::FlowControlError));
        }
        self.enqueue(place);
        Ok(())
    }
}

/// The viewer breaks the protocol.
pub(super) fn protocol_error(why: &'static str) -> Result<(), Fault> {
    Err(Fault::Connection(ErrorCode::ProtocolError, why))
}

fn size_error(why: &'static str) -> Result<(), Fault> {
    Err(Fault::Connection(ErrorCode::FrameSizeError, why))
}
