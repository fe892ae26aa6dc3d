//! Calls functions. One engine per thread; a function that was called before has a warm world.

use std::cell::RefCell;

use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::result::{Read, read_result};
use frontgate_cloudfront_functions_rules::{EventType, Failure, FunctionResult};
use rquickjs::{CatchResultExt as _, Ctx, Object, Value};

use crate::compute::utilization;
use crate::function::Function;
use crate::world::{World, told};

/// The worlds of a thread's functions.
#[derive(Default)]
pub struct Engine {
    /// The one used last stands last.
    worlds: RefCell<Vec<(u64, World)>>,
}

/// What a call is told of its time and place.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// What `Date` says, milliseconds since 1970.
    pub now_milliseconds: u64,
    /// What `Math.random` starts from.
    pub seed: u64,
    /// `cf.edgeLocation` of a viewer-request function.
    pub edge_location: EdgeLocation<'a>,
}

/// `cf.edgeLocation`
#[derive(Clone, Copy, Debug)]
pub struct EdgeLocation<'a> {
    /// The airport code.
    pub name: &'a str,
    /// The address of the server.
    pub server_ip: std::net::IpAddr,
    /// The region of the regional edge cache.
    pub region: &'a str,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the function wants.
    pub result: Result<FunctionResult, CallError>,
    /// The value that it returned, where it returned one.
    pub output: Option<serde_json::Value>,
    /// What it logged.
    pub logs: Vec<String>,
    /// Its time as a share of what it may take, 0 to 100.
    pub compute_utilization: u32,
    /// Its time in microseconds.
    pub compute_microseconds: u64,
}

/// A call that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It threw, or broke a limit: 503.
    #[error(
        "The CloudFront function associated with the CloudFront distribution is invalid or could not run. {0}"
    )]
    Execution(String),
    /// Its result is not taken: 502.
    #[error(transparent)]
    Validation(#[from] Failure),
}

impl Engine {
    /// An engine without worlds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls the handler of `function`. No call sees what another did.
    pub fn call(&self, function: &Function, event: &Prepared, moment: &Moment<'_>, how: Read) -> Outcome {
        let world = match self.take_world(function) {
            Ok(world) => world,
            Err(error) => return Outcome::failed(CallError::Execution(error)),
        };
        world.random.seed(moment.seed);
        world.meter.start();
        let called = world.context.with(|ctx| {
            let called = run(&ctx, &world, function, event, moment).catch(&ctx);
            called.map_err(|error| told(&error))
        });
        let compute_microseconds = world.meter.stop();
        let logs = world.log.take();
        let was_stopped = world.meter.was_stopped();
        let broke_limit =
            called.as_ref().is_err_and(|error| LIMITS.iter().any(|name| error.starts_with(name)));
        let has_jobs = world.context.runtime().is_job_pending();
        if !(was_stopped || broke_limit || has_jobs || function.touches_globals) {
            self.worlds.borrow_mut().push((function.id, world));
        }
        let (result, output) = match called {
            _ if was_stopped => (Err(CallError::Execution(TIME_EXCEEDED.to_owned())), None),
            Err(error) => (Err(CallError::Execution(error)), None),
            Ok(returned) => returned.read(event, how),
        };
        let compute_utilization = utilization(compute_microseconds);
        Outcome { result, output, logs, compute_utilization, compute_microseconds }
    }

    /// The warm world of a function, or a new one.
    fn take_world(&self, function: &Function) -> Result<World, String> {
        let mut worlds = self.worlds.borrow_mut();
        if let Some(index) = worlds.iter().rposition(|(id, _)| *id == function.id) {
            return Ok(worlds.remove(index).1);
        }
        if worlds.len() >= WORLDS_MAX {
            worlds.remove(0);
        }
        World::new(function)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine with {} worlds", self.worlds.borrow().len())
    }
}

/// How many warm worlds a thread keeps; each takes about half a megabyte.
const WORLDS_MAX: usize = 32;

/// Errors after which a world is not used again.
const LIMITS: &[&str] = &["InternalError", "MemoryError", "RangeError"];

const TIME_EXCEEDED: &str = "The function exceeded the time that it may compute.";

/// What a handler returned, as JSON.
struct Returned {
    json: Option<String>,
    origin: Option<String>,
}

impl Returned {
    fn read(
        self,
        event: &Prepared,
        how: Read,
    ) -> (Result<FunctionResult, CallError>, Option<serde_json::Value>) {
        let invalid = |text: &str| CallError::Validation(Failure::InvalidValue(text.to_owned()));
        let Some(json) = self.json else {
            return (Err(invalid("the handler returned nothing")), None);
        };
        let Ok(output) = serde_json::from_str(&json) else {
            return (Err(invalid("the result holds half a character")), None);
        };
        let result = read_result(event, &output, self.origin.as_deref(), how);
        (result.map_err(CallError::from), Some(output))
    }
}

fn run<'js>(
    ctx: &Ctx<'js>,
    world: &World,
    function: &Function,
    event: &Prepared,
    moment: &Moment<'_>,
) -> rquickjs::Result<Returned> {
    let object = ctx.json_parse(event.json.as_str())?;
    let location = match event.event_type {
        EventType::ViewerRequest => Some(edge_location(ctx, &moment.edge_location)?),
        EventType::ViewerResponse => None,
    };
    let factory = world.factory.clone().restore(ctx)?;
    // Milliseconds since 1970 stay far below the 2^53 that a double holds exactly.
    let now = moment.now_milliseconds as f64;
    let call = world.call.clone().restore(ctx)?;
    let mut value: Value<'js> = call.call((factory, object, event.raw_query.as_deref(), now, location))?;
    if let Some(promise) = value.as_promise() {
        value = match promise.finish() {
            Err(rquickjs::Error::WouldBlock) => {
                return Err(rquickjs::Exception::throw_message(
                    ctx,
                    "the promise of the handler is never settled",
                ));
            }
            finished => finished?,
        };
    }
    let json = ctx.json_stringify(value)?.map(|json| json.to_string()).transpose()?;
    let origin = if function.changes_origin { world.origin.clone().restore(ctx)?.call(())? } else { None };
    Ok(Returned { json, origin })
}

fn edge_location<'js>(ctx: &Ctx<'js>, location: &EdgeLocation<'_>) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("name", location.name)?;
    object.set("serverIp", location.server_ip.to_string())?;
    object.set("region", location.region)?;
    Ok(object)
}

impl Outcome {
    fn failed(error: CallError) -> Self {
        Self {
            result: Err(error),
            output: None,
            logs: Vec::new(),
            compute_utilization: 0,
            compute_microseconds: 0,
        }
    }
}
