//! What is wrong with a template, where, and what to do about it; several at once.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::limits::DIAGNOSTICS_MAX;
use crate::{SourceFile, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// AWS refuses this template.
    Error,
    /// AWS accepts this, frontgate does not do it yet.
    Unsupported,
    /// Accepted and done, but not what is usually meant.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name in lower case with dashes, such as `unresolved-reference`.
    pub code: &'static str,
    /// What is wrong, in CloudFormation's own words where they are known.
    pub message: String,
    /// Where; `None` when it is about the whole template.
    pub span: Option<Span>,
    /// A few words to stand at the span.
    pub label: String,
    /// What to do about it.
    pub cure: Option<String>,
}

impl Diagnostic {
    /// AWS refuses this.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// frontgate does not do this yet.
    #[must_use]
    pub fn unsupported(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Unsupported, code, message.into())
    }

    /// Accepted, but worth a word.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    /// The same, pointing at `span` with a few words.
    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.span = Some(span);
        self.label = label.into();
        self
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self { severity, code, message, span: None, label: String::new(), cure: None }
    }
}

/// All findings about a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a finding, unless the very same is there already. Of more than [`DIAGNOSTICS_MAX`] findings the first
    /// are kept, and always the worst kind.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            if !self.0.contains(&diagnostic) {
                self.0.push(diagnostic);
            }
        } else if let Some(last) = self.0.last_mut().filter(|last| diagnostic.severity < last.severity) {
            *last = diagnostic;
        }
    }

    /// Whether there are so many that no more are kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= DIAGNOSTICS_MAX
    }

    /// Adds all findings of `other`.
    pub fn append(&mut self, other: Self) {
        other.0.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them keeps the template from being deployed. Unsupported parts do, unless they are allowed.
    #[must_use]
    pub fn are_fatal(&self, allow_unsupported: bool) -> bool {
        self.0.iter().any(|diagnostic| match diagnostic.severity {
            Severity::Error => true,
            Severity::Unsupported => !allow_unsupported,
            Severity::Warning => false,
        })
    }

    /// Brings them into the order of the text.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|d| (d.span.map(|span| (span.file, span.start)), d.severity));
    }

    /// The findings as a page: message, `file:line:column`, the offending lines, the cure; in the order of the text.
    #[must_use]
    pub fn render(&self, source: &SourceFile, color: bool) -> String {
        let mut sorted = self.clone();
        sorted.sort();
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(if color { DecorStyle::Unicode } else { DecorStyle::Ascii });
        let pages = sorted.iter().map(|diagnostic| renderer.render(&[group(diagnostic, source)]));
        let mut page = pages.collect::<Vec<_>>().join("\n\n");
        page.push('\n');
        if self.is_full() {
            page.push_str(&format!("\nThese are the first {DIAGNOSTICS_MAX} findings; there may be more.\n"));
        }
        page
    }
}

/// One finding as the renderer wants it.
fn group<'a>(diagnostic: &'a Diagnostic, source: &'a SourceFile) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Unsupported => Level::ERROR.with_name(Some("not supported")),
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code));
    if let Some(span) = diagnostic.span {
        let source = source.file(span);
        let annotation = AnnotationKind::Primary.span(shown(span, source)).label(diagnostic.label.as_str());
        group = group.element(Snippet::source(source.text()).path(source.name()).annotation(annotation));
    }
    if let Some(cure) = &diagnostic.cure {
        group = group.element(Level::HELP.message(cure.as_str()));
    }
    group
}

/// The part of `span` to underline: its first line, without trailing space, so that a whole resource is one line.
fn shown(span: Span, source: &SourceFile) -> std::ops::Range<usize> {
    let (start, end) = (source.boundary(span.start), source.boundary(span.end));
    let first_line = source.text()[start..end.max(start)].lines().next().unwrap_or_default().trim_end();
    start..start + first_line.len()
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}
