//! Dispatch in the bundle: the tables as they are written by people, and the weights.

use super::{Calendar, Catalogue, DispatchError, Dispatcher, Fusion, Roads, Units};
use crate::bundle::{Bundle, BundleError};
use serde::{Deserialize, Serialize};

/// Name of the section.
pub const SECTION: &str = "dispatch";
/// Its notice.
pub const NOTICE: &str = "catalogue, units, holidays and roads of Beijing: own work from published rules (Apache-2.0)";

/// What the section holds. Tables stay text, so that the one in a bundle is the one people read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The catalogue, CSV.
    pub catalogue: String,
    /// The units, CSV.
    pub units: String,
    /// The holidays, CSV.
    pub holidays: String,
    /// Roads and rivers through several districts, CSV.
    pub roads: String,
    /// The weights.
    pub fusion: Fusion,
}

impl Section {
    /// Reads the tables and joins them.
    pub fn dispatcher(self) -> Result<Dispatcher, DispatchError> {
        let fusion = self.fusion.check().map_err(|e| DispatchError::Learning(e.to_string()))?;
        let units = Units::from_csv(&self.units)?;
        let holidays = if self.holidays.is_empty() { Calendar::default() } else { Calendar::from_csv(&self.holidays)? };
        let catalogue = if self.catalogue.is_empty() { Catalogue::default() } else { Catalogue::from_csv(&self.catalogue)? };
        let roads = if self.roads.is_empty() { Roads::default() } else { Roads::from_csv(&self.roads)? };
        Ok(Dispatcher::new(catalogue, units, holidays, fusion)?.with_roads(roads))
    }
}

impl Dispatcher {
    /// From a bundle; `None` when it has no dispatch section.
    pub fn from_bundle(bundle: &Bundle) -> Result<Option<Self>, BundleError> {
        let section: Option<Section> = bundle.find(SECTION)?;
        section.map(|s| s.dispatcher().map_err(|e| BundleError::malformed(SECTION, e))).transpose()
    }
}

/// Reads `catalogue/{beijing,units,holidays,roads}.csv` below `models` and adds the section, with default weights.
#[cfg(feature = "train")]
pub fn build(models: &std::path::Path, bundle: &mut Bundle) -> Result<(), DispatchError> {
    let dir = models.join("catalogue");
    let read = |name: &str| {
        let path = dir.join(name);
        std::fs::read_to_string(&path).map_err(|source| DispatchError::Io { path: path.display().to_string(), source })
    };
    let catalogue = read("beijing.csv")?;
    let fusion = Fusion::default().knowing(&Catalogue::from_csv(&catalogue)?);
    let section = Section { catalogue, units: read("units.csv")?, holidays: read("holidays.csv")?, roads: read("roads.csv")?, fusion };
    section.clone().dispatcher()?;
    bundle.insert(SECTION, &section, NOTICE).map_err(|e| DispatchError::Learning(e.to_string()))
}

/// Puts learned weights into the section of a bundle.
#[cfg(feature = "train")]
pub fn put_fusion(fusion: Fusion, bundle: &mut Bundle) -> Result<(), BundleError> {
    let section = Section { fusion: fusion.check()?, ..bundle.get(SECTION)? };
    bundle.insert(SECTION, &section, NOTICE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::{Collective, RequestType, Topic};
    use crate::dispatch::{Case, UnitScore};
    use crate::text::{Prepared, Segmenter};

    #[test]
    fn the_shipped_tables_load_and_answer_and_a_changed_row_is_followed() {
        let section = Section {
            catalogue: include_str!("../../../models/catalogue/beijing.csv").into(),
            units: include_str!("../../../models/catalogue/units.csv").into(),
            holidays: include_str!("../../../models/catalogue/holidays.csv").into(),
            roads: include_str!("../../../models/catalogue/roads.csv").into(),
            fusion: Fusion::default(),
        };
        let changed = section.catalogue.replace(",自来水集团,水务局,", ",水务局,自来水集团,");
        let dispatcher = section.dispatcher().unwrap();
        let prepared = Prepared::new("小区停水两天了", None, &Segmenter::new("停水 10\n").unwrap());
        let nobody = Collective { flag: false, people: None };
        let topics = [Topic { code: "D08".into(), name: "水电气热与通信".into(), p: 0.9, evidence: Vec::new() }];
        let case = Case { topics: &topics, ..Case::of(&prepared, RequestType::Complaint, &nobody) };
        let answer = dispatcher.suggest(&case);
        assert_eq!(answer.units[0].unit, "北京市自来水集团");
        assert!(answer.units[0].reasons[0].contains("「停水」"));
        let reloaded = dispatcher.with_catalogue(Catalogue::from_csv(&changed).unwrap()).unwrap();
        assert_eq!(reloaded.suggest(&case).units[0].unit, "市水务局");
        // A row changed since the model was trained decides against what the model has learned.
        let learned = [UnitScore { unit: "自来水集团", p: 0.97, evidence: Vec::new() }];
        let case = Case { units: &learned, ..case };
        let fusion = Fusion::default().knowing(dispatcher.catalogue());
        let knowing = Dispatcher::new(dispatcher.catalogue().clone(), dispatcher.units().clone(), Calendar::default(), fusion).unwrap();
        assert_eq!(knowing.suggest(&case).units[0].unit, "北京市自来水集团");
        let answer = knowing.with_catalogue(Catalogue::from_csv(&changed).unwrap()).unwrap().suggest(&case);
        assert_eq!(answer.units[0].unit, "市水务局");
        assert!(answer.disagree && answer.units[0].reasons[0].contains("训练后更新"), "{answer:?}");
        // Nothing known at all: still a lead and a reason.
        let bare = Dispatcher::new(Catalogue::default(), dispatcher.units().clone(), Calendar::default(), Fusion::default()).unwrap();
        let answer = bare.suggest(&Case::of(&prepared, RequestType::Complaint, &nobody));
        assert!(answer.abstain && !answer.units[0].reasons.is_empty());
    }
}
