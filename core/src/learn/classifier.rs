//! A linear classifier with small weights, and what it answers.

use super::calibration::Calibration;
use super::vocabulary::Reading;
use crate::bundle::BundleError;
use serde::{Deserialize, Serialize};

/// How a classifier is stored. Row `f` holds the weights of feature `f`: `counts[f]` pairs of class and 8-bit weight, times a power-of-two
/// step of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierParts {
    /// Name of the task (`domain`).
    pub task: String,
    /// Its labels; a class is an index into them.
    pub labels: Vec<String>,
    /// Weights of each feature.
    pub rows: Rows,
    /// Constant of each class.
    pub bias: Vec<f32>,
    /// From scores to probabilities, sets and thresholds.
    pub calibration: Calibration,
}

/// Sparse rows of 8-bit weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Number of weights of each feature, varint.
    pub counts: Vec<u16>,
    /// Their classes: the first of a row, then the distance to the next.
    pub classes: Vec<u16>,
    /// Their values.
    #[serde(with = "serde_bytes")]
    pub values: Vec<u8>,
    /// Of each feature: its step is 2^(−exponent / 8).
    #[serde(with = "serde_bytes")]
    pub exponents: Vec<u8>,
}

/// A trained classifier over the features of one [`super::Vocabulary`].
#[derive(Debug, Clone)]
pub struct Classifier {
    task: String,
    labels: Vec<String>,
    /// Of each feature where its weights begin, and its step; one more entry for the end.
    rows: Vec<(u32, f32)>,
    /// Class and value side by side: scoring is bound by memory.
    weights: Vec<(u16, i8)>,
    /// Few classes: every class's weight of each feature, in rows of 8, 16 or 32.
    dense: Option<Dense>,
    exponents: Vec<u8>,
    bias: Vec<f32>,
    calibration: Calibration,
}

/// Rows of equal length, one byte a class: a processor adds several classes at once.
#[derive(Debug, Clone)]
struct Dense {
    stride: usize,
    values: Vec<i8>,
}

/// Classifiers of more classes stay sparse.
const WIDEST: usize = 32;

impl Dense {
    fn of(rows: &[(u32, f32)], weights: &[(u16, i8)], classes: usize) -> Option<Self> {
        let stride = [8, 16, WIDEST].into_iter().find(|s| classes <= *s)?;
        let mut values = vec![0i8; stride * rows.len().saturating_sub(1)];
        for (row, ends) in values.chunks_exact_mut(stride).zip(rows.windows(2)) {
            for &(class, value) in weights.get(ends[0].0 as usize..ends[1].0 as usize).unwrap_or_default() {
                row[class as usize] = value;
            }
        }
        Some(Dense { stride, values })
    }

    /// Adds value × step × weight of each feature to the scores of the classes; the same sums in the same order as from sparse rows.
    fn add<const STRIDE: usize>(&self, rows: &[(u32, f32)], reading: &Reading, scores: &mut [f32]) {
        let mut sums = [0f32; STRIDE];
        sums.iter_mut().zip(scores.iter()).for_each(|(sum, s)| *sum = *s);
        let (table, _) = self.values.as_chunks::<STRIDE>();
        for (&f, &v) in reading.features.iter().zip(&reading.values) {
            let (Some(row), Some(&(_, step))) = (table.get(f as usize), rows.get(f as usize)) else { continue };
            let scale = v * step;
            for (sum, &w) in sums.iter_mut().zip(row) {
                *sum += scale * f32::from(w);
            }
        }
        scores.iter_mut().zip(sums).for_each(|(s, sum)| *s = sum);
    }
}

/// A classifier's answer for one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Classes with their calibrated probabilities, best first; ties by class.
    pub ranked: Vec<(u32, f64)>,
    /// Classes of the 90% conformal set, best first, the best always among them.
    pub set: Vec<u32>,
    /// The smallest share of wrong answers, of those the calibration supports, at which this one may go out by itself; 1 when none.
    pub risk: f64,
}

/// No answer: nothing ranked, nothing may go out.
impl Default for Prediction {
    fn default() -> Self {
        Prediction { ranked: Vec::new(), set: Vec::new(), risk: 1.0 }
    }
}

impl Prediction {
    /// The best class.
    pub fn best(&self) -> u32 {
        self.ranked.first().map_or(0, |r| r.0)
    }

    /// Its probability.
    pub fn p(&self) -> f64 {
        self.ranked.first().map_or(0.0, |r| r.1)
    }

    /// Whether a person should decide when at most `risk` of what goes out by itself may be wrong.
    pub fn abstain(&self, risk: f64) -> bool {
        self.risk > risk
    }
}

const STEP: f32 = 8.0;

/// 2^(−exponent/8).
pub(crate) fn step_of(exponent: u8) -> f32 {
    libm::exp2f(-f32::from(exponent) / STEP)
}

impl Classifier {
    /// Checks the stored form; `features` is the size of its vocabulary.
    pub fn from_parts(parts: ClassifierParts, features: usize) -> Result<Self, BundleError> {
        let ClassifierParts { task, labels, rows, bias, calibration } = parts;
        let section = format!("classifier {task}");
        let bad = |reason: &str| BundleError::malformed(&section, reason);
        let k = labels.len();
        if k == 0 || k > usize::from(u16::MAX) || bias.len() != k {
            return Err(bad("labels and biases do not fit"));
        }
        if rows.counts.len() != features || rows.exponents.len() != features {
            return Err(bad("not one row for each feature"));
        }
        if rows.classes.len() != rows.values.len() || rows.counts.iter().map(|&c| c as usize).sum::<usize>() != rows.values.len() {
            return Err(bad("rows do not add up"));
        }
        if bias.iter().any(|b| !b.is_finite()) {
            return Err(bad("a bias is not finite"));
        }
        calibration.check().map_err(bad)?;
        let mut starts = Vec::with_capacity(features + 1);
        let mut weights = Vec::with_capacity(rows.classes.len());
        let mut stored = rows.classes.iter().zip(&rows.values);
        for (&count, &exponent) in rows.counts.iter().zip(&rows.exponents) {
            starts.push((weights.len() as u32, step_of(exponent)));
            let mut class = 0usize;
            for (&gap, &value) in stored.by_ref().take(count as usize) {
                class += gap as usize;
                if class >= k {
                    return Err(bad("a weight's class is out of range"));
                }
                weights.push((class as u16, value as i8));
            }
        }
        starts.push((weights.len() as u32, 0.0));
        let dense = Dense::of(&starts, &weights, k);
        Ok(Classifier { task, labels, rows: starts, weights, dense, exponents: rows.exponents, bias, calibration })
    }

    /// For storing.
    pub fn to_parts(&self) -> ClassifierParts {
        let mut rows = Rows { exponents: self.exponents.clone(), ..Rows::default() };
        for feature in 0..self.exponents.len() {
            let (row, _) = self.row(feature as u32);
            rows.counts.push(row.len() as u16);
            let mut last = 0;
            for &(class, value) in row {
                rows.classes.push(class - last);
                rows.values.push(value as u8);
                last = class;
            }
        }
        ClassifierParts {
            task: self.task.clone(),
            labels: self.labels.clone(),
            rows,
            bias: self.bias.clone(),
            calibration: self.calibration.clone(),
        }
    }

    /// Weights of a feature, ascending by class, and their step; none of an unknown feature.
    #[inline]
    fn row(&self, feature: u32) -> (&[(u16, i8)], f32) {
        let f = feature as usize;
        let (Some(&(from, step)), Some(&(to, _))) = (self.rows.get(f), self.rows.get(f + 1)) else { return (&[], 0.0) };
        (self.weights.get(from as usize..to as usize).unwrap_or_default(), step)
    }

    /// Name of the task.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// The labels; classes index them.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The class of a label.
    pub fn class(&self, label: &str) -> Option<u32> {
        self.labels.iter().position(|l| l == label).map(|i| i as u32)
    }

    /// How scores become probabilities, sets and thresholds.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Raw scores of all classes.
    pub fn scores(&self, reading: &Reading) -> Vec<f32> {
        let mut s = self.bias.clone();
        if let Some(dense) = &self.dense {
            match dense.stride {
                8 => dense.add::<8>(&self.rows, reading, &mut s),
                16 => dense.add::<16>(&self.rows, reading, &mut s),
                _ => dense.add::<WIDEST>(&self.rows, reading, &mut s),
            }
            return s;
        }
        for (&f, &v) in reading.features.iter().zip(&reading.values) {
            let (row, step) = self.row(f);
            let scale = v * step;
            // Classes are checked when the model is read, so the index is always in range.
            for &(c, w) in row {
                s[c as usize] += scale * f32::from(w);
            }
        }
        s
    }

    /// The weight of a feature for a class.
    pub fn weight(&self, feature: u32, class: u32) -> f32 {
        let (row, step) = self.row(feature);
        row.binary_search_by_key(&(class as u16), |w| w.0).map_or(0.0, |at| f32::from(row[at].1) * step)
    }

    /// Ranks the classes for a text.
    pub fn predict(&self, reading: &Reading) -> Prediction {
        self.calibration.answer(&self.scores(reading))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same weights for the first seven classes, among `classes`.
    fn classifier(classes: usize) -> Classifier {
        let mut rows = Rows::default();
        for f in 0..50u8 {
            let kept: Vec<u16> = (0..7).filter(|c| (u16::from(f) * 5 + c * 3) % 4 > 0).collect();
            rows.counts.push(kept.len() as u16);
            rows.exponents.push(f * 3);
            rows.values.extend(kept.iter().map(|c| (i16::from(f) - 25 + *c as i16) as u8));
            rows.classes.extend(kept.iter().scan(0, |last, &c| Some(c - std::mem::replace(last, c))));
        }
        let labels = (0..classes).map(|c| c.to_string()).collect();
        let bias = (0..classes).map(|c| c as f32 * 0.1).collect();
        Classifier::from_parts(ClassifierParts { task: "t".into(), labels, rows, bias, calibration: Calibration::plain() }, 50).unwrap()
    }

    #[test]
    fn dense_rows_score_as_sparse_ones_do() {
        let reading = Reading { features: (0..60).step_by(3).collect(), values: (0..20).map(|v| v as f32 * 0.37).collect(), known: 1.0 };
        let sparse = classifier(WIDEST + 1);
        assert!(sparse.dense.is_none());
        for classes in [7, 12, 30] {
            let dense = classifier(classes);
            assert!(dense.dense.is_some());
            let bits = |c: &Classifier| c.scores(&reading)[..7].iter().map(|s| s.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&dense), bits(&sparse), "{classes} classes; features beyond the table say nothing");
            assert_eq!(dense.to_parts().rows, sparse.to_parts().rows);
        }
    }
}
