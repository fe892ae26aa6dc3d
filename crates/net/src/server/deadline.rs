//! When has somebody waited long enough?
//!
//! A connection has one timer for all its waits. A wait that ends costs nothing: the timer is only moved when it fires too
//! early, or when it would fire too late.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The timer of a connection.
pub(crate) struct Deadline {
    timer: Option<Pin<Box<Sleep>>>,
    due: Option<Instant>,
}

impl Deadline {
    pub(crate) fn new() -> Self {
        Self { timer: None, due: None }
    }

    /// Something happened: the next wait starts anew.
    pub(crate) fn progressed(&mut self) {
        self.due = None;
    }

    /// Ready when `period` has passed since the first of these polls after [`Self::progressed`].
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, period: Duration) -> Poll<()> {
        let due = *self.due.get_or_insert_with(|| Instant::now() + period);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if timer.deadline() > due {
            timer.as_mut().reset(due);
        }
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Deadline;

    #[tokio::test(start_paused = true)]
    async fn a_wait_lasts_from_the_last_progress() {
        let start = Instant::now();
        let mut deadline = Deadline::new();
        let pending =
            poll_fn(|context| std::task::Poll::Ready(deadline.poll(context, Duration::from_secs(60)))).await;
        assert!(pending.is_pending());
        tokio::time::advance(Duration::from_secs(50)).await;
        deadline.progressed();
        poll_fn(|context| deadline.poll(context, Duration::from_secs(60))).await;
        assert_eq!(start.elapsed().as_secs(), 110);
        deadline.progressed();
        poll_fn(|context| deadline.poll(context, Duration::from_secs(5))).await;
        assert_eq!(start.elapsed().as_secs(), 115);
    }
}
