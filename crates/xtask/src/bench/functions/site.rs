//! frontgate with the functions of the benchmark, as `frontgate up --quiet` runs it, on all cores.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::servers::{Running, fresh, frontgate, log, write};
use crate::Failure;

/// A running server.
pub struct Site {
    /// Where it speaks HTTP.
    pub address: SocketAddr,
    /// Where the code of the functions is.
    pub folder: PathBuf,
    /// Where functions meet.
    pub meeting: TcpListener,
    process: Running,
}

impl Site {
    /// Builds the function that meets others, and starts it all.
    pub fn start(repository: &Path, folder: &Path, binary: &Path) -> Result<Self, Failure> {
        let folder = folder.join("functions");
        fresh(&folder)?;
        let failed = |error: std::io::Error| Failure::of("the functions", &error);
        let meeting = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        meeting.set_nonblocking(true).map_err(failed)?;
        let address = meeting.local_addr().map_err(failed)?;
        for name in ["node", "python", "meeting", "crowd", "event"] {
            fresh(&folder.join(name))?;
        }
        write(&folder.join("node/index.js"), NODE_TEXT)?;
        write(&folder.join("python/index.py"), PYTHON_TEXT)?;
        write(&folder.join("crowd/index.js"), CROWD_TEXT)?;
        write(&folder.join("event/index.js"), EVENT_TEXT)?;
        std::fs::copy(meeting_function(repository)?, folder.join("meeting/bootstrap")).map_err(failed)?;
        write(&folder.join("template.yaml"), &template(&address.to_string()))?;
        open_files_as_many_as_allowed();
        let mut process = Running::start(
            Command::new(binary)
                .args(["up", "template.yaml", "--json", "--quiet", "--http", "127.0.0.1:0"])
                .args(["--https", "127.0.0.1:0", "--state", "state"])
                .current_dir(&folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(log(&folder.join("log.txt"))?),
        )?;
        let [address, _] = frontgate::addresses(&mut process, &folder.join("log.txt"))?;
        Ok(Self { address, folder, meeting, process })
    }

    /// The process that started all others.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// The folder of the runtime clients that frontgate has written.
    pub fn clients(&self) -> Result<PathBuf, Failure> {
        let folder = self.folder.join("state/runtime");
        let mut entries =
            std::fs::read_dir(&folder).map_err(|error| Failure::of(&folder.display().to_string(), &error))?;
        let entry = entries.find_map(Result::ok);
        entry.map(|entry| entry.path()).ok_or_else(|| Failure("there are no runtime clients".into()))
    }
}

fn meeting_function(repository: &Path) -> Result<PathBuf, Failure> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", "frontgate-testkit", "--bin", FUNCTION])
        .current_dir(repository)
        .status()
        .map_err(|error| Failure::of("cargo", &error))?;
    let path = repository.join("target/release").join(FUNCTION);
    if built.success() { Ok(path) } else { Err(Failure(format!("{FUNCTION} could not be built"))) }
}

fn open_files_as_many_as_allowed() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where the system refuses, a crowd that is too large says so.
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap_or_default();
}

fn template(meeting: &str) -> String {
    let mut text = HEAD.to_owned();
    let mut add = |id: &str, path: &str, runtime: &str, code: &str, more: &str| {
        let _ = write!(
            text,
            "  {id}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: {runtime}\n      \
             Handler: index.handler\n      CodeUri: ./{code}\n      MemorySize: 128\n      Timeout: 29\n{more}      \
             Events:\n        Call: {{Type: Api, Properties: {{RestApiId: !Ref Api, Path: /api/{path}, Method: get}}}}\n"
        );
    };
    add("Event", "event", "nodejs22.x", "event", "");
    add("Crowd", "crowd", "nodejs22.x", "crowd", "");
    let variables = format!("      Environment: {{Variables: {{MEETING: '{meeting}'}}}}\n");
    add("Meeting", "meeting", "provided.al2023", "meeting", &variables);
    for (language, runtime) in [("node", "nodejs22.x"), ("python", "python3.12")] {
        add(language, language, runtime, language, "");
        for number in 0..COLD_FUNCTIONS {
            add(&format!("{language}{number}"), &format!("cold-{language}-{number}"), runtime, language, "");
        }
    }
    text
}

/// How many functions of each language are there for a first call.
pub const COLD_FUNCTIONS: usize = 16;
/// The handlers of warm and cold calls.
pub const NODE_TEXT: &str = "exports.handler = async () => ({ statusCode: 200, body: 'hello' });\n";
/// The same in Python.
pub const PYTHON_TEXT: &str =
    "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n";
const CROWD_TEXT: &str =
    "exports.handler = async (event) => ({ statusCode: 200, body: event.queryStringParameters.nonce });\n";
const EVENT_TEXT: &str =
    "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });\n";
const FUNCTION: &str = "frontgate-test-function";
const HEAD: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      EndpointConfiguration: {Type: REGIONAL}
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Aliases: [bench.example.com]
        Origins:
          - Id: api
            DomainName: !Sub ${Api}.execute-api.${AWS::Region}.amazonaws.com
            OriginPath: /prod
            CustomOriginConfig:
              OriginProtocolPolicy: https-only
        DefaultCacheBehavior:
          TargetOriginId: api
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # Managed-CachingDisabled
          OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac # Managed-AllViewerExceptHostHeader
";
