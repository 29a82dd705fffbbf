//! Matters on a border: the text says so, or names nothing but a road or river that runs through several districts.

use super::DispatchError;
use super::table::Table;
use crate::complaint::AreaAnswer;
use crate::geo::{AreaLevel, AreaTree, Resolution};
use aho_corasick::{AhoCorasick, MatchKind};

const TABLE: &str = "roads";
/// Words that put a matter between the places named before them.
const WORDS: [&str; 4] = ["交界", "接壤", "两不管", "三不管"];
/// Places so many bytes before such a word are meant by it.
const REACH: usize = 60;
/// A place at least so likely decides where on a road the matter is.
const SURE: f64 = 0.9;

/// Places between which a matter may lie, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Border {
    /// At least two, best first.
    pub areas: Vec<AreaAnswer>,
    /// In words.
    pub reason: String,
}

/// Roads and rivers through several districts (`roads.csv`).
#[derive(Debug, Clone, Default)]
pub struct Roads {
    list: Vec<(String, Vec<String>)>,
    matcher: Option<AhoCorasick>,
}

impl Roads {
    /// Reads a table `name,districts`, districts by name between `|`.
    ///
    /// ```
    /// # use jiesu::dispatch::Roads;
    /// assert!(Roads::from_csv("name,districts\n安立路,朝阳区|昌平区\n").is_ok());
    /// assert!(Roads::from_csv("name,districts\n安立路,朝阳区\n").is_err_and(|e| e.to_string().contains("line 2")));
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, DispatchError> {
        let table = Table::read(TABLE, text, &["name", "districts"], &["name", "districts"])?;
        let mut list = Vec::new();
        for row in table.rows() {
            let row = row?;
            let districts = row.list("districts");
            if districts.len() < 2 {
                return Err(row.error("a road of one district is on no border"));
            }
            list.push((crate::text::normalize(row.required("name")?).text, districts));
        }
        let names = list.iter().map(|(name, _)| name);
        let matcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names);
        let matcher = matcher.map_err(|e| DispatchError::line(TABLE, 1, format!("too many names: {e}")))?;
        Ok(Roads { list, matcher: Some(matcher) })
    }

    /// The border on which a matter lies, if it does. `text` is the source the resolution read, `normal` its normal form.
    pub fn border(&self, text: &str, normal: &str, place: &Resolution, tree: &AreaTree) -> Option<Border> {
        said(text, place, tree).or_else(|| self.along(normal, place, tree))
    }

    fn along(&self, normal: &str, place: &Resolution, tree: &AreaTree) -> Option<Border> {
        if place.areas.first().is_some_and(|a| a.p >= SURE) {
            return None;
        }
        let found = self.matcher.as_ref()?.find(normal)?;
        let (name, districts) = self.list.get(found.pattern().as_usize())?;
        let likely = |code: &str| place.areas.iter().filter(|a| a.code.starts_with(code)).map(|a| a.p).fold(0.0, f64::max);
        let ids = districts.iter().filter_map(|d| tree.districts().find(|&id| tree.name(id) == d.as_str()));
        let mut known: Vec<_> = ids.map(|id| (id, likely(tree.code(id)))).collect();
        let silent = known.iter().filter(|k| k.1 == 0.0).count();
        // A place off the road is where the matter is.
        if known.len() < 2 || (silent == known.len() && !place.areas.is_empty()) {
            return None;
        }
        let rest = (1.0 - known.iter().map(|k| k.1).sum::<f64>()).max(0.0) / silent.max(1) as f64;
        known.iter_mut().filter(|k| k.1 == 0.0).for_each(|k| k.1 = rest);
        known.sort_by(|a, b| b.1.total_cmp(&a.1));
        let areas = known.into_iter().map(|(id, p)| tree.answer(id, p)).collect();
        Some(Border { areas, reason: format!("{name}跨{}，文中未写明路段，请核实位置", districts.join("、")) })
    }
}

/// The two places named before a word such as 交界.
fn said(text: &str, place: &Resolution, tree: &AreaTree) -> Option<Border> {
    let at = WORDS.iter().filter_map(|w| text.find(w)).min()?;
    let mut areas = Vec::new();
    for mention in place.mentions.iter().rev().filter(|m| m.span.end <= at && m.span.end + REACH >= at) {
        let Some(&area) = mention.areas.first() else { continue };
        // Streets against streets, districts against districts.
        let area = tree.town_of(area).or_else(|| tree.ancestor(area, AreaLevel::District)).unwrap_or(area);
        if !areas.iter().any(|&other| tree.contains(other, area) || tree.contains(area, other)) {
            areas.push(area);
        }
    }
    let (&b, &a) = (areas.first()?, areas.get(1)?);
    let reason = format!("文中称在{}与{}交界处，请核实位置", tree.name(a), tree.name(b));
    Some(Border { areas: vec![tree.answer(a, 0.5), tree.answer(b, 0.5)], reason })
}
