//! What can go wrong when a model is learned.

use crate::bundle::BundleError;
use thiserror::Error;

/// Why no model could be learned.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// No row has a label.
    #[error("no row has a label")]
    NoRows,
    /// There is not one label for each text.
    #[error("{texts} texts, but {labels} labels")]
    Length {
        /// Number of texts.
        texts: usize,
        /// Number of labels.
        labels: usize,
    },
    /// The model would not fit into its budget.
    #[error("the dictionary alone takes {taken} bytes: give a larger size budget than {budget}")]
    Budget {
        /// Bytes taken before any weight.
        taken: usize,
        /// The budget given.
        budget: usize,
    },
    /// The words' bundle cannot be used, or the model cannot be stored.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl LearnError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            LearnError::NoRows => "learn.no_rows",
            LearnError::Length { .. } => "learn.length",
            LearnError::Budget { .. } => "learn.budget",
            LearnError::Bundle(e) => e.code(),
        }
    }
}
