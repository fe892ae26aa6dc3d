//! The facts of one request, in the order in which they were decided.

use crate::{Fact, FactKind};

/// A fixed array of facts. Past its end facts are counted and not kept.
#[derive(Clone, Debug)]
pub struct Trace {
    facts: [Fact; FACTS_MAX],
    length: u8,
    dropped: u16,
}

/// How many facts one request may note.
pub const FACTS_MAX: usize = 40;

impl Trace {
    /// No fact yet.
    #[must_use]
    pub fn new() -> Self {
        Self { facts: [Fact::of(FactKind::Snapshot); FACTS_MAX], length: 0, dropped: 0 }
    }

    /// These facts, and the number of those that had no room.
    #[must_use]
    pub fn of(facts: &[Fact], dropped: u16) -> Self {
        let mut trace = Self::new();
        facts.iter().for_each(|fact| trace.note(*fact));
        Self { dropped: trace.dropped.saturating_add(dropped), ..trace }
    }

    /// Forgets all facts.
    pub fn clear(&mut self) {
        // What lies behind the length is read by nobody.
        self.length = 0;
        self.dropped = 0;
    }

    /// Notes a fact.
    pub fn note(&mut self, fact: Fact) {
        if let Some(slot) = self.facts.get_mut(usize::from(self.length)) {
            *slot = fact;
            self.length += 1;
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The facts in order.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts[..usize::from(self.length)]
    }

    /// How many facts had no room.
    #[must_use]
    pub fn dropped(&self) -> u16 {
        self.dropped
    }

    /// The first fact of that kind.
    #[must_use]
    pub fn first(&self, kind: FactKind) -> Option<Fact> {
        self.facts().iter().copied().find(|fact| fact.kind == kind)
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}
