//! Whether a function can run, and what its processes are started with: everything about it that is looked up
//! once, when it is deployed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bootstrap;
use crate::clients::Clients;
use crate::code_tree::TreeError;
use crate::config::{Code, DeployError, DeployNotice, FunctionConfig, LATEST};
use crate::extensions;
use crate::handler;
use crate::layers;
use crate::limits::{
    CODE_BYTES_MAX, CODE_FILES_MAX, EPHEMERAL_STORAGE_MB, EXTENSIONS_MAX, LAYERS_MAX, MEMORY_MB,
    TIMEOUT_SECONDS,
};
use crate::readable;
use crate::runtimes::{Family, Program, ProgramError, Programs, Runtime, SUPPORTED, find_runtime};
use crate::staging::{StagedCode, Staging};
use crate::variables;

/// A function that can run.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) config: FunctionConfig,
    /// The name, shared by every line of its log.
    pub(crate) name: Arc<str>,
    /// The name with the number of the version, by which it is found.
    pub(crate) qualified_name: Arc<str>,
    /// It is a version, and the function has other code or settings by now.
    pub(crate) is_outdated: bool,
    /// Its code as it is run.
    pub(crate) code: Arc<StagedCode>,
    /// Its layers as they are run, all in one folder.
    pub(crate) layers: Option<Arc<StagedCode>>,
    /// Its language.
    pub(crate) family: Family,
    /// The program that runs it.
    pub(crate) program: Program,
    /// `AWS_LAMBDA_EXEC_WRAPPER`: what is started in place of the program, which is its first argument.
    pub(crate) wrapper: Option<PathBuf>,
    /// The program's arguments: limits and the runtime client.
    pub(crate) arguments: Vec<OsString>,
    /// The folder of the runtime clients.
    pub(crate) runtime_folder: PathBuf,
    /// Its external extensions, by name.
    pub(crate) extensions: Vec<PathBuf>,
    /// What it may read besides the system's files.
    pub(crate) readable: Vec<PathBuf>,
}

/// What functions are prepared with.
#[derive(Debug)]
pub(crate) struct Workshop {
    pub(crate) clients: Clients,
    pub(crate) staging: Staging,
    programs: Programs,
}

impl Workshop {
    pub(crate) fn new(clients: Clients, staging: Staging, search_path: String) -> Self {
        Self { clients, staging, programs: Programs::new(search_path) }
    }

    /// Makes a function ready to run, or says all that keeps it from running.
    pub(crate) fn prepare(
        &mut self,
        config: FunctionConfig,
        notices: &mut Vec<DeployNotice>,
    ) -> Result<Function, Vec<DeployError>> {
        let mut errors = settings_errors(&config);
        let Some(runtime) = find_runtime(&config.runtime) else {
            errors.push(DeployError::RuntimeUnsupported {
                function: config.name.clone(),
                runtime: config.runtime.clone(),
                supported: SUPPORTED,
                place: config.place,
            });
            return Err(errors);
        };
        // Asked before the code is: a missing program is named beside what is wrong with the settings.
        let found = match runtime.family {
            Family::OsOnly => None,
            Family::Node | Family::Python | Family::Ruby => {
                self.program(runtime, &config).map_err(|error| errors.push(error)).ok()
            }
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        let code = self.code(runtime.family, &config).map_err(|error| vec![error])?;
        let layers = self.layers(&config).map_err(|error| vec![error])?;
        let folder = layers.as_ref().map(|layers| layers.folder.as_path());
        let extensions = extensions(&config, folder).map_err(|error| vec![error])?;
        let program = match found {
            Some(program) => program,
            None => own_program(&config, &code, folder).map_err(|error| vec![error])?,
        };
        let wrapper = wrapper(runtime.family, &config, &code, folder).map_err(|error| vec![error])?;
        // Of a version at the edge, $LATEST has said it already.
        if config.version == LATEST && !runtime.is_version(&program) {
            notices.push(DeployNotice::OtherVersion {
                function: config.name.clone(),
                runtime: config.runtime.clone(),
                program: runtime.family.program().to_owned(),
                version: program.version.clone(),
                place: config.place,
            });
        }
        let readable = readable::paths(&code, layers.as_deref(), &program, &self.clients.folder);
        Ok(Function {
            readable,
            extensions,
            name: config.name.as_str().into(),
            qualified_name: config.qualified_name().into(),
            is_outdated: false,
            code,
            layers,
            family: runtime.family,
            wrapper,
            arguments: self.arguments(runtime.family, config.memory_size_mb),
            runtime_folder: self.clients.folder.clone(),
            program,
            config,
        })
    }

    /// The layers as they are now, in one folder.
    fn layers(&mut self, config: &FunctionConfig) -> Result<Option<Arc<StagedCode>>, DeployError> {
        if config.layers.is_empty() {
            return Ok(None);
        }
        let staged = self
            .staging
            .stage_layers(&config.layers)
            .map_err(|(folder, error)| tree_error(error, &folder, config))?;
        Ok(Some(staged))
    }

    fn program(&mut self, runtime: &Runtime, config: &FunctionConfig) -> Result<Program, DeployError> {
        let (function, name) = (config.name.clone(), config.runtime.clone());
        self.programs.find(runtime).map_err(|error| match error {
            ProgramError::Missing => DeployError::RuntimeMissing {
                function,
                runtime: name,
                program: runtime.family.program(),
                install: runtime.family.install(),
                place: config.place,
            },
            ProgramError::Unfit { program, problem } => {
                DeployError::RuntimeUnfit { function, runtime: name, program, problem, place: config.place }
            }
        })
    }

    /// The code as it is now, in a folder where it is run.
    fn code(&mut self, family: Family, config: &FunctionConfig) -> Result<Arc<StagedCode>, DeployError> {
        let staged = match &config.code {
            Code::Folder(folder) => {
                self.staging.stage_folder(folder).map_err(|error| tree_error(error, folder, config))?
            }
            // A version that is not there has been told.
            Code::Replica(name) => {
                return Err(DeployError::SettingInvalid {
                    function: config.name.clone(),
                    problem: format!("it is a replica of {name}, which is not there"),
                    place: config.place,
                });
            }
            Code::Inline { text } => {
                let file = match family {
                    Family::Node => "index.js",
                    // The template refuses it: AWS takes InlineCode of Node and Python only.
                    Family::OsOnly => "bootstrap",
                    Family::Python => "index.py",
                    // As with OS-only runtimes the template refuses it.
                    Family::Ruby => "index.rb",
                };
                let staged = self.staging.stage_inline(file, text);
                staged.map_err(|error| tree_error(error, Path::new(file), config))?
            }
        };
        handler::check(family, config, &staged)?;
        Ok(staged)
    }

    fn arguments(&self, family: Family, memory_size_mb: u32) -> Vec<OsString> {
        let Some(client) = self.clients.path(family).map(PathBuf::into_os_string) else { return Vec::new() };
        match family {
            Family::OsOnly => Vec::new(),
            // V8 is told of the memory that there is, as it learns it from the container on AWS; the shares are
            // those of AWS's early Node runtimes (inferred for today's).
            Family::Node => vec![
                format!("--max-old-space-size={}", memory_size_mb * 9 / 10).into(),
                format!("--max-semi-space-size={}", (memory_size_mb / 20).clamp(1, 64)).into(),
                "--max-http-header-size=81920".into(),
                client,
            ],
            Family::Python | Family::Ruby => vec![client],
        }
    }
}

impl Function {
    /// The same code under another configuration.
    pub(crate) fn configured(self, config: FunctionConfig) -> Self {
        let (name, qualified_name) = (config.name.as_str().into(), config.qualified_name().into());
        Self { config, name, qualified_name, is_outdated: false, ..self }
    }

    /// The fingerprint of its code and its layers.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        both(self.code.tree.fingerprint, fingerprint(self.layers.as_ref()))
    }

    /// Whether a version and its function have the same code and settings.
    pub(crate) fn is_of_one_publication(&self, latest: &Self) -> bool {
        let (one, other) = (&self.config, &latest.config);
        self.fingerprint() == latest.fingerprint()
            && (&one.handler, &one.runtime) == (&other.handler, &other.runtime)
            && (one.timeout, one.memory_size_mb) == (other.timeout, other.memory_size_mb)
            && one.ephemeral_storage_mb == other.ephemeral_storage_mb
            && one.environment == other.environment
    }

    /// Whether a process of `self` may go on to serve `other`: nothing that the process can see is different.
    pub(crate) fn runs_as(&self, other: &Self) -> bool {
        let mut config = self.config.clone();
        config.place = other.config.place;
        config.reserved_concurrency = other.config.reserved_concurrency;
        config.provisioned_concurrency = other.config.provisioned_concurrency;
        config.aliases.clone_from(&other.config.aliases);
        config == other.config
            // A `bootstrap` lies where the code does: its fingerprint says whether it is the same.
            && (self.family == Family::OsOnly || self.program == other.program)
            && self.code.tree.fingerprint == other.code.tree.fingerprint
            && fingerprint(self.layers.as_ref()) == fingerprint(other.layers.as_ref())
    }
}

/// One fingerprint of the code's and the layers'.
pub(crate) fn both(code: [u8; 32], layers: Option<[u8; 32]>) -> [u8; 32] {
    frontgate_aws::sha256(&[&code[..], layers.as_ref().map_or(&[], |layers| &layers[..])].concat())
}

fn fingerprint(staged: Option<&Arc<StagedCode>>) -> Option<[u8; 32]> {
    staged.map(|staged| staged.tree.fingerprint)
}

/// The `bootstrap` of a function with an OS-only runtime.
fn own_program(
    config: &FunctionConfig,
    code: &StagedCode,
    layers: Option<&Path>,
) -> Result<Program, DeployError> {
    let (function, runtime, place) = (config.name.clone(), config.runtime.clone(), config.place);
    let Some(path) = bootstrap::find(&code.folder, layers) else {
        let folder = code.original(Path::new(""));
        return Err(DeployError::BootstrapMissing { function, runtime, folder, place });
    };
    match bootstrap::problem(&path) {
        None => Ok(Program { path, version: String::new(), number: (0, 0) }),
        Some(problem) => {
            let program = code.original(Path::new("bootstrap")).display().to_string();
            Err(DeployError::RuntimeUnfit { function, runtime, program, problem, place })
        }
    }
}

/// The external extensions of the layers. One that cannot be started would keep the function from being initialized on
/// AWS: `Extension.LaunchError`.
fn extensions(config: &FunctionConfig, layers: Option<&Path>) -> Result<Vec<PathBuf>, DeployError> {
    let invalid = |problem: String| DeployError::SettingInvalid {
        function: config.name.clone(),
        problem,
        place: config.place,
    };
    let found = layers.map(extensions::find).transpose();
    let found = found.map_err(|problem| invalid(format!("its extensions cannot be read: {problem}")))?;
    let found = found.unwrap_or_default();
    if found.len() > EXTENSIONS_MAX {
        let count = found.len();
        return Err(invalid(format!("its layers have {count} extensions; AWS takes {EXTENSIONS_MAX}")));
    }
    for path in &found {
        if let Some(problem) = bootstrap::problem(path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(invalid(format!("its extension {name} cannot be started: {problem}")));
        }
    }
    Ok(found)
}

/// What the function's own variable names, as a file that is here. OS-only runtimes do not heed it, as on AWS.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html>
fn wrapper(
    family: Family,
    config: &FunctionConfig,
    code: &StagedCode,
    layers: Option<&Path>,
) -> Result<Option<PathBuf>, DeployError> {
    let named = config.environment.iter().find(|(name, _)| name == "AWS_LAMBDA_EXEC_WRAPPER");
    let Some((name, value)) = named.filter(|(_, value)| !value.is_empty() && family != Family::OsOnly) else {
        return Ok(None);
    };
    let here = layers::path_here(value, &code.folder, layers).filter(|path| path.is_file());
    let problem = match &here {
        None => Some("neither the code nor a layer has that file".to_owned()),
        Some(path) => bootstrap::problem(path),
    };
    match problem {
        None => Ok(here),
        Some(problem) => Err(DeployError::SettingInvalid {
            function: config.name.clone(),
            problem: format!(
                "the environment variable {name} is {value}, and that cannot be started: {problem}"
            ),
            place: config.place,
        }),
    }
}

fn tree_error(error: TreeError, folder: &Path, config: &FunctionConfig) -> DeployError {
    let (function, folder, place) = (config.name.clone(), folder.to_owned(), config.place);
    match error {
        TreeError::Unreadable { path, problem } => {
            DeployError::CodeUnreadable { function, folder: path, problem: problem.to_string(), place }
        }
        TreeError::Uncopied { from, to, problem } => {
            DeployError::CodeUncopied { function, from, to, problem: problem.to_string(), place }
        }
        TreeError::TooLarge => {
            DeployError::CodeTooLarge { function, folder, bytes_max: CODE_BYTES_MAX, place }
        }
        TreeError::TooManyFiles => {
            let problem = format!("it has more than {CODE_FILES_MAX} files");
            DeployError::CodeUnreadable { function, folder, problem, place }
        }
    }
}

fn settings_errors(config: &FunctionConfig) -> Vec<DeployError> {
    let seconds = config.timeout.as_secs();
    let timeout_fits = TIMEOUT_SECONDS.contains(&seconds) && config.timeout.subsec_nanos() == 0;
    let timeout = (!timeout_fits).then(|| {
        format!("Timeout is {} s; AWS takes whole seconds from 1 to 900", config.timeout.as_secs_f64())
    });
    let memory_fits = MEMORY_MB.contains(&config.memory_size_mb);
    let memory =
        (!memory_fits).then(|| format!("MemorySize is {} MB; AWS takes 128 to 10240", config.memory_size_mb));
    let storage_fits = EPHEMERAL_STORAGE_MB.contains(&config.ephemeral_storage_mb);
    let storage = (!storage_fits)
        .then(|| format!("EphemeralStorage is {} MB; AWS takes 512 to 10240", config.ephemeral_storage_mb));
    let layers = (config.layers.len() > LAYERS_MAX)
        .then(|| format!("it has {} layers; AWS takes {LAYERS_MAX}", config.layers.len()));
    // A version at the edge has the region before its name.
    let at_edge = (config.version != LATEST).then(|| config.name.split_once('.')).flatten();
    let name = at_edge.map_or(config.name.as_str(), |(_, name)| name);
    let name_fits = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let name = (!name_fits)
        .then(|| format!("\"{}\" is no name of a function: 1 to 64 letters, digits, - and _", config.name));
    [name, timeout, memory, storage, layers, variables::problem(&config.environment)]
        .into_iter()
        .flatten()
        .map(|problem| DeployError::SettingInvalid {
            function: config.name.clone(),
            problem,
            place: config.place,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use frontgate_explain::PlaceId;

    use super::*;
    use crate::testing::TempFolder;

    #[test]
    fn a_missing_program_is_named_with_how_to_get_it() {
        let folder = TempFolder::new();
        let clients = Clients::write(folder.path()).expect("the folder can be written");
        let (staging, _) = Staging::open(folder.path()).expect("the folder can be written");
        let mut workshop = Workshop::new(clients, staging, "/nonexistent".to_owned());
        for (runtime, message) in [
            ("nodejs22.x", "needs node, which is not on PATH; install it with `apt install nodejs`"),
            ("python3.12", "needs python3, which is not on PATH; install it with `apt install python3`"),
        ] {
            let config = FunctionConfig {
                name: "f".to_owned(),
                arn: String::new(),
                version: LATEST.to_owned(),
                handler: "index.handler".to_owned(),
                runtime: runtime.to_owned(),
                code: Code::Inline { text: String::new() },
                timeout: Duration::from_secs(3),
                memory_size_mb: 128,
                ephemeral_storage_mb: 512,
                log_group: None,
                layers: Vec::new(),
                environment: Vec::new(),
                reserved_concurrency: None,
                provisioned_concurrency: 0,
                aliases: Vec::new(),
                credentials: None,
                region: "us-east-1".to_owned(),
                place: PlaceId::NONE,
            };
            let errors = workshop.prepare(config, &mut Vec::new()).expect_err("nothing is there");
            assert!(errors.len() == 1 && errors[0].to_string().contains(message), "{errors:?}");
        }
    }
}
