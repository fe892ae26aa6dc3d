//! The files of standard logs while they grow, and when they are written: whole, under a name that no other has.

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use frontgate_edge_rules::access_log::write_header;

/// All files that are not written yet.
#[derive(Default)]
pub struct LogFiles {
    open: Vec<OpenFile>,
    /// What the disk did not take; it is tried again.
    waiting: VecDeque<WholeFile>,
    next_number: u64,
    seed: u64,
}

/// Lines of one distribution, of one hour.
struct OpenFile {
    folder: PathBuf,
    /// The name up to the unique id.
    start: String,
    packed: GzEncoder<Vec<u8>>,
    lines: u64,
}

struct WholeFile {
    folder: PathBuf,
    name: String,
    content: Bytes,
    lines: u64,
}

/// What could not be written.
#[derive(Debug)]
pub struct Unwritten {
    /// Words for the operator, with the name of the file.
    pub why: String,
    /// Lines that were given up.
    pub lines_lost: u64,
}

impl LogFiles {
    /// No file yet; names are drawn from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Adds a line to the file of that folder and that beginning of its name; says whether the file has grown so large
    /// that it was closed and is to be written.
    pub fn add(&mut self, folder: &Path, start: &str, line: &[u8]) -> bool {
        let is_meant = |file: &&mut OpenFile| *file.folder == *folder && *file.start == *start;
        let file = match self.open.iter_mut().find(is_meant) {
            Some(file) => file,
            None => {
                self.open.push(OpenFile::new(folder, start));
                let last = self.open.len() - 1;
                &mut self.open[last]
            }
        };
        file.write(line);
        file.lines += 1;
        if file.packed.get_ref().len() < FILE_BYTES_MAX {
            return false;
        }
        let index = self.open.iter().position(|file| file.folder == folder && file.start == start);
        let file = index.map(|index| self.open.swap_remove(index));
        file.into_iter().for_each(|file| self.close(file));
        true
    }

    /// Whether there is anything to write.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.waiting.is_empty()
    }

    /// Closes all files and writes them; says what the disk did not take.
    pub fn write(&mut self) -> Option<Unwritten> {
        for file in std::mem::take(&mut self.open) {
            self.close(file);
        }
        self.write_closed()
    }

    /// Writes the files that are closed; says what the disk did not take.
    pub fn write_closed(&mut self) -> Option<Unwritten> {
        let mut why = None;
        for file in std::mem::take(&mut self.waiting) {
            if let Err(error) = frontgate_objects::store(&file.folder, &file.name, &file.content) {
                why.get_or_insert(error);
                self.waiting.push_back(file);
            }
        }
        let why = why?;
        Some(Unwritten { why, lines_lost: self.give_up_the_oldest() })
    }

    fn close(&mut self, file: OpenFile) {
        self.next_number += 1;
        let name = format!("{}{}.gz", file.start, unique_id(self.seed, self.next_number));
        // Writing to memory cannot fail.
        let Ok(content) = file.packed.finish() else { return };
        self.waiting.push_back(WholeFile {
            folder: file.folder,
            name,
            content: content.into(),
            lines: file.lines,
        });
    }

    fn give_up_the_oldest(&mut self) -> u64 {
        let mut lost = 0;
        while self.waiting.iter().map(|file| file.content.len()).sum::<usize>() > WAITING_BYTES_MAX {
            lost += self.waiting.pop_front().map_or(0, |file| file.lines);
        }
        lost
    }
}

impl OpenFile {
    fn new(folder: &Path, start: &str) -> Self {
        let packed = GzEncoder::new(Vec::new(), Compression::fast());
        let mut file = Self { folder: folder.to_owned(), start: start.to_owned(), packed, lines: 0 };
        let mut header = Vec::new();
        write_header(&mut header);
        file.write(&header);
        file
    }

    fn write(&mut self, text: &[u8]) {
        // Writing to memory cannot fail.
        self.packed.write_all(text).unwrap_or_default();
    }
}

/// Eight hexadecimal digits, which differ from those of the files before, here and in other processes.
fn unique_id(seed: u64, number: u64) -> String {
    format!("{:08x}", (seed ^ (seed >> 32)).wrapping_add(number.wrapping_mul(0x9e37_79b1)) & 0xffff_ffff)
}

/// Packed bytes of a file; CloudFront closes its files by size, too.
const FILE_BYTES_MAX: usize = 4 << 20;

/// Packed bytes that wait for a disk that takes none.
const WAITING_BYTES_MAX: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{LogFiles, unique_id};

    fn folder(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("frontgate-logs-{name}-{}", std::process::id()))
    }

    #[test]
    fn lines_come_into_files() {
        let folder = folder("files");
        let mut files = LogFiles::new(7);
        assert!(!files.add(&folder, "logs/E1.2026-01-01-00.", b"a\tb\n"));
        files.add(&folder, "logs/E1.2026-01-01-00.", b"c\td\n");
        files.add(&folder, "logs/E2.2026-01-01-00.", b"e\tf\n");
        assert!(files.write().is_none() && files.is_empty());
        let mut texts = Vec::new();
        for entry in std::fs::read_dir(folder.join("logs")).expect("made").flatten() {
            let name = entry.file_name().into_string().expect("UTF-8");
            assert!(name.starts_with('E') && name.ends_with(".gz"), "{name}");
            let mut text = String::new();
            let packed = std::fs::read(entry.path()).expect("readable");
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
            texts.push(text);
        }
        texts.sort();
        assert_eq!(texts.len(), 2);
        assert!(texts[0].starts_with("#Version: 1.0\n#Fields: date ") && texts[0].ends_with("a\tb\nc\td\n"));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn what_the_disk_does_not_take_waits() {
        let folder = folder("refused");
        std::fs::write(&folder, "no folder").expect("written");
        let mut files = LogFiles::new(7);
        files.add(&folder, "E1.2026-01-01-00.", b"a\n");
        let unwritten = files.write().expect("it cannot be written");
        assert!(unwritten.why.contains("frontgate-logs-refused") && unwritten.lines_lost == 0);
        std::fs::remove_file(&folder).expect("removed");
        assert!(files.write().is_none() && files.is_empty());
        assert_eq!(std::fs::read_dir(&folder).expect("made").count(), 1);
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_large_file_is_closed() {
        let folder = folder("large");
        let mut files = LogFiles::new(7);
        let mut random = 1u64;
        let mut line = || -> Vec<u8> {
            let number = || {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                random.to_be_bytes()
            };
            std::iter::repeat_with(number).take(8192).flatten().collect()
        };
        let lines = (1..).find(|_| files.add(&folder, "E1.2026-01-01-00.", &line())).expect("it is closed");
        assert!((60..80).contains(&lines), "{lines} lines of 64 KiB that cannot be compressed");
        assert!(files.write_closed().is_none() && files.is_empty());
        assert_eq!(std::fs::read_dir(&folder).expect("made").count(), 1);
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn names_differ() {
        let names: std::collections::HashSet<_> = (0..10_000).map(|number| unique_id(3, number)).collect();
        assert_eq!(names.len(), 10_000);
    }
}
