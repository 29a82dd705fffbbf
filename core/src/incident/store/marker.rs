//! How far the log was acknowledged: what lets a cut log be told from one whose last write was not finished.

use super::error::{At, StoreError};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Everything before this point was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) events: u64,
    /// First event of the segment written last.
    pub(super) segment: u64,
    /// Bytes of that segment.
    pub(super) length: u64,
}

const SLOT: usize = 28;

/// The file `acknowledged`: two slots written in turn, so that a half-written one never hides the one before it.
#[derive(Debug)]
pub(super) struct Marker {
    path: PathBuf,
    file: File,
    turn: u64,
}

fn path(dir: &Path) -> PathBuf {
    dir.join("acknowledged")
}

fn slot(bytes: &[u8]) -> Option<Mark> {
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let sum = u32::from_le_bytes(bytes.get(24..SLOT)?.try_into().ok()?);
    let mark = Mark { events: number(0)?, segment: number(8)?, length: number(16)? };
    (crc32fast::hash(bytes.get(..24)?) == sum).then_some(mark)
}

impl Marker {
    /// The latest mark; `None` when there is no such file or nothing in it.
    pub(super) fn read(dir: &Path) -> Result<Option<Mark>, StoreError> {
        let path = path(dir);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).at(&path)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let slots = bytes.chunks(SLOT).filter_map(slot);
        slots.max_by_key(|m| m.events).map(Some).ok_or_else(|| StoreError::damaged(&path, 0, "no slot has its checksum"))
    }

    /// Opens the file to write marks, with `mark` in it for sure.
    pub(super) fn start(dir: &Path, mark: Mark) -> Result<Self, StoreError> {
        let path = path(dir);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).at(&path)?;
        let mut marker = Marker { path, file, turn: 0 };
        marker.write(mark)?;
        marker.write(mark)?;
        marker.file.sync_all().at(&marker.path)?;
        Ok(marker)
    }

    /// Writes a mark. It may reach the disk later than the log it speaks of, never earlier.
    pub(super) fn write(&mut self, mark: Mark) -> Result<(), StoreError> {
        let mut bytes = [0u8; SLOT];
        bytes[..8].copy_from_slice(&mark.events.to_le_bytes());
        bytes[8..16].copy_from_slice(&mark.segment.to_le_bytes());
        bytes[16..24].copy_from_slice(&mark.length.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..24]);
        bytes[24..].copy_from_slice(&sum.to_le_bytes());
        self.turn += 1;
        self.file.seek(SeekFrom::Start(self.turn % 2 * SLOT as u64)).at(&self.path)?;
        self.file.write_all(&bytes).at(&self.path)
    }
}
