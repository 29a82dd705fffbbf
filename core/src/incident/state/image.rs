//! A state without its fingerprints, which lie in the log: what a snapshot keeps.

use super::{Incident, Inverse, NOWHERE, Record, State};
use crate::incident::candidates::Gathered;
use crate::incident::event::IncidentId;
use crate::incident::signature::Signature;
use crate::incident::store::Position;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything of a [`State`] that its live records' insert events do not tell. About 8 bytes a live record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) events: u64,
    /// Number of the first live record.
    pub(crate) oldest: u32,
    /// When that one arrived.
    arrived: i64,
    /// The incident of each live record.
    homes: Vec<IncidentId>,
    /// What incidents hold beside their members: records that left, status.
    notes: Vec<(IncidentId, u32, Option<Box<str>>)>,
    next_incident: u32,
    merged: Vec<(IncidentId, IncidentId)>,
    apart: Vec<(IncidentId, IncidentId)>,
    inverses: BTreeMap<u64, Inverse>,
    swept: u32,
    latest: Option<i64>,
}

impl Image {
    pub(crate) fn of(state: &State) -> Self {
        let plain = |i: &Incident| !i.members.is_empty() && i.evicted == 0 && i.closed.is_none();
        let mut notes: Vec<_> =
            state.incidents.iter().filter(|(_, i)| !plain(i)).map(|(id, i)| (id, i.evicted, i.closed.clone())).collect();
        notes.sort_unstable_by_key(|n| n.0);
        let mut merged: Vec<_> = state.merged.iter().map(|(&a, &b)| (a, b)).collect();
        merged.sort_unstable();
        let mut apart: Vec<_> = state.apart.iter().copied().collect();
        apart.sort_unstable();
        Image {
            events: state.events,
            oldest: state.oldest,
            arrived: state.records.front().map_or(super::UNKNOWN, |r| r.arrived),
            homes: state.records.iter().map(|r| r.incident).collect(),
            notes,
            next_incident: state.next_incident,
            merged,
            apart,
            inverses: state.inverses.clone(),
            swept: state.swept,
            latest: state.latest,
        }
    }
}

/// Builds a state from an image and the records that follow one another in the log.
#[derive(Debug)]
pub(crate) struct Restoring {
    image: Image,
    state: State,
    gathered: Vec<Gathered>,
}

impl Restoring {
    pub(crate) fn new(image: Image) -> Self {
        let state = State::for_records(image.oldest, image.homes.len());
        Restoring { image, state, gathered: Vec::new() }
    }

    /// Takes the next live record; false when it is not the next.
    pub(crate) fn record(&mut self, number: u32, id: Box<str>, signature: Signature, relation: crate::complaint::Relation, p: f32) -> bool {
        let Some(&incident) = self.image.homes.get(self.state.records.len()) else { return false };
        let expected = self.state.position().record;
        let arrived = match (self.state.records.back(), signature.time) {
            (None, _) => self.image.arrived,
            (_, Some(time)) => time,
            (Some(before), None) => before.arrived,
        };
        self.state.push(Record { id, signature, incident, relation, p, arrived });
        if incident != NOWHERE {
            self.state.incidents.get_or_make(incident).members.push(number);
        }
        number == expected
    }

    /// Takes what records are posted under, in the order of the records.
    pub(crate) fn gather(&mut self, gathered: Gathered) {
        self.gathered.push(gathered);
    }

    /// Takes the records up to `next` as lost.
    pub(crate) fn lost(&mut self, next: u32) {
        let next = next.min(self.image.oldest.saturating_add(self.image.homes.len() as u32));
        while self.state.position().record < next {
            let first = self.state.records.is_empty();
            self.state.push_lost();
            if let (true, Some(record)) = (first, self.state.records.back_mut()) {
                record.arrived = self.image.arrived;
            }
        }
    }

    /// The state; `None` when records are missing.
    pub(crate) fn finish(self) -> Option<State> {
        let Restoring { image, mut state, gathered } = self;
        if state.records.len() != image.homes.len() {
            return None;
        }
        state.postings.fill(&gathered, image.oldest);
        for (id, evicted, closed) in image.notes {
            let incident = state.incidents.get_or_make(id);
            incident.evicted = evicted;
            incident.closed = closed;
        }
        state.next_incident = image.next_incident;
        state.merged = image.merged.into_iter().collect();
        state.apart = image.apart.into_iter().collect();
        state.inverses = image.inverses;
        state.swept = image.swept;
        state.latest = image.latest;
        state.events = image.events;
        Some(state)
    }

    /// Where the log must have come to before [`Restoring::finish`].
    pub(crate) fn until(&self) -> u64 {
        self.image.events
    }

    /// The first record needed.
    pub(crate) fn oldest(&self) -> u32 {
        self.image.oldest
    }
}

impl State {
    /// Numbers of the next event, record and incident.
    pub(crate) fn position(&self) -> Position {
        Position { event: self.events, record: self.oldest + self.records.len() as u32, incident: self.next_incident }
    }
}
