//! What else is known of a record beside its text.

use crate::complaint::{AreaAnswer, Complaint, Entity, Time, Topic};

/// Plain facts that make a fingerprint sharper. Every one is optional: without any, the text alone decides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// When the record was received. Records without a time count as received with the one before them.
    pub time: Option<Time>,
    /// Opaque token of the caller.
    pub caller: Option<&'a str>,
    /// Channel, only kept to say in reasons that two records came by different ones.
    pub channel: Option<&'a str>,
    /// Areas the text speaks of, best first (6 digits a district, 9 a street or township, 12 a community).
    pub areas: &'a [AreaAnswer],
    /// Things named in the text (plates, bus lines, estates, …).
    pub entities: &'a [Entity],
    /// Ranked topics.
    pub topics: &'a [Topic],
    /// State of the order as the platform gave it.
    pub status: Option<&'a str>,
    /// Static embedding of the text (any length up to 128, compared by cosine).
    pub embedding: Option<&'a [f32]>,
}

impl<'a> Facts<'a> {
    /// The facts a record itself carries.
    pub fn of(record: &'a Complaint) -> Self {
        Facts {
            time: record.received_at,
            caller: record.caller.as_deref(),
            channel: record.channel.as_deref(),
            status: record.status.as_deref(),
            ..Facts::default()
        }
    }
}
