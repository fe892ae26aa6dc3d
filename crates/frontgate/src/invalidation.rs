//! `frontgate invalidate`: removes objects from the edge cache of a running server, or flushes the cache of a stage.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html>. An invalidation
//! is complete once it is acknowledged: here there is one edge location, and it is this process.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html#flush-api-caching>.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use frontgate_aws::ids;
use frontgate_cache::Cache;
use frontgate_edge::Object;
use frontgate_edge_rules::Distribution;
use frontgate_edge_rules::invalidation::invalidation_paths;
use frontgate_gateway::StageCaches;
use frontgate_gateway_rules::RestApi;
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
        if let Some(stages) = done["flushed"].as_str() {
            let count = done["removed"].as_u64().unwrap_or(0);
            anstream::println!("The cache of {stages} is flushed: {count} answers were removed.");
            return Ok(());
        }
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
    stage_caches: Arc<StageCaches>,
    publisher: Publisher,
    count: AtomicU64,
}

impl Invalidations {
    /// Invalidates objects of `cache`, by the names of the current configuration.
    pub fn new(cache: Cache<Object>, stage_caches: Arc<StageCaches>, publisher: Publisher) -> Self {
        Self { cache, stage_caches, publisher, count: AtomicU64::new(0) }
    }

    /// Does it; the answer is given once it is complete.
    pub fn create(&self, name: &str, paths: &[String]) -> Answer {
        let snapshot = self.publisher.current();
        let Some(distribution) = find(&snapshot, name) else { return self.flush(&snapshot, name, paths) };
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

impl Invalidations {
    /// Flushes the cache of a stage, `API/STAGE`, or of all stages of an API; AWS has nothing finer.
    fn flush(&self, snapshot: &Snapshot, name: &str, paths: &[String]) -> Answer {
        let (name, stage) = name.split_once('/').map_or((name, None), |(api, stage)| (api, Some(stage)));
        let is_meant = |api: &&RestApi| *api.id == *name || *api.name == *name || api.host() == name;
        let Some(api) = snapshot.apis.iter().find(is_meant) else { return Answer::NotFound };
        if stage.is_some_and(|stage| api.stage(stage).is_none()) {
            return Answer::NotFound;
        }
        if paths != ["/*"] {
            return Answer::Failed("the cache of a stage can be flushed as a whole only: write '/*'".into());
        }
        let removed = self.stage_caches.flush(&api.id, stage);
        let flushed = match stage {
            Some(stage) => format!("the stage {stage} of the API {}", api.id),
            None => format!("all stages of the API {}", api.id),
        };
        Answer::Ok(json!({"flushed": flushed, "removed": removed}))
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
