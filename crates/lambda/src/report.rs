//! The lines that Lambda itself writes into a function's log, and the dates in them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use frontgate_aws::Utc;

/// What the REPORT line of an invocation says.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) duration: Duration,
    pub(crate) memory_size_mb: u32,
    /// `None` where the system does not tell.
    pub(crate) memory_used_mb: Option<u64>,
    /// Of a cold start whose init phase succeeded.
    pub(crate) init_duration: Option<Duration>,
    pub(crate) status: Status<'a>,
}

/// How an invocation ended, as the REPORT and INIT_REPORT lines say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status<'a> {
    /// Said by leaving the field out.
    Success,
    /// The runtime ended or could not be initialized; AWS's error type.
    Error(&'a str),
    Timeout,
}

pub(crate) fn start_line(request_id: &str, version: &str) -> String {
    format!("START RequestId: {request_id} Version: {version}")
}

pub(crate) fn end_line(request_id: &str) -> String {
    format!("END RequestId: {request_id}")
}

pub(crate) fn timed_out_line(now: SystemTime, request_id: &str, timeout: Duration) -> String {
    format!("{} {request_id} Task timed out after {:.2} seconds", timestamp(now), timeout.as_secs_f64())
}

impl Report<'_> {
    /// The REPORT line; the tab at its end is AWS's.
    pub(crate) fn line(&self) -> String {
        let Self { request_id, duration, memory_size_mb, .. } = self;
        let ms = milliseconds(*duration);
        let billed_ms = duration.as_nanos().div_ceil(1_000_000).max(1);
        let mut line = format!(
            "REPORT RequestId: {request_id}\tDuration: {ms:.2} ms\tBilled Duration: {billed_ms} ms\t\
             Memory Size: {memory_size_mb} MB\t"
        );
        if let Some(used) = self.memory_used_mb {
            line.push_str(&format!("Max Memory Used: {used} MB\t"));
        }
        if let Some(init) = self.init_duration {
            line.push_str(&format!("Init Duration: {:.2} ms\t", milliseconds(init)));
        }
        line.push_str(&self.status.field());
        line
    }
}

/// The line of an init phase that did not succeed; `phase` is `init`, or `invoke` for the second attempt.
pub(crate) fn init_report_line(duration: Duration, phase: &str, status: Status<'_>) -> String {
    let ms = milliseconds(duration);
    format!("INIT_REPORT Init Duration: {ms:.2} ms\tPhase: {phase}\t{}", status.field())
}

impl Status<'_> {
    fn field(self) -> String {
        match self {
            Self::Success => String::new(),
            Self::Error(error_type) => format!("Status: error\tError Type: {error_type}\t"),
            Self::Timeout => "Status: timeout\t".to_owned(),
        }
    }
}

/// `2026-03-04T17:22:38.033Z`.
pub(crate) fn timestamp(now: SystemTime) -> String {
    let since = since_epoch(now);
    let Utc { year, month, day, hour, minute, second, .. } = Utc::of(since.as_secs());
    let millisecond = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// `2026/03/04/[$LATEST]` and 32 hexadecimal digits: the log stream of one execution environment.
pub(crate) fn log_stream_name(now: SystemTime, version: &str, hexadecimal: &str) -> String {
    let Utc { year, month, day, .. } = Utc::of(since_epoch(now).as_secs());
    format!("{year:04}/{month:02}/{day:02}/[{version}]{hexadecimal}")
}

/// Milliseconds since 1970, as the Runtime API gives a deadline.
pub(crate) fn epoch_ms(now: SystemTime) -> u128 {
    since_epoch(now).as_millis()
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_572_958, "2024-03-04T17:22:38.000Z"),
            (1_767_225_599, "2025-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn lines_are_as_recorded() {
        let mut report = Report {
            request_id: "r",
            duration: Duration::from_micros(1_230),
            memory_size_mb: 128,
            memory_used_mb: Some(38),
            init_duration: Some(Duration::from_micros(120_110)),
            status: Status::Success,
        };
        assert_eq!(
            report.line(),
            "REPORT RequestId: r\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 38 MB\tInit Duration: 120.11 ms\t"
        );
        report.status = Status::Error("Runtime.ExitError");
        assert!(report.line().ends_with("120.11 ms\tStatus: error\tError Type: Runtime.ExitError\t"));
        let line = timed_out_line(UNIX_EPOCH, "r", Duration::from_secs(3));
        assert_eq!(line, "1970-01-01T00:00:00.000Z r Task timed out after 3.00 seconds");
        assert_eq!(
            init_report_line(Duration::from_micros(1_236_040), "init", Status::Timeout),
            "INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: timeout\t"
        );
    }
}
