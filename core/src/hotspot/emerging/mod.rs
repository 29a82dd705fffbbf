//! Emerging topics (新出现的问题): what residents begin to talk about and no class names yet.
//!
//! Every day the requests of the last two weeks are compared with a sample of the three months before, as vectors ([`crate::text::Embedding`],
//! the common part taken out). A request is *unusual* when more recent requests lie around it than its neighbourhood's past share allows:
//! a binomial test conditional on both counts, over windows of 3, 7 and 14 days, at a level that keeps false topics under the accepted
//! number for the whole day. Shares are compared, so a busy day alone makes nothing unusual. Unusual requests are clustered by DBSCAN
//! (Ester et al. 1996; linfa-clustering); a cluster that one class already names with confidence, or that is one incident told many times
//! from one place, is left to the scan and to merging. What is left is named by its own words: phrases ranked by `p ln(p/q)`, their part
//! of the Kullback–Leibler divergence from the background (Kullback and Leibler 1951).
//!
//! DBSCAN on all recent requests was tried first: everyday complaints lie so close together that any radius that joins a topic chains them
//! into one cluster. Testing each request first leaves it only what is new. OPTICS (also in linfa) orders by density alone and has the
//! same trouble.
//!
//! **Bounded work.** A day keeps at most [`EmergingParams::per_day`] requests, on busier days those whose words have become frequent and
//! whose class is least sure; a day older than the window a tenth of that. So a day costs the same at a million requests as at ten
//! thousand, besides one pass over their words. The state ([`Emerging::to_bytes`]) holds words and ids of the kept requests: it is as
//! confidential as the requests.

mod density;
mod name;

use super::HotspotError;
use crate::bundle::{Bundle, BundleError};
use crate::complaint::{Day, four_decimals};
use crate::text::quantize;
use density::Point;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Windows of the test, days.
const WINDOWS: [i32; 3] = [3, 7, WINDOW];
/// Days that are called recent.
const WINDOW: i32 = 14;
/// Days of background before them.
const BACKGROUND: i32 = 90;
/// Days of background before the first word.
const BURN_IN: i32 = 14;
/// A topic not seen for this long is forgotten; the next one has another id.
const FORGET: i32 = 14;
/// One class names a topic when it got this share of its requests, with this mean probability.
const NAMED: (f64, f64) = (0.8, 0.8);
/// More than this share from one area is one matter at one place.
const ONE_PLACE: f64 = 0.8;
/// Times as many as expected: a smaller rise is a drift of what is known.
const RISE: f64 = 2.5;
/// Share of cases in common, or cosine of centres, that makes two days' clusters one topic.
const SAME: (f64, f32) = (0.3, 0.8);
/// Half-life of the usual frequency of words, days.
const HALF_LIFE: f32 = 30.0;

const SECTION: &str = "emerging";

/// Settings of [`Emerging`].
#[derive(Debug, Clone, PartialEq)]
pub struct EmergingParams {
    /// Cosine (the common part taken out) from which two requests are neighbours.
    pub similarity: f32,
    /// Most requests of one day that are kept.
    pub per_day: usize,
    /// False topics accepted in 30 days.
    pub false_per_month: f64,
    /// Fewest requests of a topic, each caller once.
    pub least: usize,
}

impl Default for EmergingParams {
    fn default() -> Self {
        EmergingParams { similarity: 0.38, per_day: 1000, false_per_month: 0.25, least: 4 }
    }
}

impl EmergingParams {
    /// Checks every setting.
    pub fn check(&self) -> Result<(), HotspotError> {
        let bad = |name, value: String, range| Err(HotspotError::Parameter { name, value, range });
        if !(0.1..=0.99).contains(&self.similarity) {
            return bad("similarity", self.similarity.to_string(), "between 0.1 and 0.99");
        }
        if !(10..=5000).contains(&self.per_day) {
            return bad("per_day", self.per_day.to_string(), "10 to 5000");
        }
        if !(1e-3..=1e3).contains(&self.false_per_month) {
            return bad("false_per_month", self.false_per_month.to_string(), "between 0.001 and 1000");
        }
        if !(3..=1000).contains(&self.least) {
            return bad("least", self.least.to_string(), "3 to 1000");
        }
        Ok(())
    }
}

/// One request as [`Emerging`] sees it; [`crate::engine::Engine::emerging_request`] makes one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EmergingRequest {
    /// The request's id.
    pub id: String,
    /// [`super::token_key`] of the caller, 0 when unknown.
    pub caller: u64,
    /// Code of its area, when known.
    pub area: Option<String>,
    /// Unit vector of the text.
    pub vector: Vec<f32>,
    /// Words of the text in order.
    pub words: Vec<String>,
    /// The finest class it was given, and the class's probability.
    pub class: Option<(String, f64)>,
}

/// A word or phrase of a topic's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NameWord {
    /// The phrase.
    pub word: String,
    /// Share of the topic's requests with it.
    #[serde(serialize_with = "four_decimals")]
    pub share: f64,
}

/// A topic that emerges, as it stands on one day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmergingTopic {
    /// The day.
    #[serde(serialize_with = "super::date")]
    pub as_of: Day,
    /// Id, the same as long as the topic lasts.
    pub topic: String,
    /// Its first words.
    pub name: String,
    /// Words and phrases that set it apart, best first.
    pub words: Vec<NameWord>,
    /// New today, or said before.
    pub state: super::State,
    /// First day of a request of it within the window.
    #[serde(serialize_with = "super::date")]
    pub start: Day,
    /// Last day of one.
    #[serde(serialize_with = "super::date")]
    pub end: Day,
    /// Requests within the window, each caller once.
    pub observed: u64,
    /// What the background's share would have brought.
    #[serde(serialize_with = "four_decimals")]
    pub expected: f64,
    /// Probability of as many by chance, for the day's whole search (at most 1).
    #[serde(serialize_with = "super::scientific")]
    pub p_value: f64,
    /// Codes of its areas, those with most requests first.
    pub areas: Vec<String>,
    /// The class most of its requests got, if any, and their share.
    pub class: Option<NameWord>,
    /// Ids of the requests.
    pub cases: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    id: String,
    caller: u64,
    area: Option<String>,
    vector: Vec<i8>,
    /// Words, each ended by a line break.
    words: String,
    class: Option<(String, f32)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptDay {
    day: i32,
    kept: Vec<Kept>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    topic: String,
    last: i32,
    cases: Vec<String>,
    centre: Vec<i8>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    first: i32,
    days: VecDeque<KeptDay>,
    /// Hash of a word → requests with it, older days counting less.
    usual: BTreeMap<u64, f32>,
    usual_requests: f32,
    known: Vec<Known>,
}

/// Finds emerging topics day by day; what it says of a day depends only on the requests handed over by then.
///
/// ```
/// use jiesu::complaint::Day;
/// use jiesu::hotspot::{Emerging, EmergingParams};
/// let mut watch = Emerging::new(EmergingParams::default())?;
/// assert!(watch.update_day(Day::parse("2026-01-05")?, Vec::new())?.is_empty() && watch.is_young());
/// let again = Emerging::from_bytes(&watch.to_bytes()?, EmergingParams::default())?;
/// assert_eq!(again.last_day(), watch.last_day());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Emerging {
    params: EmergingParams,
    state: State,
}

impl Emerging {
    /// A watch that has seen nothing.
    pub fn new(params: EmergingParams) -> Result<Self, HotspotError> {
        params.check()?;
        Ok(Emerging { params, state: State::default() })
    }

    /// Goes on from [`Emerging::to_bytes`].
    pub fn from_bytes(bytes: &[u8], params: EmergingParams) -> Result<Self, HotspotError> {
        params.check()?;
        let state: State = Bundle::from_bytes(bytes)?.get(SECTION)?;
        if !state.days.iter().map(|d| d.day).is_sorted_by(|a, b| a < b) {
            return Err(BundleError::malformed(SECTION, "days do not ascend").into());
        }
        Ok(Emerging { params, state })
    }

    /// Everything it remembers, in the bundle's format (magic, version, checksum).
    pub fn to_bytes(&self) -> Result<Vec<u8>, HotspotError> {
        let mut bundle = Bundle::default();
        bundle.insert(SECTION, &self.state, "ids and words of requests: as confidential as they are")?;
        Ok(bundle.to_bytes()?)
    }

    /// The last day that was closed.
    pub fn last_day(&self) -> Option<Day> {
        self.state.days.back().map(|d| Day(d.day))
    }

    /// Whether there is too little background to say anything (under two weeks before the two weeks that are recent).
    pub fn is_young(&self) -> bool {
        self.last_day().is_none_or(|last| last.0 - self.state.first < WINDOW + BURN_IN)
    }

    /// Closes a day and gives the topics that stand out on it, those with most requests first. Each day's requests come once.
    ///
    /// Linear in the day's words, and `O((r² + r·b) · dims)` for `r` recent and `b` background requests kept, both bounded by the settings:
    /// about five seconds at most.
    pub fn update_day(&mut self, day: Day, requests: Vec<EmergingRequest>) -> Result<Vec<EmergingTopic>, HotspotError> {
        if let Some(last) = self.last_day().filter(|&l| l >= day) {
            return Err(HotspotError::Order { day: day.to_string(), last: last.to_string() });
        }
        let state = &mut self.state;
        if state.days.is_empty() {
            state.first = day.0;
        }
        let kept = sieve(state, requests, self.params.per_day);
        state.days.push_back(KeptDay { day: day.0, kept });
        state.days.retain(|d| d.day > day.0 - WINDOW - BACKGROUND);
        for d in state.days.iter_mut().filter(|d| d.day <= day.0 - WINDOW) {
            thin(&mut d.kept, (self.params.per_day / 10).max(20));
        }
        state.known.retain(|k| k.last >= day.0 - FORGET);
        if self.is_young() {
            return Ok(Vec::new());
        }
        Ok(self.find(day))
    }

    fn find(&mut self, day: Day) -> Vec<EmergingTopic> {
        let is_recent = |d: &&KeptDay| d.day > day.0 - WINDOW;
        let point = |d: &KeptDay, k: &Kept| Point { age: day.0 - d.day, caller: k.caller, vector: k.vector.clone() };
        let recent: Vec<(i32, &Kept)> = self.state.days.iter().filter(is_recent).flat_map(|d| d.kept.iter().map(|k| (d.day, k))).collect();
        let past: Vec<&Kept> = self.state.days.iter().filter(|d| !is_recent(d)).flat_map(|d| &d.kept).collect();
        let points = |recent: bool| -> Vec<Point> {
            self.state.days.iter().filter(|d| is_recent(d) == recent).flat_map(|d| d.kept.iter().map(move |k| point(d, k))).collect()
        };
        let clusters = density::clusters(&points(true), &points(false), &WINDOWS, &self.params);
        let mut found = Vec::new();
        for c in clusters {
            let members: Vec<(i32, &Kept)> = c.members.iter().filter_map(|&i| recent.get(i).copied()).collect();
            let areas = counts(members.iter().filter_map(|(_, k)| k.area.as_deref()));
            let classes = counts(members.iter().filter_map(|(_, k)| Some(k.class.as_ref()?.0.as_str())));
            let n = members.len() as f64;
            let sure = members.iter().filter_map(|(_, k)| k.class.as_ref()).map(|c| f64::from(c.1)).sum::<f64>() / n;
            let class = classes.first().map(|&(class, k)| NameWord { word: class.to_string(), share: k as f64 / n });
            let named = class.as_ref().is_some_and(|c| c.share >= NAMED.0) && sure >= NAMED.1;
            let one_place = areas.first().is_some_and(|&(_, k)| k as f64 > ONE_PLACE * n);
            if named || one_place || members.len() < self.params.least || n < RISE * c.expected {
                continue;
            }
            let inside: Vec<&str> = members.iter().map(|(_, k)| k.words.as_str()).collect();
            let outside: Vec<&str> = past.iter().map(|k| k.words.as_str()).collect();
            let words = name::words(&inside, &outside);
            if words.is_empty() {
                // Nothing in it that is not usual.
                continue;
            }
            let days = || members.iter().map(|(d, _)| *d);
            let topic = EmergingTopic {
                as_of: day,
                topic: String::new(),
                name: words.iter().take(3).map(|w| w.word.as_str()).collect::<Vec<_>>().join("、"),
                words,
                state: super::State::New,
                start: Day(days().min().unwrap_or(day.0)),
                end: Day(days().max().unwrap_or(day.0)),
                observed: members.len() as u64,
                expected: c.expected,
                p_value: c.p_value,
                areas: areas.iter().map(|(a, _)| a.to_string()).collect(),
                class,
                cases: members.iter().map(|(_, k)| k.id.clone()).collect(),
            };
            found.push((topic, quantize(&c.centre)));
        }
        found.sort_by(|a, b| b.0.observed.cmp(&a.0.observed).then_with(|| a.0.cases.cmp(&b.0.cases)));
        self.name_ids(day, &mut found);
        found.into_iter().map(|(topic, _)| topic).collect()
    }

    /// Gives each topic the id of the known one it shares most with, or a new one.
    fn name_ids(&mut self, day: Day, found: &mut [(EmergingTopic, Vec<i8>)]) {
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (i, (topic, centre)) in found.iter().enumerate() {
            let own: BTreeSet<&str> = topic.cases.iter().map(String::as_str).collect();
            for (j, known) in self.state.known.iter().enumerate() {
                let common = known.cases.iter().filter(|c| own.contains(c.as_str())).count();
                let share = common as f64 / own.len().min(known.cases.len()).max(1) as f64;
                let near = crate::text::cosine_quantized(centre, &known.centre);
                if share >= SAME.0 || near >= SAME.1 {
                    pairs.push((share + f64::from(near), i, j));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut taken = BTreeSet::new();
        for (_, i, j) in pairs {
            let Some((topic, _)) = found.get_mut(i).filter(|(t, _)| t.topic.is_empty()) else { continue };
            if let Some(known) = self.state.known.get(j).filter(|_| taken.insert(j)) {
                topic.topic.clone_from(&known.topic);
                topic.state = super::State::Ongoing;
            }
        }
        for (topic, centre) in found.iter_mut() {
            if topic.topic.is_empty() {
                topic.topic = format!("{day}-{}", topic.cases.first().map_or("", String::as_str));
            }
            let known = Known { topic: topic.topic.clone(), last: day.0, cases: topic.cases.clone(), centre: centre.clone() };
            match self.state.known.iter_mut().find(|k| k.topic == topic.topic) {
                Some(old) => *old = known,
                None => self.state.known.push(known),
            }
        }
    }
}

/// Different values with how often they come, most frequent first.
fn counts<'a>(values: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    let mut map: BTreeMap<&str, usize> = BTreeMap::new();
    values.for_each(|v| *map.entry(v).or_default() += 1);
    let mut out: Vec<(&str, usize)> = map.into_iter().collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    out
}

/// What a day keeps: all, or on a busy day those whose words rise and whose class is unsure. Learns the day's words.
fn sieve(state: &mut State, requests: Vec<EmergingRequest>, per_day: usize) -> Vec<Kept> {
    let total = requests.len() as f32;
    let mut today: BTreeMap<u64, f32> = BTreeMap::new();
    let words: Vec<BTreeSet<u64>> = requests.iter().map(|r| r.words.iter().map(|w| super::token_key(w)).collect()).collect();
    for w in words.iter().flatten() {
        *today.entry(*w).or_default() += 1.0;
    }
    let mut order: Vec<usize> = (0..requests.len()).collect();
    if requests.len() > per_day {
        let usual = (state.usual_requests + 1.0) / total;
        let rise = |w: &u64| {
            let now = today.get(w).copied().unwrap_or(0.0);
            libm::logf((now + 0.5) / (state.usual.get(w).copied().unwrap_or(0.0) + 0.5) * usual).max(0.0)
        };
        let score: Vec<f32> = words
            .iter()
            .zip(&requests)
            .map(|(w, r)| {
                let mut top: Vec<f32> = w.iter().filter(|w| today.get(w).is_some_and(|&n| n >= 3.0)).map(rise).collect();
                top.sort_by(|a, b| b.total_cmp(a));
                top.iter().take(3).sum::<f32>() + 1.0 - r.class.as_ref().map_or(0.0, |c| c.1 as f32)
            })
            .collect();
        order.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then_with(|| requests[a].id.cmp(&requests[b].id)));
        order.truncate(per_day);
        order.sort_unstable();
    }
    let fade = libm::exp2f(-1.0 / HALF_LIFE);
    state.usual_requests = state.usual_requests * fade + total;
    state.usual.retain(|_, n| {
        *n *= fade;
        *n > 0.2
    });
    for (w, n) in today {
        *state.usual.entry(w).or_default() += n;
    }
    let mut keep = order.into_iter().peekable();
    let mut kept = Vec::new();
    for (i, r) in requests.into_iter().enumerate() {
        if keep.next_if_eq(&i).is_none() {
            continue;
        }
        let words = r.words.iter().filter(|w| w.chars().filter(char::is_ascii_digit).count() < 5).fold(String::new(), |s, w| s + w + "\n");
        let class = r.class.map(|(c, p)| (c, p as f32));
        kept.push(Kept { id: r.id, caller: r.caller, area: r.area, vector: quantize(&r.vector), words, class });
    }
    kept
}

/// A sample that depends on the ids alone.
fn thin(kept: &mut Vec<Kept>, most: usize) {
    if kept.len() > most {
        kept.sort_by_cached_key(|k| (super::token_key(&k.id), k.id.clone()));
        kept.truncate(most);
    }
}

#[cfg(test)]
mod tests;
