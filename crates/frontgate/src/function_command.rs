//! `frontgate function test`: runs a CloudFront Function with an event, as `aws cloudfront test-function` does.
//!
//! Authority: <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_TestResult.html>. As there, what only a
//! served request shows is not looked at: read-only headers, and whether an origin exists.

use std::path::Path;

use frontgate_cloudfront_functions::{CallError, Engine, Function, Moment, Outcome};
use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::result::Read;
use frontgate_cloudfront_functions_rules::{FunctionResult, Runtime};
use frontgate_stacks::{Deployments, Options, plan};
use serde_json::{Value, json};

use crate::cli::FunctionTest;
use crate::clock::Clock;
use crate::viewer_functions::EDGE_LOCATION;

/// Runs the function and prints what came of it.
///
/// # Errors
/// Words for the user; also where the function failed.
pub fn test(command: &FunctionTest) -> Result<(), String> {
    let event = read(&command.event)?;
    let event =
        Prepared::from_json(&event).map_err(|error| format!("{}: {error}", command.event.display()))?;
    let outcome = match function(command)? {
        Ok(function) => {
            let now_milliseconds = Clock::new(false).now_milliseconds();
            let moment = Moment { now_milliseconds, seed: now_milliseconds, edge_location: EDGE_LOCATION };
            Engine::new().call(&function, &event, &moment, Read::Tested)
        }
        Err(text) => failed(text),
    };
    if command.json {
        anstream::println!("{:#}", test_result(&outcome));
    } else {
        tell(&outcome);
    }
    outcome.result.map(drop).map_err(|error| error.to_string())
}

/// The function that the command names; in the inner error its code is not accepted.
fn function(command: &FunctionTest) -> Result<Result<Function, String>, String> {
    let (name, runtime, code, store) = match &command.template {
        Some(template) => from_template(template, &command.function)?,
        None => {
            let path = Path::new(&command.function);
            if !path.is_file() {
                return Err(format!("there is no file {}; a name needs --template", path.display()));
            }
            (command.function.clone(), Runtime::JavaScript20, read(path)?, None)
        }
    };
    let runtime = match &command.runtime {
        Some(name) => Runtime::from_name(name).ok_or_else(|| {
            let known = Runtime::ALL.map(Runtime::name).join(" and ");
            format!("the runtime {name} is unknown; there are {known}")
        })?,
        None => runtime,
    };
    Ok(Function::compile(&name, runtime, &code, store).map_err(|error| error.to_string()))
}

type Source =
    (String, Runtime, String, Option<std::sync::Arc<frontgate_cloudfront_functions_rules::KeyValueStore>>);

fn from_template(template: &Path, name: &str) -> Result<Source, String> {
    let text = read(template)?;
    let folder = template.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let options = Options {
        stack_name: "function-test".into(),
        region: "us-east-1".into(),
        allow_unsupported: true,
        ..Options::default()
    };
    let planned = plan(&template.display().to_string(), &text, folder, &options, &Deployments::default())
        .map_err(|refused| refused.diagnostics.render(&refused.source, false).trim_end().to_owned())?;
    let of_logical_id = planned.stack.resources.iter().find(|(logical_id, _, _)| logical_id == name);
    let found = planned.viewer_functions.iter().find(|function| {
        *function.name == *name
            || of_logical_id.is_some_and(|(_, _, arn)| arn.ends_with(&format!("/{}", function.name)))
    });
    let Some(found) = found else {
        let names: Vec<&str> = planned.viewer_functions.iter().map(|function| &*function.name).collect();
        return Err(format!("the template has no function {name}; it has {}", names.join(", ")));
    };
    Ok((found.name.to_string(), found.runtime, found.code.to_string(), found.store.clone()))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn failed(text: String) -> Outcome {
    Outcome {
        result: Err(CallError::Execution(text)),
        output: None,
        logs: Vec::new(),
        compute_utilization: 0,
        compute_microseconds: 0,
    }
}

/// The result in the words of the API.
fn test_result(outcome: &Outcome) -> Value {
    json!({
        "ComputeUtilization": outcome.compute_utilization.to_string(),
        "FunctionExecutionLogs": outcome.logs,
        "FunctionErrorMessage": outcome.result.as_ref().err().map(ToString::to_string).unwrap_or_default(),
        "FunctionOutput": output(outcome).map(|output| output.to_string()).unwrap_or_default(),
    })
}

/// `{"request": …}` or `{"response": …}`
fn output(outcome: &Outcome) -> Option<Value> {
    let output = outcome.output.as_ref()?;
    Some(match &outcome.result {
        Ok(FunctionResult::Request(_)) => json!({"request": output}),
        Ok(FunctionResult::Response(_)) => json!({"response": output}),
        Err(_) => return None,
    })
}

fn tell(outcome: &Outcome) {
    if let Some(output) = output(outcome) {
        anstream::println!("{output:#}");
    }
    for line in &outcome.logs {
        anstream::println!("log: {line}");
    }
    anstream::println!(
        "compute utilization: {} ({} µs)",
        outcome.compute_utilization,
        outcome.compute_microseconds
    );
}
