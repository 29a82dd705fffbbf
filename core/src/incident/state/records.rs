//! Live records in order of arrival, in parts: a million of them never move at once.

use super::Record;
use std::collections::VecDeque;

/// Records of a part.
const PART: usize = 1024;

/// A queue of records.
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    /// Each but the last held [`PART`] records when it was filled.
    parts: VecDeque<VecDeque<Record>>,
    /// Records that left the first part.
    gone: usize,
    length: usize,
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.iter().eq(other.iter())
    }
}

impl Records {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The part of a record and its place there.
    fn place(&self, at: usize) -> (usize, usize) {
        let (part, place) = ((at + self.gone) / PART, (at + self.gone) % PART);
        (part, if part == 0 { place - self.gone } else { place })
    }

    pub(super) fn get(&self, at: usize) -> Option<&Record> {
        let (part, place) = self.place(at);
        self.parts.get(part)?.get(place)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Record> {
        let (part, place) = self.place(at);
        self.parts.get_mut(part)?.get_mut(place)
    }

    pub(super) fn front(&self) -> Option<&Record> {
        self.get(0)
    }

    pub(super) fn back(&self) -> Option<&Record> {
        self.get(self.length.checked_sub(1)?)
    }

    pub(super) fn back_mut(&mut self) -> Option<&mut Record> {
        self.get_mut(self.length.checked_sub(1)?)
    }

    pub(super) fn push_back(&mut self, record: Record) {
        if (self.length + self.gone).is_multiple_of(PART) {
            self.parts.push_back(VecDeque::with_capacity(PART));
        }
        if let Some(last) = self.parts.back_mut() {
            last.push_back(record);
            self.length += 1;
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Record> {
        let record = self.parts.front_mut()?.pop_front()?;
        self.length -= 1;
        self.gone += 1;
        if self.gone == PART {
            self.parts.pop_front();
            self.gone = 0;
        }
        Some(record)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.parts.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.parts.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Relation;
    use crate::incident::IncidentId;

    fn record(n: i64) -> Record {
        Record { id: Box::default(), signature: Default::default(), incident: IncidentId(0), relation: Relation::New, p: 0.0, arrived: n }
    }

    #[test]
    fn a_queue_like_any_other() {
        let (mut records, mut plain) = (Records::default(), VecDeque::new());
        for n in 0..6_000i64 {
            records.push_back(record(n));
            plain.push_back(n);
            // Empty now and then, and across the borders of parts.
            let leave = if n % 2_048 == 2_047 { plain.len() } else { usize::from(n % 3 == 0) };
            for _ in 0..leave {
                assert_eq!(records.pop_front().map(|r| r.arrived), plain.pop_front());
            }
            assert_eq!((records.len(), records.is_empty()), (plain.len(), plain.is_empty()));
            assert_eq!(records.front().map(|r| r.arrived), plain.front().copied());
            assert_eq!(records.back().map(|r| r.arrived), plain.back().copied());
            let middle = plain.len() / 2;
            assert_eq!(records.get(middle).map(|r| r.arrived), plain.get(middle).copied());
            assert!(records.get(plain.len()).is_none());
        }
        assert!(records.pop_front().is_some() && records.iter().map(|r| r.arrived).eq(plain.into_iter().skip(1)));
    }
}
