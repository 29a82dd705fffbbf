//! Floor 3: area tree, gazetteer, address resolution, adjacency.
//!
//! A [`Gazetteer`] is opened from a bundle's sections `gazetteer`, `geo.scorer` and the removable `geo.polygons`, `geo.stations` and
//! `geo.points`; [`Gazetteer::resolve`] reads one text.

mod area;
mod gazetteer;
mod resolve;

pub use area::{Area, AreaId, AreaLevel, AreaTree};
pub use gazetteer::Gazetteer;
pub use resolve::{Hints, Mention, PlaceKind, Resolution};
