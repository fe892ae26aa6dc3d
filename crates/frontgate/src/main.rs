//! The command `frontgate`.

use std::process::ExitCode;

use clap::Parser as _;
use frontgate::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match frontgate::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            anstream::eprintln!("frontgate: {message}");
            ExitCode::FAILURE
        }
    }
}
