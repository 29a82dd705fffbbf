//! `jiesu catalogue`.

use super::{Failure, Outcome};
use crate::complaint::Day;
use crate::dispatch::{Catalogue, Scope, Units};
use crate::topic::Taxonomy;
use clap::Subcommand;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find contradictions, gaps, unreachable and expired rows, unknown units; exit code 1 when there are any
    Check {
        /// The catalogue
        #[arg(default_value = "models/catalogue/beijing.csv")]
        catalogue: PathBuf,
        /// Table of units
        #[arg(long, default_value = "models/catalogue/units.csv")]
        units: PathBuf,
        /// Folder of the taxonomy whose topics must all have an owner
        #[arg(long, default_value = "models/taxonomy")]
        taxonomy: PathBuf,
        /// Table of areas (first column: code) that must all have an owner
        #[arg(long)]
        areas: Option<PathBuf>,
        /// The day it is checked for; without it rows with an end count as over
        #[arg(long)]
        day: Option<String>,
    },
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| Failure(format!("{}: {e}", path.display())))
}

/// The first column of a table, without its header.
fn codes(path: &Path) -> Result<Vec<String>, Failure> {
    let text = read(path)?;
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    table.records().map(|r| Ok(r?.get(0).unwrap_or_default().trim().to_string())).collect()
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let Command::Check { catalogue, units, taxonomy, areas, day } = args.command;
    let taxonomy = Taxonomy::open(&taxonomy)?;
    let domains = taxonomy.domains.iter().map(|d| (d.code.clone(), None));
    let problems = taxonomy.problems.iter().map(|p| (p.code.clone(), Some(p.domain.clone())));
    let day = day.as_deref().map(Day::parse).transpose()?;
    let scope =
        Scope { topics: domains.chain(problems).collect(), day, areas: areas.as_deref().map(codes).transpose()?.unwrap_or_default() };
    let findings = Catalogue::from_csv(&read(&catalogue)?)?.check(&Units::from_csv(&read(&units)?)?, &scope);
    for f in &findings {
        say!("line {}: {}: {}", f.line, f.kind.name(), f.message);
    }
    say!("{} findings", findings.len());
    Ok(Outcome { accepted: 0, rejected: findings.len() as u64 })
}
