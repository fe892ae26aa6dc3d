//! Every property holds for its seeds, and for thousands of variations of them: always the same ones, so that a failure
//! comes again. `cargo xtask fuzz` looks further.

use std::path::{Path, PathBuf};

use frontgate_properties::{PROPERTIES, Property};

#[test]
fn properties_hold_for_their_seeds_and_variations_of_them() {
    // All are tried, so that one that is broken hides no other.
    let is_broken = |property: &&Property| std::panic::catch_unwind(|| try_inputs(property)).is_err();
    let broken: Vec<&str> = PROPERTIES.iter().filter(is_broken).map(|property| property.name).collect();
    assert!(broken.is_empty(), "what does not hold: {broken:?}");
}

fn try_inputs(property: &Property) {
    let seeds = seeds(property.name);
    assert!(!seeds.is_empty(), "fuzz/seeds/{} has no seed", property.name);
    for seed in &seeds {
        check(property, seed);
    }
    let mut random = Random(1);
    for _ in 0..ROUNDS {
        check(property, &varied(&seeds, &mut random));
    }
}

#[test]
fn every_property_has_a_fuzz_target_and_every_target_and_folder_of_seeds_a_property() {
    let names: Vec<&str> = PROPERTIES.iter().map(|property| property.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(stems(&fuzz().join("fuzz_targets")), names);
    assert_eq!(stems(&fuzz().join("seeds")), names);
}

fn check(property: &Property, input: &[u8]) {
    let shown = Shown { name: property.name, input };
    (property.check)(input);
    drop(shown);
}

/// Shows the input when the property panics.
struct Shown<'a> {
    name: &'a str,
    input: &'a [u8],
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} does not hold for b\"{}\"", self.name, self.input.escape_ascii());
        }
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The seeds of a property, in the order of their names.
fn seeds(property: &str) -> Vec<Vec<u8>> {
    let mut paths = entries(&fuzz().join("seeds").join(property));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a seed can be read")).collect()
}

fn stems(folder: &Path) -> Vec<String> {
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut stems: Vec<String> = entries(folder).into_iter().filter_map(stem).collect();
    stems.sort();
    stems
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder can be read").path()).collect()
}

/// A seed with a few changes of the kind that a fuzzer makes.
fn varied(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = random.one_of(seeds).clone();
    for _ in 0..=random.below(CHANGES_MAX) {
        let at = random.below(input.len() + 1);
        let length = random.below((input.len() - at).min(PIECE_BYTES_MAX) + 1);
        match random.below(6) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = *random.one_of(SPECIAL),
            2 => drop(input.drain(at..at + length)),
            3 => {
                let piece = input[at..at + length].to_vec();
                let to = random.below(input.len() + 1);
                input.splice(to..to, piece);
            }
            4 => input.insert(at, *random.one_of(SPECIAL)),
            _ => {
                let other = random.one_of(seeds);
                let from = random.below(other.len() + 1);
                let to = from + random.below((other.len() - from).min(PIECE_BYTES_MAX) + 1);
                input.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    input
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).expect("it is below a usize")
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Bytes that mean something in one of the grammars.
const SPECIAL: &[u8] = b"\0\t\n\r !\"#$%&'*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xc3\xff";
const CHANGES_MAX: usize = 5;
const PIECE_BYTES_MAX: usize = 40;
/// For each property; the whole takes a few seconds.
const ROUNDS: u32 = 3_000;
