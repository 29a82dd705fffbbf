//! The daily scan: closes a day, compares it with what the days before it promise, and says what is new and what grows.

use super::areas::Areas;
use super::baseline::Baseline;
use super::border::{self, Border};
use super::calibrate::{BUSY, Group, Tail, gate, sampling_step};
use super::event::{EventLog, EventRef};
use super::evidence::{Best, Table, WindowDay, best, mixture, quick, together};
use super::history::History;
use super::rates::{Masks, Rates};
use super::{Alert, DetectorParams, HotspotError, Scope, State, Topics, surge};
use crate::complaint::Day;
use std::collections::BTreeMap;

/// Days after which a quiet episode is over.
const QUIET: i32 = 7;
/// Days an outbreak is kept out of the baseline; a level that stays longer is the new normal.
const MASKED: i32 = 45;
/// Log of the ratio the days since the last word must reach for another.
const GROWTH: f64 = 3.0;
/// Days before the first reported one from which a replay follows outbreaks.
const WARM_UP: i32 = 28;
/// Part of the accepted false alarms that the topics above may use.
const ABOVE: f64 = 0.2;
/// Days between simulations of the threshold.
const RECALIBRATE: i32 = 28;

/// One day of [`Detector::series`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesDay {
    /// The day.
    pub day: Day,
    /// Requests, each caller once.
    pub observed: f64,
    /// Expected requests; 0 when data were missing.
    pub expected: f64,
    /// Lower end of the normal range.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// An outbreak that was reported and may go on.
#[derive(Debug, Clone)]
struct Episode {
    alert: String,
    topic: u32,
    areas: Vec<u32>,
    start: i32,
    /// Last day with evidence of its own.
    active: i32,
    /// Last day it was spoken of, and the excess then.
    said: i32,
    excess: f64,
    /// Over the border of two groups.
    across: bool,
}

/// Finds hotspots day by day; what it says of a day depends only on the events handed over by then.
///
/// ```
/// use jiesu::complaint::Day;
/// use jiesu::hotspot::{Areas, Detector, DetectorParams};
/// let mut detector = Detector::new(Areas::default(), DetectorParams::default())?;
/// let alerts = detector.update_day(Day::parse("2026-01-05")?, &[])?;
/// assert!(alerts.is_empty() && detector.is_young());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Detector {
    areas: Areas,
    params: DetectorParams,
    history: History,
    baseline: Baseline,
    rates: Rates,
    tail: Tail,
    threshold: f64,
    fitted: Option<Day>,
    calibrated: Option<(Day, usize)>,
    episodes: Vec<Episode>,
    surges: BTreeMap<u32, surge::Running>,
    masks: Masks,
    closed: BTreeMap<(u32, u32), i32>,
    borders: Vec<Border>,
    above: Option<Box<Above>>,
}

/// The scan of the parents of topics.
#[derive(Debug)]
struct Above {
    topics: Topics,
    detector: Detector,
}

impl Detector {
    /// A detector without history. The areas' parents make the groups of siblings.
    pub fn new(areas: Areas, params: DetectorParams) -> Result<Self, HotspotError> {
        params.check()?;
        let history = History::new(&areas, params.window.max(surge::WINDOW));
        Ok(Detector {
            areas,
            params,
            history,
            baseline: Baseline::default(),
            rates: Rates::default(),
            tail: Tail::default(),
            threshold: f64::INFINITY,
            fitted: None,
            calibrated: None,
            episodes: Vec::new(),
            surges: BTreeMap::new(),
            masks: Masks::new(),
            closed: BTreeMap::new(),
            borders: Vec::new(),
            above: None,
        })
    }

    /// The same with public holidays (true) and worked weekend days (false), each with a level of its own in the baseline.
    pub fn with_holidays(mut self, days: impl IntoIterator<Item = (Day, bool)>) -> Self {
        self.history.special = days.into_iter().map(|(d, off)| (d.0, off)).collect();
        self.inherit();
        self
    }

    /// The same with the topics above the events' own scanned too, each as the sum of those below: what is spread thinly over several
    /// topics of one kind shows there. A fifth of the accepted false alarms goes to them; what one of their topics explains is not said again.
    pub fn with_topics(mut self, topics: Topics) -> Result<Self, HotspotError> {
        let params = DetectorParams { false_alarms_per_month: ABOVE * self.params.false_alarms_per_month, ..self.params.clone() };
        let mut detector = Detector::new(self.areas.clone(), params)?;
        if topics.is_deep() {
            detector = detector.with_topics(topics.clone())?;
        }
        self.above = Some(Box::new(Above { topics, detector }));
        self.inherit();
        Ok(self)
    }

    /// Hands the holidays to the scan above.
    fn inherit(&mut self) {
        if let Some(above) = &mut self.above {
            above.detector.history.special.clone_from(&self.history.special);
            above.detector.inherit();
        }
    }

    /// False alarms left for the groups of siblings.
    fn accepted(&self) -> f64 {
        let above = if self.above.is_some() { 1.0 - ABOVE } else { 1.0 };
        let across = if self.borders.is_empty() { 1.0 } else { 1.0 - border::SHARE };
        self.params.false_alarms_per_month * above * across
    }

    /// Days of history so far.
    pub fn days(&self) -> usize {
        self.history.days
    }

    /// Whether the history is too short for rates and dispersions of their own (under eight weeks): areas are then judged mostly by
    /// what the whole city shows, and only strong outbreaks are found.
    pub fn is_young(&self) -> bool {
        self.history.days < 2 * self.params.window
    }

    /// Takes a day of the past into the history without looking for hotspots.
    pub fn load_day(&mut self, day: Day, events: &[EventRef<'_>]) -> Result<(), HotspotError> {
        self.check_order(day)?;
        self.history.close(day, events, &self.areas, self.params.caller_days, self.params.history);
        self.fitted = None;
        if let Some(above) = &mut self.above {
            above.detector.load_day(day, &raised(&above.topics, events))?;
        }
        Ok(())
    }

    fn check_order(&self, day: Day) -> Result<(), HotspotError> {
        match self.history.last_day().filter(|&l| l >= day || day.0 - l.0 > 3660) {
            Some(last) => Err(HotspotError::Order { day: day.to_string(), last: last.to_string() }),
            None => Ok(()),
        }
    }

    /// Closes a day: its events, and late ones of earlier days. Days in between that were not closed count as missing.
    pub fn update_day(&mut self, day: Day, events: &[EventRef<'_>]) -> Result<Vec<Alert>, HotspotError> {
        self.check_order(day)?;
        let (late, fresh) = self.history.close(day, events, &self.areas, self.params.caller_days, self.params.history);
        let upper = match &mut self.above {
            Some(above) => above.detector.update_day(day, &raised(&above.topics, events))?,
            None => Vec::new(),
        };
        if self.history.days < self.params.burn_in {
            return Ok(Vec::new());
        }
        if fresh {
            self.borders = border::borders(&self.areas, &self.history);
        }
        self.renew(day, fresh, &late);
        let mut alerts = self.city(day);
        let mut local = self.local(day);
        self.across(day, &mut local);
        self.close_quiet(day);
        false_discovery(&mut local, self.history.topic_count() * (self.history.group_count() + self.borders.len()));
        alerts.append(&mut local);
        alerts.extend(upper.into_iter().filter(|a| !self.explains(a, day)));
        Ok(alerts)
    }

    /// Replays a log up to `last` and returns the alerts of `from..=last`. Outbreaks are followed from four weeks before `from`, so that
    /// new and ongoing are told apart; earlier days are history only.
    pub fn scan(&mut self, log: &EventLog, from: Day, last: Day) -> Result<Vec<Alert>, HotspotError> {
        let days = log.by_day();
        let mut out = Vec::new();
        let Some(&first) = days.keys().next() else { return Ok(out) };
        for d in first.0..=last.0 {
            let day = Day(d);
            let events: Vec<EventRef<'_>> = days.get(&day).into_iter().flatten().filter_map(|&i| log.get(i as usize)).collect();
            if d < from.0 - WARM_UP {
                self.load_day(day, &events)?;
            } else {
                let alerts = self.update_day(day, &events)?;
                if day >= from {
                    out.extend(alerts);
                }
            }
        }
        Ok(out)
    }

    /// Observed and expected counts of a topic over some areas on the last `days` days, with the range nine normal days out of ten
    /// fall in.
    pub fn series(&self, topic: &str, areas: &[String], days: usize) -> Vec<SeriesDay> {
        let h = &self.history;
        let (na, ng) = (h.area_count(), h.group_count());
        let Some(t) = h.topics.find(topic).map(|t| t as usize) else { return Vec::new() };
        let members: Vec<usize> = areas.iter().filter_map(|a| h.areas.find(a)).map(|a| a as usize).collect();
        let (counts, x) = (h.topic(t), self.baseline.exposure(t));
        (h.days.saturating_sub(days)..h.days)
            .map(|d| {
                let (mut observed, mut expected, mut variance) = (0.0, 0.0, 0.0);
                for &a in &members {
                    observed += f64::from(counts.get(d * na + a).copied().unwrap_or(0));
                    let exposure = x.get(d * ng + h.group_of[a] as usize).map_or(0.0, |&x| f64::from(x));
                    if let Some(p) = self.rates.get(t, a) {
                        let m = p.mean() * exposure;
                        expected += m;
                        variance += m + m * m * p.dispersion;
                    }
                }
                let half = 1.645 * libm::sqrt(variance);
                SeriesDay { day: h.day(d), observed, expected, low: (expected - half).max(0.0), high: expected + half }
            })
            .collect()
    }

    fn window(&self) -> usize {
        self.params.window.min(self.history.days / 2)
    }

    fn renew(&mut self, day: Day, fresh: bool, late: &[usize]) {
        self.masks.retain(|_, list| {
            list.retain(|(_, to)| *to >= day.0 - MASKED);
            !list.is_empty()
        });
        let h = &self.history;
        let end = h.days - self.window();
        let half_life = self.params.half_life;
        match self.fitted {
            Some(last) if !fresh && day.0 - last.0 < self.params.refit_days => self.baseline.extend(h, late),
            last => {
                // The first time the dispersion is a guess: fit twice.
                let passes = if last.is_none() { 2 } else { 1 };
                for _ in 0..passes {
                    self.baseline = Baseline::fit(h, self.rates.mean_dispersion().max(0.02), half_life);
                    self.rates = Rates::fit(h, &self.baseline, end, half_life, &self.masks);
                }
                self.fitted = Some(day);
            }
        }
        let size = h.topic_count() * h.group_count();
        let due = self.calibrated.is_none_or(|(d, n)| day.0 - d.0 >= RECALIBRATE || size > n + n / 5);
        if due {
            self.calibrate(size);
            self.calibrated = Some((day, size));
        }
    }

    fn calibrate(&mut self, total: usize) {
        let h = &self.history;
        let (ng, window) = (h.group_count(), self.window());
        let step = sampling_step(h.topic_count() * h.area_count());
        let groups: Vec<Group> = (0..total)
            .step_by(step)
            .map(|i| {
                let (t, g) = (i / ng, i % ng);
                let (x, v) = (self.baseline.exposure(t), self.baseline.variance(t));
                let from = h.days.saturating_sub(window + 30);
                Group {
                    key: i as u64,
                    members: h.members[g].iter().filter_map(|&a| self.rates.get(t, a as usize).copied()).collect(),
                    days: (from..h.days).map(|d| (f64::from(x[d * ng + g]), f64::from(v[d * ng + g]))).collect(),
                }
            })
            .collect();
        self.tail = Tail::simulate(&groups, total, window, self.accepted(), self.params.seed);
        self.threshold = self.tail.threshold(self.accepted());
    }

    fn city(&mut self, day: Day) -> Vec<Alert> {
        let mut out = Vec::new();
        for t in 0..self.history.topic_count() {
            if let Some(alert) = surge::scan(&self.history, &self.baseline, t, day, self.surges.get(&(t as u32))) {
                self.surges.insert(
                    t as u32,
                    surge::Running { alert: alert.alert.clone(), last: day.0, excess: alert.observed as f64 - alert.expected },
                );
                out.push(alert);
            }
        }
        out
    }

    fn local(&mut self, day: Day) -> Vec<Alert> {
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

    fn group_of(&self, episode: usize) -> usize {
        let area = self.episodes[episode].areas.first().copied().unwrap_or(0);
        self.history.group_of[area as usize] as usize
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
    fn tables(&self, t: usize, members: &[u32], window: usize) -> (Vec<Table>, Vec<f64>) {
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

    /// Follows an episode that runs; an alert when it has grown. `own` are its areas with their tables and mean rates.
    fn grow(&mut self, e: usize, own: &[(u32, &Table, f64)], day: Day, window: usize, p: f64) -> Option<Alert> {
        let tables: Vec<&Table> = own.iter().map(|o| o.1).collect();
        // Mean ratio over the starts of the last days.
        let since = |days: i32| {
            let days = (days.max(1) as usize).min(window);
            together(&tables, window - days, window) - libm::log(days as f64)
        };
        if since(QUIET) > 0.0 {
            self.episodes[e].active = day.0;
        }
        let fresh = since(day.0 - self.episodes[e].said);
        let Episode { topic, start, areas, excess: before, alert, .. } = self.episodes[e].clone();
        let (members, means): (Vec<u32>, Vec<f64>) = own.iter().map(|o| (o.0, o.2)).unzip();
        let (observed, expected) = self.sums(topic as usize, &areas, &members, &means, start);
        // It has grown when its excess has, and the days since it was last spoken of say so by themselves.
        let excess = observed - expected;
        if fresh <= GROWTH || excess < 1.5 * before || excess < before + 3.0 {
            return None;
        }
        self.episodes[e].excess = excess;
        self.episodes[e].said = day.0;
        Some(self.alert(alert, topic as usize, &areas, start, day, (observed, expected), p, State::Ongoing))
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

    /// Whether an episode runs inside a group for this topic.
    fn runs(&self, episode: usize, t: usize) -> bool {
        self.episodes.get(episode).is_some_and(|e| e.topic as usize == t && !e.across)
    }

    /// Whether what a topic above shows is the doing of one of its topics.
    fn explains(&self, upper: &Alert, day: Day) -> bool {
        let Some(above) = &self.above else { return false };
        let below = |t: u32| above.topics.parent(self.history.topics.code(t)) == Some(upper.topic.as_str());
        match upper.scope {
            Scope::City => self.surges.iter().any(|(&t, r)| below(t) && day.0 - r.last <= QUIET),
            Scope::Local => self
                .episodes
                .iter()
                .any(|e| below(e.topic) && e.areas.iter().any(|&a| upper.areas.iter().any(|u| u == self.history.areas.code(a)))),
        }
    }

    /// Observed and expected since `start`.
    fn sums(&self, t: usize, areas: &[u32], members: &[u32], means: &[f64], start: i32) -> (f64, f64) {
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
    fn alert(&self, id: String, t: usize, areas: &[u32], start: i32, day: Day, sums: (f64, f64), p: f64, state: State) -> Alert {
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

    fn close_quiet(&mut self, day: Day) {
        let (masks, closed) = (&mut self.masks, &mut self.closed);
        self.episodes.retain(|e| {
            let over = day.0 - e.active > QUIET || day.0 - e.start > 60;
            for &a in &e.areas {
                let list = masks.entry((e.topic, a)).or_default();
                list.retain(|(_, to)| *to < e.start);
                list.push((e.start.max(e.active - 28), e.active));
                if over {
                    closed.insert((e.topic, a), day.0);
                }
            }
            !over
        });
        closed.retain(|_, d| *d >= day.0 - 60);
    }
}

/// The events with the topics above theirs.
fn raised<'a>(topics: &'a Topics, events: &[EventRef<'a>]) -> Vec<EventRef<'a>> {
    events.iter().filter_map(|e| Some(EventRef { topic: topics.parent(e.topic)?, ..*e })).collect()
}

/// Benjamini–Hochberg over the day's grid.
fn false_discovery(alerts: &mut [Alert], tests: usize) {
    let mut order: Vec<usize> = (0..alerts.len()).collect();
    order.sort_by(|&a, &b| alerts[a].p_value.total_cmp(&alerts[b].p_value).then(a.cmp(&b)));
    let mut q: f64 = 1.0;
    for (rank, &i) in order.iter().enumerate().rev() {
        q = q.min(alerts[i].p_value * tests as f64 / (rank + 1) as f64);
        alerts[i].q_value = q;
    }
}
