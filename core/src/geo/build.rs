//! Builds a gazetteer from tables: `districts.csv` and `towns.csv`, and where they are there `communities.csv`, `aliases.csv`,
//! `places_auto.csv` (stations), `district_adjacency.csv` and `districts_simplified.geojson`.

use super::names::surfaces;
use super::stored::*;
use super::{GeoError, Scorer};
use crate::bundle::Bundle;
use crate::text::normalize;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a builder may be given beside the tables.
#[derive(Debug, Clone, Default)]
pub struct GazetteerSources {
    /// Name of the city.
    pub city: String,
    /// Names of provinces and cities elsewhere, one a line.
    pub outside: String,
    /// Characters that sound alike: `sound characters`, one sound a line.
    pub sounds: String,
    /// General words with frequencies (`word frequency`, one a line): tells names that are ordinary words.
    pub dictionary: String,
    /// Notice of the source of names.
    pub notice: String,
    /// Notice of the source of stations.
    pub stations_notice: String,
    /// Notice of the source of points.
    pub points_notice: String,
    /// Notice of the source of polygons.
    pub polygons_notice: String,
}

#[derive(Debug, Deserialize)]
struct DistrictRow {
    code: String,
    name: String,
    #[serde(default)]
    short: String,
    #[serde(default)]
    aliases: String,
    seat_lon: Option<f64>,
    seat_lat: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct TownRow {
    code: String,
    name: String,
    #[serde(default)]
    nbs_name: String,
    #[serde(default)]
    mca_code: String,
    lon: Option<f64>,
    lat: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct CommunityRow {
    code: String,
    name: String,
    #[serde(default)]
    short_name: String,
    kind: String,
    lon: Option<f64>,
    lat: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct AliasRow {
    alias: String,
    district: String,
    #[serde(default)]
    town_codes: String,
}

#[derive(Debug, Deserialize)]
struct StationRow {
    name: String,
    town_code_guess: String,
    confidence: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct AdjacencyRow {
    a_code: String,
    b_code: String,
}

/// Reads the tables of `dir` and gives the sections of a bundle.
///
/// The order of rows does not matter; the same tables always give the same bytes.
pub fn build_gazetteer(dir: &Path, sources: &GazetteerSources, scorer: &Scorer) -> Result<Bundle, GeoError> {
    let mut g = StoredGazetteer { city: normalize(&sources.city).text, ..StoredGazetteer::default() };
    let mut points: BTreeMap<(usize, String), (i32, i32)> = BTreeMap::new();
    let mut point = |code: &str, lon: Option<f64>, lat: Option<f64>| {
        if let (Some(lon), Some(lat)) = (lon, lat) {
            points.insert((code.len(), code.to_string()), (fixed(lon), fixed(lat)));
        }
    };
    let mut zones = Vec::new();
    let mut districts: Vec<DistrictRow> = rows(dir, "districts.csv")?.ok_or_else(|| GeoError::missing(dir, "districts.csv"))?;
    districts.sort_by(|a, b| a.code.cmp(&b.code));
    for d in districts {
        if d.code.len() != 6 {
            zones.push(d);
            continue;
        }
        point(&d.code, d.seat_lon, d.seat_lat);
        let name = clean(&d.name);
        let short = if d.short.is_empty() { strip_district(&name) } else { clean(&d.short) };
        let others = d.aliases.split(';').filter_map(other_name).filter(|(n, _)| *n != name && *n != short).collect();
        g.districts.push(StoredDistrict { code: number("districts.csv", &d.code)?, name, short, others });
    }
    let district_of = |code: &str| -> Result<u16, GeoError> {
        let n = number("towns.csv", code.get(..6).unwrap_or(code))?;
        let found = g.districts.binary_search_by_key(&n, |d| d.code);
        found.map(|i| i as u16).map_err(|_| GeoError::Parent { code: code.to_string() })
    };
    let mut towns: Vec<TownRow> = rows(dir, "towns.csv")?.ok_or_else(|| GeoError::missing(dir, "towns.csv"))?;
    towns.sort_by(|a, b| a.code.cmp(&b.code));
    let mut town_codes = Vec::new();
    for t in towns {
        let (name, other) = (clean(&t.name), clean(&t.nbs_name));
        let others = if other.is_empty() || other == name { Vec::new() } else { vec![other] };
        point(&t.code, t.lon, t.lat);
        if t.mca_code.len() == 9 && t.mca_code != t.code {
            g.other_codes.push((number("towns.csv", &t.mca_code)?, g.towns.len() as u16));
        }
        let last = number("towns.csv", t.code.get(6..9).filter(|_| t.code.len() == 9).unwrap_or("x"))?;
        g.towns.push(StoredTown { district: district_of(&t.code)?, number: last as u16, name, others });
        town_codes.push(t.code);
    }
    let town_of = |code: &str| town_codes.binary_search_by(|c| c.as_str().cmp(code)).ok().map(|i| i as u16);
    let mut communities: Vec<CommunityRow> = rows(dir, "communities.csv")?.unwrap_or_default();
    communities.sort_by(|a, b| a.code.cmp(&b.code));
    for c in communities {
        let town =
            c.code.get(..9).and_then(town_of).filter(|_| c.code.len() == 12).ok_or_else(|| GeoError::Parent { code: c.code.clone() })?;
        let (short, kind) = community_name(&clean(&c.name), &clean(&c.short_name), c.kind == "村");
        point(&c.code, c.lon, c.lat);
        g.communities.push(StoredCommunity { town, number: number("communities.csv", &c.code[9..])? as u16, kind, short });
    }
    for a in rows::<AliasRow>(dir, "aliases.csv")?.unwrap_or_default() {
        let Some(district) = g.districts.iter().position(|d| d.name == clean(&a.district)) else {
            return Err(GeoError::Parent { code: a.district });
        };
        let towns: Vec<u16> = a.town_codes.split(';').filter_map(|c| town_of(c.trim())).collect();
        g.aliases.push(StoredAlias { name: clean(&a.alias), district: district as u16, towns });
    }
    // Functional areas among the districts (经济技术开发区) are names for towns.
    for z in zones {
        let own = town_of(&z.code);
        let Some(district) = own.map(|t| g.towns[usize::from(t)].district) else { continue };
        let short = clean(&z.short);
        let same = g.aliases.iter().find(|a| a.name == short).map(|a| a.towns.clone());
        let towns = same.unwrap_or_else(|| own.into_iter().collect());
        let names = std::iter::once(clean(&z.name)).chain(z.aliases.split(';').filter_map(other_name).map(|o| o.0));
        for name in names.filter(|n| n.chars().count() >= 2) {
            g.aliases.push(StoredAlias { name, district, towns: towns.clone() });
        }
    }
    g.aliases.retain(|a| !a.name.is_empty());
    g.aliases.sort_by(|a, b| a.name.cmp(&b.name));
    g.aliases.dedup_by(|b, a| a.name == b.name);
    for a in rows::<AdjacencyRow>(dir, "district_adjacency.csv")?.unwrap_or_default() {
        g.adjacency.push((district_of(&a.a_code)?, district_of(&a.b_code)?));
    }
    g.adjacency.sort_unstable();
    let names: BTreeSet<String> = surfaces(&g).into_iter().map(|s| s.name).collect();
    let own = [g.city.as_str(), g.city.trim_end_matches('市')];
    g.outside = lines(&sources.outside).filter(|n| !names.contains(n) && !own.contains(&n.as_str())).collect();
    g.outside.sort();
    g.outside.dedup();
    g.sounds = sources.sounds.lines().filter_map(|l| l.split_once(' ')).map(|(_, chars)| clean(chars)).collect();
    for line in sources.dictionary.lines() {
        let mut parts = line.split(' ');
        if let (Some(word), Some(Ok(n))) = (parts.next(), parts.next().map(str::parse::<u64>)) {
            let word = clean(word);
            if names.contains(&word) {
                g.ordinary.push((word, ((n + 1).ilog2() / 2).clamp(1, 9) as u8));
            }
        }
    }
    g.ordinary.sort();
    g.ordinary.dedup_by(|b, a| a.0 == b.0);
    g.tree()?;
    let mut stations = Vec::new();
    for s in rows::<StationRow>(dir, "places_auto.csv")?.unwrap_or_default() {
        if let Some(town) = town_of(&s.town_code_guess) {
            let confidence = (s.confidence.unwrap_or(0.5) * 100.0).round().clamp(0.0, 100.0) as u8;
            stations.push(StoredStation { name: clean(&s.name), town, confidence });
        }
    }
    stations.sort_by(|a, b| (&a.name, a.town).cmp(&(&b.name, b.town)));
    let mut out = Bundle::default();
    out.insert(GAZETTEER, &g, &sources.notice)?;
    out.insert(SCORER, scorer, "own work")?;
    if !stations.is_empty() {
        out.insert(STATIONS, &StoredStations { stations }, &sources.stations_notice)?;
    }
    let tree = g.tree()?;
    let laid: Vec<_> = tree.areas.iter().map(|a| points.get(&(a.code.len(), a.code.clone())).copied()).collect();
    if laid.iter().any(Option::is_some) {
        out.insert(POINTS, &StoredPoints { points: laid }, &sources.points_notice)?;
    }
    if let Some(polygons) = polygons(&dir.join("districts_simplified.geojson"), &g)? {
        out.insert(POLYGONS, &polygons, &sources.polygons_notice)?;
    }
    Ok(out)
}

/// Degrees to units of 1e-5.
fn fixed(degrees: f64) -> i32 {
    (degrees.clamp(-180.0, 180.0) * 1e5).round() as i32
}

fn clean(name: &str) -> String {
    normalize(name.trim()).text
}

fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(clean).filter(|l| !l.is_empty())
}

fn number(file: &str, digits: &str) -> Result<u32, GeoError> {
    digits.parse().map_err(|_| GeoError::Row { file: file.to_string(), reason: format!("`{digits}` is not a code") })
}

fn strip_district(name: &str) -> String {
    let short = name.strip_suffix(['区', '县', '市', '旗']).unwrap_or_default();
    if short.chars().count() >= 2 { short.to_string() } else { String::new() }
}

/// `崇文(2010年并入)` is the former name 崇文; a name in brackets alone explains and is dropped.
fn other_name(text: &str) -> Option<(String, bool)> {
    let text = clean(text);
    let (name, note) = text.split_once('(').map_or((text.as_str(), ""), |(n, r)| (n, r));
    let former = note.contains('年') || name.ends_with('县');
    (name.chars().count() >= 2).then(|| (name.to_string(), former))
}

/// Short name and kind of a community from its full name (`多福巷社区居委会`).
fn community_name(name: &str, short: &str, village: bool) -> (String, CommunityKind) {
    let committees = ["居民委员会", "村民委员会", "居委会", "委会"];
    let stripped = committees.iter().find_map(|c| name.strip_suffix(c));
    let base = stripped.unwrap_or(name);
    let (word, kind, bare) = match village {
        true => ("村", CommunityKind::Village, CommunityKind::BareVillage),
        false => ("社区", CommunityKind::Community, CommunityKind::Bare),
    };
    // `小红门村村委会`: the committee's own 村 went with 委会; `屯佃村委会` lost nothing.
    let base = if village { base.strip_suffix("村村").map_or(base.to_string(), |b| format!("{b}村")) } else { base.to_string() };
    match base.strip_suffix(word) {
        Some(b) if !b.is_empty() => (if short.is_empty() { b.to_string() } else { short.to_string() }, kind),
        _ if village && stripped.is_some() => (if short.is_empty() { base } else { short.to_string() }, kind),
        _ => (if short.is_empty() { base } else { short.to_string() }, bare),
    }
}

fn rows<T: for<'de> Deserialize<'de>>(dir: &Path, file: &str) -> Result<Option<Vec<T>>, GeoError> {
    let path = dir.join(file);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(|source| GeoError::Io { path: path.display().to_string(), source })?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let read: Result<Vec<T>, _> = reader.deserialize().collect();
    read.map(Some).map_err(|e| GeoError::Row { file: file.to_string(), reason: e.to_string() })
}

fn polygons(path: &Path, g: &StoredGazetteer) -> Result<Option<StoredPolygons>, GeoError> {
    if !path.exists() {
        return Ok(None);
    }
    let bad = |reason: String| GeoError::Row { file: path.display().to_string(), reason };
    let text = std::fs::read_to_string(path).map_err(|source| GeoError::Io { path: path.display().to_string(), source })?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
    let mut out = StoredPolygons::default();
    for f in json["features"].as_array().into_iter().flatten() {
        let code = f["properties"]["code"].as_str().and_then(|c| c.parse::<u32>().ok());
        let Some(district) = code.and_then(|c| g.districts.binary_search_by_key(&c, |d| d.code).ok()) else { continue };
        let shape = &f["geometry"]["coordinates"];
        let parts: Vec<&serde_json::Value> = match f["geometry"]["type"].as_str() {
            Some("Polygon") => vec![shape],
            Some("MultiPolygon") => shape.as_array().into_iter().flatten().collect(),
            other => return Err(bad(format!("geometry {other:?}"))),
        };
        for part in parts {
            let mut rings = Vec::new();
            for ring in part.as_array().into_iter().flatten() {
                let (mut last, mut deltas) = ((0, 0), Vec::new());
                for p in ring.as_array().into_iter().flatten() {
                    let (Some(lon), Some(lat)) = (p[0].as_f64(), p[1].as_f64()) else {
                        return Err(bad(format!("point {p}")));
                    };
                    let at = (fixed(lon), fixed(lat));
                    deltas.push((at.0 - last.0, at.1 - last.1));
                    last = at;
                }
                rings.push(deltas);
            }
            out.polygons.push(StoredPolygon { district: district as u16, rings });
        }
    }
    out.polygons.sort_by_key(|p| p.district);
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_communities() {
        let name = |n: &str, s: &str, v| {
            let (short, kind) = community_name(n, s, v);
            (short, kind)
        };
        assert_eq!(name("多福巷社区居委会", "多福巷", false), ("多福巷".into(), CommunityKind::Community));
        assert_eq!(name("小红门村村委会", "小红门", true), ("小红门".into(), CommunityKind::Village));
        assert_eq!(name("屯佃村委会", "屯佃", true), ("屯佃".into(), CommunityKind::Village));
        assert_eq!(name("新源村民委员会", "", true), ("新源".into(), CommunityKind::Village));
        assert_eq!(name("某农场居委会", "某农场", false), ("某农场".into(), CommunityKind::Bare));
    }

    #[test]
    fn other_names_of_districts() {
        assert_eq!(other_name("崇文(2010年并入)"), Some(("崇文".into(), true)));
        assert_eq!(other_name("通县"), Some(("通县".into(), true)));
        assert_eq!(other_name("城市副中心"), Some(("城市副中心".into(), false)));
        assert_eq!(other_name(""), None);
    }
}
