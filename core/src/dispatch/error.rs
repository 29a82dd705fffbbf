//! Errors of dispatch.

use thiserror::Error;

/// Why a catalogue, a table of units or a history could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// A table has an unknown or a missing column.
    #[error("{table}: column `{column}` {problem}")]
    Column {
        /// Which table.
        table: &'static str,
        /// Name of the column.
        column: String,
        /// `is missing`, `is unknown`, …
        problem: &'static str,
    },
    /// A line of a table is not valid.
    #[error("{table} line {line}: {problem}")]
    Line {
        /// Which table.
        table: &'static str,
        /// Line in the file, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The history index is damaged or of another version.
    #[error("history index: {0}")]
    History(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The path asked for.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Rows are too few or lack what learning needs.
    #[error("cannot learn the fusion: {0}")]
    Learning(String),
}

impl DispatchError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            DispatchError::Column { .. } => "dispatch.column",
            DispatchError::Line { .. } => "dispatch.line",
            DispatchError::History(_) => "dispatch.history",
            DispatchError::Io { .. } => "dispatch.io",
            DispatchError::Learning(_) => "dispatch.learning",
        }
    }

    pub(crate) fn line(table: &'static str, line: u64, problem: impl Into<String>) -> Self {
        DispatchError::Line { table, line, problem: problem.into() }
    }
}
