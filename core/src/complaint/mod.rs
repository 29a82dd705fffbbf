//! Floor 0: the record a hotline files, the answer the engine gives, and how records are read.

mod answer;
mod datum;
mod read;
mod record;
mod time;

pub use answer::*;
pub use datum::{gcj02_to_wgs84, wgs84_to_gcj02};
pub use read::{Encoding, Fields, Format, MAX_RECORD, Mapping, Rejected, Row, RowReader};
pub use record::{Complaint, ComplaintBuilder};
pub use time::{Day, Time};

use thiserror::Error;

/// Why a record is not valid or could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComplaintError {
    /// Neither `text` nor `title`/`detail` is there.
    #[error("record `{id}` has no text: give `text`, or `title` and `detail`")]
    NoText {
        /// The record's id.
        id: String,
    },
    /// A time that is not a date or date and time.
    #[error("`{value}` is not a time: use YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, with or without a zone")]
    Time {
        /// What was given.
        value: String,
    },
    /// Coordinates outside the globe.
    #[error("lon {lon}, lat {lat} is not a place on earth")]
    Point {
        /// Longitude given.
        lon: f64,
        /// Latitude given.
        lat: f64,
    },
}

impl ComplaintError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ComplaintError::NoText { .. } => "complaint.no_text",
            ComplaintError::Time { .. } => "complaint.time",
            ComplaintError::Point { .. } => "complaint.point",
        }
    }
}
