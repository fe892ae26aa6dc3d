//! What is measured, and what frontgate has to reach beside each peer.

use super::servers::Name;

/// One thing that is measured.
pub struct Case {
    /// What `--cases` calls it.
    pub name: &'static str,
    /// What the table calls it.
    pub title: &'static str,
    /// What is done.
    pub work: Work,
    /// Who is measured beside frontgate.
    pub peers: &'static [Name],
    /// What has to be reached.
    pub goals: &'static [Goal],
}

/// What is done to each server.
pub enum Work {
    /// Somebody asks for some seconds.
    Ask {
        /// How.
        protocol: Protocol,
        /// For what.
        path: &'static str,
        /// Who has to answer.
        answered_by: AnsweredBy,
    },
    /// Many connections that asked once wait for nothing.
    IdleConnections {
        /// How many.
        count: usize,
    },
    /// Many objects of 1 KiB are asked for and kept.
    ManyObjects {
        /// How many.
        count: usize,
    },
}

/// How one asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1, connections kept.
    Http1,
    /// HTTP/1.1 over TLS 1.3, connections kept.
    Http1Tls,
    /// HTTP/2 over TLS 1.3, connections kept.
    Http2Tls,
    /// A connection and a full TLS 1.3 handshake for each request.
    FullHandshake,
    /// A connection and a resumed TLS 1.3 session for each request.
    ResumedHandshake,
}

impl Protocol {
    /// Whether the server must speak TLS.
    pub fn is_tls(self) -> bool {
        self != Self::Http1
    }
}

/// Who has to answer; the origin's own count proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The cache, always.
    Cache,
    /// The origin, always.
    Origin,
    /// A function behind an API.
    Function,
}

/// The ratio of frontgate's figure to a peer's that must not be passed.
pub struct Goal {
    /// The peer.
    pub peer: Name,
    /// The greatest ratio that is good.
    pub ratio_max: f64,
}

const fn goal(peer: Name, ratio_max: f64) -> Goal {
    Goal { peer, ratio_max }
}

const fn hit(protocol: Protocol, path: &'static str) -> Work {
    Work::Ask { protocol, path, answered_by: AnsweredBy::Cache }
}

use Name::{Epoll, Haproxy, Nginx, TrafficServer, Varnish};

const EVERYBODY: &[Name] = &[Nginx, Haproxy, Varnish, TrafficServer, Epoll];
const PROXIES: &[Name] = &[Nginx, Haproxy, Varnish, TrafficServer];
/// Varnish has no TLS of its own.
const WITH_TLS: &[Name] = &[Nginx, Haproxy, TrafficServer];

/// All of them; those that fill the memory come last.
pub const CASES: &[Case] = &[
    Case {
        name: "hit-1k",
        title: "hit 1 KiB",
        work: hit(Protocol::Http1, "/1k"),
        peers: EVERYBODY,
        goals: &[goal(Nginx, 0.65), goal(Haproxy, 0.80), goal(Varnish, 0.40), goal(Epoll, 1.35)],
    },
    Case {
        name: "hit-16k",
        title: "hit 16 KiB",
        work: hit(Protocol::Http1, "/16k"),
        peers: EVERYBODY,
        goals: &[goal(Nginx, 0.80)],
    },
    Case {
        name: "hit-100k",
        title: "hit 100 KiB",
        work: hit(Protocol::Http1, "/100k"),
        peers: EVERYBODY,
        goals: &[goal(Nginx, 0.70)],
    },
    Case {
        name: "hit-1m",
        title: "hit 1 MiB",
        work: hit(Protocol::Http1, "/1m"),
        peers: EVERYBODY,
        goals: &[goal(Nginx, 0.80)],
    },
    Case {
        name: "pass-1k",
        title: "pass-through 1 KiB",
        work: Work::Ask { protocol: Protocol::Http1, path: "/pass/1k", answered_by: AnsweredBy::Origin },
        peers: PROXIES,
        goals: &[goal(Nginx, 1.0)],
    },
    Case {
        name: "tls-1k",
        title: "hit 1 KiB, TLS 1.3",
        work: hit(Protocol::Http1Tls, "/1k"),
        peers: WITH_TLS,
        goals: &[goal(Nginx, 0.50)],
    },
    Case {
        name: "tls-100k",
        title: "hit 100 KiB, TLS 1.3",
        work: hit(Protocol::Http1Tls, "/100k"),
        peers: WITH_TLS,
        goals: &[goal(Nginx, 0.60)],
    },
    Case {
        name: "tls-1m",
        title: "hit 1 MiB, TLS 1.3",
        work: hit(Protocol::Http1Tls, "/1m"),
        peers: WITH_TLS,
        goals: &[goal(Nginx, 0.70)],
    },
    Case {
        name: "handshake-full",
        title: "full handshake",
        work: hit(Protocol::FullHandshake, "/1k"),
        peers: WITH_TLS,
        goals: &[goal(Nginx, 0.35)],
    },
    Case {
        name: "handshake-resumed",
        title: "resumed handshake",
        work: hit(Protocol::ResumedHandshake, "/1k"),
        peers: WITH_TLS,
        goals: &[goal(Nginx, 0.40)],
    },
    Case {
        name: "h2-1k",
        title: "hit 1 KiB, HTTP/2",
        work: hit(Protocol::Http2Tls, "/1k"),
        peers: WITH_TLS,
        goals: &[goal(Nginx, 0.75), goal(Haproxy, 1.3)],
    },
    Case {
        name: "lambda",
        title: "warm Lambda proxy",
        work: Work::Ask { protocol: Protocol::Http1, path: "/api/hello", answered_by: AnsweredBy::Function },
        peers: &[],
        goals: &[],
    },
    Case {
        name: "memory-idle",
        title: "10,000 idle connections",
        work: Work::IdleConnections { count: 10_000 },
        peers: PROXIES,
        goals: &[goal(Nginx, 1.0)],
    },
    Case {
        name: "memory-objects",
        title: "100,000 objects of 1 KiB",
        work: Work::ManyObjects { count: 100_000 },
        // The others take the memory of all objects at their start, or keep them in files.
        peers: &[Varnish],
        goals: &[goal(Varnish, 1.0)],
    },
];

#[cfg(test)]
mod tests {
    use super::{CASES, Work};
    use crate::bench::sizes;

    #[test]
    fn cases_ask_for_what_the_origin_has_and_goals_name_their_peers() {
        for case in CASES {
            for goal in case.goals {
                assert!(case.peers.contains(&goal.peer), "{}", case.name);
            }
            if let Work::Ask { path, .. } = case.work {
                assert!(path.starts_with("/api/") || sizes::length_of(path).is_some(), "{}", case.name);
            }
        }
    }
}
