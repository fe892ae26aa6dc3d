//! Which of AWS's runtimes are run, and by which program of this machine.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use frontgate_aws::Source;

/// One of AWS's runtimes that is run here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runtime {
    /// AWS's identifier.
    pub(crate) identifier: &'static str,
    /// The language.
    pub(crate) family: Family,
    /// The version that the identifier names: Node's major, Python's and Ruby's minor; of Amazon Linux for an OS-only runtime.
    pub(crate) version: u32,
    /// Where the identifier is from.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table's test reads it; xtask tidy wants it"))]
    pub(crate) source: Source,
}

/// The language of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Node,
    /// A file named `bootstrap` is the program: Rust, Go, C++, a shell script.
    OsOnly,
    Python,
    Ruby,
}

/// A program that runs a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The executable itself, not a shim of a version manager.
    pub(crate) path: PathBuf,
    /// Its version as it says it.
    pub(crate) version: String,
    /// Its major and minor version.
    pub(crate) number: (u32, u32),
}

/// Why there is no program for a runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProgramError {
    Missing,
    Unfit { program: String, problem: String },
}

/// The runtime with that identifier.
pub(crate) fn find_runtime(identifier: &str) -> Option<&'static Runtime> {
    RUNTIMES.iter().find(|runtime| runtime.identifier == identifier)
}

/// Finds programs, and asks each of them only once who it is.
#[derive(Debug)]
pub(crate) struct Programs {
    search_path: String,
    known: HashMap<PathBuf, Program>,
}

impl Programs {
    pub(crate) fn new(search_path: String) -> Self {
        Self { search_path, known: HashMap::new() }
    }

    /// The program of this machine for a runtime: the exactly named one if there is one, else the general one.
    pub(crate) fn find(&mut self, runtime: &Runtime) -> Result<Program, ProgramError> {
        let exact = format!(
            "{}3.{}",
            if runtime.family == Family::Ruby { "ruby" } else { "python" },
            runtime.version
        );
        let names: &[&str] = match runtime.family {
            Family::Node => &["node"],
            Family::Python => &[&exact, "python3"],
            Family::Ruby => &[&exact, "ruby"],
            // The function brings its program along: `bootstrap`.
            Family::OsOnly => &[],
        };
        let mut error = ProgramError::Missing;
        for name in names {
            let Some(path) = on_path(name, &self.search_path) else { continue };
            if let Some(program) = self.known.get(&path).filter(|program| program.path.exists()) {
                return Ok(program.clone());
            }
            // A shim may stand on the path for a version that is not installed: the next name may still do.
            match ask(runtime.family, &path, &self.search_path) {
                Ok(program) => {
                    self.known.insert(path, program.clone());
                    return Ok(program);
                }
                Err(problem) => error = ProgramError::Unfit { program: path.display().to_string(), problem },
            }
        }
        Err(error)
    }
}

impl Runtime {
    /// Whether `program` is of the version that the runtime names.
    pub(crate) fn is_version(&self, program: &Program) -> bool {
        match self.family {
            Family::Node => program.number.0 == self.version,
            Family::OsOnly => true,
            Family::Python | Family::Ruby => program.number == (3, self.version),
        }
    }
}

impl Family {
    /// The program's name, for messages.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::OsOnly => "bootstrap",
            Self::Python => "python3",
            Self::Ruby => "ruby",
        }
    }

    /// How to install it, for messages.
    pub(crate) fn install(self) -> &'static str {
        match self {
            Self::Node => {
                "install it with `apt install nodejs`, `brew install node`, `nvm install --lts` or from nodejs.org"
            }
            Self::OsOnly => "build it, or run `sam build`",
            Self::Python => {
                "install it with `apt install python3`, `brew install python`, `pyenv install 3` or from python.org"
            }
            Self::Ruby => {
                "install it with `apt install ruby`, `brew install ruby`, `rbenv install 3.4` or from ruby-lang.org"
            }
        }
    }

    fn oldest(self) -> (u32, u32) {
        match self {
            Self::Node => (18, 0),
            Self::OsOnly => (0, 0),
            Self::Python => (3, 8),
            Self::Ruby => (3, 0),
        }
    }

    /// A program text that prints the executable's own path and its version, each on a line.
    fn question(self) -> [&'static str; 2] {
        match self {
            Self::OsOnly => ["", ""],
            Self::Node => ["-p", "process.execPath + '\\n' + process.versions.node"],
            Self::Python => {
                ["-c", "import sys, platform; print(sys.executable); print(platform.python_version())"]
            }
            Self::Ruby => ["-e", "require 'rbconfig'; puts RbConfig.ruby, RUBY_VERSION"],
        }
    }
}

/// Starts the program once to learn where it really is and its version, so that every function is started without
/// the detour of a version manager's shim.
fn ask(family: Family, path: &Path, search_path: &str) -> Result<Program, String> {
    let mut command = Command::new(path);
    command.args(family.question()).stdin(Stdio::null()).env("PATH", search_path);
    let output = command.output().map_err(|problem| format!("it cannot be started: {problem}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("it ended with {}: {}", output.status, said.lines().next().unwrap_or_default()));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines();
    let (Some(executable), Some(version)) = (lines.next(), lines.next()) else {
        return Err("it does not say its version".to_owned());
    };
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (parts.next(), parts.next()) else {
        return Err(format!("it says the version \"{version}\""));
    };
    let oldest = family.oldest();
    if (major, minor) < oldest {
        return Err(format!("it is version {version}; at least {}.{} is needed", oldest.0, oldest.1));
    }
    Ok(Program { path: PathBuf::from(executable), version: version.to_owned(), number: (major, minor) })
}

fn on_path(name: &str, search_path: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    std::env::split_paths(search_path).map(|folder| folder.join(name)).find(|path| {
        path.metadata().is_ok_and(|entry| entry.is_file() && entry.permissions().mode() & 0o111 != 0)
    })
}

/// The identifiers that are run, for messages.
pub(crate) const SUPPORTED: &str =
    "nodejs18.x to nodejs24.x, provided.al2, provided.al2023, python3.8 to python3.14 and ruby3.2 to ruby3.4";

const PAGE: Source = Source::Documented("lambda-runtimes");

const fn row(identifier: &'static str, family: Family, version: u32) -> Runtime {
    Runtime { identifier, family, version, source: PAGE }
}

/// AWS's runtimes that are run, sorted by identifier.
const RUNTIMES: &[Runtime] = &[
    row("nodejs18.x", Family::Node, 18),
    row("nodejs20.x", Family::Node, 20),
    row("nodejs22.x", Family::Node, 22),
    row("nodejs24.x", Family::Node, 24),
    row("provided.al2", Family::OsOnly, 2),
    row("provided.al2023", Family::OsOnly, 2023),
    row("python3.10", Family::Python, 10),
    row("python3.11", Family::Python, 11),
    row("python3.12", Family::Python, 12),
    row("python3.13", Family::Python, 13),
    row("python3.14", Family::Python, 14),
    row("python3.8", Family::Python, 8),
    row("python3.9", Family::Python, 9),
    row("ruby3.2", Family::Ruby, 2),
    row("ruby3.3", Family::Ruby, 3),
    row("ruby3.4", Family::Ruby, 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_citable() {
        assert!(RUNTIMES.is_sorted_by_key(|row| row.identifier));
        assert!(RUNTIMES.iter().all(|row| row.source.is_citable()));
    }

    #[test]
    fn the_programs_of_this_machine_are_found() {
        let mut programs = Programs::new(std::env::var("PATH").expect("a PATH"));
        for identifier in ["nodejs20.x", "python3.12"] {
            let runtime = find_runtime(identifier).expect("a row");
            let program = programs.find(runtime).expect("node and python3 are needed to test");
            assert!(program.path.is_absolute(), "{program:?}");
        }
        assert_eq!(Programs::new("/nonexistent".into()).find(&RUNTIMES[0]), Err(ProgramError::Missing));
        assert!(find_runtime("java21").is_none());
    }
}
