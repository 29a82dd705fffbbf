//! The index as a file: a bundle of one section, `history`, so that damage is found when it is opened.

use super::{History, Names, Order};
use crate::bundle::{Bundle, BundleError};
use crate::dispatch::DispatchError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the index within its directory.
pub const HISTORY_FILE: &str = "history.jiesu";
const SECTION: &str = "history";

#[derive(Serialize, Deserialize)]
struct Parts {
    units: Vec<String>,
    outcomes: Vec<String>,
    orders: Vec<Order>,
    /// Ascending by hash.
    frequency: Vec<(u32, u32)>,
    documents: u32,
}

impl History {
    /// Writes the index into a directory, which is made when it is not there. A reader never sees half a file.
    pub fn save(&self, dir: impl AsRef<Path>) -> Result<(), DispatchError> {
        let dir = dir.as_ref();
        std::fs::create_dir_all(dir).map_err(|source| DispatchError::Io { path: dir.display().to_string(), source })?;
        let bundle = self.to_bundle()?;
        bundle.save(dir.join(HISTORY_FILE)).map_err(wrong)
    }

    /// Opens the index of a directory.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, DispatchError> {
        let bundle = Bundle::open(dir.as_ref().join(HISTORY_FILE)).map_err(wrong)?;
        Self::from_bundle(&bundle)
    }

    /// The index as a bundle.
    pub fn to_bundle(&self) -> Result<Bundle, DispatchError> {
        let mut frequency: Vec<(u32, u32)> = self.frequency.iter().map(|(&k, &v)| (k, v)).collect();
        frequency.sort_unstable();
        let parts = Parts {
            units: self.names.list.clone(),
            outcomes: self.outcomes.list.clone(),
            orders: self.orders.clone(),
            frequency,
            documents: self.documents,
        };
        let mut bundle = Bundle::default();
        bundle.insert(SECTION, &parts, "history of the city's own orders: numbers, units, outcomes, hashes; no texts").map_err(wrong)?;
        Ok(bundle)
    }

    /// Reads the index from a bundle, checking that every number is in range.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, DispatchError> {
        let parts: Parts = bundle.get(SECTION).map_err(wrong)?;
        let (units, outcomes) = (parts.units.len(), parts.outcomes.len());
        let mut history = History { documents: parts.documents, frequency: parts.frequency.into_iter().collect(), ..History::default() };
        history.names = names(parts.units)?;
        history.outcomes = names(parts.outcomes)?;
        for (at, order) in parts.orders.into_iter().enumerate() {
            let known = |unit: &u32| (*unit as usize) < units;
            let sorted = order.signature.windows(2).all(|w| matches!(w, [a, b] if a < b));
            if !known(&order.unit) || !order.returned.iter().all(known) || (order.outcome as usize) >= outcomes || !sorted {
                return Err(DispatchError::History(format!("order number {at} is malformed")));
            }
            if history.by_id.insert(order.id.clone(), at as u32).is_some() {
                return Err(DispatchError::History(format!("order `{}` is there twice", order.id)));
            }
            history.count(order.unit, 1);
            for &pair in &order.signature {
                history.postings.entry(pair).or_default().push(at as u32);
            }
            history.orders.push(order);
        }
        Ok(history)
    }
}

fn names(list: Vec<String>) -> Result<Names, DispatchError> {
    let mut names = Names::default();
    for (at, name) in list.iter().enumerate() {
        if names.id(name) as usize != at {
            return Err(DispatchError::History(format!("name `{name}` is there twice")));
        }
    }
    Ok(names)
}

fn wrong(error: BundleError) -> DispatchError {
    match error {
        BundleError::Io { path, source } => DispatchError::Io { path, source },
        error => DispatchError::History(error.to_string()),
    }
}
