//! Events of a file, for the commands that count.

use super::{Failure, Outcome, io};
use crate::complaint::Format;
use crate::geo::Gazetteer;
use crate::hotspot::{Areas, EventLog, HotspotError, read_events};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Flags of every command that reads events.
#[derive(clap::Args)]
pub(crate) struct EventArgs {
    /// Events: flat lines, or the output of `analyze`; .jsonl or .csv by extension, `-` is stdin as JSONL
    #[arg(long)]
    pub(crate) input: String,
    /// Table of areas: code,name,parent[,lon,lat]; neighbours in A.adjacency.csv beside it
    #[arg(long)]
    areas: Option<PathBuf>,
    /// Write rejected lines here, with line number and reason
    #[arg(long)]
    rejects: Option<PathBuf>,
    /// Stop at the first bad line
    #[arg(long)]
    strict: bool,
}

/// At most this many bad lines are told one by one.
const TOLD: u64 = 20;

impl EventArgs {
    /// Reads all events; bad lines are reported and counted.
    pub(crate) fn read(&self) -> Result<(EventLog, Outcome), Failure> {
        let (source, format): (Box<dyn BufRead>, Format) = if self.input == "-" {
            (Box::new(BufReader::with_capacity(1 << 16, std::io::stdin())), Format::Jsonl)
        } else {
            let file = File::open(&self.input).map_err(|e| Failure(format!("{}: {e}", self.input)))?;
            (Box::new(BufReader::with_capacity(1 << 16, file)), Format::of_path(&self.input))
        };
        let mut rejects = self.rejects.as_deref().map(|p| io::Output::create(p, Some(&self.input))).transpose()?;
        let (mut rejected, mut last) = (0, String::new());
        let log = read_events(source, format, |r| {
            rejected += 1;
            last = format!("line {}: {}", r.line, r.reason);
            if self.strict {
                return Err(HotspotError::Event(last.clone()));
            }
            if rejected <= TOLD {
                eprintln!("jiesu: {last}");
            }
            if let Some(out) = &mut rejects {
                let line = serde_json::json!({"line": r.line, "reason": r.reason, "raw": r.raw}).to_string();
                out.line(&line).map_err(|f| HotspotError::Event(f.0))?;
            }
            Ok(())
        })?;
        if let Some(out) = rejects {
            out.finish()?;
        }
        let outcome = Outcome { accepted: log.len() as u64, rejected };
        if rejected > 0 {
            eprintln!("jiesu: {} events used, {rejected} rejected", outcome.accepted);
            if log.is_empty() {
                return Err(Failure(format!("no event could be read: {last}")));
            }
        }
        Ok((log, outcome))
    }

    /// The table of areas, or without one the default bundle's districts and towns, when an event lies in them.
    pub(crate) fn areas_or_bundle(&self, log: &EventLog) -> Result<Areas, Failure> {
        if self.areas.is_some() {
            return self.areas();
        }
        let Ok(bundle) = io::open_bundle(None) else { return Ok(Areas::default()) };
        let known = Areas::from_gazetteer(&Gazetteer::from_bundle(&bundle)?);
        let used = log.area_codes().any(|code| known.get(known.series_area(code)).is_some());
        Ok(if used { known } else { Areas::default() })
    }

    /// The table of areas and, beside it, their neighbours.
    pub(crate) fn areas(&self) -> Result<Areas, Failure> {
        let Some(path) = &self.areas else { return Ok(Areas::default()) };
        let open = |p: &Path| File::open(p).map_err(|e| Failure(format!("{}: {e}", p.display())));
        let areas = Areas::from_csv(open(path)?)?;
        let beside = path.with_extension("adjacency.csv");
        if beside.is_file() { Ok(areas.with_adjacency(open(&beside)?)?) } else { Ok(areas) }
    }
}
