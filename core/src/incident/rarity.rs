//! How rare features are (inverse document frequency), learned from corpora and kept as hashes.

use super::hash::{Family, feature};
use crate::bundle::BundleError;
use serde::{Deserialize, Serialize};

/// A feature and its weight in one word: 25 bits of hash above 7 bits of weight (eighths of the natural-log IDF), so that sorted
/// words are sorted by feature and two texts are compared by merging.
pub(crate) const WEIGHT_BITS: u32 = 7;
pub(crate) const WEIGHT_MASK: u32 = (1 << WEIGHT_BITS) - 1;
/// Eighths.
pub(crate) const WEIGHT_SCALE: f64 = 8.0;

/// Weights of known features; everything else counts as seen in two documents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rarity {
    entries: Vec<u32>,
    /// For each value of the top 16 bits, where its entries begin.
    starts: Vec<u32>,
    unknown: u32,
}

/// As stored: entries ascending, as differences (postcard writes small numbers short).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RarityTable {
    pub(crate) documents: u32,
    pub(crate) gaps: Vec<u32>,
}

impl Rarity {
    /// From the stored table. `section` names the bundle section in errors.
    pub(crate) fn new(table: &RarityTable, section: &str) -> Result<Self, BundleError> {
        let mut entries = Vec::with_capacity(table.gaps.len());
        let mut last: Option<u32> = None;
        for &gap in &table.gaps {
            let next = match last {
                None => Some(gap),
                Some(l) => l.checked_add(gap).filter(|n| n >> WEIGHT_BITS > l >> WEIGHT_BITS),
            };
            let next = next.ok_or_else(|| BundleError::malformed(section, "rarity entries do not ascend"))?;
            entries.push(next);
            last = Some(next);
        }
        let mut starts = Vec::with_capacity((1 << 16) + 1);
        let mut at = 0usize;
        for top in 0..=(1u32 << 16) {
            while entries.get(at).is_some_and(|&e| e >> 16 < top) {
                at += 1;
            }
            starts.push(at as u32);
        }
        Ok(Rarity { entries, starts, unknown: quantise(table.documents, 2) })
    }

    /// A feature with its weight.
    pub(crate) fn weigh(&self, family: Family, value: u64) -> u32 {
        let mut one = [unweighed(family, value)];
        self.weigh_all(&mut one);
        one[0]
    }

    /// Gives [`unweighed`] features their weights. The table lies in main memory: the processor waits for many entries at once.
    pub(crate) fn weigh_all(&self, features: &mut [u32]) {
        const PART: usize = 64;
        for features in features.chunks_mut(PART) {
            let mut spans = [(0u32, 0u32); PART];
            for (g, span) in features.iter().zip(&mut spans) {
                let top = (g >> 16) as usize;
                *span = (self.starts.get(top).copied().unwrap_or(0), self.starts.get(top + 1).copied().unwrap_or(0));
            }
            let touched = spans.iter().take(features.len()).filter_map(|s| self.entries.get(s.0 as usize));
            std::hint::black_box(touched.fold(0, |x, e| x ^ e));
            for (g, &(from, to)) in features.iter_mut().zip(&spans) {
                let slice = self.entries.get(from as usize..to as usize).unwrap_or_default();
                let known = slice.iter().find(|&&e| e >> WEIGHT_BITS == *g >> WEIGHT_BITS);
                *g |= known.map_or(self.unknown, |e| e & WEIGHT_MASK);
            }
        }
    }
}

/// A feature without its weight.
pub(crate) fn unweighed(family: Family, value: u64) -> u32 {
    feature(family, value) << WEIGHT_BITS
}

/// ln((documents + 1) / (frequency + ½)) in eighths, at least one.
pub(crate) fn quantise(documents: u32, frequency: u32) -> u32 {
    let idf = libm::log((f64::from(documents) + 1.0) / (f64::from(frequency) + 0.5));
    (libm::round(idf * WEIGHT_SCALE).max(1.0) as u32).min(WEIGHT_MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_does_not_ascend_is_malformed() {
        let bad = RarityTable { documents: 10, gaps: vec![1 << 20, 3] };
        assert!(Rarity::new(&bad, "incident").is_err());
        let wraps = RarityTable { documents: 10, gaps: vec![u32::MAX, 1 << 20] };
        assert!(Rarity::new(&wraps, "incident").is_err());
        assert!(Rarity::new(&RarityTable::default(), "incident").is_ok());
    }

    #[test]
    fn known_features_have_their_weight() {
        let hash = feature(Family::Word, 77);
        let table = RarityTable { documents: 1000, gaps: vec![hash << WEIGHT_BITS | 9] };
        let r = Rarity::new(&table, "incident").unwrap();
        assert_eq!(r.weigh(Family::Word, 77) & WEIGHT_MASK, 9);
        assert_eq!(r.weigh(Family::Word, 78) & WEIGHT_MASK, quantise(1000, 2));
    }
}
