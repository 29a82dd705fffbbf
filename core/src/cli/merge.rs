//! `jiesu merge`.

use super::{Failure, Outcome, io};
use crate::complaint::{Complaint, round4};
use crate::incident::{IncidentIndex, IndexSettings, Placement, Signer, arrival_order};
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
    let mut index = IncidentIndex::new(signer.model().clone(), settings);
    let mut placements: Vec<Option<Placement>> = vec![None; rows.len()];
    for i in order {
        if let Some(row) = rows.get(i) {
            placements[i] = Some(index.insert(&row.id, &signer.sign(row)));
        }
    }
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
