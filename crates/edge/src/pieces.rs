//! What is kept of an object of which only parts came.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_edge_rules::parts::missing;
use frontgate_edge_rules::ranges::Span;
use frontgate_message::{Body, BodyError, Chunks};

/// Parts of one version of an object, in order of their first bytes. They may overlap: then they agree.
#[derive(Clone, Debug)]
pub struct Pieces {
    length: u64,
    sorted: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    span: Span,
    bytes: Bytes,
    /// Higher numbers came later.
    number: u64,
}

impl Pieces {
    /// One part, which begins at `first`, of an object of `length` bytes.
    #[must_use]
    pub fn of(length: u64, first: u64, bytes: Bytes) -> Self {
        let mut sorted = Vec::new();
        if !bytes.is_empty() {
            let span = Span { first, last: first + (bytes.len() as u64 - 1) };
            sorted.push(Piece { span, bytes, number: 0 });
        }
        Self { length, sorted }
    }

    /// How many bytes the object has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What all parts take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sorted.iter().map(|piece| piece.bytes.len() + size_of::<Piece>()).sum()
    }

    /// What is to be fetched for the viewer to get `wanted`; `None` where all of it is there.
    #[must_use]
    pub fn missing(&self, wanted: Span) -> Option<Span> {
        missing(self.sorted.iter().map(|piece| piece.span), wanted)
    }

    /// All bytes of the object.
    #[must_use]
    pub fn whole(&self) -> Span {
        Span { first: 0, last: self.length.saturating_sub(1) }
    }

    /// Adds the parts of `older`. Where they take more than `bytes_max` or are more than [`PIECES_MAX`] the oldest go,
    /// but none that has bytes of `needed`.
    pub(crate) fn join(&mut self, older: &Self, bytes_max: usize, needed: Span) {
        let newest = older.sorted.iter().map(|piece| piece.number + 1).max().unwrap_or(0);
        self.sorted.iter_mut().for_each(|piece| piece.number += newest);
        let covered: Vec<Span> = self.sorted.iter().map(|piece| piece.span).collect();
        let is_covered = |span: Span| covered.iter().any(|c| c.first <= span.first && span.last <= c.last);
        self.sorted.extend(older.sorted.iter().filter(|piece| !is_covered(piece.span)).cloned());
        while self.bytes() > bytes_max || self.sorted.len() > PIECES_MAX {
            let is_needed = |span: Span| span.first <= needed.last && needed.first <= span.last;
            let may_go = self.sorted.iter().enumerate().filter(|(_, piece)| !is_needed(piece.span));
            let Some((oldest, _)) = may_go.min_by_key(|(_, piece)| piece.number) else { break };
            self.sorted.swap_remove(oldest);
        }
        self.sorted.sort_by_key(|piece| piece.span.first);
    }

    /// The bytes of `span`; a body that breaks off where some of them are missing.
    #[must_use]
    pub fn body(&self, span: Span) -> Body {
        if let [one] = &self.sorted[..]
            && self.missing(span).is_none()
        {
            return one.slice(span).into();
        }
        let bodies = self.slices(span).map(Body::from).collect();
        Body::stream(Some(span.length()), Chain { bodies, left: span.length() })
    }

    /// The bytes of `span`, up to the first one that is missing.
    pub(crate) fn slices(&self, span: Span) -> impl Iterator<Item = Bytes> {
        let mut at = span.first;
        std::iter::from_fn(move || {
            let here = self.sorted.iter().filter(|piece| piece.span.first <= at && at <= piece.span.last);
            let piece = here.max_by_key(|piece| piece.span.last).filter(|_| at <= span.last)?;
            let part = Span { first: at, last: span.last.min(piece.span.last) };
            at = part.last + 1;
            Some(piece.slice(part))
        })
    }

    /// The bytes of `wanted`, of which those of `gap` come with `body`.
    pub(crate) fn body_around(&self, wanted: Span, gap: Span, body: Body) -> Body {
        let mut bodies = VecDeque::new();
        if wanted.first < gap.first {
            bodies.push_back(self.body(Span { first: wanted.first, last: gap.first - 1 }));
        }
        bodies.push_back(body);
        if gap.last < wanted.last {
            bodies.push_back(self.body(Span { first: gap.last + 1, last: wanted.last }));
        }
        Body::stream(Some(wanted.length()), Chain { bodies, left: wanted.length() })
    }
}

/// How many parts of one object are kept.
const PIECES_MAX: usize = 256;

impl Piece {
    fn slice(&self, span: Span) -> Bytes {
        let at = |byte: u64| usize::try_from(byte.saturating_sub(self.span.first)).unwrap_or(usize::MAX);
        let end = at(span.last).saturating_add(1).min(self.bytes.len());
        self.bytes.slice(at(span.first).min(end)..end)
    }
}

/// Bodies one after the other, so many bytes in all.
struct Chain {
    bodies: VecDeque<Body>,
    left: u64,
}

impl Chunks for Chain {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        while let Some(body) = self.bodies.front_mut() {
            match std::task::ready!(body.poll_chunk(context)) {
                Some(Ok(chunk)) => {
                    self.left = self.left.saturating_sub(chunk.len() as u64);
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Some(Err(error)) => {
                    self.bodies.clear();
                    self.left = 0;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.bodies.pop_front();
                }
            }
        }
        let is_short = std::mem::take(&mut self.left) > 0;
        Poll::Ready(is_short.then_some(Err(BodyError::Truncated)))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use frontgate_edge_rules::ranges::Span;
    use frontgate_message::BodyError;

    use super::Pieces;

    const WHOLE: &[u8] = b"0123456789";

    fn pieces(spans: &[(u64, u64)], bytes_max: usize, needed: Span) -> Pieces {
        let part = |&(first, last): &(u64, u64)| {
            Pieces::of(10, first, Bytes::from_static(&WHOLE[first as usize..=last as usize]))
        };
        let mut all = part(&spans[0]);
        for span in &spans[1..] {
            let mut next = part(span);
            next.join(&all, bytes_max, needed);
            all = next;
        }
        all
    }

    fn read(pieces: &Pieces, first: u64, last: u64) -> Result<Bytes, BodyError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(pieces.body(Span { first, last }).collect(100))
    }

    #[test]
    fn parts_give_what_they_have() {
        let none = Span { first: 0, last: 0 };
        type Row = (&'static [(u64, u64)], (u64, u64), Option<&'static str>);
        let rows: [Row; 7] = [
            (&[(0, 9)], (2, 4), Some("234")),
            (&[(5, 9), (0, 4)], (2, 7), Some("234567")),
            (&[(0, 4), (2, 9)], (0, 9), Some("0123456789")),
            (&[(0, 9), (3, 4), (2, 5)], (1, 6), Some("123456")),
            (&[(3, 4), (0, 9)], (1, 6), Some("123456")),
            (&[(0, 4), (6, 9)], (2, 7), None),
            (&[(0, 4)], (2, 7), None),
        ];
        for (spans, (first, last), expected) in rows {
            let pieces = pieces(spans, 10_000, none);
            assert_eq!(pieces.missing(Span { first, last }).is_none(), expected.is_some(), "{spans:?}");
            let expected = expected.map(Bytes::from).ok_or(BodyError::Truncated);
            assert_eq!(read(&pieces, first, last), expected, "{spans:?}");
        }
    }

    #[test]
    fn the_oldest_parts_go_first_but_none_that_is_needed() {
        let spans = [(0, 1), (2, 3), (4, 5), (6, 7)];
        let one = Pieces::of(10, 0, Bytes::from_static(b"01")).bytes();
        let kept = |needed| {
            let pieces = pieces(&spans, 2 * one, needed);
            spans.map(|(first, last)| pieces.missing(Span { first, last }).is_none())
        };
        assert_eq!(kept(Span { first: 9, last: 9 }), [false, false, true, true]);
        assert_eq!(kept(Span { first: 0, last: 1 }), [true, false, false, true]);
        assert_eq!(kept(Span { first: 0, last: 9 }), [true; 4]);
    }
}
