//! Runs stories: Markdown files that are a page of the manual and a test of the real binary at once.
//!
//! `stories/README.md` says how a story is written. [`Story::parse`] reads one, [`run`] serves its template with the
//! real `frontgate`, asks it with the real `curl` and compares answers, facts and traps with what the story says.

#![forbid(unsafe_code)]

mod access_log;
mod answer;
mod check;
mod children;
mod curl;
mod dns;
mod failure;
mod folder;
mod origin;
mod parse;
mod process;
mod raw;
mod run;
mod sign;
mod story;
pub mod tls;
mod web_socket;

pub use curl::Doors;
pub use failure::Failure;
pub use folder::Folder;
pub use process::{Binary, Frontgate, Started};
pub use run::run;
pub use story::{
    Edit, ExpectedAnswer, ExpectedBody, ExpectedHeader, LogEntry, Request, Run, Said, Step, Story, StoryFile,
    TrapLine,
};
