//! A record among its candidates: which of them are related to it.

use super::compare::{Features, compare_beyond};
use super::model::{IncidentModel, RELATED};
use super::probe::Probe;
use super::signature::{List, Signature};

/// Heaviest candidates that are compared in full; of the others only those that resemble the record at all. (On `stream_2019` this
/// leaves out half of the comparisons and 2 in 1,000 of the pairs that are one matter.)
const SURE: usize = 16;

/// What of a fingerprint will be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Bigrams,
    /// All but the bigrams.
    Rest,
}

/// Reads a word of every cache line of what will be compared. Scattered records come from main memory; here the processor waits for
/// many of them at once, in the comparisons it would wait for one after another.
pub(super) fn fetch<'s>(signatures: impl Iterator<Item = (&'s Signature, Part)> + Clone) {
    const LINE: usize = 16;
    // Where the lists lie and how long they are, before the first of them is followed.
    let place = |s: &Signature| s.features.len() ^ s.embedding.len() ^ usize::from(s.ends[0]) ^ s.flags as usize;
    std::hint::black_box(signatures.clone().fold(0, |x, (s, _)| x ^ place(s)));
    let mut all = 0;
    for (s, part) in signatures {
        let bigrams = s.list(List::Bigrams).len();
        let features = match part {
            Part::Whole => &s.features,
            Part::Bigrams => &s.features[..bigrams],
            Part::Rest => &s.features[bigrams..],
        };
        all ^= features.iter().step_by(LINE).fold(0, |x, f| x ^ f);
        if part != Part::Bigrams {
            all ^= s.embedding.first().map_or(0, |&e| e as u32) ^ s.embedding.last().map_or(0, |&e| e as u32);
        }
    }
    std::hint::black_box(all);
}

impl IncidentModel {
    /// Of a record's candidates, those that are [related](super::PairRelation) at least, and the probability of [`IncidentModel::score`]:
    /// all that an index knows of a new record. A candidate comes with its place, and is told by it, among all candidates
    /// [heaviest first](super::IncidentIndex::neighbours): those far down that hardly resemble the record are passed over.
    pub fn related(&self, signature: &Signature, candidates: &[(usize, &Signature)]) -> Vec<(usize, f64)> {
        self.related_to(&Probe::new(signature), candidates)
    }

    pub(super) fn related_to(&self, probe: &Probe<'_>, candidates: &[(usize, &Signature)]) -> Vec<(usize, f64)> {
        fetch(candidates.iter().map(|&(place, s)| (s, if place < SURE { Part::Whole } else { Part::Bigrams })));
        let resembling = |&(place, s): &(usize, &'_ Signature)| {
            if place < SURE { Some(probe.overlap(List::Bigrams, s)) } else { probe.resembles(s) }
        };
        let worth: Vec<_> = candidates.iter().filter_map(|c| Some((c.0, c.1, resembling(c)?))).collect();
        fetch(worth.iter().filter(|w| w.0 >= SURE).map(|w| (w.1, Part::Rest)));
        let compared: Vec<Features> = worth.iter().map(|(_, s, bigrams)| compare_beyond(probe, s, bigrams)).collect();
        let ps = self.same_of(&compared);
        worth.into_iter().map(|w| w.0).zip(ps).filter(|(_, p)| *p >= RELATED).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::{Relation, Time};
    use crate::incident::forest::{Forest, LEAF, Node};
    use crate::incident::hash::mix;
    use crate::incident::model::Stored;
    use crate::incident::rarity::WEIGHT_BITS;
    use crate::incident::{IncidentIndex, IndexSettings};
    use std::sync::Arc;

    const DAY: i64 = 86_400;

    /// Judges by the cosine of the words: different, related, or one matter.
    fn model() -> Arc<IncidentModel> {
        let node = |value, right| Node { feature: 2, value, right, missing_left: true };
        let leaf = |value| Node { feature: LEAF, value, right: 0, missing_left: false };
        let nodes = vec![node(0.3, 2), leaf(-4.0), node(0.7, 2), leaf(-1.0), leaf(2.0)];
        let forest = Forest { nodes, roots: vec![0], ..Forest::default() };
        Arc::new(IncidentModel::from_stored(Stored { rarity: Default::default(), forest, calibration: (1.0, 0.0) }).unwrap())
    }

    /// A record of nine words; those of one matter (of 40) have most of them in common, and some words are everybody's.
    fn record(n: u32, time: Option<i64>) -> Signature {
        let matter = mix(u64::from(n)) % 40;
        let word = |k: u64| if mix(u64::from(n) << 8 | k) % 9 < 2 { mix(u64::from(n) ^ k << 40) % 30 } else { 1_000 + matter * 9 + k };
        let mut features: Vec<u32> = (0..9).map(|k| mix(word(k)) as u32).map(|w| w << WEIGHT_BITS | (1 + w % 100)).collect();
        features.sort_unstable();
        features.dedup_by_key(|g| *g >> WEIGHT_BITS);
        let all = features.len() as u16;
        Signature {
            features: features.into(),
            ends: [0, 0, all, all, all, all, all],
            time,
            caller: u64::from(n % 7),
            ..Signature::default()
        }
    }

    #[test]
    fn a_record_among_what_is_related_to_it_is_placed_as_among_all() {
        let (model, settings) = (model(), IndexSettings { window_days: 20, candidates: 30 });
        let (mut all, mut among) = (IncidentIndex::new(model.clone(), settings), IncidentIndex::new(model.clone(), settings));
        let signed: Vec<Signature> = (0..900u32).map(|n| record(n, (n >= 5).then(|| i64::from(n) * DAY / 12))).collect();
        let (mut shared, mut dropped) = (0, 0);
        for (n, signature) in signed.iter().enumerate() {
            // The window moves first, as in an insert.
            if let Some(time) = signature.time {
                all.evict(Time(time - 20 * DAY));
            }
            let near = all.neighbours(signature);
            let number = |id: &&str| id.parse::<usize>().unwrap();
            let candidates: Vec<(usize, &Signature)> = near.iter().map(|id| &signed[number(id)]).enumerate().collect();
            // In two parts, as when they are met in different places.
            let (odd, even): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.0 % 2 == 1);
            let mut related = [model.related(signature, &odd), model.related(signature, &even)].concat();
            related.sort_by_key(|r| r.0);
            let related: Vec<String> = related.into_iter().map(|r| near[r.0].to_string()).collect();
            dropped += near.len() - related.len();
            let related: Vec<&str> = related.iter().map(String::as_str).chain(["nobody"]).collect();
            let told = among.insert_among(&n.to_string(), signature, &related);
            shared += usize::from(told.relation != Relation::New);
            assert_eq!(told, all.insert(&n.to_string(), signature), "record {n}");
        }
        assert!(shared > 300 && dropped > 3_000, "{shared} of 900 joined, {dropped} candidates not told");
        assert_eq!(all.statistics().records, among.statistics().records);
        let alone = among.insert_among("alone", &signed[899], &[]);
        assert_eq!((alone.relation, alone.p), (Relation::New, 1.0));
    }

    #[test]
    fn a_part_of_a_stream_keeps_its_window() {
        let live = |mut index: IncidentIndex| {
            index.insert("a", &record(1, None));
            index.insert("b", &record(2, Some(25 * DAY)));
            index.placement("a").is_some()
        };
        let settings = IndexSettings { window_days: 20, candidates: 30 };
        assert!(live(IncidentIndex::new(model(), settings)));
        assert!(!live(IncidentIndex::since(model(), settings, Time(0))));
    }

    #[test]
    fn an_id_that_comes_again_is_known_within_the_window() {
        let mut index = IncidentIndex::new(model(), IndexSettings { window_days: 20, candidates: 30 });
        let first = index.insert("a", &record(1, Some(0)));
        assert_eq!(index.insert("a", &record(2, Some(20 * DAY))).incident, first.incident);
        assert_ne!(index.insert("a", &record(2, Some(21 * DAY))).incident, first.incident);
    }
}
