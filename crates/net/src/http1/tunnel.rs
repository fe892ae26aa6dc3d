//! How are bytes carried between a viewer and who took its connection over, and when does that end? RFC 9110 §7.8.
//!
//! A tunnel that is silent holds no buffer: bytes arrive in memory that all connections of the worker share, and only
//! what the other side does not take at once is set aside. While something is set aside nothing more is read.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use frontgate_message::{Body, FarSide, Response, Sent, SentEnd, Tunnel, TunnelEnd, TunnelEnded};
use tokio::io::ReadBuf;

use super::answer::Next;
use super::connection::{SCRATCH, Viewer};
use super::write_head::write_switching_head;
use crate::server::Transport;

impl<IO: Transport> Viewer<'_, IO> {
    /// Answers 101 and carries bytes until one side has had enough.
    pub(super) async fn switch_protocols(&mut self, mut response: Response) -> Next {
        let Body::Tunnel(tunnel) = std::mem::replace(&mut response.body, Body::Empty) else {
            return Next::Nothing;
        };
        let mut head = Vec::new();
        write_switching_head(&response, tunnel.protocol(), |out| self.worker.write_date(out), &mut head);
        let on_sent = response.on_sent.take();
        self.deadline.progressed();
        let mut written = 0;
        let started = poll_fn(|context| self.poll_write(context, &head, &[], &mut written)).await;
        let (ended, end) = match started {
            Ok(()) => (self.carry(*tunnel).await, SentEnd::Whole),
            Err(()) => {
                drop(tunnel);
                (
                    TunnelEnded { to_viewer_bytes: 0, from_viewer_bytes: 0, end: TunnelEnd::Viewer },
                    SentEnd::ViewerGone,
                )
            }
        };
        if let Some(on_sent) = on_sent {
            on_sent.tell(Sent { bytes: written as u64 + ended.to_viewer_bytes, end });
        }
        // Both sides have had their time: a viewer that still talks is not listened to.
        let _ = poll_fn(|context| Poll::Ready(Pin::new(&mut self.io).poll_shutdown(context))).await;
        Next::Nothing
    }

    async fn carry(&mut self, mut tunnel: Tunnel) -> TunnelEnded {
        let mut up = Flow::new(std::mem::take(&mut self.buffer));
        let mut down = Flow::new(BytesMut::new());
        let idle_timeout = tunnel.idle_timeout();
        self.deadline.progressed();
        let mut ending = None;
        let end = poll_fn(|context| {
            self.poll_carry(context, tunnel.far_side(), (&mut up, &mut down), idle_timeout, &mut ending)
        })
        .await;
        let ended = TunnelEnded { to_viewer_bytes: down.bytes, from_viewer_bytes: up.bytes, end };
        tunnel.end(ended);
        ended
    }

    fn poll_carry(
        &mut self,
        context: &mut Context<'_>,
        mut far: Pin<&mut dyn FarSide>,
        (up, down): (&mut Flow, &mut Flow),
        idle_timeout: Option<Duration>,
        ending: &mut Option<TunnelEnd>,
    ) -> Poll<TunnelEnd> {
        if self.worker.is_killed() {
            return Poll::Ready(ending.unwrap_or(TunnelEnd::Server));
        }
        let mut has_more = true;
        for _ in 0..ROUNDS_MAX {
            let from_viewer = up.poll(context, pin!(Near(&mut self.io)), far.as_mut());
            let from_far = down.poll(context, far.as_mut(), pin!(Near(&mut self.io)));
            let (viewer_moved, far_moved) = match (from_viewer, from_far) {
                (Ok(viewer_moved), Ok(far_moved)) => (viewer_moved, far_moved),
                (Err(Gone::Reader), _) | (Ok(_), Err(Gone::Writer)) => {
                    return Poll::Ready(ending.unwrap_or(TunnelEnd::Viewer));
                }
                (Err(Gone::Writer), _) | (Ok(_), Err(Gone::Reader)) => {
                    return Poll::Ready(ending.unwrap_or(TunnelEnd::Origin));
                }
            };
            let first_end = match (up.has_ended, down.has_ended) {
                (true, _) => Some(TunnelEnd::Viewer),
                (false, true) => Some(TunnelEnd::Origin),
                (false, false) if self.worker.is_draining() => Some(TunnelEnd::Server),
                (false, false) => None,
            };
            if ending.is_none() && first_end.is_some() {
                *ending = first_end;
                self.deadline.progressed();
            }
            // Until it is about to end, only what the far side sends is a sign of life.
            if far_moved || (viewer_moved && ending.is_some()) {
                self.deadline.progressed();
            }
            if up.has_ended && down.has_ended {
                return Poll::Ready(ending.unwrap_or(TunnelEnd::Viewer));
            }
            has_more = viewer_moved || far_moved;
            if !has_more {
                break;
            }
        }
        if has_more {
            // Others are served in between.
            context.waker().wake_by_ref();
        }
        let patience = if ending.is_some() { Some(self.worker.limits.linger_timeout) } else { idle_timeout };
        match patience {
            Some(patience) if self.deadline.poll(context, patience).is_ready() => {
                Poll::Ready(ending.unwrap_or(TunnelEnd::Idle))
            }
            _ => Poll::Pending,
        }
    }
}

/// How often both sides are read before others have their turn, and before it is asked whether there was a sign of life.
const ROUNDS_MAX: usize = 8;

/// Which side of a direction is gone without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gone {
    Reader,
    Writer,
}

/// One direction.
struct Flow {
    /// What the writer has not taken yet.
    waiting: BytesMut,
    needs_flush: bool,
    reader_ended: bool,
    /// The writer has been told that nothing follows.
    has_ended: bool,
    bytes: u64,
}

impl Flow {
    fn new(waiting: BytesMut) -> Self {
        Self { waiting, needs_flush: false, reader_ended: false, has_ended: false, bytes: 0 }
    }

    /// Carries what one read brings; says whether anything moved.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut reader: Pin<&mut dyn FarSide>,
        mut writer: Pin<&mut dyn FarSide>,
    ) -> Result<bool, Gone> {
        let (mut moved, mut has_read) = (false, false);
        while !self.has_ended {
            let step = if !self.waiting.is_empty() {
                self.write_waiting(context, writer.as_mut()).map_err(|_| Gone::Writer)
            } else if self.needs_flush {
                let flushed = writer.as_mut().poll_flush(context).map_err(|_| Gone::Writer);
                flushed.map_ok(|()| self.needs_flush = false)
            } else if self.reader_ended {
                let told = writer.as_mut().poll_shutdown(context).map_err(|_| Gone::Writer);
                told.map_ok(|()| self.has_ended = true)
            } else if has_read {
                break;
            } else {
                has_read = true;
                self.read(context, reader.as_mut(), writer.as_mut())
            };
            match step {
                Poll::Pending => break,
                Poll::Ready(step) => step?,
            }
            moved = true;
        }
        Ok(moved)
    }

    fn write_waiting(
        &mut self,
        context: &mut Context<'_>,
        writer: Pin<&mut dyn FarSide>,
    ) -> Poll<io::Result<()>> {
        let taken = ready!(writer.poll_write(context, &self.waiting))?;
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.waiting.advance(taken);
        self.bytes += taken as u64;
        self.needs_flush = true;
        if self.waiting.is_empty() {
            self.waiting = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once and hands on what the writer takes at once.
    fn read(
        &mut self,
        context: &mut Context<'_>,
        mut reader: Pin<&mut dyn FarSide>,
        mut writer: Pin<&mut dyn FarSide>,
    ) -> Poll<Result<(), Gone>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let length = ready!(reader.as_mut().poll_read(context, scratch)).map_err(|_| Gone::Reader)?;
            if length == 0 {
                self.reader_ended = true;
                return Poll::Ready(Ok(()));
            }
            let taken = match writer.as_mut().poll_write(context, &scratch[..length]) {
                Poll::Ready(taken) => taken.map_err(|_| Gone::Writer)?,
                Poll::Pending => 0,
            };
            self.bytes += taken as u64;
            self.needs_flush |= taken > 0;
            self.waiting.extend_from_slice(&scratch[taken..length]);
            Poll::Ready(Ok(()))
        })
    }
}

/// The viewer's side.
struct Near<'a, IO>(&'a mut IO);

impl<IO: Transport> FarSide for Near<'_, IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut read = ReadBuf::new(bytes);
        ready!(Pin::new(&mut *self.0).poll_read(context, &mut read))?;
        Poll::Ready(Ok(read.filled().len()))
    }

    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(context)
    }
}
