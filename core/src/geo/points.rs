//! Where areas lie: points of areas and outlines of districts, all in GCJ-02.

use super::stored::{POINTS, POLYGONS, StoredGazetteer, StoredPoints, StoredPolygons};
use super::{AreaId, AreaLevel, AreaTree};
use crate::bundle::BundleError;
use crate::complaint::{gcj02_to_wgs84, wgs84_to_gcj02};

/// Points and outlines; empty when their sections were removed.
#[derive(Debug, Default)]
pub(super) struct Points {
    /// Per area, degrees GCJ-02.
    points: Vec<Option<(f64, f64)>>,
    /// District and its rings, with a bounding box.
    outlines: Vec<Outline>,
}

#[derive(Debug)]
struct Outline {
    district: AreaId,
    rings: Vec<Vec<(f64, f64)>>,
    low: (f64, f64),
    high: (f64, f64),
}

impl Points {
    pub(super) fn new(g: &StoredGazetteer, points: Option<StoredPoints>, polygons: Option<StoredPolygons>) -> Result<Self, BundleError> {
        let mut out = Points::default();
        if let Some(p) = points {
            if p.points.len() != g.area_count() {
                return Err(BundleError::malformed(POINTS, format_args!("{} points for {} areas", p.points.len(), g.area_count())));
            }
            out.points = p.points.into_iter().map(|p| p.map(|(lon, lat)| (degrees(lon), degrees(lat)))).collect();
        }
        for p in polygons.into_iter().flat_map(|p| p.polygons) {
            if usize::from(p.district) >= g.districts.len() {
                return Err(BundleError::malformed(POLYGONS, format_args!("district {}", p.district)));
            }
            let mut o = Outline {
                district: AreaId(u32::from(p.district)),
                rings: Vec::new(),
                low: (f64::INFINITY, f64::INFINITY),
                high: (f64::NEG_INFINITY, f64::NEG_INFINITY),
            };
            for ring in p.rings {
                let mut at = (0i32, 0i32);
                let mut points = Vec::with_capacity(ring.len());
                for (dx, dy) in ring {
                    at = (at.0.saturating_add(dx), at.1.saturating_add(dy));
                    let (x, y) = (degrees(at.0), degrees(at.1));
                    o.low = (o.low.0.min(x), o.low.1.min(y));
                    o.high = (o.high.0.max(x), o.high.1.max(y));
                    points.push((x, y));
                }
                o.rings.push(points);
            }
            out.outlines.push(o);
        }
        Ok(out)
    }

    /// Point of an area, WGS-84.
    pub(super) fn wgs84(&self, area: AreaId) -> Option<(f64, f64)> {
        let (lon, lat) = (*self.points.get(area.0 as usize)?)?;
        Some(gcj02_to_wgs84(lon, lat))
    }

    /// What a WGS-84 point says of the district (outline, or the nearest town's) and the town (of the nearest known points), with
    /// probabilities. Nearest points give the right district in 97 of 100 cases and the right town in 77, so the town stays a guess.
    pub(super) fn areas_at(&self, tree: &AreaTree, lon: f64, lat: f64) -> Vec<(AreaId, f64)> {
        let (x, y) = wgs84_to_gcj02(lon, lat);
        let scale = libm::cos(y.to_radians());
        let mut near: Vec<(f64, AreaId)> = Vec::new();
        for (i, p) in self.points.iter().enumerate() {
            let area = AreaId(i as u32);
            if let (Some((px, py)), Some(town)) = (*p, tree.town_of(area)) {
                let (dx, dy) = ((px - x) * scale * 111.32, (py - y) * 111.32);
                near.push((dx * dx + dy * dy, town));
            }
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // Nobody is 40 km from every known point of the city.
        if near.first().is_some_and(|n| n.0 > 1600.0) {
            near.clear();
        }
        let outline = self.outlines.iter().find(|o| o.contains(x, y)).map(|o| o.district);
        let nearest = near.first().and_then(|n| tree.district_of(n.1));
        let (district, sure) = match (outline, nearest) {
            (Some(d), _) => (d, 0.97),
            // Outside every outline: a border simplified away, or another city.
            (None, Some(d)) if self.outlines.is_empty() || near[0].0 < 9.0 => (d, 0.9),
            _ => return Vec::new(),
        };
        let mut out = vec![(district, sure)];
        let mut towns: Vec<(AreaId, f64)> = Vec::new();
        let mut sum = 0.0;
        for &(d2, town) in near.iter().take(6) {
            // The district known from its outline leaves a town across the border little.
            let inside = if tree.district_of(town) == Some(district) { 1.0 } else { 0.05 };
            let weight = inside / (0.05 + d2);
            sum += weight;
            match towns.iter_mut().find(|t| t.0 == town) {
                Some(t) => t.1 += weight,
                None => towns.push((town, weight)),
            }
        }
        towns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // 0.8: how often the nearest points are right at best.
        out.extend(towns.into_iter().map(|(t, w)| (t, 0.8 * sure * w / sum)));
        debug_assert!(out.iter().all(|o| tree.area(o.0).level <= AreaLevel::Town));
        out
    }
}

fn degrees(fixed: i32) -> f64 {
    f64::from(fixed) / 1e5
}

impl Outline {
    /// Even–odd rule over all rings, so holes are outside.
    fn contains(&self, x: f64, y: f64) -> bool {
        if x < self.low.0 || x > self.high.0 || y < self.low.1 || y > self.high.1 {
            return false;
        }
        let mut inside = false;
        for ring in &self.rings {
            let mut last = ring.last().copied().unwrap_or_default();
            for &at in ring {
                if (at.1 > y) != (last.1 > y) && x < (last.0 - at.0) * (y - at.1) / (last.1 - at.1) + at.0 {
                    inside = !inside;
                }
                last = at;
            }
        }
        inside
    }
}
