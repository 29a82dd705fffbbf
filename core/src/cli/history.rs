//! `jiesu history`: a city's own past orders as an index beside the bundle: ids, units, outcomes and hashes, no texts.

use super::{Failure, Outcome, io};
use crate::complaint::{Complaint, Mapping, Rejected, Row};
use crate::dispatch::{Feedback, History, HistoryBuilder};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build an index from past orders with text, time, unit and what became of them
    Build {
        #[command(flatten)]
        input: io::InputArgs,
        /// Field of the unit the order stayed with
        #[arg(long, default_value = "unit")]
        unit: String,
        /// Field of the outcome, a short state such as 已办结; may be missing
        #[arg(long, default_value = "status")]
        outcome: String,
        /// Folder of the index
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Take returns (退单) and re-dispatches into an index; no training
    Feedback {
        /// Folder of the index
        #[arg(long)]
        history: PathBuf,
        /// Records {"id","returned_by","redispatched_to"}, one of the two units may be missing: .jsonl or .csv by extension; `-` is stdin
        /// as JSONL
        #[arg(long)]
        input: String,
        /// Write rejected lines here, with line number and reason
        #[arg(long)]
        rejects: Option<PathBuf>,
        /// Stop at the first bad line; the index stays as it was
        #[arg(long)]
        strict: bool,
    },
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Build { input, unit, outcome, output } => build(&input, &unit, &outcome, &output),
        Command::Feedback { history, input, rejects, strict } => {
            // The records have no text: the id stands for it, so that they are read like any other.
            let text = Some(vec!["id".to_string()]);
            let input = io::InputArgs { text, rejects, strict, ..io::InputArgs::of(input) };
            feedback(&input, &history)
        }
    }
}

fn optional(row: &Row, field: &str) -> Option<String> {
    Mapping::field(row, field).ok().map(|v| v.trim().to_string()).filter(|v| !v.is_empty())
}

fn reject(row: &Row, record: &Complaint, reason: String) -> Rejected {
    Rejected { line: row.line, reason, raw: record.id.clone(), missing_field: false }
}

fn build(input: &io::InputArgs, unit: &str, outcome: &str, output: &std::path::Path) -> Result<Outcome, Failure> {
    let mut records = input.open()?;
    let mut builder = HistoryBuilder::default();
    while let Some((row, record)) = records.next()? {
        let name = match Mapping::field(&row, unit) {
            Ok(name) if !name.trim().is_empty() => name,
            Ok(_) => {
                records.reject(reject(&row, &record, format!("field `{unit}` is empty")))?;
                continue;
            }
            Err(rejected) => {
                records.reject(rejected)?;
                continue;
            }
        };
        match record.received_at {
            Some(time) => builder.add(&record.id, name.trim(), optional(&row, outcome).as_deref(), time.day(), &record.text),
            None => records.reject(reject(&row, &record, "no time: votes decay with age, so each order needs one".into()))?,
        }
    }
    let done = records.finish()?;
    let history = builder.finish();
    if history.is_empty() {
        return Err(Failure("no order has text, time and unit".into()));
    }
    history.save(output)?;
    eprintln!("jiesu: {} orders of {} units", history.len(), history.units().count());
    Ok(done)
}

fn feedback(input: &io::InputArgs, dir: &std::path::Path) -> Result<Outcome, Failure> {
    let mut history = History::open(dir)?;
    let mut records = input.open()?;
    while let Some((row, record)) = records.next()? {
        let feedback = Feedback {
            id: record.id.clone(),
            returned_by: optional(&row, "returned_by"),
            redispatched_to: optional(&row, "redispatched_to"),
        };
        if feedback.returned_by.is_none() && feedback.redispatched_to.is_none() {
            records.reject(reject(&row, &record, "neither `returned_by` nor `redispatched_to` names a unit".into()))?;
        } else if !history.apply(&feedback) {
            records.reject(reject(&row, &record, format!("order `{}` is not in the index", record.id)))?;
        }
    }
    let done = records.finish()?;
    history.save(dir)?;
    Ok(done)
}
