//! From scores to probabilities, 90% sets and thresholds for letting an answer out.

use super::classifier::Prediction;
use serde::{Deserialize, Serialize};

/// What the probability of a class is made of, see [`Calibration::terms`].
pub(crate) const TERMS: usize = 7;
/// Ranks with a level of their own.
const HEAD: usize = 3;
/// Logit that a rank is below the one before it at least, so that the best class is the likeliest, whoever looks.
const STEP: f64 = 1e-6;
/// Share of probability spread evenly: labels are never certain.
const FLOOR: f64 = 0.001;

/// What was learned on rows the weights had not seen.
///
/// Scores of one-versus-rest classifiers are no log-odds, and where labels are noisy a plain softmax (temperature scaling, Guo et al. 2017)
/// must choose between being too sure of the first class and spreading too much over the last. So the logit of a class depends on its rank
/// too: its score, with other slopes for the first rank and for the tail, a level for each of the first three ranks, and the
/// logarithm of the rank. The weights are those of a conditional logit over the held-out rows. Probabilities fall with the rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Weights of score, score at the first rank, score from the fourth rank on, first, second and third rank, −ln rank.
    pub weights: [f32; TERMS],
    /// Classes with at least this fitness (see [`Calibration::fitness`]) are in the set.
    pub set_threshold: f64,
    /// What each further rank costs a class's fitness, so that a long tail of unlikely classes does not fill the sets (Angelopoulos et al. 2021).
    pub set_penalty: f64,
    /// `(risk, least confidence)`, both descending in strictness: at the given share of wrong answers, what may go out.
    pub thresholds: Vec<(f64, f32)>,
}

impl Calibration {
    /// Probabilities straight from the softmax; nothing goes out by itself.
    pub fn plain() -> Self {
        Calibration {
            weights: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            set_threshold: libm::log(0.1),
            set_penalty: 0.0,
            thresholds: Vec::new(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let finite = self.weights.iter().all(|w| w.is_finite()) && self.set_threshold.is_finite() && self.set_penalty.is_finite();
        if !finite || self.thresholds.iter().any(|t| !t.0.is_finite() || !t.1.is_finite()) {
            return Err("calibration is not finite");
        }
        Ok(())
    }

    /// What the weights speak of, for a class of this rank (0 the best) and score.
    pub(crate) fn terms(rank: usize, score: f32) -> [f64; TERMS] {
        let s = f64::from(score);
        let at = |r: usize| f64::from(u8::from(rank == r));
        let tail = if rank >= HEAD { s } else { 0.0 };
        [s, s * at(0), tail, at(0), at(1), at(2), -libm::log((rank + 1) as f64)]
    }

    /// Classes from the best score down, equal ones by class.
    pub(crate) fn order(scores: &[f32]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let score = |c: u32| scores.get(c as usize).copied().unwrap_or(f32::NEG_INFINITY);
        order.sort_unstable_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
        order
    }

    /// Classes from the best down with their calibrated probabilities, which add up to one.
    pub fn ranked(&self, scores: &[f32]) -> Vec<(u32, f64)> {
        let order = Self::order(scores);
        let mut least = f64::INFINITY;
        let mut p: Vec<f64> = order
            .iter()
            .enumerate()
            .map(|(rank, &c)| {
                let score = scores.get(c as usize).copied().unwrap_or(0.0);
                let logit: f64 = Self::terms(rank, score).iter().zip(&self.weights).map(|(t, &w)| t * f64::from(w)).sum();
                let p = logit.min(least);
                least = p - STEP;
                p
            })
            .collect();
        softmax(&mut p);
        let even = FLOOR / p.len().max(1) as f64;
        order.into_iter().zip(p).map(|(c, p)| (c, (1.0 - FLOOR) * p + even)).collect()
    }

    /// The same in class order.
    pub fn probabilities(&self, scores: &[f32]) -> Vec<f64> {
        let mut p = vec![0.0; scores.len()];
        for (class, q) in self.ranked(scores) {
            if let Some(slot) = p.get_mut(class as usize) {
                *slot = q;
            }
        }
        p
    }

    /// How well a class of this rank (0 the best) and probability fits: falls with the rank, so that a set is a head of the ranking.
    pub fn fitness(penalty: f64, rank: usize, p: f64) -> f64 {
        libm::log(p.max(1e-12)) - penalty * rank as f64
    }

    /// The whole answer for one text's scores.
    pub fn answer(&self, scores: &[f32]) -> Prediction {
        let ranked = self.ranked(scores);
        let set = ranked
            .iter()
            .enumerate()
            .take_while(|(i, r)| *i == 0 || Self::fitness(self.set_penalty, *i, r.1) >= self.set_threshold)
            .map(|(_, r)| r.0)
            .collect();
        let confidence = ranked.first().map_or(0.0, |r| r.1);
        let risk = self.thresholds.iter().find(|t| confidence >= f64::from(t.1)).map_or(1.0, |t| t.0);
        Prediction { ranked, set, risk }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_and_fall_with_the_rank() {
        // Weights that would put the second rank before the first, and the tail before both.
        let calibration = Calibration { weights: [1.0, -3.0, -8.0, 0.0, 2.0, 0.0, 0.5], ..Calibration::plain() };
        let ranked = calibration.ranked(&[-0.5, 0.8, -1.0, 0.7, -0.9]);
        assert_eq!(ranked.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 3, 0, 4, 2]);
        assert!((ranked.iter().map(|r| r.1).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(ranked.windows(2).all(|w| w[0].1 > w[1].1), "{ranked:?}");
        assert!(calibration.ranked(&[]).is_empty() && calibration.answer(&[0.3]).set == [0]);
    }
}
