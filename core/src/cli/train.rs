//! `jiesu train`.

use super::{Failure, Outcome, io};
use crate::complaint::Mapping;
use crate::learn::train::{Settings, Task, fit_one};
use crate::learn::{Features, Model, ModelInfo};
use crate::text::{Prepared, Segmenter};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// Name of the task, kept in the model
    #[arg(long)]
    task: String,
    /// Field of the label
    #[arg(long, default_value = "label")]
    label: String,
    /// Size of the model file, such as 2MB [default: 2MB up to 20 labels, else 4MB]
    #[arg(long, value_parser = size)]
    size_budget: Option<usize>,
    /// Bundle whose dictionary cuts the words [default: models/beijing.jiesu]
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// The model to write
    #[arg(short, long)]
    output: PathBuf,
}

fn size(text: &str) -> Result<usize, String> {
    let t = text.trim().to_ascii_uppercase();
    let (number, unit) = t.split_at(t.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(t.len()));
    let factor = match unit {
        "" | "B" => 1.0,
        "K" | "KB" => 1e3,
        "M" | "MB" => 1e6,
        _ => return Err(format!("`{text}` is not a size: use 500KB or 2MB")),
    };
    let n: f64 = number.trim().parse().map_err(|_| format!("`{text}` is not a size: use 500KB or 2MB"))?;
    Ok((n * factor) as usize)
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let dictionary = dictionary(args.bundle.as_deref())?;
    let segmenter = Segmenter::new(&dictionary)?;
    let mut records = args.input.open()?;
    let mut rows = Vec::new();
    while let Some((row, record)) = records.next()? {
        match Mapping::field(&row, &args.label) {
            Ok(label) if !label.trim().is_empty() => rows.push((record.received_at, label, record)),
            Ok(_) => {}
            Err(rejected) => records.reject(rejected)?,
        }
    }
    let outcome = records.finish()?;
    if rows.is_empty() {
        return Err(Failure(format!("no row has a label in `{}`", args.label)));
    }
    let timed = rows.iter().all(|r| r.0.is_some());
    if timed {
        rows.sort_by_key(|r| r.0);
    }
    let texts: Vec<Features> = rows.iter().map(|(_, _, r)| Features::extract(&Prepared::new(&r.text, r.title_len, &segmenter))).collect();
    let labels: Vec<Option<&str>> = rows.iter().map(|r| Some(r.1.as_str())).collect();
    let task = Task::new(&args.task, &labels);
    let budget = args.size_budget.unwrap_or(if task.labels.len() <= 20 { 2_000_000 } else { 4_000_000 });
    let spare = budget.checked_sub(dictionary.len() + 20_000).filter(|s| *s >= 50_000);
    let spare =
        spare.ok_or_else(|| Failure(format!("the dictionary alone takes {} bytes: give a larger --size-budget", dictionary.len())))?;
    let classes = task.labels.len();
    let model = fit_one(&texts, task, timed, Settings { budget: spare, ..Settings::default() })?;
    let info = ModelInfo { task: args.task, rows: rows.len() as u32, ..ModelInfo::default() };
    Model::to_bundle(&dictionary, &model, &info)?.save(&args.output)?;
    eprintln!("jiesu: learned {} features and {classes} labels from {} rows", model.vocabulary().len(), rows.len());
    Ok(outcome)
}

/// The dictionary of a bundle; the source tree's own while no bundle has been built yet.
fn dictionary(bundle: Option<&Path>) -> Result<String, Failure> {
    match (io::open_bundle(bundle), bundle) {
        (Ok(b), _) => Ok(b.get("dictionary")?),
        (Err(e), Some(_)) => Err(e),
        (Err(_), None) => Ok(std::fs::read_to_string("models/dictionary.txt")?),
    }
}
