//! Many calls at once: each has an answer of its own, or it is a failure.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::super::connections::Viewer;
use super::super::processes::{children, resident_kib};
use super::{Figures, site::Site};
use crate::Failure;

/// Calls whose functions go on only when all of them run: as many processes at a time as there are calls.
pub fn meeting(site: &Site, count: usize) -> Result<Figures, Failure> {
    let began = Instant::now();
    let mut viewers = ask(site, "/api/meeting", count)?;
    let arrived = arrivals(&site.meeting, count);
    if arrived.len() < count {
        let first = viewers.first_mut().map(|(viewer, _)| viewer.answer().map(|answer| answer.body));
        let why = format!("{} of {count} functions run at the same time; {first:?}", arrived.len());
        return Err(Failure(why));
    }
    let (processes, resident_kib) = (children(site.process()), resident_kib(site.process()));
    for mut arrival in arrived {
        arrival.write_all(b"!").map_err(|error| Failure::of("the meeting", &error))?;
    }
    check(&mut viewers)?;
    Ok(Figures::All { milliseconds: began.elapsed().as_secs_f64() * 1e3, processes, resident_kib })
}

/// Calls that are answered as soon as there is a process for them.
pub fn crowd(site: &Site, count: usize) -> Result<Figures, Failure> {
    let began = Instant::now();
    let mut viewers = ask(site, "/api/crowd", count)?;
    check(&mut viewers)?;
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let (processes, resident_kib) = (children(site.process()), resident_kib(site.process()));
    Ok(Figures::All { milliseconds, processes, resident_kib })
}

fn ask(site: &Site, path: &str, count: usize) -> Result<Vec<(Viewer, String)>, Failure> {
    let mut viewers = Vec::with_capacity(count);
    for number in 0..count {
        let nonce = format!("{number}-{}", number * 7_919);
        let mut viewer = Viewer::connect(site.address)?;
        viewer.send(&format!("{path}?nonce={nonce}"))?;
        viewers.push((viewer, nonce));
    }
    Ok(viewers)
}

fn check(viewers: &mut [(Viewer, String)]) -> Result<(), Failure> {
    for (viewer, nonce) in viewers {
        let answer = viewer.answer()?;
        if answer.status != 200 || answer.body != *nonce {
            return Err(Failure(format!("{nonce} was answered with {} {}", answer.status, answer.body)));
        }
    }
    Ok(())
}

/// The connections of functions, until there are so many or it takes longer than an integration may.
fn arrivals(meeting: &TcpListener, count: usize) -> Vec<TcpStream> {
    let until = Instant::now() + MEETING_TIME_MAX;
    let mut arrived = Vec::with_capacity(count);
    while arrived.len() < count && Instant::now() < until {
        match meeting.accept() {
            Ok((stream, _)) => arrived.push(stream),
            Err(_) => std::thread::park_timeout(PAUSE),
        }
    }
    arrived
}

/// The longest timeout of an integration, and a second.
const MEETING_TIME_MAX: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(1);
