//! A cluster's name: the phrases that set its requests apart from the background.

use super::NameWord;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Longest phrase, in words and in characters: new things are often cut into single characters.
const WORDS: usize = 4;
const CHARS: usize = 8;
/// Phrases of a name.
const MOST: usize = 6;
/// Share of a cluster's requests a phrase must be in, and how many times as frequent as in the background.
const SHARE: f64 = 0.3;
const TIMES: f64 = 3.0;
/// No phrase begins or ends with one of these.
const EDGES: &str = "的了是在有和也就都还把被我你他她它们这那不没要很一个上下里到给让说着过吗呢吧啊呀来去对为与及等又再才只能会可请谁什么怎样多少每几从向往由于但而且或因所以已经将各该本某";

/// A request's words without their gaps.
struct Text {
    text: String,
    ends: Vec<usize>,
}

impl Text {
    fn new(words: &str) -> Self {
        let mut t = Text { text: String::with_capacity(words.len()), ends: vec![0] };
        for w in words.lines() {
            t.text.push_str(w);
            t.ends.push(t.text.len());
        }
        t
    }

    /// Its different phrases.
    fn phrases(&self) -> BTreeSet<&str> {
        let mut out = BTreeSet::new();
        for (i, &start) in self.ends.iter().enumerate() {
            for &end in self.ends.iter().skip(i + 1).take(WORDS) {
                let phrase = self.text.get(start..end).unwrap_or_default();
                let n = phrase.chars().count();
                if n > CHARS || !phrase.chars().all(char::is_alphabetic) {
                    break;
                }
                if n > 1 {
                    out.insert(phrase);
                }
            }
        }
        out
    }
}

fn is_edge(c: Option<char>) -> bool {
    c.is_some_and(|c| EDGES.contains(c))
}

/// The phrases of a cluster, best first. `inside` and `outside` hold the words of each request, each ended by a line break.
pub(super) fn words(inside: &[&str], outside: &[&str]) -> Vec<NameWord> {
    let texts: Vec<Text> = inside.iter().map(|w| Text::new(w)).collect();
    let mut within: BTreeMap<&str, usize> = BTreeMap::new();
    texts.iter().flat_map(Text::phrases).for_each(|p| *within.entry(p).or_default() += 1);
    let (n, all) = (inside.len().max(1) as f64, outside.len() as f64);
    within.retain(|p, k| *k >= 3 && *k as f64 >= SHARE * n && !is_edge(p.chars().next()) && !is_edge(p.chars().next_back()));
    let mut usual: FxHashMap<&str, usize> = within.keys().map(|&p| (p, 0)).collect();
    for words in outside {
        for phrase in Text::new(words).phrases() {
            if let Some(k) = usual.get_mut(phrase) {
                *k += 1;
            }
        }
    }
    let mut ranked: Vec<(f64, &str, f64)> = within
        .into_iter()
        .filter_map(|(phrase, k)| {
            let (p, q) = (k as f64 / n, (usual.get(phrase).copied().unwrap_or(0) as f64 + 0.5) / (all + 1.0));
            // A longer phrase says more than its parts.
            let length = libm::log(1.0 + phrase.chars().count() as f64);
            (p >= TIMES * q).then(|| (p * libm::log(p / q) * length, phrase, p))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let mut out: Vec<NameWord> = Vec::new();
    for (_, phrase, share) in ranked {
        if !out.iter().any(|w| w.word.contains(phrase) || phrase.contains(w.word.as_str())) {
            out.push(NameWord { word: phrase.to_string(), share });
        }
        if out.len() == MOST {
            break;
        }
    }
    out
}
