//! From mentions to the area a text speaks of.

use super::AreaId;
use crate::complaint::{AreaAnswer, Span};
use crate::text::Prepared;

/// What is known beside the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Code of an area the platform already knows (the caller's own district, the area of the order).
    pub area: Option<&'a str>,
    /// WGS-84 longitude and latitude.
    pub point: Option<(f64, f64)>,
    /// The address field of the form, apart from the text.
    pub address: Option<&'a Prepared>,
}

/// What a mention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// 区, 县, with or without the word.
    District,
    /// 街道, 镇, 乡, by its legal or statistical name.
    Town,
    /// 社区, 村, 小区.
    Community,
    /// What residents say (望京, 国贸), former names (宣武).
    Alias,
    /// Metro station.
    Station,
}

/// A place named in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Where, in bytes of the source.
    pub span: Span,
    /// What kind of name.
    pub kind: PlaceKind,
    /// The areas it may mean, best first.
    pub areas: Vec<AreaId>,
    /// Probability that the matter of the text is there (low for a workplace, a firm's name, an ordinary word).
    pub p: f64,
}

/// What a text says about its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolution {
    /// Places named, in text order.
    pub mentions: Vec<Mention>,
    /// The deepest area the text supports; `None` when it names none.
    pub area: Option<AreaAnswer>,
    /// Candidates, best first, at most 8.
    pub areas: Vec<AreaAnswer>,
}
