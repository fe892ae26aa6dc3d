//! Where does a head end, when its bytes come piecemeal? RFC 9112 §2.
//!
//! Every line must end in CR LF. A byte is looked at once, however small the pieces are.

use memchr::memchr;

/// How far a head has been looked at.
#[derive(Default)]
pub(crate) struct HeadScan {
    scanned: usize,
    line_start: usize,
    first_line_end: usize,
}

impl HeadScan {
    /// The length of the head with its empty line, once that has come.
    pub(crate) fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        while let Some(found) = memchr(b'\n', &bytes[self.scanned..]) {
            let line_feed = self.scanned + found;
            if line_feed == self.line_start || bytes[line_feed - 1] != b'\r' {
                return Err("a line ends in LF without CR");
            }
            let line_is_empty = line_feed - 1 == self.line_start;
            self.scanned = line_feed + 1;
            self.line_start = line_feed + 1;
            if self.first_line_end == 0 {
                self.first_line_end = line_feed - 1;
            }
            if line_is_empty {
                return Ok(Some(line_feed + 1));
            }
        }
        self.scanned = bytes.len();
        Ok(None)
    }

    /// The length of the first line without its line end, once it is there.
    pub(crate) fn first_line_length(&self) -> Option<usize> {
        (self.first_line_end > 0).then_some(self.first_line_end)
    }
}

#[cfg(test)]
mod tests {
    use super::HeadScan;

    #[test]
    fn the_end_is_found_however_the_bytes_come() {
        let rows: &[(&str, Result<Option<usize>, ()>)] = &[
            ("GET / HTTP/1.1\r\n\r\n", Ok(Some(18))),
            ("GET / HTTP/1.1\r\nA: b\r\n\r\nrest", Ok(Some(24))),
            ("GET / HTTP/1.1\r\nA: b\r\n", Ok(None)),
            ("GET / HTTP/1.1\r\nA: b", Ok(None)),
            ("GET / HTTP/1.1\n\n", Err(())),
            ("GET / HTTP/1.1\r\nA: b\n\r\n", Err(())),
            ("GET / HTTP/1.1\r\nA: b\r\n\n", Err(())),
            ("\n", Err(())),
        ];
        for (text, expected) in rows {
            let whole = HeadScan::default().end(text.as_bytes()).map_err(|_| ());
            assert_eq!(whole, *expected, "{text:?}");
            let mut scan = HeadScan::default();
            let mut piecemeal = Ok(None);
            for length in 0..=text.len() {
                piecemeal = scan.end(&text.as_bytes()[..length]).map_err(|_| ());
                if piecemeal != Ok(None) {
                    break;
                }
            }
            assert_eq!(piecemeal, *expected, "{text:?} byte by byte");
        }
    }
}
