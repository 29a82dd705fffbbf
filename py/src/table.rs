//! Arrow tables: rows in as records, answers out as flat columns.

use crate::error::coded;
use crate::jobs::Jobs;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use jiesu::complaint::{Analysis, Complaint, Fields, Mapping, Row};
use jiesu::engine::{Engine, canonical_json};
use pyo3::prelude::*;
use serde_json::Value;
use std::sync::Arc;

/// Columns beside text, id and time that a record has; read when the table has them.
const OTHERS: [&str; 10] = ["channel", "caller", "address", "area", "topic", "unit", "status", "satisfied", "lon", "lat"];
const TEXTS: [&str; 3] = ["text", "title", "detail"];

/// Which columns of a table make the record; checked against its schema once.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    mapping: Mapping,
    columns: Vec<usize>,
    names: Vec<String>,
}

impl Reading {
    /// An error names the columns that exist, or the type of a text column that holds no text.
    pub(crate) fn new(py: Python<'_>, schema: &Schema, mapping: Mapping) -> PyResult<Self> {
        let wanted = mapping.text.iter().flatten().chain(&mapping.id).chain(&mapping.time);
        let all = || schema.fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>().join(", ");
        for name in wanted {
            if schema.column_with_name(name).is_none() {
                return Err(coded(py, "input.field", &format!("no column `{name}`; the columns are: {}", all())));
            }
        }
        let default: Vec<String> = TEXTS.iter().filter(|n| schema.column_with_name(n).is_some()).map(ToString::to_string).collect();
        let texts = mapping.text.clone().unwrap_or(default);
        if texts.is_empty() {
            let message = format!("no column `text`, `title` or `detail`: name the text with text=; the columns are: {}", all());
            return Err(coded(py, "input.field", &message));
        }
        for name in &texts {
            let field = schema.field_with_name(name).map_err(|e| coded(py, "input.field", &e.to_string()))?;
            if !is_text(field.data_type()) {
                return Err(coded(py, "input.type", &format!("column `{name}` holds {}, not text", field.data_type())));
            }
        }
        let id = mapping.id.clone().unwrap_or_else(|| "id".into());
        let time = mapping.time.clone().unwrap_or_else(|| "received_at".into());
        let names = texts.into_iter().chain([id, time]).chain(OTHERS.map(String::from));
        let mut reading = Reading { mapping, columns: Vec::new(), names: Vec::new() };
        for name in names {
            if let Some((at, _)) = schema.column_with_name(&name).filter(|(at, _)| !reading.columns.contains(at)) {
                reading.columns.push(at);
                reading.names.push(name);
            }
        }
        Ok(reading)
    }

    /// The records of a batch, read on all threads; for a row that has none, why. Rows are numbered from `first`.
    pub(crate) fn records(&self, batch: &RecordBatch, first: u64, jobs: &Jobs) -> Result<Vec<Result<Complaint, String>>, ArrowError> {
        let parts = jobs.map(&pieces(batch), |(at, piece)| self.piece(piece, first + at));
        Ok(parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn piece(&self, batch: &RecordBatch, first: u64) -> Result<Vec<Result<Complaint, String>>, ArrowError> {
        let columns: Vec<Text> = self.columns.iter().map(|&at| Text::new(batch.column(at))).collect::<Result<_, _>>()?;
        let rows = (0..batch.num_rows()).map(|row| {
            let cells = self.names.iter().zip(&columns);
            let fields: Fields = cells.map(|(n, c)| (n.clone(), c.get(row).map_or(Value::Null, |t| Value::String(t.into())))).collect();
            self.mapping.record(&Row { line: first + row as u64, fields }).map_err(|r| r.reason)
        });
        Ok(rows.collect())
    }

    /// Analyses a batch into a batch of as many rows.
    pub(crate) fn analyze(
        &self,
        engine: &Engine,
        batch: &RecordBatch,
        first: u64,
        json: bool,
        jobs: &Jobs,
    ) -> Result<RecordBatch, ArrowError> {
        // Reading and writing columns take as long as some records do: each thread does its own.
        let parts = jobs.map(&pieces(batch), |(at, piece)| {
            let records = self.piece(piece, first + at)?;
            let answers = records.iter().map(|record| {
                record.as_ref().map(|c| {
                    let analysis = engine.analyze(c);
                    let text = json.then(|| canonical_json(&c.text, analysis.clone()));
                    (analysis, text)
                })
            });
            columns(&answers.collect::<Vec<_>>(), json)
        });
        concat_batches(&schema(json), &parts.into_iter().collect::<Result<Vec<_>, ArrowError>>()?)
    }
}

/// Rows that a thread takes at a time.
const PIECE: usize = 64;

/// A batch cut into pieces, with where each begins.
fn pieces(batch: &RecordBatch) -> Vec<(u64, RecordBatch)> {
    let rows = batch.num_rows();
    (0..rows).step_by(PIECE).map(|at| (at as u64, batch.slice(at, PIECE.min(rows - at)))).collect()
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// A column as text, without a copy when it is text already.
pub(crate) enum Text {
    Small(StringArray),
    Large(arrow_array::LargeStringArray),
    View(arrow_array::StringViewArray),
}

impl Text {
    pub(crate) fn new(column: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match column.data_type() {
            DataType::Utf8 => Text::Small(column.as_string().clone()),
            DataType::LargeUtf8 => Text::Large(column.as_string().clone()),
            DataType::Utf8View => Text::View(column.as_string_view().clone()),
            _ => Text::Small(arrow_cast::cast(column, &DataType::Utf8)?.as_string().clone()),
        })
    }

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Text::Small(a) => a.is_valid(row).then(|| a.value(row)),
            Text::Large(a) => a.is_valid(row).then(|| a.value(row)),
            Text::View(a) => a.is_valid(row).then(|| a.value(row)),
        }
    }
}

type Answer<'r> = Result<(Analysis, Option<String>), &'r String>;

/// The schema of [`Reading::analyze`].
pub(crate) fn schema(json: bool) -> SchemaRef {
    columns(&[], json).map_or_else(|_| Arc::new(Schema::empty()), |b| b.schema())
}

/// One flat column per fact a table needs; null throughout for a row without an answer, whose `error` says why.
fn columns(answers: &[Answer<'_>], json: bool) -> Result<RecordBatch, ArrowError> {
    let mut out = Columns { answers, fields: Vec::new(), arrays: Vec::new() };
    out.text("type", |a| serde_name(&a.kind.label));
    out.number("type_p", |a| Some(a.kind.p));
    out.flag("report", |a| Some(a.kind.report));
    out.whole("urgency", |a| Some(i64::from(a.urgency.level)));
    out.texts("urgency_reasons", |a| a.urgency.reasons.clone());
    out.flag("collective", |a| Some(a.collective.flag));
    out.whole("people", |a| a.collective.people.map(i64::from));
    out.text("topic", |a| a.topics.first().map(|t| t.code.clone()));
    out.text("topic_name", |a| a.topics.first().map(|t| t.name.clone()));
    out.number("topic_p", |a| a.topics.first().map(|t| t.p));
    out.text("problem", |a| a.problem.as_ref().map(|p| p.code.clone()));
    out.text("problem_name", |a| a.problem.as_ref().map(|p| p.name.clone()));
    out.number("problem_p", |a| a.problem.as_ref().map(|p| p.p));
    out.text("level", |a| serde_name(&a.level));
    out.text("unit", |a| a.units.first().map(|u| u.unit.clone()));
    out.text("unit_local", |a| a.units.first().and_then(|u| u.local.as_ref()).map(|l| l.name.clone()));
    out.number("unit_p", |a| a.units.first().map(|u| u.p));
    out.texts("units", |a| a.units.iter().map(|u| u.unit.clone()).collect());
    out.whole("limit", |a| a.limit.map(|l| i64::from(l.value)));
    out.text("limit_unit", |a| a.limit.and_then(|l| serde_name(&l.unit)));
    out.flag("abstain", |a| Some(a.abstain));
    out.text("area", |a| a.area.as_ref().map(|x| x.code.clone()));
    out.text("area_name", |a| a.area.as_ref().map(|x| x.name.clone()));
    out.text("district", |a| a.area.as_ref().and_then(|x| x.district.clone()));
    out.text("town", |a| a.area.as_ref().and_then(|x| x.town.clone()));
    out.number("area_p", |a| a.area.as_ref().map(|x| x.p));
    out.texts("missing", |a| a.missing.iter().map(|m| m.fact.clone()).collect());
    out.whole("pii", |a| Some(a.pii.len() as i64));
    out.whole("matters", |a| Some(a.matters.len() as i64));
    if json {
        let texts = answers.iter().map(|a| a.as_ref().ok().and_then(|(_, json)| json.as_deref()));
        out.push("json", Arc::new(texts.collect::<StringArray>()));
    }
    let errors = answers.iter().map(|a| a.as_ref().err().map(|reason| reason.as_str()));
    out.push("error", Arc::new(errors.collect::<StringArray>()));
    RecordBatch::try_new(Arc::new(Schema::new(out.fields)), out.arrays)
}

/// The name an enum has in JSON.
pub(crate) fn serde_name(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

struct Columns<'a, 'r> {
    answers: &'a [Answer<'r>],
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns<'_, '_> {
    fn push(&mut self, name: &str, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
    }

    fn each(&self) -> impl Iterator<Item = Option<&Analysis>> {
        self.answers.iter().map(|a| a.as_ref().ok().map(|(analysis, _)| analysis))
    }

    fn text(&mut self, name: &str, f: impl Fn(&Analysis) -> Option<String>) {
        let mut b = StringBuilder::new();
        self.each().for_each(|a| b.append_option(a.and_then(&f)));
        self.push(name, Arc::new(b.finish()));
    }

    fn texts(&mut self, name: &str, f: impl Fn(&Analysis) -> Vec<String>) {
        let mut b = ListBuilder::new(StringBuilder::new());
        self.each().for_each(|a| match a {
            Some(a) => b.append_value(f(a).into_iter().map(Some)),
            None => b.append_null(),
        });
        self.push(name, Arc::new(b.finish()));
    }

    fn number(&mut self, name: &str, f: impl Fn(&Analysis) -> Option<f64>) {
        let mut b = Float64Builder::new();
        self.each().for_each(|a| b.append_option(a.and_then(&f)));
        self.push(name, Arc::new(b.finish()));
    }

    fn whole(&mut self, name: &str, f: impl Fn(&Analysis) -> Option<i64>) {
        let mut b = Int64Builder::new();
        self.each().for_each(|a| b.append_option(a.and_then(&f)));
        self.push(name, Arc::new(b.finish()));
    }

    fn flag(&mut self, name: &str, f: impl Fn(&Analysis) -> Option<bool>) {
        let mut b = BooleanBuilder::new();
        self.each().for_each(|a| b.append_option(a.and_then(&f)));
        self.push(name, Arc::new(b.finish()));
    }
}
