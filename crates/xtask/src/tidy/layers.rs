//! Which crate may know which: the arrows of `cargo metadata` against `layers.toml`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::list::List;
use crate::Failure;

/// Every arrow is listed, and every listed arrow is there.
pub fn check(repository: &Path, layers: &List) -> Result<Vec<String>, Failure> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(repository)
        .output()
        .map_err(|error| Failure::of("cargo metadata", &error))?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| Failure::of("cargo metadata", &error))?;
    let crates: Vec<(String, BTreeSet<String>)> =
        metadata["packages"].as_array().into_iter().flatten().map(arrows).collect();
    let mut findings = Vec::new();
    for (name, known) in &crates {
        let Some(row) = layers.find("may know", name) else {
            findings.push(format!("layers.toml: the crate {name} is not listed"));
            continue;
        };
        let allowed: BTreeSet<String> = row.texts.iter().cloned().collect();
        for arrow in known.difference(&allowed) {
            findings.push(format!("layers.toml: {name} knows {arrow}, which is a new arrow"));
        }
        for arrow in allowed.difference(known) {
            findings.push(format!("layers.toml: {name} does not know {arrow} any more; remove the arrow"));
        }
        if row.texts.windows(2).any(|pair| pair[0] > pair[1]) {
            findings.push(format!("layers.toml: the arrows of {name} are not sorted"));
        }
    }
    for row in layers.section("may know") {
        if !crates.iter().any(|(name, _)| *name == row.name) {
            findings.push(format!("layers.toml: there is no crate {}", row.name));
        }
    }
    Ok(findings)
}

/// A package's short name and the crates of ours that it depends on, for its tests, too.
fn arrows(package: &Value) -> (String, BTreeSet<String>) {
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    let own = dependencies
        .filter(|dependency| !dependency["path"].is_null())
        .filter_map(|dependency| dependency["name"].as_str())
        .map(short)
        .collect();
    (short(package["name"].as_str().unwrap_or_default()), own)
}

fn short(name: &str) -> String {
    name.strip_prefix("frontgate-").unwrap_or(name).to_owned()
}
