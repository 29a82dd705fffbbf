//! Prints what the small models of the intake room see of labelled texts, for fitting their weights (`models/intake/fit.py`).
//!
//! ```text
//! cargo run --release -p jiesu --features cli --example intake_features -- BUNDLE < rows.jsonl > features.jsonl
//! ```
//! A row is `{"id": …, "text": …, "title_len": …}` (bytes of the text that are its title, may be missing). The bundle's classifiers must not
//! have learned from these rows.
use jiesu::bundle::Bundle;
use jiesu::intake::Intake;
use jiesu::learn::Features;
use jiesu::text::{Prepared, Segmenter};
use jiesu::topic::Topics;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which bundle?")?;
    let bundle = Bundle::open(&path)?;
    let (segmenter, intake, topics) = (Segmenter::from_bundle(&bundle)?, Intake::from_bundle(&bundle)?, Topics::from_bundle(&bundle)?);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().unwrap_or_default();
        let prepared = Prepared::new(text, row["title_len"].as_u64().map(|n| n as usize), &segmenter);
        let reading = intake.read(text, &prepared);
        let judgement = topics.judge(&topics.read(&Features::extract(&prepared)));
        let domains = |part: &str| {
            let part = Prepared::new(part, None, &segmenter);
            topics.domains(&topics.read(&Features::extract(&part)))
        };
        let normal = prepared.text();
        let places = intake.split_shown(&reading).into_iter().filter_map(|c| {
            let (left, right) = normal.split_at_checked(c.at)?;
            let topical = Intake::split_topic_features(&reading, &c, &domains(left), &domains(right));
            let at = text.get(..prepared.source_span(c.at, normal.len()).start)?.chars().count();
            Some(json!({ "at": at, "x": c.features.iter().chain(&topical).collect::<Vec<_>>() }))
        });
        let answer = json!({
            "id": row["id"],
            "urgency": intake.urgency_features(&reading, Some(judgement.urgency)).as_slice(),
            "split": places.collect::<Vec<_>>(),
        });
        writeln!(out, "{answer}")?;
    }
    Ok(out.flush()?)
}
