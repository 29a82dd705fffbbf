//! The scan of a day: every topic in every group of siblings, and over the borders of groups.

use super::episodes::Episode;
use super::{ABOVE, Detector};
use crate::complaint::Day;
use crate::hotspot::border;
use crate::hotspot::calibrate::{BUSY, gate};
use crate::hotspot::evidence::{Best, Table, WindowDay, best, mixture, quick, together};
use crate::hotspot::{Alert, Scope, State};

impl Detector {
    pub(super) fn local(&mut self, day: Day) -> Vec<Alert> {
        let window = self.window();
        let (na, ng) = (self.history.area_count(), self.history.group_count());
        let from = self.history.days - window;
        let today = self.history.days - 1;
        let mut alerts = Vec::new();
        let mut quicks: Vec<f64> = Vec::new();
        for t in 0..self.history.topic_count() {
            for g in 0..ng {
                if self.baseline.exposure(t)[today * ng + g] <= 0.0 {
                    continue;
                }
                let running: Vec<usize> = (0..self.episodes.len()).filter(|&e| self.runs(e, t) && self.group_of(e) == g).collect();
                let (counts, x) = (self.history.topic(t), self.baseline.exposure(t));
                quicks.clear();
                for &a in &self.history.members[g] {
                    let a = a as usize;
                    let mean = self.rates.get(t, a).map_or(0.0, |p| p.mean());
                    let days = (from..=today).map(|d| (f64::from(counts[d * na + a]), f64::from(x[d * ng + g])));
                    quicks.push(quick(days, mean));
                }
                if running.is_empty() && (gate(&mut quicks.clone()) < self.threshold - 2.0 || !self.worth(t, g, window, &quicks)) {
                    continue;
                }
                self.group(t, g, day, window, &running, &mut alerts);
            }
        }
        self.across(day, &mut alerts);
        alerts
    }

    /// A first look at the busy series only, with the rates of the last fit and the others taken as neutral: an upper estimate.
    fn worth(&self, t: usize, g: usize, window: usize, quicks: &[f64]) -> bool {
        let members = &self.history.members[g];
        let tables: Vec<Table> = members
            .iter()
            .zip(quicks)
            .map(|(&a, &q)| {
                let mut table = Table::default();
                match self.rates.get(t, a as usize).filter(|_| q > BUSY) {
                    Some(p) => table.fill(&self.window_days(t, a as usize, window), p, 0),
                    None => table.flat(window),
                }
                table
            })
            .collect();
        mixture(&tables.iter().collect::<Vec<_>>(), window) > self.threshold - 1.0
    }

    /// The last days of a series.
    fn window_days(&self, t: usize, a: usize, window: usize) -> Vec<WindowDay> {
        let h = &self.history;
        let (na, ng, g) = (h.area_count(), h.group_count(), h.group_of[a] as usize);
        let (counts, x, v) = (h.topic(t), self.baseline.exposure(t), self.baseline.variance(t));
        (h.days - window..h.days)
            .map(|d| WindowDay {
                count: f64::from(counts[d * na + a]),
                exposure: f64::from(x[d * ng + g]),
                variance: f64::from(v[d * ng + g]),
            })
            .collect()
    }

    /// Judges one topic in one group of siblings.
    fn group(&mut self, t: usize, g: usize, day: Day, window: usize, running: &[usize], alerts: &mut Vec<Alert>) {
        let h = &self.history;
        let from = h.days - window;
        let members = h.members[g].clone();
        let (tables, means) = self.tables(t, &members, window);
        // Episodes that run.
        let all: Vec<&Table> = tables.iter().collect();
        let mut taken: Vec<u32> =
            self.episodes.iter().filter(|e| e.across && e.topic as usize == t).flat_map(|e| e.areas.iter().copied()).collect();
        let whole = self.tail.p_value(mixture(&all, window));
        for &e in running {
            let areas = self.episodes[e].areas.clone();
            taken.extend(&areas);
            let own: Vec<(u32, &Table, f64)> =
                (0..members.len()).filter(|&i| areas.contains(&members[i])).map(|i| (members[i], &tables[i], means[i])).collect();
            alerts.extend(self.grow(e, &own, day, window, whole));
        }
        // The rest.
        let rest: Vec<usize> = (0..members.len()).filter(|&i| !taken.contains(&members[i])).collect();
        let open: Vec<&Table> = rest.iter().map(|&i| &tables[i]).collect();
        let b = mixture(&open, window);
        if b <= self.threshold {
            return;
        }
        let Best { members: found, start } = best(&open, window);
        let areas: Vec<u32> = found.iter().map(|&i| members[rest[i]]).collect();
        let start = self.history.day(from + start).0;
        let (observed, expected) = self.sums(t, &areas, &members, &means, start);
        let p = self.tail.p_value(b);
        if let Some(&e) = running.first() {
            // It spreads to siblings: the same episode, grown.
            self.episodes[e].areas.extend(&areas);
            self.episodes[e].areas.sort_unstable();
            self.episodes[e].active = day.0;
            let areas = self.episodes[e].areas.clone();
            let start = self.episodes[e].start.min(start);
            let (observed, expected) = self.sums(t, &areas, &members, &means, start);
            self.episodes[e].excess = observed - expected;
            self.episodes[e].said = day.0;
            let alert = self.alert(self.episodes[e].alert.clone(), t, &areas, start, day, (observed, expected), p, State::Ongoing);
            alerts.push(alert);
            return;
        }
        let first = areas.first().map_or("", |&a| self.history.areas.code(a));
        let id = format!("{day}-{}-{first}", self.history.topics.code(t as u32));
        alerts.push(self.alert(id.clone(), t, &areas, start, day, (observed, expected), p, State::New));
        self.episodes.push(Episode {
            alert: id,
            topic: t as u32,
            areas,
            start,
            active: day.0,
            said: day.0,
            excess: observed - expected,
            across: false,
        });
    }

    /// Tables and mean rates of some areas.
    pub(super) fn tables(&self, t: usize, members: &[u32], window: usize) -> (Vec<Table>, Vec<f64>) {
        let h = &self.history;
        let from = h.days - window;
        members
            .iter()
            .map(|&a| {
                let a = a as usize;
                let p = self.rates.posterior(h, &self.baseline, t, a, from, self.params.half_life, &self.masks);
                let first = self.closed.get(&(t as u32, a as u32)).map_or(0, |&d| (h.index(Day(d)) + 1 - from as i64).max(0) as usize);
                let mut table = Table::default();
                table.fill(&self.window_days(t, a, window), &p, first.min(window));
                (table, p.mean())
            })
            .unzip()
    }

    /// Outbreaks over the borders of groups, new ones and those that grow.
    fn across(&mut self, day: Day, alerts: &mut Vec<Alert>) {
        if self.borders.is_empty() {
            return;
        }
        let (borders, window) = (std::mem::take(&mut self.borders), self.window());
        let (na, ng, from) = (self.history.area_count(), self.history.group_count(), self.history.days - window);
        let searches = (borders.len() * self.history.topic_count()) as f64;
        let share = border::SHARE * if self.above.is_some() { 1.0 - ABOVE } else { 1.0 };
        let per_day = searches * 30.0 / (share * self.params.false_alarms_per_month);
        let limit = libm::log(per_day);
        for e in (0..self.episodes.len()).filter(|&e| self.episodes[e].across).collect::<Vec<_>>() {
            let areas = self.episodes[e].areas.clone();
            let (tables, means) = self.tables(self.episodes[e].topic as usize, &areas, window);
            let own: Vec<(u32, &Table, f64)> = (0..areas.len()).map(|i| (areas[i], &tables[i], means[i])).collect();
            let strength = together(&own.iter().map(|o| o.1).collect::<Vec<_>>(), 0, window);
            alerts.extend(self.grow(e, &own, day, window, libm::exp(-strength).min(1.0)));
        }
        for t in 0..self.history.topic_count() {
            for b in &borders {
                let (counts, x) = (self.history.topic(t), self.baseline.exposure(t));
                let quicks = border::quicks(b, |a| {
                    let g = self.history.group_of[a] as usize;
                    let days = (from..self.history.days).map(|d| (f64::from(counts[d * na + a]), f64::from(x[d * ng + g]))).collect();
                    (days, self.rates.get(t, a).map_or(0.0, |p| p.mean()))
                });
                if b.gate(&quicks) < limit - 2.0 {
                    continue;
                }
                let runs = |a: &u32| self.episodes.iter().any(|e| e.topic as usize == t && e.areas.contains(a));
                let taken: Vec<bool> = b.areas.iter().map(runs).collect();
                let (tables, means) = self.tables(t, &b.areas, window);
                let Some(found) = b.across(&tables, window, &taken).filter(|f| f.log > limit) else { continue };
                let areas: Vec<u32> = found.set.iter().map(|&i| b.areas[i]).collect();
                let start = self.history.day(from + found.start).0;
                let (observed, expected) = self.sums(t, &areas, &b.areas, &means, start);
                let first = areas.first().map_or("", |&a| self.history.areas.code(a));
                let id = format!("{day}-{}-{first}", self.history.topics.code(t as u32));
                // Of one search on one day: one over the mean time to an alarm this strong.
                let p = libm::exp(-found.log).min(1.0);
                alerts.push(self.alert(id.clone(), t, &areas, start, day, (observed, expected), p, State::New));
                let excess = observed - expected;
                self.episodes.push(Episode { alert: id, topic: t as u32, areas, start, active: day.0, said: day.0, excess, across: true });
            }
        }
        self.borders = borders;
    }

    /// Observed and expected since `start`.
    pub(super) fn sums(&self, t: usize, areas: &[u32], members: &[u32], means: &[f64], start: i32) -> (f64, f64) {
        let h = &self.history;
        let (na, ng) = (h.area_count(), h.group_count());
        let (counts, x) = (h.topic(t), self.baseline.exposure(t));
        let (mut observed, mut expected) = (0.0, 0.0);
        for d in h.index(Day(start)).max(0) as usize..h.days {
            for (a, mean) in members.iter().zip(means) {
                if areas.contains(a) {
                    observed += f64::from(counts[d * na + *a as usize]);
                    expected += mean * f64::from(x[d * ng + h.group_of[*a as usize] as usize]);
                }
            }
        }
        (observed, expected)
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn alert(&self, id: String, t: usize, areas: &[u32], start: i32, day: Day, sums: (f64, f64), p: f64, state: State) -> Alert {
        let h = &self.history;
        let told = h.cases(t as u32, Some(areas), h.index(Day(start)).max(0) as usize);
        Alert {
            as_of: day,
            alert: id,
            scope: Scope::Local,
            areas: areas.iter().map(|&a| h.areas.code(a).to_string()).collect(),
            topic: h.topics.code(t as u32).to_string(),
            start: Day(start),
            end: day,
            observed: sums.0 as u64,
            expected: sums.1,
            p_value: p,
            q_value: p,
            state,
            callers: told.callers,
            incidents: told.incidents,
            cases: told.ids,
        }
    }
}
