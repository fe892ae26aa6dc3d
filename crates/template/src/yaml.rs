//! The YAML notation of a template, read with the place of every value and the short forms (`!Ref`) written out.
//!
//! CloudFormation reads YAML 1.1 (so `yes` and `on` are booleans), without the `!!binary`, `!!omap`, `!!pairs`, `!!set`
//! and `!!timestamp` tags. Aliases and merge keys are read as aws-cli reads them.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Place, StrInput, Tag};

use crate::json::duplicate_key;
use crate::limits::{DEPTH_MAX, NODES_MAX};
use crate::value::Entry;
use crate::yaml_tag::{apply, plain_scalar};
use crate::{Diagnostic, Diagnostics, Map, Node, Severity, SourceFile, Span, Value};

/// Reads a YAML document; with it comes what is suspicious about it.
pub(crate) fn read(source: &SourceFile) -> Result<(Node, Diagnostics), Diagnostics> {
    let text = source.text();
    let offsets = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut reader = Reader {
        source,
        offsets,
        parser: Parser::new_from_str(text),
        open: Vec::new(),
        anchors: HashMap::new(),
        node_count: 0,
        found: Diagnostics::default(),
    };
    let document = reader.document();
    match document {
        Ok(node) if !reader.found.iter().any(|diagnostic| diagnostic.severity != Severity::Warning) => {
            Ok((node, reader.found))
        }
        Ok(_) => Err(reader.found),
        Err(diagnostic) => {
            reader.found.push(*diagnostic);
            Err(reader.found)
        }
    }
}

struct Reader<'a> {
    source: &'a SourceFile,
    /// The byte offset of every character: the parser counts characters.
    offsets: Vec<usize>,
    parser: Parser<'a, StrInput<'a>>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    node_count: usize,
    found: Diagnostics,
}

/// A list or map whose end has not come yet.
struct Open {
    content: Content,
    start: usize,
    tag: Option<Tag>,
    anchor: usize,
    node_count: usize,
}

enum Content {
    List(Vec<Node>),
    Map { map: Map, keys: HashMap<String, Span>, merged: Vec<Node>, key: Option<(String, Span, bool)> },
}

/// Boxed: the error is large and rare.
type Read<T> = Result<T, Box<Diagnostic>>;

impl Reader<'_> {
    fn document(&mut self) -> Read<Node> {
        let mut root = None;
        let mut documents = 0;
        while let Some(next) = self.parser.next_event() {
            let (event, place) = next.map_err(|error| self.not_well_formed(&error))?;
            let span = self.span(place);
            let complete = match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(wrong(span, "a second document starts here", None));
                    }
                    None
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(text.as_ref(), style, anchor, tag.as_deref(), span)?
                }
                Event::SequenceStart(anchor, tag) => {
                    self.open(Content::List(Vec::new()), anchor, tag.as_deref(), span)?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    let content = Content::Map {
                        map: Map::default(),
                        keys: HashMap::new(),
                        merged: Vec::new(),
                        key: None,
                    };
                    self.open(content, anchor, tag.as_deref(), span)?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
                Event::Alias(anchor) => Some(self.alias(anchor, span)?),
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => None,
            };
            if let Some(node) = complete
                && let Some(node) = self.place(node)?
            {
                root = Some(node);
            }
        }
        Ok(root.unwrap_or(Node { value: Value::Null, span: Span::default() }))
    }

    /// A scalar; `None` when it was the key of a map.
    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Read<Option<Node>> {
        self.count(1, span)?;
        if let Some(Open { content: Content::Map { key: key @ None, .. }, .. }) = self.open.last_mut() {
            let merges = text == "<<" && style == ScalarStyle::Plain;
            *key = Some((text.to_owned(), span, merges));
            return Ok(None);
        }
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        let is_string = match core {
            Some("bool" | "float" | "int" | "null") => false,
            Some("str") => true,
            _ => style != ScalarStyle::Plain,
        };
        // The parser writes `~` for a value that is not there.
        let empty = text == "~" && span.start == span.end;
        let value = if is_string {
            Value::String(text.to_owned())
        } else if empty {
            Value::Null
        } else {
            plain_scalar(text)
        };
        let node = self.tagged(Node { value, span }, tag, span)?;
        self.remember(anchor, &node, 1);
        Ok(Some(node))
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, span: Span) -> Read<()> {
        if self.open.len() >= DEPTH_MAX {
            return Err(wrong(span, &format!("nested more than {DEPTH_MAX} deep"), None));
        }
        if let Some(Open { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(wrong(span, "a key must be a text, not a list or map", None));
        }
        self.count(1, span)?;
        let (start, node_count) = (span.start, self.node_count);
        self.open.push(Open { content, start, tag: tag.cloned(), anchor, node_count });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Read<Option<Node>> {
        let Some(open) = self.open.pop() else {
            return Err(wrong(span, "an end without a beginning", None));
        };
        let closing = self.source.slice(span);
        let flow_end = (closing == "}" || closing == "]").then_some(span.end);
        let (value, last_end) = match open.content {
            Content::List(items) => {
                let end = items.last().map(|item| item.span.end);
                (Value::List(items), end)
            }
            Content::Map { mut map, merged, .. } => {
                let end = map.iter().last().map(|entry| entry.node.span.end.max(entry.key_span.end));
                merge(&mut map, &merged);
                (Value::Map(map), end)
            }
        };
        let end = flow_end.or(last_end).unwrap_or(open.start);
        let node = Node { value, span: Span::new(open.start, end) };
        let node = self.tagged(node, open.tag.as_ref(), Span::new(open.start, end))?;
        self.remember(open.anchor, &node, self.node_count - open.node_count + 1);
        Ok(Some(node))
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Read<Node> {
        if let Some(Open { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(wrong(span, "an alias as a key", None));
        }
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return Err(wrong(span, "the anchor of this alias is not complete yet", None));
        };
        self.count(size, span)?;
        Ok(node)
    }

    /// Puts a complete node into the list or map that is open; gives it back if it is the document.
    fn place(&mut self, node: Node) -> Read<Option<Node>> {
        let depth = self.open.len().saturating_sub(1);
        let Some(open) = self.open.last_mut() else { return Ok(Some(node)) };
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { map, keys, merged, key } => match key.take() {
                Some((_, _, true)) => match node.value {
                    Value::Map(_) => merged.push(node),
                    Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
                        merged.extend(items)
                    }
                    _ => return Err(wrong(node.span, "a merge key needs a map or a list of maps", None)),
                },
                Some((key, key_span, false)) => match keys.insert(key.clone(), key_span) {
                    Some(first) => {
                        let duplicate = duplicate_key(&key, key_span, first, depth, self.source);
                        self.found.push(duplicate);
                        map.set(&key, key_span, node);
                    }
                    None => map.push(Entry { key, key_span, node }),
                },
                None => return Err(wrong(node.span, "a value without a key", None)),
            },
        }
        Ok(None)
    }

    fn tagged(&mut self, node: Node, tag: Option<&Tag>, value_span: Span) -> Read<Node> {
        let Some(tag) = tag else { return Ok(node) };
        let written = if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
        let span = self.with_tag(value_span, &written);
        self.count(1, span)?;
        match apply(node, tag, &written, span) {
            Ok(node) => Ok(node),
            Err((diagnostic, node)) => {
                self.found.push(*diagnostic);
                Ok(node)
            }
        }
    }

    /// `span` and the tag in front of it: events give the place of the value alone.
    fn with_tag(&self, span: Span, written: &str) -> Span {
        let before = self.source.text()[..span.start].trim_end();
        match before.ends_with(written) {
            true => Span::new(before.len() - written.len(), span.end.max(before.len())),
            false => span,
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node, size: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
    }

    fn count(&mut self, more: usize, span: Span) -> Read<()> {
        self.node_count += more;
        if self.node_count > NODES_MAX {
            return Err(wrong(span, &format!("more than {NODES_MAX} values, aliases written out"), None));
        }
        Ok(())
    }

    fn span(&self, place: Place) -> Span {
        let offset = |index: usize| self.offsets.get(index).copied().unwrap_or(self.source.text().len());
        let (start, end) = (offset(place.start.index()), offset(place.end.index()));
        let trimmed = self.source.text()[start..end.max(start)].trim_end().len();
        Span::new(start, start + trimmed)
    }

    fn not_well_formed(&self, error: &ScanError) -> Box<Diagnostic> {
        let text = self.source.text();
        let at = self.offsets.get(error.marker().index()).copied().unwrap_or(text.len());
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if let Some(tab) = indenting_tab(&text[line_start..])
            .filter(|tab| line_start + tab <= at || error.info().contains("tab"))
        {
            let span = Span::new(line_start + tab, line_start + tab + 1);
            return wrong(span, "a tab", Some("YAML indents with spaces only: replace the tab by spaces"));
        }
        let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
        let line_before = text[..line_start].trim_end().rfind('\n').map_or(0, |newline| newline + 1);
        if let Some(second) = tags_in_a_row(&text[line_before..line_end]) {
            let span = Span::new(line_before + second, line_before + second + 1);
            let cure = "write one of the two in its long form, such as `Fn::Sub:`";
            return wrong(span, "two short forms in a row", Some(cure));
        }
        wrong(Span::new(at, at + 1), error.info(), None)
    }
}

/// The offset of the first tab that indents a line of `text`.
fn indenting_tab(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indent].find('\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}

/// The offset of a tag that follows another tag directly, which YAML does not allow.
fn tags_in_a_row(text: &str) -> Option<usize> {
    let is_tag = |word: &str| word.len() > 1 && word.starts_with('!') && !word.contains(['"', '\'']);
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if let Some(next) = words.peek()
            && is_tag(word)
            && is_tag(next)
        {
            // The word is a part of `text`, so its address tells where.
            return Some(next.as_ptr() as usize - text.as_ptr() as usize);
        }
    }
    None
}

/// Adds the entries of merge keys that the map itself does not have; earlier ones win.
fn merge(map: &mut Map, merged: &[Node]) {
    for entry in merged.iter().filter_map(Node::as_map).flatten() {
        if !map.contains(&entry.key) {
            map.push(entry.clone());
        }
    }
}

fn wrong(span: Span, label: &str, cure: Option<&str>) -> Box<Diagnostic> {
    let mut diagnostic =
        Diagnostic::error("yaml-not-well-formed", "Template format error: YAML not well-formed.")
            .at(span, label);
    diagnostic.cure = cure.map(str::to_owned);
    Box::new(diagnostic)
}
