//! Conditional logit (McFadden 1974): a few weights by which the right one of several alternatives is likeliest.

use crate::learn::softmax;

/// Weights that make the right alternative of each example likeliest, with a ridge: Newton's method with step halving. An iteration
/// costs alternatives × M².
pub(crate) fn conditional_logit<const M: usize>(examples: &[(Vec<[f64; M]>, usize)], ridge: f64) -> [f64; M] {
    let loss = |w: &[f64; M]| {
        let mut sum = 0.0;
        for (features, right) in examples {
            let mut p: Vec<f64> = features.iter().map(|f| dot(f, w)).collect();
            softmax(&mut p);
            sum -= libm::log(p[*right].max(1e-300));
        }
        sum / examples.len().max(1) as f64 + ridge * dot(w, w)
    };
    let mut w = [0.0; M];
    let mut value = loss(&w);
    for _ in 0..50 {
        let mut gradient = w.map(|x| 2.0 * ridge * x);
        let mut hessian = [[0.0; M]; M];
        (0..M).for_each(|i| hessian[i][i] = 2.0 * ridge);
        let n = examples.len().max(1) as f64;
        for (features, right) in examples {
            let mut p: Vec<f64> = features.iter().map(|f| dot(f, &w)).collect();
            softmax(&mut p);
            let mut mean = [0.0; M];
            for (f, p) in features.iter().zip(&p) {
                (0..M).for_each(|i| mean[i] += p * f[i]);
            }
            for i in 0..M {
                gradient[i] += (mean[i] - features[*right][i]) / n;
            }
            for (f, p) in features.iter().zip(&p) {
                for i in 0..M {
                    for j in 0..M {
                        hessian[i][j] += p * (f[i] - mean[i]) * (f[j] - mean[j]) / n;
                    }
                }
            }
        }
        let step = solve(hessian, gradient);
        let mut size = 1.0;
        let mut moved = false;
        while size > 1e-4 {
            let mut next = w;
            (0..M).for_each(|i| next[i] -= size * step[i]);
            let there = loss(&next);
            if there < value - 1e-10 {
                (w, value, moved) = (next, there, true);
                break;
            }
            size *= 0.5;
        }
        if !moved {
            break;
        }
    }
    w
}

fn dot<const M: usize>(a: &[f64; M], b: &[f64; M]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Solves a positive definite system by Gaussian elimination (the ridge keeps pivots away from zero).
fn solve<const M: usize>(mut a: [[f64; M]; M], mut b: [f64; M]) -> [f64; M] {
    for i in 0..M {
        for j in i + 1..M {
            let factor = a[j][i] / a[i][i];
            let pivot = a[i];
            a[j].iter_mut().zip(pivot).skip(i).for_each(|(x, p)| *x -= factor * p);
            b[j] -= factor * b[i];
        }
    }
    for i in (0..M).rev() {
        for k in i + 1..M {
            b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telling_feature_gets_weight_and_a_dumb_one_does_not() {
        let examples: Vec<(Vec<[f64; 2]>, usize)> = (0..300)
            .map(|i| {
                let right = i % 3;
                let noise = |k: usize| ((i * 7 + k * 13) % 10) as f64 / 10.0;
                ((0..3).map(|k| [if k == right && i % 10 != 0 { 1.0 } else { 0.0 }, noise(k)]).collect(), right)
            })
            .collect();
        let w = conditional_logit(&examples, 1e-3);
        assert!(w[0] > 2.0 && w[1].abs() < 0.5, "{w:?}");
        let x = solve([[4.0, 1.0], [1.0, 3.0]], [1.0, 2.0]);
        assert!((x[0] - 1.0 / 11.0).abs() < 1e-12 && (x[1] - 7.0 / 11.0).abs() < 1e-12);
    }
}
