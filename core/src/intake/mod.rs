//! Intake (智能受理): urgency, collective disputes, entities, personal data, boilerplate, missing facts, several matters in one text.
//!
//! [`Intake::read`] makes one pass over a prepared text for all cue phrases; every question is then answered from that [`Reading`].
//! Tables (phrases, weights, facts, surnames) come from the bundle section `intake`, built from `models/intake/`.

mod boilerplate;
mod collective;
mod data;
mod entity;
mod missing;
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
use crate::complaint::Pii;
use crate::text::pii;
use reading::Cues;

/// The room: tables that do not change after they are read. `Send + Sync`.
#[derive(Debug)]
pub struct Intake {
    cues: Cues,
    facts: Vec<Fact>,
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
        Ok(Intake { cues: Cues::new(&data)?, urgency: urgency::Fusion::new(&data)?, split: split::Scorer::new(&data)?, facts: data.facts })
    }

    /// Personal data of a text, in order, without overlaps; spans are bytes of the source.
    pub fn pii(&self, reading: &Reading<'_>) -> Vec<Pii> {
        pii::find(reading.source, reading.prepared)
    }
}
