//! The Python face of `jiesu`: turns Python values and Arrow tables into the core's records and answers back. No logic of its own.

mod emerging;
mod engine;
mod error;
mod hotspot;
mod incident;
mod jobs;
mod model;
mod part;
mod place;
mod record;
mod source;
mod table;

use pyo3::prelude::*;
use std::path::PathBuf;

/// Runs the command line with this default bundle; returns its exit code.
#[pyfunction]
fn main(py: Python<'_>, args: Vec<String>, bundle: PathBuf) -> u8 {
    py.detach(|| jiesu::cli::run_in_host(args, bundle))
}

/// The native half of the package `jiesu`.
#[pymodule(gil_used = false)]
fn _jiesu(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add_function(wrap_pyfunction!(main, m)?)?;
    m.add_function(wrap_pyfunction!(model::fit, m)?)?;
    m.add_function(wrap_pyfunction!(incident::repair, m)?)?;
    m.add_class::<engine::Engine>()?;
    m.add_class::<model::Model>()?;
    m.add_class::<incident::Signer>()?;
    m.add_class::<incident::Index>()?;
    m.add_class::<place::Gazetteer>()?;
    m.add_class::<hotspot::Events>()?;
    m.add_class::<hotspot::Detector>()?;
    m.add_class::<emerging::Emerging>()?;
    Ok(())
}
