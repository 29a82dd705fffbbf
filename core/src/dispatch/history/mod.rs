//! The history index: a city's own past orders as numbers, units, outcomes and hashed signatures; no texts.
//!
//! An order's signature is its rarest character pairs, hashed (at most 32 of them). Similarity of two orders is the cosine of
//! their signatures weighted by rarity. Similar orders vote for the units they stayed with; votes decay with age (half in 365 days), and
//! the more alike the voters are, the more they weigh beside the learned model (a mixture, as in Khandelwal et al. 2020). An order
//! that a unit returned (退单) speaks against that unit and, once sent on, for the one it went to, at once and without training.

mod file;

pub use file::HISTORY_FILE;

use crate::complaint::{Day, PastOrder, round4};
use crate::text::{Prepared, normalize};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Most hashes kept of an order.
const SIGNATURE: usize = 32;
/// Days after which a past order counts half.
const HALF_LIFE: f64 = 365.0;
/// Orders shown.
const SHOWN: usize = 3;
/// Orders that vote.
const VOTERS: usize = 24;
/// Orders less alike than this say nothing.
const LEAST: f64 = 0.1;
/// What the return of a near-identical order takes from its unit's log odds.
const RETURN: f64 = 7.0;
/// Longest outcome kept, in characters: a state, never a text.
const OUTCOME: usize = 24;
/// Postings longer than this are not read: so frequent a pair tells nothing.
const LONGEST: usize = 20_000;

/// One past order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    id: String,
    unit: u32,
    outcome: u32,
    day: i32,
    /// Units that returned it.
    returned: Vec<u32>,
    signature: Vec<u32>,
}

/// A return (退单) or a re-dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The order.
    pub id: String,
    /// Who returned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_by: Option<String>,
    /// Where it went then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redispatched_to: Option<String>,
}

/// What past orders say of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct PastUnit {
    /// As the orders name it.
    pub unit: String,
    /// Sum of the votes for it: each the cube of the similarity, less with age.
    pub votes: f64,
    /// How surely one of its orders is alike: 1 − Π(1 − vote).
    pub alike: f64,
    /// The same with the square of the similarity, as corrections count: for a unit that no other source can name.
    pub near: f64,
    /// An order was sent on to it after a return: people decided.
    pub corrected: bool,
    /// What returns take from its log odds; 0 or less.
    pub returns: f64,
    /// Orders of the whole index that went to it.
    pub orders: u32,
}

/// What the index says of one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistoryAnswer {
    /// The most similar past orders, at most three.
    pub orders: Vec<PastOrder>,
    /// What they say of units, ascending by name.
    pub units: Vec<PastUnit>,
    /// Corrections that bear on it, in words.
    pub notes: Vec<String>,
}

/// The index, in memory. About 300 bytes an order.
///
/// ```
/// # use jiesu::complaint::Day;
/// # use jiesu::dispatch::{Feedback, HistoryBuilder};
/// # use jiesu::text::{Prepared, Segmenter};
/// # let segmenter = Segmenter::new("停水 10\n")?;
/// # let day = Day::parse("2026-01-05")?;
/// let mut builder = HistoryBuilder::default();
/// builder.add("a1", "自来水集团", Some("已办结"), day, "幸福里小区三号楼停水没有通知");
/// let mut history = builder.finish();
/// let asked = Prepared::new("幸福里小区五号楼停水没有通知", None, &segmenter);
/// assert_eq!(history.ask(&asked, None, None).orders[0].id, "a1");
/// history.apply(&Feedback { id: "a1".into(), returned_by: Some("自来水集团".into()), redispatched_to: Some("住建委".into()) });
/// assert_eq!(history.ask(&asked, None, None).orders[0].unit, "住建委");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct History {
    orders: Vec<Order>,
    names: Names,
    outcomes: Names,
    /// Orders of each unit.
    counts: Vec<u32>,
    /// Orders a hashed pair occurs in (of all orders seen when it was built).
    frequency: FxHashMap<u32, u32>,
    documents: u32,
    postings: FxHashMap<u32, Vec<u32>>,
    by_id: FxHashMap<String, u32>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Names {
    list: Vec<String>,
    ids: FxHashMap<String, u32>,
}

impl Names {
    fn id(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.list.len() as u32;
        self.list.push(name.to_string());
        self.ids.insert(name.to_string(), id);
        id
    }

    fn get(&self, id: u32) -> &str {
        self.list.get(id as usize).map_or("", String::as_str)
    }
}

/// An order's number, unit, outcome, day and hashes.
type Collected = (String, String, Option<String>, i32, Vec<u32>);

/// Collects orders; two passes over the texts' hashes, none over the texts.
#[derive(Debug, Default)]
pub struct HistoryBuilder {
    rows: Vec<Collected>,
    frequency: FxHashMap<u32, u32>,
}

impl HistoryBuilder {
    /// Takes an order: number, unit it stayed with, what became of it (its first 24 characters are kept), day, text.
    pub fn add(&mut self, id: &str, unit: &str, outcome: Option<&str>, day: Day, text: &str) {
        let pairs = pairs(&normalize(text).text);
        for &pair in &pairs {
            *self.frequency.entry(pair).or_default() += 1;
        }
        self.rows.push((id.to_string(), unit.to_string(), outcome.map(str::to_string), day.0, pairs));
    }

    /// The index.
    pub fn finish(self) -> History {
        let mut history = History { documents: self.rows.len() as u32, frequency: self.frequency, ..History::default() };
        // Pairs of a single order can only ever meet themselves; leaving them out of the table makes it a third as large.
        history.frequency.retain(|_, n| *n > 1);
        for (id, unit, outcome, day, pairs) in self.rows {
            let signature = history.signature(pairs);
            history.insert(id, &unit, outcome.as_deref(), day, signature);
        }
        history
    }
}

impl History {
    /// Number of orders.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Units of the orders and how many went to each, in order of their first one.
    pub fn units(&self) -> impl Iterator<Item = (&str, u32)> {
        self.names.list.iter().map(String::as_str).zip(self.counts.iter().copied().chain(std::iter::repeat(0)))
    }

    /// Adds one order to a finished index; the same number replaces nothing and is ignored.
    pub fn add(&mut self, id: &str, unit: &str, outcome: Option<&str>, day: Day, text: &str) {
        let signature = self.signature(pairs(&normalize(text).text));
        self.insert(id.to_string(), unit, outcome, day.0, signature);
    }

    fn insert(&mut self, id: String, unit: &str, outcome: Option<&str>, day: i32, signature: Vec<u32>) {
        let at = self.orders.len() as u32;
        if self.by_id.contains_key(&id) {
            return;
        }
        self.by_id.insert(id.clone(), at);
        let unit = self.names.id(unit);
        let outcome: String = outcome.unwrap_or_default().trim().chars().take(OUTCOME).collect();
        let outcome = self.outcomes.id(&outcome);
        self.count(unit, 1);
        for &pair in &signature {
            self.postings.entry(pair).or_default().push(at);
        }
        self.orders.push(Order { id, unit, outcome, day, returned: Vec::new(), signature });
    }

    fn count(&mut self, unit: u32, change: i32) {
        let at = unit as usize;
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        if let Some(n) = self.counts.get_mut(at) {
            *n = n.saturating_add_signed(change);
        }
    }

    /// Takes a return or a re-dispatch; false when the order is not in the index. Constant time.
    pub fn apply(&mut self, feedback: &Feedback) -> bool {
        let Some(&at) = self.by_id.get(&feedback.id) else { return false };
        let returned = feedback.returned_by.as_deref().map(|u| self.names.id(u));
        let to = feedback.redispatched_to.as_deref().map(|u| self.names.id(u));
        let Some(order) = self.orders.get_mut(at as usize) else { return false };
        let before = order.unit;
        if let Some(unit) = returned.filter(|u| !order.returned.contains(u)) {
            order.returned.push(unit);
        }
        if let Some(unit) = to {
            // Sent on without a word of who returned it: the unit that had it did.
            if unit != before && !order.returned.contains(&before) {
                order.returned.push(before);
            }
            order.returned.retain(|&u| u != unit);
            order.unit = unit;
            self.count(before, -1);
            self.count(unit, 1);
        }
        true
    }

    /// The rarest pairs, ascending by hash.
    fn signature(&self, mut pairs: Vec<u32>) -> Vec<u32> {
        pairs.sort_by_key(|p| (self.frequency.get(p).copied().unwrap_or(1), *p));
        // Pairs nobody else has cannot be met but prove difference; a few are enough.
        let unique = pairs.iter().take_while(|p| !self.frequency.contains_key(p)).count();
        let skip = unique.saturating_sub(SIGNATURE / 4);
        let mut kept: Vec<u32> = pairs.into_iter().skip(skip).take(SIGNATURE).collect();
        kept.sort_unstable();
        kept
    }

    fn weight(&self, pair: u32) -> f64 {
        let n = self.frequency.get(&pair).copied().unwrap_or(1).max(1);
        let idf = libm::log((f64::from(self.documents) + 1.0) / f64::from(n)).max(0.1);
        idf * idf
    }

    /// Similar orders received on or before `day` (all when it is not known) and what they say of units. The order `but` itself is left
    /// out. Time grows with the postings of the text's rarest pairs, at most some hundred thousand entries.
    pub fn ask(&self, text: &Prepared, day: Option<Day>, but: Option<&str>) -> HistoryAnswer {
        let query = self.signature(pairs(text.text()));
        let mut shared: FxHashMap<u32, f64> = FxHashMap::default();
        let mut norm = 0.0;
        for &pair in &query {
            let weight = self.weight(pair);
            norm += weight;
            for &order in self.postings.get(&pair).filter(|p| p.len() <= LONGEST).into_iter().flatten() {
                *shared.entry(order).or_default() += weight;
            }
        }
        let but = but.and_then(|id| self.by_id.get(id)).copied();
        let mut found: Vec<(f64, u32, &Order)> = shared
            .into_iter()
            .filter(|(at, _)| Some(*at) != but)
            .filter_map(|(at, weight)| {
                let order = self.orders.get(at as usize).filter(|o| day.is_none_or(|d| o.day <= d.0))?;
                // Cheap bound first: most candidates share one pair only.
                if weight < LEAST * LEAST * norm {
                    return None;
                }
                let own: f64 = order.signature.iter().map(|&p| self.weight(p)).sum();
                let similarity = weight / libm::sqrt(norm * own).max(1e-9);
                (similarity >= LEAST).then_some((similarity.min(1.0), at, order))
            })
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.2.day.cmp(&a.2.day)).then(a.1.cmp(&b.1)));
        found.truncate(VOTERS);
        self.answer(&found, day)
    }

    fn answer(&self, found: &[(f64, u32, &Order)], day: Option<Day>) -> HistoryAnswer {
        let newest = day.map_or_else(|| found.iter().map(|f| f.2.day).max().unwrap_or(0), |d| d.0);
        let mut units: FxHashMap<u32, PastUnit> = FxHashMap::default();
        let slot = |id: u32| PastUnit {
            unit: self.names.get(id).to_string(),
            votes: 0.0,
            alike: 0.0,
            near: 0.0,
            corrected: false,
            returns: 0.0,
            orders: self.counts.get(id as usize).copied().unwrap_or(0),
        };
        let mut notes = Vec::new();
        for &(similarity, _, order) in found {
            let age = f64::from(newest.saturating_sub(order.day).max(0));
            let recent = libm::exp2(-age / HALF_LIFE);
            let corrected = similarity * similarity * recent;
            // The cube: half as alike is worth an eighth. A correction was made by people and weighs more.
            let vote = if order.returned.is_empty() { corrected * similarity } else { corrected };
            for &unit in &order.returned {
                let returned = units.entry(unit).or_insert_with(|| slot(unit));
                returned.returns = (returned.returns - RETURN * corrected).max(-RETURN);
                if notes.len() < SHOWN && similarity >= 0.3 {
                    let (from, to) = (self.names.get(unit), self.names.get(order.unit));
                    let then = if unit == order.unit { String::new() } else { format!("，改派{to}") };
                    notes.push(format!("相似工单{}（{:.2}）曾被{from}退回{then}", order.id, similarity));
                }
            }
            // Returned and not yet sent on: nobody's.
            if !order.returned.contains(&order.unit) {
                let unit = units.entry(order.unit).or_insert_with(|| slot(order.unit));
                unit.votes += vote;
                unit.alike = 1.0 - (1.0 - unit.alike) * (1.0 - vote);
                unit.near = 1.0 - (1.0 - unit.near) * (1.0 - corrected);
                unit.corrected |= !order.returned.is_empty();
            }
        }
        let mut units: Vec<PastUnit> = units.into_values().collect();
        units.sort_by(|a, b| a.unit.cmp(&b.unit));
        let orders = found.iter().take(SHOWN).map(|(similarity, _, order)| PastOrder {
            id: order.id.clone(),
            unit: self.names.get(order.unit).to_string(),
            outcome: Some(self.outcomes.get(order.outcome)).filter(|o| !o.is_empty()).map(str::to_string),
            similarity: round4(*similarity),
        });
        HistoryAnswer { orders: orders.collect(), units, notes }
    }
}

/// Hashed pairs of neighbouring letters and digits, each once, ascending. Punctuation parts them.
fn pairs(text: &str) -> Vec<u32> {
    let mut out = Vec::new();
    let mut last: Option<char> = None;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            last = None;
            continue;
        }
        if let Some(before) = last {
            let mut hash = 0x811c_9dc5u32;
            for code in [before as u32, c as u32] {
                for byte in code.to_le_bytes() {
                    hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
                }
            }
            out.push(hash);
        }
        last = Some(c);
    }
    out.sort_unstable();
    out.dedup();
    out
}

#[cfg(test)]
mod tests;
