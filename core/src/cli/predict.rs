//! `jiesu predict`.

use super::{Failure, Outcome, io};
use crate::bundle::Bundle;
use crate::complaint::{Complaint, round4};
use crate::learn::{Drift, Model, Sight};
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Model that `jiesu train` wrote
    #[arg(long)]
    model: PathBuf,
    /// How many labels to give
    #[arg(long, default_value_t = 5)]
    top: usize,
    /// Share of wrong answers allowed among those that go out by themselves
    #[arg(long, default_value_t = 0.05)]
    risk: f64,
    /// Where the answers go; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

const BATCH: usize = 1024;

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let model = Model::from_bundle(&Bundle::open(&args.model)?)?;
    let mut records = args.input.open()?;
    let mut out = io::Output::create(&args.output, Some(&args.input.input))?;
    let mut sights = Vec::new();
    loop {
        let batch = records.batch(BATCH)?;
        if batch.is_empty() {
            break;
        }
        let lines: Vec<(String, Sight)> = batch.par_iter().map(|r| line(&model, r, args.top, args.risk)).collect();
        for (l, sight) in lines {
            out.line(&l)?;
            sights.push(sight);
        }
    }
    out.finish()?;
    if let Some(drift) = model.info().reference.compare(&sights).filter(|d| d.drifted) {
        let Drift { known, confidence, .. } = drift;
        eprintln!(
            "jiesu: these texts do not look like the training texts (known n-grams {:.2} then, {:.2} now; confidence {:.2} then, {:.2} now): \
             probabilities and thresholds may not hold, train again with recent rows",
            known.then, known.now, confidence.then, confidence.now
        );
    }
    records.finish()
}

fn line(model: &Model, record: &Complaint, top: usize, risk: f64) -> (String, Sight) {
    let (answer, sight) = model.predict_and_see(&record.text, record.title_len);
    let name = |c: u32| model.classifier().labels().get(c as usize).map_or("", String::as_str);
    let labels: Vec<_> = answer.ranked.iter().take(top.max(1)).map(|&(c, p)| json!({"label": name(c), "p": round4(p)})).collect();
    let set: Vec<&str> = answer.set.iter().map(|&c| name(c)).collect();
    (json!({"id": record.id, "labels": labels, "set": set, "abstain": answer.abstain(risk)}).to_string(), sight)
}
