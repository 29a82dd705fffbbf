//! Disputes of several people.

use super::{Intake, Reading};
use crate::complaint::Collective;

impl Intake {
    /// Whether several people share the matter, and how many when the text says.
    pub fn collective(&self, _reading: &Reading<'_>) -> Collective {
        Collective { flag: false, people: None }
    }
}
