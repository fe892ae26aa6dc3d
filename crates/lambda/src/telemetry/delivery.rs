//! How events reach a subscriber: in batches, in order, and never in the way of an invocation.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::Speaker;
use super::subscription::{Destination, Subscription};
use crate::limits::{TELEMETRY_ATTEMPTS_MAX, TELEMETRY_SEND_TIME_MAX, TELEMETRY_WAITING_BYTES_MAX};

/// The way to one subscriber. Its task ends when it is dropped, after a last batch.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The extension that subscribed.
    extension_id: String,
    types: Vec<Speaker>,
    items: mpsc::Sender<Item>,
    /// How many bytes of events wait to be sent.
    waiting_bytes: Arc<AtomicUsize>,
    /// What did not fit.
    dropped: (usize, usize),
}

#[derive(Debug)]
enum Item {
    Event(String),
    Flush,
}

impl Delivery {
    pub(crate) fn start(extension_id: &str, subscription: Subscription) -> Self {
        let (items, receiver) = mpsc::channel(subscription.items_max);
        let types = subscription.types.clone();
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let inbox = Inbox { items: receiver, waiting_bytes: Arc::clone(&waiting_bytes) };
        tokio::spawn(deliver(subscription, inbox));
        Self { extension_id: extension_id.to_owned(), types, items, waiting_bytes, dropped: (0, 0) }
    }

    pub(crate) fn is_of(&self, extension_id: &str) -> bool {
        self.extension_id == extension_id
    }

    pub(crate) fn wants(&self, speaker: Speaker) -> bool {
        self.types.contains(&speaker)
    }

    /// Hands an event on; one that does not fit is counted, and the subscriber told of it before the next one that does.
    pub(crate) fn add(&mut self, event: &Value) {
        let text = event.to_string();
        let bytes = text.len();
        let told = (self.dropped.0 > 0).then(|| self.told(&event["time"]));
        let has_room = self.has_room(bytes + told.as_ref().map_or(0, String::len));
        if has_room && told.is_none_or(|told| self.has_taken(told)) {
            self.dropped = (0, 0);
            if self.has_taken(text) {
                return;
            }
        }
        self.dropped = (self.dropped.0 + 1, self.dropped.1 + bytes);
    }

    /// The event that says how much was dropped.
    fn told(&self, time: &Value) -> String {
        let (records, bytes) = self.dropped;
        let event = json!({
            "time": time,
            "type": "platform.logsDropped",
            "record": { "droppedBytes": bytes, "droppedRecords": records, "reason": FALLEN_BEHIND },
        });
        event.to_string()
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.waiting_bytes.load(Ordering::Relaxed) + bytes <= TELEMETRY_WAITING_BYTES_MAX
    }

    fn has_taken(&self, text: String) -> bool {
        let bytes = text.len();
        // Counted first: the task may have taken it out before this goes on.
        self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_taken = self.items.try_send(Item::Event(text)).is_ok();
        if !is_taken {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_taken
    }

    pub(crate) fn flush(&self) {
        // Where it is full, it is being sent.
        let _ = self.items.try_send(Item::Flush);
    }
}

/// What the task of a subscriber gets its events from.
struct Inbox {
    items: mpsc::Receiver<Item>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Inbox {
    async fn next(&mut self) -> Option<Item> {
        let item = self.items.recv().await;
        if let Some(Item::Event(text)) = &item {
            self.waiting_bytes.fetch_sub(text.len(), Ordering::Relaxed);
        }
        item
    }
}

/// Sends batches until nobody hands events on any more.
async fn deliver(subscription: Subscription, mut inbox: Inbox) {
    let mut is_open = true;
    while is_open {
        let mut batch = Vec::new();
        match inbox.next().await {
            Some(Item::Event(event)) => batch.push(event),
            Some(Item::Flush) => continue,
            None => return,
        }
        let mut bytes = batch[0].len();
        let end = tokio::time::sleep(subscription.timeout);
        tokio::pin!(end);
        while batch.len() < subscription.items_max && bytes < subscription.bytes_max {
            tokio::select! {
                item = inbox.next() => match item {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::LOG_LINE_BYTES_MAX;

    #[tokio::test]
    async fn a_subscriber_that_is_slow_costs_so_much_memory_at_most() {
        let destination = Destination::Tcp { port: 9 };
        let timeout = Duration::from_secs(1);
        let subscription = Subscription {
            types: vec![Speaker::Function],
            destination,
            items_max: 10_000,
            bytes_max: 262_144,
            timeout,
        };
        let mut delivery = Delivery::start("id", subscription);
        // Nothing awaits here, so nothing of it is sent.
        let line = json!({ "record": "x".repeat(LOG_LINE_BYTES_MAX) });
        for _ in 0..100 {
            delivery.add(&line);
        }
        let waiting = delivery.waiting_bytes.load(Ordering::Relaxed);
        assert!((1..=TELEMETRY_WAITING_BYTES_MAX).contains(&waiting), "{waiting}");
        let taken = waiting / line.to_string().len();
        assert_eq!(delivery.dropped.0, 100 - taken);
    }
}
