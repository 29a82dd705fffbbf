//! The `jiesu` command: one file per subcommand, each mapping flags to the library and nothing more.
//!
//! Exit codes: 0 all good, 1 some records rejected, 2 could not run.

mod analyze;
mod assist;
mod bundle;
mod io;
mod merge;
mod pairs;
mod summary;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "jiesu", version, about = "接诉: intake, classification, dispatch, duplicate merging and hotspots for city hotlines")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Analyse records: type, urgency, topic, place, units, missing facts
    Analyze(analyze::Args),
    /// Read text lines and show what an operator would see
    Assist(assist::Args),
    /// Group records into incidents, streaming in time order
    Merge(merge::Args),
    /// Score given pairs of records
    Pairs(pairs::Args),
    /// Build, list and cut down bundles
    Bundle(bundle::Args),
    /// Show what is in a file of answers
    Summary(summary::Args),
}

/// How a run ended, when it could run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Records used.
    pub(crate) accepted: u64,
    /// Records rejected, each reported with line and reason.
    pub(crate) rejected: u64,
}

/// Why a run could not go on.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    pub(crate) fn new(message: impl std::fmt::Display) -> Self {
        Failure(message.to_string())
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(e: E) -> Self {
        Failure(e.to_string())
    }
}

/// Runs the command line with the given arguments (the first is the program's name).
pub fn main<I, T>(args: I) -> ExitCode
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            // clap writes help to stdout and usage errors to stderr.
            let code = if e.use_stderr() { 2 } else { 0 };
            let _ = e.print();
            return ExitCode::from(code);
        }
    };
    let outcome = match cli.command {
        Command::Analyze(args) => analyze::run(args),
        Command::Assist(args) => assist::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Pairs(args) => pairs::run(args),
        Command::Bundle(args) => bundle::run(args),
        Command::Summary(args) => summary::run(args),
    };
    match outcome {
        Ok(Outcome { rejected: 0, .. }) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(Failure(message)) => {
            eprintln!("jiesu: {message}");
            ExitCode::from(2)
        }
    }
}
