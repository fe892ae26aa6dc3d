//! Bytes that look random and are the same in every run: xorshift.

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(super) fn below(&mut self, bound: u64) -> usize {
        usize::try_from(self.number() % bound).unwrap_or(0)
    }

    pub(super) fn byte(&mut self) -> u8 {
        u8::try_from(self.number() & 0xff).unwrap_or(0)
    }
}
