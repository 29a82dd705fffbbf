//! `Engine`: records and tables in, canonical JSON and columns out.

use crate::error::{arrow, coded, core};
use crate::jobs::Jobs;
use crate::record::record;
use crate::source::mapping;
use crate::table::{Reading, schema};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use jiesu::bundle::Bundle;
use jiesu::dispatch::{Catalogue, History};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::input::AnyRecordBatch;
use pyo3_arrow::{PyRecordBatchReader, PyTable};
use std::path::PathBuf;
use std::sync::Arc;

/// Rows analysed between two looks at Ctrl-C and the progress bar.
pub(crate) const SLICE: usize = 4096;

/// The core's engine; immutable, safe to share between threads.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) inner: Arc<jiesu::engine::Engine>,
}

/// A callable that takes the number of rows of each step.
pub(crate) type Progress<'py> = Bound<'py, PyAny>;

/// A bundle given as a path or as its bytes.
pub(crate) fn open_bundle(py: Python<'_>, bundle: &Bound<'_, PyAny>) -> PyResult<Bundle> {
    if let Ok(bytes) = bundle.cast::<PyBytes>() {
        let bytes = bytes.as_bytes();
        return py.detach(|| Bundle::from_bytes(bytes)).map_err(|e| core(py, e));
    }
    let path: PathBuf = bundle.extract().map_err(|_| PyTypeError::new_err("a bundle is a path or bytes"))?;
    py.detach(|| Bundle::open(path)).map_err(|e| core(py, e))
}

#[pymethods]
impl Engine {
    /// Opens a bundle given as a path or as its bytes, with a folder of past orders and another catalogue (a file) when they are given.
    #[new]
    #[pyo3(signature = (bundle, history=None, catalogue=None))]
    fn new(py: Python<'_>, bundle: &Bound<'_, PyAny>, history: Option<PathBuf>, catalogue: Option<PathBuf>) -> PyResult<Self> {
        let bundle = open_bundle(py, bundle)?;
        let rules = match catalogue {
            None => None,
            Some(path) => {
                let read = py.detach(|| std::fs::read_to_string(&path));
                Some(read.map_err(|e| coded(py, "dispatch.io", &format!("{}: {e}", path.display())))?)
            }
        };
        let open = || {
            let mut engine = jiesu::engine::Engine::from_bundle(&bundle)?;
            if let Some(dir) = history {
                engine = engine.with_history(History::open(dir)?)?;
            }
            match rules {
                Some(csv) => engine.with_catalogue(Catalogue::from_csv(&csv)?),
                None => Ok(engine),
            }
        };
        let inner = py.detach(open).map_err(|e: jiesu::Error| core(py, e))?;
        Ok(Engine { inner: Arc::new(inner) })
    }

    /// Canonical JSON of each record, in order.
    #[pyo3(signature = (records, *, text=None, id=None, time=None, gcj02=false, n_jobs=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn json(
        &self,
        py: Python<'_>,
        records: Vec<Bound<'_, PyAny>>,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        gcj02: bool,
        n_jobs: Option<isize>,
    ) -> PyResult<Vec<String>> {
        let mapping = mapping(text, id, time, gcj02);
        let records: Vec<_> = records.iter().zip(1..).map(|(value, line)| record(value, &mapping, line)).collect::<PyResult<_>>()?;
        let jobs = if records.len() < 2 { Jobs::One } else { Jobs::new(n_jobs)? };
        let mut out = Vec::with_capacity(records.len());
        for slice in records.chunks(SLICE) {
            out.extend(py.detach(|| jobs.map(slice, |c| self.inner.analyze_json(c))));
            py.check_signals()?;
        }
        Ok(out)
    }

    /// Analyses a whole Arrow stream into a table of as many rows. `progress` is called with the number of rows of each step.
    #[pyo3(signature = (source, *, text=None, id=None, time=None, gcj02=false, json=false, n_jobs=None, progress=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn table(
        &self,
        py: Python<'_>,
        source: AnyRecordBatch,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        gcj02: bool,
        json: bool,
        n_jobs: Option<isize>,
        progress: Option<Progress<'_>>,
    ) -> PyResult<PyTable> {
        let jobs = Jobs::new(n_jobs)?;
        let mut source = source.into_reader()?;
        let reading = Reading::new(py, &source.schema(), mapping(text, id, time, gcj02))?;
        let mut done = 0;
        let mut out = Vec::new();
        while let Some(batch) = py.detach(|| source.next()) {
            let batch = batch.map_err(|e| arrow(py, e))?;
            let mut at = 0;
            while at < batch.num_rows() {
                let slice = batch.slice(at, SLICE.min(batch.num_rows() - at));
                let answer = py.detach(|| reading.analyze(&self.inner, &slice, done + 1, json, &jobs));
                out.push(answer.map_err(|e| arrow(py, e))?);
                at += slice.num_rows();
                done += slice.num_rows() as u64;
                py.check_signals()?;
                if let Some(progress) = &progress {
                    progress.call1((slice.num_rows(),))?;
                }
            }
        }
        PyTable::try_new(out, schema(json))
    }

    /// The same, lazily: a stream that analyses a batch when it is asked for one, so that memory does not grow with the input.
    #[pyo3(signature = (source, *, text=None, id=None, time=None, gcj02=false, json=false, n_jobs=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn stream(
        &self,
        py: Python<'_>,
        source: AnyRecordBatch,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        gcj02: bool,
        json: bool,
        n_jobs: Option<isize>,
    ) -> PyResult<PyRecordBatchReader> {
        let source = source.into_reader()?;
        let reading = Reading::new(py, &source.schema(), mapping(text, id, time, gcj02))?;
        let jobs = Jobs::new(n_jobs)?;
        let stream = Stream { engine: Arc::clone(&self.inner), source, reading, jobs, json, schema: schema(json), done: 0 };
        Ok(PyRecordBatchReader::new(Box::new(stream)))
    }
}

/// Analyses batch by batch.
struct Stream {
    engine: Arc<jiesu::engine::Engine>,
    source: Box<dyn RecordBatchReader + Send>,
    reading: Reading,
    jobs: Jobs,
    json: bool,
    schema: SchemaRef,
    done: u64,
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.source.next()? {
            Ok(batch) => batch,
            Err(e) => return Some(Err(e)),
        };
        let answer = self.reading.analyze(&self.engine, &batch, self.done + 1, self.json, &self.jobs);
        self.done += batch.num_rows() as u64;
        Some(answer)
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
