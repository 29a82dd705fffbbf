//! Surges of a topic over the whole city.

use super::baseline::Baseline;
use super::history::History;
use super::rates::Rates;
use super::{Alert, Scope, State};
use crate::complaint::Day;

/// Longest surge window, days.
pub(crate) const WINDOW: usize = 14;
/// Sizes considered.
const FACTORS: [f64; 5] = [1.3, 1.6, 2.0, 3.0, 5.0];
/// False surges accepted in 30 days over all topics.
const PER_MONTH: f64 = 0.1;
/// Days without an alert after which a surge is a new one.
const QUIET: i32 = 7;

/// A surge already reported.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) alert: String,
    pub(crate) last: i32,
    pub(crate) excess: f64,
}

/// Parts of the city that a surge must be spread over: the groups, or the areas themselves where there are only one or two groups.
struct Parts {
    /// Group of each part.
    group: Vec<usize>,
    /// Share of each part in the topic's volume.
    share: Vec<f64>,
    areas: bool,
}

impl Parts {
    fn new(h: &History, b: &Baseline, r: &Rates, t: usize) -> Self {
        let ng = h.group_count();
        if ng > 2 {
            return Parts { group: (0..ng).collect(), share: (0..ng).map(|g| b.composition(t, g)).collect(), areas: false };
        }
        let mean = |a: usize| r.get(t, a).map_or(0.0, |p| p.mean());
        let group: Vec<usize> = h.group_of.iter().map(|&g| g as usize).collect();
        let mut whole = vec![0.0; ng];
        for (a, &g) in group.iter().enumerate() {
            whole[g] += mean(a);
        }
        let share = group.iter().enumerate().map(|(a, &g)| b.composition(t, g) * mean(a) / whole[g].max(1e-12)).collect();
        Parts { group, share, areas: true }
    }

    fn len(&self) -> usize {
        self.group.len()
    }

    fn count(&self, h: &History, t: usize, d: usize, part: usize) -> f64 {
        let at = d * self.len() + part;
        if self.areas { f64::from(h.topic(t)[at]) } else { f64::from(h.topic_groups(t)[at]) }
    }
}

/// The surge of topic `t` on the last day, if there is one to speak of.
///
/// The statistic is the Shiryaev–Roberts sum over starts and sizes of negative binomial likelihood ratios of the topic's volume, the
/// part of the city with the greatest excess left out: a surge must not be the doing of one district. Its mean under the null is the
/// number of starts, so by Markov's inequality the threshold below keeps false surges under the accepted number.
pub(crate) fn scan(h: &History, b: &Baseline, r: &Rates, t: usize, day: Day, running: Option<&Running>) -> Option<Alert> {
    let (n, ng) = (h.days, h.group_count());
    let window = WINDOW.min(n / 2);
    let parts = Parts::new(h, b, r, t);
    let np = parts.len();
    let days: Vec<usize> = (n - window..n).collect();
    let exposed = |d: usize, p: usize| b.exposure(t).get(d * ng + parts.group[p]).is_some_and(|&x| x > 0.0);
    let excess = |p: usize, back: usize| -> f64 {
        days.iter().rev().take(back).filter(|&&d| exposed(d, p)).map(|&d| parts.count(h, t, d, p) - b.volume(t, d).0 * parts.share[p]).sum()
    };
    let top = (0..np).filter(|_| np > 2).max_by(|&a, &c| excess(a, 7).total_cmp(&excess(c, 7)).then(c.cmp(&a)));
    let (mut sum, mut start) = (0.0, (f64::NEG_INFINITY, n - 1));
    let mut logs = [0.0; FACTORS.len()];
    for &d in days.iter().rev() {
        let (mut expected, mut variance) = b.volume(t, d);
        let observed: f64 = (0..np).filter(|&p| Some(p) != top).map(|p| parts.count(h, t, d, p)).sum();
        let keep = top.map_or(1.0, |p| (1.0 - parts.share[p]).max(0.0));
        (expected, variance) = (expected * keep, variance * keep);
        if expected <= 0.5 {
            if d == n - 1 {
                return None;
            }
            continue;
        }
        let phi = expected * expected / (variance - expected).max(1e-3 * expected);
        for (l, f) in logs.iter_mut().zip(FACTORS) {
            *l += observed * libm::log(f) - (observed + phi) * libm::log((phi + f * expected) / (phi + expected));
            sum += libm::exp(l.min(600.0)) / FACTORS.len() as f64;
            if *l > start.0 {
                start = (*l, d);
            }
        }
    }
    let limit = h.topic_count() as f64 * 30.0 / PER_MONTH;
    let start = start.1;
    let spread = (0..np).filter(|&p| excess(p, n - start) > 0.0).count();
    if sum < limit || 2 * spread <= np {
        return None;
    }
    // Still surging today, not the echo of yesterday.
    let today: f64 = (0..np).map(|p| parts.count(h, t, n - 1, p)).sum();
    let (usual, variance) = b.volume(t, n - 1);
    if today < usual + libm::sqrt(variance) {
        return None;
    }
    let (mut observed, mut expected) = (0.0, 0.0);
    for d in start..n {
        observed += (0..np).map(|p| parts.count(h, t, d, p)).sum::<f64>();
        expected += b.volume(t, d).0;
    }
    let same = running.filter(|r| day.0 - r.last <= QUIET);
    if same.is_some_and(|r| observed - expected < 1.5 * r.excess) {
        return None;
    }
    let mut areas: Vec<String> = (0..h.area_count()).map(|a| h.areas.code(a as u32).to_string()).collect();
    areas.sort_unstable();
    // Of one topic on one day: one over the mean time to a surge this strong.
    let p = (1.0 / sum).min(1.0);
    let told = h.cases(t as u32, None, start);
    Some(Alert {
        as_of: day,
        alert: same.map_or_else(|| format!("{day}-{}-city", h.topics.code(t as u32)), |r| r.alert.clone()),
        scope: Scope::City,
        areas,
        topic: h.topics.code(t as u32).to_string(),
        start: h.day(start),
        end: day,
        observed: observed as u64,
        expected,
        p_value: p,
        q_value: p,
        state: if same.is_some() { State::Ongoing } else { State::New },
        callers: told.callers,
        incidents: told.incidents,
        cases: told.ids,
    })
}
