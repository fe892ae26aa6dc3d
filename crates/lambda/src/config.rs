//! What a function is: AWS's function configuration as far as an execution environment needs it.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>

use std::path::PathBuf;
use std::time::Duration;

use frontgate_explain::{Fact, FactKind, PlaceId};

/// One function as it is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionConfig {
    /// The physical name.
    pub name: String,
    /// The ARN that an invocation is told: the unqualified one, or that of the version.
    pub arn: String,
    /// [`LATEST`], or the number of a published version. A version at the edge is named `REGION.NAME`.
    pub version: String,
    /// `file.function` of Node, `module.function` of Python.
    pub handler: String,
    /// AWS's identifier of the runtime, such as `nodejs22.x` or `python3.12`.
    pub runtime: String,
    /// Where the code is.
    pub code: Code,
    /// The folders of its layers, in their order.
    pub layers: Vec<PathBuf>,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The memory of an execution environment.
    pub memory_size_mb: u32,
    /// How much the temporary folder of an execution environment may hold.
    pub ephemeral_storage_mb: u32,
    /// The log group that it is told; `None` for `/aws/lambda/` and its name.
    pub log_group: Option<String>,
    /// The function's own environment variables.
    pub environment: Vec<(String, String)>,
    /// How many invocations of all versions together may run at a time; `None` for no bound of its own.
    pub reserved_concurrency: Option<u32>,
    /// How many execution environments are started in advance and kept; of a version only.
    pub provisioned_concurrency: u32,
    /// The aliases of the function; of [`LATEST`] only.
    pub aliases: Vec<AliasConfig>,
    /// The region that it runs in.
    pub region: String,
    /// The temporary credentials of its role; none where the role is not known here.
    pub credentials: Option<Credentials>,
    /// Where the template declares it.
    pub place: PlaceId,
}

/// Temporary credentials, as the environment carries them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`
    pub session_token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Another name of a version, or of two with shares of the invocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasConfig {
    /// Its name.
    pub name: String,
    /// [`LATEST`], or the number of a version.
    pub version: String,
    /// Another version, and how many of a million invocations it gets.
    pub additional: Option<(String, u32)>,
    /// Where the template declares it.
    pub place: PlaceId,
}

impl AliasConfig {
    /// The version that an invocation with that random number gets, and why.
    pub(crate) fn choose(&self, draw: u32) -> (&str, Fact) {
        let share = (u64::from(draw) * 1_000_000) >> 32;
        let (version, kind) = match &self.additional {
            Some((version, weight)) if share < u64::from(*weight) => (version, FactKind::AliasWeight),
            _ if self.version == LATEST => (&self.version, FactKind::AliasOfLatest),
            _ => (&self.version, FactKind::AliasOfVersion),
        };
        let number = version.parse::<u32>().unwrap_or(0);
        (version, Fact::of(kind).value(number).at(self.place))
    }
}

impl FunctionConfig {
    /// What the engine knows it by: the name of [`LATEST`], and `NAME:NUMBER` of a version.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        match self.version.as_str() {
            LATEST => self.name.clone(),
            version => format!("{}:{version}", self.name),
        }
    }
}

/// The version that edits go to.
pub const LATEST: &str = "$LATEST";

/// Where the code of a function is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A folder of the user's. What is run is a copy of it, made when it is deployed: an edit counts at the next
    /// deployment and not before. A `node_modules` folder at its top is not copied, since it is large and rarely
    /// edited: the copy has a link to it, and it does not count to the size that AWS bounds, since `sam build`
    /// makes its own. Left out are `.aws-sam`, `.git` and `__pycache__`.
    Folder(PathBuf),
    /// The text of `InlineCode` or `ZipFile`.
    Inline {
        /// The text of `index.js`, `index.mjs` or `index.py`.
        text: String,
    },
    /// That of a version of a function, by its qualified name: what Lambda@Edge replicates.
    Replica(String),
}

/// What a deployment did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployReport {
    /// The functions that were not there before.
    pub added: Vec<String>,
    /// The functions whose configuration or code is another; their next invocation starts a new process.
    pub changed: Vec<String>,
    /// The functions that are no longer there.
    pub removed: Vec<String>,
    /// What the user should know although it deploys.
    pub notices: Vec<DeployNotice>,
}

/// What the user should know about a function although it deploys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployNotice {
    /// Another version than the one that the runtime names will run it.
    #[error("{function} names the runtime {runtime}, and {program} here is {version}: it runs with that")]
    OtherVersion {
        /// The function.
        function: String,
        /// The runtime that it names.
        runtime: String,
        /// The program that will run it.
        program: String,
        /// The version of that program.
        version: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The changed code is deployed without having been checked.
    #[error("{function}: the changed code could not be checked before it was deployed: {problem}")]
    CodeUnchecked {
        /// The function.
        function: String,
        /// What went wrong.
        problem: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
}

/// What Lambda says of a runtime with which it makes no functions any more.
fn retired_words(runtime: &str) -> &'static str {
    if RETIRED_RUNTIMES.contains(&runtime) {
        ", nor by Lambda (\"is no longer supported for creating or updating AWS Lambda functions\")"
    } else {
        ""
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated>
const RETIRED_RUNTIMES: &[&str] = &[
    "dotnet5.0",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "ruby2.5",
    "ruby2.7",
];

/// Why a function cannot be deployed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// The runtime is none that frontgate runs.
    #[error("{function}: the runtime {runtime} is not run by frontgate{}; it runs {supported}", retired_words(.runtime))]
    RuntimeUnsupported {
        /// The function.
        function: String,
        /// The runtime that it names.
        runtime: String,
        /// Those that are run.
        supported: &'static str,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The program that runs it is not on this machine.
    #[error("{function}: the runtime {runtime} needs {program}, which is not on PATH; {install}")]
    RuntimeMissing {
        /// The function.
        function: String,
        /// The runtime that it names.
        runtime: String,
        /// The program that is looked for.
        program: &'static str,
        /// How to install it.
        install: &'static str,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The program that runs it is there and does not do.
    #[error("{function}: {program} cannot run {runtime}: {problem}")]
    RuntimeUnfit {
        /// The function.
        function: String,
        /// The runtime that it names.
        runtime: String,
        /// The program.
        program: String,
        /// What is wrong with it.
        problem: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// A changed file is not of its language, and the version of it that is deployed is.
    #[error("{function}: {problem}")]
    CodeBroken {
        /// The function.
        function: String,
        /// The user's own file, its line and what the language's program says: `FILE:LINE: MESSAGE`.
        problem: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// There is more code than AWS takes.
    #[error("{function}: Unzipped size must be smaller than {bytes_max} bytes, and {} is not", .folder.display())]
    CodeTooLarge {
        /// The function.
        function: String,
        /// The folder.
        folder: PathBuf,
        /// AWS's bound.
        bytes_max: u64,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The code cannot be copied to where it is run.
    #[error("{function}: {} cannot be copied to {}: {problem}", .from.display(), .to.display())]
    CodeUncopied {
        /// The function.
        function: String,
        /// The file.
        from: PathBuf,
        /// Its copy.
        to: PathBuf,
        /// What the system said.
        problem: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The folder of the code, or one in it, cannot be read.
    #[error("{function}: the code folder {} cannot be read: {problem}", .folder.display())]
    CodeUnreadable {
        /// The function.
        function: String,
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        problem: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The code of a function with an OS-only runtime has no program.
    #[error(
        "{function}: the runtime {runtime} starts an executable file named bootstrap, and {} has none: build it there, or \
         run `sam build`",
        .folder.display()
    )]
    BootstrapMissing {
        /// The function.
        function: String,
        /// The runtime that it names.
        runtime: String,
        /// The folder of the code.
        folder: PathBuf,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The handler is not of the form `file.function`.
    #[error("{function}: the handler \"{handler}\" is not of the form file.function")]
    HandlerMalformed {
        /// The function.
        function: String,
        /// The handler that it names.
        handler: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// The folder does not hold the handler's file.
    #[error("{function}: the handler \"{handler}\" needs one of {looked_for} in {}", .folder.display())]
    HandlerFileMissing {
        /// The function.
        function: String,
        /// The handler that it names.
        handler: String,
        /// The folder of the code.
        folder: PathBuf,
        /// The file names that would do.
        looked_for: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// A setting is outside of what AWS takes.
    #[error("{function}: {problem}")]
    SettingInvalid {
        /// The function.
        function: String,
        /// Which setting, its value and its bounds.
        problem: String,
        /// Where the template declares the function.
        place: PlaceId,
    },
    /// Two functions of one deployment have the same name.
    #[error("{function} is declared twice")]
    NameTwice {
        /// The function.
        function: String,
        /// Where the template declares the second one.
        place: PlaceId,
    },
    /// More execution environments are to be started in advance than there may be.
    #[error(
        "{function}: {wanted} execution environments are to be provisioned, and of all functions together frontgate \
         provisions at most {wanted_max}"
    )]
    ProvisionedTooMany {
        /// The function that has the most of them.
        function: String,
        /// How many all functions have together.
        wanted: usize,
        /// How many there may be.
        wanted_max: usize,
        /// Where the template declares the version.
        place: PlaceId,
    },
    /// The engine has ended.
    #[error("the functions are shutting down")]
    ShuttingDown,
}

impl DeployError {
    /// Where the template declares the function that it is about.
    #[must_use]
    pub fn place(&self) -> PlaceId {
        match self {
            Self::RuntimeUnsupported { place, .. }
            | Self::RuntimeMissing { place, .. }
            | Self::RuntimeUnfit { place, .. }
            | Self::CodeBroken { place, .. }
            | Self::CodeTooLarge { place, .. }
            | Self::CodeUncopied { place, .. }
            | Self::CodeUnreadable { place, .. }
            | Self::BootstrapMissing { place, .. }
            | Self::HandlerMalformed { place, .. }
            | Self::HandlerFileMissing { place, .. }
            | Self::SettingInvalid { place, .. }
            | Self::NameTwice { place, .. }
            | Self::ProvisionedTooMany { place, .. } => *place,
            Self::ShuttingDown => PlaceId::NONE,
        }
    }
}
