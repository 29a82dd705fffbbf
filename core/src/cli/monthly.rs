//! `jiesu monthly`.

use super::events::EventArgs;
use super::{Failure, Outcome, io};
use crate::hotspot::{Month, dossier, progress, rank};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    events: EventArgs,
    /// The month, YYYY-MM
    #[arg(long)]
    month: String,
    /// Write a dossier (plan and three lists, Markdown) for each of the first problems here; one that is there stays, its progress is told
    #[arg(long)]
    dossier: Option<PathBuf>,
    /// How many problems get a dossier
    #[arg(long, default_value_t = 3)]
    top: usize,
    /// The ranking, one JSON line a problem; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let month = Month::parse(&args.month)?;
    let areas = args.events.areas()?;
    let (log, outcome) = args.events.read()?;
    let ranking = rank(&log, month, &areas);
    let mut out = io::Output::create(&args.output, Some(&args.events.input))?;
    for ranked in &ranking {
        out.line(&serde_json::to_string(ranked)?)?;
    }
    out.finish()?;
    if ranking.is_empty() {
        eprintln!("jiesu: no event in {month}");
    }
    if let Some(dir) = &args.dossier {
        std::fs::create_dir_all(dir).map_err(|e| Failure(format!("{}: {e}", dir.display())))?;
        for ranked in ranking.iter().take(args.top) {
            let code: String = ranked.code.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            let path = dir.join(format!("{month}-{code}.md"));
            if path.exists() {
                let p = progress(&std::fs::read_to_string(&path).map_err(|e| Failure(format!("{}: {e}", path.display())))?);
                eprintln!("jiesu: {}: {}/{} done", path.display(), p.done, p.total);
            } else {
                std::fs::write(&path, dossier(month, ranked)).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
            }
        }
    }
    Ok(outcome)
}
