//! `Model`: what a text classifier learned, and its answers as arrays and columns.

use crate::engine::{Progress, open_bundle};
use crate::error::{arrow, coded, core};
use crate::jobs::Jobs;
use crate::source::{every, mapping, slices};
use arrow_array::builder::{BooleanBuilder, Float64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use jiesu::complaint::{Complaint, Mapping};
use jiesu::learn::{
    Evaluation, Prediction, evaluate,
    train::{Options, train_model},
};
use jiesu::text::{Prepared, Segmenter};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::PyTable;
use std::sync::Arc;

/// A trained classifier; immutable.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Model {
    inner: jiesu::learn::Model,
}

/// Learns a model; gives the model file's bytes and the figures on held-out rows as JSON.
#[pyfunction]
#[pyo3(signature = (words, task, source, labels, *, text=None, budget=None, least_texts=5, width=24, risk=0.05, n_jobs=None))]
#[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn fit<'py>(
    py: Python<'py>,
    words: &Bound<'py, PyAny>,
    task: &str,
    source: &Bound<'py, PyAny>,
    labels: Vec<String>,
    text: Option<Vec<String>>,
    budget: Option<usize>,
    least_texts: u32,
    width: usize,
    risk: f64,
    n_jobs: Option<isize>,
) -> PyResult<(Bound<'py, PyBytes>, String)> {
    let jobs = Jobs::new(n_jobs)?;
    let words = open_bundle(py, words)?;
    let segmenter = Segmenter::from_bundle(&words).map_err(|e| core(py, e))?;
    let mut texts: Vec<Prepared> = Vec::new();
    every(source, mapping(text, None, None, false), &jobs, |records| {
        texts.extend(py.detach(|| jobs.map(&records, |r| Prepared::new(&r.text, r.title_len, &segmenter))));
        Ok(())
    })?;
    let (bytes, figures) = py
        .detach(|| {
            let trained = train_model(&words, task, &texts, &labels, Options { budget, least_texts, width, risk, ..Options::default() })?;
            Ok::<_, jiesu::Error>((trained.bundle.to_bytes()?, trained.held_out))
        })
        .map_err(|e| core(py, e))?;
    Ok((PyBytes::new(py, &bytes), json(&figures)?))
}

fn json(figures: &Evaluation) -> PyResult<String> {
    serde_json::to_string(figures).map_err(|e| PyValueError::new_err(e.to_string()))
}

#[pymethods]
impl Model {
    /// Opens a model file given as a path or as its bytes.
    #[new]
    fn new(py: Python<'_>, model: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bundle = open_bundle(py, model)?;
        let inner = py.detach(|| jiesu::learn::Model::from_bundle(&bundle)).map_err(|e| core(py, e))?;
        Ok(Model { inner })
    }

    /// The labels, in the order of classes.
    fn labels(&self) -> Vec<String> {
        self.inner.classifier().labels().to_vec()
    }

    /// Name of the task.
    fn task(&self) -> &str {
        &self.inner.info().task
    }

    /// The best class of each row, as native `u32`s.
    #[pyo3(signature = (source, *, text=None, n_jobs=None))]
    fn best<'py>(&self, source: &Bound<'py, PyAny>, text: Option<Vec<String>>, n_jobs: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let best = self.each(source, text, n_jobs, |p| p.best())?;
        Ok(PyBytes::new(source.py(), &best.into_iter().flat_map(u32::to_ne_bytes).collect::<Vec<u8>>()))
    }

    /// Probabilities, row by row in the order of classes, as native `f64`s.
    #[pyo3(signature = (source, *, text=None, n_jobs=None))]
    fn probabilities<'py>(
        &self,
        source: &Bound<'py, PyAny>,
        text: Option<Vec<String>>,
        n_jobs: Option<isize>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let k = self.inner.classifier().labels().len();
        let rows = self.each(source, text, n_jobs, |p| {
            let mut row = vec![0u8; k * 8];
            for (class, p) in p.ranked {
                if let Some(slot) = row.get_mut(class as usize * 8..class as usize * 8 + 8) {
                    slot.copy_from_slice(&p.to_ne_bytes());
                }
            }
            row
        })?;
        Ok(PyBytes::new(source.py(), &rows.concat()))
    }

    /// The conformal sets, as classes, the best first.
    #[pyo3(signature = (source, *, text=None, n_jobs=None))]
    fn sets(&self, source: &Bound<'_, PyAny>, text: Option<Vec<String>>, n_jobs: Option<isize>) -> PyResult<Vec<Vec<u32>>> {
        self.each(source, text, n_jobs, |p| p.set)
    }

    /// Whether a person should decide each row.
    #[pyo3(signature = (source, risk, *, text=None, n_jobs=None))]
    fn abstain(&self, source: &Bound<'_, PyAny>, risk: f64, text: Option<Vec<String>>, n_jobs: Option<isize>) -> PyResult<Vec<bool>> {
        self.each(source, text, n_jobs, |p| p.abstain(risk))
    }

    /// Figures against true labels, as JSON.
    #[pyo3(signature = (source, labels, *, text=None, risk=0.05, n_jobs=None))]
    fn evaluate(
        &self,
        source: &Bound<'_, PyAny>,
        labels: Vec<String>,
        text: Option<Vec<String>>,
        risk: f64,
        n_jobs: Option<isize>,
    ) -> PyResult<String> {
        let py = source.py();
        let answers = self.each(source, text, n_jobs, |p| p)?;
        if answers.len() != labels.len() {
            return Err(coded(py, "learn.length", &format!("{} texts, but {} labels", answers.len(), labels.len())));
        }
        let answers: Vec<_> = labels.into_iter().zip(answers).collect();
        json(&py.detach(|| evaluate(self.inner.classifier().labels(), &answers, risk)))
    }

    /// A row for each row of a table: label, probability, ranked labels, set, whether to abstain; nulls and why for a row without text.
    #[pyo3(signature = (source, *, text=None, top=5, risk=0.05, n_jobs=None, progress=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn table(
        &self,
        source: &Bound<'_, PyAny>,
        text: Option<Vec<String>>,
        top: usize,
        risk: f64,
        n_jobs: Option<isize>,
        progress: Option<Progress<'_>>,
    ) -> PyResult<PyTable> {
        let py = source.py();
        let jobs = Jobs::new(n_jobs)?;
        let mut out = Vec::new();
        slices(source, mapping(text, None, None, false), &jobs, |records| {
            let batch = py.detach(|| self.columns(&jobs.map(&records, |r| r.as_ref().map(|c| self.answer(c))), top, risk));
            out.push(batch.map_err(|e| arrow(py, e))?);
            progress.as_ref().map_or(Ok(()), |p| p.call1((records.len(),)).map(drop))
        })?;
        PyTable::try_new(out, self.schema()?)
    }
}

type Row<'r> = Result<Prediction, &'r String>;

impl Model {
    fn answer(&self, complaint: &Complaint) -> Prediction {
        self.inner.predict(&complaint.text, complaint.title_len)
    }

    fn each<R: Send>(
        &self,
        source: &Bound<'_, PyAny>,
        text: Option<Vec<String>>,
        n_jobs: Option<isize>,
        f: impl Fn(Prediction) -> R + Sync + Send,
    ) -> PyResult<Vec<R>> {
        let jobs = Jobs::new(n_jobs)?;
        let mut out = Vec::new();
        every(source, Mapping { text, ..Mapping::default() }, &jobs, |records| {
            out.extend(source.py().detach(|| jobs.map(&records, |r| f(self.answer(r)))));
            Ok(())
        })?;
        Ok(out)
    }

    fn schema(&self) -> PyResult<SchemaRef> {
        self.columns(&[], 0, 0.0).map(|b| b.schema()).map_err(|e| PyValueError::new_err(e.to_string()))
    }

    fn columns(&self, rows: &[Row<'_>], top: usize, risk: f64) -> Result<RecordBatch, ArrowError> {
        let labels = self.inner.classifier().labels();
        let name = |c: u32| labels.get(c as usize).map(String::as_str);
        let (mut label, mut p) = (StringBuilder::new(), Float64Builder::new());
        let (mut ranked, mut ps) = (ListBuilder::new(StringBuilder::new()), ListBuilder::new(Float64Builder::new()));
        let (mut set, mut abstain) = (ListBuilder::new(StringBuilder::new()), BooleanBuilder::new());
        for row in rows {
            match row {
                Ok(a) => {
                    label.append_option(name(a.best()));
                    p.append_value(a.p());
                    ranked.append_value(a.ranked.iter().take(top).map(|r| name(r.0)));
                    ps.append_value(a.ranked.iter().take(top).map(|r| Some(r.1)));
                    set.append_value(a.set.iter().map(|&c| name(c)));
                    abstain.append_value(a.abstain(risk));
                }
                Err(_) => {
                    label.append_null();
                    p.append_null();
                    ranked.append_null();
                    ps.append_null();
                    set.append_null();
                    abstain.append_null();
                }
            }
        }
        let error: StringArray = rows.iter().map(|r| r.as_ref().err().map(|e| e.as_str())).collect();
        let columns: [(&str, ArrayRef); 7] = [
            ("label", Arc::new(label.finish())),
            ("p", Arc::new(p.finish())),
            ("labels", Arc::new(ranked.finish())),
            ("ps", Arc::new(ps.finish())),
            ("set", Arc::new(set.finish())),
            ("abstain", Arc::new(abstain.finish())),
            ("error", Arc::new(error)),
        ];
        let fields: Vec<Field> = columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|c| c.1).collect())
    }
}
