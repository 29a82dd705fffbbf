//! Learns the shipped classifiers from hand labels and written requests.

use super::{SECTION, TASKS, TAXONOMY, Taxonomy, TopicError};
use crate::bundle::Bundle;
use crate::learn::train::{Fitted, Settings, Task, fit};
use crate::learn::{Features, Prediction};
use crate::text::{Prepared, Segmenter};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Hand labels were made on so much of the text.
const SEEN: usize = 240;
/// Bytes for all six classifiers and their vocabulary.
const BUDGET: usize = 2_400_000;
/// Weight of a written request beside a hand-labelled text: there are fewer, and they must hold too.
const WRITTEN: f32 = 3.0;
const SOURCES: [&str; 6] = ["haikou", "messages_labelled", "messages_unlabelled", "stream_2019", "replies", "beijing_letters"];

/// A labelled text.
#[derive(Debug, Clone)]
pub struct HandRow {
    /// The text, as much of it as was read for its labels.
    pub text: String,
    /// Byte length of its title.
    pub title_len: Option<usize>,
    /// Label of each of [`TASKS`].
    pub labels: [Option<String>; TASKS.len()],
    /// Answers of classifiers that had not seen the text, to each labelled task in the order of [`TASKS`].
    pub unseen: Vec<Prediction>,
}

/// Puts taxonomy and classifiers into a bundle that holds the dictionary. Without `shared` they are learned from the open corpus alone,
/// which knows neither level nor unit: those come from catalogue and geography then.
/// Gives the hand-labelled texts with what classifiers that had not seen them say.
pub fn build(models: &Path, shared: Option<&Path>, train_only: bool, bundle: &mut Bundle) -> Result<Vec<HandRow>, TopicError> {
    let taxonomy = Taxonomy::open(&models.join("taxonomy"))?;
    bundle.insert(TAXONOMY, &taxonomy, "domains and problems after the published 每月一题 of Beijing; examples of our own")?;
    let mut rows = shared.map_or(Ok(Vec::new()), |shared| hand_rows(shared, train_only))?;
    let hand = rows.len();
    rows.extend(written_rows(models, train_only)?);
    let weights: Vec<f32> = (0..rows.len()).map(|i| if i < hand { 1.0 } else { WRITTEN }).collect();
    let segmenter = Segmenter::from_bundle(bundle)?;
    let texts: Vec<Features> = rows.iter().map(|r| Features::extract(&Prepared::new(&r.text, r.title_len, &segmenter))).collect();
    let tasks: Vec<Task> = TASKS
        .iter()
        .enumerate()
        .map(|(t, name)| {
            let labels: Vec<Option<&str>> = rows.iter().map(|r| r.labels[t].as_deref()).collect();
            Task { topical: !matches!(*name, "type" | "urgency"), ..Task::new(name, &labels) }
        })
        .filter(|task| !task.labels.is_empty())
        .collect();
    let settings = Settings { budget: BUDGET, width: 12, ..Settings::default() };
    let Fitted { classifiers, unseen, unseen_rows } = fit(&texts, &tasks, &weights, false, settings)?;
    bundle.insert(
        SECTION,
        &classifiers.to_parts(),
        if hand > 0 {
            "learned from hand-labelled hotline texts and requests of our own; hashes, no texts"
        } else {
            "learned from requests of our own (Apache-2.0); hashes, no texts"
        },
    )?;
    rows.truncate(hand);
    for (at, answer) in unseen_rows.into_iter().zip(unseen).flat_map(|(rows, answers)| rows.into_iter().zip(answers)) {
        if let Some(row) = rows.get_mut(at) {
            row.unseen.push(answer.1);
        }
    }
    Ok(rows)
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

fn hand_rows(shared: &Path, train_only: bool) -> Result<Vec<HandRow>, TopicError> {
    let mut sources = BTreeMap::new();
    for name in SOURCES {
        for value in jsonl(&shared.join("data").join(format!("{name}.jsonl")))? {
            sources.insert(field(&value, "id").to_string(), value);
        }
    }
    let units = table(&shared.join("beijing/units.csv"), b',')?;
    let official: BTreeMap<&str, &str> =
        units.iter().filter_map(|u| Some((u.get("short")?.as_str(), u.get("official")?.as_str()))).collect();
    let labels = table(&shared.join("data/labels/hand.tsv"), b'\t')?;
    let get = |l: &BTreeMap<String, String>, k: &str| l.get(k).cloned().unwrap_or_default();
    let body = |v: &Value| if v.get("detail").is_some() { field(v, "detail").to_string() } else { field(v, "text").to_string() };
    // Texts repeat across files: the text of a row held out must not come in by another id.
    let held: BTreeSet<String> =
        labels.iter().filter(|l| train_only && get(l, "split") == "valid").filter_map(|l| sources.get(&get(l, "id")).map(&body)).collect();
    let mut rows = Vec::new();
    for l in &labels {
        let Some(source) = sources.get(&get(l, "id")) else { continue };
        let full = body(source);
        if train_only && (get(l, "split") == "valid" || held.contains(&full)) {
            continue;
        }
        let short: String = full.chars().take(SEEN).collect();
        let title = field(source, "title");
        let (text, title_len) = if title.is_empty() { (short, None) } else { (format!("{title}\n{short}"), Some(title.len())) };
        let unit = get(l, "unit");
        let unit = official.get(unit.as_str()).map_or(unit.clone(), |o| o.to_string());
        let labels = [get(l, "domain"), get(l, "problem"), get(l, "type"), get(l, "urgency"), get(l, "level"), unit];
        rows.push(HandRow { text, title_len, labels: labels.map(|l| Some(l).filter(|l| !l.is_empty())), unseen: Vec::new() });
    }
    Ok(rows)
}

fn written_rows(models: &Path, train_only: bool) -> Result<Vec<HandRow>, TopicError> {
    let requests = jsonl(&models.join("corpus/requests.jsonl"))?;
    let mut rows = Vec::new();
    for v in requests.iter().filter(|v| !train_only || field(v, "split") != "valid") {
        let label = |v: &Value, k: &str| Some(field(v, k).to_string()).filter(|l| !l.is_empty());
        let urgency = v["urgency"].as_u64().map(|u| u.to_string());
        let mut text = field(v, "text").to_string();
        // The labels speak of the first matter; the second is a row of its own.
        if let Some(start) = v["second"]["start"].as_u64() {
            let at = text.char_indices().nth(start as usize).map_or(text.len(), |c| c.0);
            let labels = [label(&v["second"], "domain"), label(&v["second"], "problem"), None, None, None, None];
            rows.push(HandRow { text: text.split_off(at), title_len: None, labels, unseen: Vec::new() });
        }
        let labels = [label(v, "domain"), label(v, "problem"), label(v, "type"), urgency, None, None];
        rows.push(HandRow { text, title_len: None, labels, unseen: Vec::new() });
    }
    Ok(rows)
}
