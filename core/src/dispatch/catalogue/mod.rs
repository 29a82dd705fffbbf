//! The catalogue (派单目录): readable rules from topic and conditions to units, level, time limit and legal basis.
//!
//! A row holds for a request when its topic is among those looked up and all its conditions hold; of the rows that hold the one with the
//! highest priority wins, then the most specific, then the earliest. Reading 1,000 rows takes a few milliseconds and needs no training.

mod check;
mod condition;
mod row;

pub use check::{Finding, FindingKind, Scope};
pub use condition::{People, When};
pub use row::Rule;

use super::table::Table;
use super::{Calendar, Case, DispatchError};
use crate::complaint::Day;
use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashMap;

const TABLE: &str = "catalogue";

/// A catalogue ready to be asked. Immutable; to change rules read a new one.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    rules: Vec<Rule>,
    by_topic: FxHashMap<String, Vec<u32>>,
    any_topic: Vec<u32>,
    matcher: Option<AhoCorasick>,
    words: Vec<String>,
}

/// The words of a catalogue that occur in one text.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// For each word of the catalogue where it occurs first (normal form); `NOWHERE` when it does not.
    first: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

impl Hits {
    fn has(&self, word: u32) -> bool {
        self.first.get(word as usize).is_some_and(|&at| at != NOWHERE)
    }
}

/// A row that holds for a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match<'c> {
    /// The row.
    pub rule: &'c Rule,
    /// Its number in [`Catalogue::rules`].
    pub index: usize,
    /// Which of its alternatives of words holds best.
    alternative: Option<usize>,
    rank: (i32, u8, u32, u32),
}

impl Catalogue {
    /// Reads a catalogue. Columns: `row,topic,lead` and any of `words,without,cooperating,level,limit,binding,basis,type,urgency,area,
    /// place,time,amount,people,channel,priority,valid_from,valid_to`. Errors name the line.
    ///
    /// ```
    /// # use jiesu::dispatch::Catalogue;
    /// let catalogue = Catalogue::from_csv("row,topic,words,lead,level,limit\nW1,D08,停水|没有水,自来水集团,enterprise,2h\n")?;
    /// assert_eq!(catalogue.rules().len(), 1);
    /// let bad = Catalogue::from_csv("row,topic,words,lead,level,limit\nW1,D08,停水,自来水集团,boss,2h\n");
    /// assert!(bad.is_err_and(|e| e.to_string().starts_with("catalogue line 2: level `boss`")));
    /// # Ok::<(), jiesu::dispatch::DispatchError>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, DispatchError> {
        let table = Table::read(TABLE, text, &row::COLUMNS, &["row", "topic", "lead"])?;
        let mut ids: FxHashMap<String, u64> = FxHashMap::default();
        let mut words = WordTable::default();
        let mut rules = Vec::new();
        for line in table.rows() {
            let line = line?;
            let rule = Rule::read(&line, &mut words)?;
            if let Some(first) = ids.insert(rule.row.clone(), line.line) {
                return Err(line.error(format!("row `{}` is already on line {first}", rule.row)));
            }
            rules.push(rule);
        }
        Self::index(rules, words.list)
    }

    fn index(rules: Vec<Rule>, words: Vec<String>) -> Result<Self, DispatchError> {
        let mut by_topic: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        let mut any_topic = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            if rule.topics.is_empty() {
                any_topic.push(at as u32);
            }
            for topic in &rule.topics {
                by_topic.entry(topic.clone()).or_default().push(at as u32);
            }
        }
        let matcher = match words.is_empty() {
            true => None,
            false => Some(
                AhoCorasick::builder()
                    .match_kind(MatchKind::Standard)
                    .build(&words)
                    .map_err(|e| DispatchError::line(TABLE, 1, format!("too many words: {e}")))?,
            ),
        };
        Ok(Catalogue { rules, by_topic, any_topic, matcher, words })
    }

    /// The rows in file order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Finds the catalogue's words in a normalised text. Linear in the text.
    pub fn scan(&self, text: &str) -> Hits {
        let mut hits = Hits { first: vec![NOWHERE; self.words.len()] };
        if let Some(matcher) = &self.matcher {
            for m in matcher.find_overlapping_iter(text) {
                if let Some(slot) = hits.first.get_mut(m.pattern().as_usize())
                    && *slot == NOWHERE
                    && !inside_number(text.as_bytes(), m.start(), m.end())
                {
                    *slot = m.start() as u32;
                }
            }
        }
        hits
    }

    /// The row that decides for a request of the given topic codes, deepest first (problem, domain): the one of highest priority, then
    /// most specific, then earliest.
    pub fn lookup<'c>(&'c self, topics: &[&str], hits: &Hits, case: &Case<'_>, calendar: &Calendar) -> Option<Match<'c>> {
        let mut best: Option<Match<'c>> = None;
        let mut consider = |index: u32, depth: u8| {
            let index = index as usize;
            let Some(rule) = self.rules.get(index) else { return };
            let Some((alternative, rank)) = rule.holds(depth, hits, case, calendar, &self.words) else { return };
            let better = best.is_none_or(|b| (rank, std::cmp::Reverse(index)) > (b.rank, std::cmp::Reverse(b.index)));
            if better {
                best = Some(Match { rule, index, alternative, rank });
            }
        };
        for (at, topic) in topics.iter().enumerate() {
            let depth = (topics.len() - at) as u8;
            self.by_topic.get(*topic).into_iter().flatten().for_each(|&i| consider(i, depth));
        }
        self.any_topic.iter().for_each(|&i| consider(i, 0));
        best
    }

    /// The row whose words fit best whatever its topic, for requests of which no topic is known.
    pub(crate) fn lookup_words<'c>(&'c self, hits: &Hits, case: &Case<'_>, calendar: &Calendar) -> Option<Match<'c>> {
        let held = self.rules.iter().enumerate().filter(|(_, r)| !r.words.is_empty()).filter_map(|(index, rule)| {
            let (alternative, rank) = rule.holds(0, hits, case, calendar, &self.words)?;
            Some(Match { rule, index, alternative, rank })
        });
        held.max_by(|a, b| a.rank.cmp(&b.rank).then(b.index.cmp(&a.index)))
    }

    /// The words on which a match rests, as byte ranges of the scanned text.
    pub fn evidence(&self, found: &Match<'_>, hits: &Hits) -> Vec<(usize, usize)> {
        let words = found.alternative.and_then(|a| found.rule.words.get(a));
        let mut spans: Vec<(usize, usize)> = words
            .into_iter()
            .flatten()
            .filter_map(|&w| {
                let start = *hits.first.get(w as usize)? as usize;
                Some((start, start + self.words.get(w as usize)?.len()))
            })
            .collect();
        spans.sort_unstable();
        spans
    }

    /// The words of a row, alternatives and exclusions, in file order.
    pub(crate) fn words_of<'c>(&'c self, rule: &'c Rule) -> impl Iterator<Item = &'c str> {
        let all = rule.words.iter().flatten().chain(&rule.without);
        all.filter_map(|&w| self.words.get(w as usize).map(String::as_str))
    }

    /// Rows valid on a day (all when it is not known).
    pub fn valid_on(&self, day: Option<Day>) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |r| r.valid_on(day))
    }
}

/// Words of the catalogue in their normal form, each once.
#[derive(Debug, Default)]
struct WordTable {
    list: Vec<String>,
    ids: FxHashMap<String, u32>,
}

impl WordTable {
    fn id(&mut self, word: &str) -> Option<u32> {
        let word = crate::text::normalize(word.trim()).text;
        if word.is_empty() {
            return None;
        }
        let next = self.list.len() as u32;
        Some(*self.ids.entry(word).or_insert_with_key(|w| {
            self.list.push(w.clone());
            next
        }))
    }
}

/// Whether a match cuts through a run of digits: 12345 in a mobile number is not the hotline.
fn inside_number(text: &[u8], start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|i| text.get(i)).is_some_and(u8::is_ascii_digit);
    (digit(start.checked_sub(1)) && digit(Some(start))) || (digit(end.checked_sub(1)) && digit(Some(end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::{AreaAnswer, Collective, RequestType, Time};
    use crate::text::{Prepared, Segmenter};

    const HEADER: &str = "row,topic,words,without,lead,cooperating,level,limit,binding,basis,type,urgency,area,place,time,amount,people,channel,priority,valid_from,valid_to\n";

    fn catalogue(rows: &str) -> Catalogue {
        Catalogue::from_csv(&format!("{HEADER}{rows}")).unwrap()
    }

    fn row_of(catalogue: &Catalogue, text: &str, topics: &[&str], change: impl Fn(&mut Case<'_>)) -> Option<String> {
        let segmenter = Segmenter::new("停水 10\n").unwrap();
        let prepared = Prepared::new(text, None, &segmenter);
        let collective = Collective { flag: false, people: None };
        let mut case = Case::of(&prepared, RequestType::Complaint, &collective);
        change(&mut case);
        let hits = catalogue.scan(case.text());
        catalogue.lookup(topics, &hits, &case, &Calendar::default()).map(|m| m.rule.row.clone())
    }

    #[test]
    fn the_most_specific_row_wins() {
        let c = catalogue("A,D08,,,城市管理委\nB,D08,停水|没水,,自来水集团\nC,D08,停水&小区,通知,住建委\nD,0201,,,人社局\nE,*,,,其他\n");
        let of = |t, topics: &[&str]| row_of(&c, t, topics, |_| ());
        assert_eq!(of("停电了", &["D08"]).as_deref(), Some("A"));
        assert_eq!(of("家里停水", &["D08"]).as_deref(), Some("B"));
        assert_eq!(of("小区停水", &["D08"]).as_deref(), Some("C"));
        assert_eq!(of("小区停水没有通知", &["D08"]).as_deref(), Some("B"));
        assert_eq!(of("停水", &["0201", "D08"]).as_deref(), Some("D"));
        assert_eq!(of("停水", &["D01"]).as_deref(), Some("E"));
        assert_eq!(of("", &[]).as_deref(), Some("E"));
    }

    #[test]
    fn every_condition_is_asked() {
        let c = catalogue(
            "base,D01,,,住建委\narea,D01,,,街乡镇,,,,,,,,110114|110105001\nnight,D01,噪音,,公安局,,,,,,,,,,hour=22-6\n\
             kind,D01,,,政务局,,,,,,咨询\nurgent,D01,漏水,,应急局,,,,,,,2\ngroup,D01,,,信访,,,,,,,,,,,,group\n\
             chan,D01,,,网信办,,,,,,,,,,,,,网站\nold,D01,,,老局,,,,,,,,,,,,,,9,,2020-12-31\n",
        );
        let of = |t, change: &dyn Fn(&mut Case<'_>)| row_of(&c, t, &["D01"], change).unwrap();
        let area = |code: &str| AreaAnswer { code: code.into(), name: code.into(), district: None, town: None, p: 0.9 };
        let (here, town, far) = ([area("110114011")], [area("110105001003")], [area("110108001")]);
        assert_eq!(of("x", &|_| ()), "base");
        let crowd = Collective { flag: true, people: None };
        {
            let segmenter = Segmenter::new("停水 10\n").unwrap();
            let prepared = Prepared::new("噪音", None, &segmenter);
            let alone = Collective { flag: false, people: None };
            let row = |case: &Case<'_>| {
                let hits = c.scan(case.text());
                c.lookup(&["D01"], &hits, case, &Calendar::default()).unwrap().rule.row.clone()
            };
            let plain = Case::of(&prepared, RequestType::Complaint, &alone);
            assert_eq!(row(&Case { areas: &here, ..plain.clone() }), "area");
            assert_eq!(row(&Case { areas: &town, ..plain.clone() }), "area");
            assert_eq!(row(&Case { areas: &far, ..plain.clone() }), "base");
            assert_eq!(row(&Case { collective: &crowd, ..plain.clone() }), "group");
            assert_eq!(row(&Case { channel: Some("网站"), ..plain.clone() }), "chan");
        }
        assert_eq!(of("噪音", &|c| c.received_at = Time::parse("2026-01-01 23:00").ok()), "night");
        assert_eq!(of("噪音", &|c| c.received_at = Time::parse("2026-01-01 12:00").ok()), "base");
        assert_eq!(of("x", &|c| c.kind = RequestType::Inquiry), "kind");
        assert_eq!(of("漏水", &|c| c.urgency = 2), "urgent");
        assert_eq!(of("漏水", &|c| c.urgency = 1), "base");
        assert_eq!(of("x", &|c| c.received_at = Time::parse("2020-06-01").ok()), "old");
    }

    #[test]
    fn bad_files_name_the_line() {
        let bad = |rows: &str| Catalogue::from_csv(&format!("{HEADER}{rows}")).unwrap_err().to_string();
        assert!(bad("A,D01,,,\n").contains("line 2: `lead` is empty"));
        assert!(bad("A,D01,,,x\nA,D02,,,y\n").contains("line 3: row `A` is already on line 2"));
        assert!(bad("A,D01,,,x,,,7w\n").contains("limit `7w`"));
        assert!(bad("A,D01,,,x,,,0d\n").contains("limit `0d`"));
        assert!(bad("A,D01,,,x,,,,maybe\n").contains("binding `maybe`"));
        assert!(bad("A,D01,a&,,x\n").contains("line 2"));
        assert!(bad("A,D01,,,x,,,,,,,,,,,,,,,2021-01-01,2020-01-01\n").contains("valid_to"));
        assert!(Catalogue::from_csv("row,topic\n").unwrap_err().to_string().contains("`lead` is missing"));
        assert!(Catalogue::from_csv("row,topic,lead,colour\n").unwrap_err().to_string().contains("`colour` is unknown"));
        assert!(Catalogue::from_csv("").is_err());
        assert!(Catalogue::from_csv(HEADER).unwrap().rules().is_empty());
    }

    #[test]
    fn a_megabyte_of_text_and_emoji() {
        let c = catalogue("A,D08,停水,,自来水集团\n");
        assert_eq!(row_of(&c, &"水".repeat(350_000), &["D08"], |_| ()), None);
        assert_eq!(row_of(&c, "🚰停水🚱", &["D08"], |_| ()).as_deref(), Some("A"));
    }
}
