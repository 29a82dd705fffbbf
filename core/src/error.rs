//! The error of the whole library: one enum per room, gathered here, each variant with a stable code.
//!
//! Bindings map [`Error::code`] to native exceptions; messages carry the numbers and names a person needs.

use thiserror::Error as ThisError;

/// Any error of the library. Match on the room, or use [`Error::code`] for logs and other languages.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A record could not be read or is not valid.
    #[error(transparent)]
    Complaint(#[from] crate::complaint::ComplaintError),
    /// A bundle could not be read.
    #[error(transparent)]
    Bundle(#[from] crate::bundle::BundleError),
    /// A model could not be learned.
    #[error(transparent)]
    Learn(#[from] crate::learn::LearnError),
    /// Hotspots could not be found.
    #[error(transparent)]
    Hotspot(#[from] crate::hotspot::HotspotError),
    /// A gazetteer could not be built.
    #[error(transparent)]
    Geo(#[from] crate::geo::GeoError),
    /// A catalogue, units or a history could not be read.
    #[error(transparent)]
    Dispatch(#[from] crate::dispatch::DispatchError),
    /// Merging failed.
    #[error(transparent)]
    Incident(#[from] crate::incident::IncidentError),
    /// The taxonomy or its classifiers cannot be used.
    #[error(transparent)]
    Topic(#[from] crate::topic::TopicError),
}

impl Error {
    /// A stable, machine-readable code such as `bundle.checksum`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Complaint(e) => e.code(),
            Error::Bundle(e) => e.code(),
            Error::Learn(e) => e.code(),
            Error::Hotspot(e) => e.code(),
            Error::Geo(e) => e.code(),
            Error::Dispatch(e) => e.code(),
            Error::Incident(e) => e.code(),
            Error::Topic(e) => e.code(),
        }
    }
}
