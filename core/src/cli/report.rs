//! `jiesu report`.

use super::events::EventArgs;
use super::{Failure, Outcome};
use crate::complaint::Day;
use crate::hotspot::{Detector, DetectorParams, Report};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    events: EventArgs,
    /// The day of the report
    #[arg(long)]
    as_of: String,
    /// The page: one HTML file that needs nothing else
    #[arg(long)]
    output: PathBuf,
}

/// Alerts of the last week are shown.
const DAYS: i32 = 6;

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let as_of = Day::parse(&args.as_of)?;
    let (log, outcome) = args.events.read()?;
    let areas = args.events.areas_or_bundle(&log)?;
    let mut detector = Detector::new(areas.clone(), DetectorParams::default())?;
    let alerts = detector.scan(&log, Day(as_of.0 - DAYS), as_of)?;
    let page = Report { log: &log, areas: &areas, detector: &detector, alerts: &alerts, as_of }.html();
    std::fs::write(&args.output, page).map_err(|e| Failure(format!("{}: {e}", args.output.display())))?;
    Ok(outcome)
}
