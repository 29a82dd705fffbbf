//! The threshold of the local scan: where the fitted city, simulated without outbreaks, gives the wanted number of false alarms.

use super::evidence::{Table, WindowDay, mixture, quick};
use super::random::Stream;
use super::rates::Posterior;

/// Days of simulated surveillance a path.
const SPAN: usize = 30;
/// Series-days simulated: about a second of work.
const BUDGET: usize = 480_000;
/// Series with a quick ratio below this are left for the second look.
pub(crate) const BUSY: f64 = 1.5;
/// An alarm within this many days of the last belongs to the same episode.
const EPISODE: usize = 7;

/// Frequency of false alarms by threshold, from simulation; extended by an exponential (Gumbel) tail.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tail {
    /// Exceedances (path, day, log of the statistic), above the floor.
    exceedances: Vec<(u32, u16, f64)>,
    /// Group-days simulated.
    simulated: f64,
    /// Groups in the city.
    groups: f64,
    anchor: f64,
    anchor_count: f64,
    slope: f64,
}

/// A group of siblings in one topic, as the simulation needs it.
pub(crate) struct Group {
    /// Key of its random numbers.
    pub(crate) key: u64,
    /// Posterior of each member.
    pub(crate) members: Vec<Posterior>,
    /// Exposure and variance of its last days.
    pub(crate) days: Vec<(f64, f64)>,
}

/// Every how manyeth group is simulated, for a city of this many series.
pub(crate) fn sampling_step(series: usize) -> usize {
    (series * SPAN / BUDGET).max(1)
}

impl Tail {
    /// Simulates; `groups` yields the sampled groups, `total` is their number in the city.
    pub(crate) fn simulate(groups: &[Group], total: usize, window: usize, target: f64, seed: u64) -> Self {
        let month = (total * SPAN) as f64;
        let floor = (libm::log(month / target.max(1e-9)) - 4.5).max(1.0);
        let series: usize = groups.iter().map(|g| g.members.len()).sum();
        let reps = if series == 0 { 0 } else { (BUDGET / (series * SPAN)).clamp(1, 100) };
        let mut tail = Tail { groups: total as f64, slope: 1.0, ..Tail::default() };
        let length = window + SPAN - 1;
        let mut tables: Vec<Table> = Vec::new();
        let mut path = 0;
        for rep in 0..reps {
            for group in groups {
                let n = group.members.len();
                // Day by day the calendar's own exposures, the last ones repeated by whole weeks when history is short.
                let calendar: Vec<(f64, f64)> = (0..length).map(|i| calendar_day(&group.days, length - 1 - i)).collect();
                let series: Vec<Vec<WindowDay>> = group
                    .members
                    .iter()
                    .enumerate()
                    .map(|(i, p)| draw(p, &calendar, Stream::new(seed ^ (rep as u64) << 32, group.key, i as u64)))
                    .collect();
                tables.resize_with(n, Table::default);
                for d in 0..SPAN {
                    let days = |i: usize| &series[i][d..d + window];
                    let busy: Vec<f64> =
                        (0..n).map(|i| quick(days(i).iter().map(|w| (w.count, w.exposure)), group.members[i].mean())).collect();
                    if gate(&mut busy.clone()) < floor - 1.0 {
                        continue;
                    }
                    // First only the busy series, the others taken as neutral: an upper estimate.
                    for (i, table) in tables.iter_mut().enumerate() {
                        if busy[i] > BUSY { table.fill(days(i), &group.members[i], 0) } else { table.flat(window) }
                    }
                    if mixture(&tables.iter().collect::<Vec<_>>(), window) < floor {
                        continue;
                    }
                    for (i, table) in tables.iter_mut().enumerate() {
                        if busy[i] <= BUSY {
                            table.fill(days(i), &group.members[i], 0);
                        }
                    }
                    let b = mixture(&tables.iter().collect::<Vec<_>>(), window);
                    if b > floor {
                        tail.exceedances.push((path, d as u16, b));
                    }
                }
                path += 1;
                tail.simulated += SPAN as f64;
            }
        }
        tail.fit_tail(floor);
        tail
    }

    /// The exponential tail is anchored where about 25 episodes are left, its slope taken from there down to the floor.
    fn fit_tail(&mut self, floor: f64) {
        let all = self.episodes(floor);
        let anchor = self.level(25.0, floor);
        let low = self.level(150.0_f64.min(all as f64), floor);
        (self.anchor, self.anchor_count) = (anchor, (self.episodes(anchor) as f64).max(1.0));
        if anchor > low + 0.2 {
            self.slope = (libm::log(self.episodes(low) as f64 / self.anchor_count) / (anchor - low)).clamp(0.6, 1.3);
        }
    }

    /// Lowest threshold with at most `count` episodes.
    fn level(&self, count: f64, floor: f64) -> f64 {
        let (mut low, mut high) = (floor, floor + 60.0);
        for _ in 0..40 {
            let mid = 0.5 * (low + high);
            if self.episodes(mid) as f64 > count { low = mid } else { high = mid }
        }
        high
    }

    fn episodes(&self, threshold: f64) -> usize {
        let mut last: Option<(u32, u16)> = None;
        let mut n = 0;
        for &(path, day, b) in &self.exceedances {
            if b <= threshold {
                continue;
            }
            if last.is_none_or(|(p, d)| p != path || usize::from(day - d) > EPISODE) {
                n += 1;
            }
            last = Some((path, day));
        }
        n
    }

    /// Episodes in 30 days over the whole city at a threshold.
    pub(crate) fn per_month(&self, threshold: f64) -> f64 {
        let count = if threshold > self.anchor || self.exceedances.is_empty() {
            self.anchor_count.max(1.0) * libm::exp(-self.slope * (threshold - self.anchor))
        } else {
            self.episodes(threshold) as f64
        };
        count / self.simulated.max(1.0) * self.groups * SPAN as f64
    }

    /// The threshold with `target` episodes in 30 days.
    pub(crate) fn threshold(&self, target: f64) -> f64 {
        let (mut low, mut high) = (0.0, 80.0);
        for _ in 0..60 {
            let mid = 0.5 * (low + high);
            if self.per_month(mid) > target { low = mid } else { high = mid }
        }
        high
    }

    /// Probability that a given group starts an episode this strong on a given day.
    pub(crate) fn p_value(&self, b: f64) -> f64 {
        (self.per_month(b) / (self.groups * SPAN as f64).max(1.0)).min(1.0)
    }
}

/// Sum of the three highest: what a set of up to three areas could reach.
pub(crate) fn gate(quick: &mut [f64]) -> f64 {
    quick.sort_by(|a, b| b.total_cmp(a));
    quick.iter().take(3).sum()
}

fn calendar_day(days: &[(f64, f64)], back: usize) -> (f64, f64) {
    let n = days.len();
    let mut back = back;
    while back >= n && n >= 7 {
        back -= 7 * (n / 7);
    }
    n.checked_sub(1 + back).and_then(|i| days.get(i)).copied().unwrap_or((0.0, 0.0))
}

fn draw(p: &Posterior, calendar: &[(f64, f64)], mut stream: Stream) -> Vec<WindowDay> {
    let lambda = stream.gamma(p.shape) / p.rate;
    // Series that vary more than they let on so far are where false alarms come from.
    let dispersion = p.dispersion_at(stream.uniform());
    calendar
        .iter()
        .map(|&(exposure, variance)| {
            let phi = 1.0 / (dispersion + variance);
            let mean = lambda * exposure * stream.gamma(phi) / phi;
            let count = if exposure > 0.0 { f64::from(stream.poisson(mean)) } else { 0.0 };
            WindowDay { count, exposure, variance }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspot::rates::ND;

    #[test]
    fn threshold_rises_with_the_grid_and_falls_with_the_target() {
        let p = Posterior { shape: 60.0, rate: 60.0, dispersion: 0.15, weights: [0.0; ND] };
        let group = |key| Group { key, members: vec![p; 6], days: vec![(1.0, 0.0); 57] };
        let groups: Vec<Group> = (0..40).map(group).collect();
        let tail = Tail::simulate(&groups, 40, 28, 0.5, 1);
        let h = tail.threshold(0.5);
        assert!(h > 3.0 && h < 12.0, "{h}");
        assert!(tail.threshold(0.1) > h);
        assert!((tail.per_month(h) - 0.5).abs() < 0.2);
        assert!(Tail::simulate(&groups, 4000, 28, 0.5, 1).threshold(0.5) > h + 2.0);
        assert!(tail.p_value(h + 2.0) < tail.p_value(h));
        assert_eq!(Tail::simulate(&groups, 40, 28, 0.5, 1), tail);
    }

    #[test]
    fn nothing_to_simulate() {
        let tail = Tail::simulate(&[], 0, 28, 0.5, 1);
        assert!(tail.threshold(0.5).is_finite());
    }
}
