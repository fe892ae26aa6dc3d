//! What does a frame look like, and which errors are there? RFC 9113 §4.1, §6 and §7.

/// Bytes of a frame's head.
pub(super) const HEAD_BYTES: usize = 9;
/// The largest payload that we take: what every viewer may send without being asked (§4.2).
pub(super) const PAYLOAD_BYTES_MAX: usize = 16_384;
/// What a viewer sends first (§3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The kinds of frames that we know; others are ignored (§4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    Data,
    Headers,
    Priority,
    RstStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    Unknown,
}

/// The flags that we know; which of them a frame can have depends on its kind.
pub(super) mod flag {
    pub(in super::super) const ACK: u8 = 0x1;
    pub(in super::super) const END_STREAM: u8 = 0x1;
    pub(in super::super) const END_HEADERS: u8 = 0x4;
    pub(in super::super) const PADDED: u8 = 0x8;
    pub(in super::super) const PRIORITY: u8 = 0x20;
}

/// The parameters of SETTINGS (§6.5.2, RFC 9218 §2.1).
pub(super) mod setting {
    pub(in super::super) const HEADER_TABLE_SIZE: u16 = 1;
    pub(in super::super) const ENABLE_PUSH: u16 = 2;
    pub(in super::super) const MAX_CONCURRENT_STREAMS: u16 = 3;
    pub(in super::super) const INITIAL_WINDOW_SIZE: u16 = 4;
    pub(in super::super) const MAX_FRAME_SIZE: u16 = 5;
    pub(in super::super) const MAX_HEADER_LIST_SIZE: u16 = 6;
    pub(in super::super) const NO_RFC7540_PRIORITIES: u16 = 9;
}

/// Error codes (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorCode {
    NoError = 0,
    ProtocolError = 1,
    InternalError = 2,
    FlowControlError = 3,
    StreamClosed = 5,
    FrameSizeError = 6,
    RefusedStream = 7,
    Cancel = 8,
    CompressionError = 9,
    EnhanceYourCalm = 11,
}

/// What a frame did that it must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection ends (§5.4.1); the viewer is told why.
    Connection(ErrorCode, &'static str),
    /// The stream ends (§5.4.2).
    Stream(u32, ErrorCode),
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) length: usize,
    pub(super) kind: FrameKind,
    pub(super) flags: u8,
    pub(super) stream: u32,
}

impl FrameHead {
    /// The head that `bytes` begin with, once it is whole.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3, ..] = *bytes else { return None };
        Some(Self {
            length: usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2),
            kind: FrameKind::of(kind),
            flags,
            // The first bit is reserved and ignored.
            stream: u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]),
        })
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl FrameKind {
    fn of(kind: u8) -> Self {
        match kind {
            0 => Self::Data,
            1 => Self::Headers,
            2 => Self::Priority,
            3 => Self::RstStream,
            4 => Self::Settings,
            5 => Self::PushPromise,
            6 => Self::Ping,
            7 => Self::GoAway,
            8 => Self::WindowUpdate,
            9 => Self::Continuation,
            _ => Self::Unknown,
        }
    }
}

/// Writes the head of a frame.
pub(super) fn write_frame_head(length: usize, kind: FrameKind, flags: u8, stream: u32, out: &mut Vec<u8>) {
    let [.., l0, l1, l2] = length.to_be_bytes();
    let [s0, s1, s2, s3] = stream.to_be_bytes();
    out.extend_from_slice(&[l0, l1, l2, kind as u8, flags, s0, s1, s2, s3]);
}

/// The payload of DATA or HEADERS without its padding (§6.1).
pub(super) fn without_padding<'a>(head: &FrameHead, payload: &'a [u8]) -> Result<&'a [u8], Fault> {
    if !head.has(flag::PADDED) {
        return Ok(payload);
    }
    let unpadded = payload.split_first().and_then(|(padding, rest)| {
        let length = rest.len().checked_sub(usize::from(*padding))?;
        Some(&rest[..length])
    });
    unpadded.ok_or(Fault::Connection(ErrorCode::ProtocolError, "a frame is all padding"))
}

#[cfg(test)]
mod tests {
    use super::{FrameHead, FrameKind, flag, without_padding, write_frame_head};

    #[test]
    fn heads_come_back() {
        for (length, kind, flags, stream) in [
            (0, FrameKind::Settings, flag::ACK, 0),
            (16_384, FrameKind::Data, flag::END_STREAM, 1),
            (0x00ff_fffe, FrameKind::Continuation, flag::END_HEADERS, 0x7fff_ffff),
        ] {
            let mut out = Vec::new();
            write_frame_head(length, kind, flags, stream, &mut out);
            assert_eq!(FrameHead::read(&out), Some(FrameHead { length, kind, flags, stream }));
            assert_eq!(FrameHead::read(&out[..8]), None);
        }
        let reserved = FrameHead::read(&[0, 0, 0, 99, 0, 0xff, 0, 0, 1]).expect("it is whole");
        assert_eq!((reserved.stream, reserved.kind), (0x7f00_0001, FrameKind::Unknown));
    }

    #[test]
    fn padding_is_taken_off() {
        let rows: [(&[u8], Option<&[u8]>); 5] = [
            (b"\x02ab\0\0", Some(b"ab")),
            (b"\x00ab", Some(b"ab")),
            (b"\x02\0\0", Some(b"")),
            (b"\x03\0\0", None),
            (b"", None),
        ];
        for (payload, expected) in rows {
            let head =
                FrameHead { length: payload.len(), kind: FrameKind::Data, flags: flag::PADDED, stream: 1 };
            assert_eq!(without_padding(&head, payload).ok(), expected, "{payload:?}");
        }
    }
}
