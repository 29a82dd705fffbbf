//! Salvage of a damaged log: every event that is whole is kept, and where some are missing the log says so from then on.

use super::error::{At, StoreError};
use super::frame::{self, Frame, HEADER, Position};
use super::marker::{Mark, Marker};
use super::segment::{START, Segment, Tail, sync_dir};
use super::{load, lock, snapshot};
use crate::incident::event::Event;
use crate::incident::state::Image;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// What a repair did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repair {
    /// Events kept.
    pub kept: u64,
    /// Events lost, as far as their numbers tell.
    pub lost: u64,
    /// Records among the events lost.
    pub lost_records: u64,
    /// Bytes that made no event.
    pub bytes: u64,
    /// Segments written anew. The damaged ones lie in the folder `damaged`.
    pub rewritten: usize,
}

/// Salvages what a store holds: reads every segment, keeps each whole event, notes gaps in the log and makes a fresh snapshot.
///
/// Damaged files are kept in the folder `damaged` beside the new ones. A record whose insert was lost is unknown afterwards; numbers of
/// incidents go on behind any that may have been lost, so that no id is given twice. A sound store is left as it is, but for its snapshot.
/// Linear in the log; a repair that is broken off can be run again.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::Io`], [`StoreError::Version`] (nothing is written then).
pub fn repair(dir: &Path) -> Result<Repair, StoreError> {
    std::fs::metadata(dir).at(dir)?;
    let _lock = lock(dir)?;
    let mark = Marker::read(dir).unwrap_or_default();
    let mut salvage = Salvage { dir, report: Repair::default(), next: Position::default(), last: None };
    for segment in Segment::list(dir)? {
        salvage.segment(&segment)?;
    }
    let report = salvage.finish(mark)?;
    let snapshot = snapshot::path(dir);
    if snapshot.exists() {
        if snapshot::read(dir).is_err() {
            set_aside(dir, &snapshot)?;
        }
        std::fs::remove_file(&snapshot).at(&snapshot)?;
    }
    sync_dir(dir)?;
    let loaded = load::load(dir, true)?;
    snapshot::write(dir, &Image::of(&loaded.state))?;
    Ok(report)
}

struct Salvage<'a> {
    dir: &'a Path,
    report: Repair,
    /// What comes next in the log as salvaged.
    next: Position,
    /// The last segment kept and its length.
    last: Option<(Segment, u64)>,
}

impl Salvage<'_> {
    /// Salvages one segment.
    fn segment(&mut self, segment: &Segment) -> Result<(), StoreError> {
        let bytes = std::fs::read(&segment.path).at(&segment.path)?;
        let mut out = Segment::head();
        // Another format is no damage.
        let sound_head = match segment.bytes() {
            Err(e @ StoreError::Version { .. }) => return Err(e),
            head => head.is_ok(),
        };
        let mut from = if sound_head { START } else { 0 };
        let (mut first, mut skipped) = (None, 0);
        while let Some((at, frame)) = frame::find(&bytes, from) {
            let Some(after) = self.after(&frame) else {
                // Whole, but not of this history.
                skipped += 1;
                from = at + 1;
                continue;
            };
            skipped += at - from;
            first.get_or_insert(self.next.event);
            if frame.position != self.next {
                self.lost(&mut out, frame.position);
            }
            out.extend_from_slice(&bytes[at..frame.end]);
            self.report.kept += 1;
            self.next = after;
            from = frame.end;
        }
        skipped += bytes.len() - from;
        self.report.bytes += skipped as u64;
        let Some(first) = first else {
            // Nothing of it is left.
            set_aside(self.dir, &segment.path)?;
            return std::fs::remove_file(&segment.path).at(&segment.path);
        };
        let kept = Segment::new(self.dir, first);
        self.last = Some((kept.clone(), out.len() as u64));
        if kept == *segment && out == bytes {
            return Ok(());
        }
        self.report.rewritten += 1;
        set_aside(self.dir, &segment.path)?;
        replace(self.dir, &kept.path, &out)?;
        if kept != *segment {
            std::fs::remove_file(&segment.path).at(&segment.path)?;
        }
        Ok(())
    }

    /// Where the history stands after a frame; `None` when the frame cannot be of it.
    fn after(&self, frame: &Frame<'_>) -> Option<Position> {
        let at = frame.position;
        if at.event < self.next.event || at.record < self.next.record || at.incident < self.next.incident {
            return None;
        }
        let mut after = Position { event: at.event + 1, ..at };
        match frame.event()? {
            Event::Insert { incident, .. } => {
                after.record += 1;
                after.incident = after.incident.max(incident.0.saturating_add(1));
            }
            Event::Move { into, .. } => after.incident = after.incident.max(into.0.saturating_add(1)),
            Event::Lost { events, records, incident } => after = Position { event: events, record: records, incident },
            _ => {}
        }
        Some(after)
    }

    /// Notes in the log that it goes on at `to`.
    fn lost(&mut self, out: &mut Vec<u8>, to: Position) {
        let event = Event::Lost { events: to.event, records: to.record, incident: to.incident };
        frame::write(out, self.next, &event);
        self.report.lost += to.event - self.next.event;
        self.report.lost_records += u64::from(to.record - self.next.record);
        self.next = to;
    }

    /// Notes what is missing at the end, and marks everything kept as acknowledged.
    fn finish(mut self, mark: Option<Mark>) -> Result<Repair, StoreError> {
        let missing = match mark {
            Some(mark) => mark.events.saturating_sub(self.next.event),
            // Nothing tells what was acknowledged: as if every byte skipped had been.
            None => self.report.bytes.div_ceil(HEADER as u64),
        };
        if missing > 0 {
            let (segment, mut bytes) = match self.last.take() {
                Some((segment, _)) => (segment.clone(), std::fs::read(&segment.path).at(&segment.path)?),
                None => (Segment::new(self.dir, self.next.event), Segment::head()),
            };
            // Each of them may have begun an incident whose id somebody knows.
            let incident = self.next.incident.saturating_add(missing.min(u64::from(u32::MAX)) as u32).min(u32::MAX - 1);
            self.lost(&mut bytes, Position { event: self.next.event + missing, incident, ..self.next });
            replace(self.dir, &segment.path, &bytes)?;
            self.last = Some((segment, bytes.len() as u64));
        }
        let events = self.next.event;
        let (segment, length) = self.last.unwrap_or((Segment::new(self.dir, events), 0));
        Tail::open(self.dir, segment, length, events)?;
        Ok(self.report)
    }
}

/// Keeps a copy of a damaged file in the folder `damaged`.
fn set_aside(dir: &Path, path: &Path) -> Result<(), StoreError> {
    let folder = dir.join("damaged");
    std::fs::create_dir_all(&folder).at(&folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut to = folder.join(&*name);
    let mut n = 0;
    while to.exists() {
        n += 1;
        to = folder.join(format!("{name}.{n}"));
    }
    std::fs::copy(path, &to).at(&to)?;
    sync_dir(&folder)
}

/// Puts bytes in the place of a file; a crash leaves the one or the other.
fn replace(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let fresh = dir.join("segment.new");
    let written = File::create(&fresh).and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()));
    written.at(&fresh)?;
    std::fs::rename(&fresh, path).at(path)?;
    sync_dir(dir)
}
