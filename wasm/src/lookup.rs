//! Earlier requests that the page hands in, and which of them resemble a new one.
//!
//! With a whole bundle the core's learned pair score judges. The slim bundle has none: its section `incident` is 546 KB gzip, and the
//! slim bundle without it is 1.95 of the 2 MB a page may load. Then the wording alone orders what a person judges (character pairs of
//! the normal form, as a cosine), and nothing is said to be one matter.

use jiesu::complaint::{Complaint, round4};
use jiesu::engine::Engine as Core;
use jiesu::incident::{PairRelation, PairScore, Signature};
use jiesu::text::normalize;
use serde::Serialize;

/// What is kept of a request to compare it by.
enum Mark {
    /// For the core's pair score.
    Signed(Box<Signature>),
    /// For the wording: its sorted, distinct character pairs.
    Worded { caller: Option<String>, pairs: Vec<(char, char)> },
}

/// Everything that was handed in: ids and marks.
#[derive(Default)]
pub(crate) struct Shelf {
    earlier: Vec<(String, Mark)>,
}

/// An earlier request that resembles the one asked about.
#[derive(Serialize)]
pub(crate) struct Likeness<'s> {
    id: &'s str,
    index: usize,
    p: f64,
    relation: PairRelation,
    reasons: Vec<String>,
}

/// Below this cosine two texts share no more wording than any two complaints do.
const LEAST: f64 = 0.2;

impl Mark {
    fn of(core: &Core, record: &Complaint) -> Self {
        match core.sign(record) {
            Some(signature) => Mark::Signed(Box::new(signature)),
            None => Mark::Worded { caller: record.caller.clone(), pairs: pairs(&record.text) },
        }
    }

    /// How alike, without reasons: most requests are looked at only so far.
    fn likeness(&self, core: &Core, other: &Mark) -> f64 {
        match (self, other, core.incident_model()) {
            (Mark::Signed(a), Mark::Signed(b), Some(model)) => model.same(a, b),
            (Mark::Worded { pairs: a, .. }, Mark::Worded { pairs: b, .. }, _) => cosine(a, b),
            _ => 0.0,
        }
    }

    fn judge(&self, core: &Core, other: &Mark) -> Option<PairScore> {
        let score = match (self, other, core.incident_model()) {
            (Mark::Signed(a), Mark::Signed(b), Some(model)) => model.score(a, b),
            (Mark::Worded { caller: mine, pairs: a }, Mark::Worded { caller: theirs, pairs: b }, _) => {
                let p = cosine(a, b);
                let mut reasons = vec![format!("用字相近（{:.0}%）", p * 100.0)];
                if mine.is_some() && mine == theirs {
                    reasons.push("来电人相同".to_string());
                }
                PairScore { p, relation: if p >= LEAST { PairRelation::Related } else { PairRelation::Different }, reasons }
            }
            _ => return None,
        };
        Some(score).filter(|s| s.relation != PairRelation::Different)
    }
}

impl Shelf {
    /// Keeps these and nothing else.
    pub(crate) fn new(core: &Core, records: &[Complaint]) -> Self {
        Shelf { earlier: records.iter().map(|r| (r.id.clone(), Mark::of(core, r))).collect() }
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.earlier.len()
    }

    /// The most alike, best first; linear in what is kept.
    pub(crate) fn like(&self, core: &Core, record: &Complaint, limit: usize) -> Vec<Likeness<'_>> {
        let asked = Mark::of(core, record);
        let mut found: Vec<(f64, usize)> = self.earlier.iter().enumerate().map(|(at, (_, m))| (asked.likeness(core, m), at)).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(limit);
        let judged = found.into_iter().filter_map(|(_, index)| {
            let (id, mark) = self.earlier.get(index)?;
            let PairScore { p, relation, reasons } = asked.judge(core, mark)?;
            Some(Likeness { id, index, p: round4(p), relation, reasons })
        });
        judged.collect()
    }
}

/// The distinct pairs of neighbouring letters and digits.
fn pairs(text: &str) -> Vec<(char, char)> {
    let normal = normalize(text);
    let chars: Vec<char> = normal.text.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut pairs: Vec<_> = chars.iter().copied().zip(chars.iter().copied().skip(1)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Cosine of two sets.
fn cosine(a: &[(char, char)], b: &[(char, char)]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let shared = a.iter().filter(|p| b.binary_search(p).is_ok()).count();
    shared as f64 / ((a.len() * b.len()) as f64).sqrt()
}
