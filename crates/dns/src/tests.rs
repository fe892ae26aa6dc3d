//! Lookups, and questions over real sockets.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpStream, UdpSocket};

use frontgate_explain::{FactKind, PlaceId};
use frontgate_snapshot::{
    Answerer, HostedZone, Publisher, RecordAnswer, RecordData, RecordSet, RecordType, Snapshot,
};
use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{self, Name};

use crate::lookup::{Asked, Here, Outcome, look_up};
use crate::message::{Transport, respond};
use crate::serve;

const HERE: Here = Here { ipv4: Some(Ipv4Addr::LOCALHOST), ipv6: Some(Ipv6Addr::LOCALHOST) };

fn set(name: &str, kind: RecordType, answer: RecordAnswer) -> RecordSet {
    RecordSet { name: name.into(), kind, ttl_seconds: 300, answer, place: PlaceId::NONE }
}

fn values(values: &[RecordData]) -> RecordAnswer {
    RecordAnswer::Values(values.to_vec())
}

fn address(last: u8) -> RecordData {
    RecordData::A([192, 0, 2, last].into())
}

fn zone(name: &str, mut record_sets: Vec<RecordSet>) -> HostedZone {
    let start = RecordData::Soa {
        primary: "ns-1.awsdns-01.com".into(),
        mailbox: "awsdns-hostmaster.amazon.com".into(),
        numbers: [1, 7200, 900, 1_209_600, 86_400],
    };
    record_sets.push(set(name, RecordType::Soa, values(&[start])));
    record_sets.push(set(name, RecordType::Ns, values(&[RecordData::Ns("ns-1.awsdns-01.com".into())])));
    HostedZone { id: "Z1".into(), name: name.into(), record_sets, place: PlaceId::NONE }
}

fn snapshot() -> Snapshot {
    let cname = |target: &str| values(&[RecordData::Cname(target.into())]);
    let long = RecordData::Txt(vec![vec![b'x'; 255].into(); 6]);
    let zones = vec![
        zone(
            "example.com",
            vec![
                set("www.example.com", RecordType::A, RecordAnswer::ThisMachine),
                set("www.example.com", RecordType::Aaaa, RecordAnswer::ThisMachine),
                set("plain.example.com", RecordType::A, values(&[address(1), address(2)])),
                set("copy.example.com", RecordType::A, RecordAnswer::RecordSet("plain.example.com".into())),
                set("to-www.example.com", RecordType::Cname, cname("www.example.com")),
                set("to-aws.example.com", RecordType::Cname, cname("d1.cloudfront.net")),
                set("away.example.com", RecordType::Cname, cname("www.elsewhere.org")),
                set("loop.example.com", RecordType::Cname, cname("loop.example.com")),
                set("*.wild.example.com", RecordType::A, values(&[address(3)])),
                set("deep.own.wild.example.com", RecordType::A, values(&[address(4)])),
                set("long.example.com", RecordType::Txt, values(&[long])),
                set("sub.example.com", RecordType::Ns, values(&[RecordData::Ns("ns.elsewhere.org".into())])),
            ],
        ),
        zone("inner.example.com", vec![set("a.inner.example.com", RecordType::A, values(&[address(5)]))]),
    ];
    let mut snapshot = Snapshot { hosted_zones: zones, ..Snapshot::default() };
    for name in ["d1.cloudfront.net", "www.example.org"] {
        snapshot.hosts.add(name, Answerer::Distribution(0), FactKind::HostIsDistribution, PlaceId::NONE);
    }
    snapshot
}

#[test]
fn what_names_stand_for() {
    use Outcome::{Delegated, Found, NoData, NoName, NotServed};
    let (a, aaaa) = (Asked::Type(RecordType::A), Asked::Type(RecordType::Aaaa));
    let (txt, ns) = (Asked::Type(RecordType::Txt), Asked::Type(RecordType::Ns));
    // name, type | outcome, values of A, whether the zone's start is told
    type Row = (&'static str, Asked, Outcome, &'static [[u8; 4]], bool);
    let rows: &[Row] = &[
        ("www.example.com", a, Found, &[[127, 0, 0, 1]], false),
        ("www.example.com", aaaa, Found, &[], false),
        ("www.example.com", txt, NoData, &[], true),
        ("www.example.com", Asked::Other, NoData, &[], true),
        ("plain.example.com", a, Found, &[[192, 0, 2, 1], [192, 0, 2, 2]], false),
        ("copy.example.com", a, Found, &[[192, 0, 2, 1], [192, 0, 2, 2]], false),
        ("to-www.example.com", a, Found, &[[127, 0, 0, 1]], false),
        ("to-www.example.com", txt, NoData, &[], true),
        ("to-aws.example.com", a, Found, &[[127, 0, 0, 1]], false),
        ("away.example.com", a, Found, &[], false),
        ("loop.example.com", a, Found, &[], false),
        ("any.wild.example.com", a, Found, &[[192, 0, 2, 3]], false),
        ("a.b.wild.example.com", a, Found, &[[192, 0, 2, 3]], false),
        ("any.wild.example.com", txt, NoData, &[], true),
        // A name above another one exists, and no wildcard covers it nor what is below it.
        ("own.wild.example.com", a, NoData, &[], true),
        ("x.own.wild.example.com", a, NoName, &[], true),
        ("wild.example.com", a, NoData, &[], true),
        ("none.example.com", a, NoName, &[], true),
        ("example.com", ns, Found, &[], false),
        ("example.com", a, NoData, &[], true),
        ("sub.example.com", ns, Found, &[], false),
        ("x.sub.example.com", a, Delegated, &[], false),
        ("a.inner.example.com", a, Found, &[[192, 0, 2, 5]], false),
        ("www.inner.example.com", a, NoName, &[], true),
        ("d1.cloudfront.net", a, Found, &[[127, 0, 0, 1]], false),
        ("d1.cloudfront.net", txt, NoData, &[], false),
        ("d2.cloudfront.net", a, NotServed, &[], false),
        // An alternate domain name alone puts nothing into DNS.
        ("www.example.org", a, NotServed, &[], false),
        ("notexample.com", a, NotServed, &[], false),
        ("com", a, NotServed, &[], false),
        ("", a, NotServed, &[], false),
    ];
    let snapshot = snapshot();
    for (name, asked, outcome, addresses, has_start) in rows {
        let answer = look_up(&snapshot, HERE, name, *asked);
        let found: Vec<[u8; 4]> = answer
            .records
            .iter()
            .filter_map(|record| match &record.data {
                RecordData::A(address) => Some(address.octets()),
                _ => None,
            })
            .collect();
        let told = answer.authority.iter().any(|record| matches!(record.data, RecordData::Soa { .. }));
        assert_eq!(
            (answer.outcome, found.as_slice(), told),
            (*outcome, *addresses, *has_start),
            "{name} {asked:?}"
        );
    }
}

fn question(name: &str, kind: rr::RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).expect("a name"), kind));
    message
}

fn answered(question: &Message) -> Message {
    let bytes = respond(&snapshot(), HERE, &question.to_vec().expect("it fits"), Transport::Udp);
    Message::from_vec(&bytes.expect("it is a question")).expect("it is well formed")
}

#[test]
fn answers_keep_what_the_question_said() {
    let asked = question("WWW.Example.COM.", rr::RecordType::A);
    let answer = answered(&asked);
    assert_eq!((answer.metadata.id, answer.metadata.authoritative), (asked.metadata.id, true));
    assert!(answer.metadata.recursion_desired && !answer.metadata.recursion_available);
    assert_eq!(answer.answers[0].name.to_string(), "WWW.Example.COM.");
    assert_eq!(answer.answers[0].ttl, 300);
    assert!(answer.edns.is_none());
}

#[test]
fn what_is_not_served_is_refused_with_a_reason() {
    let mut asked = question("www.elsewhere.org.", rr::RecordType::A);
    asked.set_edns(hickory_proto::op::Edns::new());
    let answer = answered(&asked);
    assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
    assert!(!answer.metadata.authoritative);
    let reason = format!("{:?}", answer.edns.expect("the question had one").option(15.into()));
    let bytes: Vec<String> = b"no hosted zone".iter().map(u8::to_string).collect();
    assert!(reason.replace(' ', "").contains(&bytes.join(",")), "{reason}");
    let rows = [
        (question("none.example.com.", rr::RecordType::A), ResponseCode::NXDomain),
        (question("example.com.", rr::RecordType::AXFR), ResponseCode::Refused),
        (Message::query(), ResponseCode::FormErr),
        (
            {
                let mut update = question("example.com.", rr::RecordType::A);
                update.metadata.op_code = OpCode::Notify;
                update
            },
            ResponseCode::NotImp,
        ),
    ];
    for (asked, code) in rows {
        assert_eq!(answered(&asked).metadata.response_code, code, "{asked:?}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let snapshot = snapshot();
    let good = question("www.example.com.", rr::RecordType::A).to_vec().expect("it fits");
    for length in 0..good.len() {
        respond(&snapshot, HERE, &good[..length], Transport::Udp);
    }
    for at in 0..good.len() {
        for byte in [0, 0x3f, 0x40, 0x80, 0xc0, 0xff] {
            let mut broken = good.clone();
            broken[at] = byte;
            respond(&snapshot, HERE, &broken, Transport::Tcp);
        }
    }
    assert_eq!(respond(&snapshot, HERE, &good[..11], Transport::Udp), None);
    let answer = respond(&snapshot, HERE, &good[..13], Transport::Udp).expect("its head is whole");
    assert_eq!(answer[..2], good[..2]);
    assert_eq!(answer[3] & 0x0f, 1, "FORMERR");
}

#[test]
fn long_answers_come_over_tcp() {
    let server = serve(([127, 0, 0, 1], 0).into(), Publisher::new(snapshot()), HERE).expect("a port is free");
    let asked = question("long.example.com.", rr::RecordType::TXT).to_vec().expect("it fits");
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a port is free");
    socket.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("it is not zero");
    socket.send_to(&asked, server.address()).expect("it listens");
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).expect("it answers");
    let cut = Message::from_vec(&buffer[..length]).expect("it is well formed");
    assert!(cut.metadata.truncation && cut.answers.is_empty());
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    for _ in 0..2 {
        let length = u16::try_from(asked.len()).expect("it is short");
        stream.write_all(&[&length.to_be_bytes(), asked.as_slice()].concat()).expect("it reads");
        let mut length = [0; 2];
        stream.read_exact(&mut length).expect("it answers");
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut answer).expect("it answers");
        let whole = Message::from_vec(&answer).expect("it is well formed");
        assert!(!whole.metadata.truncation && whole.answers.len() == 1);
    }
}

#[test]
fn the_port_may_be_in_use() {
    let server = serve(([127, 0, 0, 1], 0).into(), Publisher::new(snapshot()), HERE).expect("a port is free");
    let again = serve(server.address(), Publisher::new(snapshot()), HERE);
    let error = again.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with(&format!("DNS cannot be served on {}: ", server.address())), "{error}");
}

#[test]
fn an_address_for_all_stands_for_loopback() {
    let rows: [(&[&str], &str); 4] = [
        (&["127.0.0.1:80", "[::1]:80"], "127.0.0.1 ::1"),
        (&["0.0.0.0:80"], "127.0.0.1 -"),
        (&["[::]:80"], "- ::1"),
        (&["192.0.2.1:80"], "192.0.2.1 -"),
    ];
    for (listeners, expected) in rows {
        let here = Here::of(listeners.iter().map(|address| address.parse().expect("an address")));
        let text = |address: Option<String>| address.unwrap_or_else(|| "-".to_owned());
        let found =
            format!("{} {}", text(here.ipv4.map(|a| a.to_string())), text(here.ipv6.map(|a| a.to_string())));
        assert_eq!(found, expected, "{listeners:?}");
    }
}
