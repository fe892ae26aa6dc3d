//! A long file as the body of an answer: read chunk by chunk, off the runtime, as far as it was long when it was opened.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Chunks};
use tokio::task::JoinHandle;

/// `length` bytes of a file from `start` on.
pub(crate) fn body(file: File, start: u64, length: u64) -> Body {
    Body::stream(Some(length), FileChunks { state: State::Idle(file), position: start, left: length })
}

struct FileChunks {
    state: State,
    position: u64,
    left: u64,
}

enum State {
    Idle(File),
    Reading(JoinHandle<io::Result<(File, Bytes)>>),
    Ended,
}

impl Chunks for FileChunks {
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Idle(_) if this.left == 0 => return Poll::Ready(None),
                State::Idle(file) => {
                    let (position, length) = (this.position, this.left.min(CHUNK_LENGTH_MAX));
                    this.state =
                        State::Reading(tokio::task::spawn_blocking(move || read(file, position, length)));
                }
                State::Reading(mut reading) => {
                    let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
                        this.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    return Poll::Ready(Some(this.take(read.unwrap_or_else(|e| Err(io::Error::other(e))))));
                }
            }
        }
    }
}

impl FileChunks {
    fn take(&mut self, read: io::Result<(File, Bytes)>) -> Result<Bytes, BodyError> {
        let (file, chunk) =
            read.map_err(|error| BodyError::Failed(format!("the file of an object: {error}")))?;
        if chunk.is_empty() {
            return Err(BodyError::Truncated);
        }
        self.position += chunk.len() as u64;
        self.left -= chunk.len() as u64;
        self.state = State::Idle(file);
        Ok(chunk)
    }
}

fn read(mut file: File, position: u64, length: u64) -> io::Result<(File, Bytes)> {
    file.seek(SeekFrom::Start(position))?;
    let mut chunk = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.by_ref().take(length).read_to_end(&mut chunk)?;
    Ok((file, chunk.into()))
}

/// How much of a file is read at a time.
const CHUNK_LENGTH_MAX: u64 = 256 * 1024;
