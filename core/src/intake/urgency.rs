//! How fast someone must act.

use super::{Intake, IntakeData, Reading};
use crate::bundle::BundleError;
use crate::complaint::Urgency;

#[derive(Debug)]
pub(super) struct Fusion {}

impl Fusion {
    pub(super) fn new(_data: &IntakeData) -> Result<Self, BundleError> {
        Ok(Fusion {})
    }
}

impl Intake {
    /// Urgency from the phrases of the text and, when given, the probabilities a learned classifier gives the levels 0, 1, 2.
    pub fn urgency(&self, _reading: &Reading<'_>, learned: Option<[f64; 3]>) -> Urgency {
        let level = learned.map_or(0, |p| (1..3).fold(0, |best, k| if p[k] > p[best] { k } else { best }));
        Urgency { level: level as u8, reasons: Vec::new() }
    }
}
