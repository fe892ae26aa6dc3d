//! What a server used: processor time and memory of a process and all that descend from it, from `/proc`.
//!
//! See <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.

use std::collections::HashMap;

/// The processor time of a process with all its threads and of all that descend from it.
pub fn cpu_seconds(process: u32) -> f64 {
    family(process).iter().map(|(_, fields)| ticks(fields) / TICKS_PER_SECOND).sum()
}

/// What lies in memory of them. A page that several of them share counts once, so that the shared memory of nginx and
/// HAProxy does not count for each process (`Pss`).
pub fn resident_kib(process: u32) -> u64 {
    family(process).iter().map(|(id, _)| proportional_kib(*id)).sum()
}

/// How many processes descend from it.
pub fn children(process: u32) -> usize {
    family(process).len().saturating_sub(1)
}

/// How many processes wanted to run during the last minute.
pub fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// The processor's name, if the kernel knows it.
pub fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        text.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    name.unwrap_or("unknown").to_owned()
}

fn ticks(fields: &[String]) -> f64 {
    let field =
        |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    field(USER_TIME) + field(SYSTEM_TIME)
}

fn proportional_kib(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// The fields of `/proc/ID/stat` after the name, of the process and its descendants.
fn family(process: u32) -> Vec<(u32, Vec<String>)> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut all: HashMap<u32, Vec<String>> = HashMap::new();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for id in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        let Ok(text) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let Some((_, tail)) = text.rsplit_once(')') else { continue };
        let fields: Vec<String> = tail.split_whitespace().map(str::to_owned).collect();
        if let Some(parent) = fields.get(PARENT).and_then(|text| text.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
        all.insert(id, fields);
    }
    let mut found = Vec::new();
    let mut waiting = vec![process];
    while let Some(id) = waiting.pop() {
        found.extend(all.remove(&id).map(|fields| (id, fields)));
        waiting.extend(children.remove(&id).unwrap_or_default());
    }
    found
}

/// What Linux counts in on every platform it shows to programs.
const TICKS_PER_SECOND: f64 = 100.0;
/// Fields of `/proc/ID/stat`, counted from the state.
const PARENT: usize = 1;
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;

#[cfg(test)]
mod tests {
    use super::{cpu_seconds, resident_kib};

    #[test]
    fn this_very_process_uses_memory_and_time() {
        assert!(resident_kib(std::process::id()) > 0);
        assert!(cpu_seconds(std::process::id()) >= 0.0);
    }
}
