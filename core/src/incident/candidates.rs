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

/// Where the records of a feature lie: the number of the block in its class above six bits of length. A block's class is the least that
/// holds its length.
#[derive(Debug, Clone, Copy)]
struct Block(u32);

const LENGTH_BITS: u32 = 6;

impl Block {
    fn new(number: u32, length: usize) -> Self {
        Block(number << LENGTH_BITS | (length as u32 - 1))
    }

    fn length(self) -> usize {
        (self.0 & ((1 << LENGTH_BITS) - 1)) as usize + 1
    }

    fn number(self) -> u32 {
        self.0 >> LENGTH_BITS
    }

    fn class(self) -> usize {
        self.length().next_power_of_two().trailing_zeros() as usize
    }

    /// Its records within the slab of its class.
    fn range(self) -> std::ops::Range<usize> {
        let at = (self.number() as usize) << self.class();
        at..at + self.length()
    }
}

/// Parts of the inverted index. One of a million records is a few megabytes: filled one after another they stay in the processor's
/// cache, and none of them takes long to grow.
const SHARDS: usize = 64;

fn shard_of(feature: u32) -> usize {
    (feature >> WEIGHT_BITS) as usize % SHARDS
}

/// The inverted index.
#[derive(Debug, Clone)]
pub(crate) struct Postings {
    shards: Vec<Shard>,
    /// Shards that [`Postings::sweep`] left to be swept.
    unswept: usize,
}

impl Default for Postings {
    fn default() -> Self {
        Postings { shards: vec![Shard::default(); SHARDS], unswept: 0 }
    }
}

/// What records are posted under, for [`Postings::fill`].
#[cfg(feature = "store")]
#[derive(Debug)]
pub(crate) struct Gathered {
    /// Features with their records, for each shard.
    shards: Vec<Vec<(u32, u32)>>,
}

#[cfg(feature = "store")]
impl Default for Gathered {
    fn default() -> Self {
        Gathered { shards: vec![Vec::new(); SHARDS] }
    }
}

#[cfg(feature = "store")]
impl Gathered {
    pub(crate) fn add(&mut self, record: u32, signature: &Signature) {
        for (feature, _) in posted(signature) {
            self.shards[shard_of(feature)].push((feature, record));
        }
    }
}

/// The features of one part.
#[derive(Debug, Default, Clone)]
struct Shard {
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
        if let Some(shard) = self.unswept.checked_sub(1) {
            self.shards[shard].sweep(oldest);
            self.unswept = shard;
        }
        for (feature, _) in posted(signature) {
            self.shards[shard_of(feature)].push(feature, record, oldest);
        }
    }

    /// Posts what was gathered, in this order: the same as to add record after record, without a cache miss for each feature.
    #[cfg(feature = "store")]
    pub(crate) fn fill(&mut self, gathered: &[Gathered], oldest: u32) {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        std::thread::scope(|scope| {
            let each = SHARDS.div_ceil(threads);
            for (k, shards) in self.shards.chunks_mut(each).enumerate() {
                scope.spawn(move || {
                    for (n, shard) in shards.iter_mut().enumerate() {
                        for &(feature, record) in gathered.iter().flat_map(|g| &g.shards[k * each + n]) {
                            shard.push(feature, record, oldest);
                        }
                    }
                });
            }
        });
    }

    /// At most `most` live records that share features, heaviest first, then newest.
    pub(crate) fn find(&self, signature: &Signature, oldest: u32, most: usize) -> Vec<Candidate> {
        // All look-ups before the first block is read: the processor waits for several at once.
        let block =
            |(feature, weight)| Some((&self.shards[shard_of(feature)], *self.shards[shard_of(feature)].table.get(&feature)?, weight));
        let blocks: Vec<(&Shard, Block, u32)> = posted(signature).into_iter().filter_map(block).collect();
        let lists =
            blocks.into_iter().map(|(shard, block, weight)| (shard.slabs[block.class()].get(block.range()).unwrap_or_default(), weight));
        let lists: Vec<(&[u32], u32)> = lists.collect();
        // The same for the first line of each.
        std::hint::black_box(lists.iter().filter_map(|(records, _)| records.first()).fold(0, |x, r| x ^ r));
        let mut tally = Tally::new(lists.iter().map(|(records, _)| records.len()).sum());
        for (records, weight) in lists {
            records.iter().filter(|&&r| r >= oldest).for_each(|&r| tally.add(r, weight));
        }
        let mut found = tally.found();
        let order = |c: &Candidate| (u32::MAX - c.weight, u32::MAX - c.record);
        if found.len() > most {
            found.select_nth_unstable_by_key(most, order);
            found.truncate(most);
        }
        found.sort_unstable_by_key(order);
        found
    }

    /// Forgets features whose every record has left the window: one shard with each of the records that come next, so that none of them
    /// waits for all.
    pub(crate) fn sweep(&mut self) {
        self.unswept = SHARDS;
    }
}

/// Weights of the records found, summed in an open-addressed table that is at most half full.
struct Tally {
    /// A record's number plus one above its weight; 0 is free.
    slots: Vec<u64>,
}

impl Tally {
    /// For at most so many records.
    fn new(records: usize) -> Self {
        Tally { slots: vec![0; (records * 2).next_power_of_two().max(2)] }
    }

    fn add(&mut self, record: u32, weight: u32) {
        let (key, mask) = (u64::from(record) + 1, self.slots.len() - 1);
        let mut at = (record.wrapping_mul(0x9e37_79b1) >> 7) as usize & mask;
        while self.slots[at] != 0 && self.slots[at] >> 32 != key {
            at = (at + 1) & mask;
        }
        self.slots[at] = (key << 32 | self.slots[at] & u64::from(u32::MAX)) + u64::from(weight);
    }

    fn found(&self) -> Vec<Candidate> {
        let taken = self.slots.iter().filter(|&&s| s != 0);
        taken.map(|&s| Candidate { record: ((s >> 32) - 1) as u32, weight: s as u32 }).collect()
    }
}

impl Shard {
    fn push(&mut self, feature: u32, record: u32, oldest: u32) {
        let Some(&block) = self.table.get(&feature) else {
            if let Some(number) = self.take(0) {
                self.slabs[0][number as usize] = record;
                self.table.insert(feature, Block::new(number, 1));
            }
            return;
        };
        let (class, range) = (block.class(), block.range());
        if block.length() < 1 << class {
            self.slabs[class][range.end] = record;
            self.table.insert(feature, Block::new(block.number(), block.length() + 1));
            return;
        }
        // Full: drop what left the window, then the oldest, or move to a larger block.
        let (mut kept, mut n) = ([0; MOST_POSTED + 1], 0);
        for &r in self.slabs[class][range].iter().filter(|&&r| r >= oldest) {
            kept[n] = r;
            n += 1;
        }
        kept[n] = record;
        let kept = &kept[usize::from(n == MOST_POSTED)..=n];
        let to = kept.len().next_power_of_two().trailing_zeros() as usize;
        let number = if to == class {
            block.number()
        } else {
            let Some(number) = self.take(to) else { return };
            self.free[class].push(block.number());
            number
        };
        let moved = Block::new(number, kept.len());
        self.slabs[to][moved.range()].copy_from_slice(kept);
        self.table.insert(feature, moved);
    }

    /// A free block of a class; `None` when there are as many as numbers for them (67 million).
    fn take(&mut self, class: usize) -> Option<u32> {
        if let Some(number) = self.free[class].pop() {
            return Some(number);
        }
        let number = self.slabs[class].len() >> class;
        if number >= 1 << (u32::BITS - LENGTH_BITS) {
            return None;
        }
        self.slabs[class].resize((number + 1) << class, 0);
        Some(number as u32)
    }

    fn sweep(&mut self, oldest: u32) {
        let Shard { table, slabs, free } = self;
        table.retain(|_, b| {
            let live = slabs[b.class()][b.range()].iter().any(|&r| r >= oldest);
            if !live {
                free[b.class()].push(b.number());
            }
            live
        });
        // Free blocks are reused in an order that does not depend on the table's.
        for f in free {
            f.sort_unstable_by(|a, b| b.cmp(a));
        }
    }
}

const _: () = assert!(1 << (CLASSES - 1) == MOST_POSTED && 1 << LENGTH_BITS == MOST_POSTED && WEIGHT_BITS >= 3);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::hash::mix;

    /// A record of four words out of two hundred.
    fn record(n: u32) -> Signature {
        let mut features: Vec<u32> = (0..4)
            .map(|k| mix(u64::from(n) << 8 | k) as u32 % 200)
            .map(|w| (mix(u64::from(w)) as u32) << WEIGHT_BITS | (1 + w % 100))
            .collect();
        features.sort_unstable();
        features.dedup_by_key(|g| *g >> WEIGHT_BITS);
        let all = features.len() as u16;
        Signature { features: features.into(), ends: [0, 0, all, all, all, all, all], ..Signature::default() }
    }

    #[test]
    fn candidates_are_the_heaviest_of_the_newest_under_each_feature() {
        let all: Vec<Vec<(u32, u32)>> = (0..6_000).map(|n| posted(&record(n))).collect();
        let mut postings = Postings::default();
        for n in 0..6_000u32 {
            let oldest = n.saturating_sub(2_500);
            if n % 700 == 699 {
                postings.sweep();
            }
            let signature = record(n);
            if n % 50 == 0 {
                let mut weights = std::collections::BTreeMap::new();
                for &(feature, weight) in &all[n as usize] {
                    let under = (0..n).rev().filter(|&r| all[r as usize].iter().any(|p| p.0 == feature));
                    for r in under.take(MOST_POSTED).filter(|&r| r >= oldest) {
                        *weights.entry(r).or_insert(0) += weight;
                    }
                }
                let mut expected: Vec<Candidate> = weights.into_iter().map(|(record, weight)| Candidate { record, weight }).collect();
                expected.sort_by_key(|c| (u32::MAX - c.weight, u32::MAX - c.record));
                expected.truncate(50);
                assert_eq!(postings.find(&signature, oldest, 50), expected, "record {n}");
            }
            postings.add(n, &signature, oldest);
        }
        // All of them left: a sweep that the next records finish leaves nothing but what these post.
        postings.sweep();
        for n in 6_000..6_000 + SHARDS as u32 {
            postings.add(n, &Signature::default(), n);
        }
        assert!(postings.shards.iter().all(|s| s.table.is_empty()) && postings.unswept == 0);
    }
}
