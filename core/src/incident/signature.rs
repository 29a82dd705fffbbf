//! What is kept of a record: its rarest features as hashes, made once, compared by merging sorted lists.

use super::IncidentError;
use super::facts::Facts;
#[cfg(feature = "train")]
use super::hash::feature;
use super::hash::{Family, mix, of_bytes};
use super::keys::{KINDS, Key, Kind, names, numbers};
use super::rarity::{Rarity, WEIGHT_BITS, WEIGHT_MASK, unweighed};
use super::reading::{Reading, Unit};
use super::said;
use crate::bundle::BundleError;
use crate::text::{Prepared, quantize};
use serde::{Deserialize, Serialize};

/// Most features kept of each kind. A text of 100 characters keeps nearly all of them, a letter its rarest.
const MOST: [usize; LISTS] = [112, 56, 40, 24, 28, 16, 80];
pub(crate) const LISTS: usize = 7;

/// Lists of features, each ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum List {
    /// Pairs of units.
    Bigrams = 0,
    /// Triples of units.
    Trigrams = 1,
    /// Words of two characters or more.
    Words = 2,
    /// Pairs and triples of syllables where the characters are rare.
    Sounds = 3,
    /// Names and numbers, kind in the top four bits.
    Keys = 4,
    /// Pairs of units of the title.
    Title = 5,
    /// Single units outside formulae, weighed by how often they occur in the text too.
    Units = 6,
}

impl List {
    /// All but the keys, which are compared kind by kind.
    pub(crate) const HASHED: [List; 6] = [List::Bigrams, List::Trigrams, List::Words, List::Sounds, List::Title, List::Units];
}

/// What a text does, beside its features.
pub(crate) mod flag {
    use rustc_hash::FxHashMap;
    use std::sync::OnceLock;

    /// Asks a question.
    pub(crate) const QUESTION: u64 = 1;
    /// Says that it is said again.
    pub(crate) const AGAIN: u64 = 2;

    const QUESTION_WORDS: [&str; 16] =
        ["咨询", "请问", "如何", "怎么", "什么", "是否", "多少", "吗", "哪里", "哪个", "何时", "几点", "怎样", "?", "能否", "可否"];
    const AGAIN_WORDS: [&str; 8] = ["再次", "又", "多次", "仍然", "仍", "至今", "依然", "继续"];

    /// What a word does.
    pub(crate) fn of(word: &str) -> u64 {
        static WORDS: OnceLock<FxHashMap<&str, u64>> = OnceLock::new();
        let all = || QUESTION_WORDS.map(|w| (w, QUESTION)).into_iter().chain(AGAIN_WORDS.map(|w| (w, AGAIN))).collect();
        WORDS.get_or_init(all).get(word).copied().unwrap_or(0)
    }
}

/// The fingerprint of one record (at most 1.2 KB): enough to find and judge its duplicates without its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    #[serde(with = "bytes_of_u32")]
    pub(crate) features: Box<[u32]>,
    pub(crate) ends: [u16; LISTS],
    pub(crate) time: Option<i64>,
    /// Hash of the caller's token, 0 when unknown.
    pub(crate) caller: u64,
    /// Hash of the channel, 0 when unknown.
    pub(crate) channel: u32,
    pub(crate) units: u16,
    /// What the text does ([`flag`]) and the classes of what it says ([`said`]).
    pub(crate) flags: u64,
    #[serde(with = "bytes_of_i8")]
    pub(crate) embedding: Box<[i8]>,
    /// State of the order, as the platform gave it.
    pub(crate) status: Option<Box<str>>,
}

/// Four bytes each: hashes do not get shorter as varints.
mod bytes_of_u32 {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(v: &[u32], s: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(v.len() * 4);
        v.iter().for_each(|w| bytes.extend_from_slice(&w.to_le_bytes()));
        s.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Box<[u32]>, D::Error> {
        let bytes = <&serde_bytes::Bytes>::deserialize(d)?;
        Ok(bytes.as_chunks().0.iter().map(|w| u32::from_le_bytes(*w)).collect())
    }
}

mod bytes_of_i8 {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(v: &[i8], s: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = v.iter().map(|&b| b as u8).collect();
        s.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Box<[i8]>, D::Error> {
        let bytes = <&serde_bytes::Bytes>::deserialize(d)?;
        Ok(bytes.iter().map(|&b| b as i8).collect())
    }
}

const KIND_SHIFT: u32 = 28;
const EMBEDDING_MOST: usize = 128;

impl Signature {
    /// Makes the fingerprint of a prepared text.
    pub(crate) fn new(prepared: &Prepared, facts: &Facts<'_>, rarity: &Rarity) -> Self {
        let reading = Reading::new(prepared);
        let keys = keys_of(&reading, prepared, facts);
        Self::of(&reading, &keys, prepared, facts, rarity)
    }

    fn of(reading: &Reading, keys: &[Key], prepared: &Prepared, facts: &Facts<'_>, rarity: &Rarity) -> Self {
        let mut lists: [Vec<u32>; LISTS] = Default::default();
        let [bigrams, trigrams, words, sounds, names, title, units] = &mut lists;
        let (mut at, mut titled) = (0usize, 0usize);
        for run in reading.units.split(Unit::is_break) {
            bigrams.extend(run.windows(2).map(|w| unweighed(Family::Bigram, pair(w, unit_code))));
            trigrams.extend(run.windows(3).map(|w| unweighed(Family::Trigram, triple(w))));
            if at < reading.title {
                titled = bigrams.len();
            }
            at += run.len() + 1;
        }
        rarity.weigh_all(bigrams);
        title.extend_from_slice(&bigrams[..titled]);
        let pairs = reading.units.split(Unit::is_break).flat_map(|run| run.windows(2));
        // Words everybody uses cannot be misheard into a name.
        let rare = pairs.zip(bigrams.iter()).filter(|(w, gram)| *gram & WEIGHT_MASK >= RARE && w.iter().all(|u| u.sound > 0));
        sounds.extend(rare.map(|(w, _)| unweighed(Family::Sound, pair(w, super::keys::sound_code))));
        let (mut flags, content) = said::read(&reading.units);
        *units = units_of(&reading.units, &content, rarity);
        let text = prepared.text();
        let mut drops = reading.dropped.iter().peekable();
        for t in &prepared.tokens {
            while drops.peek().is_some_and(|d| d.1 <= t.start) {
                drops.next();
            }
            let word = t.of(text);
            flags |= flag::of(word);
            let chars = word.chars().take(13).count();
            if drops.peek().is_some_and(|d| d.0 <= t.start) || !(2..=12).contains(&chars) || !word.chars().all(char::is_alphabetic) {
                continue;
            }
            words.push(unweighed(Family::Word, of_bytes(word.as_bytes())));
        }
        for list in [trigrams, words, sounds] {
            list.sort_unstable();
            list.dedup();
            rarity.weigh_all(list);
        }
        for k in keys {
            let weighed = rarity.weigh(Family::Name, key_value(k));
            let hash = (weighed >> WEIGHT_BITS) & ((1 << (KIND_SHIFT - WEIGHT_BITS)) - 1);
            names.push((k.kind as u32) << KIND_SHIFT | hash << WEIGHT_BITS | weighed & WEIGHT_MASK);
        }
        let mut features = Vec::with_capacity(lists.iter().map(Vec::len).sum::<usize>().min(320));
        let mut ends = [0u16; LISTS];
        for (i, list) in lists.iter_mut().enumerate() {
            list.sort_unstable();
            list.dedup_by_key(|g| *g >> WEIGHT_BITS);
            rarest(list, MOST[i]);
            features.extend_from_slice(list);
            ends[i] = features.len() as u16;
        }
        Signature {
            features: features.into_boxed_slice(),
            ends,
            time: facts.time.map(|t| t.0),
            caller: facts.caller.filter(|c| !c.is_empty()).map_or(0, |c| of_bytes(c.as_bytes()).max(1)),
            channel: facts.channel.filter(|c| !c.is_empty()).map_or(0, |c| (of_bytes(c.as_bytes()) as u32).max(1)),
            units: reading.units.len().min(usize::from(u16::MAX)) as u16,
            flags,
            embedding: facts.embedding.map(quantised).unwrap_or_default(),
            status: facts.status.filter(|s| !s.is_empty()).map(Box::from),
        }
    }

    /// When the record was received, seconds since 1970.
    pub fn seconds(&self) -> Option<i64> {
        self.time
    }

    /// For sending to another machine.
    ///
    /// # Errors
    /// Never in practice: every field can be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, IncidentError> {
        Ok(postcard::to_allocvec(self).map_err(|e| BundleError::malformed("signature", e))?)
    }

    /// What [`Signature::to_bytes`] wrote; hostile bytes give an error.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IncidentError> {
        let (signature, rest): (Self, &[u8]) = postcard::take_from_bytes(bytes).map_err(|e| BundleError::malformed("signature", e))?;
        let ascending = signature.ends.windows(2).all(|w| w[0] <= w[1]);
        if !rest.is_empty() || !ascending || usize::from(signature.ends[LISTS - 1]) != signature.features.len() {
            return Err(BundleError::malformed("signature", "lists do not add up").into());
        }
        Ok(signature)
    }

    /// One list of features.
    pub(crate) fn list(&self, list: List) -> &[u32] {
        let i = list as usize;
        let from = if i == 0 { 0 } else { self.ends[i - 1] };
        self.features.get(usize::from(from)..usize::from(self.ends[i])).unwrap_or_default()
    }

    /// Keys of one kind.
    pub(crate) fn keys(&self, kind: Kind) -> &[u32] {
        let keys = self.list(List::Keys);
        let from = keys.partition_point(|&k| k >> KIND_SHIFT < kind as u32);
        let to = keys.partition_point(|&k| k >> KIND_SHIFT <= kind as u32);
        &keys[from..to]
    }

    /// Where the keys of each kind end among [`List::Keys`].
    pub(crate) fn kind_ends(&self) -> [u8; KINDS] {
        let mut ends = [0u8; KINDS];
        for &k in self.list(List::Keys) {
            if let Some(n) = ends.get_mut((k >> KIND_SHIFT) as usize) {
                *n += 1;
            }
        }
        let mut sum = 0;
        ends.map(|n| {
            sum += n;
            sum
        })
    }

    /// Every feature of a text without weights, for counting document frequencies.
    #[cfg(feature = "train")]
    pub(crate) fn count(prepared: &Prepared, mut each: impl FnMut(u32)) {
        let reading = Reading::new(prepared);
        let keys = keys_of(&reading, prepared, &Facts::default());
        let mut all: Vec<u32> =
            matter(&reading.units, &said::read(&reading.units).1).map(|u| feature(Family::Unit, u64::from(u.code))).collect();
        for run in reading.runs() {
            for w in run.windows(2) {
                all.push(feature(Family::Bigram, pair(w, unit_code)));
                if w.iter().all(|u| u.sound > 0) {
                    all.push(feature(Family::Sound, pair(w, super::keys::sound_code)));
                }
            }
            all.extend(run.windows(3).map(|w| feature(Family::Trigram, triple(w))));
        }
        for word in prepared.tokens.iter().map(|t| t.of(prepared.text())) {
            if (2..=12).contains(&word.chars().take(13).count()) && word.chars().all(char::is_alphabetic) {
                all.push(feature(Family::Word, of_bytes(word.as_bytes())));
            }
        }
        all.extend(keys.iter().map(|k| feature(Family::Name, key_value(k))));
        all.sort_unstable();
        all.dedup();
        all.into_iter().for_each(&mut each);
    }
}

/// Weight from which a feature is rare (an IDF of 6: one text in 400).
pub(crate) const RARE: u32 = 48;

/// The units that speak of the matter.
fn matter<'u>(units: &'u [Unit], content: &'u [bool]) -> impl Iterator<Item = &'u Unit> {
    units.iter().zip(content).filter(|(u, c)| **c && !u.is_break()).map(|(u, _)| u)
}

/// Single units: inverse document frequency times 1 + ln(occurrences).
fn units_of(units: &[Unit], content: &[bool], rarity: &Rarity) -> Vec<u32> {
    let mut codes: Vec<u32> = matter(units, content).map(|u| u.code).collect();
    codes.sort_unstable();
    let (mut grams, mut counts) = (Vec::with_capacity(codes.len()), Vec::with_capacity(codes.len()));
    for same in codes.chunk_by(|a, b| a == b) {
        grams.push(unweighed(Family::Unit, u64::from(same[0])));
        counts.push(same.len());
    }
    rarity.weigh_all(&mut grams);
    for (gram, count) in grams.iter_mut().zip(counts).filter(|(_, count)| *count > 1) {
        let weight = f64::from(*gram & WEIGHT_MASK) * (1.0 + libm::log(count as f64));
        *gram = *gram & !WEIGHT_MASK | (libm::round(weight) as u32).min(WEIGHT_MASK);
    }
    grams
}

fn unit_code(u: &Unit) -> u64 {
    u64::from(u.code)
}

fn pair(w: &[Unit], code: impl Fn(&Unit) -> u64) -> u64 {
    w.iter().fold(2, |h, u| mix(h ^ code(u)))
}

fn triple(w: &[Unit]) -> u64 {
    w.iter().fold(3, |h, u| mix(h ^ unit_code(u)))
}

fn key_value(k: &Key) -> u64 {
    mix(k.value ^ (k.kind as u64) << 50)
}

fn keys_of(reading: &Reading, prepared: &Prepared, facts: &Facts<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    for run in reading.runs() {
        names(run, &mut keys);
        numbers(run, prepared.text(), &mut keys);
    }
    for e in facts.entities.iter().filter(|e| e.kind == "plate") {
        let value = of_bytes(e.value.as_deref().unwrap_or(&e.text).as_bytes());
        keys.push(Key { kind: Kind::Plate, value, start: 0, end: 0 });
    }
    keys
}

/// Keeps the `most` rarest features of a list, in order of the features.
fn rarest(list: &mut Vec<u32>, most: usize) {
    if list.len() > most {
        list.sort_unstable_by_key(|g| (WEIGHT_MASK - (g & WEIGHT_MASK), *g));
        list.truncate(most);
        list.sort_unstable();
    }
}

/// Nothing when no word of the text is known.
fn quantised(v: &[f32]) -> Box<[i8]> {
    let values = quantize(v.get(..v.len().min(EMBEDDING_MOST)).unwrap_or_default());
    if values.iter().any(|&v| v != 0) { values.into_boxed_slice() } else { Box::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_there_and_back() {
        let signature = Signature {
            features: [1, 2, 3].into(),
            ends: [1, 1, 2, 2, 3, 3, 3],
            time: Some(7),
            caller: 8,
            channel: 0,
            units: 3,
            flags: flag::AGAIN,
            embedding: [-1, 2].into(),
            status: Some("open".into()),
        };
        let bytes = signature.to_bytes().unwrap();
        assert_eq!(Signature::from_bytes(&bytes).unwrap(), signature);
        assert!((0..bytes.len()).all(|n| Signature::from_bytes(&bytes[..n]).is_err()));
        let lying = Signature { ends: [2, 1, 2, 2, 3, 3, 3], ..signature };
        assert!(Signature::from_bytes(&lying.to_bytes().unwrap()).is_err());
    }
}
