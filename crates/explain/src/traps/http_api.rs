//! Traps of HTTP APIs.

use super::{Sign, Trap};
use crate::FactKind::{
    HttpApiAuthorizerUnauthorized, HttpApiIdentityMissing, HttpApiNotDeployed, HttpApiPreflightAuthorized,
    HttpApiRouteNotFound, HttpApiStageMissing, HttpApiTokenMissing,
};
use Sign::{Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "http-api-404-vs-rest-403",
        symptom: "404 {\"message\":\"Not Found\"} from API Gateway",
        signs: &[OneOf(&[HttpApiRouteNotFound, HttpApiStageMissing, HttpApiNotDeployed])],
        cause: "An HTTP API says 404 where a REST API says 403 Missing Authentication Token or Forbidden: no route takes the \
                method and the path, or the path begins with no stage, or the stage has no deployment. A slash at the \
                end counts, and only the stage $default has no segment in the path.",
        fix: "Compare method and path (behind CloudFront with the origin path before it) with the route keys; give the stage \
              AutoDeploy: true.",
        place_of: &[HttpApiNotDeployed, HttpApiRouteNotFound, HttpApiStageMissing],
    },
    Trap {
        id: "http-api-preflight-401",
        symptom: "An error of CORS in the browser: the preflight request answers 401",
        signs: &[
            Noted(HttpApiPreflightAuthorized),
            OneOf(&[HttpApiTokenMissing, HttpApiIdentityMissing, HttpApiAuthorizerUnauthorized]),
        ],
        cause: "The route is $default or one for ANY method, so it takes OPTIONS, too, and its authorizer is asked before the API \
                answers the preflight request. Browsers send no credentials with those.",
        fix: "Add a route OPTIONS /{proxy+} without an authorizer, or name the methods of the routes.",
        place_of: &[HttpApiPreflightAuthorized],
    },
];
