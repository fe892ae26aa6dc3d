//! What may a function read besides the system's own files: its code, its layers, its runtime, and what its code links
//! to?

use std::path::{Component, Path, PathBuf};

use crate::limits::LINKS_MAX;
use crate::runtimes::Program;
use crate::staging::StagedCode;

/// The folders and files, for a function of this code and program.
pub(crate) fn paths(
    code: &StagedCode,
    layers: Option<&StagedCode>,
    program: &Program,
    runtime_folder: &Path,
) -> Vec<PathBuf> {
    let mut paths = vec![runtime_folder.to_owned(), code.folder.clone()];
    // The package.json that stands above all copies says what `.js` is.
    paths.extend(code.folder.parent().map(|folder| folder.join("package.json")));
    paths.extend(layers.map(|layers| layers.folder.clone()));
    for path in [Some(program.path.clone()), program.path.canonicalize().ok()].into_iter().flatten() {
        paths.extend(installation(&path, std::env::home_dir().as_deref()));
        paths.push(path);
    }
    for target in code.tree.outside().chain(layers.into_iter().flat_map(|layers| layers.tree.outside())) {
        add_linked(target, &mut paths);
        for linked in links_in(target) {
            add_linked(&linked, &mut paths);
        }
    }
    paths.retain(|path| path.exists());
    paths.sort();
    // A folder has what is in it.
    paths.dedup_by(|path, above| path.starts_with(above));
    paths
}

/// The folder that a program was installed into: that above its `bin`. One that has more than the program, such as the
/// home folder, is not meant.
fn installation(program: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let folder = program.parent()?;
    let above = folder.parent().filter(|_| folder.file_name().is_some_and(|name| name == "bin"))?;
    let is_general = above.parent().is_none() || home.is_some_and(|home| home.starts_with(above));
    (!is_general).then(|| above.to_owned())
}

/// A folder that code links to, and the packages that code in it may ask for.
fn add_linked(target: &Path, paths: &mut Vec<PathBuf>) {
    let outermost = target.components().position(|part| part == Component::Normal(MODULES.as_ref()));
    if let Some(position) = outermost {
        paths.push(target.components().take(position + 1).collect());
        return;
    }
    paths.push(target.to_owned());
    paths.extend(target.ancestors().skip(1).map(|folder| folder.join(MODULES)).filter(|path| path.is_dir()));
}

/// Where the links in a folder of packages lead: those of workspaces, of `npm link` and of pnpm.
fn links_in(modules: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(LINKS_MAX);
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut packages = entries(modules);
    let is_scope =
        |path: &&PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"@"));
    let scoped: Vec<PathBuf> = packages.iter().filter(is_scope).flat_map(|scope| entries(scope)).collect();
    packages.extend(scoped);
    let links = packages.into_iter().filter(|path| path.is_symlink());
    links.filter_map(|link| link.canonicalize().ok()).collect()
}

const MODULES: &str = "node_modules";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_installed_above_their_bin() {
        for (program, folder) in [
            ("/users/ada/.pyenv/versions/3.11.7/bin/python3.11", Some("/users/ada/.pyenv/versions/3.11.7")),
            ("/usr/bin/node", Some("/usr")),
            ("/users/ada/bin/node", None),
            ("/bin/node", None),
            ("/srv/code/bootstrap", None),
        ] {
            let home = Some(Path::new("/users/ada"));
            assert_eq!(installation(Path::new(program), home), folder.map(PathBuf::from), "{program}");
        }
    }
}
