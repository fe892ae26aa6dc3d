//! Every bound of the engine, with AWS's where there is one.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use std::time::Duration;

/// The largest event of a synchronous invocation: 6 MB.
pub(crate) const EVENT_BYTES_MAX: usize = 6_291_556;
/// The largest event of an asynchronous invocation: 1 MB since October 2025.
pub const ASYNCHRONOUS_EVENT_BYTES_MAX: usize = 1_048_576;
/// How many events of all functions may wait at a time.
pub(crate) const EVENTS_QUEUED_MAX: usize = 10_000;
/// What the events that wait may have together.
pub(crate) const EVENTS_QUEUED_BYTES_MAX: usize = 256 << 20;
/// The largest response: 6 MB and AWS's allowance of 100 bytes.
pub(crate) const RESPONSE_BYTES_MAX: usize = 6_291_556;
/// The largest streamed response: 200 MB.
pub(crate) const STREAMED_BYTES_MAX: usize = 209_715_200;
/// The largest piece in which a streamed response is handed on.
pub(crate) const STREAM_PIECE_BYTES_MAX: usize = 65_536;
/// How many pieces of a streamed response may wait for a slow caller before the function waits for it.
pub(crate) const STREAM_PIECES_MAX: usize = 4;
/// How long the init phase may take before it is tried again within the invocation.
pub(crate) const INIT_TIME_MAX: Duration = Duration::from_secs(10);
/// The bounds of a function's timeout.
pub(crate) const TIMEOUT_SECONDS: std::ops::RangeInclusive<u64> = 1..=900;
/// The bounds of a function's memory.
pub(crate) const MEMORY_MB: std::ops::RangeInclusive<u32> = 128..=10_240;
/// The bounds of `EphemeralStorage`.
pub(crate) const EPHEMERAL_STORAGE_MB: std::ops::RangeInclusive<u32> = 512..=10_240;
/// How many layers a function may have.
pub(crate) const LAYERS_MAX: usize = 5;
/// How many processes and threads a function may have.
pub(crate) const PROCESSES_MAX: usize = 1_024;
/// How many files a process of a function may have open.
pub(crate) const FILES_OPEN_MAX: u64 = 1_024;
/// What a process may map besides twice its memory: the stacks of a thousand threads, and what runtimes set aside and
/// never use.
pub(crate) const MEMORY_MAPPED_EXTRA_MB: u32 = 10_240;
/// How much longer than its disk one file may be: the disk is full before.
pub(crate) const PROCESS_FILE_MB_EXTRA: u32 = 1;
/// How many files of a temporary folder are counted.
pub(crate) const SCRATCH_ENTRIES_MAX: usize = 20_000;
/// How many packages of a folder are looked at for links.
pub(crate) const LINKS_MAX: usize = 10_000;
/// What all environment variables of a function may have together.
pub(crate) const VARIABLES_BYTES_MAX: usize = 4_096;
/// Concurrent executions of an account: running and waiting invocations of all functions together.
pub(crate) const CONCURRENT_EXECUTIONS_MAX: usize = 1_000;
/// What `X-Amz-Log-Result` holds of a log.
pub(crate) const LOG_TAIL_BYTES_MAX: usize = 4_096;

/// How many execution environments may start at once, per core.
pub(crate) const STARTS_PER_CORE: usize = 2;
/// The least of that.
pub(crate) const STARTS_AT_ONCE_MIN: usize = 8;
/// How long one that starts counts as one of them.
pub(crate) const START_TIME_COUNTED_MAX: Duration = Duration::from_secs(2);
/// How many processes there may be however little memory the machine has left.
pub(crate) const PROCESSES_WITHOUT_LOOK_MAX: usize = 100;
/// What more processes than that must leave of the machine's memory.
pub(crate) const MEMORY_LEFT_MB_MIN: u64 = 1_024;

/// The longest line of a log; a longer one is cut into several.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 262_144;
/// What one execution environment may log at once before lines are dropped.
pub(crate) const LOG_BURST_BYTES_MAX: usize = 8 << 20;
/// What it may log per second after that.
pub(crate) const LOG_BYTES_PER_SECOND_MAX: usize = 1 << 20;
/// What may wait for a slow sink, of all functions together.
pub(crate) const LOG_QUEUE_BYTES_MAX: usize = 16 << 20;
/// How many lines may wait for a slow sink.
pub(crate) const LOG_QUEUE_LINES_MAX: usize = 16_384;
/// When a log file is put aside as `.log.1` and a new one begun.
pub(crate) const LOG_FILE_BYTES_MAX: u64 = 16 << 20;

/// How many events of the init phase are kept for subscribers to telemetry.
pub(crate) const TELEMETRY_BACKLOG_EVENTS_MAX: usize = 1_000;
/// What may wait for a slow subscriber to telemetry.
pub(crate) const TELEMETRY_WAITING_BYTES_MAX: usize = 16 << 20;
/// How often a batch of telemetry is tried to be sent.
pub(crate) const TELEMETRY_ATTEMPTS_MAX: u32 = 3;
/// How long a subscriber may take for a batch.
pub(crate) const TELEMETRY_SEND_TIME_MAX: Duration = Duration::from_secs(2);
/// How many extensions a function may have.
pub(crate) const EXTENSIONS_MAX: usize = 10;
/// How long extensions may take for their end.
pub(crate) const EXTENSIONS_SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(2);
/// How long a runtime may take for its end where there are external extensions.
pub(crate) const RUNTIME_SHUTDOWN_TIME_MAX: Duration = Duration::from_millis(300);
/// The longest head of a request to the Runtime API.
pub(crate) const HEAD_BYTES_MAX: usize = 65_536;
/// How many headers such a request may have.
pub(crate) const HEADERS_MAX: usize = 64;
/// How many connections to its Runtime API a process may have open.
pub(crate) const CONNECTIONS_MAX: usize = 64;
/// How often the memory of a process is measured while it runs.
pub(crate) const MEMORY_LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How much more time there is between two looks for each process that there is.
pub(crate) const LOOK_TIME_SHARE: Duration = Duration::from_millis(1);
/// How many looks at the memory there are for one at the temporary folder.
pub(crate) const LOOKS_PER_LOOK_AT_DISK: u32 = 5;
/// The code of a function, unzipped, is smaller than 250 MB.
pub(crate) const CODE_BYTES_MAX: u64 = 262_144_000;
/// How many files the code of a function may have; of its `node_modules`, how many are looked at for a change.
pub(crate) const CODE_FILES_MAX: usize = 50_000;
/// How many changed files of one deployment and function are checked.
pub(crate) const CHECKED_FILES_MAX: usize = 500;
/// What such a check may say.
pub(crate) const CHECK_OUTPUT_BYTES_MAX: u64 = 1 << 20;
/// How many such checks run at a time.
pub(crate) const CHECKS_AT_ONCE_MAX: usize = 4;
/// How long such a check may take before the code is deployed without it.
pub(crate) const CHECK_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a killed process may take to go before it is left to the system.
pub(crate) const END_TIME_MAX: Duration = Duration::from_secs(2);
