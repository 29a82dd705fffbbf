//! The facade: opens a bundle and runs everything over one complaint or a batch.
//!
//! [`Engine`] is immutable and `Send + Sync`: share one behind an `Arc` between all threads.

mod summary;

use crate::Error;
use crate::bundle::Bundle;
use crate::complaint::{Analysis, Complaint, Matter, RequestType, TypeAnswer};
use crate::dispatch::{Case, Dispatcher};
use crate::geo::{Gazetteer, Hints};
use crate::intake::{Intake, Known};
use crate::text::{Prepared, Segmenter};
pub use summary::summary;

/// Everything a bundle knows, ready to answer.
#[derive(Debug)]
pub struct Engine {
    segmenter: Segmenter,
    gazetteer: Gazetteer,
    intake: Intake,
    dispatcher: Dispatcher,
}

impl Engine {
    /// From a bundle's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bundle(&Bundle::from_bytes(bytes)?)
    }

    /// From a bundle that is already open.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, Error> {
        let dictionary: String = bundle.get("dictionary")?;
        Ok(Engine {
            segmenter: Segmenter::new(&dictionary)?,
            gazetteer: Gazetteer::from_bundle(bundle)?,
            intake: Intake::from_bundle(bundle)?,
            dispatcher: Dispatcher::from_bundle(bundle)?.unwrap_or_default(),
        })
    }

    /// Analyses one complaint. Pure: the same complaint always gets the same answer. Spans are bytes of its text.
    pub fn analyze(&self, complaint: &Complaint) -> Analysis {
        let prepared = Prepared::new(&complaint.text, complaint.title_len, &self.segmenter);
        let address = complaint.address.as_ref().map(|a| Prepared::new(a, None, &self.segmenter));
        let hints = Hints { area: complaint.area.as_deref(), point: complaint.point, address: address.as_ref() };
        let place = self.gazetteer.resolve(&prepared, &hints);
        let reading = self.intake.read(&complaint.text, &prepared);
        let entities = self.intake.entities(&reading, complaint.received_at.map(|t| t.day()));
        let collective = self.intake.collective(&reading);
        let report = self.intake.report(&reading);
        let urgency = self.intake.urgency(&reading, None);
        let area_digits = place.area.as_ref().map_or(0, |a| a.code.len());
        let missing =
            self.intake.missing(&reading, Known { problem: None, domain: None, area_digits, entities: &entities, collective: &collective });
        // Until the learned tasks are in the bundle every request counts as a complaint of unknown topic.
        let kind = TypeAnswer { label: RequestType::Complaint, p: 0.0, report };
        let mut case = Case::of(&prepared, kind.label, &collective);
        case.report = report;
        case.urgency = urgency.level;
        case.areas = &place.areas;
        case.entities = &entities;
        case.received_at = complaint.received_at;
        case.channel = complaint.channel.as_deref();
        let dispatch = self.dispatcher.suggest(&case);
        Analysis {
            id: complaint.id.clone(),
            received_at: complaint.received_text.clone(),
            channel: complaint.channel.clone(),
            caller: complaint.caller.clone(),
            status: complaint.status.clone(),
            kind,
            urgency,
            topics: Vec::new(),
            problem: None,
            level: dispatch.level,
            matters: vec![Matter { start: 0, end: complaint.text.len(), topics: Vec::new(), problem: None, units: dispatch.units.clone() }],
            units: dispatch.units,
            limit: dispatch.limit,
            // No unit may go out by itself while no topic is known.
            abstain: true,
            area: place.area,
            areas: place.areas,
            pii: self.intake.pii(&reading),
            entities,
            missing,
            collective,
            incident: None,
        }
    }

    /// The canonical JSON of [`Engine::analyze`]: spans in code points, fixed field order, four decimals.
    pub fn analyze_json(&self, complaint: &Complaint) -> String {
        canonical_json(&complaint.text, self.analyze(complaint))
    }

    /// [`Engine::analyze_json`] over a batch, in order; over all cores with the feature `parallel`.
    pub fn analyze_json_batch(&self, complaints: &[Complaint]) -> Vec<String> {
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            complaints.par_iter().map(|c| self.analyze_json(c)).collect()
        }
        #[cfg(not(feature = "parallel"))]
        complaints.iter().map(|c| self.analyze_json(c)).collect()
    }
}

/// Canonical JSON of an analysis of `text`.
pub fn canonical_json(text: &str, mut analysis: Analysis) -> String {
    if !text.is_ascii() {
        let points = code_points(text);
        analysis.convert_spans(|byte| points.get(byte).copied().unwrap_or(text.chars().count() as u32) as usize);
    }
    // Serialising plain structs to a string cannot fail: all keys are strings and all numbers finite.
    serde_json::to_string(&analysis).unwrap_or_default()
}

/// For each byte offset (and the end) the number of code points before it.
fn code_points(text: &str) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len() + 1);
    for (n, c) in text.chars().enumerate() {
        out.extend(std::iter::repeat_n(n as u32, c.len_utf8()));
    }
    out.push(text.chars().count() as u32);
    out
}
