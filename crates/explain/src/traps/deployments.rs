//! Traps of deployments: an API that has moved on, and a stage that has not.

use super::{Sign, Trap};
use crate::FactKind::{HttpApiStage, MethodNotDeployed, PolicyNotDeployed, RouteNotDeployed, StageFound};
use Sign::{Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "not-redeployed",
        symptom: "403 {\"message\":\"Missing Authentication Token\"} (HTTP APIs: 404 Not Found) for a route that the template \
                  has, or the answer of before",
        signs: &[OneOf(&[RouteNotDeployed, MethodNotDeployed])],
        cause: "A stage answers with its deployment, a snapshot of the API. CloudFormation makes a deployment once, and again \
                only under another logical id.",
        fix: "Give the deployment another logical id with each change of the API, such as ApiDeployment2, and name it in the \
              DeploymentId of the stage; AWS SAM does so by itself. An HTTP API has AutoDeploy: true.",
        place_of: &[StageFound, HttpApiStage, RouteNotDeployed, MethodNotDeployed],
    },
    Trap {
        id: "resource-policy-not-redeployed",
        symptom: "An edit of the resource policy has no effect",
        signs: &[Noted(PolicyNotDeployed)],
        cause: "The resource policy is part of the deployment, a snapshot of the API, and the stage has one from before the edit.",
        fix: "Give the deployment another logical id, such as ApiDeployment2, and name it in the DeploymentId of the stage; AWS \
              SAM does so by itself.",
        place_of: &[StageFound, PolicyNotDeployed],
    },
];
