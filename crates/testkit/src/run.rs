//! Runs a story from its first line to its last.

use std::path::Path;
use std::time::Instant;

use crate::answer::Answer;
use crate::folder::Folder;
use crate::origin::Origin;
use crate::process::{Binary, Frontgate, PATIENCE, Started};
use crate::sign::Keyring;
use crate::story::{
    Edit, ExpectedAnswer, ExpectedBody, ExpectedHeader, LogEntry, Request, Run, Step, Story, StoryFile,
};
use crate::{Failure, access_log, check, curl, dns, raw, sign, web_socket};

/// Serves the story's template and does what the story says.
///
/// # Errors
/// When something differs from the story; the failure names the line, shows the last answer and its explanation.
pub fn run(story: &Story, binary: &Binary, repository: &Path) -> Result<(), Failure> {
    let folder = Folder::make()?;
    let state = Folder::make()?;
    let origin = Origin::start(&story.origin)?;
    if let Some(project) = &story.project {
        folder.copy_from(&repository.join(project), "")?;
    }
    for (from, to) in &story.copies {
        folder.copy_from(&repository.join(from), to)?;
    }
    let port = origin.port().to_string();
    for file in &story.files {
        let content = file.content.replace("${Origin.Port}", &port);
        folder.write(&StoryFile { path: file.path.clone(), content })?;
    }
    let started = binary.up(story, folder.path(), state.path())?;
    let steps = story.steps.as_slice();
    match (started, steps.first().map(|step| &step.edit)) {
        (Started::Refused(said), Some(Edit::Refused(parts))) => {
            let wrong = check::fragments(parts, &said);
            if wrong.is_empty() { Ok(()) } else { Err(Failure(format!("{}\n\n{said}", wrong.join("\n")))) }
        }
        (Started::Refused(said), _) => Err(Failure(format!("the template was refused:\n{said}"))),
        (Started::Ready(_), Some(Edit::Refused(_))) => Err(Failure("the template was not refused".into())),
        (Started::Ready(frontgate), _) => {
            let keyring = Keyring::default();
            let mut telling =
                Telling { folder, origin, frontgate, keyring, answers: Vec::new(), begun: None };
            for step in steps {
                telling.step(step).map_err(|why| telling.describe(step, &why))?;
            }
            telling.frontgate.end()
        }
    }
}

struct Telling {
    folder: Folder,
    origin: Origin,
    frontgate: Box<Frontgate>,
    keyring: Keyring,
    answers: Vec<Answer>,
    /// A request whose answer has begun.
    begun: Option<curl::Begun>,
}

impl Telling {
    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let wrong = match &step.edit {
            Edit::Ask { request, copies } => {
                self.answers = curl::send(&self.filled_request(request)?, *copies, &self.frontgate.doors)?;
                Vec::new()
            }
            Edit::AskUntil { request, part } => {
                let request = self.filled_request(request)?;
                self.begun = Some(curl::Begun::ask(&request, &self.frontgate.doors, part)?);
                Vec::new()
            }
            Edit::AskInVain { request, said } => self.ask_in_vain(request, said)?,
            Edit::WebSocket { request, lines } => {
                let request = self.filled_request(request)?;
                self.answers = vec![web_socket::converse(&request, lines, &self.frontgate.doors)?];
                Vec::new()
            }
            Edit::Dns { question, answer } => {
                let expected: Vec<String> = answer.iter().map(|line| self.filled(line)).collect();
                let found = dns::ask(&self.filled(question), self.frontgate.doors.dns)?;
                let wrong = found != expected;
                wrong.then(|| format!("the answer of DNS is\n{}", found.join("\n"))).into_iter().collect()
            }
            Edit::Raw(lines) => {
                self.answers = vec![raw::send(lines, self.frontgate.doors.http)?];
                Vec::new()
            }
            Edit::Answer(expected) => self.compare(expected)?,
            Edit::Facts(expected) => check::facts(expected, &self.frontgate.explanation(self.id()?)?),
            Edit::Traps(expected) => {
                check::traps(expected, &self.frontgate.explanation(self.id()?)?, &self.folder)
            }
            Edit::Explained(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.filled(part)).collect();
                check::fragments(&parts, &self.frontgate.explained(self.id()?)?)
            }
            Edit::Said(parts) => {
                let is_enough = |said: &str| check::fragments(parts, said).is_empty();
                check::fragments(parts, &self.frontgate.said_once(is_enough))
            }
            Edit::FunctionLog(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.filled(part)).collect();
                self.frontgate.logged(&parts)
            }
            Edit::Log(expected) => self.log(expected)?,
            Edit::Run(run) => self.run_command(run)?,
            Edit::Time(seconds) => {
                self.keyring.ahead_seconds += seconds;
                self.frontgate.advance(*seconds).map(|()| Vec::new())?
            }
            Edit::File(file) => {
                let content = file.content.replace("${Origin.Port}", &self.origin.port().to_string());
                self.folder.write(&StoryFile { path: file.path.clone(), content })?;
                Vec::new()
            }
            Edit::Origin(file) => {
                self.origin.answer(file);
                Vec::new()
            }
            Edit::Remove(path) => self.folder.remove(path).map(|()| Vec::new())?,
            Edit::Deployed => self.deployed()?,
            Edit::Refused(parts) => self.refused(parts)?,
        };
        if wrong.is_empty() { Ok(()) } else { Err(Failure(wrong.join("\n"))) }
    }

    fn ask_in_vain(&mut self, request: &Request, said: &[String]) -> Result<Vec<String>, Failure> {
        Ok(match curl::send(&self.filled_request(request)?, 1, &self.frontgate.doors) {
            Ok(answers) => {
                self.answers = answers;
                vec!["there is an answer".to_owned()]
            }
            Err(why) => check::fragments(said, &why.to_string()),
        })
    }

    fn compare(&mut self, expected: &ExpectedAnswer) -> Result<Vec<String>, Failure> {
        if let Some(begun) = self.begun.take() {
            self.answers = vec![begun.finish()?];
        }
        let expected = self.filled_answer(expected);
        self.last()?;
        let each = self.answers.iter();
        Ok(each.flat_map(|answer| check::answer(&expected, answer, &self.folder)).collect())
    }

    fn run_command(&self, run: &Run) -> Result<Vec<String>, Failure> {
        let arguments: Vec<String> = run.arguments.iter().map(|word| self.filled(word)).collect();
        let (succeeded, printed) = self.frontgate.run(&arguments)?;
        let parts: Vec<String> = run.printed.iter().map(|part| self.filled(part)).collect();
        let mut wrong = check::fragments(&parts, &printed);
        if succeeded != run.succeeds || !wrong.is_empty() {
            wrong.push(format!("it {}:\n{printed}", if succeeded { "succeeded" } else { "failed" }));
        }
        Ok(wrong)
    }

    fn deployed(&mut self) -> Result<Vec<String>, Failure> {
        let line = self.frontgate.next_deployment()?;
        let refused = line.get("deployed").is_none().then(|| format!("not deployed: {line}"));
        Ok(refused.into_iter().collect())
    }

    fn refused(&mut self, parts: &[String]) -> Result<Vec<String>, Failure> {
        let line = self.frontgate.next_deployment()?;
        let text = line["refused"].as_str().map_or_else(|| line["refused"].to_string(), str::to_owned);
        let deployed = line.get("refused").is_none().then(|| format!("not refused: {line}"));
        Ok(deployed.into_iter().chain(check::fragments(parts, &text)).collect())
    }

    /// An entry is there a moment after its answer.
    fn log(&self, expected: &LogEntry) -> Result<Vec<String>, Failure> {
        let path = expected.path.replace("${State}", &self.frontgate.state.to_string_lossy());
        let path = self.folder.path().join(self.filled(&path));
        let end = Instant::now() + PATIENCE;
        loop {
            self.frontgate.flush_logs()?;
            if let Some(entry) = access_log::entry(&path, self.id()?)? {
                let rule =
                    |(name, rule): &(String, ExpectedHeader)| (self.filled(name), self.filled_rule(rule));
                let fields: Vec<_> = expected.fields.iter().map(rule).collect();
                return Ok(check::headers(&fields, &entry));
            }
            if Instant::now() >= end {
                return Err(Failure(format!("{} has no entry of the last request", path.display())));
            }
        }
    }

    fn filled_rule(&self, rule: &ExpectedHeader) -> ExpectedHeader {
        match rule {
            ExpectedHeader::Absent => ExpectedHeader::Absent,
            ExpectedHeader::Contains(text) => ExpectedHeader::Contains(self.filled(text)),
            ExpectedHeader::Is(text) => ExpectedHeader::Is(self.filled(text)),
            ExpectedHeader::Present => ExpectedHeader::Present,
        }
    }

    fn last(&self) -> Result<&Answer, Failure> {
        self.answers.last().ok_or_else(|| Failure("nothing was asked yet".into()))
    }

    fn id(&self) -> Result<&str, Failure> {
        self.last()?.id().ok_or_else(|| Failure("the answer has no id to explain it by".into()))
    }

    /// `${Outputs.Name}`, `${Answer.Header}` and `${100 times x}` filled in.
    fn filled(&self, text: &str) -> String {
        let mut filled = repeated(text);
        for (name, value) in &self.frontgate.outputs {
            filled = filled.replace(&format!("${{Outputs.{name}}}"), value);
        }
        for (name, value) in self.answers.last().map(|answer| answer.headers.as_slice()).unwrap_or_default() {
            while let Some(start) = find_ignoring_case(&filled, &format!("${{Answer.{name}}}")) {
                filled.replace_range(start..start + name.len() + "${Answer.}".len(), value);
            }
        }
        filled
    }

    fn filled_request(&mut self, request: &Request) -> Result<Request, Failure> {
        let value = |value: &Option<String>| value.as_ref().map(|value| self.filled(value));
        let of_project = |name: &str, text: Option<String>| match text {
            Some(file) if name == curl::CLIENT_CERTIFICATE => {
                Some(self.folder.path().join(file).display().to_string())
            }
            text => text,
        };
        let headers = request.headers.iter();
        let request = Request {
            method: request.method.clone(),
            url: self.filled(&request.url),
            version: request.version.clone(),
            headers: headers.map(|(name, text)| (name.clone(), of_project(name, value(text)))).collect(),
            body: value(&request.body),
        };
        let frontgate = &self.frontgate;
        sign::sign(request, &mut self.keyring, |name| {
            let words = ["credentials", name, "--json"].map(str::to_owned);
            frontgate.run(&words).map(|(_, printed)| printed)
        })
    }

    fn filled_answer(&self, expected: &ExpectedAnswer) -> ExpectedAnswer {
        let body = |rule: &ExpectedBody| match rule {
            ExpectedBody::Contains(parts) => {
                ExpectedBody::Contains(parts.iter().map(|part| self.filled(part)).collect())
            }
            ExpectedBody::File(path) => ExpectedBody::File(path.clone()),
            ExpectedBody::Length(length) => ExpectedBody::Length(*length),
            ExpectedBody::Picture(width, height) => ExpectedBody::Picture(*width, *height),
            ExpectedBody::Text(text) => ExpectedBody::Text(self.filled(text)),
        };
        ExpectedAnswer {
            status: expected.status,
            version: expected.version.clone(),
            headers: expected
                .headers
                .iter()
                .map(|(name, rule)| (name.clone(), self.filled_rule(rule)))
                .collect(),
            body: expected.body.as_ref().map(body),
        }
    }

    fn describe(&self, step: &Step, why: &Failure) -> Failure {
        let mut text = format!("line {} ({}): {why}", step.line, step.heading);
        if let Some(answer) = self.answers.last() {
            text.push_str(&format!("\n\n--- the answer\n{}", answer.show()));
            if let Some(Ok(page)) = answer.id().map(|id| self.frontgate.explained(id)) {
                text.push_str(&format!("\n\n--- explained\n{page}"));
            }
        }
        let said = self.frontgate.said();
        if !said.is_empty() {
            text.push_str(&format!("\n--- said\n{said}"));
        }
        Failure(text)
    }
}

/// `${100 times x}` is a hundred x.
pub(crate) fn repeated(text: &str) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let Some((inner, after)) = rest.split_once('}') else { return text.to_owned() };
    let written = match inner.split_once(" times ").map(|(count, part)| (count.parse(), part)) {
        Some((Ok(count), part)) => part.repeat(count),
        _ => format!("${{{inner}}}"),
    };
    format!("{before}{written}{}", repeated(after))
}

fn find_ignoring_case(text: &str, part: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(&part.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::repeated;

    #[test]
    fn long_texts_are_written_shortly() {
        let rows = [
            ("a${3 times xy}b", "axyxyxyb"),
            ("${Outputs.Url}/${2 times z}", "${Outputs.Url}/zz"),
            ("${", "${"),
            ("plain", "plain"),
        ];
        for (text, wanted) in rows {
            assert_eq!(repeated(text), wanted, "{text}");
        }
    }
}
