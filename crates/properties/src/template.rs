//! Templates: YAML or JSON, as text.
//!
//! A template is deployed as a whole or refused with at least one reason; every reason can be shown with the lines that
//! it points at; and what is deployed can be compiled, and deployed again: then no stage lags behind its API.

use std::path::Path;
use std::sync::LazyLock;

use frontgate_snapshot::compile;
use frontgate_stacks::{Deployments, plan};

use crate::fixture::options;

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match plan("template.yaml", &text, Path::new("."), &options(), &Deployments::default()) {
        Ok(planned) => {
            let _shown = planned.notices.render(&planned.source, false);
            check_again(&text, &planned.deployments);
            let distributions = planned.resources.distributions.len();
            assert_eq!(compile(planned.resources, 1).distributions.len(), distributions);
        }
        Err(refused) => {
            assert!(refused.diagnostics.iter().next().is_some(), "refused without a reason");
            assert!(!refused.diagnostics.render(&refused.source, false).trim().is_empty());
        }
    }
}

/// The same template once more changes nothing; as an edit of another template it is read, too.
fn check_again(text: &str, deployments: &Deployments) {
    let again = plan("template.yaml", text, Path::new("."), &options(), deployments);
    let again = again.expect("what was deployed can be deployed again");
    for api in &again.resources.apis {
        let lags = api.stages.iter().any(|stage| stage.release.deployment.undeployed.is_some());
        assert!(!lags, "{} lags behind itself", api.id);
    }
    match plan("template.yaml", text, Path::new("."), &options(), &OTHER) {
        Ok(edited) => drop(edited.notices.render(&edited.source, false)),
        Err(refused) => drop(refused.diagnostics.render(&refused.source, false)),
    }
}

/// The deployments of another template.
static OTHER: LazyLock<Deployments> = LazyLock::new(|| {
    let text = include_str!("gateway_event.yaml");
    let planned = plan("template.yaml", text, Path::new("."), &options(), &Deployments::default());
    planned.expect("the own template can be deployed").deployments
});
