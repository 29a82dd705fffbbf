use crate::bundle::BundleError;
use std::path::Path;
use thiserror::Error;

/// Why a gazetteer could not be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GeoError {
    /// A table that must be there is not.
    #[error("no table {path}")]
    Missing {
        /// The path looked at.
        path: String,
    },
    /// A file could not be read.
    #[error("{path}: {source}")]
    Io {
        /// The path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A row is not what its table promises.
    #[error("table {file}: {reason}")]
    Row {
        /// The table.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A code or name whose parent is not in the tables.
    #[error("`{code}` belongs to no area of the tables")]
    Parent {
        /// The code or name.
        code: String,
    },
    /// Too little to learn from.
    #[error("{examples} labelled places are too few to learn from")]
    Examples {
        /// How many there were.
        examples: usize,
    },
    /// The parts do not make a gazetteer.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl GeoError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            GeoError::Missing { .. } => "geo.missing",
            GeoError::Io { .. } => "geo.io",
            GeoError::Row { .. } => "geo.row",
            GeoError::Parent { .. } => "geo.parent",
            GeoError::Examples { .. } => "geo.examples",
            GeoError::Bundle(e) => e.code(),
        }
    }

    /// A table that is not there.
    pub fn missing(dir: &Path, file: &str) -> Self {
        GeoError::Missing { path: dir.join(file).display().to_string() }
    }
}
