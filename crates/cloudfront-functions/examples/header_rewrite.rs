//! What does a call cost? Prints the microseconds of processor time of a header rewrite with a warm world, and of a
//! new world: `cargo run --release -p frontgate-cloudfront-functions --example header_rewrite`.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use frontgate_cloudfront_functions::{EdgeLocation, Engine, Function, Moment};
use frontgate_cloudfront_functions_rules::result::Read;
use frontgate_cloudfront_functions_rules::{Event, RequestView, Runtime};
use frontgate_message::{Headers, Target};
use rustix::time::{ClockId, clock_gettime};

const SOURCE: &str = "function handler(event) {
    var request = event.request;
    if (request.uri.endsWith('/')) {
        request.uri += 'index.html';
    }
    request.headers['x-forwarded-host'] = { value: request.headers.host.value };
    return request;
}";

const CALLS: u32 = 20_000;

const WORLDS: u32 = 200;

fn main() {
    let headers = viewer_headers();
    let target = Target::new("/docs/?a=1&b=2");
    let event = Event {
        distribution_domain_name: "d111111abcdef8.cloudfront.net",
        distribution_id: "EDFDVBD6EXAMPLE",
        request_id: "EXAMPLEntjQpEXAMPLE_SG5Z-EXAMPLEPmPfEXAMPLEu3EqEXAMPLE==",
        viewer_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestView {
            method: "GET",
            target: &target,
            headers: &headers,
            cloudfront_headers: &Headers::new(),
        },
        response: None,
    };
    let moment = Moment {
        now_milliseconds: 1_700_000_000_000,
        seed: 1,
        edge_location: EdgeLocation {
            name: "FRA",
            server_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            region: "eu-central-1",
        },
    };
    let function =
        Function::compile("rewrite", Runtime::JavaScript20, SOURCE, None).expect("the source is plain");
    let engine = Engine::new();
    let call = || {
        let outcome = engine.call(&function, &event.prepare(), &moment, Read::Served);
        assert!(outcome.result.is_ok(), "{outcome:?}");
    };
    let started = processor_time();
    call();
    let first = processor_time() - started;
    let started = processor_time();
    for _ in 0..CALLS {
        call();
    }
    let each = (processor_time() - started) / CALLS;
    let started = processor_time();
    for _ in 0..WORLDS {
        let outcome = Engine::new().call(&function, &event.prepare(), &moment, Read::Served);
        assert!(outcome.result.is_ok(), "{outcome:?}");
    }
    let world = (processor_time() - started) / WORLDS;
    println!("first call of the process: {} µs", first.as_micros());
    println!("a call in a new world: {} µs", world.as_micros());
    println!("each of {CALLS} more: {:.1} µs", each.as_secs_f64() * 1e6);
}

fn viewer_headers() -> Headers {
    [
        ("Host", "www.example.com"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "en-US,en;q=0.5"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Referer", "https://www.example.com/"),
        ("Cookie", "session=0123456789abcdef; theme=dark"),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
    ]
    .into_iter()
    .collect()
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("processor time is not negative")
}
