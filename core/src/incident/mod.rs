//! Duplicate merging (重复诉求合并): fingerprints, a learned pair score, and incidents with stable ids.
//!
//! ```text
//! Prepared + Facts ──sign──▶ Signature ──candidates──▶ pair scores ──▶ incident as a whole ──▶ Placement
//! ```
//! A record joins an incident when it fits the incident as a whole; one report that resembles two matters cannot tie them. *Same
//! person* (重复诉求) and *same matter* (多人同诉) are told apart; *related* records are shown and never merged.

mod among;
mod candidates;
mod compare;
mod event;
mod facts;
mod forest;
mod hash;
mod index;
mod keys;
mod model;
mod operations;
mod order;
mod probe;
mod rarity;
mod reader;
mod reading;
mod reasons;
mod said;
mod signature;
mod sound;
mod state;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "train")]
mod boost;
#[cfg(feature = "train")]
mod train;

pub use compare::FEATURES;
pub use event::IncidentId;
pub use facts::Facts;
pub use index::{IncidentIndex, IndexSettings, IndexStatistics, Placement};
pub use model::{IncidentModel, PairRelation, PairScore, SECTION};
pub use operations::EventNumber;
pub use order::arrival_order;
pub use reader::Signer;
pub use signature::Signature;
#[cfg(feature = "store")]
pub use store::{IncidentStore, Repair, StoreError, StoreStatistics, repair};
#[cfg(feature = "train")]
pub use train::build;

use crate::bundle::BundleError;
use thiserror::Error;

/// Why an operation on incidents failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IncidentError {
    /// The bundle has no usable section `incident`.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No incident was ever given this id.
    #[error("no incident `{id}`")]
    UnknownIncident {
        /// The id asked for.
        id: String,
    },
    /// No live record has this id.
    #[error("no live record `{id}`")]
    UnknownRecord {
        /// The id asked for.
        id: String,
    },
    /// The event cannot be taken back (it is no operation, or its records left the window).
    #[error("event {event} cannot be undone")]
    NotUndoable {
        /// Its number.
        event: u64,
    },
    /// The durable index could not be opened or written.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Training data could not be used.
    #[error("cannot learn merging: {0}")]
    Training(String),
}

impl IncidentError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            IncidentError::Bundle(e) => e.code(),
            IncidentError::UnknownIncident { .. } => "incident.unknown_incident",
            IncidentError::UnknownRecord { .. } => "incident.unknown_record",
            IncidentError::NotUndoable { .. } => "incident.not_undoable",
            #[cfg(feature = "store")]
            IncidentError::Store(e) => e.code(),
            IncidentError::Training(_) => "incident.training",
        }
    }
}
