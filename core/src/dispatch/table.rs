//! Readable tables: CSV with a header, comment lines, and errors that name the line.

use super::DispatchError;
use crate::complaint::Day;

/// A CSV file whose header was checked.
pub(crate) struct Table<'t> {
    name: &'static str,
    text: &'t str,
    header: Vec<String>,
}

impl<'t> Table<'t> {
    /// Checks the header against the known and the needed columns. Lines that begin with `#` are comments.
    pub(crate) fn read(name: &'static str, text: &'t str, known: &[&str], needed: &[&str]) -> Result<Self, DispatchError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let column = |column: &str, problem| DispatchError::Column { table: name, column: column.to_string(), problem };
        let header: Vec<String> = Self::reader(text)
            .headers()
            .map_err(|e| DispatchError::line(name, 1, e.to_string()))?
            .iter()
            .map(|h| h.trim().to_string())
            .collect();
        for (at, h) in header.iter().enumerate() {
            if !known.contains(&h.as_str()) {
                return Err(column(h, "is unknown"));
            }
            if header.iter().take(at).any(|other| other == h) {
                return Err(column(h, "is there twice"));
            }
        }
        match needed.iter().find(|n| !header.iter().any(|h| h == *n)) {
            Some(n) => Err(column(n, "is missing")),
            None => Ok(Table { name, text, header }),
        }
    }

    fn reader(text: &str) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes())
    }

    /// The rows in file order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, DispatchError>> {
        Self::reader(self.text).into_records().enumerate().map(|(at, record)| {
            let record = record.map_err(|e| {
                let line = e.position().map_or(at as u64 + 2, csv::Position::line);
                DispatchError::line(self.name, line, e.to_string())
            })?;
            let line = record.position().map_or(at as u64 + 2, csv::Position::line);
            // Empty cells at the end may be left out.
            if record.len() > self.header.len() {
                let problem = format!("has {} fields, the header {}", record.len(), self.header.len());
                return Err(DispatchError::line(self.name, line, problem));
            }
            Ok(Row { table: self.name, header: &self.header, record, line })
        })
    }
}

/// One line of a [`Table`].
pub(crate) struct Row<'t> {
    table: &'static str,
    header: &'t [String],
    record: csv::StringRecord,
    /// Line in the file, from 1.
    pub(crate) line: u64,
}

impl Row<'_> {
    /// The cell, empty when the table has no such column.
    pub(crate) fn get(&self, column: &str) -> &str {
        self.header.iter().position(|h| h == column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// The cell unless it is empty.
    pub(crate) fn optional(&self, column: &str) -> Option<&str> {
        Some(self.get(column)).filter(|c| !c.is_empty())
    }

    /// The cell; an error when it is empty.
    pub(crate) fn required(&self, column: &str) -> Result<&str, DispatchError> {
        self.optional(column).ok_or_else(|| self.error(format!("`{column}` is empty")))
    }

    /// The parts of a cell between `|`, blanks trimmed, empty ones left out.
    pub(crate) fn list(&self, column: &str) -> Vec<String> {
        self.get(column).split('|').map(str::trim).filter(|p| !p.is_empty()).map(str::to_string).collect()
    }

    /// The cell as a day.
    pub(crate) fn day(&self, column: &str) -> Result<Option<Day>, DispatchError> {
        self.optional(column)
            .map(|c| Day::parse(c).map_err(|_| self.error(format!("`{column}`: `{c}` is not a date YYYY-MM-DD"))))
            .transpose()
    }

    pub(crate) fn error(&self, problem: impl Into<String>) -> DispatchError {
        DispatchError::line(self.table, self.line, problem)
    }
}
