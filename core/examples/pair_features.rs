//! Prints the features of pairs of records, for judging the pair score by cross-validation (`benches/peers/pairs.py`).
//!
//! ```text
//! cargo run --release -p jiesu --features cli --example pair_features -- BUNDLE < pairs.jsonl > features.jsonl
//! ```
//! A row is `{"a": RECORD, "b": RECORD}`, a record `{"text": …, "title": …, "received_at": …, "caller": …}` (all but the text may be missing).
//! Answers hold the features in the order of `jiesu::incident::FEATURES`, `null` where one record does not say. Of the bundle only the rarities
//! of characters and words matter, not the score.
use jiesu::bundle::Bundle;
use jiesu::complaint::Complaint;
use jiesu::incident::{Signature, Signer};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Write};

fn sign(signer: &Signer, row: &Value) -> Result<Signature, Box<dyn Error>> {
    let field = |name: &str| row[name].as_str().filter(|v| !v.is_empty());
    let mut record = Complaint::builder("r").text(field("text").unwrap_or_default());
    if let Some(title) = field("title") {
        record = record.title(title);
    }
    if let Some(time) = field("received_at") {
        record = record.received_at(time)?;
    }
    if let Some(caller) = field("caller") {
        record = record.caller(caller);
    }
    Ok(signer.sign(&record.build()?))
}

fn main() -> Result<(), Box<dyn Error>> {
    let signer = Signer::from_bundle(&Bundle::open(std::env::args().nth(1).ok_or("which bundle?")?)?)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let x = signer.model().features(&sign(&signer, &row["a"])?, &sign(&signer, &row["b"])?);
        let x: Vec<Option<f32>> = x.into_iter().map(|v| (!v.is_nan()).then_some(v)).collect();
        writeln!(out, "{}", json!(x))?;
    }
    Ok(out.flush()?)
}
