//! The areas of a city as a tree, with optional neighbours and points.

use super::HotspotError;
use crate::geo::{AreaId, AreaLevel, Gazetteer};
use std::collections::BTreeMap;
use std::io::Read;

/// One area.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Code of the area it lies in; empty at the top.
    pub parent: String,
    /// WGS-84 longitude and latitude.
    pub point: Option<(f64, f64)>,
}

/// Table of areas: `code,name,parent[,lon,lat]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Areas {
    list: Vec<Area>,
    index: BTreeMap<String, usize>,
    edges: Vec<(usize, usize)>,
}

impl Areas {
    /// Reads the table; a header line names the columns.
    ///
    /// ```
    /// # use jiesu::hotspot::Areas;
    /// let areas = Areas::from_csv("code,name,parent\n110105,朝阳区,\n110105001,建外街道,110105\n".as_bytes())?;
    /// assert_eq!(areas.get("110105001").map(|a| a.parent.as_str()), Some("110105"));
    /// # Ok::<(), jiesu::hotspot::HotspotError>(())
    /// ```
    pub fn from_csv(source: impl Read) -> Result<Self, HotspotError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        let bad = |line: u64, reason: String| HotspotError::Area { line, reason };
        let header = reader.headers().map_err(|e| bad(1, e.to_string()))?.clone();
        let column = |name: &str| header.iter().position(|h| h.trim().trim_start_matches('\u{feff}') == name);
        let (code, name) = (column("code").ok_or_else(|| bad(1, "no column `code`".into()))?, column("name"));
        let (parent, lon, lat) = (column("parent"), column("lon"), column("lat"));
        let mut areas = Areas::default();
        for (i, row) in reader.records().enumerate() {
            let line = i as u64 + 2;
            let row = row.map_err(|e| bad(line, e.to_string()))?;
            let get = |c: Option<usize>| c.and_then(|c| row.get(c)).map(str::trim).unwrap_or_default();
            let code = get(Some(code)).to_string();
            if code.is_empty() {
                return Err(bad(line, "no code".into()));
            }
            let point = match (get(lon), get(lat)) {
                ("", _) | (_, "") => None,
                (x, y) => match (x.parse::<f64>(), y.parse::<f64>()) {
                    (Ok(x), Ok(y)) if x.abs() <= 180.0 && y.abs() <= 90.0 => Some((x, y)),
                    _ => return Err(bad(line, format!("lon {x}, lat {y} is not a place on earth"))),
                },
            };
            let name = Some(get(name)).filter(|n| !n.is_empty()).unwrap_or(&code).to_string();
            let area = Area { name, parent: get(parent).to_string(), point, code };
            if areas.index.insert(area.code.clone(), areas.list.len()).is_some() {
                return Err(bad(line, format!("area {} is there twice", area.code)));
            }
            areas.list.push(area);
        }
        Ok(areas)
    }

    /// Districts and towns of a gazetteer, with their points and neighbours.
    pub fn from_gazetteer(gazetteer: &Gazetteer) -> Self {
        let tree = gazetteer.tree();
        let mut areas = Areas::default();
        let ids: Vec<AreaId> = tree.districts().chain(tree.level(AreaLevel::Town)).collect();
        for &id in &ids {
            let parent = tree.parent(id).filter(|&p| tree.area(p).level == AreaLevel::District);
            let (code, name) = (tree.code(id).to_string(), tree.name(id).to_string());
            areas.index.insert(code.clone(), areas.list.len());
            areas.list.push(Area {
                name,
                parent: parent.map_or_else(String::new, |p| tree.code(p).to_string()),
                point: gazetteer.point(id),
                code,
            });
        }
        let towns = ids.iter().filter(|&&id| tree.area(id).level == AreaLevel::Town);
        let pairs = towns.flat_map(|&a| tree.adjacent(a).iter().map(move |&b| (tree.code(a), tree.code(b))));
        areas.edges = pairs.filter_map(|(a, b)| Some((*areas.index.get(a)?, *areas.index.get(b)?))).filter(|(a, b)| a < b).collect();
        areas.edges.sort_unstable();
        areas.edges.dedup();
        areas
    }

    /// Adds neighbours from a table `a,b`; pairs of unknown areas are left out.
    pub fn with_adjacency(mut self, source: impl Read) -> Result<Self, HotspotError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        for (i, row) in reader.records().enumerate() {
            let row = row.map_err(|e| HotspotError::Area { line: i as u64 + 2, reason: e.to_string() })?;
            let find = |c: usize| row.get(c).and_then(|code| self.index.get(code.trim())).copied();
            if let (Some(a), Some(b)) = (find(0), find(1))
                && a != b
            {
                self.edges.push((a.min(b), a.max(b)));
            }
        }
        self.edges.sort_unstable();
        self.edges.dedup();
        Ok(self)
    }

    /// The area of a code.
    pub fn get(&self, code: &str) -> Option<&Area> {
        self.index.get(code).and_then(|&i| self.list.get(i))
    }

    /// All areas, in the table's order.
    pub fn list(&self) -> &[Area] {
        &self.list
    }

    /// Pairs of neighbours.
    pub fn edges(&self) -> impl Iterator<Item = (&Area, &Area)> {
        self.edges.iter().filter_map(|&(a, b)| Some((self.list.get(a)?, self.list.get(b)?)))
    }

    /// The area whose series an event at `code` belongs to: the table's area itself, the nearest area above it whose code is a
    /// prefix (a community of 12 digits in its town of 9), or the code as it is.
    pub fn series_area<'a>(&self, code: &'a str) -> &'a str {
        if self.index.contains_key(code) {
            return code;
        }
        if code.bytes().all(|b| b.is_ascii_digit()) && code.len() > 9 {
            let town = code.get(..9).unwrap_or(code);
            if self.list.is_empty() || self.index.contains_key(town) {
                return town;
            }
        }
        if code.bytes().all(|b| b.is_ascii_digit()) && code.len() > 6 {
            let district = code.get(..6).unwrap_or(code);
            if self.index.contains_key(district) {
                return district;
            }
        }
        code
    }

    /// Code of the group of siblings an area is scanned with: its parent, or the district of a 9-digit code without a table.
    pub fn group<'a>(&'a self, code: &'a str) -> &'a str {
        match self.get(code) {
            Some(area) if !area.parent.is_empty() => &area.parent,
            Some(_) => code,
            None if code.len() == 9 && code.bytes().all(|b| b.is_ascii_digit()) => code.get(..6).unwrap_or(code),
            None => code,
        }
    }

    /// Whether some area of the table lies in this one.
    pub fn is_inner(&self, code: &str) -> bool {
        self.list.iter().any(|a| a.parent == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_and_neighbours() {
        let areas = Areas::from_csv("code,name,parent,lon,lat\nc,城,,\na,甲,c,116.4,39.9\nb,乙,c,,\n".as_bytes())
            .unwrap()
            .with_adjacency("a,b\na,b\nb,a\na,zz\n".as_bytes())
            .unwrap();
        assert_eq!(areas.edges().count(), 1);
        assert_eq!(areas.group("a"), "c");
        assert!(areas.is_inner("c") && !areas.is_inner("a"));
        assert_eq!(areas.get("a").unwrap().point, Some((116.4, 39.9)));
    }

    #[test]
    fn bad_rows_name_their_line() {
        for (text, line) in [("name\nx\n", 1), ("code,name\na,甲\na,乙\n", 3), ("code,lon,lat\na,400,1\n", 2), ("code\n\"\"\n", 2)] {
            match Areas::from_csv(text.as_bytes()) {
                Err(HotspotError::Area { line: l, .. }) => assert_eq!(l, line, "{text}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn communities_fall_into_their_town() {
        let none = Areas::default();
        assert_eq!(none.series_area("110105001001"), "110105001");
        assert_eq!(none.group("110105001"), "110105");
        let some = Areas::from_csv("code,name,parent\n110105,朝阳区,\n".as_bytes()).unwrap();
        assert_eq!(some.series_area("110105001001"), "110105");
    }
}
