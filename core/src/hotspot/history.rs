//! Daily counts by topic, area and group of siblings, callers counted once.

use super::areas::Areas;
use super::event::{EventRef, Interner, token_key};
use crate::complaint::Day;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Kinds of days: the seven of the week, a public holiday, a weekend day that is worked.
pub(crate) const KINDS: usize = 9;
pub(crate) const HOLIDAY: usize = 7;
pub(crate) const WORKED: usize = 8;

/// A case kept for naming in alerts.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) topic: u32,
    pub(crate) area: u32,
    pub(crate) id: Box<str>,
    /// Key of the caller, 0 when unknown.
    caller: u64,
    /// Key of the incident, 0 when unknown.
    incident: u64,
}

/// The cases of an alert.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) ids: Vec<String>,
    /// Different callers; an unknown one counts as somebody else.
    pub(crate) callers: u64,
    /// Different incidents, when any case has one; a case without counts as one of its own.
    pub(crate) incidents: Option<u64>,
}

/// Everything counted so far. Codes are numbered in order of their first day (by code within a day), so numbers never depend on
/// later events.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) areas: Interner,
    pub(crate) topics: Interner,
    pub(crate) groups: Interner,
    /// Group of each area.
    pub(crate) group_of: Vec<u32>,
    /// Areas of each group.
    pub(crate) members: Vec<Vec<u32>>,
    first: Option<Day>,
    pub(crate) days: usize,
    counts: Vec<Vec<u16>>,
    group_counts: Vec<Vec<u32>>,
    callers: FxHashMap<u64, i32>,
    /// Days off that are not weekends (true) and weekend days that are worked (false).
    pub(crate) special: BTreeMap<i32, bool>,
    cases: VecDeque<Vec<Case>>,
    case_days: usize,
}

impl History {
    pub(crate) fn new(areas: &Areas, case_days: usize) -> Self {
        let mut h = History { case_days, ..History::default() };
        let mut leaves: Vec<&str> = areas.list().iter().map(|a| a.code.as_str()).filter(|c| !areas.is_inner(c)).collect();
        leaves.sort_unstable();
        for code in leaves {
            h.add_area(code, areas);
        }
        h
    }

    fn add_area(&mut self, code: &str, areas: &Areas) {
        let a = self.areas.add(code);
        if (a as usize) < self.group_of.len() {
            return;
        }
        let g = self.groups.add(areas.group(code));
        self.group_of.push(g);
        if self.members.len() <= g as usize {
            self.members.resize(g as usize + 1, Vec::new());
        }
        if let Some(m) = self.members.get_mut(g as usize) {
            m.push(a);
        }
    }

    pub(crate) fn area_count(&self) -> usize {
        self.group_of.len()
    }

    pub(crate) fn group_count(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn topic_count(&self) -> usize {
        self.counts.len()
    }

    /// The last closed day.
    pub(crate) fn last_day(&self) -> Option<Day> {
        self.first.map(|f| Day(f.0 + self.days as i32 - 1))
    }

    /// Calendar day of an index.
    pub(crate) fn day(&self, index: usize) -> Day {
        Day(self.first.map_or(0, |f| f.0) + index as i32)
    }

    /// What kind of day an index is: 0–6 Monday to Sunday, [`HOLIDAY`] or [`WORKED`].
    pub(crate) fn kind(&self, index: usize) -> usize {
        let day = self.day(index);
        match self.special.get(&day.0) {
            Some(true) => HOLIDAY,
            Some(false) => WORKED,
            None => day.weekday(),
        }
    }

    /// Index of a calendar day; may be out of range.
    pub(crate) fn index(&self, day: Day) -> i64 {
        i64::from(day.0) - i64::from(self.first.map_or(0, |f| f.0))
    }

    /// Counts of a topic, day by day, all areas of a day together.
    pub(crate) fn topic(&self, t: usize) -> &[u16] {
        self.counts.get(t).map_or(&[], |c| c)
    }

    /// Counts of a topic by day and group.
    pub(crate) fn topic_groups(&self, t: usize) -> &[u32] {
        self.group_counts.get(t).map_or(&[], |c| c)
    }

    /// Closes a day: counts its events and late ones of earlier days. Returns the indices of earlier days that changed and whether
    /// areas, groups or topics are new.
    pub(crate) fn close(&mut self, day: Day, events: &[EventRef<'_>], areas: &Areas, caller_days: i32, keep: usize) -> (Vec<usize>, bool) {
        let fresh = self.intern(events, areas);
        let first = *self.first.get_or_insert(day);
        let days = (day.0 - first.0) as usize + 1;
        let (na, ng) = (self.area_count(), self.group_count());
        for c in &mut self.counts {
            c.resize(days * na, 0);
        }
        for c in &mut self.group_counts {
            c.resize(days * ng, 0);
        }
        while self.days < days {
            self.cases.push_back(Vec::new());
            if self.cases.len() > self.case_days {
                self.cases.pop_front();
            }
            self.days += 1;
        }
        let mut late = Vec::new();
        for e in events {
            let (Some(a), Some(t)) = (self.areas.find(areas.series_area(e.area)), self.topics.find(e.topic)) else { continue };
            let at = i64::from(e.day.0) - i64::from(first.0);
            // Future-dated events count on the day they came, events before the history nowhere.
            let at = at.min(days as i64 - 1);
            if at < 0 {
                continue;
            }
            let at = at as usize;
            let back = days - 1 - at;
            if let Some(list) = self.cases.len().checked_sub(back + 1).and_then(|i| self.cases.get_mut(i)) {
                list.push(Case {
                    topic: t,
                    area: a,
                    id: e.id.into(),
                    caller: e.caller.unwrap_or(0),
                    incident: e.incident.map_or(0, token_key),
                });
            }
            if self.repeated(e.caller, a, t, e.day.0, caller_days) {
                continue;
            }
            if let Some(c) = self.counts.get_mut(t as usize).and_then(|c| c.get_mut(at * na + a as usize)) {
                *c = c.saturating_add(1);
            }
            let g = self.group_of.get(a as usize).copied().unwrap_or(0) as usize;
            if let Some(c) = self.group_counts.get_mut(t as usize).and_then(|c| c.get_mut(at * ng + g)) {
                *c += 1;
            }
            if back > 0 {
                late.push(at);
            }
        }
        late.sort_unstable();
        late.dedup();
        if days.is_multiple_of(16) {
            self.callers.retain(|_, last| *last >= day.0 - caller_days);
        }
        if self.days > keep + 32 {
            self.forget(self.days - keep);
            late.clear();
            return (late, true);
        }
        (late, fresh)
    }

    /// Whether this caller has called about the same topic in the same area within `caller_days`: chronic callers count once.
    fn repeated(&mut self, caller: Option<u64>, area: u32, topic: u32, day: i32, caller_days: i32) -> bool {
        let Some(caller) = caller else { return false };
        let place = (u64::from(area) << 32 | u64::from(topic)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        match self.callers.entry(caller ^ place) {
            std::collections::hash_map::Entry::Occupied(mut o) => {
                let near = (day - *o.get()).abs() <= caller_days;
                *o.get_mut() = day.max(*o.get());
                near
            }
            std::collections::hash_map::Entry::Vacant(v) => {
                v.insert(day);
                false
            }
        }
    }

    /// Numbers new codes; true when there were any.
    fn intern(&mut self, events: &[EventRef<'_>], areas: &Areas) -> bool {
        let (old_a, old_g, old_t) = (self.area_count(), self.group_count(), self.topic_count());
        let mut new_areas: Vec<&str> = events.iter().map(|e| areas.series_area(e.area)).filter(|c| self.areas.find(c).is_none()).collect();
        new_areas.sort_unstable();
        new_areas.dedup();
        for code in new_areas {
            self.add_area(code, areas);
        }
        let mut new_topics: Vec<&str> = events.iter().map(|e| e.topic).filter(|c| self.topics.find(c).is_none()).collect();
        new_topics.sort_unstable();
        new_topics.dedup();
        for code in new_topics {
            self.topics.add(code);
        }
        let (na, ng, nt) = (self.area_count(), self.group_count(), self.topics.len());
        if na > old_a {
            for c in &mut self.counts {
                *c = widen(c, old_a, na);
            }
        }
        if ng > old_g {
            for c in &mut self.group_counts {
                *c = widen(c, old_g, ng);
            }
        }
        self.counts.resize(nt, Vec::new());
        self.group_counts.resize(nt, Vec::new());
        (na, ng, nt) != (old_a, old_g, old_t)
    }

    fn forget(&mut self, drop: usize) {
        let (na, ng) = (self.area_count(), self.group_count());
        for c in &mut self.counts {
            c.drain(..(drop * na).min(c.len()));
        }
        for c in &mut self.group_counts {
            c.drain(..(drop * ng).min(c.len()));
        }
        self.days -= drop;
        self.first = self.first.map(|f| Day(f.0 + drop as i32));
    }

    /// The cases of a topic in some areas, from day index `from` on.
    pub(crate) fn cases(&self, topic: u32, areas: Option<&[u32]>, from: usize) -> Told {
        let skip = from.saturating_sub(self.days - self.cases.len().min(self.days));
        let wanted = |c: &&Case| c.topic == topic && areas.is_none_or(|a| a.contains(&c.area));
        let cases: Vec<&Case> = self.cases.iter().skip(skip).flat_map(|day| day.iter().filter(wanted)).collect();
        let different = |key: fn(&Case) -> u64| {
            let known: BTreeSet<u64> = cases.iter().map(|c| key(c)).filter(|&k| k != 0).collect();
            (known.len() + cases.iter().filter(|c| key(c) == 0).count()) as u64
        };
        Told {
            callers: different(|c| c.caller),
            incidents: cases.iter().any(|c| c.incident != 0).then(|| different(|c| c.incident)),
            ids: cases.iter().map(|c| c.id.to_string()).collect(),
        }
    }
}

fn widen<T: Copy + Default>(rows: &[T], old: usize, new: usize) -> Vec<T> {
    if old == 0 {
        return Vec::new();
    }
    let mut out = Vec::with_capacity(rows.len() / old * new);
    for row in rows.chunks(old) {
        out.extend_from_slice(row);
        out.resize(out.len() + new - old, T::default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(id: &'a str, day: i32, area: &'a str, topic: &'a str, caller: Option<u64>) -> EventRef<'a> {
        EventRef { id, day: Day(day), area, topic, caller, incident: None }
    }

    #[test]
    fn counts_callers_once_and_late_events_where_they_belong() {
        let mut h = History::new(&Areas::default(), 10);
        let areas = Areas::default();
        h.close(Day(100), &[event("1", 100, "a", "t", Some(1)), event("2", 100, "a", "t", Some(1))], &areas, 30, 400);
        let (late, fresh) = h.close(Day(102), &[event("3", 101, "a", "t", Some(2)), event("4", 102, "b", "s", None)], &areas, 30, 400);
        assert_eq!((late, fresh, h.days), (vec![1], true, 3));
        assert_eq!(h.topic(0), [1, 0, 1, 0, 0, 0]);
        assert_eq!(h.topic(1), [0, 0, 0, 0, 0, 1]);
        assert_eq!(h.cases(0, None, 0).ids, ["1", "2", "3"]);
        assert_eq!(h.cases(0, Some(&[0]), 1).ids, ["3"]);
    }

    #[test]
    fn old_days_are_forgotten() {
        let mut h = History::new(&Areas::default(), 10);
        for d in 0..120 {
            h.close(Day(d), &[event("x", d, "a", "t", None)], &Areas::default(), 30, 60);
        }
        assert!(h.days <= 92 && h.days >= 60);
        assert_eq!(h.last_day(), Some(Day(119)));
        assert_eq!(h.topic(0).len(), h.days);
    }
}
