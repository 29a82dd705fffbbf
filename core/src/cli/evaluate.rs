//! `jiesu evaluate`.

use super::{Failure, Outcome, io};
use crate::bundle::Bundle;
use crate::complaint::Mapping;
use crate::learn::{Model, evaluate};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Model that `jiesu train` wrote
    #[arg(long)]
    model: PathBuf,
    /// Field of the label
    #[arg(long, default_value = "label")]
    label: String,
    /// Share of wrong answers allowed among those that go out by themselves
    #[arg(long, default_value_t = 0.05)]
    risk: f64,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let model = Model::from_bundle(&Bundle::open(&args.model)?)?;
    let mut records = args.input.open()?;
    let mut answers = Vec::new();
    while let Some((row, record)) = records.next()? {
        match Mapping::field(&row, &args.label) {
            Ok(label) if !label.trim().is_empty() => answers.push((label, model.predict(&record.text, record.title_len))),
            Ok(_) => {}
            Err(rejected) => records.reject(rejected)?,
        }
    }
    let figures = evaluate(model.classifier().labels(), &answers, args.risk);
    say!("{}", serde_json::to_string_pretty(&figures)?);
    records.finish()
}
