//! Which live records might be the same matter: an inverted index over each record's rarest features.
//!
//! Every record is posted under its names and numbers, its rarest sounds, words and character pairs and triples. A posting keeps the
//! newest [`MOST_POSTED`] records of a feature in one block, so that a look-up costs one cache miss; records that left the window
//! are skipped when read and dropped when a block is rewritten. Memory: about 14 bytes for each posting.

use super::rarity::{WEIGHT_BITS, WEIGHT_MASK};
use super::signature::{List, Signature};
use rustc_hash::FxHashMap;

/// Newest records kept for one feature.
const MOST_POSTED: usize = 64;
/// Features posted of each list.
const POSTED: [(List, usize); 5] = [(List::Keys, 6), (List::Sounds, 3), (List::Words, 5), (List::Bigrams, 8), (List::Trigrams, 4)];

/// Block sizes are 1, 2, 4 … [`MOST_POSTED`].
const CLASSES: usize = 7;

#[derive(Debug, Clone, Copy)]
struct Block {
    at: u32,
    class: u8,
    length: u8,
}

/// The inverted index.
#[derive(Debug, Default, Clone)]
pub(crate) struct Postings {
    table: FxHashMap<u32, Block>,
    slabs: [Vec<u32>; CLASSES],
    free: [Vec<u32>; CLASSES],
}

/// A candidate: its record and the weight of what it shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) record: u32,
    pub(crate) weight: u32,
}

impl Signature {
    /// Hashes of the features this record is found by, with their weights (8 to the nat of inverse document frequency): the join keys for
    /// finding candidates outside an index. Two records are candidates of each other when they share one; the heavier the shared, the sooner.
    pub fn keys_with_weights(&self) -> Vec<(u32, u32)> {
        posted(self)
    }
}

/// The features a record is posted under, with their weights.
fn posted(signature: &Signature) -> Vec<(u32, u32)> {
    let mut out = Vec::with_capacity(26);
    let mut rest: Vec<u32> = Vec::with_capacity(112);
    for (list, most) in POSTED {
        rest.clear();
        rest.extend_from_slice(signature.list(list));
        let most = most.min(rest.len());
        if most < rest.len() {
            // The rarest; ties by hash, the same choice in every record.
            rest.select_nth_unstable_by_key(most, |g| (WEIGHT_MASK - (g & WEIGHT_MASK), *g));
        }
        // Lists are told apart by the low bits.
        out.extend(rest.iter().take(most).map(|g| (g & !WEIGHT_MASK | list as u32, g & WEIGHT_MASK)));
    }
    out
}

impl Postings {
    /// Posts a record. `oldest` is the first record still live.
    pub(crate) fn add(&mut self, record: u32, signature: &Signature, oldest: u32) {
        for (feature, _) in posted(signature) {
            self.push(feature, record, oldest);
        }
    }

    fn push(&mut self, feature: u32, record: u32, oldest: u32) {
        let Some(&block) = self.table.get(&feature) else {
            let at = self.take(0);
            self.slabs[0][at as usize] = record;
            self.table.insert(feature, Block { at, class: 0, length: 1 });
            return;
        };
        let size = 1usize << block.class;
        let at = block.at as usize;
        if usize::from(block.length) < size {
            self.slabs[usize::from(block.class)][at + usize::from(block.length)] = record;
            self.table.insert(feature, Block { length: block.length + 1, ..block });
            return;
        }
        // Full: drop what left the window, then the oldest, or move to a larger block.
        let mut kept: Vec<u32> = self.slabs[usize::from(block.class)][at..at + size].iter().copied().filter(|&r| r >= oldest).collect();
        if kept.len() >= MOST_POSTED {
            kept.remove(0);
        }
        kept.push(record);
        let class = kept.len().next_power_of_two().trailing_zeros() as u8;
        let to = if class == block.class {
            block.at
        } else {
            self.free[usize::from(block.class)].push(block.at);
            self.take(usize::from(class))
        };
        self.slabs[usize::from(class)][to as usize..to as usize + kept.len()].copy_from_slice(&kept);
        self.table.insert(feature, Block { at: to, class, length: kept.len() as u8 });
    }

    fn take(&mut self, class: usize) -> u32 {
        if let Some(at) = self.free[class].pop() {
            return at;
        }
        let at = self.slabs[class].len();
        self.slabs[class].resize(at + (1 << class), 0);
        at as u32
    }

    /// At most `most` live records that share features, heaviest first, then newest.
    pub(crate) fn find(&self, signature: &Signature, oldest: u32, most: usize) -> Vec<Candidate> {
        let mut hits: Vec<(u32, u32)> = Vec::with_capacity(256);
        for (feature, weight) in posted(signature) {
            let Some(block) = self.table.get(&feature) else { continue };
            let at = block.at as usize;
            let records = self.slabs[usize::from(block.class)].get(at..at + usize::from(block.length)).unwrap_or_default();
            hits.extend(records.iter().filter(|&&r| r >= oldest).map(|&r| (r, weight)));
        }
        hits.sort_unstable_by_key(|&(r, _)| r);
        let mut found: Vec<Candidate> =
            hits.chunk_by(|a, b| a.0 == b.0).map(|c| Candidate { record: c[0].0, weight: c.iter().map(|h| h.1).sum() }).collect();
        let order = |c: &Candidate| (u32::MAX - c.weight, u32::MAX - c.record);
        if found.len() > most {
            found.select_nth_unstable_by_key(most, order);
            found.truncate(most);
        }
        found.sort_unstable_by_key(order);
        found
    }

    /// Forgets features whose every record has left the window.
    pub(crate) fn sweep(&mut self, oldest: u32) {
        let Postings { table, slabs, free } = self;
        table.retain(|_, b| {
            let at = b.at as usize;
            let live = slabs[usize::from(b.class)][at..at + usize::from(b.length)].iter().any(|&r| r >= oldest);
            if !live {
                free[usize::from(b.class)].push(b.at);
            }
            live
        });
        // Free blocks are reused in an order that does not depend on the table's.
        for f in free {
            f.sort_unstable_by(|a, b| b.cmp(a));
        }
    }
}

const _: () = assert!(1 << (CLASSES - 1) == MOST_POSTED && WEIGHT_BITS >= 3);
