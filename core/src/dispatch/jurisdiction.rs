//! From the areas a text speaks of to the concrete street, township or district branch.

use super::Border;
use super::units::Unit;
use crate::complaint::{AreaAnswer, Level, Named};

/// A second place is offered beside the first when it is at least this share as likely.
const NEAR: f64 = 0.5;
/// Below this probability a place is not offered at all.
const LEAST: f64 = 0.15;

/// The places a request may belong to, at most two of each depth.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Jurisdiction {
    /// District (code, name) and its probability.
    pub(crate) districts: Vec<(Named, f64)>,
    /// Street or township (code, full name with its district) and its probability.
    pub(crate) towns: Vec<(Named, f64)>,
}

impl Jurisdiction {
    /// Sums candidates up to their town and district (they overlap: a district candidate says nothing against its towns).
    pub(crate) fn new(areas: &[AreaAnswer], border: Option<&Border>) -> Self {
        let mut all = Self::of(areas);
        if let Some(border) = border {
            let sides = Self::of(&border.areas);
            // Both sides, however unlikely one is; streets only when the border is between streets.
            all.districts = sides.districts;
            if !sides.towns.is_empty() {
                all.towns = sides.towns;
            }
        } else {
            keep_near(&mut all.districts);
            keep_near(&mut all.towns);
        }
        all.districts.truncate(2);
        all.towns.truncate(2);
        all
    }

    fn of(areas: &[AreaAnswer]) -> Self {
        let mut all = Jurisdiction::default();
        let Some(best) = areas.first() else { return all };
        for area in areas {
            let code = |n: usize| area.code.get(..n).map(str::to_string);
            let district = area.district.clone().or_else(|| (area.code.len() == 6).then(|| area.name.clone()));
            if let (Some(code), Some(name)) = (code(6), &district) {
                raise(&mut all.districts, code, name.clone(), area.p);
            }
            let town = area.town.clone().or_else(|| (area.code.len() == 9).then(|| area.name.clone()));
            if let (Some(code), Some(town)) = (code(9), town) {
                let name = match &district {
                    Some(d) if !town.starts_with(d.as_str()) => format!("{d}{town}"),
                    _ => town,
                };
                raise(&mut all.towns, code, name, area.p);
            }
        }
        // The text's own depth: a district that is clearly more likely than any town hides the towns.
        if best.code.len() == 6 {
            all.towns.retain(|(_, p)| *p >= NEAR * best.p);
        }
        sort(&mut all.districts);
        sort(&mut all.towns);
        all
    }

    /// The concrete office of a unit, and the second one when two are nearly as likely.
    pub(crate) fn offices(&self, unit: &Unit) -> Vec<(Named, f64)> {
        if unit.level == Level::Street {
            return self.towns.clone();
        }
        let branch = |(district, p): &(Named, f64)| {
            let name = unit.branch_in(&district.name)?;
            Some((Named { code: district.code.clone(), name }, *p))
        };
        self.districts.iter().filter_map(branch).collect()
    }
}

/// Adds a place or raises its probability to the greatest of its candidates.
fn raise(places: &mut Vec<(Named, f64)>, code: String, name: String, p: f64) {
    match places.iter_mut().find(|(n, _)| n.code == code) {
        Some((_, best)) => *best = best.max(p),
        None => places.push((Named { code, name }, p)),
    }
}

fn sort(places: &mut [(Named, f64)]) {
    places.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.code.cmp(&b.0.code)));
}

fn keep_near(places: &mut Vec<(Named, f64)>) {
    let best = places.first().map_or(0.0, |(_, p)| *p);
    places.retain(|(_, p)| *p >= LEAST && *p >= NEAR * best);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, name: &str, district: &str, town: Option<&str>, p: f64) -> AreaAnswer {
        AreaAnswer { code: code.into(), name: name.into(), district: Some(district.into()), town: town.map(str::to_string), p }
    }

    #[test]
    fn a_community_leads_to_its_street() {
        let j = Jurisdiction::new(&[area("110114011005", "龙跃苑社区", "昌平区", Some("回龙观街道"), 0.9)], None);
        assert_eq!(j.towns, [(Named { code: "110114011".into(), name: "昌平区回龙观街道".into() }, 0.9)]);
        assert_eq!(j.districts[0].0.name, "昌平区");
    }

    #[test]
    fn near_ties_are_both_offered_and_far_ones_are_not() {
        let (a, b) = (area("110114011", "回龙观街道", "昌平区", None, 0.5), area("110114013", "史各庄街道", "昌平区", None, 0.4));
        let j = Jurisdiction::new(&[a.clone(), b], None);
        assert_eq!((j.towns.len(), j.districts.len()), (2, 1));
        let j = Jurisdiction::new(&[a, area("110108001", "万寿路街道", "海淀区", None, 0.2)], None);
        assert_eq!((j.towns.len(), j.districts.len()), (1, 1));
        assert_eq!(Jurisdiction::new(&[], None), Jurisdiction::default());
    }

    #[test]
    fn a_district_alone_gives_no_street() {
        let district = AreaAnswer { code: "110105".into(), name: "朝阳区".into(), district: None, town: None, p: 0.95 };
        let j = Jurisdiction::new(&[district, area("110105001", "建外街道", "朝阳区", None, 0.1)], None);
        assert!(j.towns.is_empty());
        assert_eq!(j.districts[0].0.name, "朝阳区");
    }

    #[test]
    fn both_sides_of_a_border_are_offered_however_unlikely() {
        let (a, b) = (area("110105026", "大屯街道", "朝阳区", None, 0.83), area("110114", "昌平区", "昌平区", None, 0.17));
        let side = area("110105", "朝阳区", "朝阳区", None, 0.83);
        let border = Border { areas: vec![side, b], reason: String::new() };
        let j = Jurisdiction::new(&[a], Some(&border));
        assert_eq!(j.districts.iter().map(|d| d.0.name.as_str()).collect::<Vec<_>>(), ["朝阳区", "昌平区"]);
        assert_eq!(j.towns.len(), 1);
    }
}
