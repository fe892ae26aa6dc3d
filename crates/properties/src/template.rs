//! Templates: YAML or JSON, as text.
//!
//! A template is deployed as a whole or refused with at least one reason; every reason can be shown with the lines that
//! it points at; and what is deployed can be compiled.

use std::path::Path;

use frontgate_snapshot::compile;
use frontgate_stacks::{Deployments, plan};

use crate::fixture::options;

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match plan("template.yaml", &text, Path::new("."), &options(), &Deployments::default()) {
        Ok(planned) => {
            let _shown = planned.notices.render(&planned.source, false);
            let distributions = planned.resources.distributions.len();
            assert_eq!(compile(planned.resources, 1).distributions.len(), distributions);
        }
        Err(refused) => {
            assert!(refused.diagnostics.iter().next().is_some(), "refused without a reason");
            assert!(!refused.diagnostics.render(&refused.source, false).trim().is_empty());
        }
    }
}
