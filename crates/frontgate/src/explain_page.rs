//! The page that `frontgate explain` shows: made from the record of an answer and the configuration that it read.
//!
//! The facts are those that the line noted; the cache key and the verdict on each header, cookie and parameter are
//! worked out again by the very rules that decided then, which need nothing but the request and the snapshot.

use frontgate_edge_rules::key::{KeyPart, describe_cache_key};
use frontgate_edge_rules::origin_request::{
    Action, OriginRequestInput, Validators, Verdict, VerdictKind, describe_origin_request,
};
use frontgate_edge_rules::viewer::{choose_behavior, effective_path};
use frontgate_edge_rules::{Behavior, Distribution};
use frontgate_explain::{Fact, FactKind, Layer, Place, traps_of};
use frontgate_snapshot::{Answerer, Snapshot};
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use crate::door::url;
use crate::records::Record;

/// One page.
pub struct Page<'a> {
    record: &'a Record,
    snapshot: &'a Snapshot,
    edge: Option<EdgePart<'a>>,
}

struct EdgePart<'a> {
    distribution: &'a Distribution,
    behavior: &'a Behavior,
    key: Vec<KeyPart>,
    verdicts: Vec<Verdict>,
}

impl<'a> Page<'a> {
    /// The page of a record, read with the configuration of its generation.
    pub fn new(record: &'a Record, snapshot: &'a Snapshot) -> Self {
        let distribution = match record.answerer {
            Some(Answerer::Distribution(index)) => snapshot.distributions.get(index),
            _ => None,
        };
        let edge = distribution.map(|distribution| edge_part(record, distribution));
        Self { record, snapshot, edge }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let record = self.record;
        let facts = record.trace.facts();
        json!({
            "id": self.id(),
            "request": {
                "method": record.head.method.as_str(),
                "url": url(&record.head),
                "version": record.head.version.number(),
                "headers": header_list(&record.head.headers),
            },
            "answer": {
                "status": record.status,
                "x_cache": record.x_cache,
                "bytes": record.body_bytes,
                "milliseconds": milliseconds(record.duration_microseconds),
            },
            "generation": record.generation,
            "function_error": record.function_error,
            "distribution": self.edge.as_ref().map(|edge| &edge.distribution.id),
            "behavior": self.edge.as_ref().map(|edge| edge.behavior.path_pattern.as_deref().unwrap_or("*")),
            "cache_key": self.edge.as_ref().map(|edge| key_json(&edge.key)),
            "toward_origin": self.edge.as_ref().map(|edge| self.verdicts_json(&edge.verdicts)),
            "origin_request": record.origin_request.as_ref().map(|sent| json!({
                "method": sent.method.as_str(),
                "host": sent.host,
                "target": sent.target,
                "secure": sent.secure,
                "headers": header_list(&sent.headers),
            })),
            "facts": facts.iter().map(|fact| self.fact_json(*fact)).collect::<Vec<_>>(),
            "facts_without_room": record.trace.dropped(),
            "traps": traps_of(&record.trace).map(|(trap, fact)| json!({
                "id": trap.id,
                "symptom": trap.symptom,
                "cause": trap.cause,
                "fix": trap.fix,
                "place": fact.and_then(|fact| self.place(fact)).map(place_json),
            })).collect::<Vec<_>>(),
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let record = self.record;
        let mut page = String::new();
        let mut line = |text: String| {
            page.push_str(&text);
            page.push('\n');
        };
        line(format!("{} {}", record.head.method.as_str().bold(), url(&record.head).bold()));
        let x_cache =
            record.x_cache.map_or_else(String::new, |x_cache| format!(", {x_cache} from cloudfront"));
        let bytes = record.body_bytes;
        let time = milliseconds(record.duration_microseconds);
        if record.status == 0 {
            line(format!("→ no answer, the viewer left after {time:.1} ms"));
        } else {
            line(format!("→ {}{x_cache}, {bytes} bytes in {time:.1} ms", record.status.bold()));
        }
        line(format!("  {}", self.id().dimmed()));
        for (trap, fact) in traps_of(&record.trace) {
            line(String::new());
            line(format!("{} {}", "Trap:".red().bold(), trap.id.bold()));
            line(wrapped("  You see   ", trap.symptom));
            line(wrapped("  Because   ", trap.cause));
            line(wrapped("  Fix       ", trap.fix));
            if let Some(place) = fact.and_then(|fact| self.place(fact)) {
                line(format!("  Line      {}  {}", place.to_string().cyan(), place.text));
            }
        }
        for (layer, title) in LAYERS {
            let facts: Vec<Fact> =
                record.trace.facts().iter().copied().filter(|fact| fact.kind.layer() == *layer).collect();
            if facts.is_empty() {
                continue;
            }
            line(String::new());
            line(title.bold().to_string());
            for fact in facts {
                line(self.fact_line(fact));
            }
            if *layer == Layer::Edge
                && let Some(error) = &record.function_error
            {
                line(format!("    {error}"));
            }
            if *layer == Layer::Edge
                && let Some(edge) = &self.edge
            {
                self.edge_lines(edge, &mut line);
            }
        }
        page
    }

    fn edge_lines(&self, edge: &EdgePart<'_>, line: &mut impl FnMut(String)) {
        line(String::new());
        let noted = |kind| self.record.trace.first(kind).is_some();
        if noted(FactKind::CachingDisabled) || noted(FactKind::WebSocketHandshake) {
            line("No cache key: nothing is cached".bold().to_string());
        } else {
            line("Cache key".bold().to_string());
        }
        let used = self.record.trace.first(FactKind::CachingDisabled).is_none();
        for part in edge.key.iter().filter(|_| used) {
            line(format!("  {:<30} {}  {}", part.name, part.value, part.because.dimmed()));
        }
        line(String::new());
        let target = self.record.origin_request.as_ref().map_or_else(
            || "On the way to the origin (this answer needed none)".to_owned(),
            |sent| {
                let scheme = if sent.secure { "https" } else { "http" };
                format!("On the way to the origin: {} {scheme}://{}{}", sent.method, sent.host, sent.target)
            },
        );
        line(target.bold().to_string());
        for verdict in &edge.verdicts {
            let value = verdict.value.as_deref().unwrap_or("");
            let padded = format!("{:<8}", verdict.action.as_str());
            let is_dropped = verdict.action == Action::Dropped;
            let action = if is_dropped { padded.yellow().to_string() } else { padded.green().to_string() };
            line(format!("  {action} {:<30} {value}  {}", verdict.name, verdict.because.dimmed()));
        }
    }

    fn fact_line(&self, fact: Fact) -> String {
        let place = self.place(fact);
        let shown = place.map_or_else(String::new, |place| format!("  {}", place.to_string().cyan()));
        format!("  • {}{shown}", fact.sentence(place))
    }

    fn fact_json(&self, fact: Fact) -> Value {
        let place = self.place(fact);
        json!({
            "slug": fact.kind.row().slug,
            "sentence": fact.sentence(place),
            "value": fact.value,
            "place": place.map(place_json),
            "source": fact.kind.row().source.to_string(),
        })
    }

    fn verdicts_json(&self, verdicts: &[Verdict]) -> Value {
        let row = |verdict: &Verdict| {
            json!({
                "kind": verdict.kind.as_str(),
                "name": verdict.name,
                "value": verdict.value,
                "action": verdict.action.as_str(),
                "because": verdict.because,
                "place": self.snapshot.places.find(verdict.place).map(place_json),
            })
        };
        verdicts.iter().map(row).collect()
    }

    fn place(&self, fact: Fact) -> Option<&Place> {
        self.snapshot.places.find(fact.place)
    }

    fn id(&self) -> &str {
        match &self.record.gateway_request_id {
            Some(id) if self.edge.is_none() => id,
            _ => self.record.cloudfront_id.as_str(),
        }
    }
}

fn edge_part<'a>(record: &'a Record, distribution: &'a Distribution) -> EdgePart<'a> {
    let behavior = choose_behavior(distribution, record.head.target.path()).behavior;
    // The behavior is that of the request as it was sent; all else is of what a function made of it.
    let changed = record.changed_request.as_deref();
    let head = changed.map_or(&record.head, |changed| &changed.head);
    let (path, _) = effective_path(distribution, head);
    let key = describe_cache_key(distribution, behavior, head, &path);
    let first_request = record.trace.facts().iter().take_while(|fact| fact.kind != FactKind::ErrorPage);
    let is_failover =
        |fact: &Fact| matches!(fact.kind, FactKind::FailedOver | FactKind::FailedOverWithoutAnswer);
    let failed_over = first_request.filter(|fact| is_failover(fact)).count();
    // What was sent last, and answered, is explained.
    let origin = behavior.origins().take(1 + failed_over).last().unwrap_or(&behavior.origin);
    let chosen = changed.and_then(|changed| match failed_over {
        0 => changed.origin.as_ref(),
        _ => changed.secondary.as_ref(),
    });
    let origin = chosen.unwrap_or(origin);
    let verdicts = describe_origin_request(&OriginRequestInput {
        distribution,
        behavior,
        origin,
        head,
        path: &path,
        request_id: record.cloudfront_id.as_str(),
        via_host: crate::edge_names::VIA_HOST,
        condition: asked_as_part(record),
        unconditional: record.trace.first(FactKind::CachingDisabled).is_none(),
    });
    let verdicts = match &record.origin_request {
        Some(sent) if went_through_function(record) => with_changes(verdicts, &sent.headers),
        _ => verdicts,
    };
    EdgePart { distribution, behavior, key, verdicts }
}

fn went_through_function(record: &Record) -> bool {
    record.trace.first(FactKind::LambdaEdgeOriginRequest).is_some()
}

/// The headers as the settings make them, with what the function of the origin request made of them.
fn with_changes(verdicts: Vec<Verdict>, sent: &frontgate_message::Headers) -> Vec<Verdict> {
    let mut changed = Vec::new();
    for mut verdict in verdicts {
        let is_sent =
            |told: &str| sent.all(&verdict.name).any(|value| String::from_utf8_lossy(value) == told);
        if verdict.kind == VerdictKind::Header && verdict.value.as_deref().is_some_and(|told| !is_sent(told))
        {
            let value = sent.joined(&verdict.name);
            verdict.value = value.map(|value| String::from_utf8_lossy(&value).into_owned());
            verdict.action = if verdict.value.is_some() { Action::Replaced } else { Action::Dropped };
            verdict.because = BY_FUNCTION;
        }
        changed.push(verdict);
    }
    for (name, value) in sent {
        let is_told = |verdict: &Verdict| {
            verdict.kind == VerdictKind::Header
                && verdict.value.is_some()
                && verdict.name.eq_ignore_ascii_case(name)
        };
        if !changed.iter().any(is_told) {
            changed.push(Verdict {
                kind: VerdictKind::Header,
                name: name.to_owned(),
                value: Some(String::from_utf8_lossy(value).into_owned()),
                action: Action::Added,
                because: BY_FUNCTION,
                place: frontgate_explain::PlaceId::NONE,
            });
        }
    }
    changed
}

const BY_FUNCTION: &str = "the Lambda@Edge function of the origin request says so";

/// The range that CloudFront asked for on its own.
fn asked_as_part(record: &Record) -> Option<Validators<'_>> {
    record.trace.first(FactKind::PartFetched)?;
    let sent = &record.origin_request.as_ref()?.headers;
    Some(Validators {
        range: sent.first_text("Range"),
        if_range: sent.first("If-Range"),
        etag: sent.first("If-None-Match"),
        last_modified: sent.first("If-Modified-Since"),
    })
}

fn place_json(place: &Place) -> Value {
    json!({
        "file": &*place.file,
        "line": place.line,
        "column": place.column,
        "label": &*place.label,
        "text": &*place.text,
    })
}

fn key_json(parts: &[KeyPart]) -> Value {
    parts
        .iter()
        .map(|part| json!({"name": part.name, "value": part.value, "because": part.because}))
        .collect()
}

fn header_list(headers: &frontgate_message::Headers) -> Value {
    headers.iter().map(|(name, value)| json!([name, String::from_utf8_lossy(value)])).collect()
}

fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}

/// Wraps a text at the width of a page, the first line behind `head`, the others below it.
fn wrapped(head: &str, text: &str) -> String {
    let mut page = head.to_owned();
    let mut width = 0;
    for word in text.split_whitespace() {
        if width > 0 && head.len() + width + word.len() + 1 > PAGE_WIDTH {
            page.push('\n');
            page.push_str(&" ".repeat(head.len()));
            width = 0;
        }
        if width > 0 {
            page.push(' ');
        }
        page.push_str(word);
        width += word.len() + 1;
    }
    page
}

const PAGE_WIDTH: usize = 100;

const LAYERS: &[(Layer, &str)] = &[
    (Layer::Door, "At the door"),
    (Layer::Edge, "CloudFront"),
    (Layer::Gateway, "API Gateway"),
    (Layer::Lambda, "Lambda"),
    (Layer::Objects, "S3"),
];
