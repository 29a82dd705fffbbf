//! The tables of the room: cue phrases, fusion weights, missing facts, surnames. Files of `models/intake/` become the bundle section
//! `intake`; nothing of them is compiled into the code.

use crate::bundle::BundleError;
use crate::text::normalize;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the bundle section.
pub const SECTION: &str = "intake";
/// More rows than any honest table has.
const MANY: usize = 20_000;

/// One cue phrase: a string of the normal form and the group it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// Its group, by the name in the table (`danger`, `joint`, …).
    pub group: String,
    /// The phrase in normal form.
    pub text: String,
}

/// One weight of a small linear model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// Which model (`urgency.1`, `split`).
    pub model: String,
    /// Which feature.
    pub feature: String,
    /// What one unit of the feature adds to the score.
    pub value: f64,
}

/// One fact the operator should know for a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Problem (`0201`) or domain (`D09`) code.
    pub code: String,
    /// Name of the fact (`employer`).
    pub fact: String,
    /// What shows that the text gives it: `entity:KIND`, `area:DIGITS`, `people`, `word:a/b/c`; one of them is enough.
    pub detectors: Vec<String>,
    /// The question to ask.
    pub question: String,
}

/// Everything the room reads from the bundle.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IntakeData {
    /// Cue phrases.
    pub phrases: Vec<Phrase>,
    /// Weights of the fusion models.
    pub weights: Vec<Weight>,
    /// Facts per topic, in the order to ask.
    pub facts: Vec<Fact>,
    /// Surnames, the two-character ones included.
    pub surnames: Vec<String>,
}

impl IntakeData {
    /// Reads `phrases.csv`, `weights.csv`, `missing.csv` and `surnames.txt` of a directory (`models/intake`).
    pub fn read(dir: impl AsRef<Path>) -> Result<Self, BundleError> {
        let file = |name: &str| {
            let path = dir.as_ref().join(name);
            std::fs::read_to_string(&path).map_err(|source| BundleError::Io { path: path.display().to_string(), source })
        };
        Self::parse(&file("phrases.csv")?, &file("weights.csv")?, &file("missing.csv")?, &file("surnames.txt")?)
    }

    /// From the contents of the four files.
    pub fn parse(phrases: &str, weights: &str, missing: &str, surnames: &str) -> Result<Self, BundleError> {
        let mut data = IntakeData::default();
        for [group, text] in rows("phrases.csv", phrases)? {
            // Several phrases of a group share a line.
            let each = text.split(' ').filter(|t| !t.is_empty());
            data.phrases.extend(each.map(|t| Phrase { group: group.clone(), text: normalize(t).text }));
        }
        for [model, feature, value] in rows("weights.csv", weights)? {
            let value = value.parse().map_err(|_| bad(format_args!("weights.csv: `{value}` is not a number")))?;
            data.weights.push(Weight { model, feature, value });
        }
        for [code, fact, detectors, question] in rows("missing.csv", missing)? {
            let detectors = detectors.split(' ').filter(|d| !d.is_empty()).map(|d| normalize(d).text).collect();
            data.facts.push(Fact { code, fact, detectors, question });
        }
        data.surnames = surnames.split_whitespace().map(|s| normalize(s).text).collect();
        data.check()?;
        Ok(data)
    }

    /// The invariants of a decoded section.
    pub(super) fn check(&self) -> Result<(), BundleError> {
        if self.phrases.len() > MANY || self.weights.len() > MANY || self.facts.len() > MANY || self.surnames.len() > MANY {
            return Err(bad("a table is too long"));
        }
        if self.phrases.iter().any(|p| p.text.is_empty() || p.text.len() > 120) {
            return Err(bad("a phrase is empty or too long"));
        }
        if self.weights.iter().any(|w| !w.value.is_finite()) {
            return Err(bad("a weight is not finite"));
        }
        if self.surnames.iter().any(|s| s.is_empty() || s.len() > 12) {
            return Err(bad("a surname is empty or too long"));
        }
        Ok(())
    }

    /// The weights of one model for the features named, in their order; a feature the table does not name weighs nothing.
    pub(super) fn model(&self, model: &str, features: &[&str]) -> Vec<f64> {
        let weight = |f: &&str| self.weights.iter().find(|w| w.model == model && w.feature == *f).map_or(0.0, |w| w.value);
        features.iter().map(weight).collect()
    }
}

pub(super) fn bad(reason: impl std::fmt::Display) -> BundleError {
    BundleError::malformed(SECTION, reason)
}

/// Rows of a CSV table with a header and exactly `N` columns; lines that begin with `#` are remarks.
fn rows<const N: usize>(name: &str, text: &str) -> Result<Vec<[String; N]>, BundleError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| bad(format_args!("{name}: {e}")))?;
        let row: Vec<String> = record.iter().map(str::to_string).collect();
        let row = row.try_into().map_err(|_| bad(format_args!("{name}: a row without {N} columns")))?;
        out.push(row);
    }
    Ok(out)
}
