//! Which n-grams a model knows: sorted hashes and their importance; no strings. After them come the dimensions of the sentence vector.

use super::features::{BLOCKS, EXTRACTION, Features, GROUPS};
use crate::bundle::BundleError;
use serde::{Deserialize, Serialize};

/// How a vocabulary is stored: gaps between ascending hashes (short as varints) and the importance of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VocabularyParts {
    extraction: u8,
    gaps: Vec<u32>,
    #[serde(with = "serde_bytes")]
    importance: Vec<u8>,
    blocks: [f32; BLOCKS],
    dims: u16,
}

/// The known n-grams of one or more classifiers, with a table that finds them by hash.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    hashes: Vec<u32>,
    importance: Vec<u8>,
    /// What each importance byte means.
    scale: [f32; 256],
    blocks: [f32; BLOCKS],
    /// Dimensions of the sentence vector, features after the n-grams; 0 when the model was learned without.
    dims: usize,
    /// Open addressing by the hash's top bits: `slots[i]` is 1 + feature, 0 when free.
    slots: Vec<(u32, u32)>,
    shift: u32,
}

/// Length of the sentence vector beside the blocks of n-grams.
const VECTOR: f32 = 0.5;

/// A feature's importance is stored as a logarithm: 16 steps double it, 128 is 1.
const DOUBLING: f32 = 16.0;

/// The byte that stores an importance.
#[cfg(feature = "train")]
pub(crate) fn importance_byte(importance: f32) -> u8 {
    (libm::log2f(importance.max(1e-6)) * DOUBLING + 128.0).round().clamp(0.0, 255.0) as u8
}

impl Vocabulary {
    /// From ascending, distinct hashes with their importances; `blocks` weighs words, characters and title against each other; `dims` is
    /// the length of the sentence vectors, 0 for none.
    pub fn new(hashes: Vec<u32>, importance: Vec<u8>, blocks: [f32; BLOCKS], dims: usize) -> Result<Self, BundleError> {
        let bad = |reason: &str| Err(BundleError::malformed("vocabulary", reason));
        if hashes.len() != importance.len() {
            return bad("hashes and importances differ in number");
        }
        if hashes.windows(2).any(|w| w[0] >= w[1]) {
            return bad("hashes do not ascend");
        }
        if blocks.iter().any(|b| !b.is_finite()) {
            return bad("block weights are not finite");
        }
        if dims > 1024 {
            return bad("more than 1024 dimensions");
        }
        let bits = (hashes.len().max(1) * 2).next_power_of_two().trailing_zeros().max(1);
        let shift = 32 - bits.min(32);
        let mut slots = vec![(0, 0); 1 << bits.min(32)];
        let mask = slots.len() - 1;
        for (i, &h) in hashes.iter().enumerate() {
            let mut at = (h >> shift) as usize;
            while slots[at].1 != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = (h, i as u32 + 1);
        }
        let scale = std::array::from_fn(|b| libm::exp2f((b as f32 - 128.0) / DOUBLING));
        Ok(Vocabulary { hashes, importance, scale, blocks, dims, slots, shift })
    }

    /// Number of n-grams.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Number of features: n-grams, then the dimensions of the sentence vector.
    pub fn width(&self) -> usize {
        self.hashes.len() + self.dims
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The feature of a hash.
    #[inline]
    pub fn find(&self, hash: u32) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = (hash >> self.shift) as usize & mask;
        loop {
            let (h, f) = self.slots[at];
            if f == 0 {
                return None;
            }
            if h == hash {
                return Some(f - 1);
            }
            at = (at + 1) & mask;
        }
    }

    /// Looks a text's n-grams up: a sparse vector, features ascending, each block of unit length times its weight.
    pub fn read(&self, features: &Features) -> Reading {
        let grams = features.grams();
        // Feature and block in one number, so that one sort groups them.
        let mut found: Vec<u64> = Vec::with_capacity(grams.len() / 2);
        let mut spoken = [0u32; BLOCKS];
        for g in grams {
            let block = g.kind.block();
            spoken[block] += 1;
            if let Some(f) = self.find(g.hash) {
                found.push(u64::from(f) << 8 | block as u64);
            }
        }
        found.sort_unstable();
        let mut reading = Reading { features: Vec::with_capacity(found.len()), values: Vec::with_capacity(found.len()), known: 0.0 };
        reading.known = found.len() as f32 / spoken.iter().sum::<u32>().max(1) as f32;
        let mut blocks: Vec<u8> = Vec::with_capacity(found.len());
        let mut norms = [0f32; BLOCKS];
        for run in found.chunk_by(|a, b| a == b) {
            let (feature, block) = ((run[0] >> 8) as u32, (run[0] & 0xff) as u8);
            let value = match usize::from(block) {
                GROUPS => 1.0,
                _ => frequency(run.len()) * self.scale[usize::from(self.importance[feature as usize])],
            };
            norms[block as usize] += value * value;
            reading.features.push(feature);
            reading.values.push(value);
            blocks.push(block);
        }
        let mut scale = self.blocks;
        // A group weighs the same whatever else the text says.
        norms[GROUPS] = 1.0;
        for (s, n) in scale.iter_mut().zip(norms) {
            *s = if n > 0.0 { *s / n.sqrt() } else { 0.0 };
        }
        for (v, &b) in reading.values.iter_mut().zip(&blocks) {
            *v *= scale[b as usize];
        }
        // A text without a known word, or a table other than the model's, speaks by its n-grams alone.
        if features.vector().len() == self.dims {
            reading.features.extend((self.hashes.len()..self.width()).map(|f| f as u32));
            reading.values.extend(features.vector().iter().map(|v| v * VECTOR));
        }
        reading
    }

    /// For storing.
    pub fn to_parts(&self) -> VocabularyParts {
        let mut last = 0;
        let gaps = self
            .hashes
            .iter()
            .map(|&h| {
                let gap = h - last;
                last = h;
                gap
            })
            .collect();
        VocabularyParts { extraction: EXTRACTION, gaps, importance: self.importance.clone(), blocks: self.blocks, dims: self.dims as u16 }
    }

    /// From its stored form.
    pub fn from_parts(parts: VocabularyParts) -> Result<Self, BundleError> {
        if parts.extraction != EXTRACTION {
            return Err(BundleError::malformed(
                "vocabulary",
                format_args!("features of extraction {}, not {EXTRACTION}", parts.extraction),
            ));
        }
        let mut last = 0u32;
        let mut hashes = Vec::with_capacity(parts.gaps.len());
        for gap in parts.gaps {
            last = last.checked_add(gap).ok_or_else(|| BundleError::malformed("vocabulary", "hash gaps overflow"))?;
            hashes.push(last);
        }
        Vocabulary::new(hashes, parts.importance, parts.blocks, usize::from(parts.dims))
    }
}

/// 1 + ln(count), from a table for the counts that occur.
fn frequency(count: usize) -> f32 {
    const LOGS: [f32; 9] = [1.0, 1.0, 1.693_147_2, 2.098_612_3, 2.386_294_4, 2.609_438, 2.791_759_5, 2.945_910_1, 3.079_441_5];
    LOGS.get(count).copied().unwrap_or_else(|| 1.0 + libm::logf(count as f32))
}

/// A text as a model sees it: known features and their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Ascending.
    pub features: Vec<u32>,
    /// One for each feature.
    pub values: Vec<f32>,
    /// Share of the text's n-grams that the model knows: low when a text is unlike the training texts.
    pub known: f32,
}
