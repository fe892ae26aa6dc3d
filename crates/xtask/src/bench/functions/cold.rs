//! First calls of functions: each has one of its own that nobody called before.

use std::io::Read;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::super::connections::Viewer;
use super::site::COLD_FUNCTIONS;
use super::{Figures, Language, Peers, Row, Runner, percentile};
use crate::Failure;

/// In turns: frontgate, the bare program, the peers.
pub fn measure(runner: &Runner<'_>, peers: &Peers, language: Language) -> Vec<Row> {
    let mut rows: Vec<(&'static str, Result<Vec<f64>, Failure>)> =
        vec![("frontgate", Ok(Vec::new())), (BARE_PROGRAM, Ok(Vec::new()))];
    rows.extend(peers.there.iter().map(|peer| (peer.peer.word(), Ok(Vec::new()))));
    for number in 0..COLD_FUNCTIONS {
        let path = format!("/api/cold-{}-{number}", language.word());
        for (place, (_, row)) in rows.iter_mut().enumerate() {
            let took = match place {
                0 => call(runner.site.address, &path),
                1 => bare(runner, language),
                place => call(peers.there[place - 2].address, &path),
            };
            match (took, row) {
                // The first one of each reads programs from the disk for the others.
                (Ok(took), Ok(times)) if number > 0 => times.push(took),
                (Ok(_), _) => {}
                (Err(why), row) => *row = Err(why),
            }
        }
    }
    let figures = |times: Vec<f64>| Figures::Waited {
        p50_microseconds: percentile(&times, 0.5),
        p99_microseconds: percentile(&times, 0.99),
        calls: times.len(),
    };
    rows.into_iter().map(|(name, times)| Row { name, figures: times.map(figures) }).collect()
}

fn call(address: SocketAddr, path: &str) -> Result<f64, Failure> {
    let mut viewer = Viewer::connect(address)?;
    let began = Instant::now();
    viewer.text(path)?;
    Ok(began.elapsed().as_secs_f64() * 1e6)
}

/// Until the program of the runtime runs a text that only says that it runs.
fn bare(runner: &Runner<'_>, language: Language) -> Result<f64, Failure> {
    let program = runner.programs.of(language);
    let arguments = match language {
        Language::Node => ["-e", "require('fs').writeSync(1, '!')"],
        Language::Python => ["-c", "import os; os.write(1, b'!')"],
    };
    let failed = |error: std::io::Error| Failure::of(&program.display().to_string(), &error);
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut output = child.stdout.take().ok_or_else(|| Failure("no output".into()))?;
    output.read_exact(&mut [0]).map_err(failed)?;
    let took = began.elapsed().as_secs_f64() * 1e6;
    child.wait().map_err(failed)?;
    Ok(took)
}

/// What the table calls it.
pub const BARE_PROGRAM: &str = "the bare program";
