//! Where records come from: a Python list or an Arrow stream.

use crate::engine::SLICE;
use crate::error::{arrow, coded};
use crate::jobs::Jobs;
use crate::record::record;
use crate::table::Reading;
use jiesu::complaint::{Complaint, Mapping};
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3_arrow::input::AnyRecordBatch;

/// Which fields make a record, from Python's keyword arguments.
pub(crate) fn mapping(text: Option<Vec<String>>, id: Option<String>, time: Option<String>, gcj02: bool) -> Mapping {
    Mapping { text, id, time, gcj02 }
}

/// Hands over the records of a list or of a table slice by slice, with why a table's row has none. A list's bad record is an error.
pub(crate) fn slices(
    source: &Bound<'_, PyAny>,
    mapping: Mapping,
    jobs: &Jobs,
    mut each: impl FnMut(Vec<Result<Complaint, String>>) -> PyResult<()>,
) -> PyResult<()> {
    let py = source.py();
    let mut first = 1;
    if let Ok(list) = source.cast::<PyList>() {
        let mut slice = Vec::with_capacity(list.len().min(SLICE));
        for value in list.iter() {
            let read = record(&value, &mapping, first).map_err(|e| at_row(py, e, first - 1))?;
            slice.push(Ok(read));
            first += 1;
            if slice.len() == SLICE {
                each(std::mem::take(&mut slice))?;
                py.check_signals()?;
            }
        }
        return each(slice);
    }
    let mut stream = source.extract::<AnyRecordBatch>()?.into_reader()?;
    let reading = Reading::new(py, &stream.schema(), mapping)?;
    while let Some(batch) = py.detach(|| stream.next()) {
        let batch = batch.map_err(|e| arrow(py, e))?;
        let mut at = 0;
        while at < batch.num_rows() {
            let slice = batch.slice(at, SLICE.min(batch.num_rows() - at));
            let records = py.detach(|| reading.records(&slice, first, jobs)).map_err(|e| arrow(py, e))?;
            at += slice.num_rows();
            first += slice.num_rows() as u64;
            each(records)?;
            py.check_signals()?;
        }
    }
    Ok(())
}

/// All records; the first row that has none is an error with its position.
pub(crate) fn every(
    source: &Bound<'_, PyAny>,
    mapping: Mapping,
    jobs: &Jobs,
    mut each: impl FnMut(Vec<Complaint>) -> PyResult<()>,
) -> PyResult<()> {
    let py = source.py();
    let mut at = 0;
    slices(source, mapping, jobs, |records| {
        let n = records.len();
        let good: Result<Vec<_>, _> = records.into_iter().enumerate().map(|(i, r)| r.map_err(|why| (i, why))).collect();
        let good = good.map_err(|(i, why)| coded(py, "input.record", &format!("row {}: {why}", at + i)))?;
        at += n;
        each(good)
    })
}

/// Says which record of a list an error of this package is about.
fn at_row(py: Python<'_>, error: PyErr, row: u64) -> PyErr {
    match error.value(py).getattr("code").and_then(|c| c.extract::<String>()) {
        Ok(code) => coded(py, &code, &format!("row {row}: {}", error.value(py))),
        Err(_) => error,
    }
}
