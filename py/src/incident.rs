//! Merging: fingerprints, pair scores and the incident index.

use crate::engine::open_bundle;
use crate::error::{arrow, coded, core};
use crate::jobs::Jobs;
use crate::part::{Near, Part};
use crate::record::record;
use crate::source::{mapping, slices};
use arrow_array::builder::{BinaryBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder, UInt32Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema};
use jiesu::complaint::round4;
use jiesu::incident::{
    EventNumber, IncidentError, IncidentId, IncidentIndex, IncidentStore, IndexSettings, PairScore, Placement, Signature, arrival_order,
};
use pyo3::prelude::*;
use pyo3_arrow::PyTable;
use pyo3_arrow::input::AnyRecordBatch;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Signed = Result<(String, Option<i64>, Signature), String>;

/// Makes fingerprints and scores pairs; immutable.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Signer {
    inner: Arc<jiesu::incident::Signer>,
}

#[pymethods]
impl Signer {
    #[new]
    fn new(py: Python<'_>, bundle: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bundle = open_bundle(py, bundle)?;
        let inner = py.detach(|| jiesu::incident::Signer::from_bundle(&bundle)).map_err(|e| core(py, e))?;
        Ok(Signer { inner: Arc::new(inner) })
    }

    /// Judges two records; JSON.
    fn score(&self, a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>) -> PyResult<String> {
        let plain = mapping(None, None, None, false);
        let (a, b) = (record(a, &plain, 1)?, record(b, &plain, 2)?);
        let PairScore { p, relation, reasons } = self.inner.model().score(&self.inner.sign(&a), &self.inner.sign(&b));
        Ok(serde_json::json!({"p": round4(p), "relation": relation, "reasons": reasons}).to_string())
    }

    /// Fingerprints of a table: `id`, `time` (seconds), `signature`, `keys` and `weights` to find candidates by, and `error`.
    #[pyo3(signature = (source, *, text=None, id=None, time=None, n_jobs=None))]
    fn sign(
        &self,
        source: &Bound<'_, PyAny>,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        n_jobs: Option<isize>,
    ) -> PyResult<PyTable> {
        let py = source.py();
        let jobs = Jobs::new(n_jobs)?;
        let mut out = Vec::new();
        signed(&self.inner, source, (text, id, time), &jobs, |rows| {
            out.push(py.detach(|| fingerprints(&rows)).map_err(|e| arrow(py, e))?);
            Ok(())
        })?;
        let schema = fingerprints(&[]).map_err(|e| arrow(py, e))?.schema();
        PyTable::try_new(out, schema)
    }

    /// Pairs of rows that are related: `row`, `place`, `other`. The columns of the source are `key`, `row`, `signature`, and which rows
    /// before it under the same key each is compared with (`others`), with their `places` among all its candidates, heaviest first. Rows come
    /// in order of `key` and `row`; the `newest` under a key are remembered.
    #[pyo3(signature = (source, *, newest))]
    fn related(&self, py: Python<'_>, source: AnyRecordBatch, newest: usize) -> PyResult<PyTable> {
        let mut near = Near::new(self.inner.model(), newest);
        each_batch(py, source, |batch| near.read(batch))?;
        table(py.detach(|| near.finish()).map_err(|e| arrow(py, e))?)
    }

    /// [`Index::merge`] for a part of what one machine files, in order of `row`: the columns of the source are `row`, `id`, `signature` and
    /// `near`, the rows that each is compared with, heaviest first. `first` is the first time of the whole (seconds).
    #[pyo3(signature = (source, *, window_days, first=None))]
    fn merge(&self, py: Python<'_>, source: AnyRecordBatch, window_days: u32, first: Option<i64>) -> PyResult<PyTable> {
        let mut part = Part::new(self.inner.model(), window_days, first);
        each_batch(py, source, |batch| part.read(batch))?;
        let (ids, mut placed, index) = part.finish();
        let told = py.detach(|| {
            resolve(&index, &mut placed)?;
            told(ids.iter().zip(&placed).map(|(id, p)| (Ok(id.as_str()), Some(p)))).map_err(Trouble::Table)
        });
        table(told.map_err(|e| e.raise(py))?)
    }
}

fn each_batch(py: Python<'_>, source: AnyRecordBatch, mut each: impl FnMut(&RecordBatch) -> Result<(), ArrowError> + Send) -> PyResult<()> {
    let mut stream = source.into_reader()?;
    while let Some(batch) = py.detach(|| stream.next()) {
        py.detach(|| each(&batch?)).map_err(|e| arrow(py, e))?;
    }
    Ok(())
}

fn table(batch: RecordBatch) -> PyResult<PyTable> {
    let schema = batch.schema();
    PyTable::try_new(vec![batch], schema)
}

/// Signs the records of a source slice by slice.
fn signed(
    signer: &jiesu::incident::Signer,
    source: &Bound<'_, PyAny>,
    (text, id, time): (Option<Vec<String>>, Option<String>, Option<String>),
    jobs: &Jobs,
    mut each: impl FnMut(Vec<Signed>) -> PyResult<()>,
) -> PyResult<()> {
    slices(source, mapping(text, id, time, false), jobs, |records| {
        let rows = source.py().detach(|| {
            jobs.map(&records, |r| match r {
                Ok(c) => Ok((c.id.clone(), c.received_at.map(|t| t.0), signer.sign(c))),
                Err(why) => Err(why.clone()),
            })
        });
        each(rows)
    })
}

fn fingerprints(rows: &[Signed]) -> Result<RecordBatch, ArrowError> {
    let (mut id, mut time, mut bytes) = (StringBuilder::new(), Int64Builder::new(), BinaryBuilder::new());
    let (mut keys, mut weights) = (ListBuilder::new(UInt32Builder::new()), ListBuilder::new(UInt32Builder::new()));
    let mut error = StringBuilder::new();
    for row in rows {
        error.append_option(row.as_ref().err());
        match row {
            Ok((name, at, signature)) => {
                id.append_value(name);
                time.append_option(*at);
                bytes.append_option(signature.to_bytes().ok());
                let found = signature.keys_with_weights();
                keys.append_value(found.iter().map(|k| Some(k.0)));
                weights.append_value(found.iter().map(|k| Some(k.1)));
            }
            Err(_) => {
                id.append_null();
                time.append_null();
                bytes.append_null();
                keys.append_null();
                weights.append_null();
            }
        }
    }
    batch([
        ("id", Arc::new(id.finish())),
        ("time", Arc::new(time.finish())),
        ("signature", Arc::new(bytes.finish())),
        ("keys", Arc::new(keys.finish())),
        ("weights", Arc::new(weights.finish())),
        ("error", Arc::new(error.finish())),
    ])
}

pub(crate) fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<Field> = columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|c| c.1).collect())
}

/// Where incidents are kept.
#[derive(Debug)]
enum Kept {
    Memory(Box<IncidentIndex>),
    Folder(Box<IncidentStore>),
    /// Let go of: a folder may be open elsewhere by now.
    Released,
}

impl Kept {
    fn index(&mut self) -> Result<&mut IncidentIndex, Trouble> {
        match self {
            Kept::Memory(index) => Ok(index),
            Kept::Folder(store) => Ok(store.index_mut()),
            Kept::Released => Err(Trouble::Released),
        }
    }

    /// What happened so far survives a crash, when a folder keeps it. Nothing is written when nothing happened.
    fn commit(&mut self) -> Result<(), IncidentError> {
        if let Kept::Folder(store) = self {
            store.commit()?;
        }
        Ok(())
    }
}

/// Why an index could not do as asked.
enum Trouble {
    Core(IncidentError),
    Released,
    Table(ArrowError),
}

impl From<IncidentError> for Trouble {
    fn from(e: IncidentError) -> Self {
        Trouble::Core(e)
    }
}

impl Trouble {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Trouble::Core(e) => core(py, e),
            Trouble::Released => coded(py, "incident.released", "this index was released: open its folder again"),
            Trouble::Table(e) => arrow(py, e),
        }
    }
}

/// Incidents over a stream of records. Calls from several threads wait for each other. Every change is committed before it is told.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Index {
    signer: Arc<jiesu::incident::Signer>,
    inner: Mutex<Kept>,
}

#[pymethods]
impl Index {
    #[new]
    #[pyo3(signature = (signer, window_days, candidates, path=None))]
    fn new(py: Python<'_>, signer: &Signer, window_days: u32, candidates: usize, path: Option<PathBuf>) -> PyResult<Self> {
        let (model, settings) = (signer.inner.model().clone(), IndexSettings { window_days, candidates });
        let kept = match path {
            None => Kept::Memory(Box::new(IncidentIndex::new(model, settings))),
            Some(dir) => {
                let opened = py.detach(|| IncidentStore::open(&dir, model, settings));
                Kept::Folder(Box::new(opened.map_err(|e| core(py, IncidentError::from(e)))?))
            }
        };
        Ok(Index { signer: Arc::clone(&signer.inner), inner: Mutex::new(kept) })
    }

    /// Lets go of the memory and, when there is one, of the folder.
    fn release(&self, py: Python<'_>) {
        py.detach(|| *self.lock() = Kept::Released);
    }

    /// Files records (a list) in input order, or with `keep` false only asks; JSON of each placement.
    #[pyo3(signature = (records, *, keep, text=None, id=None, time=None, n_jobs=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn place(
        &self,
        records: &Bound<'_, PyAny>,
        keep: bool,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        n_jobs: Option<isize>,
    ) -> PyResult<Vec<String>> {
        let py = records.py();
        let mut out = Vec::new();
        signed(&self.signer, records, (text, id, time), &Jobs::new(n_jobs)?, |rows| {
            let told = py.detach(|| {
                self.with(|index| {
                    // Records of a list are there: a bad one was an error.
                    let rows = rows.iter().flatten().map(|(id, _, signature)| {
                        let p = if keep { index.insert(id, signature) } else { index.query(signature) };
                        line(id, &p).to_string()
                    });
                    Ok(rows.collect::<Vec<_>>())
                })
            });
            out.extend(told.map_err(|e| e.raise(py))?);
            Ok(())
        })?;
        Ok(out)
    }

    /// Files a table in order of time; a row for each of its rows, incidents as they stand after the last.
    #[pyo3(signature = (source, *, text=None, id=None, time=None, n_jobs=None))]
    fn merge(
        &self,
        source: &Bound<'_, PyAny>,
        text: Option<Vec<String>>,
        id: Option<String>,
        time: Option<String>,
        n_jobs: Option<isize>,
    ) -> PyResult<PyTable> {
        let py = source.py();
        let mut rows: Vec<Signed> = Vec::new();
        signed(&self.signer, source, (text, id, time), &Jobs::new(n_jobs)?, |mut slice| {
            rows.append(&mut slice);
            Ok(())
        })?;
        table(py.detach(|| self.file(&rows)).map_err(|e| e.raise(py))?)
    }

    /// The incident an id stands for now.
    fn resolve(&self, py: Python<'_>, incident: &str) -> PyResult<String> {
        self.tell(py, incident, |index, id| Ok(index.resolve(id)?.to_string()))
    }

    fn members(&self, py: Python<'_>, incident: &str) -> PyResult<Vec<String>> {
        self.tell(py, incident, |index, id| Ok(index.members(id)?.into_iter().map(String::from).collect()))
    }

    fn status(&self, py: Python<'_>, incident: &str) -> PyResult<Option<String>> {
        self.tell(py, incident, |index, id| Ok(index.status(id)?.map(String::from)))
    }

    fn confirm(&self, py: Python<'_>, incident: &str, into: &str) -> PyResult<u64> {
        let into: IncidentId = into.parse().map_err(|e: jiesu::incident::IncidentError| core(py, e))?;
        self.tell(py, incident, |index, from| Ok(index.confirm(from, into)?.0))
    }

    /// The new incident, and the number of the event.
    fn split(&self, py: Python<'_>, records: Vec<String>) -> PyResult<(String, u64)> {
        let ids: Vec<&str> = records.iter().map(String::as_str).collect();
        self.ask(py, |index| Ok((index.split(&ids)?.to_string(), index.last_event().map_or(0, |e| e.0))))
    }

    fn undo(&self, py: Python<'_>, event: u64) -> PyResult<bool> {
        self.ask(py, |index| Ok(index.undo(EventNumber(event))))
    }

    fn close(&self, py: Python<'_>, incident: &str, status: &str) -> PyResult<u64> {
        self.tell(py, incident, |index, id| Ok(index.close(id, status)?.0))
    }

    fn reopen(&self, py: Python<'_>, incident: &str) -> PyResult<u64> {
        self.tell(py, incident, |index, id| Ok(index.reopen(id)?.0))
    }

    /// A live record's placement as it stands; JSON.
    fn placement(&self, py: Python<'_>, record: &str) -> PyResult<Option<String>> {
        self.ask(py, |index| Ok(index.placement(record).map(|p| line(record, &p).to_string())))
    }

    /// Incidents with live records.
    fn incidents(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.ask(py, |index| Ok(index.incidents().into_iter().map(|id| id.to_string()).collect()))
    }

    fn evict(&self, py: Python<'_>, before: &str) -> PyResult<()> {
        let before = jiesu::complaint::Time::parse(before).map_err(|e| core(py, e))?;
        self.ask(py, |index| {
            index.evict(before);
            Ok(())
        })
    }

    /// Figures; JSON. Those of the log when a folder keeps the index.
    fn statistics(&self, py: Python<'_>) -> PyResult<String> {
        let s = self.ask(py, |index| Ok(index.statistics()))?;
        let mut out = serde_json::json!({
            "records": s.records, "incidents": s.incidents, "shared": s.shared, "largest": s.largest, "events": s.events,
        });
        let log = py.detach(|| match &*self.lock() {
            Kept::Folder(store) => Some(store.statistics()),
            _ => None,
        });
        if let Some(log) = log {
            out["snapshot"] = log.snapshot.into();
            out["segments"] = log.segments.into();
            out["bytes"] = log.bytes.into();
        }
        Ok(out.to_string())
    }
}

/// Salvages the damaged folder of an index; JSON of what was kept and lost.
#[pyfunction]
pub(crate) fn repair(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let r = py.detach(|| jiesu::incident::repair(&path)).map_err(|e| core(py, IncidentError::from(e)))?;
    let told = serde_json::json!({
        "kept": r.kept, "lost": r.lost, "lost_records": r.lost_records, "bytes_skipped": r.bytes, "segments_rewritten": r.rewritten,
    });
    Ok(told.to_string())
}

impl Index {
    /// Works on the index and commits. Only called without the interpreter, so that a waiting thread never holds both.
    fn with<R>(&self, work: impl FnOnce(&mut IncidentIndex) -> Result<R, IncidentError>) -> Result<R, Trouble> {
        let mut kept = self.lock();
        let done = work(kept.index()?);
        kept.commit()?;
        Ok(done?)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<R: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut IncidentIndex) -> Result<R, IncidentError> + Send) -> PyResult<R> {
        py.detach(|| self.with(work)).map_err(|e| e.raise(py))
    }

    fn tell<R: Send>(
        &self,
        py: Python<'_>,
        incident: &str,
        work: impl FnOnce(&mut IncidentIndex, IncidentId) -> Result<R, IncidentError> + Send,
    ) -> PyResult<R> {
        self.ask(py, |index| work(index, incident.parse()?))
    }

    /// Files rows in order of time, a batch for each commit.
    fn file(&self, rows: &[Signed]) -> Result<RecordBatch, Trouble> {
        let order = arrival_order(rows.iter().map(|r| r.as_ref().ok().and_then(|r| r.1).map(jiesu::complaint::Time)));
        let mut placed: Vec<Option<Placement>> = vec![None; rows.len()];
        for batch in order.chunks(IncidentStore::BATCH) {
            self.with(|index| {
                for &i in batch {
                    if let Ok((id, _, signature)) = &rows[i] {
                        placed[i] = Some(index.insert(id, signature));
                    }
                }
                Ok(())
            })?;
        }
        self.with(|index| resolve(index, placed.iter_mut().flatten()))?;
        let ids = rows.iter().map(|r| r.as_ref().map(|r| r.0.as_str()).map_err(String::as_str));
        told(ids.zip(placed.iter().map(Option::as_ref))).map_err(Trouble::Table)
    }
}

/// Incidents as they stand after the last record.
fn resolve<'p>(index: &IncidentIndex, placed: impl IntoIterator<Item = &'p mut Placement>) -> Result<(), IncidentError> {
    for p in placed {
        p.incident = index.resolve(p.incident)?;
    }
    Ok(())
}

/// A table of what was filed.
fn told<'r>(rows: impl Iterator<Item = (Result<&'r str, &'r str>, Option<&'r Placement>)>) -> Result<RecordBatch, ArrowError> {
    let (mut id, mut incident, mut relation) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut p, mut error) = (Float64Builder::new(), StringBuilder::new());
    let (mut reasons, mut related) = (ListBuilder::new(StringBuilder::new()), ListBuilder::new(StringBuilder::new()));
    for (row, placement) in rows {
        id.append_option(row.ok());
        error.append_option(row.err());
        incident.append_option(placement.map(|x| x.incident.to_string()));
        relation.append_option(placement.and_then(|x| crate::table::serde_name(&x.relation)));
        p.append_option(placement.map(|x| x.p));
        match placement {
            Some(x) => {
                reasons.append_value(x.reasons.iter().map(Some));
                related.append_value(x.related.iter().map(Some));
            }
            None => {
                reasons.append_null();
                related.append_null();
            }
        }
    }
    batch([
        ("id", Arc::new(id.finish())),
        ("incident", Arc::new(incident.finish())),
        ("relation", Arc::new(relation.finish())),
        ("p", Arc::new(p.finish())),
        ("reasons", Arc::new(reasons.finish())),
        ("related", Arc::new(related.finish())),
        ("error", Arc::new(error.finish())),
    ])
}

fn line(id: &str, p: &Placement) -> serde_json::Value {
    serde_json::json!({
        "id": id, "incident": p.incident.to_string(), "relation": p.relation, "p": round4(p.p), "reasons": p.reasons, "related": p.related,
        "earlier_by_caller": p.earlier_by_caller, "last_status": p.last_status,
    })
}
