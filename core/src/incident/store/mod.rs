//! The durable index: a log of events beside an index in memory.
//!
//! ```text
//! DIR/events-N.log   segments of 64 MB, append-only: every event with its numbers, length and CRC-32
//! DIR/acknowledged   how far the log was acknowledged (tells a cut log from a last write that was not finished)
//! DIR/snapshot       the state at some event without fingerprints (8 bytes a record): older history need not be played again;
//!                    taken by a commit now and then and written on a thread of its own
//! DIR/lock           held while a process has the store open
//! ```
//! Playing the log gives the state bit for bit. It holds fingerprints, ids and statuses, no text. A segment whose records all left the
//! window is only needed by a repair or an audit; nothing is ever deleted.
//!
//! # Why no database
//! The history is append-only and the index must lie in memory anyway, so a B-tree adds cost and no answer. Measured with redb 4.6 on
//! the same events of 1.3 KB (one `commit` for 1,024): 36,000–47,000 events/s against 119,000/s for a plain log with `fdatasync`;
//! opening 820,000 events after a kill took 5.1 s before the first was read (its repair walks the whole file); of 40 files with one
//! flipped bit 22 gave wrong values without an error (it checks sums only in a repair), so that a checksum of our own would be needed
//! in any case; and a file cut short does not open at all, so nothing could be salvaged through it.

mod error;
mod frame;
mod journal;
mod load;
mod marker;
mod repair;
mod segment;
mod snapshot;

use super::index::{IncidentIndex, IndexSettings};
use super::model::IncidentModel;
use super::state::Image;
use error::At;
pub use error::StoreError;
pub(crate) use frame::Position;
pub(crate) use journal::Journal;
pub use repair::{Repair, repair};
use segment::{Segment, Tail};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Figures of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreStatistics {
    /// Events acknowledged.
    pub committed: u64,
    /// Events of the index that await a commit.
    pub pending: u64,
    /// Event of the last snapshot.
    pub snapshot: u64,
    /// Files of the log when it was opened.
    pub segments: usize,
    /// Their size then, in bytes.
    pub bytes: u64,
}

/// An incident index whose every change is logged.
///
/// Work on [`IncidentStore::index_mut`] and acknowledge with [`IncidentStore::commit`]: what was committed survives a crash at any moment.
/// Commit after each record or after many; the command line commits every [`IncidentStore::BATCH`] records.
///
/// ```no_run
/// use jiesu::incident::{IncidentStore, IndexSettings, Signer};
/// use jiesu::{Complaint, bundle::Bundle};
///
/// let signer = Signer::from_bundle(&Bundle::open("models/beijing.jiesu")?)?;
/// let mut store = IncidentStore::open("incidents".as_ref(), signer.model().clone(), IndexSettings::default())?;
/// let record = Complaint::builder("1").text("花家地西里三区旁边的搅拌站夜里生产").build()?;
/// let placement = store.index_mut().insert(&record.id, &signer.sign(&record));
/// store.commit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IncidentStore {
    dir: PathBuf,
    index: IncidentIndex,
    tail: Tail,
    statistics: StoreStatistics,
    /// A snapshot being written on another thread, and its event.
    writing: Option<(u64, JoinHandle<Result<(), StoreError>>)>,
    _lock: Lock,
}

/// A snapshot is due after this many events, or a quarter of the live records when that is more.
const SNAPSHOT_AFTER: u64 = 100_000;

impl IncidentStore {
    /// Records the command line files between two commits.
    pub const BATCH: usize = 1024;

    /// Opens the store in a folder, which is made when it is not there. One process at a time.
    ///
    /// Linear in the live records and the events since the last snapshot. The fingerprints keep the weights of the bundle that made
    /// them; a store may go on with a newer bundle.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Damaged`] (nothing is written then), [`StoreError::Version`], [`StoreError::Io`].
    pub fn open(dir: &Path, model: Arc<IncidentModel>, settings: IndexSettings) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).at(dir)?;
        let lock = lock(dir)?;
        let loaded = load::load(dir, false)?;
        let events = loaded.state.events();
        let (segment, length) = loaded.tail.unwrap_or((Segment::new(dir, 0), 0));
        let tail = Tail::open(dir, segment, length, events)?;
        let mut index = IncidentIndex::over(model, settings, loaded.state);
        index.journal = Some(Journal::default());
        let statistics =
            StoreStatistics { snapshot: loaded.snapshot, segments: loaded.segments, bytes: loaded.bytes, ..StoreStatistics::default() };
        Ok(IncidentStore { dir: dir.into(), index, tail, statistics, writing: None, _lock: lock })
    }

    /// The index.
    pub fn index(&self) -> &IncidentIndex {
        &self.index
    }

    /// The index, to be changed; changes are durable after the next [`IncidentStore::commit`].
    pub fn index_mut(&mut self) -> &mut IncidentIndex {
        &mut self.index
    }

    /// Writes all changes since the last commit and waits until they are on the disk: when it returns, they are acknowledged.
    /// One `fdatasync`, however many changes. Gives the number of events acknowledged so far.
    ///
    /// # Errors
    /// [`StoreError::Io`] (a full disk, say): nothing of this batch is acknowledged, the index keeps it and a later commit writes it.
    /// [`StoreError::Detached`] when another index was put in this one's place.
    pub fn commit(&mut self) -> Result<u64, StoreError> {
        let events = self.index.state.events();
        let journal = self.index.journal.take().unwrap_or_default();
        let log = self.tail.events() + journal.events;
        if log != events {
            return Err(StoreError::Detached { index: events, log });
        }
        let written = if journal.events > 0 { self.tail.append(&journal.bytes, journal.events) } else { Ok(()) };
        let journal = self.index.journal.insert(journal);
        if self.tail.events() == events {
            journal.clear();
        }
        written?;
        if self.writing.as_ref().is_some_and(|w| w.1.is_finished()) {
            // Only opening gets slower when one fails; the changes are acknowledged already.
            let _ = self.written();
        }
        let due = SNAPSHOT_AFTER.max(self.index.state.live() as u64 / 4);
        if self.writing.is_none() && events - self.statistics.snapshot >= due {
            let (dir, image) = (self.dir.clone(), Image::of(&self.index.state));
            let written = std::thread::Builder::new().spawn(move || snapshot::write(&dir, &image));
            self.writing = written.ok().map(|w| (events, w));
        }
        Ok(events)
    }

    /// Waits for the snapshot that another thread is writing.
    fn written(&mut self) -> Result<(), StoreError> {
        let Some((event, writing)) = self.writing.take() else { return Ok(()) };
        // A panic of that thread has been told already; the snapshot before is still there.
        writing.join().unwrap_or(Ok(()))?;
        self.statistics.snapshot = event;
        Ok(())
    }

    /// Writes a snapshot of what is acknowledged; otherwise one is written now and then beside commits, on another thread. Linear in the
    /// live records.
    pub fn snapshot(&mut self) -> Result<(), StoreError> {
        let _ = self.written();
        if self.tail.events() == self.index.state.events() {
            snapshot::write(&self.dir, &Image::of(&self.index.state))?;
            self.statistics.snapshot = self.tail.events();
        }
        Ok(())
    }

    /// Figures of the log.
    pub fn statistics(&self) -> StoreStatistics {
        let committed = self.tail.events();
        StoreStatistics { committed, pending: self.index.state.events().saturating_sub(committed), ..self.statistics }
    }
}

impl Drop for IncidentStore {
    /// The folder is let go of when nothing writes there any more.
    fn drop(&mut self) {
        let _ = self.written();
    }
}

/// Holds a folder for this process; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough while a child process that is just being started holds a copy.
        let _ = self.0.unlock();
    }
}

fn lock(dir: &Path) -> Result<Lock, StoreError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: dir.into() }),
        Err(TryLockError::Error(e)) => Err(e).at(&path),
    }
}
