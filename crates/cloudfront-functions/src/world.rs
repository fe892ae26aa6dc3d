//! The world that a function lives in: the names of its runtime and nothing else.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use frontgate_cloudfront_functions_rules::restrictions::LOG_BYTES_MAX;
use frontgate_cloudfront_functions_rules::{KeyValueStore, Runtime};
use rquickjs::function::Opt;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Exception, Object, Persistent, Value};

use crate::compute::Meter;
use crate::function::Function;
use crate::hash::digest;
use crate::messages::translated;
use crate::text::{byte_string, bytes_of, decode, encode};

/// A world with one function in it. The fields are in the order in which they must go.
pub(crate) struct World {
    pub(crate) call: Persistent<rquickjs::Function<'static>>,
    pub(crate) origin: Persistent<rquickjs::Function<'static>>,
    pub(crate) factory: Persistent<rquickjs::Function<'static>>,
    pub(crate) context: Context,
    pub(crate) log: Rc<Log>,
    pub(crate) random: Rc<Random>,
    pub(crate) meter: Meter,
}

/// What a call logs.
#[derive(Default)]
pub(crate) struct Log {
    lines: RefCell<Vec<String>>,
    bytes: Cell<usize>,
}

/// The source of `Math.random`: a sequence that follows from its seed (SplitMix64).
#[derive(Default)]
pub(crate) struct Random(Cell<u64>);

impl World {
    /// A new world for `function`.
    ///
    /// # Errors
    /// Why there is none, in the engine's words.
    pub(crate) fn new(function: &Function) -> Result<Self, String> {
        let runtime = rquickjs::Runtime::new().map_err(|error| error.to_string())?;
        runtime.set_max_stack_size(STACK_BYTES_MAX);
        let meter = Meter::default();
        let watched = meter.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || watched.is_over())));
        let context = Context::full(&runtime).map_err(|error| error.to_string())?;
        let (log, random) = (Rc::new(Log::default()), Rc::new(Random::default()));
        let (call, origin, factory) = context.with(|ctx| {
            let natives = natives(&ctx, &log, &random, function.store.as_ref())?;
            let made = put_together(&ctx, function, natives).catch(&ctx).map_err(|error| told(&error))?;
            Ok::<_, String>(made)
        })?;
        let bytes = usize::try_from(runtime.memory_usage().malloc_size).unwrap_or_default();
        runtime.set_memory_limit(bytes + MEMORY_BYTES_MAX);
        Ok(Self { call, origin, factory, context, log, random, meter })
    }
}

type Parts = (
    Persistent<rquickjs::Function<'static>>,
    Persistent<rquickjs::Function<'static>>,
    Persistent<rquickjs::Function<'static>>,
);

fn put_together<'js>(ctx: &Ctx<'js>, function: &Function, natives: Object<'js>) -> rquickjs::Result<Parts> {
    let is_version2 = function.runtime == Runtime::JavaScript20;
    let parts = Object::new(ctx.clone())?;
    for part in PARTS.iter().filter(|part| part.is_wanted(function)) {
        parts.set(part.name, ctx.eval::<rquickjs::Function<'_>, _>(part.source)?)?;
    }
    let limit: rquickjs::Function<'_> = ctx.eval(include_str!("world/globals.js"))?;
    limit.call::<_, ()>((is_version2,))?;
    let make: rquickjs::Function<'_> = ctx.eval(include_str!("world/world.js"))?;
    let world: Object<'_> = make.call((natives, is_version2, parts))?;
    let factory: rquickjs::Function<'_> = ctx.eval(function.script.as_str())?;
    let call: rquickjs::Function<'_> = world.get("call")?;
    let origin: rquickjs::Function<'_> = world.get("origin")?;
    Ok((Persistent::save(ctx, call), Persistent::save(ctx, origin), Persistent::save(ctx, factory)))
}

/// A part of the world that is made only where the code speaks of it: reading all of them takes a millisecond.
struct Part {
    name: &'static str,
    source: &'static str,
    runtimes: &'static [Runtime],
    /// One of these stands in a source that can reach the part; none means that every source can.
    words: &'static [&'static str],
}

impl Part {
    fn is_wanted(&self, function: &Function) -> bool {
        let is_there = |word: &&str| function.script.contains(*word);
        self.runtimes.contains(&function.runtime)
            && (self.words.is_empty() || self.words.iter().any(is_there))
    }
}

const PARTS: &[Part] = &[
    Part {
        name: "buffer",
        source: include_str!("world/buffer.js"),
        runtimes: &[Runtime::JavaScript20],
        words: &[
            "Buffer",
            "TextDecoder",
            "TextEncoder",
            "atob",
            "btoa",
            "buffer",
            "bytes",
            "crypto",
            "globalThis",
            "require",
        ],
    },
    Part { name: "bytes", source: include_str!("world/bytes.js"), runtimes: &Runtime::ALL, words: &[] },
    Part {
        name: "crypto",
        source: include_str!("world/crypto.js"),
        runtimes: &Runtime::ALL,
        words: &["crypto", "require"],
    },
    Part {
        name: "querystring",
        source: include_str!("world/querystring.js"),
        runtimes: &Runtime::ALL,
        words: &["querystring", "require"],
    },
    Part {
        name: "strings",
        source: include_str!("world/strings.js"),
        runtimes: &[Runtime::JavaScript10],
        words: &[],
    },
];

fn natives<'js>(
    ctx: &Ctx<'js>,
    log: &Rc<Log>,
    random: &Rc<Random>,
    store: Option<&Arc<KeyValueStore>>,
) -> Result<Object<'js>, String> {
    fill_natives(ctx, log, random, store).catch(ctx).map_err(|error| told(&error))
}

fn fill_natives<'js>(
    ctx: &Ctx<'js>,
    log: &Rc<Log>,
    random: &Rc<Random>,
    store: Option<&Arc<KeyValueStore>>,
) -> rquickjs::Result<Object<'js>> {
    use rquickjs::Function as Native;
    let natives = Object::new(ctx.clone())?;
    let log = Rc::clone(log);
    natives.set("log", Native::new(ctx.clone(), move |line: String| log.add(&line))?)?;
    let random = Rc::clone(random);
    natives.set("random", Native::new(ctx.clone(), move || random.next())?)?;
    let hash = |ctx: Ctx<'js>, algorithm: String, data: String, key: Opt<Option<String>>| {
        let key = key.0.flatten().map(|key| bytes_of(&key));
        digest(&algorithm, &bytes_of(&data), key.as_deref())
            .map(|digest| byte_string(&digest))
            .ok_or_else(|| Exception::throw_type(&ctx, "not supported algorithm"))
    };
    natives.set("hash", Native::new(ctx.clone(), hash)?)?;
    let encoded = |bytes: String, encoding: String| encode(&bytes_of(&bytes), &encoding);
    natives.set("encode", Native::new(ctx.clone(), encoded)?)?;
    let decoded = |text: String, encoding: String| byte_string(&decode(&text, &encoding));
    natives.set("decode", Native::new(ctx.clone(), decoded)?)?;
    let own = store.cloned();
    natives.set("store", Native::new(ctx.clone(), move || own.as_ref().map(|own| own.id.to_string()))?)?;
    let own = store.cloned();
    let get =
        move |key: String| own.as_ref().and_then(|own| own.values.get(key.as_str())).map(ToString::to_string);
    natives.set("storeGet", Native::new(ctx.clone(), get)?)?;
    let own = store.cloned();
    natives.set("storeMeta", Native::new(ctx.clone(), move || own.as_ref().map(|own| own.meta()))?)?;
    Ok(natives)
}

/// Whether the engine can read a script.
///
/// # Errors
/// What the engine says of it, with the line.
pub(crate) fn parse(script: &str) -> Result<(), String> {
    let runtime = rquickjs::Runtime::new().map_err(|error| error.to_string())?;
    runtime.set_max_stack_size(STACK_BYTES_MAX);
    let context = Context::full(&runtime).map_err(|error| error.to_string())?;
    context.with(|ctx| {
        let made = ctx.eval::<Value<'_>, _>(script).catch(&ctx);
        made.map(drop).map_err(|error| match line_of(&error) {
            Some(line) => format!("{} in {line}", told(&error)),
            None => told(&error),
        })
    })
}

/// The line that an error of the engine names, from `at eval_script:3:10`.
fn line_of(error: &CaughtError<'_>) -> Option<u32> {
    let CaughtError::Exception(exception) = error else { return None };
    let stack = exception.stack()?;
    let mut numbers = stack.lines().next()?.trim_end_matches(')').rsplit(':');
    numbers.next()?;
    numbers.next()?.parse().ok()
}

/// An error in the runtime's words.
pub(crate) fn told(error: &CaughtError<'_>) -> String {
    match error {
        CaughtError::Error(error) => format!("InternalError: {error}"),
        CaughtError::Exception(exception) => {
            let name: String = exception.as_object().get("name").unwrap_or_else(|_| "Error".to_owned());
            translated(&name, &exception.message().unwrap_or_default())
        }
        // Where there is no memory for an error, the engine throws null.
        CaughtError::Value(value) if value.is_null() => "MemoryError".to_owned(),
        CaughtError::Value(value) => {
            let text: rquickjs::Result<rquickjs::Coerced<String>> = value.get();
            text.map_or_else(|_| "an exception without words".to_owned(), |text| text.0)
        }
    }
}

impl Log {
    fn add(&self, line: &str) {
        let room = LOG_BYTES_MAX.saturating_sub(self.bytes.get());
        if room == 0 {
            return;
        }
        let mut length = line.len().min(room);
        while !line.is_char_boundary(length) {
            length -= 1;
        }
        self.bytes.set(self.bytes.get() + length + 1);
        self.lines.borrow_mut().push(line[..length].to_owned());
    }

    /// What was logged; the log is empty again.
    pub(crate) fn take(&self) -> Vec<String> {
        self.bytes.set(0);
        self.lines.take()
    }
}

impl Random {
    pub(crate) fn seed(&self, seed: u64) {
        self.0.set(seed);
    }

    fn next(&self) -> f64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The upper 53 bits are what a double holds exactly.
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What a function may take beyond what its world takes: "maximum function memory 2 MB".
const MEMORY_BYTES_MAX: usize = 2 * 1_024 * 1_024;

/// The engine's share of the thread's stack.
const STACK_BYTES_MAX: usize = 256 * 1_024;
