//! One call after the other over one connection, to processes that run already.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::super::connections::Viewer;
use super::alone::Alone;
use super::{Figures, Language, Peers, Row, Runner, percentile};
use crate::Failure;

/// Who answers in turns; the first row is frontgate, the second the function alone.
pub fn measure(runner: &Runner<'_>, peers: &Peers, language: Language) -> Vec<Row> {
    let path = format!("/api/{}", language.word());
    let mut asked: Vec<(&'static str, Result<Asked, Failure>)> = vec![
        ("frontgate", Asked::server(runner.site.address, &path)),
        (FUNCTION_ALONE, alone(runner, language)),
    ];
    for peer in &peers.there {
        asked.push((peer.peer.word(), Asked::server(peer.address, &path)));
    }
    let time = Duration::from_secs(u64::from(runner.options.seconds));
    for _ in 0..runner.options.rounds {
        for (_, one) in &mut asked {
            let Ok(asked) = one else { continue };
            if let Err(why) = asked.ask_for(time) {
                *one = Err(why);
            }
        }
    }
    asked.into_iter().map(|(name, asked)| Row { name, figures: asked.map(|asked| asked.figures()) }).collect()
}

/// With the very event that frontgate makes of such a call.
fn alone(runner: &Runner<'_>, language: Language) -> Result<Asked, Failure> {
    let event = Viewer::connect(runner.site.address)?.text("/api/event")?;
    let mut asked = Asked { who: Who::Alone(Alone::start(runner, language, &event)?), rounds: Vec::new() };
    asked.warm()?;
    Ok(asked)
}

enum Who {
    Server { viewer: Viewer, path: String },
    Alone(Alone),
}

struct Asked {
    who: Who,
    /// The times of each round, in microseconds.
    rounds: Vec<Vec<f64>>,
}

impl Asked {
    fn server(address: SocketAddr, path: &str) -> Result<Self, Failure> {
        let who = Who::Server { viewer: Viewer::connect(address)?, path: path.to_owned() };
        let mut asked = Self { who, rounds: Vec::new() };
        asked.warm()?;
        Ok(asked)
    }

    /// A cold start, and what just-in-time compilers do to the first calls, is not counted.
    fn warm(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        for _ in 0..WARMING_CALLS_MAX {
            self.once()?;
            if began.elapsed() > WARMING_TIME_MAX {
                break;
            }
        }
        Ok(())
    }

    fn ask_for(&mut self, time: Duration) -> Result<(), Failure> {
        let mut took = Vec::new();
        if let Who::Server { viewer, .. } = &mut self.who {
            // It may have closed the connection while others were asked.
            viewer.connect_again()?;
        }
        for _ in 0..UNCOUNTED {
            self.once()?;
        }
        let began = Instant::now();
        while began.elapsed() < time {
            took.push(self.once()?);
        }
        self.rounds.push(took);
        Ok(())
    }

    /// Microseconds of one call.
    fn once(&mut self) -> Result<f64, Failure> {
        match &mut self.who {
            Who::Alone(alone) => alone.invoke(),
            Who::Server { viewer, path } => {
                let began = Instant::now();
                viewer.text(path)?;
                Ok(began.elapsed().as_secs_f64() * 1e6)
            }
        }
    }

    /// The medians of the rounds.
    fn figures(&self) -> Figures {
        let middle = |share: f64| {
            percentile(&self.rounds.iter().map(|round| percentile(round, share)).collect::<Vec<_>>(), 0.5)
        };
        Figures::Waited {
            p50_microseconds: middle(0.5),
            p99_microseconds: middle(0.99),
            calls: self.rounds.iter().map(Vec::len).sum(),
        }
    }
}

/// What the table calls it.
pub const FUNCTION_ALONE: &str = "function alone";
const WARMING_CALLS_MAX: u32 = 3_000;
const WARMING_TIME_MAX: Duration = Duration::from_secs(3);
/// Calls at the beginning of a round, while others have had the processor's caches.
const UNCOUNTED: u32 = 3;
