//! Learns a [`Calibration`] from rows the weights had not seen.

use super::conditional_logit;
use crate::learn::Calibration;

/// Held-out scores of one task: class and scores of each row, the latest slice last.
pub(super) type Held = Vec<(u32, Vec<f32>)>;

/// Share of true labels that the 90% sets may miss.
const MISS: f64 = 0.1;
/// Fewest rows to learn from.
const LEAST: usize = 20;
/// Weight of the ridge of the calibration's weights, in rows.
const RIDGE: f64 = 0.1;

/// Weights of probabilities by likelihood, then sets and risk thresholds, all over the same rows.
pub(super) fn calibrate(held: &[(u32, Vec<f32>)]) -> Calibration {
    let mut calibration = Calibration::plain();
    if held.len() < LEAST {
        return calibration;
    }
    // Of each row: the terms of the classes from the best down, and the rank of the true one.
    let choices: Vec<_> = held
        .iter()
        .map(|(y, scores)| {
            let order = Calibration::order(scores);
            let right = order.iter().position(|c| c == y).unwrap_or(0);
            (order.iter().enumerate().map(|(rank, &c)| Calibration::terms(rank, scores[c as usize])).collect(), right)
        })
        .collect();
    calibration.weights = conditional_logit(&choices, RIDGE / held.len() as f64).map(|w| w as f32);
    // Of each row: the probabilities from the best down, and the rank of the true class.
    let mut rankings: Vec<(Vec<f64>, usize)> = Vec::with_capacity(held.len());
    let mut answers: Vec<(f64, bool)> = Vec::with_capacity(held.len());
    for ((_, scores), (_, right)) in held.iter().zip(&choices) {
        let p: Vec<f64> = calibration.ranked(scores).into_iter().map(|r| r.1).collect();
        answers.push((p.first().copied().unwrap_or(0.0), *right == 0));
        rankings.push((p, *right));
    }
    (calibration.set_penalty, calibration.set_threshold) = sets(&rankings);
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    for risk in [0.005f64, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5] {
        let (mut wrong, mut threshold) = (0.0, None);
        for (i, (p, right)) in answers.iter().enumerate() {
            wrong += f64::from(u8::from(!right));
            let tie = answers.get(i + 1).is_some_and(|next| next.0 == *p);
            // One more wrong than were seen: conformal risk control (Angelopoulos et al. 2024).
            if !tie && (wrong + 1.0) / (i + 2) as f64 <= risk {
                threshold = Some(*p as f32);
            }
        }
        if let Some(t) = threshold {
            calibration.thresholds.push((risk, t));
        }
    }
    calibration
}

/// Penalty and threshold of the 90% sets: split conformal (Vovk; Papadopoulos et al.), the ⌊α(n+1)⌋-th smallest fitness of the true
/// class; of the penalties the one with the smallest sets on the same rows.
fn sets(rankings: &[(Vec<f64>, usize)]) -> (f64, f64) {
    let mut best = (usize::MAX, (0.0, 0.0));
    for penalty in [0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6] {
        let fit = |(p, rank): &(Vec<f64>, usize)| Calibration::fitness(penalty, *rank, p.get(*rank).copied().unwrap_or(0.0));
        // The best class is in every set whatever its fitness.
        let mut own: Vec<f64> = rankings.iter().map(|r| if r.1 == 0 { f64::INFINITY } else { fit(r) }).collect();
        own.sort_by(f64::total_cmp);
        let index = ((MISS * (own.len() + 1) as f64) as usize).saturating_sub(1);
        let threshold = own.get(index).copied().unwrap_or(0.0).min(0.0);
        let inside = |(p, _): &(Vec<f64>, usize)| {
            let counted = p.iter().enumerate().take_while(|(i, q)| *i == 0 || Calibration::fitness(penalty, *i, **q) >= threshold);
            counted.count()
        };
        let size: usize = rankings.iter().map(inside).sum();
        if size < best.0 {
            best = (size, (penalty, threshold));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty classes; the score of the true one stands out clearly in half of the rows and faintly in the others, and every fourth
    /// label is wrong at random.
    fn noisy(n: u32, seed: u32) -> Held {
        let mut state = seed;
        let mut draw = |k: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % k
        };
        let row = |_| {
            let (truth, clear) = (draw(40), draw(2) == 0);
            let scores = (0..40).map(|c| -1.0 + draw(100) as f32 / 200.0 + if c == truth { if clear { 1.5 } else { 0.4 } } else { 0.0 });
            let scores: Vec<f32> = scores.collect();
            (if draw(4) == 0 { draw(40) } else { truth }, scores)
        };
        (0..n).map(row).collect()
    }

    #[test]
    fn noisy_labels_are_calibrated_and_covered_on_rows_not_seen() {
        let calibration = calibrate(&noisy(4000, 1));
        let (mut sure, mut right, mut inside) = (0.0, 0.0, 0.0);
        let test = noisy(3000, 2);
        for (y, scores) in &test {
            let answer = calibration.answer(scores);
            sure += answer.p();
            right += f64::from(u8::from(answer.best() == *y));
            inside += f64::from(u8::from(answer.set.contains(y)));
        }
        let n = test.len() as f64;
        assert!((sure - right).abs() / n < 0.02, "{} sure, {} right", sure / n, right / n);
        assert!((0.88..0.93).contains(&(inside / n)), "{}", inside / n);
        // Three in four are right where the score is clear, so a third may be wrong of what goes out at that risk.
        let (_, least) = *calibration.thresholds.iter().find(|t| t.0 == 0.3).expect("a threshold");
        let out = test.iter().map(|(y, s)| (calibration.answer(s), y)).filter(|(a, _)| a.p() >= f64::from(least));
        let out: Vec<bool> = out.map(|(a, y)| a.best() == *y).collect();
        let wrong = out.iter().filter(|r| !**r).count() as f64 / out.len() as f64;
        assert_eq!(calibration.answer(&test[0].1).abstain(0.3), calibration.answer(&test[0].1).p() < f64::from(least));
        assert!(out.len() > 1000 && (0.2..0.33).contains(&wrong), "{wrong} of {}", out.len());
    }

    #[test]
    fn few_rows_are_left_plain() {
        assert_eq!(calibrate(&noisy(19, 1)), Calibration::plain());
    }
}
