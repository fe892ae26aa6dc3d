//! What `cargo xtask bench` was asked to do.

use std::path::PathBuf;

use super::cases::{CASES, Case};
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
    /// A binary that is there already, instead of one that is built.
    pub binary: Option<PathBuf>,
}

/// Reads the options.
pub fn read(words: &[&str]) -> Result<Options, Failure> {
    let mut options =
        Options { seconds: 5, rounds: 3, cases: CASES.iter().collect(), peers: PEERS.to_vec(), binary: None };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(Failure(format!("{} has no value", pair.join(" ")))) };
        match *name {
            "--seconds" => options.seconds = number(name, value)?,
            "--rounds" => options.rounds = number(name, value)?,
            "--cases" => options.cases = chosen("case", value, CASES.iter(), |case| case.name)?,
            "--peers" => options.peers = chosen("peer", value, PEERS.iter().copied(), |peer| peer.word())?,
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

/// Those of all that a list with commas names, in the order of all.
fn chosen<T>(
    what: &str,
    value: &str,
    all: impl Iterator<Item = T>,
    name: impl Fn(&T) -> &'static str,
) -> Result<Vec<T>, Failure> {
    let all: Vec<T> = all.collect();
    let words: Vec<&str> = value.split(',').filter(|word| !word.is_empty() && *word != "none").collect();
    if let Some(unknown) = words.iter().find(|word| !all.iter().any(|one| name(one) == **word)) {
        let known: Vec<&str> = all.iter().map(&name).collect();
        return Err(Failure(format!("there is no {what} {unknown}; there are {}", known.join(", "))));
    }
    Ok(all.into_iter().filter(|one| words.contains(&name(one))).collect())
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
