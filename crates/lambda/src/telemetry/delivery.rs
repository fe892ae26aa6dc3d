//! How events reach a subscriber: in batches, in order, and never in the way of an invocation.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::Speaker;
use super::subscription::{Destination, Subscription};
use crate::limits::{TELEMETRY_ATTEMPTS_MAX, TELEMETRY_SEND_TIME_MAX};

/// The way to one subscriber. Its task ends when it is dropped, after a last batch.
#[derive(Debug)]
pub(crate) struct Delivery {
    types: Vec<Speaker>,
    items: mpsc::Sender<Item>,
    /// What did not fit.
    dropped: (usize, usize),
}

#[derive(Debug)]
enum Item {
    Event(String),
    Flush,
}

impl Delivery {
    pub(crate) fn start(subscription: Subscription) -> Self {
        let (items, inbox) = mpsc::channel(subscription.items_max);
        let types = subscription.types.clone();
        tokio::spawn(deliver(subscription, inbox));
        Self { types, items, dropped: (0, 0) }
    }

    pub(crate) fn wants(&self, speaker: Speaker) -> bool {
        self.types.contains(&speaker)
    }

    /// Hands an event on; one that does not fit is counted, and the subscriber told of it.
    pub(crate) fn add(&mut self, event: &Value) {
        if self.dropped.0 > 0 {
            let (records, bytes) = self.dropped;
            let told = json!({
                "time": event["time"],
                "type": "platform.logsDropped",
                "record": { "droppedBytes": bytes, "droppedRecords": records, "reason": FALLEN_BEHIND },
            });
            if self.items.try_send(Item::Event(told.to_string())).is_ok() {
                self.dropped = (0, 0);
            }
        }
        let text = event.to_string();
        let bytes = text.len();
        if self.items.try_send(Item::Event(text)).is_err() {
            self.dropped = (self.dropped.0 + 1, self.dropped.1 + bytes);
        }
    }

    pub(crate) fn flush(&self) {
        // Where it is full, it is being sent.
        let _ = self.items.try_send(Item::Flush);
    }
}

/// Sends batches until nobody hands events on any more.
async fn deliver(subscription: Subscription, mut inbox: mpsc::Receiver<Item>) {
    let mut is_open = true;
    while is_open {
        let mut batch = Vec::new();
        match inbox.recv().await {
            Some(Item::Event(event)) => batch.push(event),
            Some(Item::Flush) => continue,
            None => return,
        }
        let mut bytes = batch[0].len();
        let end = tokio::time::sleep(subscription.timeout);
        tokio::pin!(end);
        while batch.len() < subscription.items_max && bytes < subscription.bytes_max {
            tokio::select! {
                item = inbox.recv() => match item {
                    Some(Item::Event(event)) => {
                        bytes += event.len();
                        batch.push(event);
                    }
                    Some(Item::Flush) => break,
                    None => {
                        is_open = false;
                        break;
                    }
                },
                () = &mut end => break,
            }
        }
        send(&subscription.destination, &batch).await;
    }
}

/// Sends a batch; one that cannot be sent is lost, as the subscriber is not there.
async fn send(destination: &Destination, batch: &[String]) {
    for attempt in 1..=TELEMETRY_ATTEMPTS_MAX {
        let sent = tokio::time::timeout(TELEMETRY_SEND_TIME_MAX, send_once(destination, batch)).await;
        if matches!(sent, Ok(Ok(()))) {
            return;
        }
        tokio::time::sleep(RETRY_PAUSE * attempt).await;
    }
}

async fn send_once(destination: &Destination, batch: &[String]) -> std::io::Result<()> {
    match destination {
        Destination::Tcp { port } => {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await?;
            stream.write_all((batch.join("\n") + "\n").as_bytes()).await
        }
        Destination::Http { port, path } => {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await?;
            let body = format!("[{}]", batch.join(","));
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: sandbox.localdomain:{port}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await?;
            let mut first = [0; 12];
            stream.read_exact(&mut first).await?;
            // `HTTP/1.1 200`: any answer that is no error of the subscriber's.
            if first[9] == b'5' { Err(std::io::Error::other("the subscriber failed")) } else { Ok(()) }
        }
    }
}

const FALLEN_BEHIND: &str =
    "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.";
const RETRY_PAUSE: Duration = Duration::from_millis(50);
