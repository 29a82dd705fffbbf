//! `jiesu checkup`.

use super::events::EventArgs;
use super::{Failure, Outcome, io};
use crate::hotspot::checkup;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    events: EventArgs,
    /// The year, YYYY
    #[arg(long, value_parser = clap::value_parser!(i16).range(1900..=2200))]
    year: i16,
    /// One JSON line an area, the most asked first; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let areas = args.events.areas()?;
    let (log, outcome) = args.events.read()?;
    let mut out = io::Output::create(&args.output, Some(&args.events.input))?;
    let all = checkup(&log, args.year, &areas);
    for area in &all {
        out.line(&serde_json::to_string(area)?)?;
    }
    out.finish()?;
    if all.is_empty() {
        eprintln!("jiesu: no event with an area in {}", args.year);
    }
    Ok(outcome)
}
