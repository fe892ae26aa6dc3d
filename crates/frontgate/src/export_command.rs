//! `frontgate export`: the OpenAPI document of a stage of an API that runs.
//!
//! What `aws apigateway get-export` and `aws apigatewayv2 export-api` give.

use std::time::{SystemTime, UNIX_EPOCH};

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::export::{self, About, Extensions, Format};
use frontgate_gateway_rules::time;
use frontgate_snapshot::{Publisher, Snapshot};

use crate::cli::{Export, ExportFormat};
use crate::control::{Answer, Ask, ask};
use crate::state_folder::StateFolder;

/// Prints the document.
///
/// # Errors
/// Words for the user.
pub fn export(command: &Export) -> Result<(), String> {
    let state = StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    Extensions::parse(&command.extensions)
        .map_err(|name| format!("`{name}` is no extension: use integrations, authorizers or apigateway"))?;
    let question = Ask::Export {
        api: command.api.clone(),
        stage: command.stage.clone(),
        is_swagger: command.format == ExportFormat::Swagger,
        extensions: command.extensions.clone(),
    };
    anstream::println!("{:#}", ask(&state, &question)?);
    Ok(())
}

/// The server's side.
pub fn answer(
    publisher: &Publisher,
    api: Option<&str>,
    stage: Option<&str>,
    format: Format,
    extensions: &str,
) -> Answer {
    let snapshot = publisher.current();
    let Ok(extensions) = Extensions::parse(extensions) else {
        return Answer::Failed(format!("`{extensions}` are no extensions"));
    };
    let is_named = |id: &str, name: &str, place: PlaceId| {
        api.is_none_or(|api| api == id || api == name || is_logical_id(&snapshot, api, id, place))
    };
    let mut rest = snapshot.apis.iter().filter(|api| is_named(&api.id, &api.name, api.place));
    let mut http = snapshot.http_apis.iter().filter(|api| is_named(&api.id, &api.name, api.place));
    let exported = match (rest.next(), http.next(), rest.next().is_some() || http.next().is_some()) {
        (Some(_), Some(_), _) | (_, _, true) => Err("there are several APIs: name one".to_owned()),
        (None, None, _) => return Answer::NotFound,
        (Some(api), None, _) => rest_api(api, stage, format, extensions),
        (None, Some(api), _) if format == Format::Oas30 => http_api(api, stage),
        (None, Some(_), _) => Err("an HTTP API is exported as oas30".to_owned()),
    };
    exported.map_or_else(Answer::Failed, Answer::Ok)
}

fn rest_api(
    api: &frontgate_gateway_rules::RestApi,
    stage: Option<&str>,
    format: Format,
    extensions: Extensions,
) -> Result<serde_json::Value, String> {
    let name = one_of(stage, api.stages.iter().map(|stage| &*stage.name))?;
    let found = api.stages.iter().find(|stage| *stage.name == *name);
    let deployment = &found.ok_or("the stage is gone")?.release.deployment;
    let version = version();
    let about = About {
        id: &api.id,
        name: &api.name,
        region: &api.region,
        stage: &name,
        version: &version,
        execute_api_disabled: api.execute_api_disabled,
    };
    export::rest_api(deployment, &about, format, extensions)
        .map_err(|error| format!("BadRequestException: {}", error.0))
}

fn http_api(
    api: &frontgate_gateway_rules::http_api::HttpApi,
    stage: Option<&str>,
) -> Result<serde_json::Value, String> {
    let name = one_of(stage, api.stages.iter().map(|stage| &*stage.name))?;
    let found = api.stages.iter().find(|stage| *stage.name == *name);
    let deployment = found.and_then(|stage| stage.deployment.as_ref());
    let deployment = deployment.ok_or("NotFoundException: the stage has no deployment")?;
    let version = version();
    let about = About {
        id: &api.id,
        name: &api.name,
        region: &api.region,
        stage: &name,
        version: &version,
        execute_api_disabled: deployment.execute_api_disabled,
    };
    Ok(export::http_api(deployment, &about))
}

/// The stage that was named, or the only one.
fn one_of<'s>(named: Option<&str>, stages: impl Iterator<Item = &'s str>) -> Result<String, String> {
    let stages: Vec<&str> = stages.collect();
    match (named, stages.as_slice()) {
        (Some(name), _) if stages.contains(&name) => Ok(name.to_owned()),
        (Some(_), _) => Err(format!(
            "NotFoundException: Invalid stage identifier specified. There are: {}",
            stages.join(", ")
        )),
        (None, [one]) => Ok((*one).to_owned()),
        (None, _) => Err(format!("name a stage with --stage: {}", stages.join(", "))),
    }
}

/// Whether a name is the logical id of an API, which its place tells.
fn is_logical_id(snapshot: &Snapshot, name: &str, id: &str, place: PlaceId) -> bool {
    let labels = [format!("the API {name} ({id})"), format!("the HTTP API {name} ({id})")];
    snapshot.places.find(place).is_some_and(|place| labels.iter().any(|label| *label == *place.label))
}

/// When it is exported: the version of a definition that has none.
fn version() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    time::iso_8601(u64::try_from(now.as_millis()).unwrap_or_default())
}
