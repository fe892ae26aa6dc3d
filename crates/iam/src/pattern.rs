//! Which texts does a pattern match: `*`, `?` and policy variables such as `${aws:username}`.
//!
//! Authority: IAM user guide, *IAM policy elements: Variables and tags* (`reference_policies_variables`) and
//! *Resource* (`reference_policies_elements_resource`).

use std::borrow::Cow;

use crate::Request;

/// A text with wildcards and policy variables.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    /// As the document has it.
    pub(crate) text: Box<str>,
    pieces: Vec<Piece>,
    has_variable: bool,
}

/// A pattern for ARNs: each of the six parts is compared for itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArnPattern {
    /// The whole text, compared as a whole where it is no ARN (`*`).
    pub(crate) whole: Pattern,
    parts: Vec<Pattern>,
}

/// What a text may contain besides itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Syntax {
    /// `*` and `?` stand for other text.
    pub(crate) wildcards: bool,
    /// `${…}` stands for a value of the request: only from Version 2012-10-17 on.
    pub(crate) variables: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
    Variable {
        key: Box<str>,
        default: Option<Box<str>>,
    },
}

impl Pattern {
    pub(crate) fn new(text: &str, syntax: Syntax) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if syntax.variables
                && let Some((inner, after)) = variable(rest)
            {
                pieces.push(piece_of_variable(inner));
                rest = after;
                continue;
            }
            pieces.push(match first {
                '*' if syntax.wildcards => Piece::Run,
                '?' if syntax.wildcards => Piece::One,
                other => Piece::Char(other),
            });
            rest = &rest[first.len_utf8()..];
        }
        let has_variable = pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }));
        Self { text: text.into(), pieces, has_variable }
    }

    pub(crate) fn matches(&self, text: &str, request: &Request<'_>) -> bool {
        self.compare(text, request, |a, b| a == b)
    }

    pub(crate) fn matches_ignoring_case(&self, text: &str, request: &Request<'_>) -> bool {
        self.compare(text, request, |a, b| a == b || a.to_lowercase().eq(b.to_lowercase()))
    }

    /// Whether the pattern has no wildcard and no variable: it names one fixed text.
    pub(crate) fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Char(_)))
    }

    fn compare(&self, text: &str, request: &Request<'_>, same: impl Fn(char, char) -> bool) -> bool {
        let Some(pieces) = self.expanded(request) else { return false };
        let text: Vec<char> = text.chars().collect();
        let (mut piece, mut at) = (0, 0);
        // Where to go on when a guess at the length of the last `*` was too short.
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match pieces.get(piece) {
                Some(Piece::Run) => {
                    retry = Some((piece + 1, at));
                    piece += 1;
                }
                Some(Piece::One) => (piece, at) = (piece + 1, at + 1),
                Some(Piece::Char(wanted)) if same(*wanted, text[at]) => (piece, at) = (piece + 1, at + 1),
                _ => match &mut retry {
                    Some((after_run, from)) => {
                        *from += 1;
                        (piece, at) = (*after_run, *from);
                    }
                    None => return false,
                },
            }
        }
        pieces[piece..].iter().all(|rest| matches!(rest, Piece::Run))
    }

    /// The pieces with every variable replaced; `None` where a variable has no value, which matches nothing.
    fn expanded(&self, request: &Request<'_>) -> Option<Cow<'_, [Piece]>> {
        if !self.has_variable {
            return Some(Cow::Borrowed(&self.pieces));
        }
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let Piece::Variable { key, default } = piece else {
                pieces.push(piece.clone());
                continue;
            };
            let value = request.values(key).next().or(default.as_deref())?;
            pieces.extend(value.chars().map(Piece::Char));
        }
        Some(Cow::Owned(pieces))
    }
}

impl ArnPattern {
    pub(crate) fn new(text: &str, variables: bool) -> Self {
        let syntax = Syntax { wildcards: true, variables };
        let mut parts = Vec::new();
        if text.starts_with("arn:") {
            parts.extend(arn_parts(text).into_iter().map(|part| Pattern::new(part, syntax)));
            // "AWS automatically completes the ARN by adding wildcard characters to all missing fields."
            parts.resize_with(ARN_PARTS, || Pattern::new("*", syntax));
        }
        Self { whole: Pattern::new(text, syntax), parts }
    }

    /// Whether all six parts match: no wildcard reaches over a colon, but one in the last part, which may hold some.
    pub(crate) fn matches(&self, arn: &str, request: &Request<'_>) -> bool {
        let actual: Vec<&str> = arn.splitn(ARN_PARTS, ':').collect();
        if self.parts.is_empty() || actual.len() != ARN_PARTS {
            return self.whole.matches(arn, request);
        }
        self.parts.iter().zip(actual).all(|(pattern, part)| pattern.matches(part, request))
    }
}

const ARN_PARTS: usize = 6;

/// The text between `${` and `}` and what follows, if `text` begins with a variable.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

/// `${*}`, `${?}` and `${$}` are the signs themselves; `${key, 'text'}` has a default.
fn piece_of_variable(inner: &str) -> Piece {
    match inner {
        "*" => Piece::Char('*'),
        "?" => Piece::Char('?'),
        "$" => Piece::Char('$'),
        _ => {
            let (key, default) = match inner.split_once(',') {
                Some((key, default)) => (key, Some(default.trim().trim_matches('\'').into())),
                None => (inner, None),
            };
            Piece::Variable { key: key.trim().into(), default }
        }
    }
}

/// The parts of an ARN's pattern: a colon inside of `${…}` separates nothing.
fn arn_parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::with_capacity(ARN_PARTS), 0, 0_u32);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if at > 0 && text.as_bytes()[at - 1] == b'$' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && parts.len() < ARN_PARTS - 1 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::{ArnPattern, Pattern, Syntax};
    use crate::{Principal, Request};

    const CONTEXT: &[(&str, &str)] = &[("aws:username", "ann*"), ("aws:PrincipalTag/team", "a:b")];

    fn request() -> Request<'static> {
        Request { principal: Principal::Anonymous, action: "", resource: "", context: CONTEXT }
    }

    #[test]
    fn wildcards_and_variables() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXbcd", false),
            ("home/${aws:username}/*", "home/ann*/x", true),
            ("home/${aws:username}/*", "home/annX/x", false),
            ("home/${AWS:UserName}/*", "home/ann*/", true),
            ("${aws:unknown}", "${aws:unknown}", false),
            ("${aws:unknown, 'all'}", "all", true),
            ("a${*}b", "a*b", true),
            ("a${*}b", "axb", false),
            ("a${$}{x", "a${x", true),
            ("é?", "éü", true),
        ] {
            let compiled = Pattern::new(pattern, Syntax { wildcards: true, variables: true });
            assert_eq!(compiled.matches(text, &request()), expected, "{pattern} {text}");
        }
        let old = Pattern::new("${aws:username}", Syntax { wildcards: true, variables: false });
        assert!(old.matches("${aws:username}", &request()), "variables need Version 2012-10-17");
    }

    #[test]
    fn parts_of_an_arn_are_compared_one_by_one() {
        for (pattern, arn, expected) in [
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b", "arn:aws:s3:::b/x", false),
            ("arn:aws:execute-api:*:1:a/*/GET/x", "arn:aws:execute-api:eu:1:a/prod/GET/x", true),
            ("arn:aws:execute-api:*:a/prod", "arn:aws:execute-api:eu:1:a/prod", false),
            ("*", "arn:aws:s3:::b/x", true),
            ("arn:aws:s3", "arn:aws:s3:::b/x", true),
            ("arn:*", "arn:aws:s3:::b/x", true),
            ("arn:aws:sqs", "arn:aws:s3:::b/x", false),
            ("arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:s3:::b/a:b", true),
        ] {
            assert_eq!(ArnPattern::new(pattern, true).matches(arn, &request()), expected, "{pattern} {arn}");
        }
    }
}
