//! How good a classifier's answers are, on rows with known labels.

use super::classifier::Prediction;
use super::drift::Drift;
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
    /// How far the rows are from those the model was calibrated on, when the model knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// By label.
    pub classes: BTreeMap<String, ClassFigures>,
}

/// Which label was taken for which, as linfa's confusion matrix, with linfa's metrics (its F1 is not a number where a label was never
/// given; [`evaluate`] counts such a label as 0).
///
/// ```
/// use jiesu::learn::{Prediction, confusion};
///
/// let labels = ["工资".to_string(), "路灯".to_string()];
/// let answer = |class: u32| Prediction { ranked: vec![(class, 1.0)], ..Prediction::default() };
/// let answers = [("工资".to_string(), answer(0)), ("路灯".to_string(), answer(1)), ("路灯".to_string(), answer(0))];
/// let matrix = confusion(&labels, &answers)?;
/// assert!((matrix.accuracy() - 2.0 / 3.0).abs() < 1e-6 && (matrix.mcc() - 0.5).abs() < 1e-6);
/// # Ok::<(), linfa::Error>(())
/// ```
#[cfg(feature = "train")]
pub fn confusion(
    labels: &[String],
    answers: &[(String, Prediction)],
) -> Result<linfa::metrics::ConfusionMatrix<String>, linfa::error::Error> {
    use linfa::prelude::ToConfusionMatrix;
    let given = |a: &Prediction| labels.get(a.best() as usize).cloned().unwrap_or_default();
    let found: ndarray::Array1<String> = answers.iter().map(|(_, a)| given(a)).collect();
    let truth: ndarray::Array1<String> = answers.iter().map(|(label, _)| label.clone()).collect();
    found.confusion_matrix(&truth)
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

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_linfa() {
        let labels: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let answers: Vec<(String, Prediction)> = (0..60u32)
            .map(|n| {
                let given = (n * 7 + n / 5) % 3;
                let prediction = Prediction { ranked: vec![(given, 0.8)], set: vec![given], risk: 0.1 };
                (labels[n as usize % 3].clone(), prediction)
            })
            .collect();
        let (ours, theirs) = (evaluate(&labels, &answers, 0.05), confusion(&labels, &answers).unwrap());
        assert!((ours.accuracy - f64::from(theirs.accuracy())).abs() < 1e-6);
        let each = theirs.split_one_vs_all();
        let mean = each.iter().map(|m| f64::from(m.f1_score())).sum::<f64>() / each.len() as f64;
        assert!((ours.macro_f1 - mean).abs() < 1e-6);
    }
}
