//! How the sources are weighed: a conditional logit over units, and one over levels, with a handful of weights that are data.
//!
//! The score of a unit is a weighted sum of the logarithms of what each source says of it (McFadden 1974, conditional logit); probabilities
//! are its softmax. A catalogue row names its leads with most of the probability, a vague one with several leads says less of each.

use super::units::{UnitId, Units};
use super::{Catalogue, Rule};
use crate::bundle::BundleError;
use crate::complaint::Level;
use serde::{Deserialize, Serialize};

/// Levels in the order of their numbers.
pub const LEVELS: [Level; 4] = [Level::Street, Level::Department, Level::Enterprise, Level::Answer];

/// Number of a level in [`LEVELS`].
pub(crate) fn level_index(level: Level) -> usize {
    match level {
        Level::Street => 0,
        Level::Department => 1,
        Level::Enterprise => 2,
        Level::Answer => 3,
    }
}

/// Weights of the fusion: learned by `train_fusion` when a bundle is built, or the defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// Weight of the learned model's log probability.
    pub learned: f64,
    /// Weight of the log probability of the catalogue rows.
    pub catalogue: f64,
    /// Weights for levels: learned model, catalogue rows.
    pub level: [f64; 2],
    /// Least probability of the lead at which an order may go out by itself, for units without a threshold of their own.
    pub threshold: f64,
    /// The same for single units (short name); ascending by name.
    pub unit_thresholds: Vec<(String, f64)>,
    /// Fingerprints of the catalogue rows that held when the model was trained, ascending. Any other row is newer than what the model has
    /// learned and decides against it. Empty: not known, no row counts as new.
    pub rows: Vec<u64>,
}

impl Default for Fusion {
    fn default() -> Self {
        // What two folds over hand labels gave, for bundles built without any.
        Fusion { learned: 0.5, catalogue: 0.25, level: [1.0, 0.2], threshold: 0.93, unit_thresholds: Vec::new(), rows: Vec::new() }
    }
}

impl Fusion {
    /// Checks what a bundle brought: finite numbers, a sorted table.
    pub fn check(self) -> Result<Self, BundleError> {
        let weights = [self.learned, self.catalogue, self.threshold];
        let all = weights.iter().chain(&self.level).chain(self.unit_thresholds.iter().map(|(_, t)| t));
        if !all.copied().all(|w| w.is_finite() && w.abs() < 1e6) {
            return Err(BundleError::malformed("dispatch", "a weight is not a sensible number"));
        }
        if !self.unit_thresholds.windows(2).all(|w| matches!(w, [a, b] if a.0 < b.0))
            || !self.rows.windows(2).all(|w| matches!(w, [a, b] if a < b))
        {
            return Err(BundleError::malformed("dispatch", "a table is not sorted"));
        }
        Ok(self)
    }

    /// The same weights, knowing the rows of a catalogue that held when the model was trained.
    pub fn knowing(self, catalogue: &Catalogue) -> Self {
        let mut rows: Vec<u64> = catalogue.rules().iter().map(|r| fingerprint(r, catalogue)).collect();
        rows.sort_unstable();
        rows.dedup();
        Fusion { rows, ..self }
    }
}

/// What makes a row the rule it is: its topics, words and leads.
fn fingerprint(rule: &Rule, catalogue: &Catalogue) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |part: &str| {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    rule.topics.iter().for_each(|t| add(t));
    add("");
    rule.leads.iter().for_each(|l| add(l));
    add("");
    catalogue.words_of(rule).for_each(&mut add);
    hash
}

/// A catalogue row turned into numbers for one table of units.
#[derive(Debug, Clone)]
pub(crate) struct RowView {
    /// Leads, none of them unknown.
    pub(crate) leads: Vec<UnitId>,
    /// Cooperating units.
    pub(crate) cooperating: Vec<UnitId>,
    /// Probability of each lead.
    pub(crate) share: f64,
    /// Probability of each level.
    pub(crate) levels: [f64; 4],
    /// Newer than what the model has learned.
    pub(crate) new: bool,
}

/// Share of a row's probability that goes to units or levels it does not name.
const DOUBT: f64 = 0.15;
/// What a unit has that no source names.
pub(crate) const FLOOR: f64 = 1e-3;

impl RowView {
    fn new(rule: &Rule, leads: Vec<UnitId>, cooperating: Vec<UnitId>, new: bool) -> Self {
        let mut levels = [DOUBT / 4.0; 4];
        match rule.level {
            Some(level) => levels[level_index(level)] += 1.0 - DOUBT,
            None => levels = [0.25; 4],
        }
        RowView { share: (1.0 - DOUBT) / leads.len().max(1) as f64, leads, cooperating, levels, new }
    }
}

/// The fusion's tables by unit number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    /// Threshold of each unit.
    pub(crate) thresholds: Vec<f64>,
    pub(crate) rows: Vec<RowView>,
}

impl Tables {
    /// Resolves names; an error for a row that names an unknown unit.
    pub(crate) fn new(fusion: &Fusion, catalogue: &Catalogue, units: &Units) -> Result<Self, super::DispatchError> {
        let mut tables = Tables { thresholds: vec![fusion.threshold; units.len()], rows: Vec::with_capacity(catalogue.rules().len()) };
        for (name, own) in &fusion.unit_thresholds {
            if let Some(t) = units.find(name).and_then(|id| tables.thresholds.get_mut(usize::from(id))) {
                *t = *own;
            }
        }
        for rule in catalogue.rules() {
            let find = |names: &[String]| {
                let unknown = |n: &String| format!("unit `{n}` is not in the table of units");
                let id = |n: &String| units.find(n).ok_or_else(|| super::DispatchError::line("catalogue", rule.line, unknown(n)));
                names.iter().map(id).collect::<Result<Vec<_>, _>>()
            };
            let new = !fusion.rows.is_empty() && fusion.rows.binary_search(&fingerprint(rule, catalogue)).is_err();
            tables.rows.push(RowView::new(rule, find(&rule.leads)?, find(&rule.cooperating)?, new));
        }
        Ok(tables)
    }
}
