//! The facade: opens a bundle and runs everything over one complaint or a batch.
//!
//! [`Engine`] is immutable and `Send + Sync`: share one behind an `Arc` between all threads.

mod summary;

use crate::Error;
use crate::bundle::Bundle;
use crate::complaint::{
    Analysis, Collective, Complaint, Level, Matter, RequestType, Role, Sources, TypeAnswer, UnitAnswer, Urgency, round4,
};
use crate::text::{Prepared, Segmenter};
pub use summary::summary;

/// Everything a bundle knows, ready to answer.
#[derive(Debug)]
pub struct Engine {
    segmenter: Segmenter,
}

impl Engine {
    /// From a bundle's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bundle(&Bundle::from_bytes(bytes)?)
    }

    /// From a bundle that is already open.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, Error> {
        let dictionary: String = bundle.get("dictionary")?;
        Ok(Engine { segmenter: Segmenter::new(&dictionary)? })
    }

    /// Analyses one complaint. Pure: the same complaint always gets the same answer. Spans are bytes of its text.
    pub fn analyze(&self, complaint: &Complaint) -> Analysis {
        let prepared = Prepared::new(&complaint.text, complaint.title_len, &self.segmenter);
        let _ = prepared.text();
        Analysis {
            id: complaint.id.clone(),
            received_at: complaint.received_text.clone(),
            channel: complaint.channel.clone(),
            caller: complaint.caller.clone(),
            status: complaint.status.clone(),
            kind: TypeAnswer { label: RequestType::Inquiry, p: round4(0.5), report: false },
            urgency: Urgency { level: 0, reasons: Vec::new() },
            collective: Collective { flag: false, people: None },
            topics: Vec::new(),
            problem: None,
            level: Level::Department,
            units: vec![UnitAnswer {
                unit: "其他".into(),
                role: Role::Lead,
                p: 0.0,
                local: None,
                sources: Sources::default(),
                reasons: Vec::new(),
            }],
            limit: None,
            abstain: true,
            area: None,
            areas: Vec::new(),
            entities: Vec::new(),
            pii: Vec::new(),
            missing: Vec::new(),
            matters: vec![Matter { start: 0, end: complaint.text.len(), topics: Vec::new(), problem: None, units: Vec::new() }],
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
