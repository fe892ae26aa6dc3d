//! When does `frontgate up` end? On Ctrl-C, SIGTERM, and when its terminal is closed (SIGHUP), unless `nohup` started it.

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end it, heard from the moment that this is made: what comes before it waits is not lost.
pub struct Ending {
    runtime: Runtime,
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl Ending {
    /// Begins to listen.
    ///
    /// # Errors
    /// Words for the user, when the system has no room for it.
    pub fn listen() -> Result<Self, String> {
        let told = |error: std::io::Error| format!("signals cannot be waited for: {error}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(told)?;
        let inside = runtime.enter();
        let hears_hangup =
            std::fs::read_to_string("/proc/self/status").is_ok_and(|status| !ignores_hangup(&status));
        let interrupt = signal(SignalKind::interrupt()).map_err(told)?;
        let terminate = signal(SignalKind::terminate()).map_err(told)?;
        let hangup = hears_hangup.then(|| signal(SignalKind::hangup())).transpose().map_err(told)?;
        drop(inside);
        Ok(Self { runtime, interrupt, terminate, hangup })
    }

    /// Waits until one of them has come.
    pub fn wait(mut self) {
        self.runtime.block_on(async {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
                _ = hangup => {}
            }
        });
    }
}

/// Whether this process was started with SIGHUP ignored, as its page in `/proc` says.
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & HANGUP_BIT != 0)
}

/// SIGHUP is the first signal.
const HANGUP_BIT: u64 = 1;

#[cfg(test)]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn nohup_is_seen() {
        for (status, expected) in [
            ("Name:\tfrontgate\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n", true),
            ("SigIgn:\t0000000000001000\n", false),
            ("SigBlk:\t0000000000000001\n", false),
            ("SigIgn:\tzz\n", false),
            ("", false),
        ] {
            assert_eq!(ignores_hangup(status), expected, "{status}");
        }
    }
}
