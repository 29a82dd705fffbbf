//! What the engine answers: plain types that rooms hand to each other and that serialise to the contract's JSON.
//!
//! Spans are byte ranges of the complaint's text in Rust; [`Analysis::convert_spans`] turns them into code points (canonical JSON,
//! Python) or UTF-16 units (JavaScript).

use serde::{Deserialize, Serialize, Serializer};

/// A half-open range of the analysed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First unit.
    pub start: usize,
    /// One past the last unit.
    pub end: usize,
}

/// Probabilities and weights leave with four decimals, the same on every platform.
pub fn four_decimals<S: Serializer>(value: &f64, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_f64(round4(*value))
}

/// Rounds to four decimals (and turns −0 into 0).
pub fn round4(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0 + 0.0
}

/// The five request types of the unified intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RequestType {
    /// 咨询: a question.
    #[serde(rename = "咨询")]
    Inquiry,
    /// 求助: a plea for help.
    #[serde(rename = "求助")]
    Help,
    /// 投诉: a complaint; 举报 counts here, with [`TypeAnswer::report`] set.
    #[serde(rename = "投诉")]
    Complaint,
    /// 建议: a suggestion.
    #[serde(rename = "建议")]
    Suggestion,
    /// 表扬: praise.
    #[serde(rename = "表扬")]
    Praise,
}

/// Request type with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeAnswer {
    /// Which of the five.
    pub label: RequestType,
    /// Calibrated probability.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
    /// A report of an illegal act (举报).
    pub report: bool,
}

/// How fast someone must act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Urgency {
    /// 0 ordinary, 1 the same day, 2 life or public safety now.
    pub level: u8,
    /// The phrases that say so.
    pub reasons: Vec<String>,
}

/// A dispute of several people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collective {
    /// Several people share the matter.
    pub flag: bool,
    /// How many, when the text says.
    pub people: Option<u32>,
}

/// Part of the text that spoke for an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it begins.
    pub start: usize,
    /// One past its end.
    pub end: usize,
    /// What it adds to the label's score.
    #[serde(serialize_with = "four_decimals")]
    pub weight: f64,
}

/// One label of a taxonomy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// Code in the taxonomy (`D01`).
    pub code: String,
    /// Its name.
    pub name: String,
    /// Calibrated probability.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
    /// Words that carried it.
    pub evidence: Vec<Evidence>,
}

/// One of the monthly problems (每月一题).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Code (`0201`).
    pub code: String,
    /// Its name.
    pub name: String,
    /// The theme it belongs to.
    pub theme: String,
    /// Calibrated probability.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
}

/// Where a request goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 街道、乡镇.
    Street,
    /// City or district department (委办局).
    Department,
    /// Public enterprise (国企).
    Enterprise,
    /// Can be answered from knowledge.
    Answer,
}

/// What a unit does in a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Competent in the matter.
    Lead,
    /// Helps.
    Cooperating,
    /// Gets the order and reports in (街乡吹哨).
    Receiving,
}

/// Code and name of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// What history says of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistorySource {
    /// Probability of the learned model.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
    /// Words that carried it.
    pub evidence: Vec<Evidence>,
    /// The most similar past orders, at most three; `None` (left out of the JSON) when no history index is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similar: Option<Vec<PastOrder>>,
}

/// A similar order of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastOrder {
    /// Its number.
    pub id: String,
    /// Where it went.
    pub unit: String,
    /// What became of it.
    pub outcome: Option<String>,
    /// How alike, 0–1.
    #[serde(serialize_with = "four_decimals")]
    pub similarity: f64,
}

/// The three sources of a suggestion, apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    /// Row of the catalogue.
    pub catalogue: Option<String>,
    /// The learned model.
    pub history: Option<HistorySource>,
    /// The area that fixed the jurisdiction.
    pub geo: Option<Named>,
}

/// A suggested unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitAnswer {
    /// Official name.
    pub unit: String,
    /// What it does here.
    pub role: Role,
    /// Probability that it is right in this role.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
    /// The concrete street, township or district branch.
    pub local: Option<Named>,
    /// Where the suggestion comes from.
    pub sources: Sources,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// Time limit for handling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// How many.
    pub value: u32,
    /// Of what.
    pub unit: LimitUnit,
}

/// Unit of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitUnit {
    /// Hours by the clock.
    Hours,
    /// Working days of the city's calendar.
    Workdays,
}

/// An area the text speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaAnswer {
    /// 6 digits a district, 9 a street or township, 12 a community.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Name of its district.
    pub district: Option<String>,
    /// Name of its street or township.
    pub town: Option<String>,
    /// Probability.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
}

/// A thing named in the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// `road`, `estate`, `building`, `bus_line`, `amount`, `date`, …
    pub kind: String,
    /// As written.
    pub text: String,
    /// Where it begins.
    pub start: usize,
    /// One past its end.
    pub end: usize,
    /// Its normal form, when there is one.
    pub value: Option<String>,
}

/// Personal data found in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pii {
    /// What it is.
    pub kind: PiiKind,
    /// As written.
    pub text: String,
    /// Where it begins.
    pub start: usize,
    /// One past its end.
    pub end: usize,
}

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PiiKind {
    /// Mobile number.
    Mobile,
    /// Landline number.
    Landline,
    /// Citizen id (GB 11643, with its checksum).
    CitizenId,
    /// Number plate.
    Plate,
    /// Bank card (Luhn).
    BankCard,
    /// E-mail address.
    Email,
}

/// A fact the operator should ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which fact (`employer`).
    pub fact: String,
    /// The question, in Chinese.
    pub question: String,
}

/// One matter of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    /// Where it begins.
    pub start: usize,
    /// One past its end.
    pub end: usize,
    /// Its ranked domains.
    pub topics: Vec<Topic>,
    /// Its monthly problem.
    pub problem: Option<Problem>,
    /// Its units.
    pub units: Vec<UnitAnswer>,
}

/// How a record belongs to its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The first of its matter.
    New,
    /// Somebody else reported the matter before (多人同诉).
    SameMatter,
    /// The same person again (重复诉求).
    SamePerson,
}

/// The incident a record joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentAnswer {
    /// Stable id.
    pub id: String,
    /// How it belongs.
    pub relation: Relation,
    /// Probability that it belongs.
    #[serde(serialize_with = "four_decimals")]
    pub p: f64,
}

/// Everything the engine says of one request; field order is that of the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// The record's id.
    pub id: String,
    /// Passed through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<String>,
    /// Passed through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Passed through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Passed through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Request type.
    #[serde(rename = "type")]
    pub kind: TypeAnswer,
    /// Urgency.
    pub urgency: Urgency,
    /// Collective dispute.
    pub collective: Collective,
    /// Ranked domains.
    pub topics: Vec<Topic>,
    /// Monthly problem.
    pub problem: Option<Problem>,
    /// Where it goes first.
    pub level: Level,
    /// Suggested units, the lead first; never empty.
    pub units: Vec<UnitAnswer>,
    /// Time limit.
    pub limit: Option<Limit>,
    /// A person should decide.
    pub abstain: bool,
    /// The deepest area the text supports.
    pub area: Option<AreaAnswer>,
    /// Candidates, best first, at most 8.
    pub areas: Vec<AreaAnswer>,
    /// Things named.
    pub entities: Vec<Entity>,
    /// Personal data.
    pub pii: Vec<Pii>,
    /// What to ask next.
    pub missing: Vec<Missing>,
    /// The matters of the text.
    pub matters: Vec<Matter>,
    /// The incident, when merging was asked for.
    pub incident: Option<IncidentAnswer>,
}

impl Analysis {
    /// Applies `convert` to every span, in place (byte offsets to another unit).
    pub fn convert_spans(&mut self, convert: impl Fn(usize) -> usize) {
        let topics = |topics: &mut Vec<Topic>| {
            for e in topics.iter_mut().flat_map(|t| &mut t.evidence) {
                (e.start, e.end) = (convert(e.start), convert(e.end));
            }
        };
        let units = |units: &mut Vec<UnitAnswer>| {
            for e in units.iter_mut().filter_map(|u| u.sources.history.as_mut()).flat_map(|h| &mut h.evidence) {
                (e.start, e.end) = (convert(e.start), convert(e.end));
            }
        };
        topics(&mut self.topics);
        units(&mut self.units);
        for e in &mut self.entities {
            (e.start, e.end) = (convert(e.start), convert(e.end));
        }
        for p in &mut self.pii {
            (p.start, p.end) = (convert(p.start), convert(p.end));
        }
        for m in &mut self.matters {
            (m.start, m.end) = (convert(m.start), convert(m.end));
            topics(&mut m.topics);
            units(&mut m.units);
        }
    }
}
