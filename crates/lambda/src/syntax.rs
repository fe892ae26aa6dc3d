//! Whether changed code is still of its language, asked before it replaces code that runs.
//!
//! AWS deploys what it is given and answers `Runtime.UserCodeSyntaxError`. Here an edit is deployed as it is saved,
//! so that half-written code would take down what works: it is refused, and the last good deployment goes on. Asked
//! are the programs that run the code, which compile it and run nothing. A file that was no better before is let
//! through: nothing that works is lost by it. TypeScript is not looked into.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;

use serde_json::Value;

use crate::clients::Clients;
use crate::config::{DeployError, DeployNotice};
use crate::function::Function;
use crate::limits::{CHECK_OUTPUT_BYTES_MAX, CHECK_TIME_MAX, CHECKED_FILES_MAX, CHECKS_AT_ONCE_MAX};
use crate::runtimes::Family;
use crate::staging::StagedCode;

/// Checks what has changed of functions, each given as it runs and as it is to run, and adds to what is to be
/// known about them.
pub(crate) fn check<'a>(
    functions: impl Iterator<Item = (&'a Function, &'a Function)>,
    clients: &Clients,
    mut notices: Vec<DeployNotice>,
) -> (Vec<DeployError>, Vec<DeployNotice>) {
    let mut functions: Vec<_> = functions.collect();
    functions.sort_by(|one, other| one.1.name.cmp(&other.1.name));
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (old, new) in functions {
        let is_known = jobs.iter().any(|job| job.is_of(old, new));
        let files = if is_known { Vec::new() } else { changed_files(old, new) };
        if !files.is_empty() {
            jobs.push(Job { old: &old.code, new, files });
        }
    }
    let mut errors = Vec::new();
    for jobs in jobs.chunks(CHECKS_AT_ONCE_MAX) {
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = jobs.iter().map(|job| scope.spawn(|| job.broken(clients))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(PANICKED.into()))).collect()
        });
        for (job, result) in jobs.iter().zip(results) {
            let (function, place) = (&job.new.config.name, job.new.config.place);
            match result {
                Ok(broken) => errors.extend(broken.into_iter().map(|problem| DeployError::CodeBroken {
                    function: function.clone(),
                    problem,
                    place,
                })),
                Err(problem) => {
                    notices.push(DeployNotice::CodeUnchecked { function: function.clone(), problem, place });
                }
            }
        }
    }
    (errors, notices)
}

/// The changed code of a function, or of several that share it.
struct Job<'a> {
    old: &'a Arc<StagedCode>,
    new: &'a Function,
    files: Vec<&'a Path>,
}

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    file: usize,
    line: Option<u64>,
    message: String,
}

impl Job<'_> {
    fn is_of(&self, old: &Function, new: &Function) -> bool {
        Arc::ptr_eq(self.old, &old.code)
            && Arc::ptr_eq(&self.new.code, &new.code)
            && self.new.program == new.program
    }

    /// The files that are broken now and were not before, as `FILE:LINE: MESSAGE`.
    fn broken(&self, clients: &Clients) -> Result<Vec<String>, String> {
        let code = &self.new.code;
        let problems = self.ask(clients, &code.folder, &self.files)?;
        let (in_both, of_both): (Vec<&Path>, Vec<&Problem>) = problems
            .iter()
            .filter_map(|problem| Some((*self.files.get(problem.file)?, problem)))
            .filter(|(file, _)| self.old.folder.join(file).is_file())
            .unzip();
        let before = match in_both.is_empty() {
            true => Vec::new(),
            false => self.ask(clients, &self.old.folder, &in_both)?,
        };
        let no_worse: Vec<usize> =
            before.iter().filter_map(|problem| Some(of_both.get(problem.file)?.file)).collect();
        let broken = problems.iter().filter(|problem| !no_worse.contains(&problem.file));
        Ok(broken
            .filter_map(|problem| {
                let file = code.original(self.files.get(problem.file)?);
                let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
                Some(format!("{}{line}: {}", file.display(), problem.message))
            })
            .collect())
    }

    /// Lets the language's program look at files of a folder.
    fn ask(&self, clients: &Clients, folder: &Path, files: &[&Path]) -> Result<Vec<Problem>, String> {
        let family = self.new.family;
        let options: &[&str] = match family {
            Family::Node => &["--experimental-vm-modules", "--no-warnings"],
            Family::OsOnly => &[],
            Family::Python => &["-I", "-B"],
            Family::Ruby => &[],
        };
        let Some(checker) = clients.checker(family) else { return Ok(Vec::new()) };
        let mut command = Command::new(&self.new.program.path);
        command
            .args(options)
            .arg(checker)
            .arg(folder)
            .args(files.iter().map(|file| folder.join(file)))
            .env_clear()
            .current_dir(folder);
        let said = output(command)?;
        problems(&said).ok_or_else(|| format!("{} said what is no answer", self.new.program.path.display()))
    }
}

/// The changed files of the function's language, those at the top first.
fn changed_files<'a>(old: &'a Function, new: &'a Function) -> Vec<&'a Path> {
    if Arc::ptr_eq(&old.code, &new.code) {
        return Vec::new();
    }
    let extensions: &[&str] = match new.family {
        Family::Node => &["js", "mjs", "cjs"],
        Family::OsOnly => &[],
        Family::Python => &["py"],
        Family::Ruby => &["rb"],
    };
    let mut files: Vec<&Path> = new
        .code
        .tree
        .changed_files(&old.code.tree)
        .filter(|path| {
            path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
        })
        .collect();
    files.sort_by_key(|path| (path.components().count(), PathBuf::from(path)));
    files.truncate(CHECKED_FILES_MAX);
    files
}

/// What a program prints, if it ends well and in time.
fn output(mut command: Command) -> Result<Vec<u8>, String> {
    let program = command.get_program().to_owned();
    let of = |problem: String| format!("{}: {problem}", program.display());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|problem| of(problem.to_string()))?;
    let Some(pipe) = child.stdout.take() else { return Err(of("no output".to_owned())) };
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let read = pipe.take(CHECK_OUTPUT_BYTES_MAX).read_to_end(&mut said);
        // Nobody listens once it has taken too long.
        let _ = sender.send(read.map(|_| said));
    });
    let said = receiver.recv_timeout(CHECK_TIME_MAX);
    if said.is_err() {
        // It has ended by itself just now, or it does so here.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|problem| of(problem.to_string()))?;
    let said = said.map_err(|_| of(format!("it took more than {} s", CHECK_TIME_MAX.as_secs())))?;
    if !status.success() {
        return Err(of(format!("it ended with {status}")));
    }
    said.map_err(|problem| of(problem.to_string()))
}

fn problems(said: &[u8]) -> Option<Vec<Problem>> {
    let said: Value = serde_json::from_slice(said).ok()?;
    let problem = |row: &Value| {
        Some(Problem {
            file: usize::try_from(row.get("file")?.as_u64()?).ok()?,
            line: row.get("line").and_then(Value::as_u64),
            message: row.get("message")?.as_str()?.to_owned(),
        })
    };
    said.as_array()?.iter().map(problem).collect()
}

const PANICKED: &str = "the check itself failed";
