//! The daily scan: closes a day, compares it with what the days before it promise, and says what is new and what grows.

mod discovery;
mod episodes;
mod local;
mod permuted;

use super::areas::Areas;
use super::baseline::Baseline;
use super::border::{self, Border};
use super::calibrate::{Group, Tail, sampling_step};
use super::event::{EventLog, EventRef};
use super::history::History;
use super::rates::{Masks, Rates};
use super::{Alert, DetectorParams, HotspotError, Scope, Statistic, Topics, surge};
use crate::complaint::Day;
use discovery::Said;
use episodes::{Episode, QUIET};
use std::collections::BTreeMap;

/// Days an outbreak is kept out of the baseline; a level that stays longer is the new normal.
const MASKED: i32 = 45;
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
    said: Said,
    said_of_city: Said,
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
            said: Said::default(),
            said_of_city: Said::default(),
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
        let topics = self.history.topic_count();
        let (mut local, tests) = match self.params.statistic {
            Statistic::Rates => (self.local(day), topics * (self.history.group_count() + self.borders.len())),
            Statistic::Permutation => (self.permuted(day), topics),
        };
        self.close_quiet(day);
        self.said_of_city.judge(day.0, &mut alerts, topics);
        self.said.judge(day.0, &mut local, tests);
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
        if self.params.statistic == Statistic::Permutation {
            return;
        }
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
            if let Some(alert) = surge::scan(&self.history, &self.baseline, &self.rates, t, day, self.surges.get(&(t as u32))) {
                self.surges.insert(
                    t as u32,
                    surge::Running { alert: alert.alert.clone(), last: day.0, excess: alert.observed as f64 - alert.expected },
                );
                out.push(alert);
            }
        }
        out
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
}

/// The events with the topics above theirs.
fn raised<'a>(topics: &'a Topics, events: &[EventRef<'a>]) -> Vec<EventRef<'a>> {
    events.iter().filter_map(|e| Some(EventRef { topic: topics.parent(e.topic)?, ..*e })).collect()
}
