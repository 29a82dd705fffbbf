//! Why a store could not be used.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the durable index could not be opened, written or repaired.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refused (a full disk, say). What was acknowledged before is safe, and the commit can be tried again.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody has the store open, in this process or another.
    #[error("{} is open already; one index at a time", path.display())]
    Locked {
        /// The store's folder.
        path: PathBuf,
    },
    /// Bytes that were acknowledged are missing or changed. Nothing was written; `jiesu index repair` salvages the rest.
    #[error("{} is damaged at byte {offset}: {reason}; `jiesu index repair` salvages the rest", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Written by a version of this library that lays out files in another way.
    #[error("{} has format {found}; this version reads {expected}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        expected: u32,
    },
    /// The index was replaced behind the store's back: its events are not those of the log.
    #[error("the index holds {index} events, the log {log}: it is not this store's index")]
    Detached {
        /// Events of the index.
        index: u64,
        /// Events of the log.
        log: u64,
    },
}

impl StoreError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Io { .. } => "incident.store_io",
            StoreError::Locked { .. } => "incident.store_locked",
            StoreError::Damaged { .. } => "incident.store_damaged",
            StoreError::Version { .. } => "incident.store_version",
            StoreError::Detached { .. } => "incident.store_detached",
        }
    }

    pub(super) fn damaged(path: &Path, offset: usize, reason: &'static str) -> Self {
        StoreError::Damaged { path: path.into(), offset: offset as u64, reason }
    }
}

/// Names the path in an error of the file system.
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { path: path.into(), source })
    }
}
