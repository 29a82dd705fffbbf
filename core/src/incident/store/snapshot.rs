//! The state as it was at some event, so that the history before it need not be played again.

use super::error::{At, StoreError};
use super::segment::sync_dir;
use crate::incident::state::Image;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"JIESUSNP";
const FORMAT: u32 = 1;

pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join("snapshot")
}

/// Writes a snapshot in the place of the one before; a crash leaves the one or the other.
pub(super) fn write(dir: &Path, image: &Image) -> Result<(), StoreError> {
    let (path, fresh) = (path(dir), dir.join("snapshot.new"));
    let body = postcard::to_stdvec(image).map_err(std::io::Error::other).at(&fresh)?;
    let mut file = File::create(&fresh).at(&fresh)?;
    let head = [MAGIC.as_slice(), &FORMAT.to_le_bytes(), &crc32fast::hash(&body).to_le_bytes()].concat();
    file.write_all(&head).and_then(|()| file.write_all(&body)).and_then(|()| file.sync_all()).at(&fresh)?;
    std::fs::rename(&fresh, &path).at(&path)?;
    sync_dir(dir)
}

/// The snapshot; `None` when none was ever written.
pub(super) fn read(dir: &Path) -> Result<Option<Image>, StoreError> {
    let path = path(dir);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).at(&path)?;
    let word = |at: usize| bytes.get(at..at + 4).and_then(|b| Some(u32::from_le_bytes(b.try_into().ok()?)));
    let (Some(found), Some(sum), Some(body)) = (word(8), word(12), bytes.get(16..)) else {
        return Err(StoreError::damaged(&path, 0, "cut short"));
    };
    if !bytes.starts_with(MAGIC) {
        return Err(StoreError::damaged(&path, 0, "not a snapshot"));
    }
    if found != FORMAT {
        return Err(StoreError::Version { path, found, expected: FORMAT });
    }
    let image = (crc32fast::hash(body) == sum).then(|| postcard::from_bytes(body).ok()).flatten();
    image.map(Some).ok_or_else(|| StoreError::damaged(&path, 16, "the checksum does not hold"))
}
