//! From the bytes of a question to the bytes of its answer (RFC 1035 §4, EDNS of RFC 6891).
//!
//! A name that is refused or does not exist says why in an extended error (RFC 8914), which `dig` shows.

use frontgate_snapshot::{RecordData, RecordType, Snapshot};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, MX, NS, SOA, SRV, TXT};
use hickory_proto::rr::{self, DNSClass, Name, RData};

use crate::lookup::{Answer, Asked, Here, Outcome, Record, look_up};

/// What a question came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Long answers are cut.
    Udp,
    /// There is room for everything.
    Tcp,
}

/// The answer to a message; `None` for what is no question at all.
pub(crate) fn respond(
    snapshot: &Snapshot,
    here: Here,
    question: &[u8],
    transport: Transport,
) -> Option<Vec<u8>> {
    let Ok(request) = Message::from_vec(question) else { return malformed(question) };
    if request.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.metadata.recursion_desired = request.metadata.recursion_desired;
    response.queries.clone_from(&request.queries);
    if request.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_BYTES_MAX);
        response.set_edns(edns);
    }
    answer(snapshot, here, &request, &mut response);
    let bytes = encode(&response)?;
    let room = usize::from(request.max_payload().min(UDP_BYTES_MAX));
    if transport == Transport::Udp && bytes.len() > room {
        return encode(&response.truncate());
    }
    Some(bytes)
}

fn answer(snapshot: &Snapshot, here: Here, request: &Message, response: &mut Message) {
    let refuse = |response: &mut Message, code| response.metadata.response_code = code;
    if request.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        return refuse(response, ResponseCode::BADVERS);
    }
    if request.metadata.op_code != OpCode::Query {
        return refuse(response, ResponseCode::NotImp);
    }
    let [query] = request.queries.as_slice() else { return refuse(response, ResponseCode::FormErr) };
    let asked = asked(query.query_type());
    let (Some(asked), DNSClass::IN | DNSClass::ANY) = (asked, query.query_class()) else {
        return refuse(response, ResponseCode::Refused);
    };
    let name = text(query.name());
    let answer = look_up(snapshot, here, &name, asked);
    response.metadata.authoritative = !matches!(answer.outcome, Outcome::Delegated | Outcome::NotServed);
    response.metadata.response_code = match answer.outcome {
        Outcome::Delegated | Outcome::Found | Outcome::NoData => ResponseCode::NoError,
        Outcome::NoName => ResponseCode::NXDomain,
        Outcome::NotServed => ResponseCode::Refused,
    };
    explain(&answer, &name, response);
    let owner = Owner { query, text: &name };
    response.answers.extend(answer.records.iter().filter_map(|record| owner.wire(record)));
    response.authorities.extend(answer.authority.iter().filter_map(|record| owner.wire(record)));
}

/// Says why there is nothing, to those who understand extended errors.
fn explain(answer: &Answer, name: &str, response: &mut Message) {
    const OTHER: u16 = 0;
    const NOT_AUTHORITATIVE: u16 = 20;
    let zone = answer.authority.first().map(|start| &*start.name).unwrap_or_default();
    let (code, words) = match answer.outcome {
        Outcome::NotServed => {
            (NOT_AUTHORITATIVE, format!("no hosted zone holds {name}. and nothing here answers to it"))
        }
        Outcome::NoName => (OTHER, format!("the hosted zone {zone}. has no record set of that name")),
        Outcome::NoData if !zone.is_empty() => {
            (OTHER, format!("the hosted zone {zone}. has no record set of that name and type"))
        }
        Outcome::Delegated | Outcome::Found | Outcome::NoData => return,
    };
    if let Some(edns) = &mut response.edns {
        let payload = [&code.to_be_bytes(), words.as_bytes()].concat();
        edns.options_mut().insert(EdnsOption::Unknown(EXTENDED_ERROR, payload));
    }
}

/// What cannot be read is answered as far as it is known whose question it was.
fn malformed(question: &[u8]) -> Option<Vec<u8>> {
    let head = question.first_chunk::<HEADER_BYTES>()?;
    let is_response = head[2] & 0x80 != 0;
    let op_code = OpCode::from_u8(head[2] >> 3 & 0x0f);
    let id = u16::from_be_bytes([head[0], head[1]]);
    (!is_response).then(|| encode(&Message::error_msg(id, op_code, ResponseCode::FormErr))).flatten()
}

fn encode(message: &Message) -> Option<Vec<u8>> {
    // What the snapshot holds has been checked to fit; there is nobody to tell but who asked.
    message.to_vec().ok().or_else(|| {
        let metadata = message.metadata;
        Message::error_msg(metadata.id, metadata.op_code, ResponseCode::ServFail).to_vec().ok()
    })
}

/// The type that is asked for; `None` for transfers of whole zones.
fn asked(kind: rr::RecordType) -> Option<Asked> {
    Some(match kind {
        rr::RecordType::AXFR | rr::RecordType::IXFR => return None,
        rr::RecordType::ANY => Asked::Any,
        rr::RecordType::A => Asked::Type(RecordType::A),
        rr::RecordType::AAAA => Asked::Type(RecordType::Aaaa),
        rr::RecordType::CAA => Asked::Type(RecordType::Caa),
        rr::RecordType::CNAME => Asked::Type(RecordType::Cname),
        rr::RecordType::MX => Asked::Type(RecordType::Mx),
        rr::RecordType::NS => Asked::Type(RecordType::Ns),
        rr::RecordType::SOA => Asked::Type(RecordType::Soa),
        rr::RecordType::SRV => Asked::Type(RecordType::Srv),
        rr::RecordType::TXT => Asked::Type(RecordType::Txt),
        _ => Asked::Other,
    })
}

/// A name as the snapshot has names; bytes that no name there has are escaped.
fn text(name: &Name) -> String {
    let mut text = String::new();
    for label in name.iter() {
        if !text.is_empty() {
            text.push('.');
        }
        for byte in label {
            if byte.is_ascii_graphic() && *byte != b'.' && *byte != b'\\' {
                text.push(char::from(byte.to_ascii_lowercase()));
            } else {
                text.push_str(&format!("\\{byte:03}"));
            }
        }
    }
    text
}

/// The name that was asked for keeps the letters in which it was asked for.
struct Owner<'a> {
    query: &'a Query,
    text: &'a str,
}

impl Owner<'_> {
    fn wire(&self, record: &Record) -> Option<rr::Record> {
        let owner =
            if *record.name == *self.text { self.query.name().clone() } else { wire_name(&record.name)? };
        Some(rr::Record::from_rdata(owner, record.ttl_seconds, wire_data(&record.data)?))
    }
}

/// `None` for what cannot be sent; template names are checked, so there is none.
fn wire_name(name: &str) -> Option<Name> {
    let mut name = Name::from_labels(name.split('.').map(str::as_bytes)).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn wire_data(data: &RecordData) -> Option<RData> {
    // The seconds of a SOA are signed in this library and unsigned on the wire.
    let seconds = |number: u32| i32::from_be_bytes(number.to_be_bytes());
    Some(match data {
        RecordData::A(address) => RData::A(A(*address)),
        RecordData::Aaaa(address) => RData::AAAA(AAAA(*address)),
        RecordData::Caa { flags, tag, value } => {
            let mut caa = CAA::new_issue(flags & 0x80 != 0, None, Vec::new());
            caa.reserved_flags = flags & 0x7f;
            caa.tag = tag.to_string();
            caa.value = value.as_bytes().to_vec();
            RData::CAA(caa)
        }
        RecordData::Cname(target) => RData::CNAME(CNAME(wire_name(target)?)),
        RecordData::Mx { preference, host } => RData::MX(MX::new(*preference, wire_name(host)?)),
        RecordData::Ns(host) => RData::NS(NS(wire_name(host)?)),
        RecordData::Soa { primary, mailbox, numbers: [serial, refresh, retry, expire, minimum] } => {
            let (primary, mailbox) = (wire_name(primary)?, wire_name(mailbox)?);
            let (refresh, retry, expire) = (seconds(*refresh), seconds(*retry), seconds(*expire));
            RData::SOA(SOA::new(primary, mailbox, *serial, refresh, retry, expire, *minimum))
        }
        RecordData::Srv { priority, weight, port, host } => {
            RData::SRV(SRV::new(*priority, *weight, *port, wire_name(host)?))
        }
        RecordData::Txt(strings) => RData::TXT(TXT::from_bytes(strings.iter().map(AsRef::as_ref).collect())),
    })
}

/// The largest answer over UDP: what passes everywhere without being taken apart.
const UDP_BYTES_MAX: u16 = 1232;

/// The head of a message.
const HEADER_BYTES: usize = 12;

/// The EDNS option of extended errors, RFC 8914.
const EXTENDED_ERROR: u16 = 15;
