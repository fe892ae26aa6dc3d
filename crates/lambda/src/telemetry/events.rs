//! The events of the platform, as the schema of the Telemetry API has them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Telemetry;
use crate::config::FunctionConfig;
use crate::report::{Report, Status};

/// An attempt to initialize an execution environment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InitPhase {
    /// `initializationType`
    pub(crate) kind: &'static str,
    /// `init`, or `invoke` for the second attempt.
    pub(crate) phase: &'static str,
    pub(crate) began: Instant,
}

/// What the events of one invocation say of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invoked<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: &'a str,
}

impl Telemetry {
    pub(crate) fn init_start(&self, phase: InitPhase, config: &FunctionConfig) {
        self.platform("initStart", || {
            json!({
                "initializationType": phase.kind,
                "phase": phase.phase,
                "functionName": config.name,
                "functionVersion": config.version,
            })
        });
    }

    pub(crate) fn init_done(&self, phase: InitPhase, status: Status<'_>) {
        let record = |metrics: Option<Value>| {
            let mut record = json!({ "initializationType": phase.kind, "phase": phase.phase });
            add_status(&mut record, status);
            if let Some(metrics) = metrics {
                record["metrics"] = metrics;
            }
            record
        };
        self.platform("initRuntimeDone", || record(None));
        self.platform("initReport", || {
            record(Some(json!({ "durationMs": milliseconds(phase.began.elapsed()) })))
        });
    }

    pub(crate) fn start(&self, invoked: Invoked<'_>, version: &str) {
        self.platform(
            "start",
            || json!({ "requestId": invoked.request_id, "version": version, "tracing": invoked.tracing() }),
        );
    }

    pub(crate) fn runtime_done(
        &self,
        invoked: Invoked<'_>,
        status: Status<'_>,
        duration: Duration,
        produced_bytes: usize,
    ) {
        self.platform("runtimeDone", || {
            let mut record = json!({ "requestId": invoked.request_id });
            add_status(&mut record, status);
            record["tracing"] = invoked.tracing();
            record["metrics"] =
                json!({ "durationMs": milliseconds(duration), "producedBytes": produced_bytes });
            record
        });
    }

    pub(crate) fn report(&self, report: &Report<'_>) {
        self.platform("report", || {
            let mut metrics = json!({
                "durationMs": milliseconds(report.duration),
                "billedDurationMs": u64::try_from(report.duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX),
                "memorySizeMB": report.memory_size_mb,
            });
            if let Some(used) = report.memory_used_mb {
                metrics["maxMemoryUsedMB"] = json!(used);
            }
            if let Some(duration) = report.init_duration {
                metrics["initDurationMs"] = json!(milliseconds(duration));
            }
            let mut record = json!({ "requestId": report.request_id, "metrics": metrics });
            add_status(&mut record, report.status);
            record
        });
    }
}

impl Invoked<'_> {
    fn tracing(&self) -> Value {
        json!({ "type": "X-Amzn-Trace-Id", "value": self.trace_id })
    }
}

fn add_status(record: &mut Value, status: Status<'_>) {
    let (status, error_type) = match status {
        Status::Success => ("success", None),
        Status::Error(error_type) => ("error", Some(error_type)),
        Status::Timeout => ("timeout", None),
    };
    record["status"] = json!(status);
    if let Some(error_type) = error_type {
        record["errorType"] = json!(error_type);
    }
}

/// Milliseconds with three digits behind the point.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
