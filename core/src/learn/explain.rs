//! Evidence: which words carried an answer. Exact for the n-grams of a linear model: their part of a label's score is the sum of what the
//! characters add. What auxiliary classifiers and the sentence vector add stays with no word.

use super::classifier::Classifier;
use super::features::Features;
use super::vocabulary::{Reading, Vocabulary};
use crate::complaint::Evidence;
use crate::text::Prepared;

/// A text laid out for questions of evidence: where its known n-grams and its words stand. Made once, asked for every label.
#[derive(Debug)]
pub struct Grounds<'a> {
    text: &'a Prepared,
    reading: &'a Reading,
    /// Of each known n-gram: its place in `reading` and its bytes of the normal form; none is empty.
    found: Vec<(u32, u32, u32)>,
    /// Of each feature of `reading`: how often the text has it.
    counts: Vec<u32>,
    /// Words with a letter or digit, in bytes of the normal form.
    words: Vec<(u32, u32)>,
}

impl<'a> Grounds<'a> {
    pub(super) fn new(vocabulary: &Vocabulary, text: &'a Prepared, features: &Features, reading: &'a Reading) -> Self {
        let n = text.text().len() as u32;
        let mut counts = vec![0u32; reading.features.len()];
        let mut found = Vec::with_capacity(features.grams().len() / 2);
        for g in features.grams() {
            let Some(at) = vocabulary.find(g.hash).and_then(|f| reading.features.binary_search(&f).ok()) else { continue };
            counts[at] += 1;
            let (start, end) = (g.start.min(n), g.start.saturating_add(u32::from(g.len)).min(n));
            if end > start {
                found.push((at as u32, start, end));
            }
        }
        let spoken = |t: &&crate::text::Token| t.of(text.text()).chars().any(char::is_alphanumeric);
        let words = text.tokens.iter().filter(spoken).map(|t| (t.start, t.end)).collect();
        Grounds { text, reading, found, counts, words }
    }

    /// Spreads every n-gram's part of the label's score evenly over its characters' bytes, adds up by word, joins neighbouring words that
    /// both speak for the label, and gives the `top` strongest, in text order, as spans of the source. Linear in the text.
    pub fn explain(&self, classifier: &Classifier, class: u32, top: usize) -> Vec<Evidence> {
        if top == 0 {
            return Vec::new();
        }
        let n = self.text.text().len();
        let features = self.reading.features.iter().zip(&self.reading.values).zip(&self.counts);
        let part = |((&f, &v), &count): ((&u32, &f32), &u32)| {
            if count > 0 { f64::from(v * classifier.weight(f, class)) / f64::from(count) } else { 0.0 }
        };
        let parts: Vec<f64> = features.map(part).collect();
        // Differences, so that a long n-gram costs no more than a short one.
        let mut slope = vec![0f64; n + 1];
        for &(at, start, end) in &self.found {
            let each = parts[at as usize] / f64::from(end - start);
            slope[start as usize] += each;
            slope[end as usize] -= each;
        }
        let mut level = 0.0;
        let mut total = 0.0;
        // From here on the sum of all bytes before.
        for d in &mut slope {
            level += std::mem::replace(d, total);
            total += level;
        }
        let words = self.words.iter().map(|&(start, end)| {
            let (start, end) = (start as usize, end as usize);
            (start, end, slope[end] - slope[start])
        });
        let words: Vec<(usize, usize, f64)> = words.collect();
        let strongest = words.iter().map(|w| w.2).fold(0.0, f64::max);
        let mut spans: Vec<(usize, usize, f64)> = Vec::new();
        for (start, end, weight) in words {
            if weight <= strongest * 0.1 || weight <= 0.0 {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.1 == start && end - last.0 <= 24 => {
                    last.1 = end;
                    last.2 += weight;
                }
                _ => spans.push((start, end, weight)),
            }
        }
        spans.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        spans.truncate(top);
        spans.sort_by_key(|s| s.0);
        let evidence = |(start, end, weight)| {
            let span = self.text.source_span(start, end);
            Evidence { start: span.start, end: span.end, weight }
        };
        spans.into_iter().map(evidence).collect()
    }
}
