//! Intake (智能受理): urgency, collective disputes, entities, personal data, boilerplate, missing facts, several matters in one text.
//!
//! [`Intake::read`] makes one pass over a prepared text for all cue phrases; every question is then answered from that [`Reading`].
//! Tables (phrases, weights, facts, surnames) come from the bundle section `intake`, built from `models/intake/`.

mod boilerplate;
mod collective;
mod data;
mod entity;
mod missing;
mod numeral;
mod reading;
mod report;
mod split;
mod urgency;

pub use boilerplate::Boilerplate;
pub use data::{Fact, IntakeData, Phrase, SECTION, Weight};
pub use missing::Known;
pub use reading::Reading;
pub use split::{CUE_FEATURES, Candidate, MatterRange, TOPIC_FEATURES};

use crate::bundle::{Bundle, BundleError};
use crate::complaint::{Pii, Span};
use crate::text::pii;
use reading::Cues;
use std::path::Path;
pub use urgency::URGENCY_FEATURES;

/// The room: tables that do not change after they are read. `Send + Sync`.
#[derive(Debug)]
pub struct Intake {
    cues: Cues,
    facts: Vec<Fact>,
    surnames: Vec<String>,
    urgency: urgency::Fusion,
    split: split::Scorer,
}

impl Intake {
    /// Reads the section `intake`.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, BundleError> {
        Self::new(bundle.get::<IntakeData>(SECTION)?)
    }

    /// From tables, after checking them.
    pub fn new(data: IntakeData) -> Result<Self, BundleError> {
        data.check()?;
        missing::check(&data.facts)?;
        Ok(Intake {
            cues: Cues::new(&data)?,
            urgency: urgency::Fusion::new(&data)?,
            split: split::Scorer::new(&data)?,
            facts: data.facts,
            surnames: data.surnames,
        })
    }

    /// Personal data of a text, in order, without overlaps; spans are bytes of the source.
    pub fn pii(&self, reading: &Reading<'_>) -> Vec<Pii> {
        reading.pii.clone()
    }

    /// Names before a form of address (王先生, 李建国女士): the surname and up to two characters of a given name, in bytes of the source.
    pub fn names(&self, reading: &Reading<'_>) -> Vec<Span> {
        let text = reading.text();
        let mut out: Vec<Span> = Vec::new();
        for title in ["先生", "女士", "小姐", "师傅", "大爷", "大妈", "阿姨", "大姐"] {
            for (at, _) in text.match_indices(title) {
                let head = text.get(..at).unwrap_or_default();
                // The longest reading wins: 李建国, else 国.
                let name = (1..=4).rev().find_map(|n| {
                    let from = head.char_indices().rev().nth(n - 1)?.0;
                    let name = head.get(from..)?;
                    let given = self.surnames.iter().filter_map(|s| name.strip_prefix(s.as_str())).map(|g| g.chars().count()).min()?;
                    // A given name is not told from the words before it: after a mark or blank only.
                    let apart = head.get(..from)?.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
                    (given == 0 || given <= 2 && apart).then_some(from)
                });
                if let Some(from) = name {
                    out.push(reading.prepared.source_span(from, at));
                }
            }
        }
        out.sort_unstable();
        out
    }

    /// The text with personal data replaced by marks, the same number by the same mark; with `names` also names before a form of address.
    pub fn mask(&self, reading: &Reading<'_>, names: bool) -> String {
        let names = if names { self.names(reading) } else { Vec::new() };
        pii::mask(reading.source, &self.pii(reading), &names)
    }
}

/// Builds the section `intake` from the files of `models/intake` under `models`.
pub fn build(models: &Path, bundle: &mut Bundle) -> Result<(), BundleError> {
    let data = IntakeData::read(models.join("intake"))?;
    Intake::new(data.clone())?;
    bundle.insert(SECTION, &data, "own work (Apache-2.0); weights fitted on hand labels and written requests")
}

#[cfg(test)]
mod tests;
