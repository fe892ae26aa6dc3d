//! Interim answers on their way to a viewer of HTTP/1.1.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::connection::Viewer;
use super::write_head::write_interim_head;
use crate::interim::{Interim, gather};
use crate::server::Transport;

impl<IO: Transport> Viewer<'_, IO> {
    /// Polls `work` and sets the interim answers aside that come meanwhile; a viewer of HTTP/1.0 knows none.
    pub(super) fn poll_gathering<T>(&mut self, work: impl FnOnce() -> Poll<T>) -> Poll<T> {
        if !self.takes_interim {
            return work();
        }
        let (polled, gathered) = gather(work);
        for Interim { status, headers } in gathered {
            write_interim_head(status, &headers, &mut self.interim);
        }
        polled
    }

    /// Writes the interim answers that were set aside; an error: the viewer is gone.
    pub(super) fn poll_interim(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        let mut heads = std::mem::take(&mut self.interim);
        let mut written = 0;
        let result = self.poll_write(context, &heads, &[], &mut written);
        heads.drain(..written);
        self.interim = heads;
        result
    }

    /// Writes them all: the final answer follows.
    pub(super) async fn send_interim(&mut self) -> Result<(), ()> {
        poll_fn(|context| self.poll_interim(context)).await
    }
}
