//! `jiesu bundle`: builds the file an engine loads from the folder `models/` (and `../shared`, where the rows to learn from are),
//! lists its sections, and leaves some of them out.

use super::{Failure, Outcome};
use crate::bundle::{Bundle, Recipe};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build a bundle; the same inputs give the same bytes
    Build {
        /// Folder of dictionary, taxonomy, catalogue, gazetteer, corpus
        #[arg(long, default_value = "models")]
        models: PathBuf,
        /// Folder of hotline rows, labels and geography; without it only `models/` is learned from
        #[arg(long)]
        shared: Option<PathBuf>,
        /// Leave out every row whose split is `valid`, for honest figures
        #[arg(long)]
        train_only: bool,
        /// A small bundle for the browser: no word vectors, smaller classifiers, fewer rare features in the pair score
        #[arg(long)]
        slim: bool,
        /// The bundle to write
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Name, size and notice of each section
    List {
        /// A bundle
        bundle: PathBuf,
    },
    /// Leave sections out
    Cut {
        /// The bundle to cut down
        bundle: PathBuf,
        /// Sections to leave out
        #[arg(long, value_delimiter = ',')]
        without: Vec<String>,
        /// The bundle to write
        #[arg(short, long)]
        output: PathBuf,
    },
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Build { models, shared, train_only, slim, output } => {
            build(&Recipe { models: &models, shared: shared.as_deref(), train_only, slim })?.save(output)?
        }
        Command::List { bundle } => {
            for (name, size, notice) in Bundle::open(bundle)?.sections() {
                say!("{name:24} {size:>9}  {notice}");
            }
        }
        Command::Cut { bundle, without, output } => {
            let mut bundle = Bundle::open(bundle)?;
            for name in without {
                if !bundle.remove(&name) {
                    return Err(Failure(format!("the bundle has no section `{name}`")));
                }
            }
            bundle.save(output)?;
        }
    }
    Ok(Outcome::default())
}

/// The rooms in the order in which they build on each other.
fn build(recipe: &Recipe<'_>) -> Result<Bundle, Failure> {
    let models = recipe.models;
    let mut bundle = Bundle::default();
    let path = models.join("dictionary.txt");
    let dictionary = std::fs::read_to_string(&path).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
    bundle.insert("dictionary", &dictionary, "words and frequencies pruned from jieba's dictionary (MIT), hotline words of our own")?;
    let path = models.join("lexicon.csv");
    let lexicon = std::fs::read_to_string(&path).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
    bundle.insert(crate::text::LEXICON_SECTION, &lexicon, "own work (Apache-2.0)")?;
    if !recipe.slim {
        crate::text::build_embedding(models, &mut bundle)?;
    }
    crate::geo::build(recipe, &mut bundle)?;
    crate::intake::build(models, &mut bundle)?;
    let rows = crate::topic::build(recipe, &mut bundle)?;
    crate::dispatch::build(models, &mut bundle)?;
    if !rows.is_empty() {
        crate::engine::learn_fusion(&rows, &mut bundle)?;
    }
    crate::incident::build(recipe, &mut bundle)?;
    Ok(bundle)
}
