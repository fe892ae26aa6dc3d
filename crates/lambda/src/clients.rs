//! The programs of ours that `node`, `python3` and `ruby` run: the runtime clients of functions and the checkers of code, embedded here and written to the state folder.

use std::path::{Path, PathBuf};

use frontgate_aws::{hex, sha256};

use crate::engine::EngineError;
use crate::runtimes::Family;

/// Where the runtime clients are on disk.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    /// Their folder, which `LAMBDA_RUNTIME_DIR` names.
    pub(crate) folder: PathBuf,
}

impl Clients {
    /// Writes the clients below `state_folder`, in a folder named by their content: another version of frontgate
    /// beside this one neither changes nor removes them.
    pub(crate) fn write(state_folder: &Path) -> Result<Self, EngineError> {
        let content: String = FILES.iter().map(|(_, text)| *text).collect();
        let folder = state_folder.join("runtime").join(&hex(&sha256(content.as_bytes()))[..16]);
        for (name, text) in FILES {
            write_whole(&folder, name, text)
                .map_err(|problem| EngineError::State { path: folder.join(name), problem })?;
        }
        Ok(Self { folder })
    }

    /// The program text that checks files of a family; none for one whose files are no texts.
    pub(crate) fn checker(&self, family: Family) -> Option<PathBuf> {
        let name = match family {
            Family::Node => NODE_CHECK,
            Family::OsOnly => return None,
            Family::Python => PYTHON_CHECK,
            Family::Ruby => RUBY_CHECK,
        };
        Some(self.folder.join(name))
    }

    /// The program text that runs a family; none for one that brings its own.
    pub(crate) fn path(&self, family: Family) -> Option<PathBuf> {
        let name = match family {
            Family::Node => NODE,
            Family::OsOnly => return None,
            Family::Python => PYTHON,
            Family::Ruby => RUBY,
        };
        Some(self.folder.join(name))
    }
}

/// Writes a file so that a reader sees all of it or none, unless it is there with the same text already.
pub(crate) fn write_whole(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let path = folder.join(name);
    if std::fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    std::fs::write(&draft, text)?;
    std::fs::rename(&draft, &path)
}

const NODE: &str = "bootstrap.cjs";
const NODE_CHECK: &str = "check.cjs";
const PYTHON: &str = "bootstrap.py";
const PYTHON_CHECK: &str = "check.py";
const RUBY: &str = "bootstrap.rb";
const RUBY_CHECK: &str = "check.rb";
const FILES: &[(&str, &str)] = &[
    (NODE, include_str!("../runtime/node/bootstrap.cjs")),
    (NODE_CHECK, include_str!("../runtime/node/check.cjs")),
    (PYTHON, include_str!("../runtime/python/bootstrap.py")),
    (PYTHON_CHECK, include_str!("../runtime/python/check.py")),
    (RUBY, include_str!("../runtime/ruby/bootstrap.rb")),
    (RUBY_CHECK, include_str!("../runtime/ruby/check.rb")),
];
