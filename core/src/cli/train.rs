//! `jiesu train`.

use super::{Failure, Outcome, io};
use crate::complaint::{Complaint, Mapping, Rejected};
use crate::learn::Templates;
use crate::learn::train::{Options, train_model};
use crate::text::{Prepared, Segmenter};
use rayon::prelude::*;
use std::collections::BTreeSet;
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
    /// Table whose first column lists the labels that count (a header line, then one label a line); rows with others are rejected
    #[arg(long)]
    classes_from: Option<PathBuf>,
    /// Write the figures on held-out rows here, as JSON
    #[arg(long)]
    metrics: Option<PathBuf>,
    /// Size of the model file, such as 2MB [default: 2MB up to 20 labels, else 4MB]
    #[arg(long, value_parser = size)]
    size_budget: Option<usize>,
    /// Cut closing sentences that name the answer (请…核实处理) from the texts, here and at prediction
    #[arg(long)]
    strip_templates: bool,
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
    let words = io::open_bundle(args.bundle.as_deref())?;
    // The lexicon is about this project's taxonomy; another city's labels speak for themselves.
    let segmenter = Segmenter::new(&words.get::<String>("dictionary")?)?;
    let mut records = args.input.open()?;
    let classes = args.classes_from.as_deref().map(classes).transpose()?;
    let known = |label: &str| classes.as_ref().is_none_or(|c| c.contains(label));
    let mut rows = Vec::new();
    while let Some((row, record)) = records.next()? {
        match Mapping::field(&row, &args.label) {
            Ok(label) if !known(&label) => records.reject(Rejected {
                line: row.line,
                reason: format!("label `{label}` is not in the table of classes"),
                raw: label,
                missing_field: false,
            })?,
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
    let (mut templates, leak) = Templates::find(rows.iter().map(|(_, label, r)| (r.text.as_str(), label.as_str())));
    if !templates.is_empty() {
        eprintln!(
            "jiesu: {:.0} % of the rows end in a template ({}) that tells the label in {:.0} % of them: {}",
            leak.rows * 100.0,
            templates.shown().join(" "),
            leak.told * 100.0,
            if args.strip_templates { "cut" } else { "the model may lean on it; --strip-templates cuts it" }
        );
    }
    if !args.strip_templates {
        templates = Templates::default();
    }
    let prepare = |r: &Complaint| Prepared::new(templates.strip(&r.text), r.title_len, &segmenter);
    let texts: Vec<Prepared> = rows.par_iter().map(|(_, _, r)| prepare(r)).collect();
    let labels: Vec<&str> = rows.iter().map(|r| r.1.as_str()).collect();
    let trained = train_model(&words, &args.task, &texts, &labels, Options { budget: args.size_budget, templates, ..Options::default() })?;
    trained.bundle.save(&args.output)?;
    let known = labels.iter().collect::<BTreeSet<_>>().len();
    eprintln!("jiesu: learned {} features and {known} labels from {} rows", trained.features, rows.len());
    let figures = trained.held_out;
    eprintln!("on {} rows held out of the weights (probabilities and thresholds were fitted on them):", figures.rows);
    for (name, value) in [
        ("accuracy", figures.accuracy),
        ("macro-F1", figures.macro_f1),
        ("top 3", figures.top3),
        ("calibration error", figures.ece),
        ("in the 90% set", figures.set_coverage),
        ("labels in a set", figures.set_size),
        ("let out at risk .05", figures.automatic),
        ("right of those", figures.automatic_accuracy),
    ] {
        eprintln!("  {name:20} {value:.3}");
    }
    if let Some(path) = &args.metrics {
        std::fs::write(path, serde_json::to_string_pretty(&figures)?).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
    }
    Ok(outcome)
}

/// The first column of a table, without its header.
fn classes(path: &Path) -> Result<BTreeSet<String>, Failure> {
    let fault = |e: csv::Error| Failure(format!("{}: {e}", path.display()));
    let mut table = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(fault)?;
    let mut out = BTreeSet::new();
    for record in table.records() {
        out.extend(record.map_err(fault)?.get(0).map(|label| label.trim().to_string()));
    }
    Ok(out)
}
