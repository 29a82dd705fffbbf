//! Events that happened in memory and are not in the log yet.

use super::frame::{self, Position};
use crate::incident::event::Event;

/// Events between two commits, as they will lie in the log.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(super) bytes: Vec<u8>,
    pub(super) events: u64,
}

impl Journal {
    /// Notes an event that is about to be applied. One that cannot be written is not counted, and the commit fails.
    pub(crate) fn note(&mut self, at: Position, event: &Event) {
        self.events += u64::from(frame::write(&mut self.bytes, at, event));
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.events = 0;
    }
}
