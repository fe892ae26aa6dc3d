//! The program whose instructions `cargo xtask count` counts: frontgate itself, built by the profile of the counts and
//! beside the binary that the stories run.

use clap::Parser;
use frontgate::cli::Cli;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match frontgate::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}
