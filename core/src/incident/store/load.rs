//! From files to a state: segments are read and checked on several threads and played in order on one.

use super::error::StoreError;
use super::frame::{self, Position};
use super::marker::{Mark, Marker};
use super::segment::{START, Segment};
use super::snapshot;
use crate::incident::candidates::Gathered;
use crate::incident::event::Event;
use crate::incident::state::{Restoring, State};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

/// A store as it was found.
pub(super) struct Loaded {
    pub(super) state: State,
    /// The segment to go on with, and how many of its bytes count.
    pub(super) tail: Option<(Segment, u64)>,
    /// Events of the snapshot.
    pub(super) snapshot: u64,
    pub(super) segments: usize,
    pub(super) bytes: u64,
}

/// Events of one segment.
struct Read {
    events: Vec<(Position, Event)>,
    /// What the records of the snapshot are posted under.
    gathered: Gathered,
    /// Bytes that count.
    end: usize,
}

/// A segment's event has a good checksum and a meaning of its own, and yet cannot follow what came before.
const OUT_OF_ORDER: &str = "an event is missing before it";

/// Reads a store. With `all` the snapshot is left out and every event is played.
pub(super) fn load(dir: &Path, all: bool) -> Result<Loaded, StoreError> {
    let mark = Marker::read(dir)?;
    let segments = Segment::list(dir)?;
    let Some(mark) = mark else {
        // A crash may come while the first files are made.
        return match segments.first() {
            Some(s) if segments.len() > 1 || s.length()? > START as u64 => {
                Err(StoreError::damaged(&s.path, 0, "a log without its file `acknowledged`"))
            }
            _ => Ok(Loaded { state: State::default(), tail: None, snapshot: 0, segments: 0, bytes: 0 }),
        };
    };
    if !segments.iter().any(|s| s.first == mark.segment) {
        return Err(StoreError::damaged(&Segment::new(dir, mark.segment).path, 0, "the segment is missing"));
    }
    let image = if all { None } else { snapshot::read(dir)? };
    let played = image.as_ref().map_or(0, |i| i.events);
    let needed = first_needed(&segments, image.as_ref().map(|i| i.oldest), played, mark)?;
    let mut player = Player { restoring: image.map(Restoring::new), state: State::default() };
    let filter = player.restoring.as_ref().map(|r| (r.until(), r.oldest()));
    let ends = read_all(&segments[needed..], mark, filter, |segment, read| {
        if let Some(restoring) = &mut player.restoring {
            restoring.gather(read.gathered);
        }
        read.events.into_iter().try_for_each(|(at, event)| player.play(segment, at, event)).map(|()| read.end)
    })?;
    let last = segments.last().cloned().zip(ends.last().map(|&e| e as u64));
    let state = player.finish(dir)?;
    if state.events() < mark.events {
        return Err(StoreError::damaged(&Segment::new(dir, mark.segment).path, mark.length as usize, "acknowledged events are missing"));
    }
    let mut bytes = 0;
    for s in &segments {
        bytes += s.length()?;
    }
    Ok(Loaded { state, tail: last, snapshot: played, segments: segments.len(), bytes })
}

/// The last segment that begins before every record and event needed.
fn first_needed(segments: &[Segment], oldest: Option<u32>, played: u64, mark: Mark) -> Result<usize, StoreError> {
    let Some(oldest) = oldest else { return Ok(0) };
    for (n, segment) in segments.iter().enumerate().rev() {
        if segment.first > played || segment.first > mark.segment {
            continue;
        }
        if segment.position()?.is_some_and(|p| p.record <= oldest) {
            return Ok(n);
        }
    }
    Ok(0)
}

/// Plays events onto a state.
struct Player {
    /// Until the snapshot's last event.
    restoring: Option<Restoring>,
    state: State,
}

impl Player {
    fn play(&mut self, segment: &Segment, at: Position, event: Event) -> Result<(), StoreError> {
        let disorder = || StoreError::damaged(&segment.path, START, OUT_OF_ORDER);
        if let Some(restoring) = &mut self.restoring {
            if at.event < restoring.until() {
                return match event {
                    Event::Insert { id, signature, relation, p, .. } => {
                        if restoring.record(at.record, id, *signature, relation, p) {
                            Ok(())
                        } else {
                            Err(disorder())
                        }
                    }
                    Event::Lost { records, .. } => {
                        restoring.lost(records);
                        Ok(())
                    }
                    _ => Ok(()),
                };
            }
            self.state = self.restored().ok_or_else(disorder)?;
        }
        if at != self.state.position() {
            return Err(disorder());
        }
        self.state.apply(event);
        Ok(())
    }

    fn restored(&mut self) -> Option<State> {
        self.restoring.take()?.finish()
    }

    fn finish(mut self, dir: &Path) -> Result<State, StoreError> {
        match self.restoring {
            Some(_) => self.restored().ok_or_else(|| StoreError::damaged(&snapshot::path(dir), 0, "the log lacks records it speaks of")),
            None => Ok(self.state),
        }
    }
}

/// Reads segments on as many threads as there are cores (at most four) and hands them to `each` in order.
fn read_all(
    segments: &[Segment],
    mark: Mark,
    filter: Option<(u64, u32)>,
    mut each: impl FnMut(&Segment, Read) -> Result<usize, StoreError>,
) -> Result<Vec<usize>, StoreError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| {
        let readers: Vec<Receiver<Result<Read, StoreError>>> = (0..threads)
            .map(|t| {
                let (send, receive) = sync_channel(1);
                scope.spawn(move || {
                    for (n, segment) in segments.iter().enumerate().skip(t).step_by(threads) {
                        let floor = if n + 1 < segments.len() { usize::MAX } else { floor(segment, mark) };
                        if send.send(read(segment, floor, filter)).is_err() {
                            return;
                        }
                    }
                });
                receive
            })
            .collect();
        let mut ends = Vec::with_capacity(segments.len());
        for (n, segment) in segments.iter().enumerate() {
            // A reader that is gone without an answer could not be started.
            let Ok(read) = readers[n % threads].recv() else {
                return Err(StoreError::damaged(&segment.path, 0, "it could not be read"));
            };
            ends.push(each(segment, read?)?);
        }
        Ok(ends)
    })
}

/// How many bytes of the last segment were acknowledged for sure.
fn floor(segment: &Segment, mark: Mark) -> usize {
    if segment.first == mark.segment { mark.length as usize } else { 0 }
}

/// The events of a segment. Bytes after `floor` that make no event were never acknowledged; before it they are damage.
fn read(segment: &Segment, floor: usize, filter: Option<(u64, u32)>) -> Result<Read, StoreError> {
    let bytes = match segment.bytes() {
        // A crash came between its making and its first use.
        Err(StoreError::Damaged { .. }) if floor == 0 => return Ok(Read { events: Vec::new(), gathered: Gathered::default(), end: 0 }),
        bytes => bytes?,
    };
    let floor = if floor == usize::MAX { bytes.len() } else { floor };
    let (mut events, mut gathered) = (Vec::new(), Gathered::default());
    let mut end = START;
    while end < bytes.len() {
        let Some(frame) = frame::read(&bytes, end) else { break };
        let needed = filter.is_none_or(|(until, oldest)| {
            frame.position.event >= until
                || frame.brings_records() && (frame.position.record >= oldest || frame.payload.first() == Some(&Event::LOST))
        });
        if needed {
            let event = frame.event().ok_or_else(|| StoreError::damaged(&segment.path, end, "an event has no meaning"))?;
            if let (Event::Insert { signature, .. }, true) = (&event, filter.is_some_and(|(until, _)| frame.position.event < until)) {
                gathered.add(frame.position.record, signature);
            }
            events.push((frame.position, event));
        }
        end = frame.end;
    }
    if end < floor {
        return Err(StoreError::damaged(&segment.path, end, "an event is cut short or its checksum does not hold"));
    }
    Ok(Read { events, gathered, end })
}
