//! Events in, alerts out.

use crate::error::{arrow, coded, core};
use crate::table::Text;
use arrow_schema::ArrowError;
use jiesu::complaint::Day;
use jiesu::dispatch::Calendar;
use jiesu::hotspot::{Areas, DetectorParams, Event, EventLog, HotspotError, Month, SeriesDay, Statistic, Topics, rank};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use serde_json::{Map, Value};
use std::sync::{Mutex, PoisonError};

/// Events to count; grows by [`Events::push`].
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug, Default)]
pub(crate) struct Events {
    log: Mutex<EventLog>,
}

#[pymethods]
impl Events {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn __len__(&self) -> usize {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Adds the rows of a table. `fields` are pairs of an event's field and the column it is in. Gives the rows that are no event, and why.
    fn push(&self, py: Python<'_>, source: AnyRecordBatch, fields: Vec<(String, String)>) -> PyResult<Vec<(usize, String)>> {
        let mut stream = source.into_reader()?;
        let schema = stream.schema();
        let mut columns = Vec::with_capacity(fields.len());
        for (field, column) in &fields {
            let at = schema.index_of(column).map_err(|_| {
                let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
                coded(py, "input.field", &format!("no column `{column}`; the columns are: {}", names.join(", ")))
            })?;
            columns.push((field, at));
        }
        let (mut bad, mut row) = (Vec::new(), 0);
        while let Some(batch) = py.detach(|| stream.next()) {
            let batch = batch.map_err(|e| arrow(py, e))?;
            py.detach(|| {
                let cell = |(f, at): &(&String, usize)| Ok::<_, ArrowError>(((*f).clone(), Text::new(batch.column(*at))?));
                let cells = columns.iter().map(cell).collect::<Result<Vec<_>, _>>()?;
                let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
                for i in 0..batch.num_rows() {
                    let fields: Map<String, Value> =
                        cells.iter().filter_map(|(f, c)| Some((f.clone(), Value::from(c.get(i).filter(|t| !t.is_empty())?)))).collect();
                    let event = Event::from_json(&Value::Object(fields).to_string());
                    if let Err(e) = event.and_then(|e| log.push(&e)) {
                        bad.push((row, e.to_string()));
                    }
                    row += 1;
                }
                Ok::<_, ArrowError>(())
            })
            .map_err(|e| arrow(py, e))?;
            py.check_signals()?;
        }
        Ok(bad)
    }

    /// First and last day.
    fn span(&self) -> Option<(String, String)> {
        let span = self.log.lock().unwrap_or_else(PoisonError::into_inner).span();
        span.map(|(a, b)| (a.to_string(), b.to_string()))
    }
}

/// The scan and what it left to look at.
#[pyclass(frozen, module = "jiesu._jiesu")]
#[derive(Debug)]
pub(crate) struct Detector {
    areas: Areas,
    topics: Option<Topics>,
    holidays: Calendar,
    params: DetectorParams,
    scanned: Mutex<Option<jiesu::hotspot::Detector>>,
}

#[pymethods]
impl Detector {
    #[new]
    #[pyo3(signature = (*, areas=None, adjacency=None, topics=None, holidays=None, statistic, false_alarms_per_month, window, history, half_life, caller_days, refit_days, burn_in, seed))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        py: Python<'_>,
        areas: Option<&str>,
        adjacency: Option<&str>,
        topics: Option<&str>,
        holidays: Option<&str>,
        statistic: &str,
        false_alarms_per_month: f64,
        window: usize,
        history: usize,
        half_life: f64,
        caller_days: i32,
        refit_days: i32,
        burn_in: usize,
        seed: u64,
    ) -> PyResult<Self> {
        let read = || {
            let statistic = statistic.parse::<Statistic>()?;
            let params =
                DetectorParams { false_alarms_per_month, window, history, half_life, caller_days, refit_days, burn_in, statistic, seed };
            params.check()?;
            let table = areas.map_or(Ok(Areas::default()), |a| Areas::from_csv(a.as_bytes()))?;
            let areas = adjacency.map_or(Ok(table.clone()), |a| table.clone().with_adjacency(a.as_bytes()))?;
            let topics = topics.map(|t| Topics::from_csv(t.as_bytes())).transpose()?;
            let holidays = holidays.map_or(Ok(Calendar::default()), Calendar::from_csv)?;
            Ok(Detector { areas, topics, holidays, params, scanned: Mutex::new(None) })
        };
        read().map_err(|e: jiesu::Error| core(py, e))
    }

    /// Alerts of the days `since..=last`; JSON.
    fn scan(&self, py: Python<'_>, events: &Events, since: &str, last: &str) -> PyResult<Vec<String>> {
        py.detach(|| {
            let (from, last) = (Day::parse(since)?, Day::parse(last)?);
            if from > last {
                let value = format!("{from}, after {last}");
                return Err(HotspotError::Parameter { name: "since", value, range: "the day of as_of or before" }.into());
            }
            let mut detector =
                jiesu::hotspot::Detector::new(self.areas.clone(), self.params.clone())?.with_holidays(self.holidays.special());
            if let Some(topics) = &self.topics {
                detector = detector.with_topics(topics.clone())?;
            }
            let alerts = detector.scan(&events.log.lock().unwrap_or_else(PoisonError::into_inner), from, last)?;
            *self.scanned.lock().unwrap_or_else(PoisonError::into_inner) = Some(detector);
            alerts.iter().map(|a| serde_json::to_string(a).map_err(|e| HotspotError::Event(e.to_string()).into())).collect()
        })
        .map_err(|e: jiesu::Error| core(py, e))
    }

    /// The ranking of a month; JSON.
    fn monthly(&self, py: Python<'_>, events: &Events, month: &str) -> PyResult<Vec<String>> {
        py.detach(|| {
            let log = events.log.lock().unwrap_or_else(PoisonError::into_inner);
            let ranking = rank(&log, Month::parse(month)?, &self.areas);
            ranking.iter().map(|r| serde_json::to_string(r).map_err(|e| HotspotError::Event(e.to_string()))).collect::<Result<Vec<_>, _>>()
        })
        .map_err(|e: HotspotError| core(py, e))
    }

    /// Day, observed, expected, and the normal range, of the last days of the last scan.
    fn series(&self, py: Python<'_>, topic: &str, areas: Vec<String>, days: usize) -> Vec<(String, f64, f64, f64, f64)> {
        let series: Vec<SeriesDay> = py.detach(|| {
            let scanned = self.scanned.lock().unwrap_or_else(PoisonError::into_inner);
            scanned.as_ref().map(|d| d.series(topic, &areas, days)).unwrap_or_default()
        });
        series.into_iter().map(|d| (d.day.to_string(), d.observed, d.expected, d.low, d.high)).collect()
    }

    /// Whether the history of the last scan was too short for rates of its own.
    fn is_young(&self) -> bool {
        self.scanned.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_none_or(jiesu::hotspot::Detector::is_young)
    }
}
