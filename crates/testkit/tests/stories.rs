//! One test for each file of `stories/`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use frontgate_testkit::{Binary, Story, run};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match stories(&repository.join("stories")) {
        Ok(paths) => {
            let trials = paths.into_iter().map(|path| trial(path, repository.clone())).collect();
            libtest_mimic::run(&arguments, trials).exit_code()
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn stories(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter(|path| path.file_stem().is_some_and(|name| name != "README"))
        .collect();
    paths.sort();
    if paths.is_empty() { Err(format!("{}: there is no story", folder.display())) } else { Ok(paths) }
}

fn trial(path: PathBuf, repository: PathBuf) -> Trial {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Trial::test(name, move || tell(&path, &repository).map_err(Failed::from))
}

fn tell(path: &Path, repository: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let story = Story::parse(&text).map_err(|why| why.to_string())?;
    let binary = Binary::find().map_err(|why| why.to_string())?;
    run(&story, &binary, repository).map_err(|why| format!("{}\n{why}", path.display()))
}
