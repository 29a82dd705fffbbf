//! The monthly problem (每月一题): topics ranked by what makes a problem worth the city's attention, with reasons in numbers.

use super::event::{EventLog, NONE, RESOLVED, RESOLVED_KNOWN, SATISFIED, SATISFIED_KNOWN};
use super::{Areas, HotspotError};
use crate::complaint::{Day, four_decimals};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Result<Self, HotspotError> {
        Day::parse(&format!("{text}-01")).map(Self::of).map_err(|_| HotspotError::Parameter {
            name: "month",
            value: text.to_string(),
            range: "YYYY-MM",
        })
    }

    /// The month of a day.
    pub fn of(day: Day) -> Self {
        let (year, month, _) = day.civil();
        Month { year, month }
    }

    /// The month so many months before.
    pub(super) fn back(self, months: i16) -> Self {
        let n = self.year * 12 + i16::from(self.month) - 1 - months;
        Month { year: n.div_euclid(12), month: (n.rem_euclid(12) + 1) as i8 }
    }

    /// First day and number of days.
    fn days(self) -> (i32, i32) {
        let first = |m: Month| Day::new(m.year, m.month, 1).map_or(0, |d| d.0);
        (first(self), first(self.back(-1)) - first(self))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// [`four_decimals`] of what may be unknown.
pub(super) fn maybe_four<S: Serializer>(v: &Option<f64>, s: S) -> Result<S::Ok, S::Error> {
    match v {
        Some(v) => four_decimals(v, s),
        None => s.serialize_none(),
    }
}

/// One topic of the ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// From 1.
    pub rank: usize,
    /// Code of the topic.
    pub code: String,
    /// Its name, when the events carry one.
    pub name: String,
    /// 0–1: weighted mean of the parts that are known.
    #[serde(serialize_with = "four_decimals")]
    pub score: f64,
    /// Requests of the month.
    pub volume: u64,
    /// 环比: change against the month before; `null` when that month is not wholly in the data or was empty.
    #[serde(serialize_with = "maybe_four")]
    pub growth: Option<f64>,
    /// Effective number of areas (exponential of the entropy) as a share of all areas.
    #[serde(serialize_with = "four_decimals")]
    pub spread: f64,
    /// Share of the month's days with a request.
    #[serde(serialize_with = "four_decimals")]
    pub persistence: f64,
    /// Share not resolved among those whose status is known.
    #[serde(serialize_with = "maybe_four")]
    pub unresolved: Option<f64>,
    /// Each part in words and numbers.
    pub reasons: Vec<String>,
    /// Codes of the areas with most requests, at most five.
    pub areas: Vec<String>,
    /// Units by orders received, the lead first, at most three.
    pub units: Vec<String>,
    /// 同比: change against the same month of last year.
    #[serde(serialize_with = "maybe_four")]
    pub year_on_year: Option<f64>,
    /// Share dissatisfied among those who said.
    #[serde(serialize_with = "maybe_four")]
    pub dissatisfied: Option<f64>,
}

#[derive(Default)]
struct Tally {
    volume: u64,
    before: u64,
    last_year: u64,
    days: Vec<bool>,
    areas: BTreeMap<u32, u64>,
    units: BTreeMap<u32, u64>,
    resolved: (u64, u64),
    satisfied: (u64, u64),
}

/// Weights of volume, growth, spread, persistence, unresolved and dissatisfied share.
const WEIGHTS: [f64; 6] = [0.35, 0.2, 0.15, 0.1, 0.1, 0.1];

/// Ranks the topics of a month. `O(events)`.
pub fn rank(log: &EventLog, month: Month, areas: &Areas) -> Vec<Ranked> {
    let (first, length) = month.days();
    let (before, before_length) = month.back(1).days();
    let (year, year_length) = month.back(12).days();
    let Some((start, _)) = log.span() else { return Vec::new() };
    let mut topics: BTreeMap<u32, Tally> = BTreeMap::new();
    let mut all_areas: BTreeMap<u32, ()> = BTreeMap::new();
    for i in 0..log.len() {
        let (day, area) = (log.day[i], log.area[i]);
        let t = topics.entry(log.topic[i]).or_default();
        if area != NONE {
            all_areas.insert(area, ());
        }
        if (before..before + before_length).contains(&day) {
            t.before += 1;
        }
        if (year..year + year_length).contains(&day) {
            t.last_year += 1;
        }
        if !(first..first + length).contains(&day) {
            continue;
        }
        t.volume += 1;
        t.days.resize(length as usize, false);
        t.days[(day - first) as usize] = true;
        if area != NONE {
            *t.areas.entry(area).or_default() += 1;
        }
        if log.unit[i] != NONE {
            *t.units.entry(log.unit[i]).or_default() += 1;
        }
        let flags = log.flags[i];
        if flags & RESOLVED_KNOWN != 0 {
            t.resolved = (t.resolved.0 + u64::from(flags & RESOLVED == 0), t.resolved.1 + 1);
        }
        if flags & SATISFIED_KNOWN != 0 {
            t.satisfied = (t.satisfied.0 + u64::from(flags & SATISFIED == 0), t.satisfied.1 + 1);
        }
    }
    topics.retain(|_, t| t.volume > 0);
    let total: u64 = topics.values().map(|t| t.volume).sum();
    let most = topics.values().map(|t| t.volume).max().unwrap_or(1);
    let known = (start.0 <= before, start.0 <= year);
    let mut out: Vec<Ranked> =
        topics.into_iter().map(|(code, t)| judge(log, code, &t, total, most, all_areas.len(), length, known, areas)).collect();
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.volume.cmp(&a.volume)).then(a.code.cmp(&b.code)));
    for (i, r) in out.iter_mut().enumerate() {
        r.rank = i + 1;
    }
    out
}

#[allow(clippy::too_many_arguments)]
fn judge(
    log: &EventLog,
    code: u32,
    t: &Tally,
    total: u64,
    most: u64,
    all: usize,
    length: i32,
    known: (bool, bool),
    areas: &Areas,
) -> Ranked {
    let n = t.volume as f64;
    let placed: u64 = t.areas.values().sum();
    let entropy: f64 = t.areas.values().map(|&c| c as f64 / placed as f64).map(|p| -p * libm::log(p)).sum();
    let spread = if placed > 0 { (libm::exp(entropy) / all.max(1) as f64).min(1.0) } else { 0.0 };
    let days = t.days.iter().filter(|d| **d).count();
    let persistence = days as f64 / f64::from(length.max(1));
    let change = |past: u64| (past > 0).then(|| n / past as f64 - 1.0);
    let growth = if known.0 { change(t.before) } else { None };
    let year_on_year = if known.1 { change(t.last_year) } else { None };
    let share = |(bad, of): (u64, u64)| (of > 0).then(|| bad as f64 / of as f64);
    let (unresolved, dissatisfied) = (share(t.resolved), share(t.satisfied));
    // Few cases prove little: shares and ratios are shrunk before they count.
    let shrunk = |(bad, of): (u64, u64)| (of > 0).then(|| (bad as f64 + 1.0) / (of as f64 + 5.0));
    let rise = known.0.then(|| 0.5 + 0.5 * libm::log((n + 10.0) / (t.before as f64 + 10.0)).clamp(-1.0, 1.0));
    let volume = libm::log(1.0 + n) / libm::log(1.0 + most as f64);
    let parts = [Some(volume), rise, Some(spread), Some(persistence), shrunk(t.resolved), shrunk(t.satisfied)];
    let (sum, weight) =
        parts.iter().zip(WEIGHTS).filter_map(|(p, w)| p.map(|p| (p * w, w))).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let top = |counts: &BTreeMap<u32, u64>, k: usize| -> Vec<(u32, u64)> {
        let mut v: Vec<(u32, u64)> = counts.iter().map(|(&i, &c)| (i, c)).collect();
        v.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        v.truncate(k);
        v
    };
    let top_areas = top(&t.areas, 5);
    let area_name = |i: u32| areas.get(log.areas.code(i)).map_or_else(|| log.areas.name(i).to_string(), |a| a.name.clone());
    let mut reasons = vec![format!("本月 {} 件，占全部 {:.1}%", t.volume, 100.0 * n / total.max(1) as f64)];
    match growth {
        Some(g) => reasons.push(format!("环比 {:+.1}%（上月 {} 件）", 100.0 * g, t.before)),
        None if known.0 => reasons.push("上月没有，本月新出现".to_string()),
        None => {}
    }
    if let Some(g) = year_on_year {
        reasons.push(format!("同比 {:+.1}%（去年同月 {} 件）", 100.0 * g, t.last_year));
    }
    if let Some(&(first, c)) = top_areas.first() {
        let share = 100.0 * c as f64 / placed as f64;
        reasons.push(format!("涉及 {} 个区域，最多的是{}（{c} 件，{share:.1}%）", t.areas.len(), area_name(first)));
    }
    reasons.push(format!("{length} 天中 {days} 天有诉求"));
    if let Some(u) = unresolved {
        reasons.push(format!("未办结 {:.1}%（{}/{}）", 100.0 * u, t.resolved.0, t.resolved.1));
    }
    if let Some(u) = dissatisfied {
        reasons.push(format!("不满意 {:.1}%（{}/{}）", 100.0 * u, t.satisfied.0, t.satisfied.1));
    }
    Ranked {
        rank: 0,
        code: log.topics.code(code).to_string(),
        name: log.topics.name(code).to_string(),
        score: if weight > 0.0 { sum / weight } else { 0.0 },
        volume: t.volume,
        growth,
        spread,
        persistence,
        unresolved,
        reasons,
        areas: top_areas.iter().map(|&(a, _)| log.areas.code(a).to_string()).collect(),
        units: top(&t.units, 3).into_iter().map(|(u, _)| log.units.code(u).to_string()).collect(),
        year_on_year,
        dissatisfied,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    fn log(rows: &[(&str, &str, &str)]) -> EventLog {
        let mut log = EventLog::default();
        for (i, (day, area, topic)) in rows.iter().enumerate() {
            let line = format!(
                r#"{{"id":"{i}","time":"{day}","area":"{area}","topic":"{topic}","status":"{}","unit":"u"}}"#,
                if i % 2 == 0 { "open" } else { "closed" }
            );
            log.push(&Event::from_json(&line).unwrap()).unwrap();
        }
        log
    }

    #[test]
    fn the_growing_widespread_topic_leads() {
        let mut rows = vec![("2026-01-01", "a", "flat"), ("2026-01-02", "a", "up")];
        for (day, area) in [("2026-02-01", "a"), ("2026-02-05", "b"), ("2026-02-09", "c"), ("2026-02-20", "d")] {
            rows.extend([(day, area, "up"); 5]);
            rows.extend([("2026-02-03", "a", "flat"); 5]);
        }
        let ranking = rank(&log(&rows), Month::parse("2026-02").unwrap(), &Areas::default());
        assert_eq!(ranking.iter().map(|r| (r.rank, r.code.as_str())).collect::<Vec<_>>(), [(1, "up"), (2, "flat")]);
        let up = &ranking[0];
        assert_eq!((up.volume, up.growth, up.units[0].as_str()), (20, Some(19.0), "u"));
        assert!((up.spread - 1.0).abs() < 1e-9 && up.unresolved.is_some() && up.dissatisfied.is_none());
        assert!(up.reasons.iter().any(|r| r.starts_with("环比 +1900.0%")), "{:?}", up.reasons);
        assert!(up.year_on_year.is_none());
    }

    #[test]
    fn months() {
        assert_eq!(Month::parse("2026-01").unwrap().back(1).to_string(), "2025-12");
        assert_eq!(Month::parse("2024-02").unwrap().days().1, 29);
        assert!(Month::parse("2026-13").is_err());
        assert!(rank(&EventLog::default(), Month::parse("2026-01").unwrap(), &Areas::default()).is_empty());
    }
}
