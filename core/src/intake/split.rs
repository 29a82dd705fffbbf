//! Several matters in one text: places where a text may be cut, scored by cue words, the topics of both sides and their words in common.
//!
//! A conditional logistic model over the places of one text (and "no cut"): cheap features choose a few places, only those are shown to
//! the topic classifier. Weights are data (`split.cue`, `split`).

use super::data::{IntakeData, bad};
use super::reading::Group;
use super::{Intake, Reading};
use crate::bundle::BundleError;
use crate::complaint::Span;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// One matter of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterRange {
    /// In bytes of the normal form.
    pub normal: Range<usize>,
    /// In bytes of the source.
    pub span: Span,
}

/// A place where a text may be cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Byte of the normal form where the second matter would begin.
    pub at: usize,
    /// Cheap features, in the order of [`CUE_FEATURES`].
    pub features: [f64; CUES],
    /// Score by the cheap features alone.
    pub score: f64,
}

const CUES: usize = 32;
const TOPICS: usize = 9;
/// Place of "joint" among the cheap features.
const JOINT: usize = 5;
/// Places shown to the topic classifier.
const SHOWN: usize = 6;
/// A side shorter than this many bytes is no matter of its own.
const LEAST: usize = 18;

/// Names of the features that need no topics.
pub const CUE_FEATURES: [&str; CUES] = [
    "bias",
    "strong_end",
    "weak_end",
    "blank_end",
    "inside",
    "joint",
    "joint_long",
    "join",
    "second",
    "second_third",
    "second_first",
    "announced",
    "announced_second",
    "announced_joint",
    "done_left",
    "question_left",
    "particle_left",
    "carry",
    "fresh",
    "log_right",
    "log_left",
    "position",
    "short_right",
    "joint_strong",
    "third_left",
    "long_clause",
    "joint_fresh",
    "comma_joint",
    "last_clause",
    "places",
    "turn",
    "turn_strong",
];

/// Names of the features that need the topics of both sides.
pub const TOPIC_FEATURES: [&str; TOPICS] =
    ["same", "distance", "top_differs", "sure_left", "sure_right", "cohesion", "joint_same", "joint_distance", "differs_sure"];

#[derive(Debug)]
pub(super) struct Scorer {
    cue: Vec<f64>,
    full: Vec<f64>,
    /// Least score of the best place; the score of "no cut" is 0.
    threshold: f64,
}

impl Scorer {
    pub(super) fn new(data: &IntakeData) -> Result<Self, BundleError> {
        let all: Vec<&str> = CUE_FEATURES.iter().chain(&TOPIC_FEATURES).copied().collect();
        let known = |w: &&super::Weight| w.model.starts_with("split") && w.feature != "threshold";
        if let Some(w) = data.weights.iter().filter(known).find(|w| !all.contains(&w.feature.as_str())) {
            return Err(bad(format_args!("weights: no split feature `{}`", w.feature)));
        }
        let threshold = data.model("split", &["threshold"]).first().copied().unwrap_or(0.0);
        Ok(Scorer { cue: data.model("split.cue", &CUE_FEATURES), full: data.model("split", &all), threshold })
    }

    /// Weights of the topic features.
    fn topics(&self) -> &[f64] {
        self.full.get(CUES..).unwrap_or_default()
    }

    /// What the topic features can add at most, whatever the topics are: probabilities are 0 to 1 and the distance of two
    /// distributions (Jensen–Shannon) is at most ln 2. The terms of the surest topics are linear on both sides of left = right, so
    /// that their greatest value is at a corner.
    fn topics_at_most(&self, joint: f64, cohesion: f64) -> f64 {
        let &[same, distance, differs, left, right, cohesive, joint_same, joint_distance, differs_sure] = self.topics() else {
            return f64::INFINITY;
        };
        let equal_tops = left.max(right).max(left + right).max(0.0);
        let other_tops = differs + left.max(right).max(left + right + differs_sure).max(0.0);
        let close = (same + joint * joint_same).max(0.0);
        let far = (distance + joint * joint_distance).max(0.0) * std::f64::consts::LN_2;
        // A little more than the sum, for rounding.
        equal_tops.max(other_tops) + close + far + cohesive * cohesion + 1e-9
    }
}

/// Bytes of the normal form beyond which a text is not cut: nobody tells two matters in 5,000 characters, and the cost of a place
/// grows with the text.
const LONGEST: usize = 15_000;

fn dot(w: &[f64], x: &[f64]) -> f64 {
    w.iter().zip(x).map(|(w, x)| w * x).sum()
}

/// An item mark at the start of `text` (`2.`, `(2)`, `二、`, `第二`): its number.
fn item(text: &str) -> Option<u32> {
    let bare = text.trim_start_matches(['(', '[', ' ']);
    let opened = bare.len() < text.trim_start_matches(' ').len();
    let ordinal = bare.strip_prefix("第");
    let head = ordinal.unwrap_or(bare);
    let mut chars = head.chars();
    let number = match chars.next()? {
        c @ '1'..='9' => c.to_digit(10)?,
        '一' | '首' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        _ => return None,
    };
    let next = chars.next()?;
    let second = chars.next();
    let marked = ordinal.is_some()
        && !matches!(
            next,
            '天' | '次'
                | '人'
                | '期'
                | '条'
                | '款'
                | '项'
                | '中'
                | '实'
                | '小'
                | '社'
                | '医'
                | '楼'
                | '章'
                | '季'
                | '名'
                | '代'
                | '年'
                | '回'
                | '遍'
                | '套'
                | '批'
                | '轮'
                | '层'
                | '根'
        )
        || next == '、'
        || next == ')'
        || next == '.' && !second.is_some_and(|c| c.is_ascii_digit())
        || next == '是' && matches!(head.chars().next(), Some('一' | '二' | '三' | '四'))
        || opened && next == ')';
    marked.then_some(number)
}

impl Intake {
    /// Places where the text may be cut, in order, with their cheap features.
    pub fn split_candidates(&self, reading: &Reading<'_>) -> Vec<Candidate> {
        let text = reading.text();
        let n = text.len();
        let from = reading.prepared.title_end + LEAST;
        let mut places: Vec<(usize, bool)> = Vec::new();
        for c in reading.clauses() {
            places.push((c.end, false));
            // A long clause without marks: every word may begin a matter.
            if c.len() > 120 {
                let i = reading.prepared.tokens.partition_point(|t| (t.start as usize) <= c.start);
                let inner =
                    reading.prepared.tokens.get(i..).unwrap_or_default().iter().map(|t| t.start as usize).take_while(|s| *s < c.end);
                places.extend(inner.map(|s| (s, true)));
            }
        }
        places.extend(reading.of(Group::Joint).iter().chain(reading.of(Group::Turn)).map(|h| (h.start as usize, true)));
        places.sort_unstable();
        places.dedup_by_key(|p| p.0);
        places.retain(|&(p, _)| p >= from && p + LEAST <= n && text.is_char_boundary(p));
        let items: Vec<(usize, u32)> = reading.clauses().iter().filter_map(|c| Some((c.start, item(text.get(c.clone())?)?))).collect();
        let announced = reading.of(Group::Announce).first().is_some_and(|h| (h.start as usize) < 240);
        let count = places.len();
        let last = places.iter().rev().find(|p| !p.1).map_or(0, |p| p.0);
        places
            .into_iter()
            .filter_map(|(at, inside)| {
                let mut x = self.cues_of(reading, at, inside, &items, announced)?;
                x[28] = f64::from(at == last);
                x[29] = libm::log(1.0 + count as f64) - 2.5;
                Some(Candidate { at, features: x, score: dot(&self.split.cue, &x) })
            })
            .collect()
    }

    fn cues_of(&self, reading: &Reading<'_>, at: usize, inside: bool, items: &[(usize, u32)], announced: bool) -> Option<[f64; CUES]> {
        let text = reading.text();
        let (left, right) = text.split_at_checked(at)?;
        let flag = |b: bool| f64::from(u8::from(b));
        let closed = left.trim_end_matches([' ', '"', '”', '’', ')']);
        let end = closed.chars().next_back().unwrap_or(' ');
        let starts =
            |group: Group, within: usize| reading.of(group).iter().find(|h| (at..=at + within).contains(&(h.start as usize))).copied();
        let joint = starts(Group::Joint, 9);
        let turn = starts(Group::Turn, 12).is_some();
        let strong = matches!(end, '。' | '!' | '?' | ';' | '…') || left.ends_with('\n') || end == '.';
        let weak = matches!(end, ',' | ':' | '、');
        let number = item(right);
        let second =
            number == Some(2) || right.starts_with('2') && !inside && announced && !right[1..].starts_with(|c: char| c.is_ascii_digit());
        let third = items.iter().any(|i| i.0 > at && i.1 == 3);
        let first = items.iter().any(|i| i.0 < at && i.1 == 1);
        let clause = reading.clause_at(at.saturating_sub(1));
        let around = clause.start..at;
        let done = reading.of(Group::Done).iter().any(|h| around.contains(&(h.start as usize)));
        let particle = closed.ends_with(['了', '呢', '吗', '啊', '吧', '呀', '么', '嗯', '的', '着', '过']);
        let fresh = starts(Group::Fresh, 3);
        let carry = reading.of(Group::Carry).iter().any(|h| h.start as usize == at);
        let join = starts(Group::Join, 0);
        let right_chars = right.chars().count() as f64;
        let left_chars = left.chars().count() as f64;
        Some([
            1.0,
            flag(strong),
            flag(weak),
            flag(!strong && !weak && left.ends_with(' ')),
            flag(inside && !strong && !weak && !left.ends_with(' ')),
            flag(joint.is_some()),
            joint.map_or(0.0, |h| f64::from((h.end - h.start).min(18)) / 9.0),
            flag(join.is_some() && joint.is_none()),
            flag(second),
            flag(second && third),
            flag(second && first),
            flag(announced),
            flag(announced && second),
            flag(announced && joint.is_some()),
            flag(done),
            flag(end == '?' || closed.ends_with(['吗', '呢'])),
            flag(particle),
            flag(carry),
            flag(fresh.is_some()),
            libm::log(right_chars) - 3.5,
            libm::log(left_chars) - 4.5,
            left_chars / (left_chars + right_chars) - 0.7,
            flag(right_chars < 20.0),
            flag(strong && joint.is_some()),
            flag(number.is_some_and(|n| n >= 3)),
            flag(inside && joint.is_none()),
            flag(joint.is_some() && reading.of(Group::Fresh).iter().any(|h| (at..at + 36).contains(&(h.start as usize)))),
            flag(weak && joint.is_some()),
            0.0,
            0.0,
            flag(turn),
            flag(turn && strong),
        ])
    }

    /// The best places by the cheap features, best first.
    pub fn split_shown(&self, reading: &Reading<'_>) -> Vec<Candidate> {
        let mut all = self.split_candidates(reading);
        all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.at.cmp(&b.at)));
        all.truncate(SHOWN);
        all
    }

    /// Features of a place from the topics of its sides and the words they share (for fitting the weights).
    pub fn split_topic_features(reading: &Reading<'_>, candidate: &Candidate, left: &[f64], right: &[f64]) -> [f64; TOPICS] {
        topic_features(candidate, Words::new(reading).cohesion(candidate.at), left, right)
    }

    /// The matters of a text, in order; one when it is not cut. `topics` gives the domain probabilities of a byte range of the
    /// normal form; it is asked about a dozen ranges at most, and only where the answer depends on it.
    pub fn split(&self, reading: &Reading<'_>, topics: &dyn Fn(Range<usize>) -> Vec<f64>) -> Vec<MatterRange> {
        let n = reading.text().len();
        let matter = |normal: Range<usize>| MatterRange { span: reading.prepared.source_span(normal.start, normal.end), normal };
        if n > LONGEST {
            return vec![matter(0..n)];
        }
        let words = Words::new(reading);
        let mut best: Option<(f64, usize)> = None;
        for c in self.split_shown(reading) {
            let cheap = dot(&self.split.full, &c.features);
            let cohesion = words.cohesion(c.at);
            // Most places are lost whatever their topics; asking for those is most of the cost of a cut.
            let needed = best.map_or(self.split.threshold, |b| b.0.max(self.split.threshold));
            if cheap + self.split.topics_at_most(c.features[JOINT], cohesion) < needed {
                continue;
            }
            let (left, right) = (topics(0..c.at), topics(c.at..n));
            let more = topic_features(&c, cohesion, &left, &right);
            let score = cheap + dot(self.split.topics(), &more);
            if best.is_none_or(|b| score > b.0) {
                best = Some((score, c.at));
            }
        }
        match best {
            Some((score, at)) if score > self.split.threshold => vec![matter(0..at), matter(at..n)],
            _ => vec![matter(0..n)],
        }
    }
}

fn topic_features(candidate: &Candidate, cohesion: f64, left: &[f64], right: &[f64]) -> [f64; TOPICS] {
    let same: f64 = left.iter().zip(right).map(|(l, r)| l * r).sum();
    let entropy = |p: f64| if p > 0.0 { -p * libm::log(p) } else { 0.0 };
    let distance: f64 = left.iter().zip(right).map(|(l, r)| entropy((l + r) / 2.0) - (entropy(*l) + entropy(*r)) / 2.0).sum();
    let top = |p: &[f64]| p.iter().enumerate().fold((0, 0.0), |b, (i, &v)| if v > b.1 { (i, v) } else { b });
    let ((a, sure_left), (b, sure_right)) = (top(left), top(right));
    let differs = f64::from(u8::from(a != b));
    let joint = candidate.features[JOINT];
    [same, distance, differs, sure_left, sure_right, cohesion, joint * same, joint * distance, differs * sure_left.min(sure_right)]
}

/// The words of a text (of two characters or more): where each stands and where it stood first.
struct Words(Vec<(u32, u32)>);

impl Words {
    fn new(reading: &Reading<'_>) -> Self {
        let text = reading.text();
        let mut first: FxHashMap<&str, u32> = FxHashMap::default();
        let long = reading.prepared.tokens.iter().filter(|t| t.end - t.start >= 6);
        Words(long.map(|t| (t.start, *first.entry(t.of(text)).or_insert(t.start))).collect())
    }

    /// Share of the words after `at` that occur before it too.
    fn cohesion(&self, at: usize) -> f64 {
        let after = self.0.get(self.0.partition_point(|w| (w.0 as usize) < at)..).unwrap_or_default();
        let shared = after.iter().filter(|w| (w.1 as usize) < at).count();
        if after.is_empty() { 0.0 } else { shared as f64 / after.len() as f64 }
    }
}
