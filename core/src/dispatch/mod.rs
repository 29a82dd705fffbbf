//! Dispatch suggestion (智能派单): catalogue, history and geography, kept apart.
//!
//! Three sources speak of every request and stay visible in the answer: the **catalogue** (派单目录), readable rules that a city changes
//! without training; **history**, the probabilities of a learned model and, when an index is opened, similar past orders; **geography**,
//! which names the concrete street, township or district branch. [`Fusion`] weighs them; where a catalogue row is binding it decides,
//! where it is silent or names several units the learned part does.

mod case;
mod error;
mod table;
mod units;

pub use case::{Case, UnitScore};
pub use error::DispatchError;
pub use units::{Unit, UnitId, Units};

use crate::complaint::{Level, Limit, UnitAnswer};

/// What the dispatcher answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The lead first, then the receiving street and cooperating units; never empty.
    pub units: Vec<UnitAnswer>,
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
}

/// Suggests units, level and time limit. Immutable and shareable between threads.
#[derive(Debug, Clone, Default)]
pub struct Dispatcher {
    units: Units,
}

impl Dispatcher {
    /// Suggests where a request goes.
    pub fn suggest(&self, case: &Case<'_>) -> Suggestion {
        let _ = (&self.units, case);
        Suggestion { units: Vec::new(), level: Level::Street, level_p: 0.0, limit: None, abstain: true, disagree: false }
    }
}
