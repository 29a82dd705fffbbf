//! Nothing of the texts that taught the bundles can be read in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu_tests::{json_lines, project, shared};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A string of so many Chinese characters is no common phrase.
const LONG: usize = 6;
/// Texts a string must stand in to be common.
const COMMON: usize = 5;

const SOURCES: [&str; 6] = ["haikou", "messages_labelled", "messages_unlabelled", "stream_2019", "replies", "beijing_letters"];

fn bundles() -> Vec<u8> {
    ["models/beijing.jiesu", "models/beijing-slim.jiesu"].map(|b| std::fs::read(project(b)).unwrap()).concat()
}

/// Every stretch of [`LONG`] Chinese characters.
fn stretches(text: &str) -> HashSet<String> {
    let mut out = HashSet::new();
    for run in text.split(|c| !('\u{4e00}'..='\u{9fff}').contains(&c)) {
        let run: Vec<char> = run.chars().collect();
        out.extend(run.windows(LONG).map(|w| w.iter().collect::<String>()));
    }
    out
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// Runs of seven digits or more: what a telephone has at least.
fn numbers(bytes: &[u8]) -> HashSet<Vec<u8>> {
    bytes.split(|b| !b.is_ascii_digit()).filter(|run| run.len() >= 7).map(<[u8]>::to_vec).collect()
}

#[test]
fn no_number_of_the_training_texts_stands_in_the_bundle() {
    let Some(data) = shared("data") else { return };
    let inside = numbers(&bundles());
    let mut seen = 0;
    for source in SOURCES {
        let texts = numbers(&std::fs::read(data.join(format!("{source}.jsonl"))).unwrap());
        seen += texts.len();
        let both: Vec<_> = texts.intersection(&inside).map(|n| String::from_utf8_lossy(n)).collect();
        assert!(both.is_empty(), "{source}: {both:?}");
    }
    assert!(seen > 1000, "the texts hold numbers: {seen}");
}

#[test]
fn no_rare_string_of_the_training_texts_stands_in_the_bundle() {
    let (Some(data), Some(geo)) = (shared("data"), shared("geo")) else { return };
    let inside = stretches(&String::from_utf8_lossy(&bundles()));
    assert!(inside.len() > 1000, "the names of the gazetteer at least: {}", inside.len());
    // What our own tables and the public gazetteer say may stand there.
    let mut public = Vec::new();
    files(&geo, &mut public);
    files(&project("models"), &mut public);
    public.retain(|p| p.extension().is_some_and(|e| e != "jiesu"));
    let mut ours = HashSet::new();
    for path in public {
        ours.extend(stretches(&String::from_utf8_lossy(&std::fs::read(path).unwrap())));
    }
    // So may the names of units and categories, which are labels of the classifiers that give evidence.
    for row in json_lines(&data.join("haikou.jsonl")) {
        for field in ["unit", "unit_raw", "unit_std", "unit_local", "cat1", "cat2", "cat3", "cat4"] {
            ours.extend(stretches(row[field].as_str().unwrap_or_default()));
        }
    }
    let foreign: HashSet<&String> = inside.difference(&ours).collect();
    let mut texts: HashMap<&String, usize> = HashMap::new();
    for source in SOURCES {
        for row in json_lines(&data.join(format!("{source}.jsonl"))) {
            let text = ["title", "text", "detail"].iter().filter_map(|f| row[*f].as_str()).collect::<Vec<_>>().join("\n");
            for found in stretches(&text) {
                if let Some(&s) = foreign.get(&found) {
                    *texts.entry(s).or_insert(0) += 1;
                }
            }
        }
    }
    let rare: Vec<_> = texts.iter().filter(|t| *t.1 < COMMON).collect();
    assert!(rare.is_empty(), "{rare:?}");
}
