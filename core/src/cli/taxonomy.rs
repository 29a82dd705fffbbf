//! `jiesu taxonomy`.

use super::{Failure, Outcome};
use crate::topic::Taxonomy;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find faults of a folder with domains.csv and problems.csv; exit code 1 when there are any
    Check {
        /// The folder
        #[arg(default_value = "models/taxonomy")]
        folder: PathBuf,
    },
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let Command::Check { folder } = args.command;
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|e| Failure(format!("{}: {e}", path.display())))
    };
    let taxonomy = Taxonomy::from_csv_unchecked(&read("domains.csv")?, &read("problems.csv")?)?;
    let faults = taxonomy.check();
    for fault in &faults {
        say!("{fault}");
    }
    say!("{} faults", faults.len());
    Ok(Outcome { accepted: 0, rejected: faults.len() as u64 })
}
