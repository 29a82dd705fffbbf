//! One record prepared to be compared with many: its features in small hash tables, its sums taken once.

use super::compare::Overlap;
use super::keys::KINDS;
use super::rarity::{WEIGHT_BITS, WEIGHT_MASK};
use super::signature::{LISTS, List, RARE, Signature};

/// A list as an open-addressed table, at most a quarter full.
#[derive(Debug, Clone, Copy, Default)]
struct Table {
    start: usize,
    mask: usize,
    length: u32,
    sums: Sums,
}

/// Weights of a list, their squares, and the squares of the rare ones.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    plain: u32,
    squares: u32,
    rare: u32,
}

impl Sums {
    fn of(features: &[u32]) -> Self {
        let mut s = Sums::default();
        for w in features.iter().map(|g| g & WEIGHT_MASK) {
            s.plain += w;
            s.squares += w * w;
            s.rare += if w >= RARE { w * w } else { 0 };
        }
        s
    }
}

/// The side of a comparison that stays the same.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    pub(crate) signature: &'a Signature,
    tables: [Table; LISTS],
    /// Features with weights as in the lists; 0 is free.
    slots: Vec<u32>,
    /// For each list, a bit for every feature it holds: rules out nearly all others without a branch.
    sieves: [[u64; SIEVE / 64]; LISTS],
    /// Slots of the words, heaviest first.
    words: Vec<u32>,
    /// Where the keys of each kind end.
    pub(crate) kinds: [u8; KINDS],
    /// The embedding's product with itself.
    pub(crate) norm: i32,
}

/// Bits of a sieve: at most 3 in 100 are set.
const SIEVE: usize = 4096;

impl<'a> Probe<'a> {
    /// Linear in the features, about a microsecond.
    pub(crate) fn new(signature: &'a Signature) -> Self {
        let mut tables = [Table::default(); LISTS];
        let mut total = 0;
        for list in List::HASHED {
            let features = signature.list(list);
            let size = (features.len() * 4).next_power_of_two();
            tables[list as usize] = Table { start: total, mask: size - 1, length: features.len() as u32, sums: Sums::of(features) };
            total += size;
        }
        let mut slots = vec![0u32; total];
        let mut sieves = [[0u64; SIEVE / 64]; LISTS];
        let mut words: Vec<u32> = Vec::with_capacity(usize::from(tables[List::Words as usize].length as u16));
        for list in List::HASHED {
            let Table { start, mask, .. } = tables[list as usize];
            let slots = &mut slots[start..=start + mask];
            for &g in signature.list(list) {
                let mut at = (g >> WEIGHT_BITS) as usize & mask;
                while slots[at] != 0 {
                    at = (at + 1) & mask;
                }
                slots[at] = g;
                let bit = sieve_bit(g);
                sieves[list as usize][bit / 64] |= 1 << (bit % 64);
                if list == List::Words {
                    words.push((start + at) as u32);
                }
            }
        }
        words.sort_unstable_by_key(|&s| u32::MAX - (slots[s as usize] & WEIGHT_MASK));
        let norm = product(&signature.embedding, &signature.embedding);
        Probe { signature, tables, slots, sieves, words, kinds: signature.kind_ends(), norm }
    }

    /// The slot of a feature of one list.
    fn find(&self, table: &Table, g: u32) -> Option<usize> {
        let mut at = (g >> WEIGHT_BITS) as usize & table.mask;
        loop {
            let slot = *self.slots.get(table.start + at)?;
            if slot == 0 {
                return None;
            }
            if slot >> WEIGHT_BITS == g >> WEIGHT_BITS {
                return Some(table.start + at);
            }
            at = (at + 1) & table.mask;
        }
    }

    /// What a list shares with that of another record. Leaves out what each side has alone.
    pub(crate) fn overlap(&self, list: List, other: &Signature) -> Overlap {
        let table = &self.tables[list as usize];
        let theirs = other.list(list);
        let (a, b) = (table.sums, Sums::of(theirs));
        let mut o = Overlap {
            a: a.plain,
            a2: a.squares,
            b: b.plain,
            b2: b.squares,
            rare: [a.rare, b.rare, 0],
            common: [a.squares - a.rare, b.squares - b.rare, 0],
            ..Overlap::default()
        };
        let sieve = &self.sieves[list as usize];
        let mut passed = [0u32; 64];
        for part in theirs.chunks(passed.len()) {
            // No branch here depends on the data: a wrong guess for every feature shared would cost more than the rest.
            let mut n = 0;
            for &g in part {
                passed[n % 64] = g;
                let bit = sieve_bit(g);
                n += (sieve[bit / 64] >> (bit % 64) & 1) as usize;
            }
            for &g in passed.iter().take(n) {
                if let Some(slot) = self.find(table, g) {
                    o.share(self.slots[slot] & WEIGHT_MASK, g & WEIGHT_MASK);
                }
            }
        }
        o.either = table.length + theirs.len() as u32 - o.both;
        o
    }

    /// Whether they share more than a trace of their character pairs: a cosine of 0.03.
    pub(crate) fn resembles(&self, other: &Signature) -> bool {
        let o = self.overlap(List::Bigrams, other);
        f64::from(o.shared2) >= 0.03 * libm::sqrt(f64::from(o.a2) * f64::from(o.b2))
    }

    /// The heaviest word of each side that the other lacks.
    pub(crate) fn words_alone(&self, other: &Signature) -> [u32; 2] {
        let table = &self.tables[List::Words as usize];
        let mut told = [0u64; 8];
        let mut theirs = 0;
        for &g in other.list(List::Words) {
            match self.find(table, g) {
                Some(slot) => told[(slot - table.start) >> 6 & 7] |= 1 << ((slot - table.start) & 63),
                None => theirs = theirs.max(g & WEIGHT_MASK),
            }
        }
        let alone = self.words.iter().map(|&s| s as usize).find(|s| told[(s - table.start) >> 6 & 7] >> ((s - table.start) & 63) & 1 == 0);
        [alone.map_or(0, |s| self.slots[s] & WEIGHT_MASK), theirs]
    }
}

fn sieve_bit(g: u32) -> usize {
    (g >> WEIGHT_BITS) as usize % SIEVE
}

/// Product of two quantised embeddings; no more than 128 of them, so it fits.
pub(crate) fn product(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&p, &q)| i32::from(p) * i32::from(q)).sum()
}
