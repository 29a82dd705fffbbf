//! `jiesu pairs`.

use super::{Failure, Outcome, io};
use crate::complaint::round4;
use crate::incident::Signer;
use std::collections::HashMap;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Pairs to score: TSV with header `a`, `b`
    #[arg(long)]
    pairs: PathBuf,
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Where the scores go, one JSON line a pair; `-` is stdout
    #[arg(long)]
    output: PathBuf,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let signer = Signer::from_bundle(&io::open_bundle(args.bundle.as_deref())?)?;
    let mut records = args.input.open()?;
    let mut signatures = HashMap::new();
    while let Some((_, record)) = records.next()? {
        signatures.insert(record.id.clone(), signer.sign(&record));
    }
    let mut outcome = records.finish()?;
    let path = args.pairs.display();
    let mut table =
        csv::ReaderBuilder::new().delimiter(b'\t').flexible(true).from_path(&args.pairs).map_err(|e| Failure(format!("{path}: {e}")))?;
    let header = table.headers()?.clone();
    let column = |name: &str| header.iter().position(|h| h == name).ok_or_else(|| Failure(format!("{path}: no column `{name}`")));
    let (a, b) = (column("a")?, column("b")?);
    let mut out = io::Output::create(&args.output, Some(&args.input.input))?;
    for row in table.records() {
        let row = row.map_err(|e| Failure(format!("{path}: {e}")))?;
        let (a, b) = (row.get(a).unwrap_or_default(), row.get(b).unwrap_or_default());
        let (Some(x), Some(y)) = (signatures.get(a), signatures.get(b)) else {
            eprintln!("jiesu: pair {a}, {b}: no such record");
            outcome.rejected += 1;
            continue;
        };
        let score = signer.model().score(x, y);
        let line = serde_json::json!({"a": a, "b": b, "p": round4(score.p), "relation": score.relation, "reasons": score.reasons});
        out.line(&line.to_string())?;
    }
    out.finish()?;
    Ok(outcome)
}
