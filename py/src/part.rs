//! Merging in parts: the steps of an index that a cluster takes on its own.

use crate::incident::batch;
use arrow_array::builder::Int64Builder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BinaryArray, Int64Array, ListArray, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType};
use jiesu::complaint::Time;
use jiesu::incident::{IncidentIndex, IncidentModel, IndexSettings, Placement, Signature};
use std::collections::VecDeque;
use std::sync::Arc;

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    let column = batch.column_by_name(name).ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}`")))?;
    arrow_cast::cast(column, kind)
}

fn long(batch: &RecordBatch, name: &str) -> Result<Int64Array, ArrowError> {
    Ok(column(batch, name, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn longs(batch: &RecordBatch, name: &str) -> Result<ListArray, ArrowError> {
    Ok(column(batch, name, &DataType::new_list(DataType::Int64, true))?.as_list().clone())
}

fn values(lists: &ListArray, row: usize) -> Int64Array {
    lists.value(row).as_primitive::<Int64Type>().clone()
}

fn binary(batch: &RecordBatch, name: &str) -> Result<BinaryArray, ArrowError> {
    Ok(column(batch, name, &DataType::Binary)?.as_binary().clone())
}

fn signature(column: &BinaryArray, row: usize) -> Result<Signature, ArrowError> {
    let read = column.is_valid(row).then(|| Signature::from_bytes(column.value(row)).ok()).flatten();
    read.ok_or_else(|| ArrowError::ParseError(format!("row {row} has no fingerprint")))
}

/// Records compared with those they share a key with.
pub(crate) struct Near<'m> {
    model: &'m IncidentModel,
    newest: usize,
    key: Option<i64>,
    /// The newest records under the key.
    under: VecDeque<(i64, Signature)>,
    rows: Int64Builder,
    places: Int64Builder,
    others: Int64Builder,
}

impl<'m> Near<'m> {
    pub(crate) fn new(model: &'m IncidentModel, newest: usize) -> Self {
        let column = Int64Builder::new;
        Near { model, newest, key: None, under: VecDeque::new(), rows: column(), places: column(), others: column() }
    }

    pub(crate) fn read(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let (keys, rows, signatures) = (long(batch, "key")?, long(batch, "row")?, binary(batch, "signature")?);
        let (places, others) = (longs(batch, "places")?, longs(batch, "others")?);
        for i in 0..batch.num_rows() {
            if self.key != Some(keys.value(i)) {
                self.under.clear();
                self.key = Some(keys.value(i));
            }
            let signature = signature(&signatures, i)?;
            self.judge(rows.value(i), &signature, values(&places, i).values(), values(&others, i).values());
            if self.under.len() == self.newest {
                self.under.pop_front();
            }
            self.under.push_back((rows.value(i), signature));
        }
        Ok(())
    }

    fn judge(&mut self, row: i64, signature: &Signature, places: &[i64], others: &[i64]) {
        let met = |(&place, &other): (&i64, &i64)| {
            let at = self.under.binary_search_by_key(&other, |u| u.0).ok()?;
            Some((other, (usize::try_from(place).ok()?, &self.under[at].1)))
        };
        let (others, candidates): (Vec<i64>, Vec<(usize, &Signature)>) = places.iter().zip(others).filter_map(met).unzip();
        for (place, _) in self.model.related(signature, &candidates) {
            if let Some(at) = candidates.iter().position(|c| c.0 == place) {
                self.rows.append_value(row);
                self.places.append_value(place as i64);
                self.others.append_value(others[at]);
            }
        }
    }

    pub(crate) fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let [rows, places, others] = [&mut self.rows, &mut self.places, &mut self.others].map(|c| Arc::new(c.finish()) as ArrayRef);
        batch([("row", rows), ("place", places), ("other", others)])
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
        let near = longs(batch, "near")?;
        for i in 0..batch.num_rows() {
            let near = values(&near, i);
            let known = near.values().iter().filter_map(|row| self.rows.binary_search(row).ok());
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
