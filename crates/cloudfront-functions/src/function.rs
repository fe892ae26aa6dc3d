//! A function that was accepted: its code in the form that the engine runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use frontgate_cloudfront_functions_rules::restrictions::SOURCE_BYTES_MAX;
use frontgate_cloudfront_functions_rules::syntax::{Accepted, SyntaxError, check};
use frontgate_cloudfront_functions_rules::{KeyValueStore, Runtime};

use crate::world;

/// A function.
#[derive(Debug)]
pub struct Function {
    pub(crate) id: u64,
    name: Box<str>,
    pub(crate) runtime: Runtime,
    /// What makes the handler: an expression whose value is a function.
    pub(crate) script: String,
    pub(crate) store: Option<Arc<KeyValueStore>>,
    /// It may change what calls share.
    pub(crate) touches_globals: bool,
    /// It may ask for another origin.
    pub(crate) changes_origin: bool,
}

/// A source that is no function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// `FunctionSizeLimitExceeded`
    #[error("The function is too large: {0} bytes, {SOURCE_BYTES_MAX} at most")]
    TooLarge(usize),
    /// The runtime does not accept it.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The engine does not accept what the runtime's grammar lets through.
    #[error("{0}")]
    Engine(String),
}

impl Function {
    /// A function with that source; `store` is the key value store that it is associated with.
    ///
    /// # Errors
    /// Why the source is not accepted.
    pub fn compile(
        name: &str,
        runtime: Runtime,
        source: &str,
        store: Option<Arc<KeyValueStore>>,
    ) -> Result<Self, CompileError> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(CompileError::TooLarge(source.len()));
        }
        let accepted = check(source, runtime)?;
        let script = script(source, &accepted);
        world::parse(&script).map_err(CompileError::Engine)?;
        let changes = ["createRequestOriginGroup", "updateRequestOrigin", "selectRequestOriginById"];
        Ok(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            runtime,
            script,
            store,
            touches_globals: accepted.touches_globals,
            changes_origin: accepted.helpers.iter().any(|helper| changes.contains(&helper.name)),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its runtime.
    #[must_use]
    pub fn runtime(&self) -> Runtime {
        self.runtime
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// The source as a function that makes the handler anew for every call, so that no call sees the variables of another.
/// Lines stay where they are. `ƒ` is a name that no source can hold.
fn script(source: &str, accepted: &Accepted) -> String {
    let mut bytes = source.as_bytes().to_vec();
    let mut script = String::from("(function(ƒ){\"use strict\";");
    for import in &accepted.imports {
        script.push_str(&format!("let {}=ƒ({:?});", import.name, import.module));
        for byte in &mut bytes[import.start..import.end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    for at in &accepted.optional_chains {
        bytes[*at] = b' ';
    }
    if bytes.starts_with(b"#!") {
        bytes[..2].copy_from_slice(b"//");
    }
    script.push_str(&String::from_utf8_lossy(&bytes));
    script.push_str("\n;return handler})");
    script
}
