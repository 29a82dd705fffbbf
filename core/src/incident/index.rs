//! The incremental index: places each record, keeps incidents apart, and lets people correct it.

use super::IncidentError;
use super::among::{Part, fetch};
use super::compare::{Features, compare};
use super::event::{Event, IncidentId};
use super::model::{IncidentModel, SAME};
use super::operations::EventNumber;
use super::probe::Probe;
use super::signature::Signature;
use super::state::{Record, State};
use crate::complaint::{Relation, Time};
use std::sync::Arc;

/// Settings of an index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexSettings {
    /// Records older than this many days before the newest leave the index.
    pub window_days: u32,
    /// Candidates compared for each record.
    pub candidates: usize,
}

impl Default for IndexSettings {
    fn default() -> Self {
        IndexSettings { window_days: 90, candidates: 50 }
    }
}

/// Where a record went, or would go.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// Its incident.
    pub incident: IncidentId,
    /// How it belongs.
    pub relation: Relation,
    /// Probability that it belongs there (for a new incident: that it belongs to no older one).
    pub p: f64,
    /// Why, in words a clerk understands.
    pub reasons: Vec<String>,
    /// Records worth showing beside it that were not merged, best first.
    pub related: Vec<String>,
    /// Reports of the same person in this incident before this one.
    pub earlier_by_caller: u32,
    /// Last status known of those reports, or of the incident when it is closed.
    pub last_status: Option<String>,
}

/// Figures of an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexStatistics {
    /// Live records.
    pub records: usize,
    /// Incidents with live records.
    pub incidents: usize,
    /// Incidents of more than one live record.
    pub shared: usize,
    /// Live records of the largest incident.
    pub largest: usize,
    /// Events so far.
    pub events: u64,
}

/// Incidents over a stream of records, in memory.
#[cfg_attr(feature = "store", doc = "\nWith [`IncidentStore`](super::IncidentStore) it is durable.")]
#[derive(Debug)]
pub struct IncidentIndex {
    model: Arc<IncidentModel>,
    settings: IndexSettings,
    pub(super) state: State,
    /// Where events go that a store will write.
    #[cfg(feature = "store")]
    pub(super) journal: Option<super::store::Journal>,
}

impl Clone for IncidentIndex {
    /// A copy in memory: what happens to it reaches no store.
    fn clone(&self) -> Self {
        Self::over(self.model.clone(), self.settings, self.state.clone())
    }
}

/// Most members an incident is judged by.
const EXEMPLARS: usize = 9;
/// Most incidents weighed for one record.
const CONTENDERS: usize = 4;
/// Most related records told.
const MOST_RELATED: usize = 5;

struct Contender {
    incident: IncidentId,
    /// The best pair.
    best: (u32, f64),
    evidence: f64,
}

impl IncidentIndex {
    /// An empty index.
    pub fn new(model: Arc<IncidentModel>, settings: IndexSettings) -> Self {
        Self::over(model, settings, State::default())
    }

    /// An empty index for a part of a stream whose first time is known: records without a time that come before one with a time count as
    /// received then, as they would in the whole stream.
    pub fn since(model: Arc<IncidentModel>, settings: IndexSettings, first: Time) -> Self {
        Self::over(model, settings, State::since(first.0))
    }

    pub(super) fn over(model: Arc<IncidentModel>, settings: IndexSettings, state: State) -> Self {
        IncidentIndex {
            model,
            settings,
            state,
            #[cfg(feature = "store")]
            journal: None,
        }
    }

    pub(crate) fn apply(&mut self, event: Event) {
        #[cfg(feature = "store")]
        if let Some(journal) = &mut self.journal {
            journal.note(self.state.position(), &event);
        }
        self.state.apply(event);
    }

    /// Whether both hold the same records, incidents and decisions.
    pub fn same_state(&self, other: &Self) -> bool {
        self.state == other.state
    }

    /// Places a record and remembers it. A record whose id is already live is not inserted again: its placement as it stands is told.
    pub fn insert(&mut self, id: &str, signature: &Signature) -> Placement {
        self.file(id, signature, |index| index.candidates(signature))
    }

    /// [`IncidentIndex::insert`] without a look-up: the record is compared with these live records alone, heaviest first, as
    /// [`IncidentIndex::neighbours`] of an index that holds more told them. Ids that are not live are passed over.
    pub fn insert_among(&mut self, id: &str, signature: &Signature, neighbours: &[&str]) -> Placement {
        self.file(id, signature, |index| neighbours.iter().filter_map(|n| index.state.number_of(n)).collect())
    }

    fn file(&mut self, id: &str, signature: &Signature, candidates: impl FnOnce(&Self) -> Vec<u32>) -> Placement {
        // First, so that whether an id is live does not depend on what came between.
        if let Some(event) = self.evictions(signature) {
            self.apply(event);
        }
        if let Some(known) = self.placement(id) {
            return known;
        }
        let (event, placement) = self.decide(id, signature, &candidates(self));
        self.apply(event);
        placement
    }

    /// What the window drops when a record of this time comes.
    pub(crate) fn evictions(&self, signature: &Signature) -> Option<Event> {
        let latest = self.state.latest().max(signature.time)?;
        let before = latest.saturating_sub(i64::from(self.settings.window_days) * 86_400);
        (self.state.stale(before) > 0).then_some(Event::Evict { before })
    }

    /// What this record would join. Changes nothing.
    pub fn query(&self, signature: &Signature) -> Placement {
        self.decide("", signature, &self.candidates(signature)).1
    }

    /// A live record's placement as it stands.
    pub fn placement(&self, id: &str) -> Option<Placement> {
        let record = self.state.record(self.state.number_of(id)?)?;
        Some(Placement {
            incident: record.incident,
            relation: record.relation,
            p: f64::from(record.p),
            reasons: Vec::new(),
            related: Vec::new(),
            earlier_by_caller: 0,
            last_status: None,
        })
    }

    /// Ids of the live records a record would be compared with, heaviest first: at most [`IndexSettings::candidates`].
    pub fn neighbours(&self, signature: &Signature) -> Vec<&str> {
        self.candidates(signature).into_iter().filter_map(|c| self.state.record(c)).map(|r| &*r.id).collect()
    }

    /// Live records that share rare features, heaviest first.
    fn candidates(&self, signature: &Signature) -> Vec<u32> {
        self.state.postings().find(signature, self.state.oldest(), self.settings.candidates).into_iter().map(|c| c.record).collect()
    }

    fn decide(&self, id: &str, signature: &Signature, candidates: &[u32]) -> (Event, Placement) {
        let probe = Probe::new(signature);
        let records: Vec<(u32, &Record)> = candidates.iter().filter_map(|&c| Some((c, self.state.record(c)?))).collect();
        let signatures: Vec<(usize, &Signature)> = records.iter().map(|(_, r)| &r.signature).enumerate().collect();
        let related = self.model.related_to(&probe, &signatures);
        let scored: Vec<(u32, f64, IncidentId)> = related.into_iter().map(|(n, p)| (records[n].0, p, records[n].1.incident)).collect();
        let mut contenders = self.contenders(&probe, &scored);
        contenders.sort_by(|a, b| b.evidence.total_cmp(&a.evidence).then(a.incident.cmp(&b.incident)));
        let joined = contenders.first().filter(|c| c.evidence >= SAME);
        let incident = joined.map_or(self.state.next_incident(), |c| c.incident);
        let merged: Vec<IncidentId> = match joined {
            Some(first) => contenders[1..]
                .iter()
                .filter(|c| c.evidence >= SAME && self.are_one(first.incident, c.incident))
                .map(|c| c.incident)
                .collect(),
            None => Vec::new(),
        };
        // The older id stays.
        let keep = merged.iter().copied().min().map_or(incident, |m| m.min(incident));
        let merged: Vec<IncidentId> =
            merged.into_iter().chain(Some(incident)).filter(|&m| m != keep && Some(m) != joined.is_none().then_some(incident)).collect();
        let p = match (joined, contenders.first()) {
            (Some(c), _) => c.evidence,
            (None, Some(c)) => 1.0 - c.evidence,
            (None, None) => 1.0,
        };
        let (earlier, status) = joined.map_or((0, None), |c| self.earlier(signature, c.incident));
        let relation = match joined {
            None => Relation::New,
            Some(_) if earlier > 0 => Relation::SamePerson,
            Some(_) => Relation::SameMatter,
        };
        let reasons = joined.map_or_else(Vec::new, |c| self.reasons(signature, c));
        let placement = Placement {
            incident: keep,
            relation,
            p,
            reasons,
            related: self.related(&scored, keep, &merged),
            earlier_by_caller: earlier,
            last_status: status,
        };
        let event = Event::Insert { id: id.into(), signature: Box::new(signature.clone()), incident: keep, relation, p: p as f32, merged };
        (event, placement)
    }

    fn contenders(&self, probe: &Probe<'_>, scored: &[(u32, f64, IncidentId)]) -> Vec<Contender> {
        let mut by: Vec<(IncidentId, u32, f64)> = scored.iter().map(|&(r, p, i)| (i, r, p)).collect();
        by.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let mut firsts: Vec<&[(IncidentId, u32, f64)]> = by.chunk_by(|a, b| a.0 == b.0).collect();
        firsts.sort_by(|a, b| b[0].2.total_cmp(&a[0].2).then(a[0].0.cmp(&b[0].0)));
        firsts
            .into_iter()
            .take(CONTENDERS)
            .map(|pairs| Contender {
                incident: pairs[0].0,
                best: (pairs[0].1, pairs[0].2),
                evidence: self.evidence(probe, pairs[0].0, pairs),
            })
            .collect()
    }

    /// How well a record fits an incident as a whole: the mean over the better half of its exemplars, so that one bridge cannot tie it.
    fn evidence(&self, probe: &Probe<'_>, incident: IncidentId, known: &[(IncidentId, u32, f64)]) -> f64 {
        let mut ps: Vec<f64> = Vec::with_capacity(EXEMPLARS);
        let mut others: Vec<&Signature> = Vec::with_capacity(EXEMPLARS);
        for m in self.exemplars(incident) {
            match known.iter().find(|k| k.1 == m) {
                Some(k) => ps.push(k.2),
                None => others.extend(self.state.record(m).map(|r| &r.signature)),
            }
        }
        fetch(others.iter().map(|&s| (s, Part::Whole)));
        let compared: Vec<Features> = others.into_iter().map(|s| compare(probe, s)).collect();
        ps.extend(self.model.same_of(&compared));
        let best = known.iter().map(|k| k.2).fold(0.0, f64::max);
        ps.sort_by(|a, b| b.total_cmp(a));
        ps.truncate(ps.len().div_ceil(2));
        let whole = ps.iter().sum::<f64>() / ps.len().max(1) as f64;
        (best + whole) / 2.0
    }

    /// Members an incident is judged by: the first, the last, and some between.
    fn exemplars(&self, incident: IncidentId) -> Vec<u32> {
        let members = self.state.incident(incident).map(|i| i.members.as_slice()).unwrap_or_default();
        if members.len() <= EXEMPLARS {
            return members.to_vec();
        }
        (0..EXEMPLARS).filter_map(|k| members.get(k * (members.len() - 1) / (EXEMPLARS - 1)).copied()).collect()
    }

    /// Whether two incidents are one matter: their exemplars fit each other on average.
    fn are_one(&self, a: IncidentId, b: IncidentId) -> bool {
        if self.state.are_apart(a, b) {
            return false;
        }
        let signatures = |incident| -> Vec<&Signature> {
            self.exemplars(incident).into_iter().filter_map(|m| self.state.record(m)).map(|r| &r.signature).collect()
        };
        let (xs, ys) = (signatures(a), signatures(b));
        fetch(xs.iter().chain(&ys).map(|&s| (s, Part::Whole)));
        let wanted = SAME * (xs.len() * ys.len()) as f64;
        let (mut sum, mut left) = (0.0, (xs.len() * ys.len()) as f64);
        for x in xs {
            let probe = Probe::new(x);
            let compared: Vec<Features> = ys.iter().map(|y| compare(&probe, y)).collect();
            for p in self.model.same_of(&compared) {
                sum += p;
                left -= 1.0;
                // Sure before all are compared.
                if sum >= wanted || sum + left < wanted {
                    return sum >= wanted;
                }
            }
        }
        false
    }

    /// Reports of the same caller in an incident, and the last status known.
    fn earlier(&self, signature: &Signature, incident: IncidentId) -> (u32, Option<String>) {
        let Some(i) = self.state.incident(incident) else { return (0, None) };
        let closed = i.closed.as_deref().map(str::to_string);
        if signature.caller == 0 {
            return (0, closed);
        }
        let own = || i.members.iter().filter_map(|&m| self.state.record(m)).filter(|r| r.signature.caller == signature.caller);
        let status = own().filter_map(|r| r.signature.status.as_deref()).next_back().map(str::to_string);
        (own().count() as u32, closed.or(status))
    }

    fn reasons(&self, signature: &Signature, joined: &Contender) -> Vec<String> {
        let Some(record) = self.state.record(joined.best.0) else { return Vec::new() };
        let mut out = self.model.score(signature, &record.signature).reasons;
        let members = self.state.incident(joined.incident).map_or(0, |i| i.members.len());
        out.insert(0, format!("最接近的是{}", record.id));
        if members > 1 {
            out.push(format!("与该事件{members}件整体相符"));
        }
        out
    }

    /// Candidates that look alike but stay apart: one of each incident, best first.
    fn related(&self, scored: &[(u32, f64, IncidentId)], own: IncidentId, merged: &[IncidentId]) -> Vec<String> {
        let mut rest: Vec<_> = scored.iter().filter(|s| s.2 != own && !merged.contains(&s.2)).collect();
        rest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut seen: Vec<IncidentId> = Vec::new();
        let mut out = Vec::new();
        for &&(record, _, incident) in &rest {
            if out.len() < MOST_RELATED && !seen.contains(&incident) {
                seen.push(incident);
                out.extend(self.state.record(record).map(|r| r.id.to_string()));
            }
        }
        out
    }

    /// The incident an id stands for now (itself, or the one it was merged into).
    pub fn resolve(&self, incident: IncidentId) -> Result<IncidentId, IncidentError> {
        self.state.canonical(incident).ok_or_else(|| IncidentError::UnknownIncident { id: incident.to_string() })
    }

    /// Drops records received before an instant.
    pub fn evict(&mut self, before: Time) {
        if self.state.stale(before.0) > 0 {
            self.apply(Event::Evict { before: before.0 });
        }
    }

    /// Events so far: the number the next one gets.
    pub fn events(&self) -> EventNumber {
        EventNumber(self.state.events())
    }

    /// Incidents with live records, oldest first. Linear in their number.
    pub fn incidents(&self) -> Vec<IncidentId> {
        let mut out: Vec<IncidentId> = self.state.incidents().filter(|(_, i)| !i.members.is_empty()).map(|(id, _)| id).collect();
        out.sort_unstable();
        out
    }

    /// Figures. Linear in the number of incidents.
    pub fn statistics(&self) -> IndexStatistics {
        let mut out = IndexStatistics { records: self.state.live(), events: self.state.events(), ..IndexStatistics::default() };
        for (_, i) in self.state.incidents().filter(|(_, i)| !i.members.is_empty()) {
            out.incidents += 1;
            out.shared += usize::from(i.members.len() > 1);
            out.largest = out.largest.max(i.members.len());
        }
        out
    }
}
