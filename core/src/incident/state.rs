//! The state of an index, and the only code that changes it: the application of events.

#[cfg(feature = "store")]
mod image;
mod records;
mod shards;

use super::candidates::Postings;
use super::event::{Event, IncidentId};
use super::signature::Signature;
use crate::complaint::Relation;
#[cfg(feature = "store")]
pub(crate) use image::{Image, Restoring};
use records::Records;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use shards::{Ids, Incidents};
use std::collections::BTreeMap;

/// The incident of a record that the log lost: none. No incident ever gets this number.
const NOWHERE: IncidentId = IncidentId(u32::MAX);
/// When a record arrived before any record had a time.
const UNKNOWN: i64 = i64::MIN;

/// A live record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: Box<str>,
    pub(crate) signature: Signature,
    pub(crate) incident: IncidentId,
    pub(crate) relation: Relation,
    pub(crate) p: f32,
    /// When it was received; without a time of its own, when the one before it was.
    pub(crate) arrived: i64,
}

/// An incident with live records.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Incident {
    /// Live records, ascending.
    pub(crate) members: Vec<u32>,
    /// Records that left the window.
    pub(crate) evicted: u32,
    /// Status given when it was closed.
    pub(crate) closed: Option<Box<str>>,
}

/// What takes an operation back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Inverse {
    /// Records with the incident they were moved out of and into.
    moves: Vec<(u32, IncidentId, IncidentId)>,
    /// The incident that was merged away.
    revived: Option<IncidentId>,
    /// Status before.
    status: Option<(IncidentId, Option<Box<str>>)>,
    /// Pair that was declared apart.
    apart: Option<(IncidentId, IncidentId)>,
}

fn hash_of(id: &str) -> u64 {
    super::hash::of_bytes(id.as_bytes())
}

/// Records, incidents and what people decided about them.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    records: Records,
    /// Number of the first live record.
    oldest: u32,
    ids: Ids,
    incidents: Incidents,
    next_incident: u32,
    /// Incidents that were merged into others.
    merged: FxHashMap<IncidentId, IncidentId>,
    /// Pairs (lower, higher) that a person declared different.
    apart: FxHashSet<(IncidentId, IncidentId)>,
    inverses: BTreeMap<u64, Inverse>,
    postings: Postings,
    swept: u32,
    latest: Option<i64>,
    events: u64,
}

impl PartialEq for State {
    /// The same knowledge; how the inverted index lies in memory does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.records == other.records
            && self.oldest == other.oldest
            && self.incidents == other.incidents
            && self.next_incident == other.next_incident
            && self.merged == other.merged
            && self.apart == other.apart
            && self.inverses == other.inverses
            && self.swept == other.swept
            && self.latest == other.latest
            && self.events == other.events
    }
}

impl State {
    /// Without records, with room for so many from a number on.
    #[cfg(feature = "store")]
    fn for_records(oldest: u32, records: usize) -> Self {
        // A quarter more: the first records after opening must not make every table grow.
        State { oldest, ids: Ids::with_capacity(records + records / 4), ..State::default() }
    }

    /// Before the first record of a stream that began then.
    pub(crate) fn since(first: i64) -> Self {
        State { latest: Some(first), ..State::default() }
    }

    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    pub(crate) fn latest(&self) -> Option<i64> {
        self.latest
    }

    pub(crate) fn live(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn oldest(&self) -> u32 {
        self.oldest
    }

    pub(crate) fn next_incident(&self) -> IncidentId {
        IncidentId(self.next_incident)
    }

    pub(crate) fn postings(&self) -> &Postings {
        &self.postings
    }

    pub(crate) fn record(&self, number: u32) -> Option<&Record> {
        self.records.get(number.checked_sub(self.oldest)? as usize)
    }

    pub(crate) fn number_of(&self, id: &str) -> Option<u32> {
        self.ids.find(id, &self.records, self.oldest)
    }

    pub(crate) fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(id)
    }

    pub(crate) fn incidents(&self) -> impl Iterator<Item = (IncidentId, &Incident)> {
        self.incidents.iter()
    }

    /// The incident an id stands for now.
    pub(crate) fn canonical(&self, mut id: IncidentId) -> Option<IncidentId> {
        if id.0 >= self.next_incident {
            return None;
        }
        while let Some(&into) = self.merged.get(&id) {
            id = into;
        }
        Some(id)
    }

    pub(crate) fn are_apart(&self, a: IncidentId, b: IncidentId) -> bool {
        !self.apart.is_empty() && self.apart.contains(&(a.min(b), a.max(b)))
    }

    pub(crate) fn can_undo(&self, event: u64) -> bool {
        self.inverses.contains_key(&event)
    }

    /// Where records of before `before` end, records being in order of arrival.
    pub(crate) fn stale(&self, before: i64) -> usize {
        self.records.iter().take_while(|r| r.arrived != UNKNOWN && r.arrived < before).count()
    }

    /// Applies one event. Events come from this crate's decisions or from a log whose checksums held; one that speaks of what is not
    /// there changes nothing but the count.
    pub(crate) fn apply(&mut self, event: Event) {
        let number = self.events;
        self.events += 1;
        match event {
            Event::Insert { id, signature, incident, relation, p, merged } => {
                let record = self.oldest + self.records.len() as u32;
                self.postings.add(record, &signature, self.oldest);
                let arrived = self.arrival(signature.time);
                self.latest = self.latest.max(signature.time);
                self.push(Record { id, signature: *signature, incident, relation, p, arrived });
                self.next_incident = self.next_incident.max(incident.0.saturating_add(1));
                self.incidents.get_or_make(incident).members.push(record);
                for from in merged {
                    self.merge(number, from, incident);
                }
            }
            Event::Merge { from, into } => self.merge(number, from, into),
            Event::Move { records, into, apart_from } => {
                self.next_incident = self.next_incident.max(into.0.saturating_add(1));
                let mut inverse = Inverse { moves: Vec::new(), revived: None, status: None, apart: None };
                for r in records {
                    if let Some(from) = self.shift(r, into) {
                        inverse.moves.push((r, from, into));
                    }
                }
                if let Some(other) = apart_from {
                    let pair = (into.min(other), into.max(other));
                    if self.apart.insert(pair) {
                        inverse.apart = Some(pair);
                    }
                }
                self.inverses.insert(number, inverse);
            }
            Event::Status { incident, status } => {
                if let Some(i) = self.incidents.get_mut(incident) {
                    let before = std::mem::replace(&mut i.closed, status);
                    let status = Some((incident, before));
                    self.inverses.insert(number, Inverse { moves: Vec::new(), revived: None, status, apart: None });
                }
            }
            Event::Undo { event } => self.undo(event),
            Event::Evict { before } => self.evict(before),
            Event::Lost { events, records, incident } => {
                self.events = self.events.max(events);
                self.next_incident = self.next_incident.max(incident);
                if self.records.is_empty() {
                    self.oldest = self.oldest.max(records);
                }
                while self.oldest + (self.records.len() as u32) < records {
                    self.push_lost();
                }
            }
        }
    }

    /// When a record of this time counts as received.
    fn arrival(&mut self, time: Option<i64>) -> i64 {
        if let (Some(first), None) = (time, self.latest) {
            // The first time ever seen: those before it came no later.
            self.records.iter_mut().for_each(|r| r.arrived = first);
        }
        time.unwrap_or_else(|| self.records.back().map_or(self.latest.unwrap_or(UNKNOWN), |r| r.arrived))
    }

    /// Adds a live record, to be found by its id.
    fn push(&mut self, record: Record) {
        let (number, hash) = (self.oldest + self.records.len() as u32, hash_of(&record.id));
        self.records.push_back(record);
        self.ids.insert(number, hash, &self.records, self.oldest);
    }

    /// Keeps the place of a record that the log lost.
    fn push_lost(&mut self) {
        let arrived = self.arrival(None);
        let signature = Signature::default();
        self.records.push_back(Record { id: Box::default(), signature, incident: NOWHERE, relation: Relation::New, p: 0.0, arrived });
    }

    fn record_mut(&mut self, number: u32) -> Option<&mut Record> {
        self.records.get_mut(number.checked_sub(self.oldest)? as usize)
    }

    /// Moves a live record; the incident it was in.
    fn shift(&mut self, record: u32, into: IncidentId) -> Option<IncidentId> {
        let slot = self.record_mut(record)?;
        if slot.incident == into || slot.incident == NOWHERE {
            return None;
        }
        let from = std::mem::replace(&mut slot.incident, into);
        if let Some(i) = self.incidents.get_mut(from) {
            i.members.retain(|&m| m != record);
        }
        let members = &mut self.incidents.get_or_make(into).members;
        let at = members.partition_point(|&m| m < record);
        members.insert(at, record);
        Some(from)
    }

    fn merge(&mut self, number: u64, from: IncidentId, into: IncidentId) {
        if from == into {
            return;
        }
        // All at once: one by one costs the square of their number.
        let moved = self.incidents.get_mut(from).map(|i| std::mem::take(&mut i.members)).unwrap_or_default();
        for &r in &moved {
            if let Some(record) = self.record_mut(r) {
                record.incident = into;
            }
        }
        if !moved.is_empty() {
            let members = &mut self.incidents.get_or_make(into).members;
            members.extend_from_slice(&moved);
            members.sort_unstable();
        }
        let moves = moved.into_iter().map(|r| (r, from, into)).collect();
        self.merged.insert(from, into);
        self.inverses.insert(number, Inverse { moves, revived: Some(from), status: None, apart: None });
    }

    fn undo(&mut self, event: u64) {
        let Some(inverse) = self.inverses.remove(&event) else { return };
        if let Some(revived) = inverse.revived
            && let Some(into) = self.merged.remove(&revived)
        {
            // A person took the merge back: it must not be made again by the next record.
            self.apart.insert((revived.min(into), revived.max(into)));
        }
        for (record, from, into) in inverse.moves {
            // What was moved again since stays where it is.
            if self.record(record).is_some_and(|r| r.incident == into) {
                let home = self.canonical(from).unwrap_or(from);
                self.shift(record, home);
            }
        }
        if let Some(pair) = inverse.apart {
            self.apart.remove(&pair);
        }
        if let Some((incident, before)) = inverse.status
            && let Some(i) = self.incidents.get_mut(incident)
        {
            i.closed = before;
        }
    }

    fn evict(&mut self, before: i64) {
        for _ in 0..self.stale(before) {
            let number = self.oldest;
            let Some(record) = self.records.pop_front() else { break };
            self.ids.remove(number, &record.id);
            self.oldest += 1;
            if let Some(i) = self.incidents.get_mut(record.incident) {
                i.members.retain(|&m| m != number);
                i.evicted += 1;
                if i.members.is_empty() {
                    self.incidents.remove(record.incident);
                }
            }
        }
        // Old operations cannot be taken back once their records are gone.
        if self.oldest - self.swept > 1024 && (self.oldest - self.swept) as usize > self.records.len() / 4 {
            self.swept = self.oldest;
            let oldest = self.oldest;
            self.postings.sweep();
            self.inverses.retain(|_, i| i.moves.is_empty() || i.moves.iter().any(|m| m.0 >= oldest));
        }
    }
}
