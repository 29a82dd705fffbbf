//! Errors cross over by their stable code: `jiesu._errors` knows the exception class of each.

use arrow_schema::ArrowError;
use pyo3::prelude::*;

/// A Python exception for an error of the core.
pub(crate) fn core(py: Python<'_>, error: impl Into<jiesu::Error>) -> PyErr {
    let error = error.into();
    coded(py, error.code(), &error.to_string())
}

/// A Python exception by code.
pub(crate) fn coded(py: Python<'_>, code: &str, message: &str) -> PyErr {
    match py.import("jiesu._errors").and_then(|m| m.call_method1("from_code", (code, message))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(e) => e,
    }
}

/// A Python exception for a table that could not be read.
pub(crate) fn arrow(py: Python<'_>, error: ArrowError) -> PyErr {
    coded(py, "input.table", &error.to_string())
}
