//! One matter of a text: what the learned tasks say of it, its urgency, and where it goes.

use super::Engine;
use crate::complaint::{AreaAnswer, Collective, Complaint, Entity, Level, Problem, RequestType, Topic, TypeAnswer, Urgency};
use crate::dispatch::{Case, LEVELS, Suggestion, UnitScore};
use crate::intake::{MatterRange, Reading};
use crate::learn::Features;
use crate::text::Prepared;
use crate::topic::Judgement;
use std::ops::Range;

/// Domains answered, and pieces of evidence for each.
const TOPICS: usize = 3;
const SPANS: usize = 4;
/// Units of the learned model that dispatch weighs, and of those how many bring their evidence.
const UNITS: usize = 8;
const UNITS_EXPLAINED: usize = 2;

/// What all matters of a text share.
pub(super) struct Shared<'a> {
    pub(super) complaint: &'a Complaint,
    pub(super) collective: &'a Collective,
    pub(super) areas: &'a [AreaAnswer],
    pub(super) entities: &'a [Entity],
    pub(super) report: bool,
}

/// What was found of one matter.
pub(super) struct Found {
    pub(super) kind: TypeAnswer,
    pub(super) urgency: Urgency,
    pub(super) topics: Vec<Topic>,
    pub(super) problem: Option<Problem>,
    pub(super) dispatch: Suggestion,
}

impl Engine {
    /// Domain probabilities of a part of the normal form, by class.
    pub(super) fn domains_of(&self, prepared: &Prepared, range: Range<usize>) -> Vec<f64> {
        let part = Prepared::new(prepared.text().get(range).unwrap_or_default(), None, &self.segmenter);
        self.topics.domains(&self.topics.read(&Features::extract(&part)))
    }

    /// A matter that is only part of the text.
    pub(super) fn matter_of(&self, shared: &Shared<'_>, matter: &MatterRange) -> Found {
        let text = shared.complaint.text.get(matter.span.start..matter.span.end).unwrap_or_default();
        let prepared = Prepared::new(text, None, &self.segmenter);
        let reading = self.intake.read(text, &prepared);
        self.matter(shared, &reading, &prepared, matter.span.start)
    }

    /// A matter whose text is `prepared`; `offset` is where that text begins in the complaint's, in bytes.
    pub(super) fn matter(&self, shared: &Shared<'_>, reading: &Reading<'_>, prepared: &Prepared, offset: usize) -> Found {
        let features = Features::extract(prepared);
        let read = self.topics.read(&features);
        let grounds = self.topics.grounds(prepared, &features, &read);
        let judgement = self.topics.judge(&read);
        let kind = request_type(&judgement, shared.report);
        let urgency = self.intake.urgency(reading, Some(judgement.urgency));
        let mut topics = self.topics.topics(&grounds, &judgement, TOPICS, SPANS);
        let problem = self.topics.problem(&judgement);
        let mut units: Vec<UnitScore<'_>> = Vec::with_capacity(UNITS);
        for (n, &(class, p)) in judgement.unit.ranked.iter().take(UNITS).enumerate() {
            let spans = if n < UNITS_EXPLAINED { SPANS } else { 0 };
            units.push(UnitScore { unit: self.topics.unit_name(class), p, evidence: self.topics.unit_evidence(&grounds, class, spans) });
        }
        let mut case = Case::of(prepared, kind.label, shared.collective);
        case.report = kind.report;
        case.urgency = urgency.level;
        case.topics = &topics;
        case.problem = problem.as_ref();
        case.areas = shared.areas;
        case.entities = shared.entities;
        case.units = &units;
        case.levels = Some(levels(&judgement)).filter(|l| l.iter().any(|p| *p > 0.0));
        case.received_at = shared.complaint.received_at;
        case.channel = shared.complaint.channel.as_deref();
        let mut dispatch = self.dispatcher.suggest(&case);
        if offset > 0 {
            let evidence = topics.iter_mut().flat_map(|t| &mut t.evidence);
            let history = dispatch.units.iter_mut().filter_map(|u| u.sources.history.as_mut()).flat_map(|h| &mut h.evidence);
            for e in evidence.chain(history) {
                (e.start, e.end) = (e.start + offset, e.end + offset);
            }
        }
        Found { kind, urgency, topics, problem, dispatch }
    }
}

/// The five types: 举报 counts as 投诉, with its flag.
fn request_type(judgement: &Judgement, report: bool) -> TypeAnswer {
    let p = |letter: char| judgement.kind.iter().find(|k| k.0 == letter).map_or(0.0, |k| k.1);
    let types = [
        (RequestType::Complaint, p('P') + p('R')),
        (RequestType::Inquiry, p('C')),
        (RequestType::Help, p('H')),
        (RequestType::Suggestion, p('S')),
        (RequestType::Praise, p('T')),
    ];
    let best = types.into_iter().fold(types[0], |best, t| if t.1 > best.1 { t } else { best });
    let learned = best.0 == RequestType::Complaint && p('R') > p('P');
    TypeAnswer { label: best.0, p: best.1, report: learned || (report && best.0 == RequestType::Complaint) }
}

fn levels(judgement: &Judgement) -> [f64; 4] {
    LEVELS.map(|level: Level| judgement.level.iter().find(|l| l.0 == level).map_or(0.0, |l| l.1))
}
