//! Learns the shipped classifiers from hand labels and written requests.

use super::{SECTION, TASKS, TAXONOMY, Taxonomy, TopicError};
use crate::bundle::{Bundle, Recipe};
use crate::learn::train::{Fitted, Settings, Task, fit};
use crate::learn::{Features, Prediction};
use crate::text::{Prepared, Segmenter};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Hand labels were made on so much of the text.
const SEEN: usize = 240;
/// Bytes for all six classifiers and their vocabulary, and weights of a feature in each.
const BUDGET: (usize, usize) = (8_000_000, 24);
/// The same of a slim bundle.
const SLIM: (usize, usize) = (2_600_000, 12);
/// Weights of a feature in an auxiliary classifier.
const AUXILIARY_WIDTH: usize = 4;
/// Weight of a written request beside a hand-labelled text: there are fewer, and they must hold too.
const WRITTEN: f32 = 3.0;
/// Weight of one written for its topic alone.
const TOPICS: f32 = 1.2;
/// Weight of a text that one reader annotated quickly: its labels are less sure, and it was chosen because it is hard, so that it teaches
/// and is not calibrated on.
const ANNOTATED: f32 = 0.8;
const SOURCES: [&str; 7] =
    ["haikou", "messages_labelled", "messages_labelled_tokens_only", "messages_unlabelled", "stream_2019", "replies", "beijing_letters"];

/// Labels of another book: its name, its files, and where the label stands.
type Book = (&'static str, &'static [&'static str], fn(&Value) -> String);

/// The books the auxiliary classifiers learn from.
const AUXILIARY: [Book; 4] = [
    ("message class", &["messages_labelled", "messages_labelled_tokens_only"], |v| field(v, "label").to_string()),
    ("order unit", &["haikou"], |v| field(v, "unit_std").to_string()),
    ("order category", &["haikou"], |v| category(v, "new", &["cat1", "cat2"])),
    ("old order category", &["haikou"], |v| category(v, "old", &["cat1"])),
];
/// An auxiliary label must have so many rows.
const LEAST_ROWS: usize = 8;

fn category(value: &Value, scheme: &str, fields: &[&str]) -> String {
    let parts: Vec<&str> = fields.iter().map(|f| field(value, f)).collect();
    if field(value, "scheme") == scheme && !parts[0].is_empty() { parts.join("/") } else { String::new() }
}

/// A labelled text.
#[derive(Debug, Clone, Default)]
pub struct HandRow {
    /// The text, as much of it as was read for its labels.
    pub text: String,
    /// Byte length of its title.
    pub title_len: Option<usize>,
    /// Label of each of [`TASKS`].
    pub labels: [Option<String>; TASKS.len()],
    /// Answers of classifiers that had not seen the text, to each labelled task in the order of [`TASKS`].
    pub unseen: Vec<Prediction>,
    /// How much it counts in training.
    weight: f32,
    /// Labels of [`AUXILIARY`].
    auxiliary: [Option<String>; AUXILIARY.len()],
}

/// Puts taxonomy and classifiers into a bundle that holds the dictionary. Without `shared` they are learned from the open corpus alone,
/// which knows neither level nor unit: those come from catalogue and geography then.
/// Gives the hand-labelled texts with what classifiers that had not seen them say.
pub fn build(recipe: &Recipe<'_>, bundle: &mut Bundle) -> Result<Vec<HandRow>, TopicError> {
    let Recipe { models, shared, train_only, slim } = *recipe;
    let taxonomy = Taxonomy::open(&models.join("taxonomy"))?;
    bundle.insert(TAXONOMY, &taxonomy, "domains and problems after the published 每月一题 of Beijing; examples of our own")?;
    let mut rows = shared.map_or(Ok(Vec::new()), |shared| hotline_rows(models, shared, train_only))?;
    let hand = rows.len();
    rows.extend(written_rows(models, train_only)?);
    let weights: Vec<f32> = rows.iter().map(|r| r.weight).collect();
    let segmenter = Segmenter::from_bundle(bundle)?;
    let texts: Vec<Features> = rows.iter().map(|r| Features::extract(&Prepared::new(&r.text, r.title_len, &segmenter))).collect();
    let tasks: Vec<Task> = TASKS
        .iter()
        .enumerate()
        .map(|(t, name)| {
            let labels: Vec<Option<&str>> = rows.iter().map(|r| r.labels[t].as_deref()).collect();
            let stacked = matches!(*name, "domain" | "level" | "unit");
            Task { topical: !matches!(*name, "type" | "urgency"), stacked, ..Task::new(name, &labels) }
        })
        .filter(|task| !task.labels.is_empty())
        .collect();
    let auxiliary: Vec<Task> = AUXILIARY
        .iter()
        .enumerate()
        .map(|(a, (name, ..))| frequent(name, rows.iter().map(|r| r.auxiliary[a].as_deref()).collect()))
        .filter(|task| !task.labels.is_empty())
        .collect();
    let (budget, width) = if slim { SLIM } else { BUDGET };
    let settings = Settings { budget, width, auxiliary_width: AUXILIARY_WIDTH, ..Settings::default() };
    let Fitted { classifiers, unseen } = fit(&texts, &tasks, &auxiliary, &weights, false, settings)?;
    bundle.insert(
        SECTION,
        &classifiers.to_parts(),
        if hand > 0 {
            "learned from hand-labelled hotline texts, their cities' own labels, and requests of our own; hashes, no texts"
        } else {
            "learned from requests of our own (Apache-2.0); hashes, no texts"
        },
    )?;
    rows.truncate(hand);
    for unseen in unseen.into_iter().flatten() {
        if let Some(row) = rows.get_mut(unseen.row) {
            row.unseen.push(unseen.answer);
        }
    }
    Ok(rows)
}

/// A task over the labels that have rows enough.
fn frequent(name: &str, mut labels: Vec<Option<&str>>) -> Task {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels.iter().flatten().for_each(|l| *counts.entry(l).or_default() += 1);
    labels.iter_mut().for_each(|l| *l = l.filter(|l| counts.get(l).is_some_and(|n| *n >= LEAST_ROWS)));
    Task::new(name, &labels)
}

fn read(path: &Path) -> Result<String, TopicError> {
    std::fs::read_to_string(path).map_err(|source| TopicError::File { path: path.display().to_string(), source })
}

fn jsonl(path: &Path) -> Result<Vec<Value>, TopicError> {
    let fault = |e| TopicError::Taxonomy(format!("{}: {e}", path.display()));
    read(path)?.lines().filter(|l| !l.trim().is_empty()).map(|l| serde_json::from_str(l).map_err(fault)).collect()
}

fn field<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn table(path: &Path, delimiter: u8) -> Result<Vec<BTreeMap<String, String>>, TopicError> {
    let text = read(path)?;
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|e| TopicError::Taxonomy(format!("{}: {e}", path.display())))
}

/// Hand-labelled texts, and texts with labels of other books.
fn hotline_rows(models: &Path, shared: &Path, train_only: bool) -> Result<Vec<HandRow>, TopicError> {
    let mut sources: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    for name in SOURCES {
        for value in jsonl(&shared.join("data").join(format!("{name}.jsonl")))? {
            sources.insert(field(&value, "id").to_string(), (name, value));
        }
    }
    let units = table(&shared.join("beijing/units.csv"), b',')?;
    let official: BTreeMap<&str, &str> =
        units.iter().filter_map(|u| Some((u.get("short")?.as_str(), u.get("official")?.as_str()))).collect();
    let get = |l: &BTreeMap<String, String>, k: &str| l.get(k).cloned().unwrap_or_default();
    let annotated = table(&models.join("labels/annotated.tsv"), b'\t')?;
    let annotated: BTreeMap<String, &BTreeMap<String, String>> = annotated.iter().map(|l| (get(l, "id"), l)).collect();
    let hand = table(&shared.join("data/labels/hand.tsv"), b'\t')?;
    let hand: BTreeMap<String, &BTreeMap<String, String>> = hand.iter().map(|l| (get(l, "id"), l)).collect();
    let body = |v: &Value| {
        let name = ["detail", "text", "tokens"].into_iter().find(|n| v.get(n).is_some());
        name.map_or("", |n| field(v, n)).to_string()
    };
    // Texts repeat across files: the text of a row held out must not come in by another id.
    let out = |l: &BTreeMap<String, String>| train_only && get(l, "split") == "valid";
    let held: BTreeSet<String> = hand.iter().filter(|(_, l)| out(l)).filter_map(|(id, _)| sources.get(id)).map(|s| body(&s.1)).collect();
    let mut rows = Vec::new();
    // Neighbouring ids are of one source; calibration wants each stretch of rows to hold all.
    let mut mixed: Vec<_> = sources.iter().collect();
    mixed.sort_by_key(|s| (crc32fast::hash(s.0.as_bytes()), s.0));
    for (id, (file, source)) in mixed {
        let full = body(source);
        if held.contains(&full) {
            continue;
        }
        let auxiliary = AUXILIARY.map(|(_, files, label)| Some(label(source)).filter(|l| files.contains(file) && !l.is_empty()));
        let (given, weight) = match hand.get(id) {
            Some(l) => (Some(l), 1.0),
            None => (annotated.get(id), ANNOTATED),
        };
        let labels = given.map_or_else(Default::default, |l| {
            let unit = get(l, "unit");
            let unit = official.get(unit.as_str()).map_or(unit.clone(), |o| o.to_string());
            [get(l, "domain"), get(l, "problem"), get(l, "type"), get(l, "urgency"), get(l, "level"), unit]
                .map(|l| Some(l).filter(|l| !l.is_empty()))
        });
        if labels.iter().chain(&auxiliary).all(Option::is_none) {
            continue;
        }
        let short: String = full.chars().take(SEEN).collect();
        let title = field(source, "title");
        let (text, title_len) = if title.is_empty() { (short, None) } else { (format!("{title}\n{short}"), Some(title.len())) };
        rows.push(HandRow { text, title_len, labels, weight, auxiliary, ..HandRow::default() });
    }
    Ok(rows)
}

fn written_rows(models: &Path, train_only: bool) -> Result<Vec<HandRow>, TopicError> {
    let requests = jsonl(&models.join("corpus/requests.jsonl"))?;
    let more = jsonl(&models.join("corpus/topics.jsonl"))?;
    let used = requests.iter().filter(|v| !train_only || field(v, "split") != "valid");
    let mut rows = Vec::new();
    for (v, weight) in used.map(|v| (v, WRITTEN)).chain(more.iter().map(|v| (v, TOPICS))) {
        let label = |v: &Value, k: &str| Some(field(v, k).to_string()).filter(|l| !l.is_empty());
        let urgency = v["urgency"].as_u64().map(|u| u.to_string());
        let mut text = field(v, "text").to_string();
        // The labels speak of the first matter; the second is a row of its own.
        if let Some(start) = v["second"]["start"].as_u64() {
            let at = text.char_indices().nth(start as usize).map_or(text.len(), |c| c.0);
            let labels = [label(&v["second"], "domain"), label(&v["second"], "problem"), None, None, None, None];
            rows.push(HandRow { text: text.split_off(at), labels, weight, ..HandRow::default() });
        }
        let labels = [label(v, "domain"), label(v, "problem"), label(v, "type"), urgency, None, None];
        rows.push(HandRow { text, labels, weight, ..HandRow::default() });
    }
    Ok(rows)
}
