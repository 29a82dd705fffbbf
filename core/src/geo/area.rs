//! The tree of areas: city, districts, streets and townships, communities.

use crate::complaint::AreaAnswer;

/// An area of one [`super::Gazetteer`]; cheap to copy, only meaningful with the gazetteer that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaId(pub(super) u32);

/// Depth in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AreaLevel {
    /// 市辖区, 县: 6 digits.
    District,
    /// 街道, 镇, 乡: 9 digits.
    Town,
    /// 社区, 村: 12 digits.
    Community,
}

/// One node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Code of the statistical system: 6, 9 or 12 digits.
    pub code: String,
    /// Legal name, in full (`回龙观街道`, `多福巷社区`).
    pub name: String,
    /// Depth.
    pub level: AreaLevel,
    /// The area it belongs to; `None` for a district.
    pub parent: Option<AreaId>,
}

/// Districts, towns and communities with their places in the tree.
///
/// Areas are kept in code order, so the children of an area are one run of it.
#[derive(Debug, Clone, Default)]
pub struct AreaTree {
    pub(super) city: String,
    pub(super) areas: Vec<Area>,
    /// For each area the run of its children.
    pub(super) children: Vec<(u32, u32)>,
    /// For each district its neighbours, in code order.
    pub(super) neighbours: Vec<Vec<AreaId>>,
    /// Codes that other tables use for the same areas.
    pub(super) other_codes: Vec<(String, AreaId)>,
}

impl AreaTree {
    /// Name of the city (`北京市`).
    pub fn city(&self) -> &str {
        &self.city
    }

    /// The area with this code. O(log n).
    pub fn find(&self, code: &str) -> Option<AreaId> {
        let order = |a: &Area| (a.code.len(), a.code.as_str()).cmp(&(code.len(), code));
        let other = || self.other_codes.iter().find(|(c, _)| c == code).map(|&(_, id)| id);
        self.areas.binary_search_by(order).ok().map(|i| AreaId(i as u32)).or_else(other)
    }

    /// The area itself.
    ///
    /// # Panics
    /// Never with an id of this tree.
    pub fn area(&self, id: AreaId) -> &Area {
        &self.areas[id.0 as usize]
    }

    /// Code of an area.
    pub fn code(&self, id: AreaId) -> &str {
        &self.area(id).code
    }

    /// Legal name of an area.
    pub fn name(&self, id: AreaId) -> &str {
        &self.area(id).name
    }

    /// The area it belongs to.
    pub fn parent(&self, id: AreaId) -> Option<AreaId> {
        self.area(id).parent
    }

    /// The areas that belong to it, in code order.
    pub fn children(&self, id: AreaId) -> impl ExactSizeIterator<Item = AreaId> + use<> {
        let (from, to) = self.children[id.0 as usize];
        (from..to).map(AreaId)
    }

    /// Districts, in code order.
    pub fn districts(&self) -> impl Iterator<Item = AreaId> + '_ {
        self.level(AreaLevel::District)
    }

    /// All areas of one level, in code order.
    pub fn level(&self, level: AreaLevel) -> impl Iterator<Item = AreaId> + '_ {
        (0..self.areas.len()).filter(move |&i| self.areas[i].level == level).map(|i| AreaId(i as u32))
    }

    /// The area itself or the ancestor of it at `level`; `None` when the area lies above that level.
    pub fn ancestor(&self, id: AreaId, level: AreaLevel) -> Option<AreaId> {
        let mut at = Some(id);
        while let Some(a) = at.filter(|&a| self.area(a).level > level) {
            at = self.parent(a);
        }
        at.filter(|&a| self.area(a).level == level)
    }

    /// The district an area lies in (itself when it is one).
    pub fn district_of(&self, id: AreaId) -> Option<AreaId> {
        self.ancestor(id, AreaLevel::District)
    }

    /// The street or township an area lies in (itself when it is one); `None` for a district.
    pub fn town_of(&self, id: AreaId) -> Option<AreaId> {
        self.ancestor(id, AreaLevel::Town)
    }

    /// Whether `inner` is `outer` or lies in it.
    pub fn contains(&self, outer: AreaId, inner: AreaId) -> bool {
        self.ancestor(inner, self.area(outer).level) == Some(outer)
    }

    /// Areas that border on it: districts by their common border; below them nothing is recorded.
    pub fn adjacent(&self, id: AreaId) -> &[AreaId] {
        self.neighbours.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The answer that names an area.
    pub fn answer(&self, id: AreaId, p: f64) -> AreaAnswer {
        let name = |a: AreaId| self.name(a).to_string();
        AreaAnswer {
            code: self.code(id).to_string(),
            name: name(id),
            district: self.district_of(id).map(name),
            town: self.town_of(id).map(name),
            p,
        }
    }
}
