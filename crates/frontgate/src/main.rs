//! The command `frontgate`.

use std::process::ExitCode;

use clap::Parser as _;
use frontgate::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Functions are started through this executable, which then becomes their program.
    frontgate_lambda::enter_if_told();
    match frontgate::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            anstream::eprintln!("frontgate: {message}");
            ExitCode::FAILURE
        }
    }
}
