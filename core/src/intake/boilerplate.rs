//! What frames a matter: greetings, the operator's opening and request, quoted earlier orders.

use super::{Intake, Reading};
use crate::complaint::Span;

/// The matter itself and what was set apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Boilerplate {
    /// The matter, in bytes of the normal form.
    pub matter: std::ops::Range<usize>,
    /// The same in bytes of the source.
    pub span: Option<Span>,
    /// Numbers of earlier orders the text quotes, as written in the normal form.
    pub orders: Vec<String>,
}

impl Intake {
    /// Finds the matter inside its frame; the whole text when there is no frame.
    pub fn boilerplate(&self, reading: &Reading<'_>) -> Boilerplate {
        let matter = 0..reading.text().len();
        Boilerplate { span: Some(reading.prepared.source_span(matter.start, matter.end)), matter, orders: Vec::new() }
    }
}
