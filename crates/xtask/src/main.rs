//! What developers run besides cargo: `cargo xtask --help`.

#![forbid(unsafe_code)]

mod bench;
mod failure;
mod test;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use failure::Failure;

const HELP: &str = "\
What developers run besides cargo.

  cargo xtask test      everything that has to be green: builds, tidies, and runs all tests and stories
  cargo xtask tidy      the rules of the house that no compiler checks
  cargo xtask bench     CPU per request beside nginx, HAProxy, Varnish, Apache Traffic Server and a bare epoll loop
                        (apt-get install nginx haproxy varnish trafficserver wrk nghttp2-client)
                        --seconds N    how long one measurement takes (5)
                        --rounds N     how often each is repeated; medians count (3)
                        --cases A,B    only these, such as hit-1k,tls-1k
                        --peers A,B    only beside these, or none
                        --binary FILE  measure this binary instead of building one
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{HELP}");
            Ok(())
        }
        ["test"] => test::run(repository()),
        ["tidy"] => tidy::run(repository()),
        ["bench", options @ ..] => bench::run(repository(), options),
        // The benchmark starts these by itself, as processes of their own.
        ["bench-epoll"] => bench::serve_epoll(),
        ["bench-handshake", words @ ..] => bench::shake_hands(words),
        ["bench-origin"] => bench::serve_origin(),
        _ => Err(Failure(format!("unknown: {}\n\n{HELP}", words.join(" ")))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the repository.
fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
