//! How often may a viewer do what costs us more than it? So many times at once, and so many times a second on the average.

use tokio::time::Instant;

/// What is left of an allowance.
pub(super) struct Budget {
    left: u32,
    burst: u32,
    per_second: u32,
    since: Instant,
}

impl Budget {
    pub(super) fn new(burst: u32, per_second: u32) -> Self {
        Self { left: burst, burst, per_second, since: Instant::now() }
    }

    /// Takes one; false where there is none left.
    pub(super) fn spend(&mut self) -> bool {
        if self.left == 0 {
            let seconds = self.since.elapsed().as_secs();
            let more = seconds.saturating_mul(u64::from(self.per_second)).min(u64::from(self.burst));
            if more == 0 {
                return false;
            }
            self.left = u32::try_from(more).unwrap_or(self.burst);
            self.since = Instant::now();
        }
        self.left -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Budget;

    #[tokio::test(start_paused = true)]
    async fn an_allowance_comes_back_with_time() {
        let mut budget = Budget::new(10, 2);
        assert!((0..10).all(|_| budget.spend()) && !budget.spend());
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!((0..6).all(|_| budget.spend()) && !budget.spend());
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!((0..10).all(|_| budget.spend()) && !budget.spend());
    }
}
