//! From scores to probabilities, 90% sets and thresholds for letting an answer out.

use super::classifier::Prediction;
use serde::{Deserialize, Serialize};

/// What was learned on rows the weights had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Factor of the scores before the softmax (Guo et al. 2017).
    pub sharpness: f32,
    /// Added to each class's scaled score.
    pub shift: Vec<f32>,
    /// Share of probability spread evenly: labels are never certain.
    pub floor: f32,
    /// Classes with at least this fitness (see [`Calibration::fitness`]) are in the set.
    pub set_threshold: f64,
    /// What each further rank costs a class's fitness, so that a long tail of unlikely classes does not fill the sets (Angelopoulos et al. 2021).
    pub set_penalty: f64,
    /// `(risk, least confidence)`, both descending in strictness: at the given share of wrong answers, what may go out.
    pub thresholds: Vec<(f32, f32)>,
}

impl Calibration {
    /// Probabilities straight from the softmax; nothing goes out by itself.
    pub fn plain(classes: usize) -> Self {
        Calibration {
            sharpness: 1.0,
            shift: vec![0.0; classes],
            floor: 0.0,
            set_threshold: libm::log(0.1),
            set_penalty: 0.0,
            thresholds: Vec::new(),
        }
    }

    pub(crate) fn check(&self, classes: usize) -> Result<(), &'static str> {
        if self.shift.len() != classes {
            return Err("calibration is for another number of classes");
        }
        let finite = self.sharpness.is_finite() && self.floor.is_finite() && self.set_threshold.is_finite() && self.set_penalty.is_finite();
        if !finite || self.shift.iter().any(|s| !s.is_finite()) || self.thresholds.iter().any(|t| !t.0.is_finite() || !t.1.is_finite()) {
            return Err("calibration is not finite");
        }
        if !(0.0..=1.0).contains(&self.floor) {
            return Err("calibration floor is outside 0..1");
        }
        Ok(())
    }

    /// Calibrated probabilities, in class order. They add up to one.
    pub fn probabilities(&self, scores: &[f32]) -> Vec<f64> {
        let logits: Vec<f64> =
            scores.iter().zip(&self.shift).map(|(&s, &b)| f64::from(s) * f64::from(self.sharpness) + f64::from(b)).collect();
        let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut p: Vec<f64> = logits.iter().map(|&l| if l - top < -30.0 { 0.0 } else { libm::exp(l - top) }).collect();
        let total: f64 = p.iter().sum();
        let (share, even) = (1.0 - f64::from(self.floor), f64::from(self.floor) / p.len().max(1) as f64);
        for q in &mut p {
            *q = share * *q / total + even;
        }
        p
    }

    /// How well a class of this rank (0 the best) and probability fits: falls with the rank, so that a set is a head of the ranking.
    pub fn fitness(penalty: f64, rank: usize, p: f64) -> f64 {
        libm::log(p.max(1e-12)) - penalty * rank as f64
    }

    /// The whole answer for one text's scores.
    pub fn answer(&self, scores: &[f32]) -> Prediction {
        let p = self.probabilities(scores);
        let mut ranked: Vec<(u32, f64)> = p.into_iter().enumerate().map(|(c, p)| (c as u32, p)).collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let set = ranked
            .iter()
            .enumerate()
            .take_while(|(i, r)| *i == 0 || Self::fitness(self.set_penalty, *i, r.1) >= self.set_threshold)
            .map(|(_, r)| r.0)
            .collect();
        let confidence = ranked.first().map_or(0.0, |r| r.1);
        let risk = self.thresholds.iter().find(|t| confidence >= f64::from(t.1)).map_or(1.0, |t| f64::from(t.0));
        Prediction { ranked, set, risk }
    }
}
