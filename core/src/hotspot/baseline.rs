//! What a normal day would bring: level, trend, weekday and holiday, city-wide and district-wide shocks, and days whose data are missing.
//!
//! The expected count of area `a`, topic `t`, day `d` is `share(a,t) · x(t,g,d)`, `g` the group (district) of the area. The exposure `x`
//! is the topic's expected volume of that day times two shocks: one of the topic in the rest of the city, one of the group in its other
//! topics. Both leave out the very series they are used for, so that an outbreak cannot explain itself away. A shock is shrunk to nothing
//! unless it stands out of what days usually do (a spike-and-slab prior).

// Days, topics and groups index several arrays side by side.
#![allow(clippy::needless_range_loop)]

use super::history::{HOLIDAY, History, KINDS, WORKED};

/// Fitted baseline; [`Baseline::extend`] carries it on to a new day.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    days: usize,
    groups: usize,
    city: Fit,
    topics: Vec<TopicFit>,
    group_tau2: Vec<f64>,
    group_kappa: Vec<f64>,
    group_share: Vec<f64>,
    group_mean: Vec<f64>,
    city_kappa: f64,
    city_tau2: f64,
    /// Topic → day × group.
    exposure: Vec<Vec<f32>>,
    /// Variance of the logarithm of the exposure, same layout.
    variance: Vec<Vec<f32>>,
    /// Topic → day: expected volume of the topic over the groups that reported.
    volume: Vec<Vec<f32>>,
}

#[derive(Debug, Default, Clone)]
struct Fit {
    level: f64,
    slope: f64,
    weekday: [f64; KINDS],
}

#[derive(Debug, Default, Clone)]
struct TopicFit {
    share: f64,
    slope: f64,
    weekday: [f64; KINDS],
    composition: Vec<f64>,
    kappa: f64,
    tau2: f64,
}

/// Log-factor of a day against its expectation: mean and variance after shrinking.
///
/// The factor is usual (normal of variance `tau2`) with probability 0.99, else anything (unit variance on the log scale).
fn shock(observed: f64, expected: f64, kappa: f64, tau2: f64) -> (f64, f64) {
    let y = libm::log((observed + 0.5) / (expected + 0.5));
    let s2 = kappa / (expected + 0.5);
    let (v0, v1) = (s2 + tau2, s2 + tau2 + 1.0);
    let log_odds = libm::log(0.01 / 0.99) - 0.5 * libm::log(v1 / v0) + 0.5 * y * y * (1.0 / v0 - 1.0 / v1);
    let p1 = 1.0 / (1.0 + libm::exp(-log_odds.clamp(-700.0, 700.0)));
    let (m0, m1) = (y * tau2 / v0, y * (tau2 + 1.0) / v1);
    let (c0, c1) = (tau2 * s2 / v0, (tau2 + 1.0) * s2 / v1);
    let mean = (1.0 - p1) * m0 + p1 * m1;
    let var = (1.0 - p1) * (c0 + (m0 - mean) * (m0 - mean)) + p1 * (c1 + (m1 - mean) * (m1 - mean));
    (mean, var)
}

/// The shock of a topic over the city. A topic may surge but does not vanish for a day: a quiet day elsewhere is chance, and would make the
/// ordinary counts of this group look loud.
fn surge(observed: f64, expected: f64, kappa: f64, tau2: f64) -> (f64, f64) {
    if observed >= expected {
        return shock(observed, expected, kappa, tau2);
    }
    let s2 = kappa / (expected + 0.5);
    let y = libm::log((observed + 0.5) / (expected + 0.5));
    (y * tau2 / (s2 + tau2), tau2 * s2 / (s2 + tau2))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => 0.5 * (values[n / 2 - 1] + values[n / 2]),
    }
}

/// Robust variance: squared scaled median absolute deviation.
fn mad2(values: &[f64]) -> f64 {
    let mut v = values.to_vec();
    let m = median(&mut v);
    let mut dev: Vec<f64> = v.iter().map(|x| (x - m).abs()).collect();
    let mad = 1.4826 * median(&mut dev);
    mad * mad
}

impl Baseline {
    /// Exposures of a topic, day × group.
    pub(crate) fn exposure(&self, t: usize) -> &[f32] {
        self.exposure.get(t).map_or(&[], |x| x)
    }

    /// Variance of their logarithms.
    pub(crate) fn variance(&self, t: usize) -> &[f32] {
        self.variance.get(t).map_or(&[], |x| x)
    }

    /// Expected volume of a topic on a day before any shock of that day, and the variance of a count of that size.
    pub(crate) fn volume(&self, t: usize, d: usize) -> (f64, f64) {
        let e = self.volume.get(t).and_then(|v| v.get(d)).map_or(0.0, |&e| f64::from(e));
        let (kappa, tau2) = self.topics.get(t).map_or((1.0, 0.0), |f| (f.kappa, f.tau2));
        (e, kappa * e + tau2 * e * e)
    }

    /// Share of a group in a topic's volume.
    pub(crate) fn composition(&self, t: usize, g: usize) -> f64 {
        self.topics.get(t).and_then(|f| f.composition.get(g)).copied().unwrap_or(0.0)
    }

    /// Fits everything on the whole history. `dispersion` is the mean of 1/φ over series, `half_life` in days.
    pub(crate) fn fit(h: &History, dispersion: f64, half_life: f64) -> Self {
        let (n, ng, nt) = (h.days, h.group_count(), h.topic_count());
        let weight: Vec<f64> = (0..n).map(|d| libm::exp2(-((n - 1 - d) as f64) / half_life)).collect();
        let mut b = Baseline { days: n, groups: ng, ..Baseline::default() };
        // Totals.
        let mut group_day = vec![0.0; n * ng];
        for t in 0..nt {
            for (total, &c) in group_day.iter_mut().zip(h.topic_groups(t)) {
                *total += f64::from(c);
            }
        }
        b.fit_groups(&group_day, n, ng, &weight);
        let index = b.fit_dispersion(h, dispersion, n);
        let city: Vec<Option<f64>> = (0..n)
            .map(|d| {
                let row = &group_day[d * ng..(d + 1) * ng];
                let (sum, present) = (0..ng)
                    .filter(|&g| !b.is_gap(g, row[g], row.iter().sum()))
                    .fold((0.0, 0.0), |(s, p), g| (s + row[g], p + b.group_share[g]));
                (present > 0.05 && (sum > 0.0 || b.group_mean.iter().sum::<f64>() < 14.0)).then(|| sum / present)
            })
            .collect();
        b.fit_city(&city, h, &weight);
        b.fit_topics(h, &city, &weight, &index);
        b.fit_group_noise(&group_day, h, n, ng);
        b.exposure = vec![vec![0.0; n * ng]; nt];
        b.variance = vec![vec![0.0; n * ng]; nt];
        b.volume = vec![vec![0.0; n]; nt];
        for d in 0..n {
            b.day(h, d);
        }
        b
    }

    /// Carries the baseline on to the last day of the history, and renews days that late events changed.
    pub(crate) fn extend(&mut self, h: &History, late: &[usize]) {
        let n = h.days;
        for x in self.exposure.iter_mut().chain(&mut self.variance) {
            x.resize(n * self.groups, 0.0);
        }
        for v in &mut self.volume {
            v.resize(n, 0.0);
        }
        let old = self.days;
        // Trends are counted from the last day.
        let step = (n - old) as f64;
        self.city.level += self.city.slope * step;
        for t in &mut self.topics {
            t.share *= libm::exp(t.slope * step);
        }
        self.days = n;
        for &d in late.iter().filter(|&&d| d < old) {
            self.day(h, d);
        }
        for d in old..n {
            self.day(h, d);
        }
    }

    /// A group that says nothing although dozens of calls were due has sent no data.
    fn is_gap(&self, g: usize, observed: f64, city: f64) -> bool {
        let mean: f64 = self.group_mean.iter().sum();
        let activity = if mean > 0.0 { (city / mean).clamp(0.2, 1.0) } else { 0.0 };
        observed == 0.0 && self.group_mean[g] * activity > 14.0
    }

    fn fit_groups(&mut self, group_day: &[f64], n: usize, ng: usize, weight: &[f64]) {
        self.group_mean = vec![0.0; ng];
        for _ in 0..2 {
            let mut sums = vec![(0.0, 0.0); ng];
            for d in 0..n {
                let row = &group_day[d * ng..(d + 1) * ng];
                let city: f64 = row.iter().sum();
                for g in 0..ng {
                    if !self.is_gap(g, row[g], city) {
                        sums[g].0 += weight[d] * row[g];
                        sums[g].1 += weight[d];
                    }
                }
            }
            self.group_mean = sums.iter().map(|(s, w)| if *w > 0.0 { s / w } else { 0.0 }).collect();
        }
        let total: f64 = self.group_mean.iter().sum();
        self.group_share = self.group_mean.iter().map(|m| if total > 0.0 { m / total } else { 0.0 }).collect();
    }

    /// Index of dispersion of totals, from that of the series: for topics (returned), groups and the city.
    fn fit_dispersion(&mut self, h: &History, dispersion: f64, n: usize) -> Vec<f64> {
        let (na, ng) = (h.area_count(), h.group_count());
        let mut group = vec![(0.0, 0.0); ng];
        let mut topic = Vec::with_capacity(h.topic_count());
        for t in 0..h.topic_count() {
            let mut mean = vec![0u32; na];
            for row in h.topic(t).chunks_exact(na.max(1)) {
                for (m, &c) in mean.iter_mut().zip(row) {
                    *m += u32::from(c);
                }
            }
            let mut own = (0.0, 0.0);
            for (a, &m) in mean.iter().enumerate() {
                let m = f64::from(m) / n as f64;
                let g = &mut group[h.group_of[a] as usize];
                *g = (g.0 + m, g.1 + m * m);
                own = (own.0 + m, own.1 + m * m);
            }
            topic.push(own);
        }
        let kappa = |(m, m2): (f64, f64)| if m > 0.0 { 1.0 + dispersion * m2 / m } else { 1.0 };
        let whole = group.iter().fold((0.0, 0.0), |s, g| (s.0 + g.0, s.1 + g.1));
        self.city_kappa = kappa(whole);
        self.group_kappa = group.into_iter().map(kappa).collect();
        topic.into_iter().map(kappa).collect()
    }

    fn fit_city(&mut self, city: &[Option<f64>], h: &History, weight: &[f64]) {
        let n = city.len();
        let seen: Vec<usize> = (0..n).filter(|&d| city[d].is_some()).collect();
        let log = |d: usize| libm::log(city[d].unwrap_or(0.0) + 0.5);
        let at = |d: usize| d as f64 - (n as f64 - 1.0);
        let mut fit = Fit { level: median(&mut seen.iter().map(|&d| log(d)).collect::<Vec<_>>()), ..Fit::default() };
        let mut sigma2: f64 = 0.05;
        for _ in 0..6 {
            let wd = |d: usize| h.kind(d);
            let residual = |fit: &Fit, d: usize| log(d) - fit.level - fit.slope * at(d) - fit.weekday[wd(d)];
            let r: Vec<f64> = seen.iter().map(|&d| residual(&fit, d)).collect();
            let level = libm::exp(fit.level);
            sigma2 = mad2(&r).max(self.city_kappa / (level + 0.5)).max(1e-6);
            let huber = |r: f64| (2.0 * libm::sqrt(sigma2) / r.abs().max(1e-12)).min(1.0);
            // Weekday effects, shrunk to none (prior standard deviation 0.2).
            let mut effects = [(0.0, 0.0); KINDS];
            for &d in &seen {
                let r = residual(&fit, d);
                let w = weight[d] * huber(r);
                let e = &mut effects[wd(d)];
                *e = (e.0 + w * (r + fit.weekday[wd(d)]), e.1 + w);
            }
            let prior = sigma2 / 0.04;
            for (k, (s, w)) in effects.into_iter().enumerate().take(7) {
                fit.weekday[k] = s / (w + prior);
            }
            let mean = fit.weekday[..7].iter().sum::<f64>() / 7.0;
            fit.weekday[..7].iter_mut().for_each(|w| *w -= mean);
            // Until holidays have been seen they are taken for weekends, worked weekends for weekdays.
            for (k, usual) in [(HOLIDAY, 5..7), (WORKED, 0..5)] {
                let usual = fit.weekday[usual.clone()].iter().sum::<f64>() / usual.len() as f64;
                fit.weekday[k] = (effects[k].0 + prior * usual) / (effects[k].1 + prior);
            }
            // Level and slope (prior standard deviation of the slope: 0.5% a day).
            let (mut sw, mut st, mut stt, mut sy, mut sty) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for &d in &seen {
                let r = residual(&fit, d);
                let (w, y, t) = (weight[d] * huber(r), r + fit.level + fit.slope * at(d), at(d));
                (sw, st, stt, sy, sty) = (sw + w, st + w * t, stt + w * t * t, sy + w * y, sty + w * t * y);
            }
            let stt = stt + sigma2 / 2.5e-5;
            let det = sw * stt - st * st;
            if sw > 0.0 && det > 0.0 {
                fit.slope = (sw * sty - st * sy) / det;
                fit.level = (sy - fit.slope * st) / sw;
            }
        }
        self.city_tau2 = (sigma2 - self.city_kappa / (libm::exp(fit.level) + 0.5)).max(0.0);
        self.city = fit;
    }

    /// Expected volume of the whole city on a day, its own shock included.
    fn city_volume(&self, h: &History, d: usize, observed: Option<f64>) -> f64 {
        let at = d as f64 - (self.days as f64 - 1.0);
        let e = libm::exp(self.city.level + self.city.slope * at + self.city.weekday[h.kind(d)]);
        observed.map_or(0.0, |o| e * libm::exp(shock(o, e, self.city_kappa, self.city_tau2).0))
    }

    fn fit_topics(&mut self, h: &History, city: &[Option<f64>], weight: &[f64], index: &[f64]) {
        let (n, ng, nt) = (h.days, h.group_count(), h.topic_count());
        let volume: Vec<f64> = (0..n).map(|d| self.city_volume(h, d, city[d])).collect();
        let at = |d: usize| d as f64 - (n as f64 - 1.0);
        let mut slopes = Vec::with_capacity(nt);
        let mut present_day = vec![true; n * ng];
        for d in 0..n {
            let row: Vec<f64> = (0..ng).map(|g| (0..nt).map(|t| f64::from(h.topic_groups(t)[d * ng + g])).sum()).collect();
            let sum = row.iter().sum();
            for g in 0..ng {
                present_day[d * ng + g] = !self.is_gap(g, row[g], sum) && volume[d] > 0.0;
            }
        }
        for t in 0..nt {
            let rows = h.topic_groups(t);
            let kappa = index[t];
            // Composition over groups, shrunk to the city's.
            let mut composition: Vec<f64> = (0..ng)
                .map(|g| {
                    let (mut c, mut v) = (0.0, 0.0);
                    for d in 0..n {
                        if present_day[d * ng + g] {
                            c += weight[d] * f64::from(rows[d * ng + g]);
                            v += weight[d] * volume[d];
                        }
                    }
                    if v > 0.0 { c / v } else { 0.0 }
                })
                .collect();
            let total: f64 = composition.iter().sum();
            let events: f64 = rows.iter().map(|&c| f64::from(c)).sum();
            for (c, s) in composition.iter_mut().zip(&self.group_share) {
                *c = if total > 0.0 { (*c / total * events + 20.0 * s) / (events + 20.0) } else { *s };
            }
            let avail: Vec<f64> = (0..n).map(|d| (0..ng).filter(|&g| present_day[d * ng + g]).map(|g| composition[g]).sum()).collect();
            let observed: Vec<f64> =
                (0..n).map(|d| (0..ng).filter(|&g| present_day[d * ng + g]).map(|g| f64::from(rows[d * ng + g])).sum()).collect();
            let mut fit = TopicFit { share: total, composition, kappa, weekday: [1.0; KINDS], ..TopicFit::default() };
            let mut slope = (0.0, f64::INFINITY);
            for _ in 0..4 {
                let expect =
                    |fit: &TopicFit, d: usize| fit.share * libm::exp(fit.slope * at(d)) * volume[d] * avail[d] * fit.weekday[h.kind(d)];
                // Surges count only up to three standard deviations.
                let capped = |o: f64, e: f64| o.min(e + 3.0 * libm::sqrt(kappa * e) + 1.0);
                let (mut so, mut se) = (0.0, 0.0);
                for d in 0..n {
                    let e = expect(&fit, d);
                    so += weight[d] * capped(observed[d], e);
                    se += weight[d] * e;
                }
                if se > 0.0 {
                    fit.share *= so / se;
                }
                let (mut mt, mut sw) = (0.0, 0.0);
                for d in 0..n {
                    let e = weight[d] * expect(&fit, d);
                    mt += e * at(d);
                    sw += e;
                }
                let mid = if sw > 0.0 { mt / sw } else { 0.0 };
                let (mut score, mut info) = (0.0, 0.0);
                for d in 0..n {
                    let (e, u) = (expect(&fit, d), at(d) - mid);
                    score += weight[d] * (capped(observed[d], e) - e) * u;
                    info += weight[d] * e * u * u;
                }
                if info > 0.0 {
                    let step = (score / info).clamp(-0.02, 0.02);
                    slope = ((fit.slope + step).clamp(-0.05, 0.05), kappa / info);
                    // Turn about the middle, so that the level there stays.
                    fit.share *= libm::exp((fit.slope - slope.0) * mid);
                    fit.slope = slope.0;
                }
            }
            slopes.push(slope);
            self.topics.push(fit);
        }
        // Slopes shrunk to none by their spread over topics (empirical Bayes).
        let spread = |pairs: &[(f64, f64)]| {
            let (mut s, mut w) = (0.0, 0.0);
            for (b, v) in pairs.iter().filter(|(_, v)| v.is_finite()) {
                s += (b * b - v) / (v * v);
                w += 1.0 / (v * v);
            }
            if w > 0.0 { (s / w).max(0.0) } else { 0.0 }
        };
        let prior = spread(&slopes).min(1e-3);
        let mut noise = Vec::with_capacity(nt);
        for (t, fit) in self.topics.iter_mut().enumerate() {
            let rows = h.topic_groups(t);
            let keep = if slopes[t].1.is_finite() { prior / (prior + slopes[t].1) } else { 0.0 };
            let mut sums = [(0.0, 0.0); KINDS];
            let avail = |fit: &TopicFit, d: usize| -> (f64, f64) {
                (0..ng)
                    .filter(|&g| present_day[d * ng + g])
                    .fold((0.0, 0.0), |(a, o), g| (a + fit.composition[g], o + f64::from(rows[d * ng + g])))
            };
            fit.slope *= keep;
            // The level again, for the slope that is left.
            for _ in 0..2 {
                let (mut so, mut se) = (0.0, 0.0);
                for d in 0..n {
                    let (a, o) = avail(fit, d);
                    let e = fit.share * libm::exp(fit.slope * at(d)) * volume[d] * a;
                    so += weight[d] * o.min(e + 3.0 * libm::sqrt(fit.kappa * e) + 1.0);
                    se += weight[d] * e;
                }
                if se > 0.0 {
                    fit.share *= so / se;
                }
            }
            let mut z = Vec::with_capacity(n);
            let mut scale = (0.0, 0.0);
            for d in 0..n {
                let (a, o) = avail(fit, d);
                let e = fit.share * libm::exp(fit.slope * at(d)) * volume[d] * a;
                let o_capped = o.min(e + 3.0 * libm::sqrt(fit.kappa * e) + 1.0);
                let s = &mut sums[h.kind(d)];
                *s = (s.0 + weight[d] * o_capped, s.1 + weight[d] * e);
                if e > 0.0 {
                    z.push((o - e) / libm::sqrt(fit.kappa * e));
                    scale = (scale.0 + e, scale.1 + 1.0);
                }
            }
            noise.push((mad2(&z), if scale.1 > 0.0 { scale.0 / scale.1 } else { 0.0 }, sums));
        }
        // Weekdays of a topic against the city's, and days' own variance, shrunk the same way.
        let (mut num, mut den) = (0.0, 0.0);
        for (fit, (_, _, sums)) in self.topics.iter().zip(&noise) {
            for (o, e) in sums {
                num += (o - e) * (o - e) - fit.kappa * e;
                den += e * e;
            }
        }
        let spread = if den > 0.0 { (num / den).max(0.0) } else { 0.0 };
        let big: Vec<f64> = noise.iter().filter(|(_, m, _)| *m > 5.0).map(|(v, _, _)| v - 1.0).collect();
        let common = if big.is_empty() { 0.0 } else { big.iter().sum::<f64>() / big.len() as f64 };
        for (fit, (v, mean, sums)) in self.topics.iter_mut().zip(noise) {
            let shrunk = |(o, e): (f64, f64), usual: f64| {
                if e > 0.0 && spread > 0.0 { usual + spread / (spread + fit.kappa / e) * (o / e - usual) } else { usual }
            };
            let mut factor = [1.0; KINDS];
            for k in 0..7 {
                factor[k] = shrunk(sums[k], 1.0);
            }
            factor[HOLIDAY] = shrunk(sums[HOLIDAY], (factor[5] + factor[6]) / 2.0);
            factor[WORKED] = shrunk(sums[WORKED], factor[..5].iter().sum::<f64>() / 5.0);
            fit.weekday = factor;
            let excess = if mean > 5.0 { 0.5 * (v - 1.0) + 0.5 * common } else { common };
            fit.tau2 = (excess * fit.kappa / mean.max(1.0)).clamp(0.0, 1.0);
        }
    }

    /// How much groups' days vary beyond counting noise.
    fn fit_group_noise(&mut self, group_day: &[f64], h: &History, n: usize, ng: usize) {
        let mut z = vec![Vec::with_capacity(n); ng];
        for d in 0..n {
            let row = &group_day[d * ng..(d + 1) * ng];
            let expected = self.group_expected(h, d, row).0;
            for g in 0..ng {
                if expected[g] > 0.0 {
                    z[g].push((row[g] - expected[g]) / libm::sqrt(self.group_kappa[g] * expected[g]));
                }
            }
        }
        let excess: Vec<f64> = z.iter().map(|z| mad2(z) - 1.0).collect();
        let common = if ng > 0 { excess.iter().sum::<f64>() / ng as f64 } else { 0.0 };
        self.group_tau2 = (0..ng)
            .map(|g| ((0.5 * excess[g] + 0.5 * common) * self.group_kappa[g] / self.group_mean[g].max(1.0)).clamp(0.0, 1.0))
            .collect();
    }

    /// Expected counts of the groups on a day (0 where data are missing), and of topics over the whole city.
    fn group_expected(&self, h: &History, d: usize, row: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let ng = self.groups;
        let sum: f64 = row.iter().sum();
        let present: Vec<bool> = (0..ng).map(|g| !self.is_gap(g, row[g], sum)).collect();
        let share: f64 = (0..ng).filter(|&g| present[g]).map(|g| self.group_share[g]).sum();
        let all_quiet = sum == 0.0 && self.group_mean.iter().sum::<f64>() >= 14.0;
        let observed = (share > 0.05 && !all_quiet).then(|| sum / share);
        let volume = self.city_volume(h, d, observed);
        let at = d as f64 - (self.days as f64 - 1.0);
        let mut expected = vec![0.0; ng];
        let topics: Vec<f64> = self
            .topics
            .iter()
            .map(|t| {
                let e = t.share * libm::exp(t.slope * at) * volume * t.weekday[h.kind(d)];
                for g in 0..ng {
                    if present[g] {
                        expected[g] += e * t.composition[g];
                    }
                }
                e
            })
            .collect();
        (expected, topics)
    }

    /// Exposures of one day.
    fn day(&mut self, h: &History, d: usize) {
        let (ng, nt) = (self.groups, self.topics.len());
        let row: Vec<f64> = (0..ng).map(|g| (0..nt).map(|t| f64::from(h.topic_groups(t)[d * ng + g])).sum()).collect();
        let (expected, topics) = self.group_expected(h, d, &row);
        let whole: Vec<f64> = (0..ng)
            .map(|g| if expected[g] > 0.0 { libm::exp(shock(row[g], expected[g], self.group_kappa[g], self.group_tau2[g]).0) } else { 0.0 })
            .collect();
        for t in 0..nt {
            let fit = &self.topics[t];
            let counts = &h.topic_groups(t)[d * ng..(d + 1) * ng];
            let observed: f64 = (0..ng).filter(|&g| expected[g] > 0.0).map(|g| f64::from(counts[g])).sum();
            let reach: f64 = (0..ng).map(|g| fit.composition[g] * whole[g]).sum();
            self.volume[t][d] = (topics[t] * reach) as f32;
            for g in 0..ng {
                let at = d * ng + g;
                if expected[g] <= 0.0 {
                    (self.exposure[t][at], self.variance[t][at]) = (0.0, 0.0);
                    continue;
                }
                let own = topics[t] * fit.composition[g];
                let c = f64::from(counts[g]);
                let v = shock(row[g] - c, (expected[g] - own).max(0.0), self.group_kappa[g], self.group_tau2[g]);
                let u = surge(observed - c, (topics[t] * (reach - fit.composition[g] * whole[g])).max(0.0), fit.kappa, fit.tau2);
                self.exposure[t][at] = (topics[t] * libm::exp(u.0 + v.0)) as f32;
                self.variance[t][at] = (u.1 + v.1) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_surges_but_does_not_vanish() {
        // 8 calls where 30 are usual, of a topic whose days vary little beyond counting.
        assert!(shock(8.0, 30.0, 1.2, 0.01).0 < -0.9);
        let (mean, variance) = surge(8.0, 30.0, 1.2, 0.01);
        assert!((-0.35..0.0).contains(&mean) && variance <= 0.01, "{mean} {variance}");
        assert_eq!(surge(90.0, 30.0, 1.2, 0.01), shock(90.0, 30.0, 1.2, 0.01));
    }
}
