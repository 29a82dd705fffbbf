//! The units of a city (`units.csv`): names, level, district branches, and from when to when each exists.

use super::DispatchError;
use super::table::Table;
use crate::complaint::{Day, Level};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

const TABLE: &str = "units";
/// Stands for a district's name in [`Unit::branch`].
const DISTRICT: &str = "{district}";
/// How names of streets and townships end.
const STREETS: [&str; 10] = ["街道", "街道办", "街道办事处", "地区办事处", "镇", "乡", "镇政府", "乡政府", "镇人民政府", "乡人民政府"];

/// Number of a unit within its [`Units`].
pub type UnitId = u16;

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Short name (`交管局`).
    pub short: String,
    /// Official name, which answers carry.
    pub official: String,
    /// Level it works at: street, department or enterprise.
    pub level: Level,
    /// What it is (`委办局`, `国企`, `街乡镇`, …), free text.
    pub kind: String,
    /// How its branch in a district is called, with `{district}` for the district's name; empty when it has none.
    pub branch: String,
    /// First day it exists; `None` for always.
    pub valid_from: Option<Day>,
    /// Last day it exists; `None` while it lives.
    pub valid_to: Option<Day>,
    /// Who took over (short name) when it was dissolved.
    pub successor: Option<String>,
}

/// The table of units. Names are found in constant time.
#[derive(Debug, Clone, Default)]
pub struct Units {
    list: Vec<Unit>,
    by_name: FxHashMap<String, UnitId>,
}

impl Units {
    /// Reads a table with the columns `short,official,level,kind,branch,valid_from,valid_to,successor` (the last four may be missing).
    ///
    /// ```
    /// # use jiesu::dispatch::Units;
    /// let units = Units::from_csv("short,official,level,kind\n教委,市教委,department,委办局\n")?;
    /// assert_eq!(units.find("市教委"), units.find("教委"));
    /// # Ok::<(), jiesu::dispatch::DispatchError>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, DispatchError> {
        let known = ["short", "official", "level", "kind", "branch", "valid_from", "valid_to", "successor"];
        let table = Table::read(TABLE, text, &known, &["short", "official", "level"])?;
        let mut list = Vec::new();
        for row in table.rows() {
            let row = row?;
            let level = match row.get("level") {
                "street" => Level::Street,
                "department" => Level::Department,
                "enterprise" => Level::Enterprise,
                other => return Err(row.error(format!("level `{other}` is not street, department or enterprise"))),
            };
            list.push(Unit {
                short: row.required("short")?.to_string(),
                official: row.required("official")?.to_string(),
                level,
                kind: row.get("kind").to_string(),
                branch: row.get("branch").to_string(),
                valid_from: row.day("valid_from")?,
                valid_to: row.day("valid_to")?,
                successor: row.optional("successor").map(str::to_string),
            });
        }
        Self::new(list)
    }

    /// Checks that names are unique, successors are known, and there are at most 65,535 units.
    pub fn new(list: Vec<Unit>) -> Result<Self, DispatchError> {
        let problem = |at: usize, text: String| Err(DispatchError::line(TABLE, at as u64 + 2, text));
        let mut by_name = FxHashMap::default();
        for (at, unit) in list.iter().enumerate() {
            let Ok(id) = UnitId::try_from(at) else { return problem(at, "more than 65535 units".into()) };
            for name in [&unit.short, &unit.official] {
                if name.is_empty() {
                    return problem(at, "a name is empty".into());
                }
                if by_name.insert(name.clone(), id).is_some_and(|old| old != id) {
                    return problem(at, format!("`{name}` names two units"));
                }
            }
        }
        for (at, unit) in list.iter().enumerate() {
            if let Some(next) = &unit.successor
                && !by_name.contains_key(next)
            {
                return problem(at, format!("successor `{next}` is not in the table"));
            }
        }
        Ok(Units { list, by_name })
    }

    /// A unit by its short or official name.
    pub fn find(&self, name: &str) -> Option<UnitId> {
        self.by_name.get(name).copied()
    }

    /// A unit by any name an order may carry: its own, that of its branch in a district (`昌平区教委`), or of any street or township.
    /// Linear in the units when the name is not one of the table.
    pub fn resolve(&self, name: &str) -> Option<UnitId> {
        let branch = |unit: &Unit| {
            let (before, after) = unit.branch.split_once(DISTRICT)?;
            let district = name.strip_prefix(before)?.strip_suffix(after)?;
            ["区", "县", "市"].iter().any(|end| district.len() > end.len() && district.ends_with(end)).then_some(())
        };
        let street = || STREETS.iter().any(|end| name.ends_with(end)).then(|| self.street()).flatten();
        let of_district = || self.list.iter().position(|u| branch(u).is_some()).and_then(|at| UnitId::try_from(at).ok());
        self.find(name).or_else(of_district).or_else(street)
    }

    /// The same table with further units at its end; numbers of the others stay.
    pub fn with(&self, more: impl IntoIterator<Item = Unit>) -> Result<Self, DispatchError> {
        Self::new(self.list.iter().cloned().chain(more).collect())
    }

    /// The unit that does the work today of one that may be dissolved: itself when it exists on `day`, else its successor's; `None` when
    /// nobody took over or the chain runs in a circle.
    pub fn living(&self, id: UnitId, day: Option<Day>) -> Option<UnitId> {
        let mut at = id;
        for _ in 0..8 {
            let unit = self.get(at)?;
            if unit.exists(day) {
                return Some(at);
            }
            at = self.find(unit.successor.as_deref()?)?;
        }
        None
    }

    /// A unit by number.
    pub fn get(&self, id: UnitId) -> Option<&Unit> {
        self.list.get(usize::from(id))
    }

    /// Number of units, dissolved ones counted.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All units in table order.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.list.iter()
    }

    /// The unit that stands for "the street or township itself": the first of level street.
    pub fn street(&self) -> Option<UnitId> {
        self.list.iter().position(|u| u.level == Level::Street && u.valid_to.is_none()).and_then(|at| UnitId::try_from(at).ok())
    }
}

impl Unit {
    /// Whether the unit exists on a day; without a day, whether it has no end.
    pub fn exists(&self, day: Option<Day>) -> bool {
        match day {
            Some(day) => self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to),
            None => self.valid_to.is_none(),
        }
    }

    /// The name of its branch in a district, when it has branches.
    pub fn branch_in(&self, district: &str) -> Option<String> {
        (!self.branch.is_empty()).then(|| self.branch.replace(DISTRICT, district))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "short,official,level,kind,branch,valid_from,valid_to,successor\n\
        工商局,市工商局,department,委办局,,,2018-12-31,市场监管局\n\
        市场监管局,市市场监管局,department,委办局,{district}市场监管局,2019-01-01,,\n\
        街乡镇,属地街道办事处、乡镇人民政府,street,街乡镇,,,,\n";

    #[test]
    fn a_dissolved_unit_hands_over() {
        let units = Units::from_csv(CSV).unwrap();
        let old = units.find("工商局").unwrap();
        assert_eq!(units.living(old, Day::new(2018, 6, 1)), Some(old));
        assert_eq!(units.living(old, Day::new(2020, 6, 1)), units.find("市市场监管局"));
        assert_eq!(units.living(old, None), units.find("市场监管局"));
        assert_eq!(units.get(1).unwrap().branch_in("海淀区").as_deref(), Some("海淀区市场监管局"));
        assert_eq!(units.street(), Some(2));
        assert_eq!(units.resolve("昌平区市场监管局"), units.find("市场监管局"));
        assert_eq!(units.resolve("昌平区回龙观街道办事处"), Some(2));
        assert_eq!((units.resolve("昌平市场监管局"), units.resolve("区市场监管局"), units.resolve("")), (None, None, None));
    }

    #[test]
    fn bad_tables_name_their_line() {
        let bad = |csv: &str| Units::from_csv(csv).unwrap_err().to_string();
        assert!(bad("short,official\nx,y\n").contains("`level` is missing"));
        assert!(bad("short,official,level\nx,y,boss\n").contains("line 2"));
        assert!(bad("short,official,level\nx,y,street\nx,z,street\n").contains("line 3: `x` names two units"));
        assert!(bad("short,official,level,valid_to\nx,y,street,2020-02-30\n").contains("line 2"));
        assert!(bad("short,official,level,successor\nx,y,street,z\n").contains("successor `z`"));
    }
}
