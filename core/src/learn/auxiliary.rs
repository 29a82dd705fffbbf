//! Auxiliary classifiers: learned from labels of other books (a city's categories and units, a letter box's classes), their answers are
//! evidence for the tasks that have few labels of their own (stacked generalisation, Wolpert 1992).

use super::classifier::Classifier;
use super::vocabulary::Reading;

/// How sharply an auxiliary classifier's scores become shares.
const SHARPNESS: f32 = 2.0;
/// Length of each auxiliary classifier's evidence beside the blocks of n-grams.
const WEIGHT: f32 = 0.7;
/// Smaller shares are no evidence.
const LEAST: f32 = 0.001;

/// Square roots of the classes' shares (a vector of unit length, as Hellinger's distance wants it) times [`WEIGHT`]: class and value.
pub(super) fn evidence(classifier: &Classifier, reading: &Reading) -> Vec<(u32, f32)> {
    let shares = shares(&classifier.scores(reading));
    let kept = shares.iter().enumerate().filter(|s| *s.1 >= LEAST);
    kept.map(|(class, s)| (class as u32, WEIGHT * libm::sqrtf(*s))).collect()
}

fn shares(scores: &[f32]) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|s| libm::expf(SHARPNESS * (s - top))).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}
