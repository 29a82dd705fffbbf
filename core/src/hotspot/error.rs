//! What can go wrong in hotspot detection.

use thiserror::Error;

/// Why a scan or a ranking could not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HotspotError {
    /// A parameter outside its range.
    #[error("{name} is {value}: it must be {range}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        range: &'static str,
    },
    /// A row of the area table that cannot be used.
    #[error("areas, line {line}: {reason}")]
    Area {
        /// Line number, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// A row of the table of topics that cannot be used.
    #[error("topics, line {line}: {reason}")]
    Topics {
        /// Line number, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// An event that cannot be used.
    #[error("{0}")]
    Event(String),
    /// A day that was closed already.
    #[error("day {day} is not after {last}, the last day that was closed")]
    Order {
        /// The day given.
        day: String,
        /// The last day.
        last: String,
    },
    /// A state that cannot be read or written.
    #[error(transparent)]
    State(#[from] crate::bundle::BundleError),
    /// A file could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl HotspotError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            HotspotError::Parameter { .. } => "hotspot.parameter",
            HotspotError::Area { .. } => "hotspot.area",
            HotspotError::Topics { .. } => "hotspot.topics",
            HotspotError::Event(_) => "hotspot.event",
            HotspotError::Order { .. } => "hotspot.order",
            HotspotError::State(e) => e.code(),
            HotspotError::Io(_) => "hotspot.io",
        }
    }
}
