//! Emerging topics: a day's records in, topics out.

use crate::engine::Engine;
use crate::error::{coded, core};
use crate::jobs::Jobs;
use crate::source::{every, mapping};
use jiesu::complaint::Day;
use jiesu::hotspot::{EmergingParams, HotspotError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, PoisonError};

/// The watch and what it remembers.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Emerging {
    watch: Mutex<jiesu::hotspot::Emerging>,
}

#[pymethods]
impl Emerging {
    /// A watch that has seen nothing, or one that goes on from `state`.
    #[new]
    #[pyo3(signature = (*, state=None, similarity, per_day, false_per_month, least))]
    fn new(py: Python<'_>, state: Option<&[u8]>, similarity: f32, per_day: usize, false_per_month: f64, least: usize) -> PyResult<Self> {
        let params = EmergingParams { similarity, per_day, false_per_month, least };
        let watch = match state {
            Some(bytes) => jiesu::hotspot::Emerging::from_bytes(bytes, params),
            None => jiesu::hotspot::Emerging::new(params),
        };
        Ok(Emerging { watch: Mutex::new(watch.map_err(|e| core(py, e))?) })
    }

    /// Closes a day with the records of a list or table; JSON of the topics that stand out.
    #[pyo3(signature = (engine, day, source, *, text=None, id=None, time=None, gcj02=false))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn update_day(
        &self,
        py: Python<'_>,
        engine: &Engine,
        day: &str,
        source: &Bound<'_, PyAny>,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        gcj02: bool,
    ) -> PyResult<Vec<String>> {
        let day = Day::parse(day).map_err(|e| core(py, e))?;
        let mut requests = Vec::new();
        every(source, mapping(text, id, time, gcj02), &Jobs::One, |records| {
            let made = py.detach(|| engine.inner.emerging_batch(&records));
            if made.len() < records.len() {
                return Err(coded(py, "hotspot.vectors", "this bundle has no word vectors: emerging topics need them"));
            }
            requests.extend(made);
            Ok(())
        })?;
        py.detach(|| {
            let topics = self.watch.lock().unwrap_or_else(PoisonError::into_inner).update_day(day, requests)?;
            topics.iter().map(|t| serde_json::to_string(t).map_err(|e| HotspotError::Event(e.to_string()))).collect::<Result<Vec<_>, _>>()
        })
        .map_err(|e| core(py, e))
    }

    /// Everything it remembers.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.watch.lock().unwrap_or_else(PoisonError::into_inner).to_bytes()).map_err(|e| core(py, e))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The last day that was closed.
    fn last_day(&self) -> Option<String> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).last_day().map(|d| d.to_string())
    }

    /// Whether there is too little background to say anything.
    fn is_young(&self) -> bool {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).is_young()
    }
}
