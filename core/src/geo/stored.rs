//! The gazetteer as it lies in the bundle, and the checks that make an [`AreaTree`] of it.

use super::{Area, AreaId, AreaLevel, AreaTree};
use crate::bundle::BundleError;
use serde::{Deserialize, Serialize};

/// Section with tree, names and aliases.
pub(super) const GAZETTEER: &str = "gazetteer";
/// Section with the weights of the scorer.
pub(super) const SCORER: &str = "geo.scorer";
/// Section with the polygons of the districts.
pub(super) const POLYGONS: &str = "geo.polygons";
/// Section with metro stations.
pub(super) const STATIONS: &str = "geo.stations";
/// Section with points of areas.
pub(super) const POINTS: &str = "geo.points";

/// Section `gazetteer`. All names are in normal form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StoredGazetteer {
    pub city: String,
    /// In code order.
    pub districts: Vec<StoredDistrict>,
    /// In code order.
    pub towns: Vec<StoredTown>,
    /// In code order.
    pub communities: Vec<StoredCommunity>,
    pub aliases: Vec<StoredAlias>,
    /// Pairs of districts that share a border.
    pub adjacency: Vec<(u16, u16)>,
    /// Other codes of towns: the other code, index of the town.
    pub other_codes: Vec<(u32, u16)>,
    /// Names of provinces and cities elsewhere.
    pub outside: Vec<String>,
    /// Names that are ordinary words too, with a level 1 (rare) to 9 (very common).
    pub ordinary: Vec<(String, u8)>,
    /// How characters sound: classes of characters that sound (nearly) alike.
    pub sounds: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredDistrict {
    pub code: u32,
    pub name: String,
    /// Name without 区; empty when there is none.
    pub short: String,
    /// Other names; true for a former one.
    pub others: Vec<(String, bool)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredTown {
    pub district: u16,
    /// Last three digits of the code.
    pub number: u16,
    pub name: String,
    /// Other full names (the statistical one).
    pub others: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredCommunity {
    pub town: u16,
    /// Last three digits of the code.
    pub number: u16,
    pub kind: CommunityKind,
    /// Name without 社区, 村 and the committee.
    pub short: String,
}

/// What a community is, and whether its name ends in that word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CommunityKind {
    Community,
    Village,
    /// A community whose name has no such word.
    Bare,
    /// A village whose name has no such word.
    BareVillage,
}

impl CommunityKind {
    pub(super) fn is_village(self) -> bool {
        matches!(self, CommunityKind::Village | CommunityKind::BareVillage)
    }

    fn word(self) -> &'static str {
        match self {
            CommunityKind::Community => "社区",
            CommunityKind::Village => "村",
            CommunityKind::Bare | CommunityKind::BareVillage => "",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredAlias {
    pub name: String,
    pub district: u16,
    /// Towns it covers, the main one first; empty when it stands for the district.
    pub towns: Vec<u16>,
}

/// Section `geo.stations`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StoredStations {
    pub stations: Vec<StoredStation>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredStation {
    pub name: String,
    pub town: u16,
    /// How sure the town is, 0–100.
    pub confidence: u8,
}

/// Section `geo.points`: GCJ-02, in units of 1e-5 degree, in the order of the areas; `None` where unknown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StoredPoints {
    pub points: Vec<Option<(i32, i32)>>,
}

/// Section `geo.polygons`: per district its rings (GCJ-02, 1e-5 degree, each point after the first as a difference); the first ring of
/// a part is its outline, the others are holes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StoredPolygons {
    pub polygons: Vec<StoredPolygon>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredPolygon {
    pub district: u16,
    pub rings: Vec<Vec<(i32, i32)>>,
}

impl StoredGazetteer {
    /// Index of the area of a town.
    pub(super) fn town_id(&self, town: u16) -> AreaId {
        AreaId(self.districts.len() as u32 + u32::from(town))
    }

    /// Index of the area of a community.
    pub(super) fn community_id(&self, index: usize) -> AreaId {
        AreaId((self.districts.len() + self.towns.len() + index) as u32)
    }

    /// How many areas there are.
    pub(super) fn area_count(&self) -> usize {
        self.districts.len() + self.towns.len() + self.communities.len()
    }

    /// Checks every invariant and lays out the tree.
    pub(super) fn tree(&self) -> Result<AreaTree, BundleError> {
        let bad = |reason: String| BundleError::malformed(GAZETTEER, reason);
        if self.districts.is_empty() || self.districts.len() > 1000 || self.towns.len() > usize::from(u16::MAX) {
            return Err(bad(format!("{} districts, {} towns", self.districts.len(), self.towns.len())));
        }
        let mut areas = Vec::with_capacity(self.area_count());
        for d in &self.districts {
            if d.code > 999_999 || d.name.is_empty() {
                return Err(bad(format!("district {} `{}`", d.code, d.name)));
            }
            areas.push(Area { code: format!("{:06}", d.code), name: d.name.clone(), level: AreaLevel::District, parent: None });
        }
        for t in &self.towns {
            let Some(d) = self.districts.get(usize::from(t.district)).filter(|_| t.number < 1000 && !t.name.is_empty()) else {
                return Err(bad(format!("town `{}`", t.name)));
            };
            let code = format!("{:06}{:03}", d.code, t.number);
            areas.push(Area { code, name: t.name.clone(), level: AreaLevel::Town, parent: Some(AreaId(u32::from(t.district))) });
        }
        for c in &self.communities {
            let Some(t) = self.towns.get(usize::from(c.town)).filter(|_| c.number < 1000 && !c.short.is_empty()) else {
                return Err(bad(format!("community `{}`", c.short)));
            };
            let parent = self.town_id(c.town);
            let code = format!("{:06}{:03}{:03}", self.districts[usize::from(t.district)].code, t.number, c.number);
            let name = format!("{}{}", c.short, c.kind.word());
            areas.push(Area { code, name, level: AreaLevel::Community, parent: Some(parent) });
        }
        let key = |a: &Area| (a.code.len(), a.code.clone());
        if let Some(w) = areas.windows(2).find(|w| key(&w[0]) >= key(&w[1])) {
            return Err(bad(format!("areas {} and {} are out of order", w[0].code, w[1].code)));
        }
        // Children follow their parents' order, so each parent's are one run.
        let mut children = vec![(0u32, 0u32); areas.len()];
        for (i, a) in areas.iter().enumerate() {
            if let Some(p) = a.parent {
                let run = &mut children[p.0 as usize];
                if run.1 == 0 {
                    *run = (i as u32, i as u32 + 1);
                } else if run.1 == i as u32 {
                    run.1 += 1;
                } else {
                    return Err(bad(format!("area {} is apart from its siblings", a.code)));
                }
            }
        }
        let mut neighbours = vec![Vec::new(); self.districts.len()];
        for &(a, b) in &self.adjacency {
            let n = self.districts.len();
            if usize::from(a) >= n || usize::from(b) >= n || a == b {
                return Err(bad(format!("adjacency {a}–{b}")));
            }
            neighbours[usize::from(a)].push(AreaId(u32::from(b)));
            neighbours[usize::from(b)].push(AreaId(u32::from(a)));
        }
        for n in &mut neighbours {
            n.sort_unstable();
            n.dedup();
        }
        for a in &self.aliases {
            let towns = a.towns.iter().all(|&t| usize::from(t) < self.towns.len());
            if a.name.is_empty() || !towns || a.towns.len() > 64 || usize::from(a.district) >= self.districts.len() {
                return Err(bad(format!("alias `{}`", a.name)));
            }
        }
        let n_towns = self.towns.len();
        if let Some(c) = self.other_codes.iter().find(|c| usize::from(c.1) >= n_towns) {
            return Err(bad(format!("other code {}", c.0)));
        }
        let other_codes = self.other_codes.iter().map(|&(code, t)| (format!("{code:09}"), self.town_id(t))).collect();
        Ok(AreaTree { city: self.city.clone(), areas, children, neighbours, other_codes })
    }
}
