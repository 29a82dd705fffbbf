//! One suggestion: hypotheses of topic, their catalogue rows, the fused probabilities, and what is said of them.

use super::fusion::{FLOOR, LEVELS, level_index};
use super::jurisdiction::Jurisdiction;
use super::units::UnitId;
use super::{Case, Dispatcher, HistoryAnswer, Hits, Match, PastUnit, Suggestion, UnitScore};
use crate::complaint::{HistorySource, Level, Limit, LimitUnit, Named, PastOrder, Role, Sources, UnitAnswer, round4};
use crate::learn::softmax;
use std::cmp::Ordering;

/// Hypotheses of topic that are followed, and the least share at which one is.
const HYPOTHESES: usize = 3;
const LEAST_SHARE: f64 = 0.05;
/// Least probability of a problem for its rows to be asked.
const LEAST_PROBLEM: f64 = 0.3;
/// Probability of the topics under which a binding row is found, from which it decides.
const SURE: f64 = 0.5;
/// Past orders of a unit the models do not know before it may be suggested.
pub(super) const KNOWN_FROM: u32 = 5;
/// Most that votes of past orders weigh: near-identical orders agree in about nine of ten cases.
const MOST: f64 = 0.9;
/// What a vote counts for a unit that other sources name (chosen by likelihood on orders of a later month).
const KNOWN_VOTE: f64 = 0.4;
/// Leads given in their order.
const RANKED: usize = 5;
/// Log odds of returns from which a binding row is doubted: one order about 0.65 alike.
const GAVE_BACK: f64 = -3.0;

/// A topic the request may have, its weight, and the row that decides under it.
struct Hypothesis<'c> {
    weight: f64,
    found: Option<Match<'c>>,
}

/// What each source says of one unit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Signals {
    /// Probability of the learned model.
    pub(crate) learned: f64,
    /// Probability from the catalogue rows that hold.
    pub(crate) catalogue: f64,
    /// Share of the votes of similar past orders.
    pub(crate) past: f64,
    /// What returns of similar orders take from its log odds.
    pub(crate) returns: f64,
}

impl Signals {
    /// What the learned model and the catalogue say, as logarithms.
    pub(crate) fn features(&self) -> [f64; 2] {
        [libm::log(self.learned + 1e-6), libm::log(self.catalogue + FLOOR)]
    }
}

/// Everything the fusion reads of one case.
pub(crate) struct Weighing<'c> {
    hits: Hits,
    hypotheses: Vec<Hypothesis<'c>>,
    /// Units any source names, ascending, with their signals.
    pub(crate) candidates: Vec<(UnitId, Signals)>,
    /// Probability of each level from the rows that hold; `None` without a row.
    pub(crate) row_levels: Option<[f64; 4]>,
    learned: bool,
    /// Weight of the votes of past orders.
    past: f64,
}

impl Weighing<'_> {
    /// Whether all these units gave back orders much like this one: then even a binding row does not decide.
    fn returned(&self, leads: &[UnitId]) -> bool {
        let gave_back = |lead: &UnitId| self.candidates.iter().any(|(id, s)| id == lead && s.returns <= GAVE_BACK);
        !leads.is_empty() && leads.iter().all(gave_back)
    }
}

impl Dispatcher {
    /// Gathers what every source says.
    pub(crate) fn weigh(&self, case: &Case<'_>) -> Weighing<'_> {
        let day = case.received_at.map(|t| t.day());
        let hits = self.catalogue.scan(case.text());
        let hypotheses = self.hypotheses(case, &hits);
        let mut signals: Vec<(UnitId, Signals)> = Vec::new();
        let mut of = |id: UnitId, change: &dyn Fn(&mut Signals)| match signals.iter_mut().find(|(u, _)| *u == id) {
            Some((_, s)) => change(s),
            None => {
                let mut new = Signals::default();
                change(&mut new);
                signals.push((id, new));
            }
        };
        let living = |id: UnitId| self.units.living(id, day);
        let mut learned = false;
        for score in case.units {
            if let Some(id) = self.units.find(score.unit).and_then(living) {
                learned = true;
                of(id, &|s| s.learned += score.p);
            }
        }
        let mut row_levels: Option<[f64; 4]> = None;
        for h in &hypotheses {
            let Some(view) = h.found.as_ref().and_then(|m| self.tables.rows.get(m.index)) else { continue };
            for id in view.leads.iter().filter_map(|&id| living(id)) {
                of(id, &|s| s.catalogue += h.weight * view.share);
            }
            let levels = row_levels.get_or_insert([0.0; 4]);
            levels.iter_mut().zip(view.levels).for_each(|(l, p)| *l += h.weight * p);
        }
        let past = case.history.map_or(0.0, |history| self.weigh_past(history, &living, &mut signals));
        signals.sort_unstable_by_key(|(id, _)| *id);
        Weighing { hits, hypotheses, candidates: signals, row_levels, learned, past }
    }

    /// Adds what similar past orders say; the weight of their votes. Branches of a district speak for their bureau together.
    fn weigh_past(&self, history: &HistoryAnswer, living: &impl Fn(UnitId) -> Option<UnitId>, signals: &mut Vec<(UnitId, Signals)>) -> f64 {
        let mut units: Vec<(UnitId, PastUnit)> = Vec::with_capacity(history.units.len());
        for unit in &history.units {
            let Some(id) = self.units.resolve(&unit.unit).and_then(living) else { continue };
            match units.iter_mut().find(|u| u.0 == id) {
                Some((_, u)) => {
                    (u.votes, u.returns, u.orders) = (u.votes + unit.votes, u.returns + unit.returns, u.orders + unit.orders);
                    (u.alike, u.near) = (1.0 - (1.0 - u.alike) * (1.0 - unit.alike), 1.0 - (1.0 - u.near) * (1.0 - unit.near));
                    u.corrected |= unit.corrected;
                }
                None => units.push((id, unit.clone())),
            }
        }
        let (mut heard, mut unlike) = (0.0, 1.0);
        for (id, unit) in units {
            let at = signals.iter().position(|(u, _)| *u == id);
            // A unit no other source names may be a slip of the pen until it has a few orders or people sent one on to it.
            if at.is_none() && (unit.votes == 0.0 || (unit.orders < KNOWN_FROM && !unit.corrected)) {
                continue;
            }
            // The learned model has read much the same orders; what it cannot know counts in full, and a unit that nothing else can
            // name like a correction.
            let scale = if at.is_some() && !unit.corrected { KNOWN_VOTE } else { 1.0 };
            heard += scale * unit.votes;
            unlike *= 1.0 - if at.is_some() { scale * unit.alike } else { unit.near };
            let at = at.unwrap_or_else(|| {
                signals.push((id, Signals::default()));
                signals.len() - 1
            });
            if let Some((_, s)) = signals.get_mut(at) {
                (s.past, s.returns) = (scale * unit.votes, unit.returns);
            }
        }
        signals.iter_mut().for_each(|(_, s)| s.past /= if heard > 0.0 { heard } else { 1.0 });
        MOST * (1.0 - unlike)
    }

    fn hypotheses(&self, case: &Case<'_>, hits: &Hits) -> Vec<Hypothesis<'_>> {
        let mut topics: Vec<_> = case.topics.iter().filter(|t| t.p > LEAST_SHARE).take(HYPOTHESES).collect();
        if topics.is_empty() {
            topics.extend(case.topics.first());
        }
        let total: f64 = topics.iter().map(|t| t.p.max(0.0)).sum();
        let problem = case.problem.filter(|p| p.p >= LEAST_PROBLEM).map(|p| p.code.as_str());
        let mut out: Vec<Hypothesis<'_>> = Vec::with_capacity(topics.len().max(1));
        for (at, topic) in topics.iter().enumerate() {
            let mut codes: Vec<&str> = Vec::with_capacity(2);
            if at == 0 {
                codes.extend(problem);
            }
            codes.push(&topic.code);
            let weight = if total > 0.0 { topic.p / total } else { 1.0 / topics.len() as f64 };
            out.push(Hypothesis { weight, found: self.catalogue.lookup(&codes, hits, case, &self.calendar) });
        }
        if out.is_empty() {
            // No topic: a problem alone, or the words of any row.
            let codes: Vec<&str> = problem.into_iter().collect();
            let found = self.catalogue.lookup(&codes, hits, case, &self.calendar);
            let found = found.or_else(|| self.catalogue.lookup_words(hits, case, &self.calendar));
            out.push(Hypothesis { weight: 1.0, found });
        }
        out
    }

    /// Fused probability of every candidate, best first (ties by unit number).
    pub(crate) fn fuse(&self, weighing: &Weighing<'_>) -> Vec<(UnitId, f64)> {
        let catalogue = weighing.row_levels.is_some();
        let f = &self.fusion;
        let mut scores: Vec<f64> = weighing
            .candidates
            .iter()
            .map(|(_, s)| {
                let score: f64 = match (weighing.learned, catalogue) {
                    (true, true) => {
                        let [learned, row] = s.features();
                        f.learned * learned + f.catalogue * row
                    }
                    (true, false) => libm::log(s.learned + 1e-6),
                    (false, true) => libm::log(s.catalogue + FLOOR),
                    (false, false) => 0.0,
                };
                // Known from past orders alone: the votes speak for it, the other sources do not speak of it.
                if s.learned == 0.0 && s.catalogue == 0.0 && s.past > 0.0 { f64::NEG_INFINITY } else { score }
            })
            .collect();
        let spoken = scores.iter().any(|s| s.is_finite());
        if spoken {
            softmax(&mut scores);
        }
        let past = if spoken { weighing.past } else { 1.0 };
        for (p, (_, s)) in scores.iter_mut().zip(&weighing.candidates) {
            *p = ((1.0 - past) * if spoken { *p } else { 0.0 } + past * s.past) * libm::exp(s.returns);
        }
        let total: f64 = scores.iter().sum();
        scores.iter_mut().for_each(|p| *p /= if total > 0.0 { total } else { 1.0 });
        let mut fused: Vec<(UnitId, f64)> = weighing.candidates.iter().map(|(id, _)| *id).zip(scores).collect();
        fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        fused
    }

    /// Probability of each level from the learned model and the catalogue rows; where neither speaks the lead's own level.
    fn levels(&self, case: &Case<'_>, weighing: &Weighing<'_>, lead: UnitId) -> [f64; 4] {
        let [learned, rows] = self.fusion.level;
        if case.levels.is_none() && weighing.row_levels.is_none() {
            let mut own = [FLOOR; 4];
            own[self.units.get(lead).map_or(1, |u| level_index(u.level))] = 1.0 - 3.0 * FLOOR;
            return own;
        }
        let log = |p: Option<[f64; 4]>, l: usize| p.and_then(|p| p.get(l).copied()).map_or(0.0, |p| libm::log(p + FLOOR));
        let mut scores = std::array::from_fn(|l| learned * log(case.levels, l) + rows * log(weighing.row_levels, l));
        softmax(&mut scores);
        scores
    }

    /// Suggests where a request goes. Pure; linear in the text, about ten microseconds for an ordinary request.
    pub fn suggest(&self, case: &Case<'_>) -> Suggestion {
        let weighing = self.weigh(case);
        let mut fused = self.fuse(&weighing);
        let top = weighing.hypotheses.first();
        let found = top.and_then(|h| h.found.as_ref());
        let view = found.and_then(|m| self.tables.rows.get(m.index));
        let day = case.received_at.map(|t| t.day());
        let leads: Vec<UnitId> = view.into_iter().flat_map(|v| &v.leads).filter_map(|&l| self.units.living(l, day)).collect();
        let new = view.is_some_and(|v| v.new);
        // A row for any topic is found under each of them.
        let sure = |index: usize| -> f64 {
            weighing.hypotheses.iter().filter(|h| h.found.as_ref().is_some_and(|f| f.index == index)).map(|h| h.weight).sum()
        };
        let binding = found
            .is_some_and(|m| (m.rule.binding || new) && sure(m.index) >= SURE && !weighing.returned(&leads) && bind(&mut fused, &leads));
        let (lead, p) = match fused.first() {
            Some(&best) => best,
            None => (self.fallback(case), 0.0),
        };
        let levels = self.levels(case, &weighing, lead);
        let mut level_at = (0..4).max_by(|&a, &b| by_value(&levels, a, b)).unwrap_or(1);
        if binding && let Some(level) = found.and_then(|m| m.rule.level) {
            level_at = level_index(level);
        }
        let level = LEVELS.get(level_at).copied().unwrap_or(Level::Department);
        let learned_best = best_learned(&weighing);
        let disagree = !leads.is_empty() && learned_best.is_some_and(|l| !leads.contains(&l));
        let special = case.urgency >= 2 || case.collective.people.is_some_and(|n| n >= 10);
        let threshold = self.tables.thresholds.get(usize::from(lead)).copied().unwrap_or(self.fusion.threshold);
        let answer =
            Answer { case, weighing: &weighing, found, top_weight: top.map_or(0.0, |h| h.weight), binding, learned_best, disagree };
        let level_p = round4(levels.get(level_at).copied().unwrap_or(0.0));
        let units = self.units_of(&answer, lead, p, level, level_p);
        let name = |id: UnitId| self.units.get(id).map(|u| u.official.clone());
        Suggestion {
            units,
            ranked: fused.iter().take(RANKED).filter_map(|&(id, p)| Some((name(id)?, round4(p)))).collect(),
            level,
            level_p,
            limit: limit_of(found.and_then(|m| m.rule.limit), case.urgency),
            abstain: special || p < threshold,
            disagree,
            row: found.map(|m| m.rule.row.clone()),
            history_lead: learned_best.and_then(name),
        }
    }

    /// Who takes a request of which no source knows anything: the street; any unit at all when the table has no street.
    fn fallback(&self, case: &Case<'_>) -> UnitId {
        let day = case.received_at.map(|t| t.day());
        self.units
            .street()
            .or_else(|| (0..self.units.len()).map(|i| i as UnitId).find(|&i| self.units.living(i, day) == Some(i)))
            .unwrap_or(0)
    }

    fn units_of(&self, answer: &Answer<'_>, lead: UnitId, p: f64, level: Level, level_p: f64) -> Vec<UnitAnswer> {
        let case = answer.case;
        let jurisdiction = Jurisdiction::new(case.areas, case.border);
        let Some(unit) = self.units.get(lead) else { return vec![nobody(case)] };
        let day = case.received_at.map(|t| t.day());
        let offices = jurisdiction.offices(unit);
        let mut units = Vec::with_capacity(4);
        let mut first = self.answer_for(answer, lead, Role::Lead, p, offices.first());
        if case.urgency >= 2 {
            first.reasons.push("紧急程度2级（涉及生命或公共安全）：先电话通知，人工确认".into());
        }
        if let (true, people) = (case.collective.flag, case.collective.people) {
            first.reasons.push(people.map_or("多人共同诉求：合并办理，属地到场".into(), |n| format!("{n}人共同诉求：专人跟办，属地到场")));
        }
        units.push(first);
        // A second office that is nearly as likely, so that nobody sends the order across a border unseen.
        let border = |a: &(Named, f64), b: &(Named, f64)| match case.border {
            Some(border) => border.reason.clone(),
            None => format!("地点两可：{}（{:.2}）或{}（{:.2}），请核实地址", a.0.name, a.1, b.0.name, b.1),
        };
        if let [a, b] = offices.as_slice() {
            let reason = border(a, b);
            units.iter_mut().for_each(|u| u.reasons.push(reason.clone()));
            units.push(receiving(unit.official.clone(), &b.0, b.1, vec![reason]));
        }
        let street = self.units.street().filter(|&s| s != lead).and_then(|s| self.units.get(s));
        if let Some(street) = street.filter(|_| level == Level::Street || case.collective.flag || case.urgency >= 2) {
            match jurisdiction.towns.as_slice() {
                [] => {
                    let why = self.level_reason(answer, level);
                    units.push(UnitAnswer {
                        unit: street.official.clone(),
                        role: Role::Receiving,
                        p: level_p,
                        local: None,
                        sources: Sources::default(),
                        reasons: vec![why],
                    });
                }
                towns => {
                    for (at, town) in towns.iter().enumerate() {
                        let mut why = vec![format!("事发地在{}", town.0.name)];
                        if let (Some(a), Some(b)) = (towns.first(), towns.get(1)) {
                            why.push(border(a, b));
                        }
                        let share = if at == 0 { level_p } else { round4(town.1) };
                        units.push(receiving(street.official.clone(), &town.0, share, why));
                    }
                }
            }
        }
        if level != Level::Answer
            && let Some(found) = answer.found
        {
            let cooperating = self.tables.rows.get(found.index).map_or(&[][..], |v| v.cooperating.as_slice());
            for id in cooperating.iter().filter_map(|&c| self.units.living(c, day)).filter(|&c| c != lead) {
                let Some(unit) = self.units.get(id) else { continue };
                if units.iter().any(|u| u.unit == unit.official) {
                    continue;
                }
                let mut cooperating = self.answer_for(answer, id, Role::Cooperating, answer.top_weight, jurisdiction.offices(unit).first());
                cooperating.sources.catalogue = Some(found.rule.row.clone());
                cooperating.reasons.insert(0, format!("目录行{}：由{}报到配合", found.rule.row, unit.official));
                units.push(cooperating);
            }
        }
        units
    }

    fn level_reason(&self, answer: &Answer<'_>, level: Level) -> String {
        match answer.found {
            Some(m) if m.rule.level == Some(Level::Street) => format!("目录行{}：由属地先行处置", m.rule.row),
            _ if level == Level::Street => "同类诉求多由属地先行处置，文中未写明街乡镇".to_string(),
            _ => "紧急或多人诉求：属地先到场，文中未写明街乡镇".to_string(),
        }
    }

    fn answer_for(&self, answer: &Answer<'_>, id: UnitId, role: Role, p: f64, office: Option<&(Named, f64)>) -> UnitAnswer {
        let unit = self.units.get(id);
        let official = unit.map(|u| u.official.clone()).unwrap_or_default();
        let (mut sources, mut reasons) = (Sources::default(), Vec::new());
        let signals = answer.weighing.candidates.iter().find(|(u, _)| *u == id).map(|(_, s)| *s).unwrap_or_default();
        if role == Role::Lead {
            self.say_catalogue(answer, id, &official, &mut sources, &mut reasons);
        }
        let score = answer.case.units.iter().find(|s| self.units.find(s.unit).and_then(|u| self.units.living(u, answer.day())) == Some(id));
        let past = answer.case.history;
        if let Some(score) = score {
            let words = answer.words(score);
            if role == Role::Lead && !words.is_empty() {
                reasons.push(format!("历史模型（{:.2}）：文中{}", signals.learned, words));
            } else if role == Role::Lead && signals.learned >= 0.05 {
                reasons.push(format!("历史模型：与本文用词相近的诉求{:.2}归{official}", signals.learned));
            }
        }
        let is_this = |o: &PastOrder| self.units.resolve(&o.unit).and_then(|u| self.units.living(u, answer.day())) == Some(id);
        let speaks = past.is_some_and(|h| role == Role::Lead || h.orders.iter().any(is_this));
        if score.is_some() || speaks {
            let evidence = score.map(|s| s.evidence.clone()).unwrap_or_default();
            sources.history = Some(HistorySource { p: round4(signals.learned), evidence, similar: past.map(|h| h.orders.clone()) });
        }
        if role == Role::Lead {
            let before = reasons.len();
            for order in past.into_iter().flat_map(|h| &h.orders).filter(|o| is_this(o)).take(2) {
                let outcome = order.outcome.as_deref().map(|o| format!("，{o}")).unwrap_or_default();
                reasons.push(format!("相似工单{}（{:.2}）派{}{outcome}", order.id, order.similarity, order.unit));
            }
            if reasons.len() == before && signals.past * answer.weighing.past >= 0.05 {
                reasons.push(format!("相似工单{:.2}归{official}（占{:.2}权重）", signals.past, answer.weighing.past));
            }
            for note in past.into_iter().flat_map(|h| &h.notes) {
                reasons.push(note.clone());
            }
        }
        if let Some((office, _)) = office {
            sources.geo = Some(office.clone());
            reasons.push(format!("事发地对应{}", office.name));
        }
        if reasons.is_empty() && role == Role::Lead {
            reasons.push(match answer.case.topics.first() {
                Some(topic) => format!("主题{}（{}，{:.2}），目录与历史均未给出单位", topic.name, topic.code, topic.p),
                None => format!("目录与历史均不认识「{}」，先由{official}核实", excerpt(answer.case.text())),
            });
        }
        UnitAnswer { unit: official, role, p: round4(p), local: office.map(|(o, _)| o.clone()), sources, reasons }
    }

    fn say_catalogue(&self, answer: &Answer<'_>, id: UnitId, official: &str, sources: &mut Sources, reasons: &mut Vec<String>) {
        let day = answer.day();
        for (at, h) in answer.weighing.hypotheses.iter().enumerate() {
            let Some(found) = &h.found else { continue };
            let names = self.tables.rows.get(found.index).is_some_and(|v| v.leads.iter().any(|&l| self.units.living(l, day) == Some(id)));
            if !names {
                continue;
            }
            let text = answer.case.text();
            let words: Vec<String> = self
                .catalogue
                .evidence(found, &answer.weighing.hits)
                .into_iter()
                .filter_map(|(s, e)| text.get(s..e))
                .map(|w| format!("「{w}」"))
                .collect();
            let topic = answer.case.topics.get(at).map(|t| t.name.as_str()).unwrap_or("各主题");
            let subject = if words.is_empty() { format!("主题{topic}") } else { format!("文中{}", words.join("")) };
            let verb = if answer.binding && at == 0 && found.rule.binding { "必派" } else { "归" };
            let new = answer.binding && at == 0 && self.tables.rows.get(found.index).is_some_and(|v| v.new);
            let new = if new { "，此行在模型训练后更新，以目录为准" } else { "" };
            let basis = if found.rule.basis.is_empty() { String::new() } else { format!("，依据{}", found.rule.basis) };
            sources.catalogue = Some(found.rule.row.clone());
            reasons.push(format!("目录行{}：{subject}{verb}{official}{basis}{new}", found.rule.row));
            break;
        }
        if answer.disagree
            && let (Some(found), Some(other)) = (answer.found, answer.learned_best.and_then(|l| self.units.get(l)))
        {
            let leads = found.rule.leads.iter().filter_map(|l| self.units.get(self.units.find(l)?)).map(|u| u.official.as_str());
            reasons.push(format!(
                "目录与历史不一致：目录行{}指{}，历史指{}",
                found.rule.row,
                leads.collect::<Vec<_>>().join("或"),
                other.official
            ));
        }
    }
}

/// What the writing of an answer needs at hand.
struct Answer<'a> {
    case: &'a Case<'a>,
    weighing: &'a Weighing<'a>,
    found: Option<&'a Match<'a>>,
    top_weight: f64,
    binding: bool,
    learned_best: Option<UnitId>,
    disagree: bool,
}

impl Answer<'_> {
    fn day(&self) -> Option<crate::complaint::Day> {
        self.case.received_at.map(|t| t.day())
    }

    /// The words that carried a learned score, at most three, as quoted text.
    fn words(&self, score: &UnitScore<'_>) -> String {
        let normal = &self.case.prepared.normal;
        let word = |e: &crate::complaint::Evidence| {
            let (start, end) = (normal.normal_offset(e.start), normal.normal_offset(e.end));
            Some(format!("「{}」", normal.text.get(start..end)?.trim())).filter(|w| w.chars().count() > 2)
        };
        score.evidence.iter().filter(|e| e.weight > 0.0).filter_map(word).take(3).collect()
    }
}

fn best_learned(weighing: &Weighing<'_>) -> Option<UnitId> {
    let best =
        weighing.candidates.iter().filter(|(_, s)| s.learned > 0.0).max_by(|a, b| a.1.learned.total_cmp(&b.1.learned).then(b.0.cmp(&a.0)));
    best.map(|(id, _)| *id)
}

/// Gives all probability to the units a binding row names, in the proportion they had; false when none of them is there.
fn bind(fused: &mut Vec<(UnitId, f64)>, leads: &[UnitId]) -> bool {
    if !fused.iter().any(|(id, _)| leads.contains(id)) {
        return false;
    }
    fused.retain(|(id, _)| leads.contains(id));
    let total: f64 = fused.iter().map(|(_, p)| p).sum();
    if total > 0.0 {
        fused.iter_mut().for_each(|(_, p)| *p /= total);
    }
    true
}

/// The row's limit, but never longer than the urgency allows: two hours for life and safety, a day for the same day.
fn limit_of(row: Option<Limit>, urgency: u8) -> Option<Limit> {
    let cap = match urgency {
        0 => return row,
        1 => Limit { value: 24, unit: LimitUnit::Hours },
        _ => Limit { value: 2, unit: LimitUnit::Hours },
    };
    match row {
        Some(limit) if limit.unit == LimitUnit::Hours && limit.value <= cap.value => Some(limit),
        _ => Some(cap),
    }
}

fn receiving(unit: String, local: &Named, p: f64, reasons: Vec<String>) -> UnitAnswer {
    let sources = Sources { geo: Some(local.clone()), ..Sources::default() };
    UnitAnswer { unit, role: Role::Receiving, p: round4(p), local: Some(local.clone()), sources, reasons }
}

fn nobody(case: &Case<'_>) -> UnitAnswer {
    let reasons = vec![format!("单位表为空，无法为「{}」派单", excerpt(case.text()))];
    UnitAnswer { unit: "其他".into(), role: Role::Lead, p: 0.0, local: None, sources: Sources::default(), reasons }
}

fn excerpt(text: &str) -> String {
    text.trim().chars().take(12).collect()
}

fn by_value(values: &[f64; 4], a: usize, b: usize) -> Ordering {
    let of = |i: usize| values.get(i).copied().unwrap_or(0.0);
    of(a).total_cmp(&of(b)).then(b.cmp(&a))
}
