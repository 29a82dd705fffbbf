//! Earlier requests that the page hands in, and which of them are of the same matter as a new one: the core's learned pair score judges.

use jiesu::bundle::BundleError;
use jiesu::complaint::{Complaint, round4};
use jiesu::engine::Engine as Core;
use jiesu::incident::{IncidentModel, PairRelation, PairScore, SECTION, Signature};
use serde::Serialize;

/// Everything that was handed in: ids and fingerprints.
#[derive(Default)]
pub(crate) struct Shelf {
    earlier: Vec<(String, Signature)>,
}

/// An earlier request that resembles the one asked about.
#[derive(Serialize)]
pub(crate) struct Likeness<'s> {
    id: &'s str,
    index: usize,
    p: f64,
    relation: PairRelation,
    reasons: Vec<String>,
}

fn missing() -> BundleError {
    BundleError::Missing(SECTION.to_string())
}

fn sign(core: &Core, record: &Complaint) -> Result<Signature, BundleError> {
    core.sign(record).ok_or_else(missing)
}

impl Shelf {
    /// Keeps these and nothing else; an error when the bundle was cut down and holds no pair score.
    pub(crate) fn new(core: &Core, records: &[Complaint]) -> Result<Self, BundleError> {
        let earlier = records.iter().map(|r| Ok((r.id.clone(), sign(core, r)?))).collect::<Result<_, BundleError>>()?;
        Ok(Shelf { earlier })
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.earlier.len()
    }

    /// The most alike, best first; linear in what is kept.
    pub(crate) fn like(&self, core: &Core, record: &Complaint, limit: usize) -> Result<Vec<Likeness<'_>>, BundleError> {
        let model: &IncidentModel = core.incident_model().ok_or_else(missing)?;
        let asked = sign(core, record)?;
        let mut found: Vec<(f64, usize)> = self.earlier.iter().enumerate().map(|(at, (_, s))| (model.same(&asked, s), at)).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(limit);
        let judged = found.into_iter().filter_map(|(_, index)| {
            let (id, signature) = self.earlier.get(index)?;
            let PairScore { p, relation, reasons } = model.score(&asked, signature);
            (relation != PairRelation::Different).then(|| Likeness { id, index, p: round4(p), relation, reasons })
        });
        Ok(judged.collect())
    }
}
