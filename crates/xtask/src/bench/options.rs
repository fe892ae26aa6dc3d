//! What `cargo xtask bench` was asked to do.

use std::path::PathBuf;

use super::cases::{CASES, Case};
use super::functions::{self, FunctionCase};
use super::servers::{Name, PEERS};
use crate::Failure;

/// What was asked for.
pub struct Options {
    /// How long one measurement takes.
    pub seconds: u32,
    /// How often each is repeated.
    pub rounds: u32,
    /// What is measured.
    pub cases: Vec<&'static Case>,
    /// Beside whom.
    pub peers: Vec<Name>,
    /// What is measured of functions.
    pub function_cases: Vec<&'static FunctionCase>,
    /// Beside whom.
    pub function_peers: Vec<functions::Peer>,
    /// A binary that is there already, instead of one that is built.
    pub binary: Option<PathBuf>,
}

/// Reads the options.
pub fn read(words: &[&str]) -> Result<Options, Failure> {
    let mut options = Options {
        seconds: 5,
        rounds: 3,
        cases: CASES.iter().collect(),
        peers: PEERS.to_vec(),
        function_cases: functions::CASES.iter().collect(),
        function_peers: functions::PEERS.to_vec(),
        binary: None,
    };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(Failure(format!("{} has no value", pair.join(" ")))) };
        match *name {
            "--seconds" => options.seconds = number(name, value)?,
            "--rounds" => options.rounds = number(name, value)?,
            "--cases" => {
                let others = functions::CASES.iter().map(|case| case.name);
                let words = known("case", value, CASES.iter().map(|case| case.name).chain(others))?;
                options.cases = CASES.iter().filter(|case| words.contains(&case.name)).collect();
                let cases = functions::CASES.iter();
                options.function_cases = cases.filter(|case| words.contains(&case.name)).collect();
            }
            "--peers" => {
                let others = functions::PEERS.iter().map(|peer| peer.word());
                let words = known("peer", value, PEERS.iter().map(|peer| peer.word()).chain(others))?;
                options.peers.retain(|peer| words.contains(&peer.word()));
                options.function_peers.retain(|peer| words.contains(&peer.word()));
            }
            "--binary" => options.binary = Some(PathBuf::from(value)),
            _ => return Err(Failure(format!("bench knows no {name}; see cargo xtask help"))),
        }
    }
    Ok(options)
}

fn number(name: &str, value: &str) -> Result<u32, Failure> {
    let number = value.parse().ok().filter(|number| (1..=NUMBER_MAX).contains(number));
    number.ok_or_else(|| Failure(format!("{name} takes a number from 1 to {NUMBER_MAX}, not {value}")))
}

/// The words of a list with commas, all of them known.
fn known<'a>(
    what: &str,
    value: &'a str,
    all: impl Iterator<Item = &'static str>,
) -> Result<Vec<&'a str>, Failure> {
    let all: Vec<&str> = all.collect();
    let words: Vec<&str> = value.split(',').filter(|word| !word.is_empty() && *word != "none").collect();
    match words.iter().find(|word| !all.contains(word)) {
        Some(unknown) => Err(Failure(format!("there is no {what} {unknown}; there are {}", all.join(", ")))),
        None => Ok(words),
    }
}

const NUMBER_MAX: u32 = 600;

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn options_are_read() {
        let options =
            read(&["--seconds", "2", "--cases", "hit-100k,hit-1k", "--peers", "varnish"]).expect("options");
        assert_eq!((options.seconds, options.rounds), (2, 3));
        let names: Vec<&str> = options.cases.iter().map(|case| case.name).collect();
        assert_eq!(names, ["hit-1k", "hit-100k"]);
        assert_eq!(options.peers.len(), 1);
        assert!(read(&["--peers", "none"]).expect("options").peers.is_empty());
        let options = read(&["--cases", "cold-node,hit-1k", "--peers", "per-call"]).expect("options");
        assert_eq!((options.cases.len(), options.function_cases.len()), (1, 1));
        assert_eq!((options.peers.len(), options.function_peers.len()), (0, 1));
    }

    #[test]
    fn wrong_options_are_named() {
        for (words, part) in [
            (["--seconds", "0"], "--seconds takes a number"),
            (["--cases", "hit-2k"], "no case hit-2k"),
            (["--peers", "squid"], "no peer squid; there are nginx, haproxy"),
            (["--loops", "2"], "knows no --loops"),
        ] {
            let why = read(&words).err().expect("a failure").0;
            assert!(why.contains(part), "{why}");
        }
    }
}
