//! Everything that ever happens to an index, as events: the log of them is the index.

use super::IncidentError;
use super::signature::Signature;
use crate::complaint::Relation;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The id of an incident: never reused, never renamed. An incident that was merged into another still resolves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub(crate) u32);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inc-{:08}", self.0)
    }
}

impl FromStr for IncidentId {
    type Err = IncidentError;

    fn from_str(s: &str) -> Result<Self, IncidentError> {
        let number = s.strip_prefix("inc-").and_then(|n| n.parse().ok());
        number.map(IncidentId).ok_or_else(|| IncidentError::UnknownIncident { id: s.to_string() })
    }
}

/// One event. Applying the same events in the same order gives the same index, bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    /// A record came and was placed.
    Insert {
        id: Box<str>,
        signature: Box<Signature>,
        incident: IncidentId,
        relation: Relation,
        p: f32,
        /// Incidents this record showed to be one with its own.
        merged: Vec<IncidentId>,
    },
    /// Two incidents are one.
    Merge { from: IncidentId, into: IncidentId },
    /// Records belong to an incident (a new one when its number is the next).
    Move { records: Vec<u32>, into: IncidentId, apart_from: Option<IncidentId> },
    /// Closed with a status, or open again.
    Status { incident: IncidentId, status: Option<Box<str>> },
    /// An earlier event (by its number) is taken back.
    Undo { event: u64 },
    /// Records received before this instant leave the window.
    Evict { before: i64 },
    /// A repair found events missing here; the history goes on with these numbers.
    Lost { events: u64, records: u32, incident: u32 },
}

#[cfg(feature = "store")]
impl Event {
    /// First byte of a stored [`Event::Insert`] and [`Event::Lost`].
    pub(crate) const INSERT: u8 = 0;
    pub(crate) const LOST: u8 = 6;
}
