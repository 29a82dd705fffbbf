//! The `jiesu` command: one file per subcommand, each mapping flags to the library and nothing more.
//!
//! Exit codes: 0 all good, 1 some records rejected, 2 could not run, 130 interrupted (what is written by then are whole lines).

/// `println!` for a reader that may go away (`| head`).
macro_rules! say {
    ($($part:tt)*) => { $crate::cli::io::say(format_args!($($part)*))? };
}

mod analyze;
mod assist;
mod bundle;
mod catalogue;
mod checkup;
mod emerging;
mod evaluate;
mod events;
mod filing;
mod gazetteer;
mod history;
mod hotspots;
mod index;
mod io;
mod merge;
mod monthly;
mod pairs;
mod predict;
mod report;
mod summary;
mod taxonomy;
mod train;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
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
    /// Look at a durable incident index, correct it, mend it
    Index(index::Args),
    /// Score given pairs of records
    Pairs(pairs::Args),
    /// Find hotspots: alerts of a day, or of every day from --from on
    Hotspots(hotspots::Args),
    /// Find topics that emerge and no class names, from texts day by day
    Emerging(emerging::Args),
    /// Rank the problems of a month (每月一题), with reasons and dossiers
    Monthly(monthly::Args),
    /// The yearly check-up of each area
    Checkup(checkup::Args),
    /// Write the daily report, one self-contained HTML page
    Report(report::Args),
    /// Build, list and cut down bundles
    Bundle(bundle::Args),
    /// Check a catalogue of dispatch (派单目录)
    Catalogue(catalogue::Args),
    /// Past orders as an index beside the bundle: build it, take returns (退单) into it
    History(history::Args),
    /// Check a taxonomy
    Taxonomy(taxonomy::Args),
    /// Build the gazetteer of a city, learn its scorer
    Gazetteer(gazetteer::Args),
    /// Train a text classifier
    Train(train::Args),
    /// Rank labels with a trained model
    Predict(predict::Args),
    /// Figures of a trained model, or of dispatch, on labelled rows
    Evaluate(evaluate::Args),
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
    /// What could not be written where. A reader that has seen enough is no fault: nothing is told then, and the run ends well.
    pub(crate) fn writing(name: &str, e: std::io::Error) -> Self {
        Failure(if e.kind() == std::io::ErrorKind::BrokenPipe { String::new() } else { format!("{name}: {e}") })
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
    if let Err(e) = ctrlc::set_handler(io::interrupted) {
        eprintln!("jiesu: no handler for interrupts: {e}");
    }
    ExitCode::from(run(args))
}

/// [`main`] for a host that is not a program (`python -m jiesu`) and brings its own default bundle: gives the exit code as a number.
pub fn run_in_host<I, T>(args: I, bundle: PathBuf) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let _ = io::HOST_BUNDLE.set(bundle);
    run(args)
}

fn run<I, T>(args: I) -> u8
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
            return code;
        }
    };
    let outcome = match cli.command {
        Command::Analyze(args) => analyze::run(args),
        Command::Assist(args) => assist::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Index(args) => index::run(args),
        Command::Pairs(args) => pairs::run(args),
        Command::Hotspots(args) => hotspots::run(args),
        Command::Emerging(args) => emerging::run(args),
        Command::Checkup(args) => checkup::run(args),
        Command::Monthly(args) => monthly::run(args),
        Command::Report(args) => report::run(args),
        Command::Bundle(args) => bundle::run(args),
        Command::Catalogue(args) => catalogue::run(args),
        Command::History(args) => history::run(args),
        Command::Taxonomy(args) => taxonomy::run(args),
        Command::Gazetteer(args) => gazetteer::run(args),
        Command::Train(args) => train::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Summary(args) => summary::run(args),
    };
    match outcome {
        Ok(Outcome { rejected: 0, .. }) => 0,
        Ok(_) => 1,
        Err(Failure(message)) if message.is_empty() => 0,
        Err(Failure(message)) => {
            eprintln!("jiesu: {message}");
            2
        }
    }
}
