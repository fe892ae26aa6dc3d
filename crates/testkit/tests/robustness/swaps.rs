//! Configurations that change, and a server that ends, while viewers are being served.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};

use crate::stage::{Origin, PATIENCE, Site, Viewer, ok, template};

/// A gate that is shut until it is opened.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().expect("nobody panics") = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let shut = self.0.lock().expect("nobody panics");
        let _open = self.1.wait_timeout_while(shut, PATIENCE, |open| !*open).expect("nobody panics");
    }
}

#[test]
fn a_swap_under_load_drops_no_request() {
    const SWAPS: usize = 12;
    const VIEWERS: usize = 8;
    let origin = Origin::answering(|head| (ok(&format!("{head}{}", "x".repeat(5000))), true));
    let mut site = Site::patient(&origin, &[]);
    let (door, is_over, asked) = (site.door(), AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let viewers: Vec<_> = (0..VIEWERS)
            .map(|number| {
                let (is_over, asked) = (&is_over, &asked);
                scope.spawn(move || {
                    let mut viewer = Viewer::connect(door);
                    let mut round = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        round += 1;
                        // Hits, misses and what is never cached; most over one connection, some over a new one.
                        let target = match round % 3 {
                            0 => "/kept".to_owned(),
                            1 => format!("/new-{number}-{round}"),
                            _ => "/pass/a".to_owned(),
                        };
                        if round % 50 == 0 {
                            viewer = Viewer::connect(door);
                        }
                        let answer = viewer.ask(&target);
                        assert!(answer.status == 200 && answer.is_whole, "{target}: {answer:?}");
                        let marks: Vec<_> =
                            ["X-First", "X-Second"].iter().filter_map(|name| answer.header(name)).collect();
                        assert!(marks.len() <= 1, "a mixture of two configurations: {}", answer.head);
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for swap in 0..SWAPS {
            site.edit(&with_header(&origin, if swap % 2 == 0 { "X-First" } else { "X-Second" }));
            let deployed = site.frontgate.next_deployment().expect("it is deployed");
            assert!(deployed.get("deployed").is_some(), "{deployed}");
            let header = if swap % 2 == 0 { "X-First" } else { "X-Second" };
            assert_eq!(site.ask("/pass/a").header(header), Some("yes"), "swap {swap}");
        }
        is_over.store(true, Ordering::Relaxed);
        viewers.into_iter().for_each(|viewer| viewer.join().expect("no request was dropped"));
    });
    assert!(asked.load(Ordering::Relaxed) > SWAPS * VIEWERS, "{asked:?} requests");
}

/// The template with a response headers policy for everything.
fn with_header(origin: &Origin, header: &str) -> String {
    let policy = format!(
        "
  Marked:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig:
        Name: marked
        CustomHeadersConfig:
          Items: [{{Header: {header}, Override: true, Value: 'yes'}}]
"
    );
    let template = template(origin, 30);
    let line = "          ViewerProtocolPolicy: allow-all\n";
    let behavior = format!("{line}          ResponseHeadersPolicyId: !Ref Marked\n");
    template.replacen(line, &behavior, 1).replace(
        "            ViewerProtocolPolicy: allow-all\n",
        "            ViewerProtocolPolicy: allow-all\n            ResponseHeadersPolicyId: !Ref Marked\n",
    ) + &policy
}

#[test]
fn a_swap_cuts_no_answer_and_no_web_socket() {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let origin = Origin::start(move |mut arrival| {
        while let Some(head) = arrival.head() {
            if head.contains("Upgrade: websocket") {
                arrival.write(SWITCHING);
                let mut byte = [0];
                while std::io::Read::read_exact(&mut arrival.reader, &mut byte).is_ok() {
                    arrival.write(&byte);
                }
                return;
            }
            arrival.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            held.pass();
            arrival.write(b" half");
        }
    });
    let mut site = Site::patient(&origin, &[]);
    let mut slow = site.viewer();
    slow.say("GET /pass/slow HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    origin.next_head();
    let mut socket = site.viewer();
    socket.say(HANDSHAKE);
    assert_eq!(socket.answer().status, 101);
    site.edit(&with_header(&origin, "X-First"));
    let deployed = site.frontgate.next_deployment().expect("it is deployed");
    assert!(deployed.get("deployed").is_some(), "{deployed}");
    gate.open();
    let answer = slow.answer();
    assert_eq!((answer.status, answer.body.as_str(), answer.is_whole), (200, "first half", true));
    assert_eq!(answer.header("X-First"), None, "it was asked before the swap");
    for letter in ["a", "b"] {
        socket.say(letter);
        let mut byte = [0];
        std::io::Read::read_exact(&mut socket.reader, &mut byte).expect("the echo comes");
        assert_eq!(&byte, letter.as_bytes());
    }
}

#[test]
fn a_told_end_finishes_what_was_begun() {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let origin = Origin::answering(move |head| {
        if head.contains("/pass/slow") {
            held.pass();
        }
        (ok("finished"), true)
    });
    let site = Site::patient(&origin, &[]);
    let door = site.door();
    let mut idle = site.viewer();
    assert_eq!(idle.ask("/a").status, 200);
    let mut slow: Vec<_> = (0..20).map(|_| site.viewer()).collect();
    for viewer in &mut slow {
        viewer.say("GET /pass/slow HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    }
    // All of them have reached the origin.
    (0..=slow.len()).for_each(|_| drop(origin.next_head()));
    let (sender, ended) = channel();
    let id = site.frontgate.id();
    std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status().expect("kill is there");
    let ending = std::thread::spawn(move || sender.send(site.frontgate.wait()));
    // The idle connection is closed: it is draining, and takes no new connection.
    assert_eq!(idle.rest(), "");
    assert!(std::net::TcpStream::connect(door).is_err());
    gate.open();
    for viewer in &mut slow {
        let answer = viewer.answer();
        assert_eq!((answer.status, answer.body.as_str(), answer.is_whole), (200, "finished", true));
        assert_eq!(answer.header("Connection"), Some("close"));
        assert_eq!(viewer.rest(), "");
    }
    let status = ended.recv_timeout(PATIENCE).expect("it ends").expect("it can be waited for");
    assert!(status.success(), "{status}");
    ending.join().expect("it does not panic").expect("somebody listens");
}

#[test]
fn a_told_end_closes_web_sockets_that_are_silent() {
    let origin = Origin::start(|mut arrival| {
        if arrival.head().is_some() {
            arrival.write(SWITCHING);
            arrival.until_closed();
        }
    });
    let site = Site::patient(&origin, &[]);
    let mut sockets: Vec<_> = (0..10).map(|_| site.viewer()).collect();
    for socket in &mut sockets {
        socket.say(HANDSHAKE);
        assert_eq!(socket.answer().status, 101);
    }
    let id = site.frontgate.id();
    std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status().expect("kill is there");
    sockets.iter_mut().for_each(|socket| assert_eq!(socket.rest(), ""));
    let status = site.frontgate.wait().expect("it ends");
    assert!(status.success(), "{status}");
}

/// Its end leaves nothing behind in the state folder. What `nohup` has started, as this test may be, goes on.
#[test]
fn a_closed_terminal_ends_it_as_ctrl_c_does() {
    let own = std::fs::read_to_string("/proc/self/status").expect("a process has a status");
    let ignored = own.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("signals are in it");
    if u64::from_str_radix(ignored.trim(), 16).expect("a mask") & 1 != 0 {
        return;
    }
    let origin = Origin::answering(|_| (ok(""), true));
    let site = Site::patient(&origin, &[]);
    let id = site.frontgate.id().to_string();
    std::process::Command::new("kill").args(["-HUP", &id]).status().expect("kill is there");
    let status = site.frontgate.wait().expect("it ends");
    assert!(status.success(), "{status}");
    let left = std::fs::read_dir(site.state.path().join("run")).expect("sockets have a folder");
    assert_eq!(left.count(), 0);
}

const HANDSHAKE: &str =
    "GET /pass/socket HTTP/1.1\r\nHost: www.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCHING: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
