//! `frontgate invalidate`: removes objects from the edge cache of a running server.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html>. An invalidation
//! is complete once it is acknowledged: here there is one edge location, and it is this process.

use std::sync::atomic::{AtomicU64, Ordering};

use frontgate_aws::ids;
use frontgate_cache::Cache;
use frontgate_edge::Object;
use frontgate_edge_rules::Distribution;
use frontgate_edge_rules::invalidation::invalidation_paths;
use frontgate_snapshot::{Publisher, Snapshot};
use serde_json::{Value, json};

use crate::cli::Invalidate;
use crate::control::{Answer, Ask, ask};
use crate::state_folder::StateFolder;

/// Asks for it and says what came of it.
///
/// # Errors
/// Words for the user.
pub fn invalidate(command: &Invalidate) -> Result<(), String> {
    let state = StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    let question =
        Ask::Invalidate { distribution: command.distribution.clone(), paths: command.paths.clone() };
    let done = ask(&state, &question)?;
    if command.json {
        anstream::println!("{done:#}");
    } else {
        let text = |name: &str| done[name].as_str().unwrap_or_default();
        let objects = match done["removed"].as_u64() {
            Some(1) => "1 object was removed".to_owned(),
            count => format!("{} objects were removed", count.unwrap_or(0)),
        };
        anstream::println!(
            "Invalidation {} of the distribution {} is {}: {objects}.",
            text("id"),
            text("distribution"),
            text("status")
        );
        if let Some(note) = done["note"].as_str() {
            anstream::println!("{note}");
        }
    }
    Ok(())
}

/// The server's side.
pub struct Invalidations {
    cache: Cache<Object>,
    publisher: Publisher,
    count: AtomicU64,
}

impl Invalidations {
    /// Invalidates objects of `cache`, by the names of the current configuration.
    pub fn new(cache: Cache<Object>, publisher: Publisher) -> Self {
        Self { cache, publisher, count: AtomicU64::new(0) }
    }

    /// Does it; the answer is given once it is complete.
    pub fn create(&self, name: &str, paths: &[String]) -> Answer {
        let snapshot = self.publisher.current();
        let Some(distribution) = find(&snapshot, name) else { return Answer::NotFound };
        let paths = match invalidation_paths(paths) {
            Ok(paths) => paths,
            Err(violation) => return Answer::Failed(format!("{}: {}", violation.code, violation.message)),
        };
        let removed = frontgate_edge::invalidate(&self.cache, distribution, &paths);
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let shown: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
        Answer::Ok(completed(distribution, number, &shown, removed))
    }
}

fn completed(distribution: &Distribution, number: u64, paths: &[&str], removed: usize) -> Value {
    let names_tags_in_vain =
        distribution.cache_tags.is_none() && paths.iter().any(|path| path.starts_with('#'));
    let note = "The distribution has no CacheTagConfig, so that its objects have no tags.";
    json!({
        "note": names_tags_in_vain.then_some(note),
        "id": ids::invalidation_id(&format!("{}/{}/{number}", distribution.id, std::process::id())),
        "status": "Completed",
        "distribution": distribution.id,
        "paths": paths,
        "removed": removed,
    })
}

/// A distribution by its id, its ARN, one of its names, or its logical id.
fn find<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a Distribution> {
    let host = name.to_ascii_lowercase();
    snapshot.distributions.iter().find(|distribution| {
        [&distribution.id, &distribution.arn, &distribution.logical_id].iter().any(|own| ***own == *name)
            || *distribution.domain_name == *host
            || distribution.aliases.iter().any(|alias| **alias == *host)
    })
}
