//! Asks the DNS server of a story's frontgate, over UDP, and writes the answer down in lines.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};

use crate::Failure;

/// The status, then one line per record: name, TTL, type, value.
///
/// # Errors
/// `question` is not `NAME TYPE`, or there is no answer.
pub fn ask(question: &str, server: Option<SocketAddr>) -> Result<Vec<String>, Failure> {
    let server = server.ok_or_else(|| Failure("frontgate serves no DNS: give it --dns 0".into()))?;
    let (name, kind) = question.split_once(' ').ok_or_else(|| Failure("write NAME TYPE".into()))?;
    let name = Name::from_ascii(name).map_err(|error| Failure::of(name, &error))?;
    let kind: RecordType = kind.trim().parse().map_err(|error| Failure::of(kind, &error))?;
    let mut asked = Message::query();
    asked.add_query(Query::query(name, kind));
    let bytes = asked.to_vec().map_err(|error| Failure::of(question, &error))?;
    let answer = exchange(&bytes, server).map_err(|error| Failure::of(&server.to_string(), &error))?;
    let answer = Message::from_vec(&answer).map_err(|error| Failure::of("the answer", &error))?;
    if answer.metadata.id != asked.metadata.id {
        return Err(Failure("this is the answer to another question".into()));
    }
    let status = status(answer.metadata.response_code.low());
    let records = answer.answers.iter().map(|record| {
        let (name, ttl, kind, data) = (&record.name, record.ttl, record.record_type(), &record.data);
        format!("{name} {ttl} {kind} {data}")
    });
    Ok(std::iter::once(status).chain(records).collect())
}

fn exchange(question: &[u8], server: SocketAddr) -> std::io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(SocketAddr::new(server.ip(), 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.send_to(question, server)?;
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}

/// The status in `dig`'s words.
fn status(code: u8) -> String {
    const WORDS: [&str; 6] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
    WORDS.get(usize::from(code)).map_or_else(|| format!("RCODE{code}"), |word| (*word).to_owned())
}

/// An answer from the same machine that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(20);
