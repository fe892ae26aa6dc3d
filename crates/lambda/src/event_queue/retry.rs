//! What comes after an attempt: success, another attempt, or the end?
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

use frontgate_aws::Source;

use super::{Attempted, EventSettings};

/// How far an event has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// When it came, in milliseconds since 1970.
    pub(super) accepted_milliseconds: u64,
    /// How often its function ran.
    pub(super) invocations: u32,
    /// How often it was throttled or interrupted since its function ran last.
    pub(super) interruptions: u32,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The function is asked again after so many seconds.
    Again { seconds: u64 },
    /// Lambda gives up.
    Failed(Condition),
    /// The function has done its work.
    Succeeded,
}

/// `requestContext.condition` of an invocation record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It is older than it may become, or would be at the next attempt.
    EventAgeExceeded,
    /// The function failed as often as it may.
    RetriesExhausted,
    /// The function returned.
    Success,
    /// The function has a reserved concurrency of 0.
    ZeroReservedConcurrency,
}

impl Condition {
    /// The word of the record.
    pub(super) fn as_str(self) -> &'static str {
        CONDITIONS[self as usize].1
    }
}

/// What comes after an attempt that ended so; `progress` counts it already.
pub(super) fn next(
    attempted: &Attempted,
    progress: &Progress,
    settings: &EventSettings,
    now_milliseconds: u64,
) -> Next {
    let seconds = match attempted {
        Attempted::Ran { failed: false, .. } => return Next::Succeeded,
        Attempted::Throttled { reserved_is_zero: true } => {
            return Next::Failed(Condition::ZeroReservedConcurrency);
        }
        Attempted::Ran { .. } if progress.invocations > settings.retry_attempts_max => {
            return Next::Failed(Condition::RetriesExhausted);
        }
        Attempted::Ran { .. } => u64::from(progress.invocations) * RETRY_SECONDS,
        Attempted::Throttled { .. } | Attempted::Interrupted(_) | Attempted::Gone => {
            backoff_seconds(progress.interruptions)
        }
    };
    match is_too_old(progress, settings, now_milliseconds + seconds * 1000) {
        true => Next::Failed(Condition::EventAgeExceeded),
        false => Next::Again { seconds },
    }
}

/// Whether the event is older at that time than it may become.
pub(super) fn is_too_old(progress: &Progress, settings: &EventSettings, at_milliseconds: u64) -> bool {
    let age_milliseconds = at_milliseconds.saturating_sub(progress.accepted_milliseconds);
    age_milliseconds > u64::from(settings.event_age_seconds_max) * 1000
}

/// "The retry interval increases exponentially from 1 second after the first attempt to a maximum of 5 minutes."
fn backoff_seconds(interruptions: u32) -> u64 {
    let doublings = interruptions.saturating_sub(1).min(BACKOFF_DOUBLINGS_MAX);
    (1 << doublings).min(BACKOFF_SECONDS_MAX)
}

/// "With a one-minute wait between the first two attempts, and two minutes between the second and third attempts."
const RETRY_SECONDS: u64 = 60;
const BACKOFF_SECONDS_MAX: u64 = 300;
const BACKOFF_DOUBLINGS_MAX: u32 = 16;

/// In the order of [`Condition`].
const CONDITIONS: [(Condition, &str, Source); 4] = [
    (Condition::EventAgeExceeded, "EventAgeExceeded", Source::Recorded("test_maxeventage")),
    (Condition::RetriesExhausted, "RetriesExhausted", Source::Recorded("test_retries")),
    (Condition::Success, "Success", Source::Recorded("test_assess_lambda_destination_invocation")),
    (
        Condition::ZeroReservedConcurrency,
        "ZeroReservedConcurrency",
        Source::Recorded("test_reserved_concurrency_async_queue"),
    ),
];

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn ran(failed: bool) -> Attempted {
        Attempted::Ran { payload: Bytes::new(), executed_version: "$LATEST".into(), failed }
    }

    #[test]
    fn conditions_stand_in_their_order() {
        assert!(CONDITIONS.iter().enumerate().all(|(index, row)| row.0 as usize == index));
    }

    #[test]
    fn what_comes_after_an_attempt() {
        let again = |seconds| Next::Again { seconds };
        let throttled = Attempted::Throttled { reserved_is_zero: false };
        let zero = Attempted::Throttled { reserved_is_zero: true };
        let interrupted = Attempted::Interrupted("no process".into());
        // What happened, invocations, interruptions, retries allowed, age allowed, age in seconds.
        for (attempted, invocations, interruptions, retries, age_max, age, expected) in [
            (ran(false), 1, 0, 2, 21_600, 0, Next::Succeeded),
            (ran(true), 1, 0, 2, 21_600, 0, again(60)),
            (ran(true), 2, 0, 2, 21_600, 60, again(120)),
            (ran(true), 3, 0, 2, 21_600, 180, Next::Failed(Condition::RetriesExhausted)),
            (ran(true), 1, 0, 0, 21_600, 0, Next::Failed(Condition::RetriesExhausted)),
            (ran(true), 2, 0, 1, 21_600, 60, Next::Failed(Condition::RetriesExhausted)),
            (ran(true), 1, 0, 2, 60, 0, again(60)),
            (ran(true), 1, 0, 2, 60, 1, Next::Failed(Condition::EventAgeExceeded)),
            (zero, 0, 1, 2, 21_600, 0, Next::Failed(Condition::ZeroReservedConcurrency)),
            (throttled.clone(), 0, 1, 2, 21_600, 0, again(1)),
            (throttled.clone(), 0, 2, 2, 21_600, 1, again(2)),
            (throttled.clone(), 0, 9, 2, 21_600, 300, again(256)),
            (throttled.clone(), 0, 10, 2, 21_600, 600, again(300)),
            (throttled, 0, 400, 2, 21_600, 21_500, Next::Failed(Condition::EventAgeExceeded)),
            (interrupted, 1, 1, 0, 21_600, 10, again(1)),
        ] {
            let progress = Progress { accepted_milliseconds: 5_000, invocations, interruptions };
            let settings = EventSettings {
                retry_attempts_max: retries,
                event_age_seconds_max: age_max,
                ..EventSettings::default()
            };
            let found = next(&attempted, &progress, &settings, 5_000 + age * 1000);
            assert_eq!(found, expected, "{attempted:?} {progress:?} {retries} {age_max} {age}");
        }
    }
}
