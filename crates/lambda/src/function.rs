//! Whether a function can run, and what its processes are started with: everything about it that is looked up
//! once, when it is deployed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clients::Clients;
use crate::code_tree::TreeError;
use crate::config::{Code, DeployError, DeployNotice, FunctionConfig, LATEST};
use crate::handler;
use crate::limits::{CODE_BYTES_MAX, CODE_FILES_MAX, MEMORY_MB, TIMEOUT_SECONDS};
use crate::runtimes::{Family, Program, ProgramError, Programs, Runtime, SUPPORTED, find_runtime};
use crate::staging::{StagedCode, Staging};
use crate::variables;

/// A function that can run.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) config: FunctionConfig,
    /// The name, shared by every line of its log.
    pub(crate) name: Arc<str>,
    /// Its code as it is run.
    pub(crate) code: Arc<StagedCode>,
    /// Its language.
    pub(crate) family: Family,
    /// The program that runs it.
    pub(crate) program: Program,
    /// The program's arguments: limits and the runtime client.
    pub(crate) arguments: Vec<OsString>,
    /// The folder of the runtime clients.
    pub(crate) runtime_folder: PathBuf,
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
        let runtime = find_runtime(&config.runtime);
        let program = match runtime {
            Some(runtime) => self
                .program(runtime, &config)
                .map(|program| (runtime, program))
                .map_err(|e| errors.push(e))
                .ok(),
            None => {
                errors.push(DeployError::RuntimeUnsupported {
                    function: config.name.clone(),
                    runtime: config.runtime.clone(),
                    supported: SUPPORTED,
                    place: config.place,
                });
                None
            }
        };
        let code = runtime.map(|runtime| self.code(runtime.family, &config));
        let (Some((runtime, program)), Some(code), true) = (program, code, errors.is_empty()) else {
            return Err(errors);
        };
        let code = code.map_err(|error| vec![error])?;
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
        Ok(Function {
            name: config.name.as_str().into(),
            code,
            family: runtime.family,
            arguments: self.arguments(runtime.family, config.memory_size_mb),
            runtime_folder: self.clients.folder.clone(),
            program,
            config,
        })
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
            Code::Inline { text } => {
                let file = match family {
                    Family::Node => "index.js",
                    Family::Python => "index.py",
                };
                let staged = self.staging.stage_inline(file, text);
                staged.map_err(|error| tree_error(error, Path::new(file), config))?
            }
        };
        handler::check(family, config, &staged)?;
        Ok(staged)
    }

    fn arguments(&self, family: Family, memory_size_mb: u32) -> Vec<OsString> {
        let client = self.clients.path(family).into_os_string();
        match family {
            // V8 is told of the memory that there is, as it learns it from the container on AWS; the shares are
            // those of AWS's early Node runtimes (inferred for today's).
            Family::Node => vec![
                format!("--max-old-space-size={}", memory_size_mb * 9 / 10).into(),
                format!("--max-semi-space-size={}", (memory_size_mb / 20).clamp(1, 64)).into(),
                "--max-http-header-size=81920".into(),
                client,
            ],
            Family::Python => vec![client],
        }
    }
}

impl Function {
    /// Whether a process of `self` may go on to serve `other`: nothing that the process can see is different.
    pub(crate) fn runs_as(&self, other: &Self) -> bool {
        let mut config = self.config.clone();
        config.place = other.config.place;
        config.reserved_concurrency = other.config.reserved_concurrency;
        config == other.config
            && self.program == other.program
            && self.code.tree.fingerprint == other.code.tree.fingerprint
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
    // A version at the edge has the region before its name.
    let at_edge = (config.version != LATEST).then(|| config.name.split_once('.')).flatten();
    let name = at_edge.map_or(config.name.as_str(), |(_, name)| name);
    let name_fits = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let name = (!name_fits)
        .then(|| format!("\"{}\" is no name of a function: 1 to 64 letters, digits, - and _", config.name));
    [name, timeout, memory, variables::problem(&config.environment)]
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
                environment: Vec::new(),
                reserved_concurrency: None,
                credentials: None,
                region: "us-east-1".to_owned(),
                place: PlaceId::NONE,
            };
            let errors = workshop.prepare(config, &mut Vec::new()).expect_err("nothing is there");
            assert!(errors.len() == 1 && errors[0].to_string().contains(message), "{errors:?}");
        }
    }
}
