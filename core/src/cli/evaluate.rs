//! `jiesu evaluate`.

use super::{Failure, Outcome, io};
use crate::bundle::Bundle;
use crate::complaint::{Complaint, Mapping, Time};
use crate::dispatch::risk::CostTable;
use crate::dispatch::{self, Units};
use crate::learn::{Model, Prediction, evaluate};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: io::InputArgs,
    /// `text`: any text classifier; `dispatch`: lead units, with coverage curve, confusion, cost, stale rules and drift
    #[arg(long, value_enum, default_value = "text")]
    task: Kind,
    /// Model that `jiesu train` wrote; without one `--task dispatch` asks the engine of the bundle
    #[arg(long, required_if_eq("task", "text"))]
    model: Option<PathBuf>,
    /// Field of the label; for dispatch that of the unit which was right, by any of its names
    #[arg(long, default_value = "label")]
    label: String,
    /// Share of wrong answers allowed among those that go out by themselves
    #[arg(long, default_value_t = 0.05)]
    risk: f64,
    /// What errors cost: CSV `suggested,true,cost`, `*` for any unit, `person` as suggested for an order that a person decides [default: 10
    /// a wrong one, 1 a person]
    #[arg(long)]
    costs: Option<PathBuf>,
    /// Bundle [default: models/beijing.jiesu]
    #[arg(long, conflicts_with = "model")]
    bundle: Option<PathBuf>,
    /// Folder of past orders (see `jiesu history`)
    #[arg(long, conflicts_with = "model")]
    history: Option<PathBuf>,
    /// Catalogue (派单目录) instead of the bundle's
    #[arg(long, conflicts_with = "model")]
    catalogue: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Dispatch,
}

/// Records read and analysed together.
const BATCH: usize = 1024;

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let model = args.model.as_ref().map(|path| Model::from_bundle(&Bundle::open(path)?)).transpose()?;
    match (args.task, &model) {
        (Kind::Text, Some(model)) => text(&args, model),
        (_, model) => dispatch(&args, model.as_ref()),
    }
}

/// Up to [`BATCH`] labelled records; empty at the end. Rows whose label is blank are passed over.
fn labelled(records: &mut io::Records, label: &str) -> Result<Vec<(String, Complaint)>, Failure> {
    let mut batch = Vec::new();
    while batch.len() < BATCH {
        let Some((row, record)) = records.next()? else { break };
        match Mapping::field(&row, label) {
            Ok(label) if !label.trim().is_empty() => batch.push((label, record)),
            Ok(_) => {}
            Err(rejected) => records.reject(rejected)?,
        }
    }
    Ok(batch)
}

fn text(args: &Args, model: &Model) -> Result<Outcome, Failure> {
    let mut records = args.input.open()?;
    let (mut answers, mut sights) = (Vec::new(), Vec::new());
    loop {
        let batch = labelled(&mut records, &args.label)?;
        if batch.is_empty() {
            break;
        }
        for (label, r) in batch {
            let (answer, sight) = model.predict_and_see(&r.text, r.title_len);
            answers.push((label, answer));
            sights.push(sight);
        }
    }
    let mut figures = evaluate(model.classifier().labels(), &answers, args.risk);
    figures.drift = model.info().reference.compare(&sights);
    say!("{}", serde_json::to_string_pretty(&figures)?);
    records.finish()
}

fn dispatch(args: &Args, model: Option<&Model>) -> Result<Outcome, Failure> {
    let mut records = args.input.open()?;
    let costs = match &args.costs {
        Some(path) => CostTable::from_csv(&std::fs::read_to_string(path).map_err(|e| Failure(format!("{}: {e}", path.display())))?)?,
        None => CostTable::default(),
    };
    let engine = match model {
        Some(_) => None,
        None => Some(io::open_engine(args.bundle.as_deref(), args.history.as_deref(), args.catalogue.as_deref())?),
    };
    let units = engine.as_ref().map(|e| e.dispatcher().units());
    let costs = costs.renamed(|name| official(units, name));
    let mut rows: Vec<(Option<Time>, dispatch::Outcome)> = Vec::new();
    loop {
        let (labels, batch): (Vec<String>, Vec<Complaint>) = labelled(&mut records, &args.label)?.into_iter().unzip();
        if batch.is_empty() {
            break;
        }
        let outcomes: Vec<dispatch::Outcome> = match (&engine, model) {
            (Some(engine), _) => {
                let catalogue = engine.dispatcher().catalogue();
                let suggestions = engine.dispatch_batch(&batch).into_iter();
                let outcome = |(s, truth): (dispatch::Suggestion, &String)| {
                    let rule = s.row.as_ref().and_then(|row| catalogue.rules().iter().find(|r| r.row == *row));
                    dispatch::Outcome {
                        truth: official(units, truth),
                        ranked: s.ranked,
                        sent: !s.abstain,
                        disagree: s.disagree,
                        row: s.row,
                        row_leads: rule.into_iter().flat_map(|r| &r.leads).map(|l| official(units, l)).collect(),
                        history_lead: s.history_lead,
                    }
                };
                suggestions.zip(&labels).map(outcome).collect()
            }
            (None, Some(model)) => {
                let answers = batch.iter().map(|r| model.predict(&r.text, r.title_len));
                answers.zip(&labels).map(|(a, truth)| of_model(model, &a, truth, args.risk)).collect()
            }
            (None, None) => Vec::new(),
        };
        rows.extend(batch.iter().map(|r| r.received_at).zip(outcomes));
    }
    // In order of time for the drift report; rows without one keep their place.
    if rows.iter().all(|r| r.0.is_some()) {
        rows.sort_by_key(|r| r.0);
    }
    let rows: Vec<dispatch::Outcome> = rows.into_iter().map(|r| r.1).collect();
    println!("{}", serde_json::to_string_pretty(&dispatch::evaluate(&rows, args.risk, &costs))?);
    records.finish()
}

/// The official name of a unit of the table, else the name as it is.
fn official(units: Option<&Units>, name: &str) -> String {
    let name = name.trim();
    units.and_then(|u| u.get(u.resolve(name)?)).map_or(name, |u| u.official.as_str()).to_string()
}

fn of_model(model: &Model, answer: &Prediction, truth: &str, risk: f64) -> dispatch::Outcome {
    let name = |c: u32| model.classifier().labels().get(c as usize).cloned().unwrap_or_default();
    dispatch::Outcome {
        truth: truth.to_string(),
        ranked: answer.ranked.iter().take(5).map(|&(c, p)| (name(c), p)).collect(),
        sent: !answer.abstain(risk),
        ..dispatch::Outcome::default()
    }
}
