//! What developers run besides cargo: `cargo xtask --help`.

#![forbid(unsafe_code)]

mod bench;
mod count;
mod failure;
mod fuzz;
mod test;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use failure::Failure;

const HELP: &str = "\
What developers run besides cargo.

  cargo xtask test      everything that has to be green: builds, tidies, runs all tests and stories, and counts
                        --counts-required  that valgrind is missing is a failure
  cargo xtask tidy      the rules of the house that no compiler checks
  cargo xtask count     instructions of a hit, a miss and a pass-through, compared with counts.toml
                        (apt-get install valgrind)
                        --update       writes counts.toml
  cargo xtask fuzz      looks for inputs that break a property of crates/properties (cargo install cargo-fuzz)
                        --seconds N    how long each target runs (30)
                        TARGET...      only these, such as range cookie
  cargo xtask bench     CPU per request beside nginx, HAProxy, Varnish, Apache Traffic Server and a bare epoll loop,
                        and how long one waits for functions, beside a process for each call and serverless-offline
                        (apt-get install nginx haproxy varnish trafficserver wrk nghttp2-client)
                        --seconds N    how long one measurement takes (5)
                        --rounds N     how often each is repeated; medians count (3)
                        --cases A,B    only these, such as hit-1k,tls-1k or warm-node,cold-python,meeting
                        --peers A,B    only beside these, or none
                        --binary FILE  measure this binary instead of building one
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] | ["help", ..] => help(),
        words if words.iter().any(|word| ["--help", "-h"].contains(word)) => help(),
        ["test"] => test::run(repository(), count::Need::Optional),
        ["test", "--counts-required"] => test::run(repository(), count::Need::Required),
        ["count", options @ ..] => count::run(repository(), options),
        ["fuzz", options @ ..] => fuzz::run(repository(), options),
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

fn help() -> Result<(), Failure> {
    print!("{HELP}");
    Ok(())
}

/// The folder of the repository.
fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
