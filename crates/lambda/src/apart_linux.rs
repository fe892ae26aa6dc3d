//! What Linux has for keeping a process apart: limits, a mount namespace, Landlock.
//! <https://docs.kernel.org/userspace-api/landlock.html>

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, Scope, path_beneath_rules,
};
use rustix::mount::{MountFlags, MountPropagationFlags, mount_bind_recursive, mount_change, mount_remount};
use rustix::thread::UnshareFlags;

use super::{Bounds, limit_resources};

/// The limits of the process, and that it is the first to go when the machine has no memory left.
pub(super) fn limit(bounds: &Bounds) -> Result<(), String> {
    limit_resources(bounds)?;
    rustix::thread::set_no_new_privs(true).map_err(|problem| format!("no_new_privs: {problem}"))?;
    // A container may forbid it; then the measuring is what bounds the memory.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

/// Makes a mount namespace in which `/tmp` is the temporary folder, and `/opt` has the layers.
pub(super) fn own_mounts(bounds: &Bounds) -> Result<(), String> {
    let metadata = std::fs::metadata("/proc/self").map_err(|problem| format!("/proc: {problem}"))?;
    let (user, group) = (metadata.uid(), metadata.gid());
    #[expect(
        deprecated,
        reason = "its successor is unsafe for the sake of UnshareFlags::FILES, which is not used"
    )]
    rustix::thread::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)
        .map_err(|problem| format!("no user namespace: {problem}"))?;
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ] {
        std::fs::write(format!("/proc/self/{file}"), text).map_err(|problem| format!("{file}: {problem}"))?;
    }
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(|problem| format!("mounts: {problem}"))?;
    if bounds.temporary.as_os_str().is_empty() {
        return Ok(());
    }
    if let Some(layers) = bounds.layers.as_ref().filter(|_| takes_opt(bounds)) {
        bind(layers, Path::new(OPT))?;
        let _ = read_only(Path::new(OPT));
    }
    for path in &bounds.readable {
        match path.strip_prefix(TMP) {
            Ok(within) => keep_in_tmp(path, &bounds.temporary.join(within))?,
            // As on AWS, code lies on a file system that is read-only. Landlock forbids it all the same.
            Err(_) => drop(bind(path, path).and_then(|()| read_only(path))),
        }
    }
    bind(&bounds.temporary, Path::new(TMP))?;
    // The same folder, as it is mounted now.
    std::env::current_dir()
        .and_then(std::env::set_current_dir)
        .map_err(|problem| format!("the folder of the code: {problem}"))
}

/// What lies in the machine's /tmp and is needed is still to be found there.
fn keep_in_tmp(path: &Path, target: &Path) -> Result<(), String> {
    let made = match path.is_dir() {
        true => std::fs::create_dir_all(target),
        false if target.exists() => Ok(()),
        false => {
            let folder = target.parent().map_or(Ok(()), std::fs::create_dir_all);
            folder.and_then(|()| std::fs::write(target, ""))
        }
    };
    made.map_err(|problem| format!("{}: {problem}", target.display()))?;
    bind(path, target)?;
    read_only(target)
}

/// Whether `/opt` becomes the layers; where the runtime itself is installed there, it stays.
fn takes_opt(bounds: &Bounds) -> bool {
    bounds.has_own_mounts
        && bounds.layers.is_some()
        && Path::new(OPT).is_dir()
        && !bounds.readable.iter().any(|path| path.starts_with(OPT))
}

fn bind(from: &Path, to: &Path) -> Result<(), String> {
    mount_bind_recursive(from, to)
        .map_err(|problem| format!("{} cannot be mounted on {}: {problem}", from.display(), to.display()))
}

/// A namespace may only add to the flags that the mount has outside: they are tried.
fn read_only(path: &Path) -> Result<(), String> {
    let read_only = MountFlags::BIND | MountFlags::RDONLY;
    let mut result = Ok(());
    for known in [
        MountFlags::empty(),
        MountFlags::NOSUID | MountFlags::NODEV,
        MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC,
    ] {
        result = mount_remount(path, read_only | known, c"");
        if result.is_ok() {
            break;
        }
    }
    result.map_err(|problem| format!("{} cannot be made read-only: {problem}", path.display()))
}

/// Lets the process, and all that it starts, read and write what it may and no more.
pub(super) fn restrict(bounds: &Bounds) -> Result<(), String> {
    let (all, read) = (AccessFs::from_all(FILES), AccessFs::from_read(FILES));
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let temporary = [bounds.temporary.as_path(), Path::new(TMP)];
    let temporary = &temporary[..if bounds.has_own_mounts { 2 } else { 1 }];
    let restricted = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)
        .and_then(|ruleset| ruleset.scope(Scope::from_all(SCOPES)))
        .and_then(|ruleset| ruleset.create())
        .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(SYSTEM, read)))
        .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(&bounds.readable, read)))
        .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(takes_opt(bounds).then_some(OPT), read)))
        .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(DEVICES, device)))
        .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(temporary, all)))
        .and_then(|ruleset| ruleset.restrict_self());
    restricted.map(drop).map_err(|problem| format!("Landlock: {problem}"))
}

/// Whether this kernel has Landlock.
pub(super) fn has_landlock() -> bool {
    let tried = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(|ruleset| ruleset.create());
    tried.is_ok()
}

/// The rights to files, and the scopes, of the kernels that these names are of; an older one does what it knows.
const FILES: ABI = ABI::V5;
const SCOPES: ABI = ABI::V6;
const TMP: &str = "/tmp";
const OPT: &str = "/opt";
const DEVICES: &[&str] = &["/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"];
/// What programs of every language need: their own files, those of libraries, of names and certificates. No secret
/// lies there; of `/proc`, Landlock itself keeps the processes of others apart.
const SYSTEM: &[&str] = &[
    "/bin",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/timezone",
    "/gnu/store",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/proc",
    "/sbin",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/usr",
];

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_readable_is_sorted() {
        assert!(super::SYSTEM.is_sorted());
    }
}
