//! The seam between the edge and the engine of CloudFront Functions. What functions log goes to the console.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::{Arc, Weak};

use frontgate_cloudfront_functions::{CallError, CompileError, EdgeLocation, Engine, Function, Moment};
use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::result::Read;
use frontgate_edge::{FunctionFailure, FunctionOutcome, RequestId, ViewerFunctions};
use frontgate_edge_rules::ViewerFunction;

use crate::clock::Clock;
use crate::console::Console;

/// Runs the functions of one worker.
pub struct LocalViewerFunctions {
    engine: Engine,
    /// What was made of functions that are still deployed.
    compiled: RefCell<Vec<(Weak<ViewerFunction>, Rc<Compiled>)>>,
    calls: Cell<u64>,
    clock: Clock,
    console: Console,
}

type Compiled = Result<Function, CompileError>;

impl LocalViewerFunctions {
    /// An engine that tells the time of `clock`.
    pub fn new(clock: Clock, console: Console) -> Self {
        Self { engine: Engine::new(), compiled: RefCell::default(), calls: Cell::new(0), clock, console }
    }

    fn compiled(&self, function: &Arc<ViewerFunction>) -> Rc<Compiled> {
        let mut compiled = self.compiled.borrow_mut();
        if let Some((_, found)) = compiled.iter().find(|(known, _)| known.as_ptr() == Arc::as_ptr(function)) {
            return Rc::clone(found);
        }
        compiled.retain(|(known, _)| known.strong_count() > 0);
        let made =
            Function::compile(&function.name, function.runtime, &function.code, function.store.clone());
        let made = Rc::new(made);
        compiled.push((Arc::downgrade(function), Rc::clone(&made)));
        made
    }
}

impl ViewerFunctions for LocalViewerFunctions {
    fn call(
        &self,
        function: &Arc<ViewerFunction>,
        event: &Prepared,
        request_id: RequestId,
    ) -> FunctionOutcome {
        let say = |line: &str| self.console.function_log(&function.name, line);
        let compiled = self.compiled(function);
        let compiled = match &*compiled {
            Ok(compiled) => compiled,
            Err(error) => {
                say(&format!("{} {error}", request_id.as_str()));
                return FunctionOutcome { result: Err(FunctionFailure::NotAccepted), compute_utilization: 0 };
            }
        };
        let now_milliseconds = self.clock.now_milliseconds();
        self.calls.set(self.calls.get().wrapping_add(1));
        let moment = Moment {
            now_milliseconds,
            // "Seeded with the timestamp of when the function runs"; calls of one millisecond differ all the same.
            seed: now_milliseconds.wrapping_mul(0x9e37_79b9) ^ self.calls.get(),
            edge_location: EDGE_LOCATION,
        };
        let outcome = self.engine.call(compiled, event, &moment, Read::Served);
        // As in CloudWatch Logs: each line with the id of the request.
        outcome.logs.iter().for_each(|line| say(&format!("{} {line}", request_id.as_str())));
        let result = outcome.result.map_err(|error| {
            say(&format!("{} {error}", request_id.as_str()));
            match error {
                CallError::Execution(_) => FunctionFailure::Execution,
                CallError::Validation(failure) => FunctionFailure::Invalid(failure),
            }
        });
        FunctionOutcome { result, compute_utilization: outcome.compute_utilization }
    }
}

/// What `cf.edgeLocation` says here: no airport of AWS's, this machine, the region of CloudFront's control plane.
pub const EDGE_LOCATION: EdgeLocation<'static> =
    EdgeLocation { name: "LOC", server_ip: IpAddr::V4(Ipv4Addr::LOCALHOST), region: "us-east-1" };
