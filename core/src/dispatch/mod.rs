//! Dispatch suggestion (智能派单): catalogue, history and geography, kept apart.
//!
//! Three sources speak of every request and stay visible in the answer: the **catalogue** (派单目录), readable rules that a city changes
//! without training; **history**, the probabilities of a learned model and, when an index is opened, similar past orders; **geography**,
//! which names the concrete street, township or district branch. [`Fusion`] weighs them; where a catalogue row is binding it decides,
//! where it is silent or names several units the learned part does.

mod border;
mod calendar;
mod case;
mod catalogue;
mod error;
mod evaluate;
mod fusion;
mod history;
mod jurisdiction;
pub mod risk;
mod section;
mod suggest;
mod table;
#[cfg(feature = "train")]
mod train;
mod units;

pub use border::{Border, Roads};
pub use calendar::Calendar;
pub use case::{Case, UnitScore};
pub use catalogue::{Catalogue, Finding, FindingKind, Hits, Match, People, Rule, Scope, When};
pub use error::DispatchError;
pub use evaluate::{Costs, Covered, Disagreement, Evaluation, Outcome, Sent, Stale, UnitFigures, evaluate};
pub use fusion::{Fusion, LEVELS};
pub use history::{Feedback, HISTORY_FILE, History, HistoryAnswer, HistoryBuilder, PastUnit};
pub use section::{NOTICE, SECTION, Section};
#[cfg(feature = "train")]
pub use section::{build, put_fusion};
#[cfg(feature = "train")]
pub use train::{Labelled, train_fusion};
pub use units::{Unit, UnitId, Units};

use crate::complaint::{Level, Limit, UnitAnswer};
use fusion::Tables;
use suggest::KNOWN_FROM;

/// What the dispatcher answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The lead first, then receiving offices and cooperating units; never empty.
    pub units: Vec<UnitAnswer>,
    /// Leads by their fused probability (official names), at most five, best first; empty when no source names one.
    pub ranked: Vec<(String, f64)>,
    /// Where the request goes first.
    pub level: Level,
    /// Probability of that level.
    pub level_p: f64,
    /// Time limit, when a catalogue row or the urgency sets one.
    pub limit: Option<Limit>,
    /// A person should decide.
    pub abstain: bool,
    /// Catalogue and history name different leads.
    pub disagree: bool,
    /// The catalogue row that holds under the likeliest topic.
    pub row: Option<String>,
    /// The unit the learned model finds likeliest (official name).
    pub history_lead: Option<String>,
}

/// Suggests units, level and time limit. Immutable and shareable between threads; a new catalogue gives a new dispatcher in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Dispatcher {
    catalogue: Catalogue,
    units: Units,
    calendar: Calendar,
    roads: Roads,
    fusion: Fusion,
    tables: Tables,
}

impl Dispatcher {
    /// Joins a catalogue with the units it names. An error when a row names a unit that is not in the table.
    pub fn new(catalogue: Catalogue, units: Units, calendar: Calendar, fusion: Fusion) -> Result<Self, DispatchError> {
        let tables = Tables::new(&fusion, &catalogue, &units)?;
        Ok(Dispatcher { catalogue, units, calendar, roads: Roads::default(), fusion, tables })
    }

    /// The same dispatcher with roads and rivers through several districts.
    pub fn with_roads(self, roads: Roads) -> Self {
        Dispatcher { roads, ..self }
    }

    fn with(&self, catalogue: Catalogue, units: Units) -> Result<Self, DispatchError> {
        let new = Self::new(catalogue, units, self.calendar.clone(), self.fusion.clone())?;
        Ok(new.with_roads(self.roads.clone()))
    }

    /// The same dispatcher with another catalogue; no training.
    pub fn with_catalogue(&self, catalogue: Catalogue) -> Result<Self, DispatchError> {
        self.with(catalogue, self.units.clone())
    }

    /// The same dispatcher knowing the units of a city's own orders: a unit that is not in the table is added once five orders went to
    /// it, as a department under the name the orders give it. Names of district branches and streets belong to a unit of the table.
    pub fn with_history(&self, history: &History) -> Result<Self, DispatchError> {
        let new = history.units().filter(|(name, orders)| *orders >= KNOWN_FROM && self.units.resolve(name).is_none());
        let unit = |name: &str| Unit {
            short: name.to_string(),
            official: name.to_string(),
            level: Level::Department,
            kind: String::new(),
            branch: String::new(),
            valid_from: None,
            valid_to: None,
            successor: None,
        };
        let units = self.units.with(new.filter(|(name, _)| !name.is_empty()).map(|(name, _)| unit(name)))?;
        self.with(self.catalogue.clone(), units)
    }

    /// The catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The units.
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// The city's working days.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Roads and rivers through several districts.
    pub fn roads(&self) -> &Roads {
        &self.roads
    }

    /// The weights.
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }
}
