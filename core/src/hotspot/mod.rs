//! Hotspot detection (热点发现): area × topic × time, with the false alarms of the whole grid under control.
//!
//! Every day, every topic in every group of sibling areas is compared with what a normal day would bring; see `baseline` for
//! the expectation, `rates` for rates and dispersions with shrinkage, `evidence` for the statistic, `calibrate` for the
//! threshold, `border` for outbreaks over the borders of groups, `surge` for those of the whole city, `permutation` for the statistic that
//! needs no rates, `detector::discovery` for what holds over days. [`Detector`] puts them together, [`EventLog`] holds the events, [`Alert`]
//! is the answer.

mod areas;
mod baseline;
mod border;
mod calibrate;
mod checkup;
mod detector;
mod dossier;
#[cfg(feature = "train")]
mod emerging;
mod error;
mod event;
mod evidence;
mod fast;
mod history;
mod monthly;
mod params;
mod permutation;
mod random;
mod rates;
mod read;
mod report;
mod surge;
mod topics;

pub use areas::{Area, Areas};
pub use checkup::{Checkup, checkup};
pub use detector::{Detector, SeriesDay};
pub use dossier::{Progress, dossier, progress};
#[cfg(feature = "train")]
pub use emerging::{Emerging, EmergingParams, EmergingRequest, EmergingTopic, NameWord};
pub use error::HotspotError;
pub use event::{Event, EventLog, EventRef, token_key};
pub use monthly::{Month, Ranked, rank};
pub use params::{DetectorParams, Statistic};
pub use read::read_events;
pub use report::Report;
pub use topics::Topics;

use crate::complaint::Day;
use serde::{Serialize, Serializer};

/// Whether an alert speaks of some areas or of the whole city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One to a few areas.
    Local,
    /// A surge of the whole city.
    City,
}

/// Whether an alert is the first of its outbreak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Said for the first time.
    New,
    /// Said before; it has grown since.
    Ongoing,
}

/// One alert, as the contract's JSON has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// The day it is said.
    #[serde(serialize_with = "date")]
    pub as_of: Day,
    /// Id of the outbreak, the same as long as it goes on.
    pub alert: String,
    /// Local or city-wide.
    pub scope: Scope,
    /// Codes of the areas.
    pub areas: Vec<String>,
    /// Code of the topic.
    pub topic: String,
    /// First day of the outbreak.
    #[serde(serialize_with = "date")]
    pub start: Day,
    /// Last day seen.
    #[serde(serialize_with = "date")]
    pub end: Day,
    /// Calls from `start` to `end`, each caller once.
    pub observed: u64,
    /// What normal days would have brought.
    #[serde(serialize_with = "crate::complaint::four_decimals")]
    pub expected: f64,
    /// Chance that a given group of areas starts an episode this strong on a given normal day.
    #[serde(serialize_with = "scientific")]
    pub p_value: f64,
    /// Estimated share of false ones among the alerts of the last 30 days that are at least this strong: those to be expected over
    /// the grids of all these days together, by the number said (Benjamini–Hochberg over area × topic × day; each outbreak counts once).
    /// Local alerts and those of the whole city are counted apart.
    #[serde(serialize_with = "scientific")]
    pub q_value: f64,
    /// New or ongoing.
    pub state: State,
    /// Different callers among the cases; an unknown one counts as somebody else.
    pub callers: u64,
    /// Different incidents among the cases, when events carry incidents: 1 means that many people tell of one matter.
    pub incidents: Option<u64>,
    /// Ids of the cases, repeated calls included.
    pub cases: Vec<String>,
}

fn date<S: Serializer>(day: &Day, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(day)
}

/// Small probabilities keep three digits instead of four decimals.
fn scientific<S: Serializer>(p: &f64, s: S) -> Result<S::Ok, S::Error> {
    let rounded = format!("{p:.2e}").parse::<f64>().unwrap_or(*p);
    s.serialize_f64(rounded)
}
