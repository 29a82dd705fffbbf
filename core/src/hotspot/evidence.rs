//! Evidence for an outbreak: likelihood ratios of every start and size, mixed over sets of sibling areas.
//!
//! For one series, `LR(s, f)` compares "since day `s` the mean is `f` times the usual" with "nothing happens", the unknown rate
//! integrated out in both. For a set of areas the ratios multiply; the sum over all sets of size `k` is the elementary symmetric
//! polynomial of the ratios (fast subset sums, Neill 2012). Summed over starts, this is the Shiryaev–Roberts statistic, whose mean under
//! the null is the number of starts, whatever the data did before. Starts that are long ago weigh as much as recent ones: weights falling by
//! 15% a day gained three points where rates and dispersions are known, and nothing at equal false alarms where they are estimated.

use super::fast;
use super::rates::Posterior;

/// Sizes of outbreaks considered, equally likely.
pub(crate) const FACTORS: [f64; 5] = [1.7, 2.5, 3.7, 5.5, 9.0];
pub(crate) const NF: usize = FACTORS.len();
const LANES: usize = 3 * NF;

/// Probability of sets of one, two and three areas. With .6, .15 and .25 triples are found three points less often, single areas
/// no more (simulated, rates known).
pub(crate) const SIZES: [f64; 3] = [0.4, 0.2, 0.4];

/// Nodes and weights of the three-point Gauss–Hermite rule.
const NODES: [(f64, f64); 3] = [(-1.732_050_807_568_877_2, 1.0 / 6.0), (0.0, 2.0 / 3.0), (1.732_050_807_568_877_2, 1.0 / 6.0)];

/// Likelihood ratios by start and size, `start * NF + size`; start 0 is the first day of the window.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) ratio: Vec<f64>,
    lanes: Vec<f64>,
}

/// ψ(x) for x > 0.
fn digamma(mut x: f64) -> f64 {
    let mut r = 0.0;
    while x < 6.0 {
        r -= 1.0 / x;
        x += 1.0;
    }
    let f = 1.0 / (x * x);
    r + libm::log(x) - 0.5 / x - f * (1.0 / 12.0 - f * (1.0 / 120.0 - f / 252.0))
}

/// ψ'(x) for x > 0.
fn trigamma(mut x: f64) -> f64 {
    let mut r = 0.0;
    while x < 6.0 {
        r += 1.0 / (x * x);
        x += 1.0;
    }
    let f = 1.0 / (x * x);
    r + 1.0 / x + f / 2.0 + f / x * (1.0 / 6.0 - f * (1.0 / 30.0 - f / 42.0))
}

/// One day of a series in the window.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WindowDay {
    pub(crate) count: f64,
    /// 0 when data are missing.
    pub(crate) exposure: f64,
    /// Variance of the logarithm of the exposure.
    pub(crate) variance: f64,
}

impl Table {
    /// A series without evidence either way.
    pub(crate) fn flat(&mut self, window: usize) {
        self.ratio.clear();
        self.ratio.resize(window * NF, 1.0);
    }

    /// Ratios of a series; starts before `first` are not allowed (ratio 1).
    pub(crate) fn fill(&mut self, days: &[WindowDay], p: &Posterior, first: usize) {
        let n = days.len();
        self.ratio.clear();
        self.ratio.resize(n * NF, 0.0);
        self.lanes.resize(n * LANES, 0.0);
        let (mean, sd) = (digamma(p.shape) - libm::log(p.rate), libm::sqrt(trigamma(p.shape)));
        let log_lambda = NODES.map(|(z, _)| mean + z * sd);
        let lambda = log_lambda.map(libm::exp);
        let log_factor = FACTORS.map(libm::log);
        // One lane for each rate and size; what all lanes of a rate share comes from the null.
        let lanes: [(f64, f64); LANES] = std::array::from_fn(|i| (lambda[i / NF] * FACTORS[i % NF], log_factor[i % NF]));
        let mut null = [0.0; 3];
        let mut sum = [0.0; LANES];
        for (s, day) in days.iter().enumerate().rev() {
            if day.exposure > 0.0 {
                let inv = p.dispersion + day.variance;
                let power = day.count + 1.0 / inv;
                let scale = day.exposure * inv;
                let quiet = lambda.map(|l| fast::ln(1.0 + l * scale));
                for j in 0..3 {
                    null[j] += day.count * log_lambda[j] - power * quiet[j];
                }
                if s >= first {
                    let mut logs = [0.0; LANES];
                    for i in 0..LANES {
                        logs[i] = fast::ln(1.0 + lanes[i].0 * scale);
                    }
                    for i in 0..LANES {
                        sum[i] += day.count * lanes[i].1 - power * (logs[i] - quiet[i / NF]);
                    }
                }
            }
            if s >= first {
                // Kept aside until the weights of the rates are known.
                self.lanes[s * LANES..(s + 1) * LANES].copy_from_slice(&sum);
            }
        }
        let top = null.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut weight = [0.0; 3];
        for j in 0..3 {
            weight[j] = NODES[j].1 * libm::exp(null[j] - top);
        }
        let total: f64 = weight.iter().sum();
        for s in 0..n {
            if s < first {
                self.ratio[s * NF..(s + 1) * NF].fill(1.0);
                continue;
            }
            let mut values = [0.0; LANES];
            for (v, l) in values.iter_mut().zip(&self.lanes[s * LANES..(s + 1) * LANES]) {
                *v = fast::exp(*l);
            }
            for f in 0..NF {
                let r: f64 = (0..3).map(|j| weight[j] * values[j * NF + f]).sum();
                self.ratio[s * NF + f] = r / total;
            }
        }
    }
}

/// The most probable set of areas, start and size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Best {
    /// Positions in the slice of tables.
    pub(crate) members: Vec<usize>,
    /// Position of the start in the window.
    pub(crate) start: usize,
}

/// Logarithm of the mixture over starts, sizes and sets of at most three of the tables.
pub(crate) fn mixture(tables: &[&Table], window: usize) -> f64 {
    let n = tables.len();
    if n == 0 || window == 0 {
        return f64::NEG_INFINITY;
    }
    let coefficient = coefficients(n);
    let mut total = 0.0;
    for i in 0..window * NF {
        let mut e = [1.0, 0.0, 0.0, 0.0];
        for t in tables {
            let r = t.ratio[i];
            e[3] += e[2] * r;
            e[2] += e[1] * r;
            e[1] += e[0] * r;
        }
        total += coefficient[0] * e[1] + coefficient[1] * e[2] + coefficient[2] * e[3];
    }
    libm::log(total / NF as f64)
}

/// Probability of one set of each size among `n` areas.
fn coefficients(n: usize) -> [f64; 3] {
    let n = n as f64;
    let sets = [n, n * (n - 1.0) / 2.0, n * (n - 1.0) * (n - 2.0) / 6.0];
    let mass: f64 = SIZES.iter().zip(sets).filter(|(_, c)| *c > 0.0).map(|(s, _)| s).sum();
    let mut out = [0.0; 3];
    for k in 0..3 {
        if sets[k] > 0.0 {
            out[k] = SIZES[k] / mass / sets[k];
        }
    }
    out
}

/// The set, start and size with most of the mixture.
pub(crate) fn best(tables: &[&Table], window: usize) -> Best {
    let coefficient = coefficients(tables.len());
    let mut top = (f64::NEG_INFINITY, Best { members: Vec::new(), start: window.saturating_sub(1) });
    let mut order: Vec<usize> = Vec::with_capacity(tables.len());
    for i in 0..window * NF {
        order.clear();
        order.extend(0..tables.len());
        order.sort_by(|&a, &b| tables[b].ratio[i].total_cmp(&tables[a].ratio[i]).then(a.cmp(&b)));
        let mut product = 1.0;
        for (k, &m) in order.iter().take(3).enumerate() {
            product *= tables[m].ratio[i];
            if coefficient[k] * product > top.0 {
                let mut members = order[..=k].to_vec();
                members.sort_unstable();
                top = (coefficient[k] * product, Best { members, start: i / NF });
            }
        }
    }
    top.1
}

/// Logarithm of the mixture over starts from `from` on and sizes, for all the tables together.
pub(crate) fn together(tables: &[&Table], from: usize, window: usize) -> f64 {
    let mut total = 0.0;
    for i in from * NF..window * NF {
        total += tables.iter().map(|t| t.ratio[i]).product::<f64>();
    }
    libm::log(total / NF as f64)
}

/// Whether a table says by itself that something began at `start`: its mean ratio over sizes is above two.
pub(crate) fn contributes(table: &Table, start: usize, window: usize) -> bool {
    start < window && table.ratio.get(start * NF..(start + 1) * NF).is_some_and(|r| r.iter().sum::<f64>() > 2.0 * NF as f64)
}

/// A quick upper estimate of the logarithm of a series' best ratio: Poisson, rate known.
pub(crate) fn quick(days: impl DoubleEndedIterator<Item = (f64, f64)>, mean: f64) -> f64 {
    let (mut c, mut m, mut top) = (0.0, 0.0, 0.0);
    for (count, exposure) in days.rev() {
        c += count;
        m += mean * exposure;
        if count > 0.0 && c > m && m > 0.0 {
            let g = c * fast::ln(c / m) - (c - m);
            if g > top {
                top = g;
            }
        }
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspot::rates::ND;

    fn days(counts: &[f64]) -> Vec<WindowDay> {
        counts.iter().map(|&count| WindowDay { count, exposure: 1.0, variance: 0.0 }).collect()
    }

    #[test]
    fn an_outbreak_is_seen_and_placed() {
        let p = Posterior { shape: 90.0, rate: 90.0, dispersion: 0.1, weights: [0.0; ND] };
        let mut quiet = Table::default();
        quiet.fill(&days(&[1.0, 0.0, 2.0, 1.0, 0.0, 1.0, 1.0, 0.0]), &p, 0);
        let mut loud = Table::default();
        loud.fill(&days(&[1.0, 0.0, 2.0, 1.0, 0.0, 7.0, 5.0, 6.0]), &p, 0);
        let tables = [&quiet, &quiet, &loud, &quiet];
        assert!(mixture(&tables, 8) > 8.0);
        assert!(mixture(&[&quiet; 4], 8) < 3.0);
        assert_eq!(best(&tables, 8), Best { members: vec![2], start: 5 });
        assert!(together(&[&loud], 5, 8) > together(&[&quiet], 5, 8));
    }

    #[test]
    fn missing_days_say_nothing() {
        let p = Posterior { shape: 90.0, rate: 90.0, dispersion: 0.1, weights: [0.0; ND] };
        let mut gap = days(&[1.0, 1.0, 9.0]);
        gap[2].exposure = 0.0;
        let mut t = Table::default();
        t.fill(&gap, &p, 0);
        assert!((t.ratio[2 * NF] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn polygamma() {
        assert!((digamma(1.0) + 0.577_215_664_9).abs() < 1e-7);
        assert!((trigamma(1.0) - 1.644_934_066_8).abs() < 1e-6);
    }
}
