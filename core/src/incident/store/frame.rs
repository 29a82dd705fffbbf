//! One event as it lies in the log: a mark to find it by, its length and place in the history, a checksum over both and the payload.

use crate::incident::event::Event;

/// What comes next in a history: numbers of the next event, record and incident.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) event: u64,
    pub(crate) record: u32,
    pub(crate) incident: u32,
}

/// Bytes before the payload: mark 4, length 4, event 8, record 4, incident 4, checksum 4; little-endian.
pub(super) const HEADER: usize = 28;
const MARK: [u8; 4] = [0xe6, 0x8e, 0xa5, 0xf1];
/// No event is longer: a fingerprint has 1.5 KB, a split a few bytes for each record.
const MOST: usize = 1 << 28;

/// A whole event of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) position: Position,
    pub(super) payload: &'a [u8],
    /// Where the next one begins.
    pub(super) end: usize,
}

impl Frame<'_> {
    pub(super) fn event(&self) -> Option<Event> {
        postcard::from_bytes(self.payload).ok()
    }

    /// Whether the payload is an [`Event::Insert`] or [`Event::Lost`], which is all that a snapshot needs of the past.
    pub(super) fn brings_records(&self) -> bool {
        matches!(self.payload.first(), Some(&(Event::INSERT | Event::LOST)))
    }
}

/// Appends an event; false when it cannot be written, which no event of this crate is.
pub(crate) fn write(out: &mut Vec<u8>, at: Position, event: &Event) -> bool {
    let Ok(payload) = postcard::to_stdvec(event) else { return false };
    if payload.len() > MOST {
        return false;
    }
    let start = out.len();
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&at.event.to_le_bytes());
    out.extend_from_slice(&at.record.to_le_bytes());
    out.extend_from_slice(&at.incident.to_le_bytes());
    let sum = checksum(&out[start + 4..], &payload);
    out.extend_from_slice(&sum.to_le_bytes());
    out.extend_from_slice(&payload);
    true
}

fn checksum(header: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(payload);
    hasher.finalize()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The event that begins at `at`, when it is whole and its checksum holds.
pub(super) fn read(bytes: &[u8], at: usize) -> Option<Frame<'_>> {
    let header = bytes.get(at..at + HEADER)?;
    let length = word(header, 4)? as usize;
    let end = at + HEADER + length;
    let payload = bytes.get(at + HEADER..end)?;
    let event = u64::from_le_bytes(header.get(8..16)?.try_into().ok()?);
    let position = Position { event, record: word(header, 16)?, incident: word(header, 20)? };
    let sound = header.starts_with(&MARK) && checksum(&header[4..24], payload) == word(header, 24)?;
    sound.then_some(Frame { position, payload, end })
}

/// The first whole event at or after `from`.
pub(super) fn find(bytes: &[u8], from: usize) -> Option<(usize, Frame<'_>)> {
    let marks = bytes.get(from..)?.windows(4).enumerate().filter(|(_, w)| *w == MARK);
    marks.map(|(i, _)| from + i).find_map(|at| Some((at, read(bytes, at)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (Vec<u8>, Vec<usize>) {
        let (mut out, mut ends) = (Vec::new(), Vec::new());
        for event in 0..4 {
            assert!(write(&mut out, Position { event, record: 7, incident: 9 }, &Event::Evict { before: event as i64 }));
            ends.push(out.len());
        }
        (out, ends)
    }

    #[test]
    fn what_is_written_is_read() {
        let (bytes, ends) = log();
        let first = read(&bytes, 0).unwrap();
        assert_eq!((first.end, first.position), (ends[0], Position { event: 0, record: 7, incident: 9 }));
        assert_eq!(first.event(), Some(Event::Evict { before: 0 }));
        assert!(!first.brings_records() && read(&bytes, ends[3]).is_none());
    }

    #[test]
    fn every_flipped_bit_is_seen_and_the_next_event_found() {
        let (bytes, ends) = log();
        for bit in 0..ends[0] * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes, 0).is_none(), "bit {bit}");
            assert_eq!(find(&bytes, 0).map(|f| f.0), Some(ends[0]));
        }
        assert!((0..bytes.len()).all(|cut| find(&bytes[..cut], ends[2]).is_none() && read(&bytes[..cut], ends[2]).is_none()));
    }
}
