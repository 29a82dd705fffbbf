//! Python values as records of the core.

use crate::error::coded;
use jiesu::complaint::{Complaint, Fields, Mapping, Row};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use serde_json::{Number, Value};

/// A record from a text or from a dict of fields; `line` stands in for an id that is not given.
pub(crate) fn record(value: &Bound<'_, PyAny>, mapping: &Mapping, line: u64) -> PyResult<Complaint> {
    let py = value.py();
    let fields = if let Ok(text) = value.cast::<PyString>() {
        Fields::from_iter([("text".to_string(), Value::String(unicode(text)?))])
    } else if let Ok(dict) = value.cast::<PyDict>() {
        let name = |k: &Bound<'_, PyAny>| match k.cast::<PyString>() {
            Ok(text) => unicode(text),
            Err(_) => Err(coded(py, "input.type", &format!("field {k} is no name: names are text"))),
        };
        dict.iter().map(|(k, v)| Ok((name(&k)?, field(&k, &v)?))).collect::<PyResult<_>>()?
    } else {
        let kind = value.get_type().name()?;
        return Err(coded(py, "input.type", &format!("a complaint is a text (str) or a record (dict), not {kind}")));
    };
    // A bare text has no fields to map.
    let plain = Mapping { gcj02: mapping.gcj02, ..Mapping::default() };
    let mapping = if value.is_instance_of::<PyString>() { &plain } else { mapping };
    mapping.record(&Row { line, fields }).map_err(|r| {
        let code = if r.missing_field { "input.field" } else { "input.record" };
        coded(py, code, &r.reason)
    })
}

/// A text; one with half of a surrogate pair is none.
fn unicode(text: &Bound<'_, PyString>) -> PyResult<String> {
    let read = text.to_str().map(str::to_owned);
    read.map_err(|e| coded(text.py(), "input.record", &format!("text that is no Unicode: {}", e.value(text.py()))))
}

fn field(name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(text) = value.cast::<PyString>() {
        Ok(Value::String(unicode(text)?))
    } else if let Ok(b) = value.cast::<PyBool>() {
        Ok(Value::Bool(b.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        // An id may be longer than 64 bits.
        Ok(value.extract::<i64>().map_or_else(|_| Value::String(value.to_string()), Value::from))
    } else if value.is_instance_of::<PyFloat>() {
        // NaN is how pandas says null.
        Ok(Number::from_f64(value.extract()?).map_or(Value::Null, Value::Number))
    } else if value.hasattr("isoformat")? {
        Ok(Value::String(value.call_method0("isoformat")?.extract()?))
    } else {
        let kind = value.get_type().name()?;
        Err(coded(name.py(), "input.type", &format!("field `{name}` is {kind}: give text, a number, a truth value, a time or None")))
    }
}
