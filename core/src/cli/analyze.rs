//! `jiesu analyze`.

use super::filing::Filing;
use super::{Failure, Outcome, io};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Folder of past orders (see `jiesu history`): suggestions list the most similar ones, returns are not repeated
    #[arg(long)]
    history: Option<PathBuf>,
    /// Catalogue (派单目录) instead of the bundle's
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// Where the answers go, one JSON line a record, in input order; `-` is stdout
    #[arg(long)]
    output: PathBuf,
    /// Also file each record in an incident, in input order
    #[arg(long)]
    incidents: bool,
    /// Folder of a durable incident index: goes on with what is in it and files these records there
    #[arg(long, requires = "incidents")]
    index: Option<PathBuf>,
    /// Days a record stays in the incident index
    #[arg(long, default_value_t = 90, requires = "incidents")]
    window: u32,
}

/// Records analysed together: enough for all cores, little memory.
const BATCH: usize = 1024;

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let engine = io::open_engine(args.bundle.as_deref(), args.history.as_deref(), args.catalogue.as_deref())?;
    let mut filing = match &args.index {
        _ if !args.incidents => None,
        Some(dir) => Some(Filing::Durable(Box::new(engine.incident_store(dir, args.window)?))),
        None => Some(Filing::Memory(Box::new(engine.incident_index(args.window)?))),
    };
    let mut records = args.input.open()?;
    let mut out = io::Output::create(&args.output, Some(&args.input.input))?;
    loop {
        let batch = records.batch(BATCH)?;
        if batch.is_empty() {
            break;
        }
        let lines = match &mut filing {
            Some(filing) => {
                let lines = engine.process_json_batch(&batch, filing.index());
                // Acknowledged before it is told.
                filing.commit()?;
                lines
            }
            None => engine.analyze_json_batch(&batch),
        };
        for line in lines {
            out.line(&line)?;
        }
    }
    out.finish()?;
    records.finish()
}
