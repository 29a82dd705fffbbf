//! What people decide about incidents. Each decision is an event with a number, and each can be taken back.

use super::event::Event;
use super::{IncidentError, IncidentId, IncidentIndex};

/// The number of an event, for [`IncidentIndex::undo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventNumber(pub u64);

impl IncidentIndex {
    /// Two incidents are one matter: `from` becomes part of `into`. Both ids resolve to the same incident from now on.
    pub fn confirm(&mut self, from: IncidentId, into: IncidentId) -> Result<EventNumber, IncidentError> {
        let (from, into) = (self.resolve(from)?, self.resolve(into)?);
        Ok(self.record_event(Event::Merge { from, into }))
    }

    /// This record is not of its incident: it becomes an incident of its own, and the two are not joined again by a later record.
    pub fn reject(&mut self, record: &str) -> Result<IncidentId, IncidentError> {
        self.split(&[record])
    }

    /// These records of one incident are another matter: they become an incident of their own. Nothing is lost by it.
    pub fn split(&mut self, records: &[&str]) -> Result<IncidentId, IncidentError> {
        let mut numbers = Vec::with_capacity(records.len());
        let mut old = None;
        for id in records {
            let unknown = || IncidentError::UnknownRecord { id: (*id).to_string() };
            let number = self.state.number_of(id).ok_or_else(unknown)?;
            old = Some(self.state.record(number).ok_or_else(unknown)?.incident);
            numbers.push(number);
        }
        let into = self.state.next_incident();
        self.record_event(Event::Move { records: numbers, into, apart_from: old });
        Ok(into)
    }

    /// Takes a decision back; false when there is no such event or it was taken back before.
    pub fn undo(&mut self, event: EventNumber) -> bool {
        let known = self.state.can_undo(event.0);
        if known {
            self.apply(Event::Undo { event: event.0 });
        }
        known
    }

    /// Closes an incident; every member has this status from now on.
    pub fn close(&mut self, incident: IncidentId, status: &str) -> Result<EventNumber, IncidentError> {
        let incident = self.resolve(incident)?;
        Ok(self.record_event(Event::Status { incident, status: Some(status.into()) }))
    }

    /// Opens a closed incident again.
    pub fn reopen(&mut self, incident: IncidentId) -> Result<EventNumber, IncidentError> {
        let incident = self.resolve(incident)?;
        Ok(self.record_event(Event::Status { incident, status: None }))
    }

    /// The status an incident was closed with; `None` while it is open.
    pub fn status(&self, incident: IncidentId) -> Result<Option<&str>, IncidentError> {
        let found = self.state.incident(self.resolve(incident)?);
        Ok(found.and_then(|i| i.closed.as_deref()))
    }

    /// Ids of the live records of an incident, in order of arrival.
    pub fn members(&self, incident: IncidentId) -> Result<Vec<&str>, IncidentError> {
        let found = self.state.incident(self.resolve(incident)?);
        let numbers = found.map(|i| i.members.as_slice()).unwrap_or_default();
        Ok(numbers.iter().filter_map(|&m| self.state.record(m)).map(|r| &*r.id).collect())
    }

    /// The number of the last event, for taking back a [`IncidentIndex::reject`] or [`IncidentIndex::split`] just made.
    pub fn last_event(&self) -> Option<EventNumber> {
        self.state.events().checked_sub(1).map(EventNumber)
    }

    fn record_event(&mut self, event: Event) -> EventNumber {
        let number = EventNumber(self.state.events());
        self.apply(event);
        number
    }
}
