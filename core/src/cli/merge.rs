//! `jiesu merge`.

use super::filing::Filing;
use super::{Failure, Outcome, io};
use crate::complaint::{Complaint, round4};
use crate::incident::{IncidentIndex, IncidentStore, IndexSettings, Placement, Signature, Signer, arrival_order};
use rayon::prelude::*;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Where the placements go, one JSON line a record in input order; `-` is stdout
    #[arg(long)]
    output: PathBuf,
    /// Folder of a durable index: goes on with what is in it and files these records there. A record whose id is live in it is not
    /// filed again: its line tells where it is
    #[arg(long)]
    index: Option<PathBuf>,
    /// Days a record stays in the index
    #[arg(long, default_value_t = 90)]
    window: u32,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let signer = Signer::from_bundle(&io::open_bundle(args.bundle.as_deref())?)?;
    let mut records = args.input.open()?;
    let mut rows: Vec<Complaint> = Vec::new();
    while let Some((_, record)) = records.next()? {
        rows.push(record);
    }
    // Streaming means in order of time.
    let order = arrival_order(rows.iter().map(|r| r.received_at));
    let settings = IndexSettings { window_days: args.window, ..IndexSettings::default() };
    let mut filing = match &args.index {
        Some(dir) => Filing::Durable(Box::new(IncidentStore::open(dir, signer.model().clone(), settings)?)),
        None => Filing::Memory(Box::new(IncidentIndex::new(signer.model().clone(), settings))),
    };
    let mut placements: Vec<Option<Placement>> = vec![None; rows.len()];
    for batch in order.chunks(IncidentStore::BATCH) {
        let signed: Vec<(usize, Signature)> = batch.par_iter().map(|&i| (i, signer.sign(&rows[i]))).collect();
        for (i, signature) in signed {
            placements[i] = Some(filing.index().insert(&rows[i].id, &signature));
        }
        filing.commit()?;
    }
    let index = filing.index();
    let mut out = io::Output::create(&args.output, Some(&args.input.input))?;
    for (row, placement) in rows.iter().zip(placements.into_iter().flatten()) {
        let incident = index.resolve(placement.incident)?;
        let line = serde_json::json!({
            "id": row.id, "incident": incident.to_string(), "relation": placement.relation, "p": round4(placement.p),
            "reasons": placement.reasons, "related": placement.related,
        });
        out.line(&line.to_string())?;
    }
    out.finish()?;
    records.finish()
}
