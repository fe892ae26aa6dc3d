//! A server, an origin that does what a test says, and viewers that speak bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use frontgate_testkit::{Binary, Folder, Frontgate, Started, Story, StoryFile};

/// A running server with its template.
pub struct Site {
    pub frontgate: Frontgate,
    folder: Folder,
    pub state: Folder,
}

/// Whoever has not said anything by then will not.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long an origin may be silent where that is what is tested: short, and long enough for a busy machine.
pub const READ_TIMEOUT_SECONDS: u32 = 3;

/// One origin; `/pass/*` is never cached and gets everything, anything else is cached for what the origin says, at most
/// one day. An origin may be silent for so many seconds, and its failures are not kept.
const TEMPLATE: &str = "
Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Aliases: [www.example.com]
        Origins:
          - Id: own
            DomainName: localhost
            ConnectionAttempts: 1
            CustomOriginConfig:
              OriginProtocolPolicy: http-only
              HTTPPort: ${Origin.Port}
              OriginReadTimeout: ${Origin.ReadTimeout}
        DefaultCacheBehavior: &cached
          TargetOriginId: own
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6 # Managed-CachingOptimized
        CacheBehaviors:
          - PathPattern: /pass/*
            TargetOriginId: own
            ViewerProtocolPolicy: allow-all
            AllowedMethods: [DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT]
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # Managed-CachingDisabled
            OriginRequestPolicyId: 216adef6-5c7f-47e4-b989-5492eafa07d3 # Managed-AllViewer
          - <<: *cached
            PathPattern: /other/*
        CustomErrorResponses:
          - {ErrorCode: 400, ErrorCachingMinTTL: 0}
          - {ErrorCode: 500, ErrorCachingMinTTL: 0}
          - {ErrorCode: 502, ErrorCachingMinTTL: 0}
          - {ErrorCode: 503, ErrorCachingMinTTL: 0}
          - {ErrorCode: 504, ErrorCachingMinTTL: 0}
";

impl Site {
    /// A server in front of the origin at that port.
    pub fn start(origin: &Origin) -> Self {
        Self::with(&template(origin, READ_TIMEOUT_SECONDS), &[])
    }

    /// A server in front of an origin that may take its time, with more arguments.
    pub fn patient(origin: &Origin, arguments: &[&str]) -> Self {
        Self::with(&template(origin, 30), arguments)
    }

    /// A server of that template.
    pub fn with(template: &str, arguments: &[&str]) -> Self {
        let (folder, state) = (Folder::make().expect("a folder"), Folder::make().expect("a folder"));
        write(&folder, template);
        let story = Story {
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            ..Story::default()
        };
        let binary = Binary::find().expect("the binary is built");
        let started = binary.up(&story, folder.path(), state.path()).expect("it starts");
        let Started::Ready(frontgate) = started else { panic!("the template is refused") };
        Self { frontgate: *frontgate, folder, state }
    }

    /// Replaces the template; the server sees it by itself.
    pub fn edit(&self, template: &str) {
        write(&self.folder, template);
    }

    /// Where plain HTTP is served.
    pub fn door(&self) -> SocketAddr {
        self.frontgate.doors.http
    }

    /// A viewer with a connection of its own.
    pub fn viewer(&self) -> Viewer {
        Viewer::connect(self.door())
    }

    /// The answer to a GET over a connection of its own.
    pub fn ask(&self, target: &str) -> Answer {
        self.viewer().ask(target)
    }

    /// Kilobytes of memory that the server holds.
    pub fn resident_kilobytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.frontgate.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("there is such a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

/// The template of a site.
pub fn template(origin: &Origin, read_timeout_seconds: u32) -> String {
    TEMPLATE
        .replace("${Origin.Port}", &origin.port().to_string())
        .replace("${Origin.ReadTimeout}", &read_timeout_seconds.to_string())
}

fn write(folder: &Folder, template: &str) {
    let file = StoryFile { path: "template.yaml".to_owned(), content: template.to_owned() };
    folder.write(&file).expect("the folder is writable");
}

/// An origin: each connection runs `serve` in a thread of its own.
pub struct Origin {
    address: SocketAddr,
    heads: Mutex<Receiver<String>>,
}

/// A connection to an origin.
pub struct Arrival {
    pub reader: BufReader<TcpStream>,
    heads: Sender<String>,
}

impl Origin {
    pub fn start(serve: impl Fn(Arrival) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (sender, heads) = channel();
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (serve, heads) = (Arc::clone(&serve), sender.clone());
                std::thread::spawn(move || serve(Arrival { reader: BufReader::new(stream), heads }));
            }
        });
        Self { address, heads: Mutex::new(heads) }
    }

    /// An origin that answers each request, whose body it reads, by `answer`: bytes, and whether to go on after them.
    pub fn answering(answer: impl Fn(&str) -> (String, bool) + Send + Sync + 'static) -> Self {
        Self::start(move |mut arrival| {
            while let Some(head) = arrival.head() {
                let (bytes, goes_on) = answer(&head);
                if !arrival.write(bytes.as_bytes()) || !goes_on {
                    return;
                }
            }
        })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The heads (with what came of a body) of requests since the last call.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test panics with it").try_iter().collect()
    }

    /// The head of the next request.
    pub fn next_head(&self) -> String {
        self.heads.lock().expect("no test panics with it").recv_timeout(PATIENCE).expect("a request comes")
    }
}

impl Arrival {
    /// The next request: its head, a line each, and behind an empty line its body.
    pub fn head(&mut self) -> Option<String> {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let text = head.to_ascii_lowercase();
        let mut body = Vec::new();
        if text.contains("transfer-encoding: chunked") {
            while !body.ends_with(b"0\r\n\r\n") {
                self.reader.read_until(b'\n', &mut body).ok().filter(|read| *read > 0)?;
            }
        } else if let Some((_, rest)) = text.split_once("content-length: ") {
            let length = rest.lines().next().and_then(|number| number.parse().ok())?;
            body.resize(length, 0);
            self.reader.read_exact(&mut body).ok()?;
        }
        let head = format!("{head}\r\n{}", String::from_utf8_lossy(&body));
        let _ = self.heads.send(head.clone());
        Some(head)
    }

    /// Writes; false when the server has closed.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        self.reader.get_mut().write_all(bytes).is_ok()
    }

    /// Waits until the server closes.
    pub fn until_closed(&mut self) {
        let mut rest = Vec::new();
        let _ = self.reader.read_to_end(&mut rest);
    }

    /// Closes with a reset.
    pub fn reset(self) {
        reset(self.reader.into_inner());
    }
}

/// Closes with a reset: bytes that wait unread make the kernel send one, as does this.
pub fn reset(stream: TcpStream) {
    let socket = socket2::SockRef::from(&stream);
    socket.set_linger(Some(Duration::ZERO)).expect("a socket has that option");
}

/// Whole answers of an origin.
pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A viewer's connection.
pub struct Viewer {
    pub reader: BufReader<TcpStream>,
}

/// An answer, or what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    /// It ended where it said it would.
    pub is_whole: bool,
}

impl Viewer {
    pub fn connect(door: SocketAddr) -> Self {
        let stream = TcpStream::connect(door).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
        Self { reader: BufReader::new(stream) }
    }

    pub fn ask(&mut self, target: &str) -> Answer {
        self.say(&format!("GET {target} HTTP/1.1\r\nHost: www.example.com\r\n\r\n"));
        self.answer()
    }

    /// Sends these bytes; a server may close before it has read them all.
    pub fn say(&mut self, bytes: &str) {
        let _ = self.reader.get_mut().write_all(bytes.as_bytes());
    }

    /// Reads the next answer; its status is 0 where none came.
    pub fn answer(&mut self) -> Answer {
        let mut answer = Answer::default();
        loop {
            let mut line = String::new();
            match self.reader.read_line(&mut line) {
                Ok(read) if read > 0 && line == "\r\n" => break,
                Ok(read) if read > 0 => answer.head.push_str(&line),
                _ => return Answer::default(),
            }
        }
        answer.status = answer.head.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        let head = answer.head.to_ascii_lowercase();
        let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next());
        let mut body = Vec::new();
        answer.is_whole = match length.and_then(|digits| digits.parse::<u64>().ok()) {
            Some(length) => {
                let read = Read::take(&mut self.reader, length).read_to_end(&mut body);
                read.is_ok() && body.len() as u64 == length
            }
            None if head.contains("transfer-encoding: chunked") => self.chunks(&mut body).is_some(),
            None => true,
        };
        answer.body = String::from_utf8_lossy(&body).into_owned();
        answer
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Option<()> {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let length = u64::from_str_radix(line.trim_end(), 16).ok()?;
            let mut chunk = Vec::new();
            Read::take(&mut self.reader, length + 2).read_to_end(&mut chunk).ok()?;
            let is_whole = chunk.len() as u64 == length + 2;
            chunk.truncate(usize::try_from(length).ok()?);
            body.extend_from_slice(&chunk);
            if !is_whole || length == 0 {
                return is_whole.then_some(());
            }
        }
    }

    /// What else comes until the connection is closed; a reset counts as closed.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        if let Err(error) = self.reader.read_to_end(&mut bytes) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the connection is not closed");
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}
