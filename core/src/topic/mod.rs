//! Classification (智能分类): domains and the monthly problems over a taxonomy that is data, and the sister questions that the same
//! features answer (request type, urgency, level, lead unit), so that a text is read once.

#[cfg(feature = "train")]
mod build;
mod taxonomy;

#[cfg(feature = "train")]
pub use build::{HandRow, build};
pub use taxonomy::{Domain, MonthlyProblem, Taxonomy};

use crate::bundle::{Bundle, BundleError};
use crate::complaint::{Level, Problem, Topic};
use crate::learn::{Classifier, Classifiers, Features, Grounds, Prediction, Reading};
use crate::text::Prepared;
use thiserror::Error;

/// The label of a text that is none of the monthly problems.
pub const NO_PROBLEM: &str = "00";

/// Weight of "none" against the problems: most texts have none, so that the likeliest answer alone would miss many.
const NONE: f64 = 0.2;

/// Why the taxonomy or its classifiers cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TopicError {
    /// A fault of the taxonomy's data.
    #[error("taxonomy: {0}")]
    Taxonomy(String),
    /// A file could not be read.
    #[error("{path}: {source}")]
    File {
        /// The path asked for.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bundle does not hold what is needed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl TopicError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TopicError::Taxonomy(_) => "topic.taxonomy",
            TopicError::File { .. } => "topic.file",
            TopicError::Bundle(e) => e.code(),
        }
    }
}

/// What the learned tasks say of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Classes of `domain`; the best is the domain of `problem` when there is one.
    pub domain: Prediction,
    /// Class of `problem` and its probability, unless none is likelier.
    pub problem: Option<(u32, f64)>,
    /// Request types by their label letters: C 咨询, H 求助, P 投诉, R 举报, S 建议, T 表扬; best first.
    pub kind: Vec<(char, f64)>,
    /// Probability of urgency 0, 1 and 2.
    pub urgency: [f64; 3],
    /// Levels, best first; empty where they were not learned.
    pub level: Vec<(Level, f64)>,
    /// Classes of `unit` (official names as labels); empty where they were not learned.
    pub unit: Prediction,
}

/// The taxonomy and the classifiers of a bundle.
#[derive(Debug, Clone)]
pub struct Topics {
    taxonomy: Taxonomy,
    classifiers: Classifiers,
    /// Position in `classifiers` of each task; level and unit may be missing.
    tasks: [Option<usize>; TASKS.len()],
    /// For each class of `problem`, the class of `domain` it implies.
    implied: Vec<Option<u32>>,
}

/// Tasks of the shipped bundle.
pub const TASKS: [&str; 6] = ["domain", "problem", "type", "urgency", "level", "unit"];
/// So many of them every bundle must have; without the others dispatch rests on catalogue and geography.
const NEEDED: usize = 4;
/// Section of the classifiers.
pub const SECTION: &str = "topic.classifiers";
/// Section of the taxonomy.
pub const TAXONOMY: &str = "topic.taxonomy";

impl Topics {
    /// From a bundle's sections.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, TopicError> {
        let taxonomy: Taxonomy = bundle.get(TAXONOMY)?;
        let classifiers = Classifiers::from_bundle(bundle, SECTION)?;
        let tasks = TASKS.map(|name| classifiers.tasks().iter().position(|t| t.task() == name));
        if let Some((_, name)) = tasks.iter().zip(TASKS).take(NEEDED).find(|(at, _)| at.is_none()) {
            return Err(BundleError::malformed(SECTION, format_args!("no classifier for {name}")).into());
        }
        let mut topics = Topics { taxonomy, classifiers, tasks, implied: Vec::new() };
        topics.implied = topics.implied_domains()?;
        Ok(topics)
    }

    fn implied_domains(&self) -> Result<Vec<Option<u32>>, TopicError> {
        let unknown = |what: &str| BundleError::malformed(SECTION, format_args!("{what} is not in the taxonomy"));
        for code in self.labels(0) {
            self.taxonomy.domain(code).ok_or_else(|| unknown(code))?;
        }
        let mut implied = Vec::new();
        for code in self.labels(1) {
            implied.push(if code == NO_PROBLEM {
                None
            } else {
                let problem = self.taxonomy.problem(code).ok_or_else(|| unknown(code))?;
                Some(self.task(0).and_then(|t| t.class(&problem.domain)).ok_or_else(|| unknown(&problem.domain))?)
            });
        }
        Ok(implied)
    }

    fn task(&self, which: usize) -> Option<&Classifier> {
        self.classifiers.tasks().get((*self.tasks.get(which)?)?)
    }

    fn labels(&self, which: usize) -> &[String] {
        self.task(which).map_or(&[], Classifier::labels)
    }

    /// What a task says; nothing where it is missing.
    fn predict(&self, which: usize, reading: &Reading) -> Prediction {
        self.task(which).map_or_else(Prediction::default, |t| t.predict(reading))
    }

    /// The taxonomy.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// Reads a text for all tasks.
    pub fn read(&self, features: &Features) -> Reading {
        self.classifiers.read(features)
    }

    /// Answers all tasks. Domain and problem are chosen together, so that a problem never contradicts its domain.
    pub fn judge(&self, reading: &Reading) -> Judgement {
        self.combine(std::array::from_fn(|t| self.predict(t, reading)))
    }

    /// One judgement from the answers to all of [`TASKS`].
    pub fn combine(&self, answers: [Prediction; TASKS.len()]) -> Judgement {
        let [mut domain, problems, kind, urgencies, level, unit] = answers;
        let of = |d: u32| domain.ranked.iter().find(|r| r.0 == d).map_or(0.0, |r| r.1);
        // No problem goes with any domain; a problem only with its own.
        let mut best = (None, 0.0);
        for &(class, p) in &problems.ranked {
            let implied = self.implied.get(class as usize).copied().flatten();
            let joint = p * implied.map_or_else(|| NONE * domain.p(), of);
            if joint > best.1 {
                best = (implied.map(|d| (class, p, d)), joint);
            }
        }
        let problem = best.0.map(|(class, p, implied)| {
            if let Some(at) = domain.ranked.iter().position(|r| r.0 == implied).filter(|&at| at > 0) {
                // Chosen together against the domain's own ranking: nothing to let out unseen.
                domain.ranked[..=at].rotate_right(1);
                domain.risk = 1.0;
                domain.set.retain(|&c| c != implied);
                domain.set.insert(0, implied);
            }
            (class, p)
        });
        let kind = kind.ranked.iter().map(|&(c, p)| (self.letter(2, c), p)).collect();
        let mut urgency = [0.0; 3];
        for (c, p) in urgencies.ranked {
            if let Some(u) = urgency.get_mut(self.letter(3, c) as usize - '0' as usize) {
                *u = p;
            }
        }
        let level = level.ranked.iter().map(|&(c, p)| (level_of(self.letter(4, c)), p)).collect();
        Judgement { domain, problem, kind, urgency, level, unit }
    }

    /// Probability of each domain, by class.
    pub fn domains(&self, reading: &Reading) -> Vec<f64> {
        self.task(0).map_or_else(Vec::new, |domain| domain.calibration().probabilities(&domain.scores(reading)))
    }

    fn letter(&self, task: usize, class: u32) -> char {
        self.labels(task).get(class as usize).and_then(|l| l.chars().next()).filter(|c| *c >= '0').unwrap_or('0')
    }

    /// The official name of a class of `unit`.
    pub fn unit_name(&self, class: u32) -> &str {
        self.labels(5).get(class as usize).map_or("", String::as_str)
    }

    /// Lays a text out for questions of evidence; `reading` is what [`Topics::read`] made of `features`.
    pub fn grounds<'a>(&self, text: &'a Prepared, features: &Features, reading: &'a Reading) -> Grounds<'a> {
        self.classifiers.grounds(text, features, reading)
    }

    /// The best `count` domains with up to `spans` pieces of evidence each.
    pub fn topics(&self, grounds: &Grounds<'_>, judgement: &Judgement, count: usize, spans: usize) -> Vec<Topic> {
        let Some(classifier) = self.task(0) else { return Vec::new() };
        let ranked = judgement.domain.ranked.iter().take(count);
        ranked
            .filter_map(|&(class, p)| {
                let domain = self.taxonomy.domain(classifier.labels().get(class as usize)?)?;
                let evidence = grounds.explain(classifier, class, spans);
                Some(Topic { code: domain.code.clone(), name: domain.name.clone(), p, evidence })
            })
            .collect()
    }

    /// The monthly problem as it is answered.
    pub fn problem(&self, judgement: &Judgement) -> Option<Problem> {
        let (class, p) = judgement.problem?;
        let m = self.taxonomy.problem(self.labels(1).get(class as usize)?)?;
        Some(Problem { code: m.code.clone(), name: m.name.clone(), theme: m.theme.clone(), p })
    }

    /// The words that spoke for a unit.
    pub fn unit_evidence(&self, grounds: &Grounds<'_>, class: u32, spans: usize) -> Vec<crate::complaint::Evidence> {
        self.task(5).map_or_else(Vec::new, |unit| grounds.explain(unit, class, spans))
    }
}

fn level_of(letter: char) -> Level {
    match letter {
        'T' => Level::Street,
        'E' => Level::Enterprise,
        'N' => Level::Answer,
        _ => Level::Department,
    }
}
