//! Merging in parts: the steps of an index that a cluster takes on its own.

use crate::incident::batch;
use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType};
use jiesu::complaint::Time;
use jiesu::incident::{IncidentIndex, IncidentModel, IndexSettings, Placement, Signature};
use std::sync::Arc;

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    let column = batch.column_by_name(name).ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}`")))?;
    arrow_cast::cast(column, kind)
}

fn long(batch: &RecordBatch, name: &str) -> Result<Int64Array, ArrowError> {
    Ok(column(batch, name, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn binary(batch: &RecordBatch, name: &str) -> Result<BinaryArray, ArrowError> {
    Ok(column(batch, name, &DataType::Binary)?.as_binary().clone())
}

fn signature(column: &BinaryArray, row: usize) -> Result<Signature, ArrowError> {
    let read = column.is_valid(row).then(|| Signature::from_bytes(column.value(row)).ok()).flatten();
    read.ok_or_else(|| ArrowError::ParseError(format!("row {row} has no fingerprint")))
}

/// What records are related to.
pub(crate) struct Near<'m> {
    model: &'m IncidentModel,
    /// The row being read.
    row: Option<i64>,
    /// Itself and its candidates so far.
    run: Vec<(i64, Signature)>,
    rows: Int64Builder,
    near: ListBuilder<Int64Builder>,
}

impl<'m> Near<'m> {
    pub(crate) fn new(model: &'m IncidentModel) -> Self {
        Near { model, row: None, run: Vec::new(), rows: Int64Builder::new(), near: ListBuilder::new(Int64Builder::new()) }
    }

    pub(crate) fn read(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let (rows, others, signatures) = (long(batch, "row")?, long(batch, "other")?, binary(batch, "signature")?);
        for i in 0..batch.num_rows() {
            if self.row != Some(rows.value(i)) {
                self.judge();
                self.row = Some(rows.value(i));
            }
            self.run.push((others.value(i), signature(&signatures, i)?));
        }
        Ok(())
    }

    fn judge(&mut self) {
        if let Some(((row, signature), candidates)) = self.run.split_first() {
            let signatures: Vec<&Signature> = candidates.iter().map(|c| &c.1).collect();
            let related = self.model.related(signature, &signatures);
            if !related.is_empty() {
                self.rows.append_value(*row);
                self.near.append_value(related.into_iter().map(|r| Some(candidates[r.0].0)));
            }
        }
        self.run.clear();
    }

    pub(crate) fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        self.judge();
        batch([("row", Arc::new(self.rows.finish())), ("near", Arc::new(self.near.finish()))])
    }
}

/// Records filed in order of their rows, each among those it is related to.
pub(crate) struct Part {
    index: IncidentIndex,
    rows: Vec<i64>,
    ids: Vec<String>,
    placed: Vec<Placement>,
}

impl Part {
    pub(crate) fn new(model: &Arc<IncidentModel>, window_days: u32, first: Option<i64>) -> Self {
        let (model, settings) = (Arc::clone(model), IndexSettings { window_days, ..IndexSettings::default() });
        let index = match first {
            Some(first) => IncidentIndex::since(model, settings, Time(first)),
            None => IncidentIndex::new(model, settings),
        };
        Part { index, rows: Vec::new(), ids: Vec::new(), placed: Vec::new() }
    }

    pub(crate) fn read(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let (rows, signatures) = (long(batch, "row")?, binary(batch, "signature")?);
        let ids: StringArray = column(batch, "id", &DataType::Utf8)?.as_string().clone();
        let near = column(batch, "near", &DataType::new_list(DataType::Int64, true))?;
        for i in 0..batch.num_rows() {
            let near = near.as_list::<i32>().value(i);
            let known = near.as_primitive::<Int64Type>().values().iter().filter_map(|row| self.rows.binary_search(row).ok());
            let known: Vec<&str> = known.map(|at| self.ids[at].as_str()).collect();
            self.placed.push(self.index.insert_among(ids.value(i), &signature(&signatures, i)?, &known));
            self.rows.push(rows.value(i));
            self.ids.push(ids.value(i).to_string());
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> (Vec<String>, Vec<Placement>, IncidentIndex) {
        (self.ids, self.placed, self.index)
    }
}
