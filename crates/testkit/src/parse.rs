//! Reads a story from its Markdown: the fenced blocks are the story, the text between them is for people.

use crate::Failure;
use crate::story::{
    Edit, ExpectedAnswer, ExpectedBody, ExpectedHeader, LogEntry, Request, Run, Said, Step, Story, StoryFile,
    TrapLine,
};

impl Story {
    /// The story of this Markdown text.
    ///
    /// # Errors
    /// When a block is not written as `stories/README.md` says; the failure names the line.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let mut story = Self::default();
        let mut heading = String::new();
        for block in blocks(text)? {
            match block {
                Piece::Heading { level: 1, text } if story.title.is_empty() => story.title = text,
                Piece::Heading { text, .. } => heading = text,
                Piece::Fence { line, info, content } => {
                    let fence = Fence { line, heading: &heading, info: &info, content: &content };
                    fence
                        .read_into(&mut story)
                        .map_err(|why| Failure(format!("line {line}: ```{info}: {why}")))?;
                }
            }
        }
        if story.title.is_empty() {
            return Err(Failure("a story begins with its title: # What the user saw".into()));
        }
        if story.steps.is_empty() {
            return Err(Failure("a story has at least one step".into()));
        }
        Ok(story)
    }
}

enum Piece {
    Heading { level: usize, text: String },
    Fence { line: usize, info: String, content: String },
}

struct Fence<'a> {
    line: usize,
    heading: &'a str,
    info: &'a str,
    content: &'a str,
}

fn blocks(text: &str) -> Result<Vec<Piece>, Failure> {
    let mut pieces = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((index + 1, info.trim().to_owned(), String::new())),
            (None, None) => {
                let level = line.bytes().take_while(|byte| *byte == b'#').count();
                if level > 0 && line[level..].starts_with(' ') {
                    pieces.push(Piece::Heading { level, text: line[level..].trim().to_owned() });
                }
            }
            (Some(_), Some("")) => {
                if let Some((line, info, content)) = open.take() {
                    pieces.push(Piece::Fence { line, info, content });
                }
            }
            (Some((_, _, content)), _) => {
                content.push_str(line);
                content.push('\n');
            }
        }
    }
    match open {
        Some((line, info, _)) => Err(Failure(format!("line {line}: ```{info} is never closed"))),
        None => Ok(pieces),
    }
}

impl Fence<'_> {
    fn read_into(&self, story: &mut Story) -> Result<(), String> {
        let words: Vec<&str> = self.info.split_whitespace().collect();
        let edit = match words.as_slice() {
            ["request"] => Edit::Ask { request: request(self.content)?, copies: 1 },
            ["request", copies, "at", "once"] => {
                let copies = copies.parse().map_err(|_| format!("{copies} is no number"))?;
                Edit::Ask { request: request(self.content)?, copies }
            }
            ["request", "without", "answer"] => {
                let mut request = request(self.content)?;
                let said = lines(&request.body.take().ok_or("below an empty line stands what curl says")?);
                Edit::AskInVain { request, said }
            }
            ["request", "until", words @ ..] if !words.is_empty() => {
                Edit::AskUntil { request: request(self.content)?, part: words.join(" ") }
            }
            ["websocket"] => web_socket(self.content)?,
            ["dns"] => dns(self.content)?,
            ["raw"] => Edit::Raw(self.content.to_owned()),
            ["answer"] => Edit::Answer(answer(self.content)?),
            ["facts"] => Edit::Facts(lines(self.content)),
            ["trap"] => Edit::Traps(lines(self.content).iter().map(|line| trap(line)).collect()),
            ["explained"] => Edit::Explained(lines(self.content)),
            ["time"] => Edit::Time(seconds(self.content.trim())?),
            ["edit", path] => Edit::File(file(path, self.content)),
            ["remove", path] => Edit::Remove((*path).to_owned()),
            ["deployed"] => Edit::Deployed,
            ["refused"] => Edit::Refused(lines(self.content)),
            ["said"] => Edit::Said(lines(self.content)),
            ["function", "log"] => Edit::FunctionLog(lines(self.content)),
            ["log", path] => {
                let fields = self.content.lines().map(expected_header).collect::<Result<_, _>>()?;
                Edit::Log(LogEntry { path: (*path).to_owned(), fields })
            }
            [outcome @ ("run" | "fails"), "frontgate", arguments @ ..] => Edit::Run(Run {
                arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
                succeeds: *outcome == "run",
                printed: lines(self.content),
            }),
            ["options"] => {
                story.arguments.extend(self.content.split_whitespace().map(str::to_owned));
                return Ok(());
            }
            ["origin", path] if !story.steps.is_empty() => Edit::Origin(file(path, self.content)),
            ["origin", path] => {
                story.origin.push(file(path, self.content));
                return Ok(());
            }
            ["copy", from, to] => {
                story.copies.push(((*from).to_owned(), (*to).to_owned()));
                return Ok(());
            }
            ["project", folder] => {
                story.project = Some((*folder).to_owned());
                return Ok(());
            }
            ["sh"] => return Ok(()),
            [_language, path] => {
                story.files.push(file(path, self.content));
                return Ok(());
            }
            _ => return Err("no block of a story is called so".into()),
        };
        story.steps.push(Step { line: self.line, heading: self.heading.to_owned(), edit });
        Ok(())
    }
}

fn file(path: &str, content: &str) -> StoryFile {
    StoryFile { path: path.to_owned(), content: content.to_owned() }
}

fn lines(content: &str) -> Vec<String> {
    content.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Splits at the first empty line; without one there is no body.
fn head_and_body(content: &str) -> (&str, Option<&str>) {
    match content.split_once("\n\n") {
        Some((head, body)) => (head, Some(body.strip_suffix('\n').unwrap_or(body))),
        None => (content, None),
    }
}

fn request(content: &str) -> Result<Request, String> {
    let (head, body) = head_and_body(content);
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let (method, url) = first.split_once(' ').ok_or("the first line is METHOD URL")?;
    let end = [" HTTP/", " TLSv"].iter().find_map(|mark| url.find(mark));
    let (url, version) = end.map_or((url, None), |end| (&url[..end], Some(&url[end..])));
    let mut headers = Vec::new();
    for line in lines {
        if let Some(name) = line.strip_prefix('!') {
            headers.push((name.trim().to_owned(), None));
        } else {
            let (name, value) = line.split_once(':').ok_or_else(|| format!("no header: {line}"))?;
            headers.push((name.to_owned(), Some(value.trim().to_owned())));
        }
    }
    Ok(Request {
        method: method.to_owned(),
        url: url.trim().to_owned(),
        version: version.map(|version| version.trim().to_owned()),
        headers,
        body: body.map(str::to_owned),
    })
}

fn web_socket(content: &str) -> Result<Edit, String> {
    let mut request = request(content)?;
    let body = request.body.take().unwrap_or_default();
    let said = |line: &str| match line.split_at_checked(2) {
        Some(("> ", text)) => Ok(Said::ByViewer(text.to_owned())),
        Some(("< ", text)) => Ok(Said::ByOrigin(text.to_owned())),
        _ => Err(format!("a line begins with `> ` or `< `, not so: {line}")),
    };
    Ok(Edit::WebSocket {
        request,
        lines: lines(&body).iter().map(|line| said(line)).collect::<Result<_, _>>()?,
    })
}

fn dns(content: &str) -> Result<Edit, String> {
    let mut lines = lines(content).into_iter();
    let question = lines.next().ok_or("the first line is NAME TYPE")?;
    let answer: Vec<String> = lines.collect();
    if answer.is_empty() {
        return Err("the second line is the status, such as NOERROR".into());
    }
    Ok(Edit::Dns { question, answer })
}

fn answer(content: &str) -> Result<ExpectedAnswer, String> {
    let (head, body) = head_and_body(content);
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().trim();
    let (status, version) = first.split_once(' ').map_or((first, None), |(s, version)| (s, Some(version)));
    let status = status.parse().map_err(|_| format!("the first line is the status, not {first}"))?;
    let mut headers = Vec::new();
    for line in lines {
        headers.push(expected_header(line)?);
    }
    let version = version.map(|version| version.trim().to_owned());
    Ok(ExpectedAnswer { status, version, headers, body: body.map(expected_body).transpose()? })
}

fn expected_header(line: &str) -> Result<(String, ExpectedHeader), String> {
    if let Some(name) = line.strip_prefix('!') {
        return Ok((name.trim().to_owned(), ExpectedHeader::Absent));
    }
    let (name, value) = line.split_once(':').ok_or_else(|| format!("no header: {line}"))?;
    let value = value.trim();
    let expected = match value.strip_prefix("~ ") {
        Some(part) => ExpectedHeader::Contains(part.to_owned()),
        None if value == "*" => ExpectedHeader::Present,
        None => ExpectedHeader::Is(value.to_owned()),
    };
    Ok((name.to_owned(), expected))
}

fn expected_body(text: &str) -> Result<ExpectedBody, String> {
    if text.starts_with("~ ") {
        let parts = text.lines().map(|line| line.strip_prefix("~ ").map(str::to_owned));
        return parts
            .collect::<Option<Vec<_>>>()
            .map(ExpectedBody::Contains)
            .ok_or_else(|| "either all lines of the body begin with `~ ` or none".into());
    }
    let Some(rule) = text.strip_prefix("= ") else { return Ok(ExpectedBody::Text(text.to_owned())) };
    match rule.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["empty"] => Ok(ExpectedBody::Length(0)),
        ["file", path] => Ok(ExpectedBody::File((*path).to_owned())),
        [length, "bytes"] => {
            Ok(ExpectedBody::Length(length.parse().map_err(|_| format!("{length} is no number"))?))
        }
        ["png", size] => {
            let sides = size.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
            let (width, height) = sides.ok_or_else(|| format!("{size} is no WIDTHxHEIGHT"))?;
            Ok(ExpectedBody::Picture(width, height))
        }
        _ => Err(format!("unknown rule for a body: {rule}")),
    }
}

fn trap(line: &str) -> TrapLine {
    let (absent, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (id, place) = line.split_once(' ').unwrap_or((line, ""));
    let place = place.trim().split_once(':').map(|(file, part)| (file.to_owned(), part.trim().to_owned()));
    TrapLine { id: id.to_owned(), absent, place }
}

fn seconds(text: &str) -> Result<u64, String> {
    text.strip_prefix('+')
        .and_then(|rest| rest.strip_suffix('s'))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| format!("time is written +11s, not {text}"))
}

#[cfg(test)]
mod tests {
    use super::{Story, answer, request, trap};
    use crate::story::{Edit, ExpectedBody, ExpectedHeader};

    #[test]
    fn every_story_of_the_repository_is_well_written() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories");
        for entry in std::fs::read_dir(folder).expect("stories").flatten() {
            let path = entry.path();
            if path.file_name().is_some_and(|name| name == "README.md") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            if let Err(why) = Story::parse(&text) {
                panic!("{}: {why}", path.display());
            }
        }
    }

    #[test]
    fn a_story_is_its_fenced_blocks() {
        let text = "# Title\n\nText.\n\n```yaml template.yaml\na: 1\n```\n\n## First\n\n```request\nGET https://x/\n```\n\
                    \n```answer\n200\n```\n\n```time\n+11s\n```\n";
        let story = Story::parse(text).expect("well written");
        assert_eq!(story.title, "Title");
        assert_eq!(story.files[0].content, "a: 1\n");
        assert_eq!(story.steps.len(), 3);
        assert_eq!(story.steps[0].heading, "First");
        assert!(matches!(story.steps[2].edit, Edit::Time(11)));
    }

    #[test]
    fn a_badly_written_story_is_refused_with_its_line() {
        let rows = [
            ("```request\nGET https://x/\n```", "begins with its title"),
            ("# T\n", "at least one step"),
            ("# T\n```request\nGET\n```", "line 2"),
            ("# T\n```answer\nok\n```", "the status"),
            ("# T\n```answer\n200", "never closed"),
            ("# T\n```time\n11\n```", "+11s"),
            ("# T\n```dns\na.com A\n```", "the status"),
            ("# T\n```answer\n200\n\n= png 3\n```", "WIDTHxHEIGHT"),
            ("# T\n```websocket\nGET ws://x/\n\nhello\n```", "begins with"),
            ("# T\n```one two three\n```", "no block"),
        ];
        for (text, part) in rows {
            let why = Story::parse(text).expect_err(text).to_string();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn requests_and_answers_have_heads_and_bodies() {
        let asked = request("POST https://x/y\nA: b\n!Accept\n\n{}\n").expect("a request");
        assert_eq!(asked.body.as_deref(), Some("{}"));
        assert_eq!(asked.headers, [("A".into(), Some("b".into())), ("Accept".into(), None)]);
        assert_eq!((asked.url.as_str(), asked.version), ("https://x/y", None));
        let asked = request("GET https://x/${2 times y} TLSv1.2\n").expect("a request");
        assert_eq!(
            (asked.url.as_str(), asked.version.as_deref()),
            ("https://x/${2 times y}", Some("TLSv1.2"))
        );
        let asked = request("GET https://x/y HTTP/1.1\n").expect("a request");
        assert_eq!((asked.url.as_str(), asked.version.as_deref()), ("https://x/y", Some("HTTP/1.1")));
        assert_eq!(answer("421 HTTP/2\n").expect("an answer").version.as_deref(), Some("HTTP/2"));
        let wanted = answer("200\nA: *\n!B\nC: ~ d\nE: f\n\n~ one\n~ two\n").expect("an answer");
        assert_eq!(wanted.headers[0].1, ExpectedHeader::Present);
        assert_eq!(wanted.headers[1].1, ExpectedHeader::Absent);
        assert_eq!(wanted.headers[2].1, ExpectedHeader::Contains("d".into()));
        assert_eq!(wanted.headers[3].1, ExpectedHeader::Is("f".into()));
        assert_eq!(wanted.body, Some(ExpectedBody::Contains(vec!["one".into(), "two".into()])));
        let bodies = [
            ("= png 3x4", ExpectedBody::Picture(3, 4)),
            ("= 12 bytes", ExpectedBody::Length(12)),
            ("= empty", ExpectedBody::Length(0)),
            ("= file site/a", ExpectedBody::File("site/a".into())),
            ("text\n\nmore", ExpectedBody::Text("text\n\nmore".into())),
        ];
        for (body, wanted) in bodies {
            assert_eq!(super::expected_body(body), Ok(wanted), "{body}");
        }
    }

    #[test]
    fn a_trap_names_the_line_to_change() {
        let named = trap("some-trap template.yaml: OriginPath: /prod");
        assert_eq!(named.place, Some(("template.yaml".into(), "OriginPath: /prod".into())));
        assert!(trap("!some-trap").absent);
    }
}
