//! Learning of the section `incident`: document frequencies from corpora, the pair score from labelled pairs and from our own incidents.
//!
//! Pairs: hand-labelled ones (`pairs.tsv`), and from the written requests the reports of one event (same), of twin and neighbouring
//! events at one place (different), and the nearest requests of other events (different). The calibration is fitted to scores of
//! models that had not seen a pair's connected component.

use super::IncidentError;
use super::boost::{Boost, Row};
use super::candidates::Postings;
use super::compare::{COUNT, compare};
use super::facts::Facts;
use super::forest::{Forest, Trees};
use super::hash::mix;
use super::model::{IncidentModel, SECTION, Stored};
use super::probe::Probe;
use super::rarity::{Rarity, RarityTable, WEIGHT_BITS, quantise};
use super::signature::Signature;
use crate::bundle::{Bundle, Recipe};
use crate::complaint::Time;
use crate::text::{Embedding, Prepared, Segmenter};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::path::Path;

/// A feature must occur in this many documents to be kept.
const LEAST_DOCUMENTS: u32 = 5;
/// The same in a slim bundle.
const LEAST_SLIM: u32 = 50;
/// Nearest requests of other events taken as different.
const NEAREST: usize = 8;

/// Source of a pair: decides its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Labelled,
    /// Labelled by one quick reader.
    Annotated,
    Written,
    Nearest,
}

struct Pair {
    a: String,
    b: String,
    same: bool,
    source: Source,
}

struct Text {
    prepared: Prepared,
    time: Option<Time>,
    caller: String,
    embedding: Option<Vec<f32>>,
}

struct Reader {
    segmenter: Segmenter,
    embedding: Option<Embedding>,
}

fn field<'v>(row: &'v Value, name: &str) -> &'v str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Reader {
    fn text(&self, row: &Value, time: &str) -> Text {
        let (title, detail) = (field(row, "title"), field(row, "detail"));
        let prepared = if title.is_empty() && detail.is_empty() {
            Prepared::new(field(row, "text"), None, &self.segmenter)
        } else {
            Prepared::new(&format!("{title}\n{detail}"), Some(title.len()), &self.segmenter)
        };
        let embedding = self.embedding.as_ref().map(|e| e.embed(&prepared));
        Text { prepared, time: Time::parse(field(row, time)).ok(), caller: field(row, "user").to_string(), embedding }
    }
}

impl Text {
    fn sign(&self, rarity: &Rarity) -> Signature {
        let facts = Facts {
            time: self.time,
            caller: Some(self.caller.as_str()).filter(|c| !c.is_empty()),
            embedding: self.embedding.as_deref(),
            ..Facts::default()
        };
        Signature::new(&self.prepared, &facts, rarity)
    }
}

fn rows(path: &Path) -> Result<Vec<Value>, IncidentError> {
    let text = std::fs::read_to_string(path).map_err(|e| IncidentError::Training(format!("{}: {e}", path.display())))?;
    let parse = |(n, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|e| IncidentError::Training(format!("{} line {}: {e}", path.display(), n + 1)))
    };
    text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()).map(parse).collect()
}

/// Learns the section `incident` from the corpus in `models` and the hotline rows in `shared`, and puts it into the bundle, which
/// must hold `dictionary` (and may hold the embedding). `train_only` leaves out every row whose split is `valid`. Without `shared` the
/// pair score knows our own written incidents only.
pub fn build(recipe: &Recipe<'_>, bundle: &mut Bundle) -> Result<(), IncidentError> {
    let Recipe { models, shared, train_only, slim } = *recipe;
    let reader = Reader { segmenter: Segmenter::from_bundle(bundle)?, embedding: Embedding::from_bundle(bundle)? };
    let used = |row: &Value| !(train_only && field(row, "split") == "valid");
    let written: Vec<Value> = rows(&models.join("corpus/requests.jsonl"))?.into_iter().filter(used).collect();
    let mut pairs: Vec<Pair> = Vec::new();
    let mut texts: FxHashMap<String, Text> = FxHashMap::default();
    let mut count = Count::default();
    if let Some(shared) = shared {
        let data = shared.join("data");
        let (mut labelled, held) = read_pairs(&data.join("pairs.tsv"), train_only, Source::Labelled)?;
        labelled.extend(read_pairs(&models.join("labels/pairs.tsv"), train_only, Source::Annotated)?.0);
        let wanted: FxHashSet<&str> = labelled.iter().flat_map(|p| [p.a.as_str(), p.b.as_str()]).collect();
        for (file, time, counted) in [
            ("stream_2019", "time", false),
            ("messages_labelled", "time", true),
            ("messages_unlabelled", "time", true),
            ("replies", "time", true),
            ("beijing_letters", "date", true),
            ("haikou", "date", true),
            ("pairs_extra", "date", false),
        ] {
            for row in rows(&data.join(format!("{file}.jsonl")))? {
                let id = field(&row, "id");
                if held.contains(id) {
                    continue;
                }
                let paired = wanted.contains(id);
                if !paired && !counted {
                    // The stream stands for a city not seen before: its names count as unknown.
                    count.skip(&row);
                    continue;
                }
                let text = reader.text(&row, time);
                if counted {
                    count.add(&row, &text.prepared);
                } else {
                    count.skip(&row);
                }
                if paired {
                    texts.insert(id.to_string(), text);
                }
            }
        }
        pairs = labelled;
        pairs.retain(|p| texts.contains_key(&p.a) && texts.contains_key(&p.b));
    }
    for row in &written {
        let text = reader.text(row, "");
        if field(row, "incident").is_empty() {
            count.add(row, &text.prepared);
        }
        texts.insert(field(row, "id").to_string(), text);
    }
    let table = count.table(if slim { LEAST_SLIM } else { LEAST_DOCUMENTS });
    let rarity = Rarity::new(&table, SECTION)?;
    let signatures: FxHashMap<&str, Signature> = texts.iter().map(|(id, t)| (id.as_str(), t.sign(&rarity))).collect();
    written_pairs(&written, &signatures, &mut pairs);
    let (forest, calibration) = learn(&pairs, &signatures);
    let stored = Stored { rarity: table, forest, calibration };
    IncidentModel::from_stored(stored.clone())?;
    bundle.insert(
        SECTION,
        &stored,
        "learned from labelled pairs of hotline texts and our own written incidents; hashes of features, no strings",
    )?;
    Ok(())
}

/// Pairs to learn from, and the ids of those left out.
fn read_pairs(path: &Path, train_only: bool, source: Source) -> Result<(Vec<Pair>, FxHashSet<String>), IncidentError> {
    let bad = |e: &dyn std::fmt::Display| IncidentError::Training(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| bad(&e))?;
    let (mut pairs, mut held) = (Vec::new(), FxHashSet::default());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [a, b, label, _, split] = cells[..] else { return Err(bad(&"a row has not five cells")) };
        if train_only && split == "valid" {
            held.extend([a.to_string(), b.to_string()]);
        } else {
            pairs.push(Pair { a: a.into(), b: b.into(), same: label == "S", source });
        }
    }
    Ok((pairs, held))
}

/// Document frequencies; a text that occurs in several files counts once.
#[derive(Default)]
struct Count {
    documents: u32,
    frequency: FxHashMap<u32, u32>,
    seen: FxHashSet<u64>,
}

impl Count {
    fn digest(row: &Value) -> u64 {
        let all = [field(row, "text"), field(row, "title"), field(row, "detail")];
        all.iter().flat_map(|t| t.chars()).filter(|c| c.is_alphanumeric()).fold(1, |h, c| mix(h ^ u64::from(c as u32)))
    }

    fn skip(&mut self, row: &Value) {
        self.seen.insert(Self::digest(row));
    }

    fn add(&mut self, row: &Value, prepared: &Prepared) {
        if self.seen.insert(Self::digest(row)) {
            self.documents += 1;
            Signature::count(prepared, |f| *self.frequency.entry(f).or_default() += 1);
        }
    }

    /// Of features in at least so many documents.
    fn table(&self, least: u32) -> RarityTable {
        let frequent = self.frequency.iter().filter(|f| *f.1 >= least);
        let mut entries: Vec<u32> = frequent.map(|(&f, &n)| f << WEIGHT_BITS | quantise(self.documents, n)).collect();
        entries.sort_unstable();
        let mut last = 0;
        let gaps = entries.iter().map(|&e| e - std::mem::replace(&mut last, e)).collect();
        RarityTable { documents: self.documents, gaps }
    }
}

fn written_pairs(written: &[Value], signatures: &FxHashMap<&str, Signature>, pairs: &mut Vec<Pair>) {
    let site = |r: &Value| ["site", "near", "incident"].iter().map(|f| field(r, f)).find(|s| !s.is_empty()).unwrap_or_default().to_string();
    let one = |a: &Value, b: &Value| !field(a, "incident").is_empty() && field(a, "incident") == field(b, "incident");
    let mut postings = Postings::default();
    for (i, row) in written.iter().enumerate() {
        let id = field(row, "id");
        let Some(signature) = signatures.get(id) else { continue };
        let (mut same_site, mut nearest) = (Vec::new(), 0);
        for (j, other) in written[..i].iter().enumerate() {
            if one(row, other) || !site(row).is_empty() && site(row) == site(other) {
                same_site.push(j);
            }
        }
        for &j in &same_site {
            pairs.push(Pair { a: id.into(), b: field(&written[j], "id").into(), same: one(row, &written[j]), source: Source::Written });
        }
        for c in postings.find(signature, 0, 64) {
            if nearest < NEAREST && !same_site.contains(&(c.record as usize)) {
                let b = field(&written[c.record as usize], "id").into();
                pairs.push(Pair { a: id.into(), b, same: false, source: Source::Nearest });
                nearest += 1;
            }
        }
        postings.add(i as u32, signature, 0);
    }
}

fn learn(pairs: &[Pair], signatures: &FxHashMap<&str, Signature>) -> (Forest, (f64, f64)) {
    let rows: Vec<Row<COUNT>> = pairs
        .iter()
        .filter_map(|p| {
            let weight = match p.source {
                Source::Labelled => 1.0,
                Source::Annotated | Source::Written => 0.6,
                Source::Nearest => 0.15,
            };
            Some(Row { x: compare(&Probe::new(signatures.get(p.a.as_str())?), signatures.get(p.b.as_str())?), same: p.same, weight })
        })
        .collect();
    let learner = Boost::default();
    let folds = folds(pairs);
    let mut odds = vec![0.0; rows.len()];
    for fold in 0..FOLDS {
        let seen: Vec<Row<COUNT>> = rows.iter().zip(&folds).filter(|(_, f)| **f != fold).map(|(r, _)| r.clone()).collect();
        let trees = Trees::new(&learner.fit(&seen));
        for ((o, r), _) in odds.iter_mut().zip(&rows).zip(&folds).filter(|(_, f)| **f == fold) {
            *o = trees.log_odds(&r.x);
        }
    }
    (learner.fit(&rows), calibrate(&rows, &odds))
}

const FOLDS: u64 = 5;

/// A fold for each pair; pairs that hang together by a record share it.
fn folds(pairs: &[Pair]) -> Vec<u64> {
    let mut parent: FxHashMap<&str, &str> = FxHashMap::default();
    fn find<'p>(parent: &FxHashMap<&'p str, &'p str>, mut x: &'p str) -> &'p str {
        while let Some(&up) = parent.get(x).filter(|&&u| u != x) {
            x = up;
        }
        x
    }
    for p in pairs.iter().filter(|p| p.source != Source::Nearest) {
        let (a, b) = (find(&parent, &p.a), find(&parent, &p.b));
        parent.insert(a, b);
    }
    pairs.iter().map(|p| super::hash::of_bytes(find(&parent, &p.a).as_bytes()) % FOLDS).collect()
}

/// Platt scaling of out-of-fold log-odds, by Newton steps.
fn calibrate(rows: &[Row<COUNT>], odds: &[f64]) -> (f64, f64) {
    let (mut scale, mut offset) = (1.0, 0.0);
    for _ in 0..30 {
        let (mut g, mut h) = ([0.0; 2], [1e-6, 0.0, 1e-6]);
        for (r, &o) in rows.iter().zip(odds) {
            let p = super::forest::logistic(scale * o + offset);
            let (d, v) = (r.weight * (f64::from(u8::from(r.same)) - p), r.weight * p * (1.0 - p));
            g = [g[0] + d * o, g[1] + d];
            h = [h[0] + v * o * o, h[1] + v * o, h[2] + v];
        }
        let det = h[0] * h[2] - h[1] * h[1];
        if det <= 1e-9 {
            break;
        }
        scale += (g[0] * h[2] - g[1] * h[1]) / det;
        offset += (g[1] * h[0] - g[0] * h[1]) / det;
    }
    (scale.max(0.1), offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::BundleError;

    #[test]
    fn missing_files_are_told() {
        let mut bundle = Bundle::default();
        bundle.insert("dictionary", &"拖欠 10\n".to_string(), "test").unwrap();
        let nowhere = Recipe { models: Path::new("nowhere"), shared: None, train_only: true, slim: false };
        let e = build(&nowhere, &mut bundle).unwrap_err();
        assert_eq!(e.code(), "incident.training");
        assert!(matches!(build(&nowhere, &mut Bundle::default()), Err(IncidentError::Bundle(BundleError::Missing(_)))));
    }
}
