//! Events: what hotspot detection and the monthly ranking count. Read from flat lines or from the lines of `jiesu analyze`.

use super::HotspotError;
use crate::complaint::{Day, Time};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// One request as the detector sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// The request's id.
    pub id: String,
    /// The calendar day it was received.
    pub day: Option<Day>,
    /// Code of its area, when known.
    pub area: Option<String>,
    /// Name of its area, when the line has one.
    pub area_name: Option<String>,
    /// Code of its topic.
    pub topic: String,
    /// Name of its topic, when the line has one.
    pub topic_name: Option<String>,
    /// The incident it belongs to.
    pub incident: Option<String>,
    /// Opaque token of the caller.
    pub caller: Option<String>,
    /// Whether the order is done; `None` when the line does not say.
    pub resolved: Option<bool>,
    /// Whether the caller was satisfied.
    pub satisfied: Option<bool>,
    /// Units, the lead first.
    pub units: Vec<String>,
}

impl Event {
    /// Reads one line: flat `{"id","time","area","topic"[,"incident","caller","status","satisfied","unit"]}` or a line of `analyze`.
    ///
    /// ```
    /// # use jiesu::hotspot::Event;
    /// let e = Event::from_json(r#"{"id":"1","time":"2026-01-05 08:00","area":"A1","topic":"T1","status":"closed"}"#)?;
    /// assert_eq!((e.area.as_deref(), e.topic.as_str(), e.resolved), (Some("A1"), "T1", Some(true)));
    /// # Ok::<(), jiesu::hotspot::HotspotError>(())
    /// ```
    pub fn from_json(line: &str) -> Result<Self, HotspotError> {
        let raw: RawLine<'_> = serde_json::from_str(line).map_err(|e| HotspotError::Event(format!("not an event: {e}")))?;
        raw.event()
    }
}

#[derive(serde::Deserialize)]
struct RawLine<'a> {
    #[serde(borrow, default)]
    id: Field<'a>,
    #[serde(borrow, default)]
    time: Field<'a>,
    #[serde(borrow, default)]
    received_at: Field<'a>,
    #[serde(borrow, default)]
    area: Field<'a>,
    #[serde(borrow, default)]
    topic: Field<'a>,
    #[serde(borrow, default)]
    topics: Field<'a>,
    #[serde(borrow, default)]
    problem: Field<'a>,
    #[serde(borrow, default)]
    incident: Field<'a>,
    #[serde(borrow, default)]
    caller: Field<'a>,
    #[serde(borrow, default)]
    status: Field<'a>,
    #[serde(borrow, default)]
    satisfied: Field<'a>,
    #[serde(borrow, default)]
    unit: Field<'a>,
    #[serde(default)]
    units: Vec<RawUnit>,
}

#[derive(serde::Deserialize)]
struct RawUnit {
    unit: String,
}

impl RawLine<'_> {
    fn event(self) -> Result<Event, HotspotError> {
        let missing = |what: &str| HotspotError::Event(format!("no {what}"));
        let id = self.id.code.ok_or_else(|| missing("`id`"))?.into_owned();
        let time = self.time.code.or(self.received_at.code).ok_or_else(|| missing("`time` or `received_at`"))?;
        let day = day_of(&time).ok_or_else(|| HotspotError::Event(format!("`{time}` is not a time")))?;
        let topic = [self.topic, self.problem, self.topics].into_iter().find(|f| f.code.as_ref().is_some_and(|c| !c.is_empty()));
        let topic = topic.ok_or_else(|| missing("`topic`, `problem` or `topics`"))?;
        let mut units: Vec<String> = self.unit.code.map(Cow::into_owned).into_iter().collect();
        units.extend(self.units.into_iter().map(|u| u.unit));
        Ok(Event {
            id,
            day: Some(day),
            area: self.area.code.filter(|a| !a.is_empty()).map(Cow::into_owned),
            area_name: self.area.name.map(Cow::into_owned),
            topic: topic.code.unwrap_or_default().into_owned(),
            topic_name: topic.name.map(Cow::into_owned),
            incident: self.incident.code.map(Cow::into_owned),
            caller: self.caller.code.filter(|c| !c.is_empty()).map(Cow::into_owned),
            resolved: self.status.code.map(|s| is_resolved(&s)),
            satisfied: self.satisfied.code.and_then(|s| truth(&s)),
            units,
        })
    }
}

/// The day in China; a plain date or local date and time is read by its first ten characters.
fn day_of(time: &str) -> Option<Day> {
    let t = time.trim();
    let zoned = t.len() > 19 || t.ends_with('Z');
    if !zoned && (t.len() == 10 || matches!(t.as_bytes().get(10), Some(b'T' | b' '))) && t.is_char_boundary(10) {
        // The clock part only has to look like one: the day is all that counts.
        let digits = t.bytes().skip(11).all(|b| b.is_ascii_digit() || b == b':' || b == b'.');
        if digits {
            return Day::parse(t.get(..10)?).ok();
        }
    }
    Time::parse(t).ok().map(Time::day)
}

fn is_resolved(status: &str) -> bool {
    let s = status.trim().to_lowercase();
    matches!(s.as_str(), "closed" | "resolved" | "done" | "finished" | "已办结" | "办结" | "已解决" | "已完成" | "已关闭")
}

fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "yes" | "满意" | "基本满意" | "非常满意" => Some(true),
        "false" | "0" | "no" | "不满意" | "非常不满意" => Some(false),
        _ => None,
    }
}

/// A value that may be a string, a number, `{"code"|"id","name"}` or a list of these (the first counts).
#[derive(Debug, Default)]
struct Field<'a> {
    code: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Field<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or an object with `code` or `id`")
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Field<'de>, E> {
                Ok(Field { code: Some(Cow::Borrowed(v)), name: None })
            }
            fn visit_str<E>(self, v: &str) -> Result<Field<'de>, E> {
                Ok(Field { code: Some(Cow::Owned(v.to_string())), name: None })
            }
            fn visit_u64<E>(self, v: u64) -> Result<Field<'de>, E> {
                Ok(Field { code: Some(Cow::Owned(v.to_string())), name: None })
            }
            fn visit_i64<E>(self, v: i64) -> Result<Field<'de>, E> {
                Ok(Field { code: Some(Cow::Owned(v.to_string())), name: None })
            }
            fn visit_f64<E>(self, v: f64) -> Result<Field<'de>, E> {
                Ok(Field { code: Some(Cow::Owned(v.to_string())), name: None })
            }
            fn visit_bool<E>(self, v: bool) -> Result<Field<'de>, E> {
                Ok(Field { code: Some(Cow::Borrowed(if v { "true" } else { "false" })), name: None })
            }
            fn visit_unit<E>(self) -> Result<Field<'de>, E> {
                Ok(Field::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field<'de>, A::Error> {
                let first = seq.next_element::<Field<'de>>()?.unwrap_or_default();
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field<'de>, A::Error> {
                let mut out = Field::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match key.as_ref() {
                        "code" | "id" => out.code = map.next_value::<Field<'de>>()?.code,
                        "name" => out.name = map.next_value::<Field<'de>>()?.code,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(out)
            }
        }
        d.deserialize_any(V)
    }
}

/// Numbers for codes, in order of first appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interner {
    index: rustc_hash::FxHashMap<Box<str>, u32>,
    codes: Vec<Box<str>>,
    names: BTreeMap<u32, Box<str>>,
}

impl Interner {
    pub(crate) fn add(&mut self, code: &str) -> u32 {
        if let Some(&i) = self.index.get(code) {
            return i;
        }
        let i = self.codes.len() as u32;
        self.index.insert(code.into(), i);
        self.codes.push(code.into());
        i
    }

    pub(crate) fn find(&self, code: &str) -> Option<u32> {
        self.index.get(code).copied()
    }

    pub(crate) fn code(&self, i: u32) -> &str {
        self.codes.get(i as usize).map_or("", |c| c)
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(crate) fn set_name(&mut self, i: u32, name: &str) {
        self.names.entry(i).or_insert_with(|| name.into());
    }

    /// The name that came with the code, else the code.
    pub(crate) fn name(&self, i: u32) -> &str {
        match self.names.get(&i) {
            Some(name) => name,
            None => self.code(i),
        }
    }
}

/// A key for a caller that is the same on every platform (FNV-1a), never 0.
pub fn token_key(token: &str) -> u64 {
    token.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)).max(1)
}

/// No index.
pub(crate) const NONE: u32 = u32::MAX;

/// Millions of events in columns, about 50 bytes each.
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    ids: String,
    ends: Vec<usize>,
    pub(crate) day: Vec<i32>,
    pub(crate) area: Vec<u32>,
    pub(crate) topic: Vec<u32>,
    pub(crate) unit: Vec<u32>,
    pub(crate) caller: Vec<u64>,
    pub(crate) incident: Vec<u32>,
    pub(crate) flags: Vec<u8>,
    pub(crate) areas: Interner,
    pub(crate) topics: Interner,
    pub(crate) units: Interner,
    pub(crate) incidents: Interner,
}

pub(crate) const RESOLVED_KNOWN: u8 = 1;
pub(crate) const RESOLVED: u8 = 2;
pub(crate) const SATISFIED_KNOWN: u8 = 4;
pub(crate) const SATISFIED: u8 = 8;

impl EventLog {
    /// Adds an event.
    pub fn push(&mut self, event: &Event) -> Result<(), HotspotError> {
        let day = event.day.ok_or_else(|| HotspotError::Event("no time".into()))?;
        self.ids.push_str(&event.id);
        self.ends.push(self.ids.len());
        self.day.push(day.0);
        let area = event.area.as_deref().map_or(NONE, |a| self.areas.add(a));
        if let (Some(name), true) = (&event.area_name, area != NONE) {
            self.areas.set_name(area, name);
        }
        self.area.push(area);
        let topic = self.topics.add(&event.topic);
        if let Some(name) = &event.topic_name {
            self.topics.set_name(topic, name);
        }
        self.topic.push(topic);
        self.unit.push(event.units.first().map_or(NONE, |u| self.units.add(u)));
        self.caller.push(event.caller.as_deref().map_or(0, token_key));
        self.incident.push(event.incident.as_deref().map_or(NONE, |i| self.incidents.add(i)));
        let known = |v: Option<bool>, k, y| v.map_or(0, |v| if v { k | y } else { k });
        self.flags.push(known(event.resolved, RESOLVED_KNOWN, RESOLVED) | known(event.satisfied, SATISFIED_KNOWN, SATISFIED));
        Ok(())
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
    }

    /// Codes of the areas, each once.
    pub fn area_codes(&self) -> impl Iterator<Item = &str> {
        (0..self.areas.len()).map(|i| self.areas.code(i as u32))
    }

    /// First and last day.
    pub fn span(&self) -> Option<(Day, Day)> {
        Some((Day(*self.day.iter().min()?), Day(*self.day.iter().max()?)))
    }

    /// Id of an event.
    pub fn id(&self, i: usize) -> &str {
        let end = self.ends.get(i).copied().unwrap_or(0);
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).copied().unwrap_or(end) };
        self.ids.get(start..end).unwrap_or_default()
    }

    /// Indices of the events by day, in the order they came.
    pub fn by_day(&self) -> BTreeMap<Day, Vec<u32>> {
        let mut out: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
        for (i, &d) in self.day.iter().enumerate() {
            out.entry(Day(d)).or_default().push(i as u32);
        }
        out
    }

    /// An event as the detector takes it; `None` when it has no area.
    pub fn get(&self, i: usize) -> Option<EventRef<'_>> {
        let area = *self.area.get(i)?;
        let caller = *self.caller.get(i)?;
        (area != NONE).then(|| EventRef {
            id: self.id(i),
            day: Day(self.day.get(i).copied().unwrap_or(0)),
            area: self.areas.code(area),
            topic: self.topics.code(self.topic.get(i).copied().unwrap_or(NONE)),
            caller: (caller != 0).then_some(caller),
            incident: self.incident.get(i).filter(|&&n| n != NONE).map(|&n| self.incidents.code(n)),
        })
    }
}

/// One event handed to [`super::Detector::update_day`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRef<'a> {
    /// The request's id.
    pub id: &'a str,
    /// The day it was received; earlier than the day being closed for a late arrival.
    pub day: Day,
    /// Code of its area.
    pub area: &'a str,
    /// Code of its topic.
    pub topic: &'a str,
    /// [`token_key`] of the caller.
    pub caller: Option<u64>,
    /// The incident it belongs to.
    pub incident: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_and_analysed_lines() {
        let e = Event::from_json(
            r#"{"id":7,"time":"2026-01-05T23:59:59+08:00","area":"A","topic":"T","caller":null,"satisfied":"不满意","status":"open"}"#,
        )
        .unwrap();
        assert_eq!((e.id.as_str(), e.satisfied, e.resolved, e.caller), ("7", Some(false), Some(false), None));
        assert_eq!(e.day.unwrap().to_string(), "2026-01-05");
        let line = r#"{"id":"x","received_at":"2026-01-04T20:00:00Z","topics":[{"code":"D01","name":"物业","p":0.5}],"problem":null,
            "area":{"code":"110105001","name":"建外街道","p":0.9},"incident":{"id":"i1","relation":"new","p":1.0},
            "units":[{"unit":"市住房城乡建设委","role":"lead"}],"satisfied":true}"#;
        let e = Event::from_json(line).unwrap();
        assert_eq!((e.topic.as_str(), e.topic_name.as_deref(), e.area.as_deref()), ("D01", Some("物业"), Some("110105001")));
        assert_eq!((e.incident.as_deref(), e.units.len(), e.day.unwrap().to_string().as_str()), (Some("i1"), 1, "2026-01-05"));
    }

    #[test]
    fn bad_lines_say_why() {
        for (line, why) in [
            ("{}", "no `id`"),
            (r#"{"id":"1","area":"a","topic":"t"}"#, "no `time`"),
            (r#"{"id":"1","time":"someday","topic":"t"}"#, "not a time"),
            (r#"{"id":"1","time":"2026-01-05T99x","topic":"t"}"#, "not a time"),
            (r#"{"id":"1","time":"2026-01-05","topic":null}"#, "no `topic`"),
            ("\"x\"", "not an event"),
            ("", "not an event"),
        ] {
            let e = Event::from_json(line).unwrap_err().to_string();
            assert!(e.contains(why), "{line}: {e}");
        }
    }

    #[test]
    fn log_keeps_order() {
        let mut log = EventLog::default();
        for (id, day) in [("b", "2026-01-06"), ("a", "2026-01-05"), ("😀", "2026-01-06")] {
            log.push(&Event::from_json(&format!(r#"{{"id":"{id}","time":"{day}","area":"A","topic":"T"}}"#)).unwrap()).unwrap();
        }
        let days = log.by_day();
        assert_eq!(days.values().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(log.get(2).unwrap().id, "😀");
    }
}
