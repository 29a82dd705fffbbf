//! `jiesu assist`: what an operator would see, line by line.

use super::{Failure, Outcome, io};
use crate::complaint::Complaint;
use crate::engine::{Engine, summary};
use std::io::BufRead;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Canonical JSON instead of text for people
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let engine = Engine::from_bundle(&io::open_bundle(args.bundle.as_deref())?)?;
    let mut outcome = Outcome::default();
    for (n, line) in std::io::stdin().lock().split(b'\n').enumerate() {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let record = Complaint::builder((n + 1).to_string()).text(text.trim()).build()?;
        outcome.accepted += 1;
        let answer = if args.json { engine.analyze_json(&record) } else { summary(&engine.analyze(&record)) };
        say!("{answer}");
    }
    Ok(outcome)
}
