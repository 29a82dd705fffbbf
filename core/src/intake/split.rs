//! Several matters in one text.

use super::{Intake, IntakeData, Reading};
use crate::bundle::BundleError;
use crate::complaint::Span;
use std::ops::Range;

/// One matter of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterRange {
    /// In bytes of the normal form.
    pub normal: Range<usize>,
    /// In bytes of the source.
    pub span: Span,
}

#[derive(Debug)]
pub(super) struct Scorer {}

impl Scorer {
    pub(super) fn new(_data: &IntakeData) -> Result<Self, BundleError> {
        Ok(Scorer {})
    }
}

impl Intake {
    /// The matters of a text, in order; one when it is not split. `topics` gives the domain probabilities of a byte range of the
    /// normal form (it is asked about a few ranges only).
    pub fn split(&self, reading: &Reading<'_>, _topics: &dyn Fn(Range<usize>) -> Vec<f64>) -> Vec<MatterRange> {
        let n = reading.text().len();
        vec![MatterRange { normal: 0..n, span: reading.prepared.source_span(0, n) }]
    }
}
