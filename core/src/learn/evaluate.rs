//! How good a classifier's answers are, on rows with known labels.

use super::classifier::Prediction;
use serde::Serialize;
use std::collections::BTreeMap;

/// Figures of one label.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Rows that have it.
    pub rows: usize,
    /// Answers that gave it.
    pub given: usize,
    /// Right answers among them.
    pub right: usize,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
}

/// All figures of an evaluation; shares are 0–1.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// Rows.
    pub rows: usize,
    /// Best label right.
    pub accuracy: f64,
    /// Mean F1 over labels that occur or were given.
    pub macro_f1: f64,
    /// True label among the best three.
    pub top3: f64,
    /// True label among the best five.
    pub top5: f64,
    /// Expected calibration error over ten bins.
    pub ece: f64,
    /// Accuracy of the surest 50, 80, 90 and 95%.
    pub accuracy_at_coverage: BTreeMap<String, f64>,
    /// Share of sets with the true label.
    pub set_coverage: f64,
    /// Labels in a set on average.
    pub set_size: f64,
    /// Share let out at the given risk.
    pub automatic: f64,
    /// How many of those are right.
    pub automatic_accuracy: f64,
    /// By label.
    pub classes: BTreeMap<String, ClassFigures>,
}

/// Compares answers with true labels; a label the model does not know counts as wrong.
pub fn evaluate(labels: &[String], answers: &[(String, Prediction)], risk: f64) -> Evaluation {
    let n = answers.len();
    let share = |count: usize| count as f64 / n.max(1) as f64;
    let mut out = Evaluation { rows: n, ..Evaluation::default() };
    let name = |c: u32| labels.get(c as usize).map_or("", String::as_str);
    let within = |k: usize| answers.iter().filter(|(y, a)| a.ranked.iter().take(k).any(|r| name(r.0) == y)).count();
    (out.accuracy, out.top3, out.top5) = (share(within(1)), share(within(3)), share(within(5)));
    out.set_coverage = share(answers.iter().filter(|(y, a)| a.set.iter().any(|&c| name(c) == y)).count());
    out.set_size = share(answers.iter().map(|(_, a)| a.set.len()).sum());
    let right = |(y, a): &(String, Prediction)| name(a.best()) == y;
    let mut order: Vec<(f64, bool)> = answers.iter().map(|r| (r.1.p(), right(r))).collect();
    for bin in 0..10 {
        let inside: Vec<_> = order.iter().filter(|(p, _)| ((p * 10.0) as usize).min(9) == bin).collect();
        let gap = inside.iter().map(|(p, r)| p - f64::from(u8::from(*r))).sum::<f64>();
        out.ece += gap.abs() / n.max(1) as f64;
    }
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    for percent in [50, 80, 90, 95] {
        let k = n * percent / 100;
        let r = order.iter().take(k).filter(|o| o.1).count();
        out.accuracy_at_coverage.insert(percent.to_string(), r as f64 / k.max(1) as f64);
    }
    let automatic: Vec<_> = answers.iter().filter(|r| !r.1.abstain(risk)).collect();
    out.automatic = share(automatic.len());
    out.automatic_accuracy = automatic.iter().filter(|r| right(r)).count() as f64 / automatic.len().max(1) as f64;
    for r in answers {
        out.classes.entry(r.0.clone()).or_default().rows += 1;
        let given = out.classes.entry(name(r.1.best()).to_string()).or_default();
        given.given += 1;
        given.right += usize::from(right(r));
    }
    for c in out.classes.values_mut() {
        c.f1 = 2.0 * c.right as f64 / (c.rows + c.given).max(1) as f64;
    }
    out.macro_f1 = out.classes.values().map(|c| c.f1).sum::<f64>() / out.classes.len().max(1) as f64;
    out
}
