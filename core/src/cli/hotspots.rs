//! `jiesu hotspots`.

use super::{Failure, Outcome, io};
use crate::complaint::Day;
use crate::hotspot::{Areas, Detector, DetectorParams, Event, EventLog};
use std::fs::File;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Events: flat JSONL lines, or the output of `analyze`; `-` is stdin
    #[arg(long)]
    input: String,
    /// The day to report on
    #[arg(long)]
    as_of: String,
    /// First day to report on [default: --as-of]
    #[arg(long)]
    from: Option<String>,
    /// Table of areas: code,name,parent[,lon,lat]; neighbours in A.adjacency.csv beside it
    #[arg(long)]
    areas: Option<PathBuf>,
    /// False local alarms accepted in 30 days over the whole grid
    #[arg(long, default_value_t = DetectorParams::default().false_alarms_per_month)]
    false_alarms: f64,
    /// Alerts, one JSON line each; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

/// The table of areas and, beside it, their neighbours.
pub(crate) fn open_areas(path: Option<&Path>) -> Result<Areas, Failure> {
    let Some(path) = path else { return Ok(Areas::default()) };
    let open = |p: &Path| File::open(p).map_err(|e| Failure(format!("{}: {e}", p.display())));
    let areas = Areas::from_csv(open(path)?)?;
    let beside = path.with_extension("adjacency.csv");
    if beside.is_file() { Ok(areas.with_adjacency(open(&beside)?)?) } else { Ok(areas) }
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let last = Day::parse(&args.as_of)?;
    let from = args.from.as_deref().map_or(Ok(last), Day::parse)?;
    let params = DetectorParams { false_alarms_per_month: args.false_alarms, ..DetectorParams::default() };
    let mut detector = Detector::new(open_areas(args.areas.as_deref())?, params)?;
    let mut log = EventLog::default();
    let mut outcome = Outcome::default();
    for (i, line) in std::io::BufRead::lines(std::io::BufReader::new(File::open(&args.input)?)).enumerate() {
        let line = line?;
        match Event::from_json(&line).and_then(|e| log.push(&e)) {
            Ok(()) => outcome.accepted += 1,
            Err(e) => {
                outcome.rejected += 1;
                eprintln!("jiesu: line {}: {e}", i + 1);
            }
        }
    }
    let mut out = io::Output::create(&args.output, Some(&args.input))?;
    for alert in detector.scan(&log, from, last)? {
        out.line(&serde_json::to_string(&alert)?)?;
    }
    if detector.is_young() {
        eprintln!("jiesu: only {} days of history: rates are mostly the city's, only strong outbreaks are found", detector.days());
    }
    out.finish()?;
    Ok(outcome)
}
