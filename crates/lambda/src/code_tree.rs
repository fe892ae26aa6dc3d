//! What belongs to the code of a function, whether it has changed, and how it is copied.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html>

use std::fs::{File, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use frontgate_aws::sha256;

use crate::limits::{CODE_BYTES_MAX, CODE_FILES_MAX};

/// The files of a code folder at one moment, without those of a `node_modules` folder at its top.
#[derive(Debug)]
pub(crate) struct CodeTree {
    /// Folders stand before what is in them.
    pub(crate) entries: Vec<Entry>,
    /// A value that changes when a file is added, removed or written, one of `node_modules` included.
    pub(crate) fingerprint: [u8; 32],
    modules: Option<PathBuf>,
}

/// A file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the folder of the code.
    pub(crate) path: PathBuf,
    pub(crate) kind: EntryKind,
}

/// What an entry is, and by what a change of it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File {
        bytes: u64,
        inode: u64,
        mode: u32,
        modified: SystemTime,
    },
    Folder,
    /// A link to another entry, by that entry's path.
    LinkInside(PathBuf),
    /// A link to a folder somewhere else.
    LinkOutside(PathBuf),
}

/// Why code cannot be taken over.
#[derive(Debug)]
pub(crate) enum TreeError {
    /// A file or folder of the code cannot be read.
    Unreadable { path: PathBuf, problem: std::io::Error },
    /// A file cannot be copied: it cannot be read, or there is no room for the copy.
    Uncopied { from: PathBuf, to: PathBuf, problem: std::io::Error },
    /// There are more bytes than AWS takes.
    TooLarge,
    /// There are more files than are looked at.
    TooManyFiles,
}

impl CodeTree {
    /// Looks at a folder, which is absolute and free of links. What is at `left_out`, which is frontgate's own state,
    /// is no code even if it lies within.
    pub(crate) fn read(folder: &Path, left_out: &Path) -> Result<Self, TreeError> {
        let mut tree = Self { entries: Vec::new(), fingerprint: [0; 32], modules: None };
        let (mut folders, mut bytes_total, mut files) = (vec![PathBuf::new()], 0_u64, 0_usize);
        while let Some(within) = folders.pop() {
            for (name, is_link) in sorted_names(&folder.join(&within))? {
                let (path, full) = (within.join(&name), folder.join(&within).join(&name));
                if LEFT_OUT.iter().any(|left_out| name == *left_out) || full == left_out {
                    continue;
                }
                // A link that leads nowhere, or in a circle, is no file of the code.
                let Ok(metadata) = full.metadata() else { continue };
                if within.as_os_str().is_empty() && name == MODULES && metadata.is_dir() {
                    tree.modules = full.canonicalize().ok();
                    continue;
                }
                let Some(kind) = entry_kind(folder, &full, &metadata, is_link) else { continue };
                match kind {
                    EntryKind::File { bytes, .. } => {
                        bytes_total += bytes;
                        files += 1;
                    }
                    EntryKind::Folder => folders.push(path.clone()),
                    EntryKind::LinkInside(_) | EntryKind::LinkOutside(_) => files += 1,
                }
                if bytes_total >= CODE_BYTES_MAX {
                    return Err(TreeError::TooLarge);
                }
                if files > CODE_FILES_MAX {
                    return Err(TreeError::TooManyFiles);
                }
                tree.entries.push(Entry { path, kind });
            }
        }
        tree.fingerprint = tree.fingerprint_of(folder);
        Ok(tree)
    }

    /// One layer on top of the other, as they are unpacked into one folder.
    pub(crate) fn merged(layers: &[Self]) -> Self {
        let mut seen = b"layers".to_vec();
        let mut entries = Vec::new();
        for layer in layers {
            seen.extend_from_slice(&layer.fingerprint);
            entries.extend(layer.entries.iter().cloned());
            entries.extend(layer.modules.iter().map(|modules| Entry {
                path: MODULES.into(),
                kind: EntryKind::LinkOutside(modules.clone()),
            }));
        }
        Self { entries, fingerprint: sha256(&seen), modules: None }
    }

    /// What lies somewhere else and is linked to.
    pub(crate) fn outside(&self) -> impl Iterator<Item = &Path> {
        let links = self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::LinkOutside(target) => Some(target.as_path()),
            _ => None,
        });
        links.chain(self.modules.as_deref())
    }

    /// Copies all of it from `folder` to `copy`, onto what is there of another layer. Modes and times of files are kept, of a link to a
    /// file outside of the folder the file is taken, and `node_modules` becomes a link to the original.
    pub(crate) fn copy(&self, folder: &Path, copy: &Path) -> Result<(), TreeError> {
        let is_layered = std::fs::read_dir(copy).is_ok_and(|mut entries| entries.next().is_some());
        for Entry { path, kind } in &self.entries {
            let (from, to) = (folder.join(path), copy.join(path));
            if !matches!(kind, EntryKind::Folder) && is_layered {
                // A layer below seldom has a file of that name.
                let _ = std::fs::remove_file(&to);
            }
            let done = match kind {
                EntryKind::File { mode, modified, .. } => copy_file(&from, &to, *mode, *modified),
                EntryKind::Folder if is_layered && to.is_dir() => Ok(()),
                EntryKind::Folder => std::fs::create_dir(&to),
                EntryKind::LinkInside(target) => std::os::unix::fs::symlink(copy.join(target), &to),
                EntryKind::LinkOutside(target) => std::os::unix::fs::symlink(target, &to),
            };
            done.map_err(|problem| TreeError::Uncopied { from, to, problem })?;
        }
        if let Some(modules) = &self.modules {
            let (from, to) = (modules.clone(), copy.join(MODULES));
            if is_layered {
                // The same.
                let _ = std::fs::remove_file(&to);
            }
            std::os::unix::fs::symlink(&from, &to).map_err(|problem| TreeError::Uncopied {
                from,
                to,
                problem,
            })?;
        }
        Ok(())
    }

    /// The files that are not in `older` as they are here.
    pub(crate) fn changed_files<'a>(&'a self, older: &'a Self) -> impl Iterator<Item = &'a Path> {
        let known: std::collections::HashMap<&Path, &EntryKind> =
            older.entries.iter().map(|entry| (entry.path.as_path(), &entry.kind)).collect();
        self.entries
            .iter()
            .filter(move |entry| {
                matches!(entry.kind, EntryKind::File { .. })
                    && known.get(entry.path.as_path()) != Some(&&entry.kind)
            })
            .map(|entry| entry.path.as_path())
    }

    fn fingerprint_of(&self, folder: &Path) -> [u8; 32] {
        let mut seen = Vec::with_capacity(self.entries.len() * 64);
        see(&mut seen, folder, &EntryKind::Folder);
        for Entry { path, kind } in &self.entries {
            see(&mut seen, path, kind);
        }
        if let Some(modules) = &self.modules {
            see_modules(&mut seen, modules);
        }
        sha256(&seen)
    }
}

/// The names in a folder, and which of them are links.
fn sorted_names(folder: &Path) -> Result<Vec<(std::ffi::OsString, bool)>, TreeError> {
    let unreadable = |problem| TreeError::Unreadable { path: folder.to_owned(), problem };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let is_link = entry.file_type().map_err(unreadable)?.is_symlink();
        names.push((entry.file_name(), is_link));
    }
    names.sort();
    Ok(names)
}

/// What is at `full`; `metadata` is that of what a link leads to. `None` for pipes, sockets and devices.
fn entry_kind(folder: &Path, full: &Path, metadata: &Metadata, is_link: bool) -> Option<EntryKind> {
    if is_link {
        let target = full.canonicalize().ok()?;
        if let Ok(inside) = target.strip_prefix(folder) {
            return Some(EntryKind::LinkInside(inside.to_owned()));
        }
        if metadata.is_dir() {
            return Some(EntryKind::LinkOutside(target));
        }
    }
    if metadata.is_dir() {
        return Some(EntryKind::Folder);
    }
    metadata.is_file().then(|| EntryKind::File {
        bytes: metadata.len(),
        inode: metadata.ino(),
        mode: metadata.mode() & 0o777,
        modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    })
}

fn copy_file(from: &Path, to: &Path, mode: u32, modified: SystemTime) -> std::io::Result<()> {
    let mut source = File::open(from)?;
    let mut copy = File::create_new(to)?;
    std::io::copy(&mut source, &mut copy)?;
    copy.set_modified(modified)?;
    copy.set_permissions(Permissions::from_mode(mode))
}

fn see(seen: &mut Vec<u8>, path: &Path, kind: &EntryKind) {
    seen.extend_from_slice(path.as_os_str().as_encoded_bytes());
    seen.push(0);
    match kind {
        EntryKind::File { bytes, inode, mode, modified } => {
            let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            seen.extend_from_slice(&bytes.to_le_bytes());
            seen.extend_from_slice(&inode.to_le_bytes());
            seen.extend_from_slice(&mode.to_le_bytes());
            seen.extend_from_slice(&since.as_nanos().to_le_bytes());
        }
        EntryKind::Folder => {}
        EntryKind::LinkInside(target) | EntryKind::LinkOutside(target) => {
            seen.extend_from_slice(target.as_os_str().as_encoded_bytes());
            seen.push(0);
        }
    }
}

/// Dependencies are not copied, only seen to change; beyond the bound a change is not seen.
fn see_modules(seen: &mut Vec<u8>, modules: &Path) {
    let (mut folders, mut files) = (vec![modules.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        // What cannot be read there is the function's own matter: it is not copied.
        for (name, is_link) in sorted_names(&folder).unwrap_or_default() {
            let path = folder.join(name);
            let Ok(metadata) = path.metadata() else { continue };
            if metadata.is_dir() && !is_link {
                folders.push(path);
                continue;
            }
            files += 1;
            if files > CODE_FILES_MAX {
                return;
            }
            if let Some(kind) = entry_kind(modules, &path, &metadata, is_link) {
                see(seen, &path, &kind);
            }
        }
    }
}

/// What tools keep beside the code; `sam build` leaves out the same, Python's own cache apart.
const LEFT_OUT: &[&str] = &[".aws-sam", ".git", "__pycache__"];
const MODULES: &str = "node_modules";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempFolder;

    fn read(folder: &TempFolder) -> CodeTree {
        CodeTree::read(folder.path(), Path::new("/nonexistent")).expect("a folder that can be read")
    }

    #[test]
    fn a_copy_is_what_the_folder_is() {
        let (code, copy, outside) = (TempFolder::new(), TempFolder::new(), TempFolder::new());
        for name in
            ["index.js", "lib/deep/a.js", ".git/config", "__pycache__/a.pyc", "node_modules/p/index.js"]
        {
            code.write(name, name);
        }
        outside.write("shared.js", "shared");
        outside.write("package/index.js", "package");
        let at = |name: &str| code.path().join(name);
        let permissions = Permissions::from_mode(0o751);
        std::fs::set_permissions(at("index.js"), permissions.clone()).expect("a mode");
        for (target, name) in [
            (PathBuf::from("lib/deep"), "deep"),
            (at("index.js"), "again.js"),
            (outside.path().join("shared.js"), "shared.js"),
            (outside.path().join("package"), "package"),
            (PathBuf::from("nowhere"), "dangling"),
            (PathBuf::from("circle"), "circle"),
        ] {
            std::os::unix::fs::symlink(target, at(name)).expect("a link");
        }
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo").success());
        read(&code).copy(code.path(), copy.path()).expect("a copy");
        let text = |name: &str| std::fs::read_to_string(copy.path().join(name)).ok();
        let link = |name: &str| std::fs::read_link(copy.path().join(name)).ok();
        for (name, said, leads_to) in [
            ("index.js", Some("index.js"), None),
            ("lib/deep/a.js", Some("lib/deep/a.js"), None),
            ("deep/a.js", Some("lib/deep/a.js"), None),
            ("deep", None, Some(copy.path().join("lib/deep"))),
            ("again.js", Some("index.js"), Some(copy.path().join("index.js"))),
            ("shared.js", Some("shared"), None),
            ("package", None, Some(outside.path().join("package"))),
            ("node_modules", None, Some(at("node_modules"))),
            ("node_modules/p/index.js", Some("node_modules/p/index.js"), None),
            (".git", None, None),
            ("__pycache__", None, None),
            ("dangling", None, None),
            ("circle", None, None),
            ("pipe", None, None),
        ] {
            assert_eq!((text(name).as_deref(), link(name)), (said, leads_to), "{name}");
        }
        assert!(!copy.path().join(".git").exists() && !copy.path().join("pipe").exists());
        let copied = copy.path().join("index.js").metadata().expect("a file");
        assert_eq!(copied.permissions().mode() & 0o777, 0o751);
        let original = at("index.js").metadata().expect("a file");
        assert_eq!(copied.modified().expect("a time"), original.modified().expect("a time"));
    }

    #[test]
    fn every_change_is_seen() {
        let code = TempFolder::new();
        code.write("index.js", "one");
        code.write("node_modules/p/index.js", "one");
        let mut before = read(&code);
        assert_eq!(read(&code).fingerprint, before.fingerprint, "nothing has changed");
        let changes: [(&dyn Fn(), &[&str]); 5] = [
            (&|| code.write("index.js", "three"), &["index.js"]),
            (&|| code.write("lib/new.js", ""), &["lib/new.js"]),
            (&|| std::fs::remove_file(code.path().join("lib/new.js")).expect("a file"), &[]),
            (&|| code.write("node_modules/p/index.js", "three"), &[]),
            (&|| std::os::unix::fs::symlink("index.js", code.path().join("link.js")).expect("a link"), &[]),
        ];
        for (change, files) in changes {
            change();
            let after = read(&code);
            assert_ne!(after.fingerprint, before.fingerprint, "{files:?}");
            assert!(
                after
                    .changed_files(&before)
                    .map(|path| path.to_str().expect("a name"))
                    .eq(files.iter().copied())
            );
            before = after;
        }
    }

    #[test]
    fn code_has_bounds() {
        let code = TempFolder::new();
        let large = File::create(code.path().join("large")).expect("a file");
        large.set_len(CODE_BYTES_MAX - 1).expect("a file without blocks");
        assert!(read(&code).entries.len() == 1);
        large.set_len(CODE_BYTES_MAX).expect("a file without blocks");
        let refused = CodeTree::read(code.path(), Path::new("/nonexistent"));
        assert!(matches!(refused, Err(TreeError::TooLarge)));
        assert_eq!(CodeTree::read(code.path(), &code.path().join("large")).expect("nothing").entries, []);
    }
}
