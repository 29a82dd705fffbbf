//! The log as files: segments of 64 MB, each named by its first event.

use super::error::{At, StoreError};
use super::frame::{self, Position};
use super::marker::{Mark, Marker};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"JIESULOG";
/// Changes when frames, events or fingerprints are laid out in another way.
const FORMAT: u32 = 1;
/// Bytes before the first frame.
pub(super) const START: usize = 12;
/// A segment that is longer is followed by another.
const SEGMENT: u64 = 64 << 20;

/// One file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    /// Number of its first event.
    pub(super) first: u64,
}

impl Segment {
    pub(super) fn new(dir: &Path, first: u64) -> Self {
        Segment { path: dir.join(format!("events-{first:016}.log")), first }
    }

    /// The segments of a folder in order.
    pub(super) fn list(dir: &Path) -> Result<Vec<Segment>, StoreError> {
        let mut out = Vec::new();
        for entry in std::fs::read_dir(dir).at(dir)? {
            let name = entry.at(dir)?.file_name();
            let number = name.to_str().and_then(|n| n.strip_prefix("events-")?.strip_suffix(".log"));
            out.extend(number.and_then(|n| n.parse().ok()).map(|first| Segment::new(dir, first)));
        }
        out.sort_by_key(|s| s.first);
        Ok(out)
    }

    /// All its bytes; the head is checked.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, StoreError> {
        let bytes = std::fs::read(&self.path).at(&self.path)?;
        self.check(&bytes)?;
        Ok(bytes)
    }

    fn check(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let format = bytes.get(8..START).and_then(|b| Some(u32::from_le_bytes(b.try_into().ok()?)));
        match format {
            Some(found) if bytes.starts_with(MAGIC) => match found {
                FORMAT => Ok(()),
                _ => Err(StoreError::Version { path: self.path.clone(), found, expected: FORMAT }),
            },
            _ => Err(StoreError::damaged(&self.path, 0, "not the head of a log")),
        }
    }

    /// Where its first event stands; `None` when it holds no whole one.
    pub(super) fn position(&self) -> Result<Option<Position>, StoreError> {
        let mut head = Vec::with_capacity(4096);
        File::open(&self.path).at(&self.path)?.take(1 << 16).read_to_end(&mut head).at(&self.path)?;
        self.check(&head)?;
        // An event of more than 64 KB can only be a large split.
        let frame = frame::read(&head, START).map(|f| f.position);
        Ok(frame.or(frame::read(&self.bytes()?, START).map(|f| f.position)))
    }

    pub(super) fn length(&self) -> Result<u64, StoreError> {
        Ok(std::fs::metadata(&self.path).at(&self.path)?.len())
    }

    pub(super) fn head() -> Vec<u8> {
        [MAGIC.as_slice(), &FORMAT.to_le_bytes()].concat()
    }
}

/// Makes what happened to names in a folder durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    // Only Unix lets a folder be opened; elsewhere renames are durable by themselves.
    if cfg!(unix) { File::open(dir).and_then(|d| d.sync_all()).at(dir) } else { Ok(()) }
}

/// The end of the log, where events are added.
#[derive(Debug)]
pub(super) struct Tail {
    dir: PathBuf,
    segment: Segment,
    file: File,
    mark: Mark,
    marker: Marker,
}

impl Tail {
    /// Continues a segment (a new one when there is none) after its first `length` bytes, where event `events` comes next.
    pub(super) fn open(dir: &Path, segment: Segment, length: u64, events: u64) -> Result<Self, StoreError> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&segment.path).at(&segment.path)?;
        let length = if length < START as u64 {
            file.set_len(0).and_then(|()| file.write_all(&Segment::head())).at(&segment.path)?;
            START as u64
        } else {
            // What was written and never acknowledged goes.
            file.set_len(length).at(&segment.path)?;
            length
        };
        file.seek(SeekFrom::Start(length)).and_then(|_| file.sync_all()).at(&segment.path)?;
        let mark = Mark { events, segment: segment.first, length };
        let marker = Marker::start(dir, mark)?;
        sync_dir(dir)?;
        Ok(Tail { dir: dir.into(), segment, file, mark, marker })
    }

    pub(super) fn events(&self) -> u64 {
        self.mark.events
    }

    /// Adds whole frames and makes them durable. When that fails the log is as before and the same frames can be given again.
    pub(super) fn append(&mut self, frames: &[u8], events: u64) -> Result<(), StoreError> {
        if self.mark.length > SEGMENT {
            *self = Tail::open(&self.dir, Segment::new(&self.dir, self.mark.events), 0, self.mark.events)?;
        }
        let written = self.file.write_all(frames).and_then(|()| self.file.sync_data());
        if let Err(e) = written {
            let back = self.file.set_len(self.mark.length).and_then(|()| self.file.seek(SeekFrom::Start(self.mark.length)));
            return Err(back.err().unwrap_or(e)).at(&self.segment.path);
        }
        self.mark = Mark { events: self.mark.events + events, length: self.mark.length + frames.len() as u64, ..self.mark };
        self.marker.write(self.mark)
    }
}
