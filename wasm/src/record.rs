//! Records as JavaScript hands them over: the fields of the command line's JSONL, read by the same code.

use crate::error::Failure;
use jiesu::complaint::{Complaint, Mapping, Row};

/// Reads one record.
pub(crate) fn read(json: &str) -> Result<Complaint, Failure> {
    let fields = serde_json::from_str(json).map_err(|e| Failure::new("record.malformed", e))?;
    Mapping::default().record(&Row { line: 1, fields }).map_err(|r| Failure::new("record.rejected", r.reason))
}

/// A record of a bare text.
pub(crate) fn of_text(text: &str) -> Result<Complaint, Failure> {
    Ok(Complaint::builder("").text(text).build()?)
}
