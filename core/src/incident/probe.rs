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
        self.meet(list, other.list(list), |_, _| {})
    }

    /// The same, told of every feature shared: its place in the other list, ascending, and its slot.
    #[inline]
    fn meet(&self, list: List, theirs: &[u32], mut each: impl FnMut(usize, usize)) -> Overlap {
        let table = &self.tables[list as usize];
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
        const PART: usize = 64;
        let mut passed = [0u8; PART];
        let mut shared = [[0u32; PART]; 2];
        for (p, part) in theirs.chunks(PART).enumerate() {
            // No branch here depends on the data: a wrong guess for every feature shared would cost more than the rest.
            let mut n = 0;
            for (i, &g) in part.iter().enumerate() {
                passed[n % PART] = i as u8;
                let bit = sieve_bit(g);
                n += (sieve[bit / 64] >> (bit % 64) & 1) as usize;
            }
            let mut both = 0;
            for &i in passed.iter().take(n) {
                let g = part[usize::from(i) % part.len()];
                if let Some(slot) = self.find(table, g) {
                    shared[0][both % PART] = self.slots[slot] & WEIGHT_MASK;
                    shared[1][both % PART] = g & WEIGHT_MASK;
                    both += 1;
                    each(p * PART + usize::from(i), slot);
                }
            }
            let both = both.min(PART);
            o.share(&shared[0][..both], &shared[1][..both]);
        }
        o.either = table.length + theirs.len() as u32 - o.both;
        o
    }

    /// Whether they share more than a trace of their character pairs, a cosine of 0.03: what they share then.
    pub(crate) fn resembles(&self, other: &Signature) -> Option<Overlap> {
        let o = self.overlap(List::Bigrams, other);
        (f64::from(o.shared2) >= 0.03 * libm::sqrt(f64::from(o.a2) * f64::from(o.b2))).then_some(o)
    }

    /// What the words share, and the heaviest word of each side that the other lacks.
    pub(crate) fn words(&self, other: &Signature) -> (Overlap, [u32; 2]) {
        let start = self.tables[List::Words as usize].start;
        let list = other.list(List::Words);
        let heaviest = |words: &[u32]| words.iter().map(|g| g & WEIGHT_MASK).max().unwrap_or(0);
        let mut told = [0u64; 8];
        let (mut theirs, mut next) = (0, 0);
        let overlap = self.meet(List::Words, list, |at, slot| {
            told[(slot - start) >> 6 & 7] |= 1 << ((slot - start) & 63);
            theirs = theirs.max(heaviest(&list[next..at]));
            next = at + 1;
        });
        theirs = theirs.max(heaviest(&list[next..]));
        let alone = self.words.iter().map(|&s| s as usize).find(|s| told[(s - start) >> 6 & 7] >> ((s - start) & 63) & 1 == 0);
        (overlap, [alone.map_or(0, |s| self.slots[s] & WEIGHT_MASK), theirs])
    }
}

fn sieve_bit(g: u32) -> usize {
    (g >> WEIGHT_BITS) as usize % SIEVE
}

/// Product of two quantised embeddings; no more than 128 of them, so it fits.
pub(crate) fn product(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&p, &q)| i32::from(p) * i32::from(q)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::hash::mix;
    use crate::incident::keys::Kind;

    /// A fingerprint of words alone, some of them of a small vocabulary; weights from the hash.
    fn words(seed: u64, n: u64) -> Signature {
        let word = |i| {
            let h = mix(seed ^ i) % 60;
            (mix(h) as u32) << WEIGHT_BITS | (mix(h + 1) % 120 + 1) as u32
        };
        let mut features: Vec<u32> = (0..n).map(word).collect();
        features.sort_unstable();
        features.dedup_by_key(|g| *g >> WEIGHT_BITS);
        let all = features.len() as u16;
        Signature { features: features.into(), ends: [0, 0, all, all, all, all, all], ..Signature::default() }
    }

    #[test]
    fn an_overlap_is_what_comparing_each_with_each_gives() {
        assert_eq!(Kind::Plate as usize + 1, KINDS);
        for seed in 0..200 {
            // Longer than a fingerprint of ours, as one from elsewhere may be.
            let (a, b) = (words(seed, seed % 150), words(seed + 1000, seed * 7 % 150));
            let (o, [mine, theirs]) = Probe::new(&a).words(&b);
            let weight = |g: &u32| g & WEIGHT_MASK;
            let has = |s: &Signature, g: &u32| s.features.iter().any(|f| f >> WEIGHT_BITS == g >> WEIGHT_BITS);
            let both: Vec<u32> = a.features.iter().filter(|g| has(&b, g)).map(weight).collect();
            let alone = |s: &Signature, other| s.features.iter().filter(|g| !has(other, g)).map(weight).max().unwrap_or(0);
            assert_eq!([mine, theirs], [alone(&a, &b), alone(&b, &a)], "seed {seed}");
            let sum = |keep: &dyn Fn(u32) -> bool, power| both.iter().filter(|w| keep(**w)).map(|w| w.pow(power)).sum::<u32>();
            let mut heaviest = both.clone();
            heaviest.sort_unstable_by(|a, b| b.cmp(a));
            let at = |n: usize| heaviest.get(n).copied().unwrap_or(0);
            assert_eq!((o.both as usize, o.rarest, o.second), (both.len(), at(0), at(1)));
            assert_eq!((o.shared, o.shared2, o.dot), (sum(&|_| true, 1), sum(&|_| true, 2), sum(&|_| true, 2)));
            assert_eq!((o.rare[2], o.rare_mass, o.common[2]), (sum(&|w| w >= RARE, 2), sum(&|w| w >= RARE, 1), sum(&|w| w < RARE, 2)));
            assert_eq!(o.either as usize, a.features.len() + b.features.len() - both.len());
        }
    }
}
