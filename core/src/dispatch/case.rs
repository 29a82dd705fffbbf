//! What dispatch needs to know of a request, as plain data from the rooms beside it.

use super::{Border, HistoryAnswer};
use crate::complaint::{AreaAnswer, Collective, Entity, Evidence, Problem, RequestType, Time, Topic};
use crate::text::Prepared;
use std::ops::Range;

/// A unit and its probability from a learned model.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitScore<'a> {
    /// Short or official name.
    pub unit: &'a str,
    /// Probability.
    pub p: f64,
    /// Words that carried it (spans of the source text).
    pub evidence: Vec<Evidence>,
}

/// One request, or one matter of it.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The text.
    pub prepared: &'a Prepared,
    /// Byte range of the normal form that speaks of this matter; the whole text when `None`.
    pub range: Option<Range<usize>>,
    /// Request type.
    pub kind: RequestType,
    /// A report of an illegal act.
    pub report: bool,
    /// 0 ordinary, 1 the same day, 2 life or public safety.
    pub urgency: u8,
    /// A dispute of several people.
    pub collective: &'a Collective,
    /// Ranked domains with probabilities.
    pub topics: &'a [Topic],
    /// Monthly problem.
    pub problem: Option<&'a Problem>,
    /// Candidate areas, best first.
    pub areas: &'a [AreaAnswer],
    /// The border on which it lies.
    pub border: Option<&'a Border>,
    /// Things named in the text (amounts, road names, …).
    pub entities: &'a [Entity],
    /// Units from the learned model, in any order; empty when there is none.
    pub units: &'a [UnitScore<'a>],
    /// Learned probabilities of street, department, enterprise, answer; `None` when there is no model.
    pub levels: Option<[f64; 4]>,
    /// What an open history index says.
    pub history: Option<&'a HistoryAnswer>,
    /// When it was received.
    pub received_at: Option<Time>,
    /// Channel it came by.
    pub channel: Option<&'a str>,
}

impl<'a> Case<'a> {
    /// A case of which only text and type are known; the other facts are set by struct update.
    pub fn of(prepared: &'a Prepared, kind: RequestType, collective: &'a Collective) -> Self {
        Case {
            prepared,
            range: None,
            kind,
            report: false,
            urgency: 0,
            collective,
            topics: &[],
            problem: None,
            areas: &[],
            border: None,
            entities: &[],
            units: &[],
            levels: None,
            history: None,
            received_at: None,
            channel: None,
        }
    }

    /// The part of the normal form that speaks of this matter.
    pub fn text(&self) -> &'a str {
        let whole = self.prepared.text();
        self.range.clone().and_then(|r| whole.get(r)).unwrap_or(whole)
    }
}
