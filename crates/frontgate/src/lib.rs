//! The product: the command line, the door that every request enters by, and the seams between the engines.

#![forbid(unsafe_code)]

mod access_log;
mod backends;
mod certificates;
pub mod cli;
mod clock;
mod console;
mod control;
mod controlled;
mod counted;
mod credentials;
mod deploy;
mod door;
mod edge_endpoint;
mod edge_names;
mod ending;
mod explain_command;
mod explain_page;
mod export_command;
mod function_command;
mod function_configs;
mod identifiers;
mod invalidation;
mod lambda_at_edge;
mod local_buckets;
mod local_events;
mod local_functions;
mod local_invocations;
mod local_origins;
mod network;
mod ready;
mod records;
mod services;
mod stage_logs;
mod state_folder;
mod trust;
mod truststores;
mod up;
mod url;
mod url_signers;
mod viewer_functions;
mod viewer_locations;
mod watch;
mod web_sockets;

use cli::{Cli, Clock, Command, FlushLogs, FunctionCommand};

/// Does what the command line says.
///
/// # Errors
/// Words for the user.
pub fn run(cli: Cli) -> Result<(), String> {
    match cli.command {
        Command::Up(command) => up::up(&command),
        Command::Credentials(command) => credentials::credentials(&command),
        Command::Explain(command) => explain_command::explain(&command),
        Command::Export(command) => export_command::export(&command),
        Command::Function(command) => match command.command {
            FunctionCommand::Test(command) => function_command::test(&command),
        },
        Command::Invalidate(command) => invalidation::invalidate(&command),
        Command::Trust(command) => trust::trust(&command),
        Command::Clock(command) => advance_clock(&command),
        Command::FlushLogs(command) => flush_logs(&command),
    }
}

fn flush_logs(command: &FlushLogs) -> Result<(), String> {
    let state =
        state_folder::StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    control::ask(&state, &control::Ask::FlushLogs).map(drop)
}

fn advance_clock(command: &Clock) -> Result<(), String> {
    let state =
        state_folder::StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    control::ask(&state, &control::Ask::AdvanceClock { seconds: command.advance }).map(drop)
}
