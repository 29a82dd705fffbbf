//! One row of the catalogue: how it is read and when it holds.

use super::condition::{parse_amount, parse_type};
use super::{Hits, People, When, WordTable};
use crate::complaint::{Day, Level, Limit, LimitUnit, RequestType};
use crate::dispatch::table::Row;
use crate::dispatch::{Calendar, Case, DispatchError};

/// Priority, depth of topic, conditions, length of words.
pub(super) type Rank = (i32, u8, u32, u32);

pub(super) const COLUMNS: [&str; 21] = [
    "row",
    "topic",
    "words",
    "without",
    "lead",
    "cooperating",
    "level",
    "limit",
    "binding",
    "basis",
    "type",
    "urgency",
    "area",
    "place",
    "time",
    "amount",
    "people",
    "channel",
    "priority",
    "valid_from",
    "valid_to",
];

/// A rule of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its id, which answers carry.
    pub row: String,
    /// Line of the file, from 1.
    pub line: u64,
    /// Codes of domains or problems; empty for every topic.
    pub topics: Vec<String>,
    /// Alternatives, each a set of words that must all occur; empty for every text.
    pub(super) words: Vec<Vec<u32>>,
    /// Words none of which may occur.
    pub(super) without: Vec<u32>,
    /// Competent units (short or official names); when there are several the learned part chooses among them, the first by default.
    pub leads: Vec<String>,
    /// Units that report in (吹哨报到).
    pub cooperating: Vec<String>,
    /// Where it goes first.
    pub level: Option<Level>,
    /// Time limit.
    pub limit: Option<Limit>,
    /// Decides whatever history says.
    pub binding: bool,
    /// Law, regulation or policy it rests on; empty when none is given.
    pub basis: String,
    /// First day it holds.
    pub valid_from: Option<Day>,
    /// Last day it holds.
    pub valid_to: Option<Day>,
    /// Before specificity; 0 is ordinary.
    pub priority: i32,
    pub(super) types: Vec<(RequestType, Option<bool>)>,
    pub(super) urgency: u8,
    pub(super) areas: Vec<String>,
    pub(super) places: Vec<String>,
    pub(super) when: When,
    pub(super) amount: Option<(f64, f64)>,
    pub(super) people: People,
    pub(super) channels: Vec<String>,
}

impl Rule {
    pub(super) fn read(line: &Row<'_>, words: &mut WordTable) -> Result<Self, DispatchError> {
        let bad = |problem: String| line.error(problem);
        let alternatives = line.list("words").into_iter().map(|alternative| {
            let all: Option<Vec<u32>> = alternative.split('&').map(|w| words.id(w)).collect();
            all.ok_or_else(|| bad(format!("words `{alternative}`: a part between & is empty")))
        });
        let alternatives = alternatives.collect::<Result<_, _>>()?;
        let without = line.list("without").iter().filter_map(|w| words.id(w)).collect();
        let mut topics = line.list("topic");
        if topics.is_empty() {
            return Err(bad("`topic` is empty: give a code, or * for every topic".into()));
        }
        if topics.iter().any(|t| t == "*") {
            topics.clear();
        }
        let level = match line.get("level") {
            "" => None,
            "street" => Some(Level::Street),
            "department" => Some(Level::Department),
            "enterprise" => Some(Level::Enterprise),
            "answer" => Some(Level::Answer),
            other => return Err(bad(format!("level `{other}` is not street, department, enterprise or answer"))),
        };
        let binding = match line.get("binding") {
            "" | "no" => false,
            "yes" => true,
            other => return Err(bad(format!("binding `{other}` is not yes or no"))),
        };
        let number = |column: &str| match line.optional(column) {
            None => Ok(0),
            Some(c) => c.parse::<i32>().map_err(|_| bad(format!("{column} `{c}` is not a whole number"))),
        };
        let areas = line.list("area");
        if let Some(area) = areas.iter().find(|a| a.is_empty() || !a.bytes().all(|b| b.is_ascii_digit())) {
            return Err(bad(format!("area `{area}` is not a code of digits")));
        }
        line.required("lead")?;
        let rule = Rule {
            row: line.required("row")?.to_string(),
            line: line.line,
            topics,
            words: alternatives,
            without,
            leads: line.list("lead"),
            cooperating: line.list("cooperating"),
            level,
            limit: line.optional("limit").map(parse_limit).transpose().map_err(bad)?,
            binding,
            basis: line.get("basis").to_string(),
            valid_from: line.day("valid_from")?,
            valid_to: line.day("valid_to")?,
            priority: number("priority")?,
            types: line.list("type").iter().map(|t| parse_type(t)).collect::<Result<_, _>>().map_err(bad)?,
            urgency: u8::try_from(number("urgency")?).map_err(|_| bad("urgency is not 0, 1 or 2".into()))?,
            areas,
            places: line.list("place"),
            when: When::parse(line.get("time")).map_err(bad)?,
            amount: parse_amount(line.get("amount")).map_err(bad)?,
            people: People::parse(line.get("people")).map_err(bad)?,
            channels: line.list("channel"),
        };
        if rule.leads.is_empty() {
            return Err(bad("`lead` names no unit".into()));
        }
        if rule.valid_from.zip(rule.valid_to).is_some_and(|(from, to)| to < from) {
            return Err(bad("`valid_to` is before `valid_from`".into()));
        }
        Ok(rule)
    }

    /// Whether the row is in force on a day; without a day, whether it has no end.
    pub fn valid_on(&self, day: Option<Day>) -> bool {
        match day {
            Some(day) => self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to),
            None => self.valid_to.is_none(),
        }
    }

    /// Number of conditions besides topic and words.
    pub(super) fn conditions(&self) -> u32 {
        [
            !self.types.is_empty(),
            self.urgency > 0,
            !self.areas.is_empty(),
            !self.places.is_empty(),
            self.amount.is_some(),
            self.people != People::Any,
            !self.channels.is_empty(),
        ]
        .iter()
        .map(|&c| u32::from(c))
        .sum::<u32>()
            + self.when.count()
    }

    /// The alternative of words that holds best and the rank of the match (priority, depth of topic, conditions, length of words); `None`
    /// when a condition does not hold.
    pub(super) fn holds(
        &self,
        depth: u8,
        hits: &Hits,
        case: &Case<'_>,
        calendar: &Calendar,
        words: &[String],
    ) -> Option<(Option<usize>, Rank)> {
        let mut best = None;
        for (at, all) in self.words.iter().enumerate() {
            if all.iter().all(|&w| hits.has(w)) {
                let length: usize = all.iter().filter_map(|&w| words.get(w as usize)).map(|w| w.chars().count()).sum();
                if best.is_none_or(|(longest, _)| length > longest) {
                    best = Some((length, at));
                }
            }
        }
        if (best.is_none() && !self.words.is_empty()) || self.without.iter().any(|&w| hits.has(w)) {
            return None;
        }
        let kind = |&(kind, report): &(RequestType, Option<bool>)| kind == case.kind && report.is_none_or(|r| r == case.report);
        let area = |code: &String| case.areas.first().is_some_and(|a| a.code.starts_with(code.as_str()));
        let place = |kind: &String| {
            case.entities.iter().any(|e| &e.kind == kind) || case.areas.first().is_some_and(|a| a.name.ends_with(kind.as_str()))
        };
        let amount = |(least, most): (f64, f64)| {
            let amounts = case.entities.iter().filter(|e| e.kind == "amount").filter_map(|e| e.value.as_deref()?.parse::<f64>().ok());
            amounts.fold(None, |max: Option<f64>, a| Some(max.map_or(a, |m| m.max(a)))).is_some_and(|a| least <= a && a < most)
        };
        let holds = self.valid_on(case.received_at.map(|t| t.day()))
            && case.urgency >= self.urgency
            && (self.types.is_empty() || self.types.iter().any(kind))
            && (self.areas.is_empty() || self.areas.iter().any(area))
            && (self.places.is_empty() || self.places.iter().any(place))
            && self.amount.is_none_or(amount)
            && self.people.holds(case.collective.flag, case.collective.people)
            && (self.channels.is_empty() || self.channels.iter().any(|c| case.channel == Some(c.as_str())))
            && self.when.holds(case.received_at, calendar);
        let length = best.map_or(0, |(length, _)| length as u32);
        holds.then(|| (best.map(|(_, at)| at), (self.priority, depth, self.conditions(), length)))
    }
}

fn parse_limit(text: &str) -> Result<Limit, String> {
    let bad = || format!("limit `{text}` is not a number of hours (2h) or working days (7d)");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(bad)?;
    let value = number.parse::<u32>().ok().filter(|v| (1..=10_000).contains(v)).ok_or_else(bad)?;
    match unit {
        "h" => Ok(Limit { value, unit: LimitUnit::Hours }),
        "d" => Ok(Limit { value, unit: LimitUnit::Workdays }),
        _ => Err(bad()),
    }
}
