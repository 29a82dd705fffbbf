//! Floor 3: area tree, gazetteer, address resolution, adjacency.
//!
//! A [`Gazetteer`] is opened from a bundle's sections `gazetteer`, `geo.scorer` and the removable `geo.polygons`, `geo.stations` and
//! `geo.points`; [`Gazetteer::resolve`] reads one text.

mod area;
#[cfg(feature = "train")]
mod build;
mod chain;
#[cfg(feature = "train")]
mod corpus;
mod cues;
mod error;
mod features;
mod gazetteer;
mod names;
mod points;
mod reading;
mod resolve;
mod scorer;
mod sounds;
mod stored;
#[cfg(feature = "train")]
mod train;
mod trie;

pub use area::{Area, AreaId, AreaLevel, AreaTree};
#[cfg(feature = "train")]
pub use build::{GazetteerSources, build_gazetteer};
#[cfg(feature = "train")]
pub use corpus::{PENALTY, PlaceGold, PlaceRow, beijing_sources, build, examples, read_elsewhere, read_rows};
pub use error::GeoError;
pub use gazetteer::Gazetteer;
pub use resolve::{Hints, Mention, PlaceKind, Resolution};
pub use scorer::Scorer;
#[cfg(feature = "train")]
pub use train::{Example, train_scorer};
