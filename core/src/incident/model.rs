//! What the bundle knows of merging: how rare features are, and the learned pair score.

use super::IncidentError;
use super::compare::{COUNT, FEATURES, Features, compare};
use super::facts::Facts;
use super::forest::{Forest, Trees, logistic};
use super::probe::Probe;
use super::rarity::{Rarity, RarityTable};
use super::reasons;
use super::signature::Signature;
use crate::bundle::{Bundle, BundleError};
use crate::text::Prepared;
use serde::{Deserialize, Serialize};

/// The section's name.
pub const SECTION: &str = "incident";

/// The section as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) rarity: RarityTable,
    pub(crate) forest: Forest,
    /// Scale and offset of the calibration of log-odds.
    pub(crate) calibration: (f64, f64),
}

/// Makes fingerprints and scores pairs of them. Immutable; share it behind an `Arc`.
#[derive(Debug, Clone)]
pub struct IncidentModel {
    rarity: Rarity,
    forest: Trees,
    calibration: (f64, f64),
}

/// What two records are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairRelation {
    /// One matter, told by others (多人同诉).
    SameMatter,
    /// One matter, told by the same person again (重复诉求).
    SamePerson,
    /// Worth showing beside each other, never merged.
    Related,
    /// Nothing to do with each other.
    Different,
}

/// The judgement of one pair.
#[derive(Debug, Clone, PartialEq)]
pub struct PairScore {
    /// Probability that both belong to one incident.
    pub p: f64,
    /// What they are to each other.
    pub relation: PairRelation,
    /// Why, in words a clerk understands.
    pub reasons: Vec<String>,
}

/// From this probability on two records count as one matter.
pub(crate) const SAME: f64 = 0.5;
/// From this probability on a record is shown as related.
pub(crate) const RELATED: f64 = 0.15;

impl IncidentModel {
    /// Reads the section `incident` of a bundle.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, IncidentError> {
        Ok(Self::from_stored(bundle.get(SECTION)?)?)
    }

    pub(crate) fn from_stored(stored: Stored) -> Result<Self, BundleError> {
        stored.forest.check(COUNT, SECTION)?;
        let (scale, offset) = stored.calibration;
        if !scale.is_finite() || !offset.is_finite() || scale <= 0.0 {
            return Err(BundleError::malformed(SECTION, "the calibration is not a rising line"));
        }
        Ok(IncidentModel {
            rarity: Rarity::new(&stored.rarity, SECTION)?,
            forest: Trees::new(&stored.forest),
            calibration: stored.calibration,
        })
    }

    /// The fingerprint of a record. Linear in the length of its text (cut at 4,000 characters).
    pub fn sign(&self, prepared: &Prepared, facts: &Facts<'_>) -> Signature {
        Signature::new(prepared, facts, &self.rarity)
    }

    /// Judges a pair: symmetric, a few microseconds.
    pub fn score(&self, a: &Signature, b: &Signature) -> PairScore {
        let features = compare(&Probe::new(a), b);
        let p = self.calibrated(self.forest.log_odds(&features));
        let same_caller = a.caller != 0 && a.caller == b.caller;
        let relation = match p {
            p if p >= SAME && same_caller => PairRelation::SamePerson,
            p if p >= SAME => PairRelation::SameMatter,
            p if p >= RELATED => PairRelation::Related,
            _ => PairRelation::Different,
        };
        PairScore { p, relation, reasons: reasons::of_pair(a, b, &features) }
    }

    /// What the score is made of, in the order of [`FEATURES`]; `NaN` where one of the two does not say. For a look inside and for fitting.
    pub fn features(&self, a: &Signature, b: &Signature) -> [f32; FEATURES.len()] {
        compare(&Probe::new(a), b)
    }

    /// Only the probability of [`IncidentModel::score`].
    pub fn same(&self, a: &Signature, b: &Signature) -> f64 {
        self.calibrated(self.forest.log_odds(&compare(&Probe::new(a), b)))
    }

    /// The same for a record that meets many, each compared before.
    pub(crate) fn same_of(&self, compared: &[Features]) -> Vec<f64> {
        self.forest.log_odds_of(compared).into_iter().map(|odds| self.calibrated(odds)).collect()
    }

    fn calibrated(&self, log_odds: f64) -> f64 {
        let (scale, offset) = self.calibration;
        logistic(scale * log_odds + offset)
    }
}
