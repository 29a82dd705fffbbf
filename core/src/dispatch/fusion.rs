//! How the sources are weighed: a conditional logit over units, and one over levels, with a handful of weights that are data.
//!
//! The score of a unit is a weighted sum of the logarithms of what each source says of it (McFadden 1974, conditional logit); probabilities
//! are its softmax. A catalogue row speaks through its own record: how often requests it held for went to which unit, smoothed towards the
//! leads it names, so that a vague row weighs little and a changed row (another fingerprint) starts from what it says.

use super::units::{UnitId, Units};
use super::{Catalogue, Rule};
use crate::bundle::BundleError;
use crate::complaint::Level;
use rustc_hash::FxHashMap;
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

/// What is known of a catalogue row from past requests it held for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RowRecord {
    /// Fingerprint of the row.
    pub fingerprint: u64,
    /// Unit (short name) and number of requests.
    pub units: Vec<(String, f32)>,
    /// Requests at each of [`LEVELS`].
    pub levels: [f32; 4],
}

/// Weights of the fusion, learned by `train_fusion` or the defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// Weight of the learned model's log probability.
    pub learned: f64,
    /// Weight of the log probability of the catalogue rows' records.
    pub record: f64,
    /// Weight of the share of hypotheses whose row names the unit as lead.
    pub lead: f64,
    /// Weight of the log of the unit's overall share.
    pub prior: f64,
    /// Weights for levels: learned model, catalogue rows, the unit's usual level, the request type's usual level, overall share.
    pub level: [f64; 5],
    /// Records of catalogue rows, ascending by fingerprint.
    pub rows: Vec<RowRecord>,
    /// Unit (short name), its overall share, and how its requests spread over [`LEVELS`]; ascending by name.
    pub units: Vec<(String, f64, [f32; 4])>,
    /// How requests of 咨询, 求助, 投诉, 建议, 表扬 spread over [`LEVELS`].
    pub kinds: [[f32; 4]; 5],
    /// Least probability of the lead at which an order may go out by itself.
    pub threshold: f64,
    /// The same for single units (short name) that need more; ascending by name.
    pub unit_thresholds: Vec<(String, f64)>,
}

impl Default for Fusion {
    fn default() -> Self {
        // Chosen on two folds over the train hand labels: mean p .774 vs accuracy .747; above the threshold ~95% of leads are right,
        // ~40% let out.
        Fusion {
            learned: 0.5,
            record: 0.25,
            lead: 0.0,
            prior: 0.0,
            level: [1.0, 0.2, 0.0, 0.0, 0.0],
            rows: Vec::new(),
            units: Vec::new(),
            kinds: [[0.0; 4]; 5],
            threshold: 0.93,
            unit_thresholds: Vec::new(),
        }
    }
}

impl Fusion {
    /// Checks what a bundle brought: finite numbers, sorted tables.
    pub fn check(self) -> Result<Self, BundleError> {
        let weights = [self.learned, self.record, self.lead, self.prior, self.threshold];
        let finite = weights
            .iter()
            .chain(&self.level)
            .chain(self.units.iter().map(|(_, p, _)| p))
            .chain(self.unit_thresholds.iter().map(|(_, t)| t));
        let counts = self.rows.iter().flat_map(|r| r.units.iter().map(|(_, n)| n).chain(&r.levels));
        let counts = counts.chain(self.units.iter().flat_map(|(_, _, l)| l)).chain(self.kinds.iter().flatten());
        if !finite.copied().all(|w| w.is_finite() && w.abs() < 1e6) || !counts.copied().all(|n| n.is_finite() && (0.0..1e12).contains(&n)) {
            return Err(BundleError::malformed("dispatch", "a weight or count is not a sensible number"));
        }
        let sorted = self.rows.windows(2).all(|w| matches!(w, [a, b] if a.fingerprint < b.fingerprint))
            && self.units.windows(2).all(|w| matches!(w, [a, b] if a.0 < b.0))
            && self.unit_thresholds.windows(2).all(|w| matches!(w, [a, b] if a.0 < b.0));
        if !sorted {
            return Err(BundleError::malformed("dispatch", "a table is not sorted"));
        }
        Ok(self)
    }

    fn row(&self, fingerprint: u64) -> Option<&RowRecord> {
        self.rows.binary_search_by_key(&fingerprint, |r| r.fingerprint).ok().and_then(|at| self.rows.get(at))
    }
}

/// A row's fingerprint: its id, topics, words and leads. A changed row has another one and loses its record.
pub(crate) fn fingerprint(rule: &Rule, catalogue: &Catalogue) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |part: &str| {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(&rule.row);
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
    /// Probability of each unit the record or the leads name.
    pub(crate) units: Vec<(UnitId, f64)>,
    /// Probability of each level.
    pub(crate) levels: [f64; 4],
}

/// Requests a row's own words are worth beside its record.
const PSEUDO: f64 = 4.0;
/// Share of a row's probability that goes to units it does not name.
const DOUBT: f64 = 0.15;
/// What a unit has that no source names.
pub(crate) const FLOOR: f64 = 1e-3;

impl RowView {
    pub(crate) fn new(rule: &Rule, record: Option<&RowRecord>, leads: Vec<UnitId>, cooperating: Vec<UnitId>, units: &Units) -> Self {
        let mut mass: Vec<(UnitId, f64)> = Vec::new();
        let mut add = |id: UnitId, n: f64| match mass.iter_mut().find(|(u, _)| *u == id) {
            Some((_, m)) => *m += n,
            None => mass.push((id, n)),
        };
        let mut total = PSEUDO;
        for &lead in &leads {
            add(lead, PSEUDO * (1.0 - DOUBT) / leads.len() as f64);
        }
        for (name, n) in record.into_iter().flat_map(|r| &r.units) {
            total += f64::from(*n);
            if let Some(id) = units.find(name) {
                add(id, f64::from(*n));
            }
        }
        mass.iter_mut().for_each(|(_, m)| *m /= total);
        let mut levels = [PSEUDO * DOUBT / 4.0; 4];
        match rule.level {
            Some(level) => levels[level_index(level)] += PSEUDO * (1.0 - DOUBT),
            None => levels.iter_mut().for_each(|l| *l += PSEUDO * (1.0 - DOUBT) / 4.0),
        }
        for (l, n) in levels.iter_mut().zip(record.map_or([0.0; 4], |r| r.levels)) {
            *l += f64::from(n);
        }
        let total: f64 = levels.iter().sum();
        levels.iter_mut().for_each(|l| *l /= total);
        RowView { leads, cooperating, units: mass, levels }
    }
}

/// The fusion's tables by unit number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    /// Log of the overall share of each unit.
    pub(crate) prior: Vec<f64>,
    /// Probability of each level for each unit.
    pub(crate) unit_levels: Vec<[f64; 4]>,
    /// Probability of each level for each request type.
    pub(crate) kind_levels: [[f64; 4]; 5],
    /// Log of each level's overall share.
    pub(crate) level_prior: [f64; 4],
    /// Threshold of each unit.
    pub(crate) thresholds: Vec<f64>,
    pub(crate) rows: Vec<RowView>,
}

impl Tables {
    /// Resolves names; units and rows the fusion does not know get what their table says of them.
    pub(crate) fn new(fusion: &Fusion, catalogue: &Catalogue, units: &Units) -> Result<Self, super::DispatchError> {
        let known: FxHashMap<UnitId, &(String, f64, [f32; 4])> = fusion.units.iter().filter_map(|u| Some((units.find(&u.0)?, u))).collect();
        let rest = 1.0 / (units.len().max(1) as f64 * 20.0);
        let mut tables = Tables::default();
        let mut overall = [1.0f64; 4];
        for (at, unit) in units.iter().enumerate() {
            let known = known.get(&(at as UnitId));
            tables.prior.push(libm::log(known.map_or(rest, |u| u.1).max(1e-4)));
            let counts = known.map_or([0.0; 4], |u| u.2);
            overall.iter_mut().zip(counts).for_each(|(o, n)| *o += f64::from(n));
            let mut levels = [0.15f64; 4];
            levels[level_index(unit.level)] += 2.0;
            tables.unit_levels.push(smooth(counts, levels));
            let own = fusion.unit_thresholds.iter().find(|(name, _)| units.find(name) == Some(at as UnitId));
            tables.thresholds.push(own.map_or(fusion.threshold, |(_, t)| t.max(fusion.threshold)));
        }
        let total: f64 = overall.iter().sum();
        tables.level_prior = overall.map(|o| libm::log(o / total));
        tables.kind_levels = fusion.kinds.map(|k| smooth(k, overall.map(|o| 4.0 * o / total)));
        for rule in catalogue.rules() {
            let find = |names: &[String]| {
                names
                    .iter()
                    .map(|n| {
                        units.find(n).ok_or_else(|| {
                            super::DispatchError::line("catalogue", rule.line, format!("unit `{n}` is not in the table of units"))
                        })
                    })
                    .collect::<Result<Vec<_>, _>>()
            };
            let record = if fusion.rows.is_empty() { None } else { fusion.row(fingerprint(rule, catalogue)) };
            tables.rows.push(RowView::new(rule, record, find(&rule.leads)?, find(&rule.cooperating)?, units));
        }
        Ok(tables)
    }
}

fn smooth(counts: [f32; 4], pseudo: [f64; 4]) -> [f64; 4] {
    let mut out = pseudo;
    out.iter_mut().zip(counts).for_each(|(o, n)| *o += f64::from(n));
    let total: f64 = out.iter().sum();
    out.map(|o| o / total)
}

/// Softmax in place, in fixed order.
pub(crate) fn softmax(scores: &mut [f64]) {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for s in scores.iter_mut() {
        *s = libm::exp(*s - max);
        total += *s;
    }
    scores.iter_mut().for_each(|s| *s /= total);
}
