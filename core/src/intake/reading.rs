//! One pass over a text for every cue phrase of the room, and its clauses.

use super::data::{IntakeData, bad};
use crate::bundle::BundleError;
use crate::complaint::Pii;
use crate::text::{Prepared, pii};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::ops::Range;

/// Declares the groups a phrase may belong to, with their names in the table.
macro_rules! groups {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// What a phrase is a cue for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Group { $($variant),+ }
        impl Group {
            const ALL: &'static [(Group, &'static str)] = &[$((Group::$variant, $name)),+];
        }
    };
}

groups! {
    Danger = "danger",
    Harm = "harm",
    Outage = "outage",
    Block = "block",
    Deadline = "deadline",
    Now = "now",
    Rescue = "rescue",
    Past = "past",
    Hypothetical = "hypothetical",
    Calm = "calm",
    Ask = "ask",
    Frail = "frail",
    Grievance = "grievance",
    Mass = "mass",
    Turn = "turn",
    Joint = "joint",
    Join = "join",
    Announce = "announce",
    Done = "done",
    Carry = "carry",
    Fresh = "fresh",
    Collective = "collective",
    Report = "report",
    Greeting = "greeting",
    Channel = "channel",
    Request = "request",
    Closing = "closing",
    Reply = "reply",
    Order = "order",
    Road = "road",
    Estate = "estate",
    Shop = "shop",
    Metro = "metro",
}

/// A phrase found: a byte range of the normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) group: Group,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The automaton over all phrases.
#[derive(Debug)]
pub(super) struct Cues {
    automaton: AhoCorasick,
    groups: Vec<Group>,
}

impl Cues {
    pub(super) fn new(data: &IntakeData) -> Result<Self, BundleError> {
        let mut groups = Vec::with_capacity(data.phrases.len());
        for p in &data.phrases {
            let group = Group::ALL.iter().find(|g| g.1 == p.group);
            groups.push(group.ok_or_else(|| bad(format_args!("no such group of phrases: {}", p.group)))?.0);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(data.phrases.iter().map(|p| p.text.as_str()))
            .map_err(bad)?;
        Ok(Cues { automaton, groups })
    }

    /// All phrases of a text, overlaps included, by start and longest first; a phrase inside a longer one of its own group is dropped.
    fn find(&self, text: &str) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self
            .automaton
            .find_overlapping_iter(text)
            .filter_map(|m| {
                let group = *self.groups.get(m.pattern().as_usize())?;
                Some(Hit { group, start: m.start() as u32, end: m.end() as u32 })
            })
            .collect();
        hits.retain(|h| !matches!(h.group, Group::Danger | Group::Harm | Group::Outage) || !denied(text, h.start as usize));
        hits.sort_unstable_by_key(|h| (h.group, h.start, std::cmp::Reverse(h.end)));
        let mut last: Option<Hit> = None;
        hits.retain(|h| {
            let inside = last.is_some_and(|l| l.group == h.group && h.end <= l.end);
            if !inside {
                last = Some(*h);
            }
            !inside
        });
        hits
    }
}

/// 没有漏气, 防坠落: the phrase is denied or guarded against.
fn denied(text: &str, at: usize) -> bool {
    let head = text.get(..at).unwrap_or_default();
    ["没有", "没", "未", "不会", "不是", "并无", "无", "防", "防止", "避免", "预防", "未见", "没见", "没闻到"]
        .iter()
        .any(|w| head.ends_with(w))
}

/// A text read once: its cue phrases and clauses.
#[derive(Debug, Clone)]
pub struct Reading<'p> {
    /// The text as it was written.
    pub source: &'p str,
    /// Its prepared form.
    pub prepared: &'p Prepared,
    /// Personal data found.
    pub(super) pii: Vec<Pii>,
    /// Sorted by group, then by start.
    hits: Vec<Hit>,
    /// Clauses as byte ranges of the normal form, their closing mark included.
    clauses: Vec<Range<usize>>,
}

impl<'p> Reading<'p> {
    /// The normal form.
    pub fn text(&self) -> &'p str {
        self.prepared.text()
    }

    /// Hits of one group, by start.
    pub(super) fn of(&self, group: Group) -> &[Hit] {
        let from = self.hits.partition_point(|h| h.group < group);
        let to = self.hits.partition_point(|h| h.group <= group);
        self.hits.get(from..to).unwrap_or_default()
    }

    /// Clauses, in order; together they cover the text.
    pub(super) fn clauses(&self) -> &[Range<usize>] {
        &self.clauses
    }

    /// The clause that holds a byte of the normal form.
    pub(super) fn clause_at(&self, at: usize) -> Range<usize> {
        let i = self.clauses.partition_point(|c| c.end <= at);
        self.clauses.get(i).cloned().unwrap_or(at..at)
    }
}

impl super::Intake {
    /// Reads a text once (`prepared` is made of `source`); the other questions take the result. Linear in the text's length.
    pub fn read<'p>(&self, source: &'p str, prepared: &'p Prepared) -> Reading<'p> {
        let text = prepared.text();
        Reading { source, prepared, pii: pii::find(source, prepared), hits: self.cues.find(text), clauses: clauses(text) }
    }
}

/// Marks that end a clause. A full stop or comma between digits does not.
fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let digit_next = chars.peek().is_some_and(|n| n.1.is_ascii_digit());
        let ends = match c {
            '。' | '!' | '?' | ';' | '，' | '\n' | '…' | ' ' => true,
            ',' | '.' | ':' => !(before.is_ascii_digit() && digit_next) && !before.is_ascii_alphanumeric() | (c == ','),
            _ => false,
        };
        before = c;
        if ends {
            // A run of marks closes one clause.
            let more = chars.peek().is_some_and(|n| matches!(n.1, '。' | '!' | '?' | ';' | ',' | '.' | '\n' | '…' | ' ' | '"' | '”' | ')'));
            if !more {
                let end = at + c.len_utf8();
                out.push(start..end);
                start = end;
            }
        }
    }
    if start < text.len() {
        out.push(start..text.len());
    }
    out
}
