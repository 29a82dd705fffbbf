//! `jiesu hotspots`.

use super::events::EventArgs;
use super::{Failure, Outcome, io};
use crate::complaint::Day;
use crate::dispatch::Calendar;
use crate::hotspot::{Detector, DetectorParams, Statistic, Topics};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    events: EventArgs,
    /// The day to report on
    #[arg(long)]
    as_of: String,
    /// First day to report on [default: --as-of]
    #[arg(long)]
    from: Option<String>,
    /// False local alarms accepted in 30 days over the whole grid
    #[arg(long, default_value_t = DetectorParams::default().false_alarms_per_month)]
    false_alarms: f64,
    /// Longest outbreak looked for, days, 1 to 60: longer ones find slow outbreaks and cost some of the short ones
    #[arg(long, default_value_t = DetectorParams::default().window)]
    window: usize,
    /// What judges areas: `rates` or `permutation` (space–time permutation scan, needs no rates; finds less and gives more false alarms)
    #[arg(long, default_value = "rates")]
    statistic: Statistic,
    /// Table of topics: code,name,parent; the parents are scanned too
    #[arg(long)]
    topics: Option<PathBuf>,
    /// Table of holidays: from,to,kind,name, kind holiday or workday (models/catalogue/holidays.csv)
    #[arg(long)]
    holidays: Option<PathBuf>,
    /// Alerts, one JSON line each; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let last = Day::parse(&args.as_of)?;
    let from = args.from.as_deref().map_or(Ok(last), Day::parse)?;
    if from > last {
        return Err(Failure(format!("--from {from} is after --as-of {last}")));
    }
    let params = DetectorParams {
        false_alarms_per_month: args.false_alarms,
        window: args.window,
        statistic: args.statistic,
        ..DetectorParams::default()
    };
    let mut detector = Detector::new(args.events.areas()?, params)?;
    let read = |p: &PathBuf| std::fs::read_to_string(p).map_err(|e| Failure(format!("{}: {e}", p.display())));
    if let Some(path) = &args.holidays {
        detector = detector.with_holidays(Calendar::from_csv(&read(path)?)?.special());
    }
    if let Some(path) = &args.topics {
        detector = detector.with_topics(Topics::from_csv(read(path)?.as_bytes())?)?;
    }
    let (log, outcome) = args.events.read()?;
    let mut out = io::Output::create(&args.output, Some(&args.events.input))?;
    for alert in detector.scan(&log, from, last)? {
        out.line(&serde_json::to_string(&alert)?)?;
    }
    out.finish()?;
    if detector.is_young() {
        eprintln!(
            "jiesu: only {} days of history: areas are judged mostly by the whole city, only strong outbreaks are found",
            detector.days()
        );
    }
    Ok(outcome)
}
