//! Several viewers who ask for the same at the same time, and viewers who leave.

use frontgate_cache::{Cache, Limits};
use frontgate_edge_rules::Distribution;
use frontgate_explain::FactKind;

use super::fixture::distribution;
use super::stage::{START, Script, ask, check, edge, edge_of, request, run};
use crate::{Edge, Exchange, RequestId};

fn held_edge() -> Edge<Script> {
    let mut edge = edge_of(Cache::new(Limits::of_total(8 << 20)));
    edge.origins.held = Some(tokio::sync::Semaphore::new(0));
    edge
}

/// Lets others run until they wait.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

async fn three(edge: &Edge<Script>, distribution: &Distribution, target: &str) -> [&'static str; 3] {
    let viewer = format!("0 GET {target}");
    let ask = || async {
        let (x, seen) = ask(edge, distribution, &viewer).await;
        assert_eq!(seen.status, 200, "{:?}", x.trace);
        seen.result
    };
    let let_go = async {
        settle().await;
        edge.origins().held.as_ref().expect("held").add_permits(10);
    };
    let (one, two, three, ()) = tokio::join!(ask(), ask(), ask(), let_go);
    [one, two, three]
}

#[test]
fn simultaneous_requests_ask_the_origin_once() {
    run(async {
        let rows: [(&str, &str, usize, [&str; 3]); 6] = [
            ("/a", "200 >> x", 1, ["Miss", "Hit", "Hit"]),
            ("/a", "200 >>* in chunks and so on", 1, ["Miss", "Hit", "Hit"]),
            ("/a", "200 | Cache-Control: no-store >> x", 3, ["Miss", "Miss", "Miss"]),
            ("/a", "200 | Cache-Control: max-age=0 >> x", 3, ["Miss", "Miss", "Miss"]),
            ("/cookies/a", "200 >> x", 3, ["Miss", "Miss", "Miss"]),
            ("/uncached/a", "200 >> x", 3, ["Miss", "Miss", "Miss"]),
        ];
        for (target, line, times, results) in rows {
            let edge = held_edge();
            edge.origins().says(&[line; 3].join("\n"));
            assert_eq!(three(&edge, &distribution(), target).await, results, "{target} {line}");
            assert_eq!(edge.origins().asked.get(), times, "{target} {line}");
        }
    });
}

#[test]
fn a_viewer_that_leaves_hands_the_fill_to_the_next() {
    run(async {
        let edge = held_edge();
        let distribution = distribution();
        edge.origins().says("200 >> first\n200 >> second");
        let mut x = Exchange::new(START, RequestId::of_bytes(&[0; 40]));
        let (_, first) = request("0 GET /a");
        let mut first = Box::pin(edge.serve(&distribution, &first.head, first.body, &mut x));
        assert!(futures_poll(&mut first).is_pending());
        let second = async {
            let (x, seen) = ask(&edge, &distribution, "0 GET /a").await;
            check("the next", "200 Miss >> second", &seen);
            assert!(x.trace.first(FactKind::Miss).is_some());
        };
        let leave = async {
            settle().await;
            assert_eq!(edge.origins().asked.get(), 1);
            drop(first);
            settle().await;
            edge.origins().held.as_ref().expect("held").add_permits(1);
        };
        tokio::join!(second, leave);
        assert_eq!(edge.origins().asked.get(), 2);
    });
}

fn futures_poll<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[test]
fn a_viewer_that_leaves_while_the_body_comes_keeps_nobody_waiting() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        edge.origins().says("200 >>* a body of many chunks that takes its time to come");
        let (_, first) = request("0 GET /a");
        let mut x = Exchange::new(START, RequestId::of_bytes(&[0; 40]));
        let response = edge.serve(&distribution, &first.head, first.body, &mut x).await;
        drop(response);
        settle().await;
        assert_eq!(edge.cache().counts().entries, 0, "canceled, so not kept");
        edge.origins().says("200 >>* a body of many chunks that takes its time to come");
        let (_, second) = request("0 GET /a");
        let mut x = Exchange::new(START, RequestId::of_bytes(&[0; 40]));
        let response = edge.serve(&distribution, &second.head, second.body, &mut x).await;
        let waiting = async {
            let (_, seen) = ask(&edge, &distribution, "0 GET /a").await;
            check("one waits", "200 Hit >> a body of many chunks that takes its time to come", &seen);
        };
        let leave = async {
            tokio::task::yield_now().await;
            drop(response);
        };
        tokio::join!(waiting, leave);
    });
}

#[test]
fn a_slow_viewer_holds_up_nobody() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        edge.origins().says("200 >>* a body of many chunks");
        let (_, first) = request("0 GET /a");
        let mut x = Exchange::new(START, RequestId::of_bytes(&[0; 40]));
        let unread = edge.serve(&distribution, &first.head, first.body, &mut x).await;
        let (_, seen) = ask(&edge, &distribution, "0 GET /a").await;
        check("the other", "200 Hit >> a body of many chunks", &seen);
        drop(unread);
    });
}

#[test]
fn workers_on_two_threads_share_one_fill() {
    let cache = Cache::new(Limits::of_total(8 << 20));
    let (fills, fills_now) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let (of_one, of_other) = (cache.clone(), cache.clone());
        scope.spawn(move || {
            run(async {
                let mut edge = edge_of(of_one.clone());
                edge.origins.held = Some(tokio::sync::Semaphore::new(0));
                edge.origins().says("200 >>* one body for two threads");
                let distribution = distribution();
                let viewer = ask(&edge, &distribution, "0 GET /a");
                let let_go = async {
                    tokio::task::yield_now().await;
                    fills.send(()).expect("the other thread listens");
                    while of_one.counts().collapsed == 0 {
                        tokio::task::yield_now().await;
                    }
                    edge.origins().held.as_ref().expect("held").add_permits(1);
                };
                let ((_, seen), ()) = tokio::join!(viewer, let_go);
                check("one", "200 Miss >> one body for two threads", &seen);
            });
        });
        scope.spawn(move || {
            fills_now.recv().expect("the first thread fills");
            run(async {
                let edge = edge_of(of_other);
                let (_, seen) = ask(&edge, &distribution(), "0 GET /a").await;
                check("other", "200 Hit >> one body for two threads", &seen);
            });
        });
    });
}

#[test]
fn the_future_of_a_hit_is_small() {
    let (edge, distribution) = (edge(), distribution());
    let (_, viewer) = request("0 GET /a");
    let mut x = Exchange::new(START, RequestId::of_bytes(&[0; 40]));
    let size = size_of_val(&edge.serve(&distribution, &viewer.head, viewer.body, &mut x));
    assert!(size <= HIT_FUTURE_BYTES_MAX, "{size} bytes");
}

/// What a hit carries from start to end: the body of the request, and what was chosen for it.
const HIT_FUTURE_BYTES_MAX: usize = 432;
