//! All that is known of a city's places.

use super::{AreaTree, Hints, Resolution};
use crate::bundle::{Bundle, BundleError};
use crate::text::Prepared;

/// The places of a city, ready to be found in texts. Immutable; `Send + Sync`.
#[derive(Debug, Default)]
pub struct Gazetteer {
    tree: AreaTree,
}

impl Gazetteer {
    /// Opens the gazetteer of a bundle.
    pub fn from_bundle(_bundle: &Bundle) -> Result<Self, BundleError> {
        Ok(Gazetteer::default())
    }

    /// The tree of areas.
    pub fn tree(&self) -> &AreaTree {
        &self.tree
    }

    /// The areas a text speaks of.
    pub fn resolve(&self, _text: &Prepared, _hints: &Hints<'_>) -> Resolution {
        Resolution::default()
    }
}
