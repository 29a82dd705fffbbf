//! All that is known of a city's places, opened from a bundle.

use super::chain::Context;
use super::cues::Cues;
use super::features::NAMES;
use super::names::Names;
use super::points::Points;
use super::sounds::Sounds;
use super::stored::*;
use super::{AreaId, AreaTree, Scorer};
use crate::bundle::{Bundle, BundleError};

/// The places of a city, ready to be found in texts. Immutable; `Send + Sync`.
#[derive(Debug)]
pub struct Gazetteer {
    tree: AreaTree,
    names: Names,
    cues: Cues,
    sounds: Sounds,
    kinds: Vec<CommunityKind>,
    pub(super) points: Points,
    pub(super) weights: Vec<f64>,
}

impl Gazetteer {
    /// Opens the gazetteer of a bundle: sections `gazetteer` and `geo.scorer`, and `geo.stations`, `geo.points`, `geo.polygons` where
    /// they are there. Takes some milliseconds for a city of eight thousand areas.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, BundleError> {
        let stored: StoredGazetteer = bundle.get(GAZETTEER)?;
        let scorer: Scorer = bundle.get(SCORER)?;
        let stations: StoredStations = bundle.find(STATIONS)?.unwrap_or_default();
        let tree = stored.tree()?;
        if let Some(s) = stations.stations.iter().find(|s| usize::from(s.town) >= stored.towns.len()) {
            return Err(BundleError::malformed(STATIONS, format_args!("station `{}`", s.name)));
        }
        let points = Points::new(&stored, bundle.find(POINTS)?, bundle.find(POLYGONS)?)?;
        Ok(Gazetteer {
            names: Names::new(&stored, &stations),
            cues: Cues::new(&stored.outside),
            sounds: Sounds::new(&stored),
            kinds: stored.communities.iter().map(|c| c.kind).collect(),
            points,
            weights: scorer.laid_out(NAMES)?,
            tree,
        })
    }

    /// The tree of areas.
    pub fn tree(&self) -> &AreaTree {
        &self.tree
    }

    /// Where an area lies, WGS-84 longitude and latitude; `None` when unknown or the section `geo.points` was removed.
    pub fn point(&self, area: AreaId) -> Option<(f64, f64)> {
        self.points.wgs84(area)
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { tree: &self.tree, names: &self.names, sounds: &self.sounds, kinds: &self.kinds }
    }

    pub(super) fn cues(&self) -> &Cues {
        &self.cues
    }
}
