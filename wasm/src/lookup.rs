//! Earlier requests that the page hands in, and which of them resemble a new one.
//!
//! The likeness here is that of the wording alone (character pairs of the normal form, as a cosine): it orders what a person then
//! judges, and never says that two requests are one matter.

use jiesu::complaint::{Complaint, round4};
use jiesu::text::normalize;
use serde::Serialize;

/// A request seen before: its id and the sorted, distinct character pairs of its text.
struct Earlier {
    id: String,
    caller: Option<String>,
    pairs: Vec<(char, char)>,
}

/// Everything that was handed in.
#[derive(Default)]
pub(crate) struct Shelf {
    earlier: Vec<Earlier>,
}

/// An earlier request that resembles the one asked about.
#[derive(Serialize)]
pub(crate) struct Likeness<'s> {
    id: &'s str,
    index: usize,
    p: f64,
    relation: &'static str,
    reasons: Vec<String>,
}

/// Below this likeness two texts share no more than any two complaints do.
const LEAST: f64 = 0.2;

impl Shelf {
    /// Replaces what is kept.
    pub(crate) fn new(records: impl IntoIterator<Item = Complaint>) -> Self {
        Shelf { earlier: records.into_iter().map(|r| Earlier { pairs: pairs(&r.text), id: r.id, caller: r.caller }).collect() }
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.earlier.len()
    }

    /// The most alike, best first; linear in what is kept.
    pub(crate) fn like(&self, record: &Complaint, limit: usize) -> Vec<Likeness<'_>> {
        let asked = pairs(&record.text);
        let mut found: Vec<(f64, usize, &Earlier)> =
            self.earlier.iter().enumerate().map(|(index, e)| (cosine(&asked, &e.pairs), index, e)).filter(|(p, ..)| *p >= LEAST).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(limit);
        found
            .into_iter()
            .map(|(p, index, e)| {
                let same_caller = e.caller.is_some() && e.caller == record.caller;
                let mut reasons = vec![format!("用字相近（{:.0}%）", p * 100.0)];
                if same_caller {
                    reasons.push("来电人相同".to_string());
                }
                Likeness { id: &e.id, index, p: round4(p), relation: "related", reasons }
            })
            .collect()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn record(id: &str, text: &str) -> Complaint {
        Complaint::builder(id).text(text).build().unwrap()
    }

    #[test]
    fn finds_the_same_wording_first() {
        let shelf = Shelf::new([record("a", "小区电梯坏了三天没人修"), record("b", "路灯不亮"), record("c", "小区电梯又坏了没人修")]);
        let found = shelf.like(&record("x", "我们小区电梯又坏了，没人修"), 5);
        assert_eq!(found.iter().map(|l| l.id).collect::<Vec<_>>(), ["c", "a"]);
        assert!(shelf.like(&record("x", "😀"), 5).is_empty());
        assert_eq!(shelf.like(&record("x", "小区电梯坏了"), 1).len(), 1);
    }
}
