//! How much of everything is allowed on one connection? What a viewer can ask of us at little cost to itself has a limit.
//!
//! RFC 9113 §10.5. The limits of whole requests are in [`crate::Limits`].

/// Bytes that a viewer may send ahead of us on one stream, and on a connection.
pub(super) const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
pub(super) const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// What both windows are at first, §6.9.2.
pub(super) const WINDOW_BYTES_AT_FIRST: u32 = 65_535;
/// The largest window that there is, §6.9.1.
pub(super) const WINDOW_BYTES_MAX: i64 = 0x7fff_ffff;

/// Streams that a viewer may reset before their answer is sent, or that we reset for its mistakes: so many at once
/// ("rapid reset", and "made you reset").
pub(super) const RESETS_MAX: u32 = 1000;
/// And so many in a second on the average.
pub(super) const RESETS_PER_SECOND: u32 = 50;
/// Frames that are answered or looked at for nothing (PING, SETTINGS, PRIORITY, unknown ones, empty DATA): so many at once.
pub(super) const IDLE_FRAMES_MAX: u32 = 10_000;
/// And so many in a second on the average.
pub(super) const IDLE_FRAMES_PER_SECOND: u32 = 10_000;
/// CONTINUATION frames of one head.
pub(super) const CONTINUATIONS_MAX: u32 = 32;
/// Bytes of one head before it is decoded, as a multiple of what it may have afterwards.
pub(super) const BLOCK_FACTOR: usize = 2;

/// Bytes of answers that wait for the socket; while there are more, no body is asked for more and nothing is read.
pub(super) const OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a viewer's window that must be used within `body_idle_timeout` while it is what an answer waits for.
pub(super) const STALL_BYTES_MIN: usize = 1024;
/// How long the end of an answer waits for a viewer that still sends a body that nobody wants, but says nothing.
pub(super) const HELD_SILENCE: std::time::Duration = std::time::Duration::from_secs(1);
/// Streams that we reset and for which something may still be on its way.
pub(super) const REMEMBERED_RESETS: usize = 128;
/// Places of streams whose memory an idle connection keeps.
pub(super) const IDLE_PLACES: usize = 1;
/// Bytes of one DATA frame: with its head it fills one record of TLS.
pub(super) const DATA_BYTES_MAX: usize = 16 * 1024 - super::frame::HEAD_BYTES;
