//! The incident index of a command: in memory, or durable in a folder.

use super::Failure;
use crate::incident::{IncidentIndex, IncidentStore};

pub(crate) enum Filing {
    Memory(Box<IncidentIndex>),
    Durable(Box<IncidentStore>),
}

impl Filing {
    pub(crate) fn index(&mut self) -> &mut IncidentIndex {
        match self {
            Filing::Memory(index) => index,
            Filing::Durable(store) => store.index_mut(),
        }
    }

    /// What was filed so far survives a crash, when the index is durable.
    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        if let Filing::Durable(store) = self {
            store.commit()?;
        }
        Ok(())
    }
}
