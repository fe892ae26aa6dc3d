//! How what a process prints becomes lines of a log: bounded in length and in rate.

use std::time::Instant;

use crate::limits::{LOG_BURST_BYTES_MAX, LOG_BYTES_PER_SECOND_MAX, LOG_LINE_BYTES_MAX};

/// Cuts bytes into lines at line feeds, and at [`LOG_LINE_BYTES_MAX`].
#[derive(Debug, Default)]
pub(crate) struct LineCutter {
    partial: Vec<u8>,
}

impl LineCutter {
    /// Takes what was printed and gives every line that is complete.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = LOG_LINE_BYTES_MAX - self.partial.len();
            let window = &bytes[..bytes.len().min(room)];
            let (taken, complete) = match window.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (window.len(), window.len() == room),
            };
            let piece = &bytes[..taken];
            if complete && self.partial.is_empty() {
                line(piece.strip_suffix(b"\n").unwrap_or(piece));
            } else {
                self.partial.extend_from_slice(piece);
                if complete {
                    let whole = std::mem::take(&mut self.partial);
                    line(whole.strip_suffix(b"\n").unwrap_or(&whole));
                }
            }
            bytes = &bytes[taken..];
        }
    }

    /// Gives what has no line feed yet as a line.
    pub(crate) fn flush(&mut self, mut line: impl FnMut(&[u8])) {
        if !self.partial.is_empty() {
            line(&std::mem::take(&mut self.partial));
        }
    }
}

/// How much may still be logged: a burst, then so much per second.
#[derive(Debug)]
pub(crate) struct LogAllowance {
    bytes: usize,
    since: Instant,
    dropped: u64,
}

impl LogAllowance {
    /// A full allowance.
    pub(crate) fn new(now: Instant) -> Self {
        Self { bytes: LOG_BURST_BYTES_MAX, since: now, dropped: 0 }
    }

    /// Whether a line of that length may be logged; counts it as dropped otherwise.
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> bool {
        let elapsed_ms = usize::try_from(now.duration_since(self.since).as_millis()).unwrap_or(usize::MAX);
        let earned = elapsed_ms.saturating_mul(LOG_BYTES_PER_SECOND_MAX) / 1_000;
        if earned > 0 {
            self.bytes = self.bytes.saturating_add(earned).min(LOG_BURST_BYTES_MAX);
            self.since = now;
        }
        let allowed = self.bytes > bytes;
        if allowed {
            self.bytes -= bytes + 1;
        } else {
            self.dropped += 1;
        }
        allowed
    }

    /// Whether lines have been dropped that nobody was told about.
    pub(crate) fn is_dropping(&self) -> bool {
        self.dropped > 0
    }

    /// How many lines were dropped since this was last asked.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

/// The text of a line. A carriage return within it is how the runtimes write a line feed within one message.
pub(crate) fn line_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    String::from_utf8_lossy(bytes).replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let (mut cutter, mut lines) = (LineCutter::default(), Vec::new());
        for piece in pieces {
            cutter.push(piece, |line| lines.push(line_text(line)));
        }
        cutter.flush(|line| lines.push(line_text(line)));
        lines
    }

    #[test]
    fn lines_are_cut_at_line_feeds() {
        assert_eq!(cut(&[b"a\nb", b"c\n", b"\n", b"rest"]), ["a", "bc", "", "rest"]);
        assert_eq!(cut(&[b"one\rmessage\nwindows\r\n\xff\n"]), ["one\nmessage", "windows", "\u{fffd}"]);
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let long = vec![b'x'; LOG_LINE_BYTES_MAX * 2 + 3];
        let lengths: Vec<usize> = cut(&[&long]).iter().map(String::len).collect();
        assert_eq!(lengths, [LOG_LINE_BYTES_MAX, LOG_LINE_BYTES_MAX, 3]);
    }

    #[test]
    fn a_runaway_printer_is_bounded_and_recovers() {
        let start = Instant::now();
        let mut allowance = LogAllowance::new(start);
        let taken = (0..10_000).filter(|_| allowance.take(4_095, start)).count();
        assert_eq!(taken, LOG_BURST_BYTES_MAX / 4_096);
        assert!(allowance.is_dropping());
        assert_eq!(allowance.take_dropped(), 10_000 - taken as u64);
        assert!(allowance.take(4_095, start + Duration::from_secs(1)));
    }
}
