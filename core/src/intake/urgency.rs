//! How fast someone must act: phrases of danger and deadline, weighed against hindsight, fear and calm, joined with a learned classifier.
//!
//! A multinomial logistic model with level 0 as reference; its weights are data (`urgency.1`, `urgency.2`, and `urgency.rules.*` for a
//! text without learned probabilities), fitted on out-of-fold probabilities.

use super::data::{IntakeData, bad};
use super::reading::Group;
use super::{Intake, Reading};
use crate::bundle::BundleError;
use crate::complaint::Urgency;
use std::ops::Range;

const GROUPS: [Group; 14] = [
    Group::Danger,
    Group::Harm,
    Group::Outage,
    Group::Block,
    Group::Deadline,
    Group::Now,
    Group::Rescue,
    Group::Past,
    Group::Hypothetical,
    Group::Calm,
    Group::Ask,
    Group::Frail,
    Group::Grievance,
    Group::Mass,
];
const N: usize = 40;

/// Names of the features, in order: the share and presence of each group of phrases, how they meet in clauses, and the learned odds.
pub const URGENCY_FEATURES: [&str; N] = [
    "bias",
    "danger",
    "danger_many",
    "harm",
    "harm_many",
    "outage",
    "outage_many",
    "block",
    "block_many",
    "deadline",
    "deadline_many",
    "now",
    "now_many",
    "rescue",
    "rescue_many",
    "past",
    "past_many",
    "hypothetical",
    "hypothetical_many",
    "calm",
    "calm_many",
    "ask",
    "ask_many",
    "frail",
    "frail_many",
    "grievance",
    "grievance_many",
    "mass",
    "mass_many",
    "danger_unreal",
    "danger_real",
    "danger_now",
    "length",
    "short",
    "exclaims",
    "danger_rescue",
    "danger_rescue_now",
    "deadline_firm",
    "learned_1",
    "learned_2",
];
/// Where the learned odds begin.
const LEARNED: usize = N - 2;

#[derive(Debug)]
pub(super) struct Fusion {
    with: [Vec<f64>; 2],
    without: [Vec<f64>; 2],
}

impl Fusion {
    pub(super) fn new(data: &IntakeData) -> Result<Self, BundleError> {
        let ours = data.weights.iter().filter(|w| w.model.starts_with("urgency"));
        if let Some(w) = ours.clone().find(|w| !URGENCY_FEATURES.contains(&w.feature.as_str())) {
            return Err(bad(format_args!("weights: no urgency feature `{}`", w.feature)));
        }
        let pair = |name: &str| [1, 2].map(|k| data.model(&format!("{name}.{k}"), &URGENCY_FEATURES));
        Ok(Fusion { with: pair("urgency"), without: pair("urgency.rules") })
    }
}

impl Intake {
    /// The features of a text's urgency, in the order of [`URGENCY_FEATURES`].
    pub fn urgency_features(&self, reading: &Reading<'_>, learned: Option<[f64; 3]>) -> [f64; N] {
        let mut x = [0.0; N];
        x[0] = 1.0;
        for (i, g) in GROUPS.into_iter().enumerate() {
            let n = reading.of(g).len();
            x[1 + 2 * i] = f64::from(u8::from(n > 0));
            x[2 + 2 * i] = libm::log(1.0 + n.min(8) as f64);
        }
        let (mut unreal, mut real, mut now) = (0, 0, 0);
        for clause in reading.clauses() {
            let has = |g: Group| within(reading, g, clause);
            if has(Group::Danger) {
                if has(Group::Hypothetical) || has(Group::Past) {
                    unreal += 1;
                } else {
                    real += 1;
                }
                now += i32::from(has(Group::Now) || has(Group::Rescue));
            }
        }
        let chars = reading.text().chars().count();
        let flag = |b: bool| f64::from(u8::from(b));
        let any = |g: Group| !reading.of(g).is_empty();
        x[29] = f64::from(unreal.min(3));
        x[30] = f64::from(real.min(4));
        x[31] = f64::from(now.min(3));
        x[32] = libm::log(chars.max(1) as f64) - 4.5;
        x[33] = flag(chars < 60);
        x[34] = flag(reading.text().bytes().filter(|b| *b == b'!').count() > 2);
        x[35] = flag(any(Group::Danger) && any(Group::Rescue));
        x[36] = flag(any(Group::Danger) && any(Group::Rescue) && any(Group::Now));
        x[37] = flag(any(Group::Deadline) && !any(Group::Calm));
        if let Some(p) = learned {
            let odds = |k: usize| libm::log((p[k].clamp(0.0, 1.0) + 1e-3) / (p[0].clamp(0.0, 1.0) + 1e-3));
            x[LEARNED] = odds(1);
            x[LEARNED + 1] = odds(2);
        }
        x
    }

    /// Urgency from the phrases of the text and, when given, the probabilities a learned classifier gives the levels 0, 1 and 2.
    /// Reasons are clauses of the text.
    pub fn urgency(&self, reading: &Reading<'_>, learned: Option<[f64; 3]>) -> Urgency {
        let x = self.urgency_features(reading, learned);
        let weights = if learned.is_some() { &self.urgency.with } else { &self.urgency.without };
        let score = |w: &[f64]| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
        let [one, two] = [score(&weights[0]), score(&weights[1])];
        let level = if two > 0.0 && two >= one { 2 } else { u8::from(one > 0.0) };
        Urgency { level, reasons: reasons(reading, level) }
    }
}

fn within(reading: &Reading<'_>, group: Group, clause: &Range<usize>) -> bool {
    let hits = reading.of(group);
    let i = hits.partition_point(|h| (h.start as usize) < clause.start);
    hits.get(i).is_some_and(|h| (h.start as usize) < clause.end)
}

/// The clauses that carry the level, as written, most telling first; at most three.
fn reasons(reading: &Reading<'_>, level: u8) -> Vec<String> {
    let telling: &[(Group, i32)] = match level {
        0 => return Vec::new(),
        1 => &[
            (Group::Deadline, 4),
            (Group::Outage, 4),
            (Group::Block, 4),
            (Group::Mass, 3),
            (Group::Harm, 3),
            (Group::Danger, 3),
            (Group::Now, 1),
            (Group::Rescue, 1),
            (Group::Frail, 1),
        ],
        _ => &[(Group::Danger, 5), (Group::Harm, 1), (Group::Rescue, 2), (Group::Now, 1), (Group::Frail, 1)],
    };
    let mut scored: Vec<(i32, Range<usize>)> = reading
        .clauses()
        .iter()
        .map(|c| {
            let for_it: i32 = telling.iter().filter(|t| within(reading, t.0, c)).map(|t| t.1).sum();
            let against = [Group::Hypothetical, Group::Past, Group::Calm].iter().filter(|g| within(reading, **g, c)).count() as i32;
            (for_it - 2 * against, c.clone())
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
    let best = scored.first().map_or(0, |s| s.0);
    let least = if best > 2 { 3 } else { best };
    scored.retain(|s| s.0 >= least);
    scored.truncate(if best > 2 { 3 } else { 1 });
    scored.iter().filter_map(|(_, c)| words(reading, telling, c)).collect()
}

/// A clause as written, without its closing mark; of a long one the part around its first telling phrase.
fn words(reading: &Reading<'_>, telling: &[(Group, i32)], clause: &Range<usize>) -> Option<String> {
    let text = reading.text();
    let mut range = clause.clone();
    if text.get(range.clone())?.chars().count() > 30 {
        let first = telling.iter().find_map(|t| reading.of(t.0).iter().find(|h| clause.contains(&(h.start as usize))));
        let at = first.map_or(clause.start, |h| h.start as usize);
        let from = text.get(clause.start..at)?.char_indices().rev().nth(9).map_or(clause.start, |(i, _)| clause.start + i);
        let to = text.get(at..clause.end)?.char_indices().nth(18).map_or(clause.end, |(i, _)| at + i);
        range = from..to;
    }
    let span = reading.prepared.source_span(range.start, range.end);
    let surface = reading.source.get(span.start..span.end)?;
    let bare = surface.trim_matches(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '”' | '“' | '《' | '》' | '*')));
    (!bare.is_empty()).then(|| bare.to_string())
}
