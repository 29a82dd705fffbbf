//! `jiesu index`: look at a durable incident index, correct it, mend it. One JSON line an answer.

use super::{Failure, Outcome, io};
use crate::incident::{EventNumber, IncidentError, IncidentId, IncidentIndex, IncidentModel, IncidentStore, IndexSettings, repair};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long, global = true)]
    bundle: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Figures of the index and its log
    Status { dir: PathBuf },
    /// Salvage a damaged index; damaged files are kept in DIR/damaged
    Repair { dir: PathBuf },
    /// Incidents with live records
    List {
        dir: PathBuf,
        /// Only incidents of at least this many live records
        #[arg(long, default_value_t = 1)]
        least: usize,
    },
    /// One incident, by its id or by that of a record
    Show { dir: PathBuf, id: String },
    /// Two incidents are one matter: the first becomes part of the second
    Confirm { dir: PathBuf, from: IncidentId, into: IncidentId },
    /// A record is not of its incident
    Reject { dir: PathBuf, record: String },
    /// Records of one incident are another matter
    Split {
        dir: PathBuf,
        #[arg(required = true)]
        records: Vec<String>,
    },
    /// Take back a decision, by the number of its event
    Undo { dir: PathBuf, event: u64 },
    /// Close an incident with a status that all its members have from then on
    Close { dir: PathBuf, incident: IncidentId, status: String },
    /// Open a closed incident again
    Reopen { dir: PathBuf, incident: IncidentId },
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let bundle = args.bundle.as_deref();
    let open = |dir: &PathBuf| -> Result<IncidentStore, Failure> {
        if !dir.is_dir() {
            return Err(Failure(format!("{}: no such folder", dir.display())));
        }
        let model = Arc::new(IncidentModel::from_bundle(&io::open_bundle(bundle)?)?);
        Ok(IncidentStore::open(dir, model, IndexSettings::default())?)
    };
    let change = |dir: &PathBuf, work: &dyn Fn(&mut IncidentIndex) -> Result<Value, IncidentError>| -> Result<(), Failure> {
        let mut store = open(dir)?;
        let answer = work(store.index_mut())?;
        store.commit()?;
        println!("{answer}");
        Ok(())
    };
    let event = |number: EventNumber| json!({"event": number.0});
    match &args.what {
        What::Status { dir } => {
            let store = open(dir)?;
            let (index, log) = (store.index().statistics(), store.statistics());
            println!(
                "{}",
                json!({
                    "records": index.records, "incidents": index.incidents, "shared": index.shared, "largest": index.largest,
                    "events": log.committed, "snapshot": log.snapshot, "segments": log.segments, "bytes": log.bytes,
                })
            );
        }
        What::Repair { dir } => {
            let r = repair(dir)?;
            println!(
                "{}",
                json!({
                    "kept": r.kept, "lost": r.lost, "lost_records": r.lost_records, "bytes_skipped": r.bytes,
                    "segments_rewritten": r.rewritten,
                })
            );
        }
        What::List { dir, least } => {
            let store = open(dir)?;
            for id in store.index().incidents() {
                let incident = shown(store.index(), id)?;
                if incident["records"].as_array().is_some_and(|r| r.len() >= *least) {
                    println!("{incident}");
                }
            }
        }
        What::Show { dir, id } => {
            let store = open(dir)?;
            let incident = store.index().placement(id).map_or_else(|| id.parse(), |p| Ok(p.incident))?;
            println!("{}", shown(store.index(), incident)?);
        }
        What::Confirm { dir, from, into } => change(dir, &|i| i.confirm(*from, *into).map(event))?,
        What::Reject { dir, record } => change(dir, &|i| split(i, &[record]))?,
        What::Split { dir, records } => change(dir, &|i| split(i, &records.iter().map(String::as_str).collect::<Vec<_>>()))?,
        What::Undo { dir, event } => change(dir, &|i| {
            if i.undo(EventNumber(*event)) { Ok(json!({"undone": event})) } else { Err(IncidentError::NotUndoable { event: *event }) }
        })?,
        What::Close { dir, incident, status } => change(dir, &|i| i.close(*incident, status).map(event))?,
        What::Reopen { dir, incident } => change(dir, &|i| i.reopen(*incident).map(event))?,
    }
    Ok(Outcome::default())
}

fn split(index: &mut IncidentIndex, records: &[&str]) -> Result<Value, IncidentError> {
    let number = index.events();
    let incident = index.split(records)?;
    Ok(json!({"event": number.0, "incident": incident.to_string()}))
}

fn shown(index: &IncidentIndex, id: IncidentId) -> Result<Value, IncidentError> {
    let canonical = index.resolve(id)?;
    Ok(json!({"incident": canonical.to_string(), "status": index.status(canonical)?, "records": index.members(canonical)?}))
}
