//! Reports of illegal acts (举报).

use super::{Intake, Reading, reading::Group};

impl Intake {
    /// Whether the text reports an illegal act (举报), to be set beside the type 投诉.
    pub fn report(&self, reading: &Reading<'_>) -> bool {
        !reading.of(Group::Report).is_empty()
    }
}
