//! Facts of deployments of APIs: what a stage answers with may be older than the template.

use frontgate_aws::Source::Documented;

use super::rows;

rows! {
    CanaryChosen "gateway.canary"
        "{place} diverts a part of the requests, at random, to the canary release of the stage: this one is among them."
        Documented("canary-release");
    CanaryPassed "gateway.canary-passed"
        "{place} diverts a part of the requests, at random, to the canary release of the stage: this one goes to the production release."
        Documented("canary-release");
    RouteNotDeployed "gateway.route-not-deployed"
        "The template has {place}, and the deployment of the stage is older: it has no such route."
        Documented("updating-api");
    MethodNotDeployed "gateway.method-not-deployed"
        "{place} has changed since the deployment of the stage was made, which answers as it was then."
        Documented("updating-api");
    PolicyNotDeployed "gateway.policy-not-deployed"
        "{place} has changed since the deployment of the stage was made; the policy of then counts."
        Documented("apigateway-resource-policies-create-attach");
}
