//! `jiesu gazetteer`: builds the gazetteer of a city from tables, and learns the weights of its scorer.

use super::{Failure, Outcome};
use crate::bundle::Bundle;
use crate::geo::{Gazetteer, GazetteerSources, PENALTY, PlaceRow, Scorer, beijing_sources, build_gazetteer, examples, train_scorer};
use crate::text::Segmenter;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build a gazetteer from a folder of tables (districts.csv, towns.csv, …)
    Build {
        /// Folder of the tables
        #[arg(long)]
        geo: PathBuf,
        /// Folder of dictionary, sounds and names of other cities
        #[arg(long, default_value = "models")]
        models: PathBuf,
        /// Name of the city
        #[arg(long, default_value = "北京市")]
        city: String,
        /// Weights written by `gazetteer train` [default: models/gazetteer/scorer.json]
        #[arg(long)]
        scorer: Option<PathBuf>,
        /// Notice of the tables' sources, for another city than Beijing
        #[arg(long)]
        notice: Option<String>,
        /// The file to write: a bundle with the sections of the gazetteer
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Learn the weights of the scorer from the written requests; they serve any city
    Train {
        /// Folder with geo/ and data/
        #[arg(long)]
        shared: PathBuf,
        /// Folder of dictionary, sounds and names of other cities
        #[arg(long, default_value = "models")]
        models: PathBuf,
        /// Leave out rows whose split is `valid`
        #[arg(long)]
        train_only: bool,
        /// The weights, as JSON
        #[arg(short, long)]
        output: PathBuf,
    },
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Build { geo, models, city, scorer, notice, output } => {
            let path = scorer.unwrap_or_else(|| models.join("gazetteer/scorer.json"));
            let text = std::fs::read_to_string(&path).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
            let scorer: Scorer = serde_json::from_str(&text)?;
            let mut sources = GazetteerSources { city, ..beijing_sources(&models)? };
            if let Some(notice) = notice {
                sources.stations_notice.clone_from(&notice);
                sources.points_notice.clone_from(&notice);
                sources.polygons_notice.clone_from(&notice);
                sources.notice = notice;
            }
            let bundle = build_gazetteer(&geo, &sources, &scorer)?;
            report(&bundle)?;
            bundle.save(output)?;
        }
        Command::Train { shared, models, train_only, output } => {
            let sources = beijing_sources(&models)?;
            let plain = Gazetteer::from_bundle(&build_gazetteer(&shared.join("geo"), &sources, &Scorer::default())?)?;
            let segmenter = Segmenter::new(&sources.dictionary)?;
            let keep = |r: &PlaceRow| !train_only || r.split == "train";
            let scorer = train_scorer(&plain, &examples(&plain, &models, &shared, &segmenter, keep)?, PENALTY)?;
            let mut json = serde_json::to_string_pretty(&scorer)?;
            json.push('\n');
            std::fs::write(&output, json).map_err(|e| Failure(format!("{}: {e}", output.display())))?;
        }
    }
    Ok(Outcome::default())
}

/// What was built, on stderr.
fn report(bundle: &Bundle) -> Result<(), Failure> {
    let gazetteer = Gazetteer::from_bundle(bundle)?;
    let tree = gazetteer.tree();
    use crate::geo::AreaLevel::{Community, District, Town};
    let [districts, towns, communities] = [District, Town, Community].map(|l| tree.level(l).count());
    eprintln!("{}: {districts} districts, {towns} towns, {communities} communities", tree.city());
    for (name, size, notice) in bundle.sections() {
        eprintln!("{name:14} {size:>8} bytes  {notice}");
    }
    Ok(())
}
