//! Evidence: which words carried an answer. Exact for the n-grams of a linear model: their part of a label's score is the sum of what the
//! characters add. What an auxiliary classifier adds is taken by its slope at this text; the sentence vector's part stays with no word.

use super::features::Features;
use super::vocabulary::{Reading, Vocabulary};
use crate::complaint::Evidence;
use crate::text::Prepared;

/// Spreads every n-gram's part of the label's score evenly over its characters' bytes, adds up by word, joins neighbouring words that
/// both speak for the label, and gives the `top` strongest, in text order, as spans of the source.
pub(crate) fn explain(
    vocabulary: &Vocabulary,
    reading: &Reading,
    weight: &dyn Fn(u32) -> f32,
    text: &Prepared,
    features: &Features,
    top: usize,
) -> Vec<Evidence> {
    let n = text.text().len();
    // Differences, so that a long n-gram costs no more than a short one.
    let mut slope = vec![0f64; n + 1];
    let mut counts = vec![0u32; reading.features.len()];
    let found: Vec<(usize, usize, usize)> = features
        .grams()
        .iter()
        .filter_map(|g| {
            let at = reading.features.binary_search(&vocabulary.find(g.hash)?).ok()?;
            counts[at] += 1;
            Some((at, (g.start as usize).min(n), (g.start as usize + g.len as usize).min(n)))
        })
        .collect();
    let weights: Vec<f32> = reading.features.iter().map(|&f| weight(f)).collect();
    for &(at, start, end) in &found {
        if end > start {
            let part = f64::from(reading.values[at]) * f64::from(weights[at]);
            let each = part / f64::from(counts[at]) / (end - start) as f64;
            slope[start] += each;
            slope[end] -= each;
        }
    }
    let mut level = 0.0;
    let mut sums = Vec::with_capacity(n + 1);
    sums.push(0.0);
    let mut total = 0.0;
    for d in slope.iter().take(n) {
        level += d;
        total += level;
        sums.push(total);
    }
    let sum = |start: usize, end: usize| sums.get(end).unwrap_or(&total) - sums.get(start).unwrap_or(&total);
    let mut spans: Vec<(usize, usize, f64)> = Vec::new();
    let words: Vec<(usize, usize, f64)> = text
        .tokens
        .iter()
        .map(|t| (t.start as usize, t.end as usize))
        .filter(|&(s, e)| text.text().get(s..e).is_some_and(|w| w.chars().any(char::is_alphanumeric)))
        .map(|(s, e)| (s, e, sum(s, e)))
        .collect();
    let strongest = words.iter().map(|w| w.2).fold(0.0, f64::max);
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
    spans
        .into_iter()
        .map(|(start, end, weight)| {
            let span = text.source_span(start, end);
            Evidence { start: span.start, end: span.end, weight }
        })
        .collect()
}
