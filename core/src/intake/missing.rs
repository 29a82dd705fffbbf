//! What the operator should ask next.

use super::{Intake, Reading};
use crate::complaint::{Collective, Entity, Missing};

/// What is already known of a request.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Code of the monthly problem.
    pub problem: Option<&'a str>,
    /// Code of the domain.
    pub domain: Option<&'a str>,
    /// Length of the resolved area's code: 0 none, 6 district, 9 street or township, 12 community.
    pub area_digits: usize,
    /// Entities of the text.
    pub entities: &'a [Entity],
    /// The collective answer.
    pub collective: &'a Collective,
}

impl Intake {
    /// At most four facts still missing, in the order to ask.
    pub fn missing(&self, _reading: &Reading<'_>, _known: Known<'_>) -> Vec<Missing> {
        Vec::new()
    }
}
