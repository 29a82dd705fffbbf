//! Rate and dispersion of every series, with shrinkage over the city (empirical Bayes).
//!
//! Counts are negative binomial: mean `λx`, variance `λx + (λx)²/φ`. The share λ of an area in a topic has a gamma prior around the
//! area's share of all topics; 1/φ has a discrete prior. Both priors are fitted on the series themselves.

use super::baseline::Baseline;
use super::fast;
use super::history::History;
use std::collections::BTreeMap;

/// Multiples of the area's usual share considered for the share of a topic: means of the components of the prior.
const SCALES: [f64; 14] = [0.03, 0.06, 0.11, 0.19, 0.3, 0.46, 0.7, 1.05, 1.6, 2.4, 3.6, 5.5, 9.0, 16.0];
/// Shape of each component.
const SHAPE: f64 = 6.0;

/// Values of 1/φ considered. The high ones are for series in which a single matter brings dozens of calls on one day in a month.
pub(crate) const DISPERSIONS: [f64; ND] = [0.004, 0.04, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4];
pub(crate) const ND: usize = 9;

/// Days of a series that belong to an outbreak already reported: (first, last) calendar day.
pub(crate) type Masks = BTreeMap<(u32, u32), Vec<(i32, i32)>>;

/// What is known of one series before the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Posterior {
    /// Shape of the gamma posterior of λ.
    pub(crate) shape: f64,
    /// Its rate.
    pub(crate) rate: f64,
    /// Posterior mean of 1/φ.
    pub(crate) dispersion: f64,
    /// Posterior of 1/φ over [`DISPERSIONS`].
    pub(crate) weights: [f32; ND],
}

impl Posterior {
    pub(crate) fn mean(&self) -> f64 {
        self.shape / self.rate
    }

    /// The value of 1/φ at a quantile of its posterior.
    pub(crate) fn dispersion_at(&self, quantile: f64) -> f64 {
        let mut sum = 0.0;
        for (d, &w) in DISPERSIONS.iter().zip(&self.weights) {
            sum += f64::from(w);
            if quantile < sum {
                return *d;
            }
        }
        self.dispersion
    }
}

/// Fitted priors and the posterior of each series (topic-major).
#[derive(Debug, Default)]
pub(crate) struct Rates {
    areas: usize,
    prior: Vec<f64>,
    area_share: Vec<f64>,
    dispersion_prior: [f64; ND],
    series: Vec<Posterior>,
}

/// log of the negative binomial probability, without the terms that do not depend on the dispersion.
fn log_nb(c: u16, mean: f64, inv: f64) -> f64 {
    let mut rising = 0.0;
    for j in 1..c {
        rising += fast::ln(1.0 + f64::from(j) * inv);
    }
    rising - (f64::from(c) + 1.0 / inv) * fast::ln(1.0 + mean * inv)
}

/// Days that speak for the rate: those before `end`, not masked, with data.
struct Past<'a> {
    counts: &'a [u16],
    exposure: &'a [f32],
    variance: &'a [f32],
    areas: usize,
    groups: usize,
    area: usize,
    group: usize,
    end: usize,
    decay: f64,
    masked: Vec<(usize, usize)>,
}

impl Past<'_> {
    /// (weight, count, exposure, variance of its logarithm) of each day.
    fn days(&self) -> impl Iterator<Item = (f64, u16, f64, f64)> + '_ {
        let mut weight = 1.0;
        (0..self.end).rev().filter_map(move |d| {
            let w = weight;
            weight *= self.decay;
            let x = f64::from(*self.exposure.get(d * self.groups + self.group)?);
            if x <= 0.0 || self.masked.iter().any(|&(a, b)| a <= d && d <= b) {
                return None;
            }
            let v = f64::from(*self.variance.get(d * self.groups + self.group)?);
            Some((w, *self.counts.get(d * self.areas + self.area)?, x, v))
        })
    }
}

impl Rates {
    /// Mean of 1/φ over series.
    pub(crate) fn mean_dispersion(&self) -> f64 {
        DISPERSIONS.iter().zip(&self.dispersion_prior).map(|(d, p)| d * p).sum()
    }

    /// Posterior of a series, as of the last fit.
    pub(crate) fn get(&self, t: usize, a: usize) -> Option<&Posterior> {
        self.series.get(t * self.areas + a)
    }

    /// Fits priors and posteriors on the days before `end` (a day index).
    pub(crate) fn fit(h: &History, b: &Baseline, end: usize, half_life: f64, masks: &Masks) -> Self {
        let (na, nt) = (h.area_count(), h.topic_count());
        let mut r = Rates {
            areas: na,
            prior: vec![1.0 / SCALES.len() as f64; SCALES.len()],
            dispersion_prior: [0.15, 0.2, 0.25, 0.2, 0.14, 0.03, 0.01, 0.01, 0.01],
            ..Rates::default()
        };
        // Share of each area in everything.
        let mut totals = vec![0.5; na];
        for t in 0..nt {
            for row in h.topic(t).chunks_exact(na.max(1)).take(end) {
                for (s, &c) in totals.iter_mut().zip(row) {
                    *s += f64::from(c);
                }
            }
        }
        let all: f64 = totals.iter().sum();
        r.area_share = totals.into_iter().map(|s| s / all).collect();
        // First with the default priors, then with those fitted on the result.
        let sums = |r: &Rates, t: usize, a: usize, inv: f64| r.sums(&r.past(h, b, t, a, end, half_life, masks), t, a, inv);
        let step = (na * nt / 6000).max(1);
        let sample: Vec<(usize, usize)> = (0..na * nt).step_by(step).map(|i| (i / na, i % na)).collect();
        let first: Vec<(f64, f64, f64)> = sample
            .iter()
            .map(|&(t, a)| {
                let (c, x) = sums(&r, t, a, 0.12);
                (c, x, r.area_share[a])
            })
            .collect();
        r.fit_prior(&first);
        let logs: Vec<[f64; ND]> = sample
            .iter()
            .zip(&first)
            .filter_map(|(&(t, a), &(c, x, share))| {
                let (shape, rate) = r.combine(c, x, share);
                let lambda = shape / rate;
                (c >= 10.0).then(|| r.dispersion_logs(&r.past(h, b, t, a, end, half_life, masks), lambda))
            })
            .collect();
        r.fit_dispersion_prior(&logs);
        let mean = r.mean_dispersion();
        r.series = Vec::with_capacity(na * nt);
        for t in 0..nt {
            for a in 0..na {
                let past = r.past(h, b, t, a, end, half_life, masks);
                let (c, x) = r.sums(&past, t, a, mean);
                let share = r.area_share[a];
                let (shape, rate) = r.combine(c, x, share);
                let mut p = Posterior { shape, rate, dispersion: mean, weights: r.dispersion_prior.map(|w| w as f32) };
                if c >= 10.0 {
                    let weights = r.weights(&r.dispersion_logs(&past, p.mean()));
                    p.dispersion = weights.iter().zip(DISPERSIONS).map(|(w, d)| w * d).sum();
                    p.weights = weights.map(|w| w as f32);
                    let (c, x) = r.sums(&past, t, a, p.dispersion);
                    (p.shape, p.rate) = r.combine(c, x, share);
                }
                r.series.push(p);
            }
        }
        r
    }

    /// The posterior of one series from the days before `end`, with the priors and dispersion of the last fit.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn posterior(&self, h: &History, b: &Baseline, t: usize, a: usize, end: usize, half_life: f64, masks: &Masks) -> Posterior {
        let past = self.past(h, b, t, a, end, half_life, masks);
        let prior = || (self.mean_dispersion(), self.dispersion_prior.map(|w| w as f32));
        let (dispersion, weights) = self.get(t, a).map_or_else(prior, |p| (p.dispersion, p.weights));
        let (c, x) = self.sums(&past, t, a, dispersion);
        let share = self.area_share.get(a).copied().unwrap_or(1.0);
        let (shape, rate) = self.combine(c, x, share);
        Posterior { shape, rate, dispersion, weights }
    }

    #[allow(clippy::too_many_arguments)]
    fn past<'a>(&self, h: &'a History, b: &'a Baseline, t: usize, a: usize, end: usize, half_life: f64, masks: &Masks) -> Past<'a> {
        let masked: Vec<(usize, usize)> = masks.get(&(t as u32, a as u32)).map_or(Vec::new(), |list| {
            list.iter()
                .filter_map(|&(from, to)| {
                    let (from, to) = (h.index(crate::complaint::Day(from)), h.index(crate::complaint::Day(to)));
                    (to >= 0).then(|| (from.max(0) as usize, to as usize))
                })
                .collect()
        });
        // What is masked must stay the exception.
        let days: usize = masked.iter().map(|&(from, to): &(usize, usize)| (to + 1).min(end).saturating_sub(from)).sum();
        let masked = if 4 * days > end { Vec::new() } else { masked };
        Past {
            counts: h.topic(t),
            exposure: b.exposure(t),
            variance: b.variance(t),
            areas: h.area_count(),
            groups: h.group_count(),
            area: a,
            group: h.group_of[a] as usize,
            end,
            decay: libm::exp2(-1.0 / half_life),
            masked,
        }
    }

    /// Weighted count and exposure; a day counts less the more it varies (quasi-likelihood).
    fn sums(&self, past: &Past<'_>, t: usize, a: usize, inv: f64) -> (f64, f64) {
        let _ = (t, a);
        let (mut c0, mut x0) = (0.0, 0.0);
        for (w, c, x, _) in past.days() {
            c0 += w * f64::from(c);
            x0 += w * x;
        }
        if x0 <= 0.0 {
            return (0.0, 0.0);
        }
        let lambda = (c0 + 0.5) / x0;
        let (mut sc, mut sx) = (0.0, 0.0);
        for (w, c, x, v) in past.days() {
            let w = w / (1.0 + lambda * x * (inv + v));
            sc += w * f64::from(c);
            sx += w * x;
        }
        (sc, sx)
    }

    /// Log of the probability of a weighted count under each component of the prior, up to a constant.
    fn component_logs(c: f64, x: f64, share: f64) -> [f64; SCALES.len()] {
        SCALES.map(|s| {
            let mean = s * share * x;
            // A series without exposure (no event in its whole group) has mean 0: what was not seen says nothing.
            let seen = if c > 0.0 { c * libm::log(mean / (SHAPE + mean)) } else { 0.0 };
            seen + SHAPE * libm::log(SHAPE / (SHAPE + mean))
        })
    }

    fn component_weights(&self, logs: &[f64; SCALES.len()]) -> [f64; SCALES.len()] {
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut w = [0.0; SCALES.len()];
        for ((w, l), p) in w.iter_mut().zip(logs).zip(&self.prior) {
            *w = p * libm::exp(l - top);
        }
        let sum: f64 = w.iter().sum();
        w.map(|x| x / sum)
    }

    /// EM for the weights of the prior's components, with a weak pull towards equal weights.
    fn fit_prior(&mut self, sums: &[(f64, f64, f64)]) {
        let logs: Vec<_> = sums.iter().filter(|s| s.1 > 0.0).map(|&(c, x, share)| Self::component_logs(c, x, share)).collect();
        for _ in 0..40 {
            let mut sum = [0.5; SCALES.len()];
            for l in &logs {
                for (s, w) in sum.iter_mut().zip(self.component_weights(l)) {
                    *s += w;
                }
            }
            let total: f64 = sum.iter().sum();
            self.prior = sum.iter().map(|s| s / total).collect();
        }
    }

    /// Gamma posterior (shape, rate) with the mean and variance of the posterior under the mixture prior.
    fn combine(&self, c: f64, x: f64, share: f64) -> (f64, f64) {
        let w = self.component_weights(&Self::component_logs(c, x, share));
        let (mut m, mut m2) = (0.0, 0.0);
        for (w, s) in w.iter().zip(SCALES) {
            let (a, b) = (c + SHAPE, x + SHAPE / (s * share));
            m += w * a / b;
            m2 += w * a * (a + 1.0) / (b * b);
        }
        let v = (m2 - m * m).max(1e-12 * m * m);
        (m * m / v, m / v)
    }

    fn dispersion_logs(&self, past: &Past<'_>, lambda: f64) -> [f64; ND] {
        let mut out = [0.0; ND];
        for (w, c, x, v) in past.days() {
            for (o, inv) in out.iter_mut().zip(DISPERSIONS) {
                *o += w * log_nb(c, lambda * x, inv + v);
            }
        }
        out
    }

    fn weights(&self, logs: &[f64; ND]) -> [f64; ND] {
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut w = [0.0; ND];
        for i in 0..ND {
            w[i] = self.dispersion_prior[i] * libm::exp(logs[i] - top);
        }
        let sum: f64 = w.iter().sum();
        w.map(|x| x / sum)
    }

    /// EM for the prior of 1/φ, with a weak pull towards its start so that few series do not make it extreme.
    fn fit_dispersion_prior(&mut self, logs: &[[f64; ND]]) {
        let start = self.dispersion_prior;
        for _ in 0..30 {
            let mut sum = start.map(|p| 5.0 * p);
            for l in logs {
                for (s, w) in sum.iter_mut().zip(self.weights(l)) {
                    *s += w;
                }
            }
            let total: f64 = sum.iter().sum();
            self.dispersion_prior = sum.map(|s| s / total);
        }
    }
}
