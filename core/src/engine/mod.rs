//! The facade: opens a bundle and runs everything over one complaint or a batch.
//!
//! [`Engine`] is immutable and `Send + Sync`: share one behind an `Arc` between all threads.

#[cfg(feature = "train")]
mod fusion;
mod matter;
mod summary;

use crate::Error;
use crate::bundle::Bundle;
use crate::complaint::{Analysis, Complaint, IncidentAnswer, Matter};
use crate::dispatch::{Catalogue, Dispatcher, History, Suggestion};
use crate::geo::{Gazetteer, Hints};
use crate::incident::{Facts, IncidentIndex, IncidentModel, IndexSettings, Signature};
use crate::intake::{Intake, Known};
use crate::text::{Embedding, Prepared, Segmenter};
use crate::topic::Topics;
#[cfg(feature = "train")]
pub use fusion::learn_fusion;
use matter::Shared;
use std::sync::Arc;
pub use summary::summary;

/// Everything a bundle knows, ready to answer.
#[derive(Debug)]
pub struct Engine {
    segmenter: Segmenter,
    gazetteer: Gazetteer,
    intake: Intake,
    topics: Topics,
    dispatcher: Dispatcher,
    embedding: Option<Embedding>,
    /// The city's own past orders; opened beside the bundle, never in it.
    history: Option<Arc<History>>,
    /// Not in a bundle cut down for the browser.
    incidents: Option<Arc<IncidentModel>>,
}

impl Engine {
    /// From a bundle's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bundle(&Bundle::from_bytes(bytes)?)
    }

    /// From a bundle that is already open.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, Error> {
        let incidents = if bundle.has("incident") { Some(Arc::new(IncidentModel::from_bundle(bundle)?)) } else { None };
        Ok(Engine {
            segmenter: Segmenter::from_bundle(bundle)?,
            gazetteer: Gazetteer::from_bundle(bundle)?,
            intake: Intake::from_bundle(bundle)?,
            topics: Topics::from_bundle(bundle)?,
            dispatcher: Dispatcher::from_bundle(bundle)?.unwrap_or_default(),
            embedding: Embedding::from_bundle(bundle)?,
            history: None,
            incidents,
        })
    }

    /// From the default bundle, which the feature `embed` puts into the program (9.8 MB).
    ///
    /// ```
    /// use jiesu::{Complaint, engine::Engine};
    ///
    /// let engine = Engine::embedded()?;
    /// let answer = engine.analyze(&Complaint::builder("1").text("楼下烧烤店半夜还在放音响，吵得睡不着").build()?);
    /// println!("{} → {}", answer.topics[0].name, answer.units[0].unit);
    /// # assert!(!answer.units[0].reasons.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "embed")]
    pub fn embedded() -> Result<Self, Error> {
        Self::from_bytes(crate::bundle::EMBEDDED)
    }

    /// The same engine with a city's own past orders: suggestions list the three most similar ones and what became of them, and past
    /// returns are not repeated. After [`History::apply`] call it again with the changed index; takes milliseconds besides the clone.
    pub fn with_history(mut self, history: impl Into<Arc<History>>) -> Result<Self, Error> {
        let history = history.into();
        self.dispatcher = self.dispatcher.with_history(&history)?;
        self.history = Some(history);
        Ok(self)
    }

    /// The same engine with another catalogue; no training. An error when a row names a unit that is not in the table.
    pub fn with_catalogue(mut self, catalogue: Catalogue) -> Result<Self, Error> {
        self.dispatcher = self.dispatcher.with_catalogue(catalogue)?;
        Ok(self)
    }

    /// Whether a history index is open.
    pub fn has_history(&self) -> bool {
        self.history.is_some()
    }

    /// The dispatcher, with its catalogue and units.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Analyses one complaint. Pure: the same complaint always gets the same answer. Spans are bytes of its text.
    pub fn analyze(&self, complaint: &Complaint) -> Analysis {
        self.analyze_prepared(complaint, &self.prepare(complaint))
    }

    /// Where the (first matter of the) complaint goes, with what [`Engine::analyze`] leaves out: ranked leads, the catalogue's row, and
    /// whether catalogue and history disagree.
    pub fn dispatch(&self, complaint: &Complaint) -> Suggestion {
        let (analysis, suggestion) = self.answer(complaint, &self.prepare(complaint));
        Suggestion { units: analysis.units, ..suggestion }
    }

    /// [`Engine::dispatch`] over a batch, in order; over all cores with the feature `parallel`.
    pub fn dispatch_batch(&self, complaints: &[Complaint]) -> Vec<Suggestion> {
        map(complaints, |c| self.dispatch(c))
    }

    fn prepare(&self, complaint: &Complaint) -> Prepared {
        Prepared::new(&complaint.text, complaint.title_len, &self.segmenter)
    }

    fn analyze_prepared(&self, complaint: &Complaint, prepared: &Prepared) -> Analysis {
        self.answer(complaint, prepared).0
    }

    /// The analysis and the first matter's suggestion; the units are in the analysis alone.
    fn answer(&self, complaint: &Complaint, prepared: &Prepared) -> (Analysis, Suggestion) {
        let address = complaint.address.as_ref().map(|a| Prepared::new(a, None, &self.segmenter));
        let hints = Hints { area: complaint.area.as_deref(), point: complaint.point, address: address.as_ref() };
        let place = self.gazetteer.resolve(prepared, &hints);
        let reading = self.intake.read(&complaint.text, prepared);
        let entities = self.intake.entities(&reading, complaint.received_at.map(|t| t.day()));
        let collective = self.intake.collective(&reading);
        let report = self.intake.report(&reading);
        let border = self.dispatcher.roads().border(&complaint.text, prepared.text(), &place, self.gazetteer.tree());
        let (areas, border) = (&place.areas, border.as_ref());
        let shared = Shared { complaint, collective: &collective, areas, border, entities: &entities, report };

        let ranges = self.intake.split(&reading, &|range| self.domains_of(prepared, range));
        let mut found: Vec<matter::Found> = match ranges.as_slice() {
            [] | [_] => vec![self.matter(&shared, &reading, prepared, 0)],
            several => several.iter().map(|m| self.matter_of(&shared, m)).collect(),
        };
        let spans: Vec<_> = ranges.iter().map(|m| m.span).collect();
        let matters = found
            .iter()
            .enumerate()
            .map(|(n, f)| Matter {
                start: if n == 0 { 0 } else { spans.get(n).map_or(0, |s| s.start) },
                end: spans.get(n + 1).map_or(complaint.text.len(), |s| s.start),
                topics: f.topics.clone(),
                problem: f.problem.clone(),
                units: f.dispatch.units.clone(),
            })
            .collect();
        // The fields outside speak of the first matter; there is always one.
        let mut first = found.swap_remove(0);
        let known = Known {
            problem: first.problem.as_ref().map(|p| p.code.as_str()),
            domain: first.topics.first().map(|t| t.code.as_str()),
            area_digits: place.area.as_ref().map_or(0, |a| a.code.len()),
            entities: &entities,
            collective: &collective,
        };
        let missing = self.intake.missing(&reading, known);
        let pii = self.intake.pii(&reading);
        let analysis = Analysis {
            id: complaint.id.clone(),
            received_at: complaint.received_text.clone(),
            channel: complaint.channel.clone(),
            caller: complaint.caller.clone(),
            status: complaint.status.clone(),
            kind: first.kind,
            urgency: first.urgency,
            topics: first.topics,
            problem: first.problem,
            level: first.dispatch.level,
            units: std::mem::take(&mut first.dispatch.units),
            limit: first.dispatch.limit,
            abstain: first.dispatch.abstain,
            area: place.area,
            areas: place.areas,
            pii,
            entities,
            missing,
            matters,
            collective,
            incident: None,
        };
        (analysis, first.dispatch)
    }

    /// An empty incident index over this engine's pair score, with a live window in days.
    pub fn incident_index(&self, window_days: u32) -> Result<IncidentIndex, Error> {
        let model = self.incidents.clone().ok_or_else(|| crate::bundle::BundleError::Missing("incident".into()))?;
        Ok(IncidentIndex::new(model, IndexSettings { window_days, ..IndexSettings::default() }))
    }

    /// The durable incident index in a folder, over this engine's pair score.
    #[cfg(feature = "store")]
    pub fn incident_store(&self, dir: &std::path::Path, window_days: u32) -> Result<crate::incident::IncidentStore, Error> {
        let model = self.incidents.clone().ok_or_else(|| crate::bundle::BundleError::Missing("incident".into()))?;
        let settings = IndexSettings { window_days, ..IndexSettings::default() };
        Ok(crate::incident::IncidentStore::open(dir, model, settings).map_err(crate::incident::IncidentError::from)?)
    }

    /// Analyses one complaint and files it in an incident index made by [`Engine::incident_index`].
    pub fn process(&self, complaint: &Complaint, index: &mut IncidentIndex) -> Analysis {
        let (analysis, signature) = self.analyze_and_sign(complaint);
        file(analysis, signature.as_ref(), index)
    }

    /// [`Engine::process`] over a batch: analysed over all cores, filed in input order. Canonical JSON.
    pub fn process_json_batch(&self, complaints: &[Complaint], index: &mut IncidentIndex) -> Vec<String> {
        let analysed = map(complaints, |c| self.analyze_and_sign(c));
        let filed = analysed.into_iter().zip(complaints);
        filed.map(|((analysis, signature), c)| canonical_json(&c.text, file(analysis, signature.as_ref(), index))).collect()
    }

    /// The pair score of merging; `None` when the bundle was cut down.
    pub fn incident_model(&self) -> Option<&Arc<IncidentModel>> {
        self.incidents.as_ref()
    }

    /// The fingerprint that [`Engine::incident_model`] compares.
    pub fn sign(&self, complaint: &Complaint) -> Option<Signature> {
        self.sign_prepared(complaint, &self.prepare(complaint))
    }

    /// The complaint as [`crate::hotspot::Emerging`] takes it: vector, words, place and finest class. `None` without word vectors in the bundle.
    #[cfg(feature = "train")]
    pub fn emerging_request(&self, complaint: &Complaint) -> Option<crate::hotspot::EmergingRequest> {
        let embedding = self.embedding.as_ref()?;
        let prepared = self.prepare(complaint);
        let analysis = self.analyze_prepared(complaint, &prepared);
        Some(crate::hotspot::EmergingRequest {
            id: analysis.id,
            caller: complaint.caller.as_deref().map_or(0, crate::hotspot::token_key),
            area: analysis.area.map(|a| a.code),
            vector: embedding.embed(&prepared),
            words: prepared.tokens.iter().map(|t| t.of(prepared.text()).to_string()).collect(),
            class: analysis.problem.map(|p| (p.code, p.p)),
        })
    }

    /// [`Engine::emerging_request`] over a batch, in order; over all cores with the feature `parallel`.
    #[cfg(feature = "train")]
    pub fn emerging_batch(&self, complaints: &[Complaint]) -> Vec<crate::hotspot::EmergingRequest> {
        map(complaints, |c| self.emerging_request(c)).into_iter().flatten().collect()
    }

    fn sign_prepared(&self, complaint: &Complaint, prepared: &Prepared) -> Option<Signature> {
        self.incidents.as_ref().map(|model| {
            let embedding = self.embedding.as_ref().map(|e| e.embed(prepared));
            model.sign(prepared, &Facts { embedding: embedding.as_deref(), ..Facts::of(complaint) })
        })
    }

    fn analyze_and_sign(&self, complaint: &Complaint) -> (Analysis, Option<Signature>) {
        let prepared = self.prepare(complaint);
        (self.analyze_prepared(complaint, &prepared), self.sign_prepared(complaint, &prepared))
    }

    /// The canonical JSON of [`Engine::analyze`]: spans in code points, fixed field order, four decimals.
    pub fn analyze_json(&self, complaint: &Complaint) -> String {
        canonical_json(&complaint.text, self.analyze(complaint))
    }

    /// [`Engine::analyze_json`] over a batch, in order; over all cores with the feature `parallel`.
    pub fn analyze_json_batch(&self, complaints: &[Complaint]) -> Vec<String> {
        map(complaints, |c| self.analyze_json(c))
    }
}

/// Applies `work` to each complaint, in order; over all cores with the feature `parallel`.
#[cfg(feature = "parallel")]
fn map<T: Send>(complaints: &[Complaint], work: impl Fn(&Complaint) -> T + Send + Sync) -> Vec<T> {
    use rayon::prelude::*;
    complaints.par_iter().map(work).collect()
}

#[cfg(not(feature = "parallel"))]
fn map<T>(complaints: &[Complaint], work: impl Fn(&Complaint) -> T) -> Vec<T> {
    complaints.iter().map(work).collect()
}

fn file(mut analysis: Analysis, signature: Option<&Signature>, index: &mut IncidentIndex) -> Analysis {
    analysis.incident = signature.map(|s| {
        let placement = index.insert(&analysis.id, s);
        IncidentAnswer { id: placement.incident.to_string(), relation: placement.relation, p: placement.p }
    });
    analysis
}

/// Canonical JSON of an analysis of `text`.
pub fn canonical_json(text: &str, mut analysis: Analysis) -> String {
    if !text.is_ascii() {
        let points = code_points(text);
        analysis.convert_spans(|byte| points.get(byte).copied().unwrap_or(text.chars().count() as u32) as usize);
    }
    // Serialising plain structs to a string cannot fail: all keys are strings and all numbers finite.
    serde_json::to_string(&analysis).unwrap_or_default()
}

/// For each byte offset (and the end) the number of code points before it.
fn code_points(text: &str) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len() + 1);
    for (n, c) in text.chars().enumerate() {
        out.extend(std::iter::repeat_n(n as u32, c.len_utf8()));
    }
    out.push(text.chars().count() as u32);
    out
}
