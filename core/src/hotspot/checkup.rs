//! The yearly check-up of each area: how much it was asked, how it answered, and what kept coming back.

use super::Areas;
use super::event::{EventLog, NONE, RESOLVED, RESOLVED_KNOWN, SATISFIED, SATISFIED_KNOWN};
use super::monthly::maybe_four;
use crate::complaint::{Day, four_decimals};
use serde::Serialize;
use std::collections::BTreeMap;

/// One area's year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkup {
    /// Code of the area.
    pub area: String,
    /// Its name, from the table of areas or the events.
    pub name: String,
    /// Requests of the year.
    pub volume: u64,
    /// Change against the year before; `None` when that year is not wholly in the data or was empty.
    #[serde(serialize_with = "maybe_four")]
    pub year_on_year: Option<f64>,
    /// Requests of each month.
    pub months: [u64; 12],
    /// Share resolved (响应、解决) among those whose status is known.
    #[serde(serialize_with = "maybe_four")]
    pub resolved: Option<f64>,
    /// Share satisfied among those who said.
    #[serde(serialize_with = "maybe_four")]
    pub satisfied: Option<f64>,
    /// Share of calls by callers who had called about the same topic before in this year.
    #[serde(serialize_with = "four_decimals")]
    pub repeated: f64,
    /// Most frequent topics, code and requests, at most five.
    pub topics: Vec<(String, u64)>,
    /// Topics with requests in at least ten months: the stubborn ones.
    pub stubborn: Vec<String>,
}

#[derive(Default)]
struct Year {
    volume: u64,
    before: u64,
    months: [u64; 12],
    resolved: (u64, u64),
    satisfied: (u64, u64),
    repeated: u64,
    topics: BTreeMap<u32, (u64, u16)>,
    callers: BTreeMap<(u64, u32), ()>,
}

/// The check-up of every area with requests in `year`, most asked first. `O(events)`.
///
/// ```
/// # use jiesu::complaint::Format;
/// # use jiesu::hotspot::{Areas, checkup, read_events};
/// let log = read_events("{\"id\":1,\"time\":\"2026-03-05\",\"area\":\"a\",\"topic\":\"t\"}\n".as_bytes(), Format::Jsonl, |_| Ok(()))?;
/// assert_eq!(checkup(&log, 2026, &Areas::default())[0].months[2], 1);
/// # Ok::<(), jiesu::hotspot::HotspotError>(())
/// ```
pub fn checkup(log: &EventLog, year: i16, areas: &Areas) -> Vec<Checkup> {
    let first = |y: i16| Day::new(y, 1, 1).map_or(0, |d| d.0);
    let (start, end, before) = (first(year), first(year + 1), first(year - 1));
    let whole = log.span().is_some_and(|(d, _)| d.0 <= before);
    let mut years: BTreeMap<u32, Year> = BTreeMap::new();
    for i in 0..log.len() {
        let (day, area, topic) = (log.day[i], log.area[i], log.topic[i]);
        if area == NONE || !(before..end).contains(&day) {
            continue;
        }
        let y = years.entry(area).or_default();
        if day < start {
            y.before += 1;
            continue;
        }
        y.volume += 1;
        let month = (Day(day).civil().1 - 1) as usize;
        y.months[month] += 1;
        let t = y.topics.entry(topic).or_default();
        *t = (t.0 + 1, t.1 | 1 << month);
        if log.caller[i] != 0 && y.callers.insert((log.caller[i], topic), ()).is_some() {
            y.repeated += 1;
        }
        let flags = log.flags[i];
        if flags & RESOLVED_KNOWN != 0 {
            y.resolved = (y.resolved.0 + u64::from(flags & RESOLVED != 0), y.resolved.1 + 1);
        }
        if flags & SATISFIED_KNOWN != 0 {
            y.satisfied = (y.satisfied.0 + u64::from(flags & SATISFIED != 0), y.satisfied.1 + 1);
        }
    }
    let share = |(good, of): (u64, u64)| (of > 0).then(|| good as f64 / of as f64);
    let mut out: Vec<Checkup> = years
        .into_iter()
        .filter(|(_, y)| y.volume > 0)
        .map(|(area, y)| {
            let mut topics: Vec<(u32, u64)> = y.topics.iter().map(|(&t, &(n, _))| (t, n)).collect();
            topics.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            Checkup {
                area: log.areas.code(area).to_string(),
                name: areas.get(log.areas.code(area)).map_or_else(|| log.areas.name(area), |a| &a.name).to_string(),
                volume: y.volume,
                year_on_year: (whole && y.before > 0).then(|| y.volume as f64 / y.before as f64 - 1.0),
                months: y.months,
                resolved: share(y.resolved),
                satisfied: share(y.satisfied),
                repeated: y.repeated as f64 / y.volume as f64,
                topics: topics.iter().take(5).map(|&(t, n)| (log.topics.code(t).to_string(), n)).collect(),
                stubborn: y
                    .topics
                    .iter()
                    .filter(|(_, (_, months))| months.count_ones() >= 10)
                    .map(|(&t, _)| log.topics.code(t).to_string())
                    .collect(),
            }
        })
        .collect();
    out.sort_by(|a, b| b.volume.cmp(&a.volume).then(a.area.cmp(&b.area)));
    out
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    #[test]
    fn a_year_of_an_area() {
        let mut log = EventLog::default();
        for month in 1..=12 {
            for (id, topic) in [("x", "t"), ("y", "s")] {
                if topic == "s" && month > 3 {
                    continue;
                }
                let line = format!(
                    r#"{{"id":"{id}{month}","time":"2025-{month:02}-03","area":"a","topic":"{topic}","caller":"{id}","satisfied":{}}}"#,
                    month % 2 == 0
                );
                log.push(&Event::from_json(&line).unwrap()).unwrap();
            }
        }
        let c = &checkup(&log, 2025, &Areas::default())[0];
        assert_eq!((c.volume, c.months[0], c.months[11], c.stubborn.clone()), (15, 2, 1, vec!["t".to_string()]));
        assert_eq!((c.year_on_year, c.resolved), (None, None));
        assert!((c.repeated - 13.0 / 15.0).abs() < 1e-12);
        assert!(checkup(&log, 2024, &Areas::default()).is_empty());
    }
}
