//! Drift: does a batch of texts still look like those a model was calibrated on? Compared by Kolmogorov and Smirnov's distance between the
//! shares of n-grams the model knows, and between its confidences.

use serde::{Deserialize, Serialize};

/// Steps between the quantiles a model remembers.
const STEPS: usize = 20;
/// Distance that does not matter in practice, however many rows show it.
const SLACK: f64 = 0.1;

/// What one text showed: the share of its n-grams that the model knows, and the probability of the best label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// 0 to 1.
    pub known: f32,
    /// 0 to 1.
    pub confidence: f32,
}

/// Quantiles over texts that the model's weights had not seen, from the least to the greatest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    known: Vec<f32>,
    confidence: Vec<f32>,
}

/// One measure then and now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shift {
    /// Median at training.
    pub then: f64,
    /// Median of the batch.
    pub now: f64,
    /// Greatest difference between the two distribution functions, 0 to 1.
    pub distance: f64,
}

/// How far a batch is from the training texts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    /// Rows compared.
    pub rows: usize,
    /// Share of n-grams known.
    pub known: Shift,
    /// Probability of the best label.
    pub confidence: Shift,
    /// Whether one distance is more than chance (5 %, Kolmogorov's bound) and slack allow: the model's figures and thresholds were
    /// measured on other texts, and it should be trained again.
    pub drifted: bool,
}

impl Reference {
    /// From what held-out texts showed. O(n log n).
    pub fn new(sights: &[Sight]) -> Self {
        Reference { known: quantiles(sights, |s| s.known), confidence: quantiles(sights, |s| s.confidence) }
    }

    /// Compares a batch; `None` when it or the reference is empty. O(n log n).
    ///
    /// ```
    /// use jiesu::learn::{Reference, Sight};
    /// let sight = |i: u32, shift: f32| Sight { known: 0.5 + i as f32 / 1000.0 - shift, confidence: 0.9 };
    /// let then: Vec<Sight> = (0..400).map(|i| sight(i, 0.0)).collect();
    /// let reference = Reference::new(&then);
    /// assert!(reference.compare(&then).is_some_and(|d| !d.drifted));
    /// let strange: Vec<Sight> = (0..400).map(|i| sight(i, 0.3)).collect();
    /// assert!(reference.compare(&strange).is_some_and(|d| d.drifted && d.known.now < d.known.then));
    /// assert!(reference.compare(&[]).is_none());
    /// ```
    pub fn compare(&self, sights: &[Sight]) -> Option<Drift> {
        let known = shift(&self.known, sights, |s| s.known)?;
        let confidence = shift(&self.confidence, sights, |s| s.confidence)?;
        let bound = SLACK + 1.36 / libm::sqrt(sights.len() as f64);
        Some(Drift { rows: sights.len(), known, confidence, drifted: known.distance.max(confidence.distance) > bound })
    }
}

fn sorted(sights: &[Sight], of: impl Fn(&Sight) -> f32) -> Vec<f32> {
    let mut values: Vec<f32> = sights.iter().map(of).collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}

fn quantiles(sights: &[Sight], of: impl Fn(&Sight) -> f32) -> Vec<f32> {
    let values = sorted(sights, of);
    let Some(last) = values.len().checked_sub(1) else { return Vec::new() };
    (0..=STEPS).filter_map(|i| values.get(last * i / STEPS).copied()).collect()
}

fn shift(then: &[f32], sights: &[Sight], of: impl Fn(&Sight) -> f32) -> Option<Shift> {
    let now = sorted(sights, of);
    let median = |v: &[f32]| v.get(v.len() / 2).map(|m| f64::from(*m));
    let steps = then.len().checked_sub(1).filter(|s| *s > 0)? as f64;
    let mut distance = 0.0f64;
    for (i, q) in then.iter().enumerate() {
        // With ties at a quantile the distribution function jumps there: either side may be the remembered one.
        let (below, upto) = (now.partition_point(|v| v < q), now.partition_point(|v| v <= q));
        let share = |n: usize| n as f64 / now.len().max(1) as f64;
        let at = i as f64 / steps;
        let apart = if share(below) > at { share(below) - at } else { (at - share(upto)).max(0.0) };
        distance = distance.max(apart);
    }
    Some(Shift { then: median(then)?, now: median(&now)?, distance })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(n: u32, from: f32, to: f32) -> Vec<Sight> {
        (0..n).map(|i| from + (to - from) * i as f32 / n as f32).map(|x| Sight { known: x, confidence: x }).collect()
    }

    #[test]
    fn the_same_texts_have_not_drifted_and_others_have() {
        let reference = Reference::new(&even(1000, 0.2, 0.9));
        let same = reference.compare(&even(300, 0.2, 0.9)).unwrap();
        assert!(!same.drifted && same.known.distance < 0.06, "{same:?}");
        let half = reference.compare(&even(300, 0.2, 0.55)).unwrap();
        assert!(half.drifted && (half.known.distance - 0.5).abs() < 0.06, "{half:?}");
        // A handful of rows proves nothing unless it is far away.
        assert!(!reference.compare(&even(4, 0.2, 0.55)).unwrap().drifted);
    }

    #[test]
    fn ties_are_no_distance() {
        let one = vec![Sight { known: 1.0, confidence: 0.5 }; 50];
        let drift = Reference::new(&one).compare(&one).unwrap();
        assert_eq!((drift.known.distance, drift.drifted), (0.0, false));
        assert!(Reference::default().compare(&one).is_none());
    }
}
