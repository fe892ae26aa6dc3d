//! What a story consists of.

/// One story.
#[derive(Debug, Default)]
pub struct Story {
    /// The title: what the user saw.
    pub title: String,
    /// Files of the user's project, `template.yaml` among them.
    pub files: Vec<StoryFile>,
    /// A folder of the repository that is the user's project instead, such as `examples/one-domain`.
    pub project: Option<String>,
    /// Folders of the repository that are copied into the project: from where, to where.
    pub copies: Vec<(String, String)>,
    /// More arguments for `frontgate up`.
    pub arguments: Vec<String>,
    /// Responses of an origin of the user's own, each for one path.
    pub origin: Vec<StoryFile>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// A file of the user's project.
#[derive(Debug)]
pub struct StoryFile {
    /// The path from the project's folder.
    pub path: String,
    /// The whole content.
    pub content: String,
}

/// One thing that the story does or expects.
#[derive(Debug)]
pub struct Step {
    /// The line of the story that it begins at, from 1.
    pub line: usize,
    /// The heading above it.
    pub heading: String,
    /// What.
    pub edit: Edit,
}

/// What a step does or expects.
#[derive(Debug)]
pub enum Edit {
    /// Sends a request, several times at once when `copies` is above 1.
    Ask {
        /// The request.
        request: Request,
        /// How many are sent at once.
        copies: usize,
    },
    /// Sends a request and goes on once its answer has begun; the next `Answer` has the whole of it.
    AskUntil {
        /// The request.
        request: Request,
        /// What has come of the body then.
        part: String,
    },
    /// Sends a request that gets no answer, because no connection comes about.
    AskInVain {
        /// The request.
        request: Request,
        /// What curl says then.
        said: Vec<String>,
    },
    /// Asks for a name and a type by DNS, and compares the status and the records.
    Dns {
        /// `NAME TYPE`
        question: String,
        /// The status, then one line per record.
        answer: Vec<String>,
    },
    /// Sends these lines as they are to the plain port; the connection has to be closed after the answer.
    Raw(String),
    /// Makes a WebSocket and talks through it.
    WebSocket {
        /// The handshake.
        request: Request,
        /// What is said, in order.
        lines: Vec<Said>,
    },
    /// Compares the last answer, or all the last answers.
    Answer(ExpectedAnswer),
    /// The facts that the explanation of the last answer has, or with `!` has not.
    Facts(Vec<String>),
    /// The traps that the explanation of the last answer names.
    Traps(Vec<TrapLine>),
    /// What the page of `frontgate explain` says about the last answer.
    Explained(Vec<String>),
    /// Advances the clock.
    Time(u64),
    /// Replaces or makes a file of the project.
    File(StoryFile),
    /// Gives the user's own origin another response for one path.
    Origin(StoryFile),
    /// Removes a file of the project.
    Remove(String),
    /// Waits until the edit is deployed.
    Deployed,
    /// The template is refused: at the start, or after an edit; the fragments are in what is said.
    Refused(Vec<String>),
    /// What an access log says about the last request.
    Log(LogEntry),
    /// Runs another command of frontgate.
    Run(Run),
    /// What `frontgate up` said on its error output since it started.
    Said(Vec<String>),
    /// Waits until functions have logged these lines, one behind the other, since the last such block.
    FunctionLog(Vec<String>),
}

/// A message of a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The origin says it; behind `~ ` stands a part of what it says.
    ByOrigin(String),
    /// The viewer says it.
    ByViewer(String),
}

/// A request as the story writes it.
#[derive(Debug, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The version of HTTP or TLS, such as `HTTP/1.1` or `TLSv1.2`, if curl is not to choose.
    pub version: Option<String>,
    /// Headers in order; a value of `None` keeps curl from sending its own.
    pub headers: Vec<(String, Option<String>)>,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// An answer as the story writes it.
#[derive(Debug, Default)]
pub struct ExpectedAnswer {
    /// The status code.
    pub status: u16,
    /// The version of HTTP, such as `HTTP/2`, if the story says something about it.
    pub version: Option<String>,
    /// Headers.
    pub headers: Vec<(String, ExpectedHeader)>,
    /// The body, if the story says something about it.
    pub body: Option<ExpectedBody>,
}

/// What a story says about a header.
#[derive(Debug, PartialEq, Eq)]
pub enum ExpectedHeader {
    /// There is none of that name.
    Absent,
    /// There is one that contains the text.
    Contains(String),
    /// There is one with exactly this value.
    Is(String),
    /// There is one.
    Present,
}

/// What a story says about a body.
#[derive(Debug, PartialEq, Eq)]
pub enum ExpectedBody {
    /// It contains all of these, and none of those that begin with `!`.
    Contains(Vec<String>),
    /// Decoded from its content coding it is the content of that file of the project.
    File(String),
    /// It has that many bytes.
    Length(usize),
    /// It is a PNG picture of that width and height.
    Picture(u32, u32),
    /// It is exactly this text, apart from line ends at its end.
    Text(String),
}

/// What a story expects of an access log.
#[derive(Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The folder of the log files, or a file of JSON lines, in the project.
    pub path: String,
    /// Fields of the entry.
    pub fields: Vec<(String, ExpectedHeader)>,
}

/// A command of frontgate that a story runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    /// Its words after `frontgate`.
    pub arguments: Vec<String>,
    /// Whether it succeeds.
    pub succeeds: bool,
    /// What it prints, and with `!` what not.
    pub printed: Vec<String>,
}

/// A trap that an explanation names.
#[derive(Debug, PartialEq, Eq)]
pub struct TrapLine {
    /// The trap's id.
    pub id: String,
    /// Whether it must not be named.
    pub absent: bool,
    /// The file and a part of the line that it points to.
    pub place: Option<(String, String)>,
}
