//! `jiesu emerging`.

use super::{Failure, Outcome, io};
use crate::complaint::{Complaint, Day, Rejected};
use crate::engine::Engine;
use crate::hotspot::{Emerging, EmergingParams, EmergingRequest};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// The day to report on; later records are left for another run
    #[arg(long)]
    as_of: String,
    /// First day to report on [default: --as-of]
    #[arg(long)]
    from: Option<String>,
    /// What is remembered from run to run, so that ids last and only new days need be read; written anew at the end. As confidential as
    /// the requests
    #[arg(long)]
    state: Option<PathBuf>,
    /// Topics, one JSON line each a day; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

/// Records analysed together.
const BATCH: usize = 1024;
/// Records may be out of order by this many days.
const SLACK: i32 = 2;

struct Run {
    engine: Engine,
    watch: Emerging,
    out: io::Output,
    from: Day,
    /// Days not closed yet.
    open: BTreeMap<Day, Vec<EmergingRequest>>,
    /// Records of days closed before.
    past: u64,
}

impl Run {
    fn take(&mut self, batch: &mut Vec<(Day, Complaint)>) -> Result<(), Failure> {
        let (days, records): (Vec<Day>, Vec<Complaint>) = batch.drain(..).unzip();
        let requests = self.engine.emerging_batch(&records);
        if requests.len() < records.len() {
            return Err(Failure("this bundle has no word vectors: emerging topics need them".to_string()));
        }
        for (day, request) in days.into_iter().zip(requests) {
            if self.watch.last_day().is_some_and(|last| day <= last) {
                self.past += 1;
            } else {
                self.open.entry(day).or_default().push(request);
            }
        }
        Ok(())
    }

    /// Closes the days up to `last`.
    fn close(&mut self, last: Day) -> Result<(), Failure> {
        while let Some(entry) = self.open.first_entry().filter(|e| *e.key() <= last) {
            let (day, requests) = entry.remove_entry();
            for topic in self.watch.update_day(day, requests)? {
                if day >= self.from {
                    self.out.line(&serde_json::to_string(&topic)?)?;
                }
            }
        }
        Ok(())
    }
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let last = Day::parse(&args.as_of)?;
    let from = args.from.as_deref().map_or(Ok(last), Day::parse)?;
    if from > last {
        return Err(Failure(format!("--from {from} is after --as-of {last}")));
    }
    let watch = match args.state.as_deref().filter(|p| p.exists()) {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
            Emerging::from_bytes(&bytes, EmergingParams::default())?
        }
        None => Emerging::new(EmergingParams::default())?,
    };
    let engine = io::open_engine(args.bundle.as_deref(), None, None)?;
    let mut records = args.input.open()?;
    let out = io::Output::create(&args.output, Some(&args.input.input))?;
    let mut run = Run { engine, watch, out, from, open: BTreeMap::new(), past: 0 };
    let mut batch = Vec::with_capacity(BATCH);
    let mut newest = Day(i32::MIN);
    while let Some((row, record)) = records.next()? {
        let Some(day) = record.received_at.map(|t| t.day()) else {
            let reason = "no time: the day is needed".to_string();
            records.reject(Rejected {
                line: row.line,
                reason,
                raw: serde_json::Value::Object(row.fields).to_string(),
                missing_field: false,
            })?;
            continue;
        };
        if day > last {
            continue;
        }
        newest = newest.max(day);
        batch.push((day, record));
        if batch.len() == BATCH {
            run.take(&mut batch)?;
            run.close(Day(newest.0.saturating_sub(SLACK + 1)))?;
        }
    }
    run.take(&mut batch)?;
    run.close(last)?;
    run.out.finish()?;
    if let Some(path) = &args.state {
        std::fs::write(path, run.watch.to_bytes()?).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
    }
    if run.past > 0 {
        eprintln!("jiesu: {} records of days that were closed before are left out", run.past);
    }
    if run.watch.is_young() {
        eprintln!("jiesu: emerging topics need four weeks of requests before the first word");
    }
    records.finish()
}
