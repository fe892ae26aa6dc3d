//! What do layers add to a function, and where is what AWS unpacks into `/opt`?
//! <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>
//!
//! The layers of a function are copied, in their order, into one folder. What a function finds through its
//! variables it finds there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::runtimes::{Family, Program};

/// Where a path of AWS's execution environment is here; `None` for one without a counterpart.
pub(crate) fn path_here(path: &str, task_root: &Path, layers: Option<&Path>) -> Option<PathBuf> {
    let below = |folder: &str| Path::new(path).strip_prefix(folder).ok().map(Path::to_owned);
    match (below("/opt"), below("/var/task")) {
        (Some(rest), _) => Some(layers?.join(rest)),
        (None, Some(rest)) => Some(task_root.join(rest)),
        (None, None) => Some(task_root.join(path)),
    }
}

/// The variables by which runtimes find the layers, of which a function may set each itself.
pub(crate) fn variables(
    family: Family,
    program: &Program,
    task_root: &Path,
    layers: Option<&Path>,
) -> Vec<(&'static str, OsString)> {
    let mut libraries = vec![task_root.to_owned(), task_root.join("lib")];
    libraries.extend(layers.map(|layers| layers.join("lib")));
    let mut variables = vec![("LD_LIBRARY_PATH", joined(&libraries))];
    if family == Family::Ruby {
        let (major, minor) = program.number;
        let mut gems = vec![task_root.join(format!("vendor/bundle/ruby/{major}.{minor}.0"))];
        gems.extend(layers.map(|layers| layers.join(format!("ruby/gems/{major}.{minor}.0"))));
        let mut gems = joined(&gems);
        // With a colon at its end Ruby's own folders are looked at as well.
        gems.push(":");
        variables.push(("GEM_PATH", gems));
    }
    let Some(layers) = layers else { return variables };
    match family {
        Family::Node => {
            let own = layers.join(format!("nodejs/node{}/node_modules", program.number.0));
            let paths = [own, layers.join("nodejs/node_modules"), task_root.to_owned()];
            variables.push(("NODE_PATH", joined(&paths)));
        }
        Family::OsOnly => {}
        Family::Python => {
            let (major, minor) = program.number;
            let own = layers.join(format!("python/lib/python{major}.{minor}/site-packages"));
            variables.push(("PYTHONPATH", joined(&[own, layers.join("python")])));
        }
        Family::Ruby => variables.push(("RUBYLIB", joined(&[layers.join("ruby/lib")]))),
    }
    variables
}

/// The search path with the layers' programs at its end.
pub(crate) fn search_path(path: &str, layers: Option<&Path>) -> OsString {
    let Some(layers) = layers else { return path.into() };
    let mut joined = OsString::from(path);
    joined.push(":");
    joined.push(layers.join("bin"));
    joined
}

/// Folders of ours have no colons: they are numbers below the state folder, unless the user's state folder has one.
fn joined(paths: &[PathBuf]) -> OsString {
    let mut joined = OsString::new();
    for (index, path) in paths.iter().enumerate() {
        if index > 0 {
            joined.push(":");
        }
        joined.push(path);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_aws_have_counterparts() {
        let layers = Some(Path::new("/layers"));
        for (path, layers, here) in [
            ("/opt/wrapper", layers, Some("/layers/wrapper")),
            ("/opt/bin/wrapper", layers, Some("/layers/bin/wrapper")),
            ("/opt/wrapper", None, None),
            ("/var/task/wrapper", None, Some("/code/wrapper")),
            ("wrapper", None, Some("/code/wrapper")),
            ("/usr/bin/env", layers, Some("/usr/bin/env")),
        ] {
            assert_eq!(path_here(path, Path::new("/code"), layers), here.map(PathBuf::from), "{path}");
        }
    }
}
