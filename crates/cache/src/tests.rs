//! The cache against a naive one under seeded random operations, under threads, and its promises one by one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use crate::limits::ENTRY_BYTES;
use crate::{Cache, Collapsing, FillPermit, Life, Limits, Lookup, Outcome, PartKey, Stored, Ticket};

const NOW: u64 = 1_700_000_000;

fn cache(total_bytes_max: usize) -> Cache<Vec<u8>> {
    Cache::new(Limits { total_bytes_max, object_bytes_max: total_bytes_max })
}

fn until(fresh_until: u64) -> Life {
    Life { stored_at: NOW, fresh_until }
}

fn permit(cache: &Cache<Vec<u8>>, key: &str, now: u64) -> FillPermit<Vec<u8>> {
    match cache.lookup(key.as_bytes(), now, Collapsing::Together) {
        Lookup::Miss(permit) | Lookup::Stale(_, permit) => permit,
        Lookup::Fresh(_) => panic!("{key} is fresh"),
        Lookup::Wait(_) => panic!("{key} is being filled"),
    }
}

fn ticket(cache: &Cache<Vec<u8>>, key: &str) -> Ticket<Vec<u8>> {
    match cache.lookup(key.as_bytes(), NOW, Collapsing::Together) {
        Lookup::Wait(ticket) => ticket,
        _ => panic!("nobody fills {key}"),
    }
}

fn fill(cache: &Cache<Vec<u8>>, key: &str, object: &[u8]) {
    permit(cache, key, NOW).store(object.to_vec(), until(NOW + 60), object.len());
}

fn is_fresh(cache: &Cache<Vec<u8>>, key: &str, now: u64) -> bool {
    cache.peek(key.as_bytes()).is_some_and(|stored| now < stored.fresh_until())
}

struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll(ticket: &mut Ticket<Vec<u8>>, bell: &Arc<Bell>) -> Poll<Outcome<Vec<u8>>> {
    std::pin::Pin::new(ticket).poll(&mut Context::from_waker(&Waker::from(bell.clone())))
}

#[test]
fn an_object_is_fresh_then_stale_then_replaced() {
    let cache = cache(1 << 20);
    fill(&cache, "a", b"one");
    assert!(matches!(cache.lookup(b"a", NOW + 59, Collapsing::Together), Lookup::Fresh(o) if **o == b"one"));
    let Lookup::Stale(old, permit) = cache.lookup(b"a", NOW + 60, Collapsing::Together) else {
        panic!("not stale");
    };
    assert_eq!((&**old, old.stored_at()), (&b"one".to_vec(), NOW));
    permit.store(b"two".to_vec(), until(NOW + 120), 3);
    assert!(matches!(cache.lookup(b"a", NOW + 60, Collapsing::Together), Lookup::Fresh(o) if **o == b"two"));
    let counts = cache.counts();
    assert_eq!((counts.hits, counts.misses, counts.expired, counts.entries), (2, 1, 1, 1));
    assert_eq!(counts.bytes, (3 + 1 + ENTRY_BYTES) as u64);
}

#[test]
fn those_who_wait_learn_what_became_of_the_fill() {
    type End = fn(FillPermit<Vec<u8>>);
    let rows: [(&str, End, &str); 5] = [
        ("stored", |permit| drop(permit.store(b"x".to_vec(), until(NOW + 1), 1)), "x"),
        ("declined", FillPermit::decline, "declined"),
        ("dropped", drop, "abandoned"),
        (
            "stored for later only",
            |permit| drop(permit.alone().store(b"z".to_vec(), until(NOW + 1), 1)),
            "declined",
        ),
        ("stored and expired at once", |permit| drop(permit.store(b"y".to_vec(), until(NOW), 1)), "y"),
    ];
    for (name, end, expected) in rows {
        let cache = cache(1 << 20);
        let bell = Arc::new(Bell(AtomicUsize::new(0)));
        let permit = permit(&cache, "a", NOW);
        assert!(!permit.is_awaited(), "{name}");
        let mut waiting = [ticket(&cache, "a"), ticket(&cache, "a")];
        let left = ticket(&cache, "a");
        assert!(permit.is_awaited(), "{name}");
        drop(left);
        for ticket in &mut waiting {
            assert!(poll(ticket, &bell).is_pending() && poll(ticket, &bell).is_pending(), "{name}");
        }
        end(permit);
        assert_eq!(bell.0.load(Ordering::SeqCst), 2, "{name}: each is woken once");
        for ticket in &mut waiting {
            let word = match poll(ticket, &bell) {
                Poll::Ready(Outcome::Stored(stored)) => String::from_utf8_lossy(&stored).into_owned(),
                Poll::Ready(Outcome::Declined) => "declined".to_owned(),
                Poll::Ready(Outcome::Abandoned) => "abandoned".to_owned(),
                Poll::Pending => "waiting".to_owned(),
            };
            assert_eq!(word, expected, "{name}");
        }
        let next = cache.lookup(b"a", NOW, Collapsing::Together);
        assert!(!matches!(next, Lookup::Wait(_)), "{name}: the flight is over");
    }
}

#[test]
fn nobody_waits_where_everybody_goes_alone() {
    let cache = cache(1 << 20);
    let first = cache.lookup(b"a", NOW, Collapsing::Alone);
    let second = cache.lookup(b"a", NOW, Collapsing::Alone);
    assert!(matches!((&first, &second), (Lookup::Miss(_), Lookup::Miss(_))));
    if let Lookup::Miss(permit) = second {
        permit.store(b"x".to_vec(), until(NOW + 9), 1);
    }
    assert!(matches!(cache.lookup(b"a", NOW, Collapsing::Alone), Lookup::Fresh(_)));
}

#[test]
fn what_is_removed_does_not_come_back_from_a_fill_under_way() {
    let cache = cache(1 << 20);
    for key in ["/a?1", "/a?2", "/b"] {
        fill(&cache, key, b"old");
    }
    let early = permit(&cache, "/a?3", NOW);
    let mut waiting = ticket(&cache, "/a?3");
    assert_eq!(cache.remove_where(|key, _| key.starts_with(b"/a?")), 2);
    assert!(cache.remove(b"/b") && !cache.remove(b"/b"));
    let late = permit(&cache, "/a?3", NOW);
    early.store(b"old".to_vec(), until(NOW + 60), 3);
    let bell = Arc::new(Bell(AtomicUsize::new(0)));
    assert!(matches!(poll(&mut waiting, &bell), Poll::Ready(Outcome::Stored(_))), "they asked before");
    assert!(!is_fresh(&cache, "/a?3", NOW));
    late.store(b"new".to_vec(), until(NOW + 60), 3);
    assert!(is_fresh(&cache, "/a?3", NOW));
    let counts = cache.counts();
    assert_eq!((counts.removed, counts.entries), (3, 1));
}

#[test]
fn the_removal_of_one_key_disturbs_no_other() {
    let cache = cache(1 << 20);
    let (of_one, of_other) = (permit(&cache, "/one", NOW), permit(&cache, "/other", NOW));
    assert!(!cache.remove(b"/one"));
    let anew = permit(&cache, "/one", NOW);
    of_one.store(b"old".to_vec(), until(NOW + 60), 3);
    of_other.store(b"x".to_vec(), until(NOW + 60), 1);
    assert!(!is_fresh(&cache, "/one", NOW) && is_fresh(&cache, "/other", NOW));
    anew.store(b"new".to_vec(), until(NOW + 60), 3);
    assert!(is_fresh(&cache, "/one", NOW));
}

#[test]
fn bytes_stay_within_the_bound_and_what_is_asked_for_stays() {
    let object_bytes = 1000;
    let cache = cache((object_bytes + ENTRY_BYTES) * 100);
    fill(&cache, "wanted", &vec![0; object_bytes]);
    for number in 0..5000 {
        assert!(matches!(cache.lookup(b"wanted", NOW, Collapsing::Together), Lookup::Fresh(_)), "{number}");
        fill(&cache, &format!("scan {number}"), &vec![1; object_bytes]);
        let counts = cache.counts();
        assert!(counts.bytes <= cache.limits().total_bytes_max as u64, "{counts:?}");
    }
    let counts = cache.counts();
    assert!(counts.entries > 80, "{counts:?}");
    assert_eq!(counts.stored, counts.evicted + counts.entries);
}

#[test]
fn a_ghost_is_established_at_once() {
    let cache = cache((100 + ENTRY_BYTES + 10) * 20);
    fill(&cache, "ghost", &[0; 100]);
    for number in 0..60 {
        fill(&cache, &format!("first {number}"), &[0; 100]);
    }
    assert!(!is_fresh(&cache, "ghost", NOW));
    fill(&cache, "ghost", &[0; 100]);
    for number in 0..15 {
        fill(&cache, &format!("second {number}"), &[0; 100]);
    }
    assert!(is_fresh(&cache, "ghost", NOW), "one that came back outlives newcomers");
}

#[test]
fn objects_that_are_too_large_are_handed_over_and_not_kept() {
    let cache = Cache::new(Limits { total_bytes_max: 1 << 20, object_bytes_max: 100 });
    let permit = permit(&cache, "a", NOW);
    assert_eq!(permit.object_bytes_max(), 100);
    let mut waiting = ticket(&cache, "a");
    permit.store(vec![0; 5000], until(NOW + 60), 5000);
    let bell = Arc::new(Bell(AtomicUsize::new(0)));
    assert!(matches!(poll(&mut waiting, &bell), Poll::Ready(Outcome::Stored(_))));
    assert_eq!((cache.counts().too_large, cache.counts().entries), (1, 0));
    let large = self::cache(10_000);
    fill(&large, "small", &[0; 100]);
    fill(&large, "large", &vec![0; 9_000]);
    assert!(
        is_fresh(&large, "large", NOW),
        "one larger than probation is kept where one object may be as large"
    );
}

#[test]
fn removing_for_ever_costs_no_memory() {
    let cache = cache(1 << 20);
    for _ in 0..1000 {
        fill(&cache, "a", b"x");
        cache.remove(b"a");
    }
    assert!(cache.turns() < 10, "{} turns for no object", cache.turns());
}

/// A generator of numbers good enough to shuffle tests (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }
}

#[test]
fn it_agrees_with_a_naive_map() {
    for seed in 1..=20 {
        let mut dice = Dice(seed * 0x9E37_79B9);
        let is_roomy = seed % 2 == 0;
        let cache = cache(if is_roomy { 1 << 30 } else { 60_000 });
        let mut model: HashMap<String, (Vec<u8>, u64)> = HashMap::new();
        let mut now = NOW;
        for step in 0..3000 {
            let key = format!("/{}", dice.roll(60));
            match dice.roll(10) {
                0 => now += dice.roll(5),
                1 => assert_removed(&cache, &mut model, &key),
                2 if dice.roll(10) == 0 => {
                    cache.remove_where(|k, _| k.starts_with(b"/1"));
                    model.retain(|k, _| !k.starts_with("/1"));
                }
                _ => match cache.lookup(key.as_bytes(), now, Collapsing::Together) {
                    Lookup::Fresh(found) => {
                        let (object, fresh_until) = &model[&key];
                        assert_eq!((&**found, found.fresh_until()), (object, *fresh_until), "{seed}.{step}");
                        assert!(now < *fresh_until, "{seed}.{step}");
                    }
                    Lookup::Stale(old, permit) => {
                        assert_eq!(**old, model[&key].0, "{seed}.{step}");
                        assert!(model[&key].1 <= now, "{seed}.{step}");
                        refill(&mut dice, &mut model, key, now, permit);
                    }
                    Lookup::Miss(permit) => {
                        assert!(!is_roomy || !model.contains_key(&key), "{seed}.{step}");
                        refill(&mut dice, &mut model, key, now, permit);
                    }
                    Lookup::Wait(_) => panic!("nobody fills ({seed}.{step})"),
                },
            }
            let counts = cache.counts();
            assert!(is_roomy || counts.bytes <= 60_000, "{seed}.{step}: {counts:?}");
        }
    }
}

fn assert_removed(cache: &Cache<Vec<u8>>, model: &mut HashMap<String, (Vec<u8>, u64)>, key: &str) {
    let was_there = model.remove(key).is_some();
    assert!(!cache.remove(key.as_bytes()) || was_there, "{key} was never stored");
}

fn refill(
    dice: &mut Dice,
    model: &mut HashMap<String, (Vec<u8>, u64)>,
    key: String,
    now: u64,
    permit: FillPermit<Vec<u8>>,
) {
    let bytes = dice.roll(8000) as usize;
    let (object, fresh_until) = (vec![dice.roll(256) as u8; bytes], now + dice.roll(8));
    match dice.roll(8) {
        0 => permit.decline(),
        1 => drop(permit),
        _ => {
            permit.store(object.clone(), Life { stored_at: now, fresh_until }, bytes);
            model.insert(key, (object, fresh_until));
        }
    }
}

#[test]
fn threads_see_whole_objects_of_their_own_key() {
    let cache = cache(40_000);
    let fills = Mutex::new(HashMap::<String, usize>::new());
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (cache, fills) = (&cache, &fills);
            scope.spawn(move || {
                let mut dice = Dice(thread + 77);
                for _ in 0..4000 {
                    let key = format!("{}", dice.roll(40));
                    match cache.lookup(key.as_bytes(), NOW, Collapsing::Together) {
                        Lookup::Fresh(found) => assert!(found.starts_with(key.as_bytes())),
                        Lookup::Miss(permit) | Lookup::Stale(_, permit) => {
                            *fills.lock().unwrap().entry(key.clone()).or_default() += 1;
                            end_at_random(&mut dice, &key, permit);
                        }
                        Lookup::Wait(mut ticket) => assert!(wait(&mut ticket, &key)),
                    }
                    if dice.roll(200) == 0 {
                        cache.remove_where(|key, _| key.first() == Some(&b'1'));
                    }
                }
            });
        }
    });
    let counts = cache.counts();
    assert!(counts.bytes <= 40_000, "{counts:?}");
    assert_eq!(fills.lock().unwrap().values().sum::<usize>() as u64, counts.misses + counts.expired);
}

fn end_at_random(dice: &mut Dice, key: &str, permit: FillPermit<Vec<u8>>) {
    match dice.roll(6) {
        0 => drop(permit),
        1 => permit.decline(),
        _ => {
            let object = key.as_bytes().repeat(1 + dice.roll(500) as usize);
            let bytes = object.len();
            permit.store(object, until(NOW + dice.roll(2)), bytes);
        }
    }
}

struct Thread(std::thread::Thread);

impl Wake for Thread {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits as an executor would; says whether what came is of that key.
fn wait(ticket: &mut Ticket<Vec<u8>>, key: &str) -> bool {
    let waker = Waker::from(Arc::new(Thread(std::thread::current())));
    loop {
        match std::pin::Pin::new(&mut *ticket).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(Outcome::Stored(stored)) => return stored.starts_with(key.as_bytes()),
            Poll::Ready(Outcome::Declined | Outcome::Abandoned) => return true,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn part_permit(cache: &Cache<Vec<u8>>, part: &[u8], serves: bool) -> Lookup<Vec<u8>> {
    let key = PartKey { whole: b"a", parts: b"a/parts", part };
    cache.lookup_part(key, NOW, Collapsing::Together, |_| serves)
}

#[test]
fn parts_are_filled_beside_each_other_and_added_up() {
    let cache = cache(1 << 20);
    let Lookup::Miss(first) = part_permit(&cache, b"a/1", true) else { panic!("it is there") };
    let Lookup::Miss(second) = part_permit(&cache, b"a/2", true) else { panic!("parts wait for each other") };
    let Lookup::Wait(mut same) = part_permit(&cache, b"a/2", true) else { panic!("nobody waits") };
    let add = |more: &'static [u8]| {
        move |old: Option<&Stored<Vec<u8>>>| {
            let whole = [old.map_or(&[][..], |old| &old[..]), more].concat();
            let bytes = whole.len();
            (whole, until(NOW + 60), bytes)
        }
    };
    first.amend(add(b"one"));
    second.amend(add(b"two"));
    let bell = Arc::new(Bell(AtomicUsize::new(0)));
    assert!(matches!(poll(&mut same, &bell), Poll::Ready(Outcome::Stored(o)) if **o == b"onetwo"));
    assert!(matches!(part_permit(&cache, b"a/2", true), Lookup::Fresh(_)));
    assert!(matches!(part_permit(&cache, b"a/3", false), Lookup::Stale(o, _) if **o == b"onetwo"));
    assert!(cache.peek(b"a").is_none());
}

#[test]
fn what_was_asked_for_as_a_part_may_be_the_whole() {
    let cache = cache(1 << 20);
    let Lookup::Miss(permit) = part_permit(&cache, b"a/1", true) else { panic!("it is there") };
    permit.instead_for(b"a").store(b"whole".to_vec(), until(NOW + 60), 5);
    assert!(is_fresh(&cache, "a", NOW) && cache.peek(b"a/parts").is_none());
    assert!(matches!(part_permit(&cache, b"a/1", true), Lookup::Miss(_)), "the flight has ended");
}

#[test]
fn removing_the_whole_forgets_the_fills_of_its_parts() {
    let cache = cache(1 << 20);
    let Lookup::Miss(permit) = part_permit(&cache, b"a/1", true) else { panic!("it is there") };
    cache.remove(b"a");
    permit.amend(|_| (b"old".to_vec(), until(NOW + 60), 3));
    assert!(cache.peek(b"a/parts").is_none());
}

#[test]
fn objects_are_removed_by_their_labels() {
    type Labeled = Vec<Box<str>>;
    let cache: Cache<Labeled> =
        Cache::with_labels(Limits { total_bytes_max: 4000, object_bytes_max: 2000 }, |object| object);
    let fill = |key: &str, labels: &str, bytes: usize| {
        let labels: Labeled = labels.split(' ').map(Into::into).collect();
        let (Lookup::Miss(permit) | Lookup::Stale(_, permit)) =
            cache.lookup(key.as_bytes(), NOW + 100, Collapsing::Alone)
        else {
            panic!("{key} is there")
        };
        permit.store(labels, until(NOW + 60), bytes);
    };
    fill("a", "red green", 1);
    fill("b", "red", 1);
    fill("c", "blue", 1);
    assert_eq!(cache.remove_labeled("red", |labels| labels.len() == 2), 1);
    assert!(cache.peek(b"a").is_none() && cache.peek(b"b").is_some() && cache.labels() == 2);
    fill("b", "green", 1);
    assert_eq!(cache.remove_labeled("red", |_| true), 0, "the object has other labels now");
    assert_eq!(cache.remove_labeled("green", |_| true), 1);
    for number in 0..20 {
        fill(&format!("k{number}"), &format!("l{number}"), 1000);
    }
    let entries = cache.counts().entries as usize;
    assert_eq!(cache.labels(), entries, "labels go with their objects");
    let Lookup::Miss(permit) = cache.lookup(b"late", NOW, Collapsing::Together) else {
        panic!("it is there")
    };
    cache.remove_labeled("nothing", |_| true);
    permit.store(vec!["nothing".into()], until(NOW + 60), 1);
    assert!(cache.peek(b"late").is_none(), "it may have been meant");
    cache.remove_where(|_, _| true);
    assert_eq!(cache.labels(), 0);
}
