//! `n_jobs`: thread pools of a given size, made once each.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

/// How many threads work.
#[derive(Debug, Clone)]
pub(crate) enum Jobs {
    /// The caller's thread alone.
    One,
    /// A pool.
    Pool(Arc<ThreadPool>),
}

/// The threads of a pool do not survive a fork, so a pool belongs to the process that made it.
/// Thread pools by process and number of threads.
type Pools = HashMap<(u32, usize), Arc<ThreadPool>>;
static POOLS: Mutex<Option<Pools>> = Mutex::new(None);

impl Jobs {
    /// As in joblib: `None` and −1 are all cores, −2 all but one, and so on; 0 is an error.
    pub(crate) fn new(n_jobs: Option<isize>) -> PyResult<Self> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let n = match n_jobs.unwrap_or(-1) {
            0 => return Err(PyValueError::new_err("n_jobs is 0: give a number of threads, or -1 for all cores")),
            n if n > 0 => n.unsigned_abs(),
            n => (cores + 1).saturating_sub(n.unsigned_abs()).max(1),
        };
        if n == 1 {
            return Ok(Jobs::One);
        }
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        let pools = pools.get_or_insert_default();
        let key = (std::process::id(), n);
        if let Some(pool) = pools.get(&key) {
            return Ok(Jobs::Pool(Arc::clone(pool)));
        }
        let pool = ThreadPoolBuilder::new().num_threads(n).thread_name(|i| format!("jiesu-{i}")).build();
        let pool = Arc::new(pool.map_err(|e| PyRuntimeError::new_err(format!("cannot start {n} threads: {e}")))?);
        pools.insert(key, Arc::clone(&pool));
        Ok(Jobs::Pool(pool))
    }

    /// Maps a slice in order.
    pub(crate) fn map<'t, T: Sync, R: Send>(&self, items: &'t [T], f: impl Fn(&'t T) -> R + Sync + Send) -> Vec<R> {
        use rayon::prelude::*;
        match self {
            Jobs::One => items.iter().map(f).collect(),
            Jobs::Pool(pool) => pool.install(|| items.par_iter().map(f).collect()),
        }
    }
}
