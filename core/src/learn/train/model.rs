//! From labelled texts to a model file: what `jiesu train` and the bindings share.

use super::{Settings, Task, fit_one};
use crate::bundle::Bundle;
use crate::learn::{Evaluation, Features, LearnError, Model, ModelInfo, Prediction, Reference, Sight, Templates, evaluate};
use crate::text::{Embedding, Prepared};

/// Bytes a model takes beside its dictionary and its weights.
const FRAME: usize = 30_000;
/// Weights in less are no model.
const LEAST: usize = 50_000;
/// Share of the rest for word vectors.
const VECTORS: f64 = 0.25;

/// What [`train_model`] may be told.
#[derive(Debug, Clone)]
pub struct Options {
    /// Size of the model file in bytes; `None`: 2 MB up to 20 labels, else 4 MB.
    pub budget: Option<usize>,
    /// A feature must occur in this many different texts.
    pub least_texts: u32,
    /// Weights kept for a feature.
    pub width: usize,
    /// Share of wrong answers allowed among those that go out by themselves; only matters for the figures.
    pub risk: f64,
    /// Closing templates that were cut from the texts; the model will cut them too.
    pub templates: Templates,
}

impl Default for Options {
    fn default() -> Self {
        let Settings { least_texts, width, .. } = Settings::default();
        Options { budget: None, least_texts, width, risk: 0.05, templates: Templates::default() }
    }
}

/// A trained model and how it did on rows its weights had not seen.
#[derive(Debug)]
pub struct Trained {
    /// The model file, see [`Model::from_bundle`].
    pub bundle: Bundle,
    /// Number of features learned.
    pub features: usize,
    /// Figures on held-out rows; probabilities and thresholds were fitted on them.
    pub held_out: Evaluation,
}

/// Learns a text classifier from rows in time (or file) order. The dictionary of `words` cut the texts and goes into the
/// file; so do its word vectors, as far as the texts say the words.
///
/// ```
/// use jiesu::bundle::Bundle;
/// use jiesu::learn::{Model, train::{Options, train_model}};
/// use jiesu::text::{Prepared, Segmenter};
/// let mut words = Bundle::default();
/// words.insert("dictionary", &"工资 100\n路灯 100\n".to_string(), "own")?;
/// let segmenter = Segmenter::from_bundle(&words)?;
/// let rows = [("拖欠工资", "D09"), ("路灯不亮", "D05")].repeat(30);
/// let texts: Vec<Prepared> = rows.iter().map(|r| Prepared::new(r.0, None, &segmenter)).collect();
/// let labels: Vec<&str> = rows.iter().map(|r| r.1).collect();
/// let trained = train_model(&words, "domain", &texts, &labels, Options::default())?;
/// assert_eq!(Model::from_bundle(&trained.bundle)?.classifier().labels(), ["D05", "D09"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn train_model<S: AsRef<str>>(
    words: &Bundle,
    task: &str,
    texts: &[Prepared],
    labels: &[S],
    options: Options,
) -> Result<Trained, LearnError> {
    if texts.len() != labels.len() {
        return Err(LearnError::Length { texts: texts.len(), labels: labels.len() });
    }
    if texts.is_empty() {
        return Err(LearnError::NoRows);
    }
    let labels: Vec<Option<&str>> = labels.iter().map(|l| Some(l.as_ref())).collect();
    let question = Task::new(task, &labels);
    let budget = options.budget.unwrap_or(if question.labels.len() <= 20 { 2_000_000 } else { 4_000_000 });
    let taken = words.get::<String>("dictionary")?.len() + FRAME;
    let spare = budget.checked_sub(taken).filter(|s| *s >= LEAST).ok_or(LearnError::Budget { taken, budget })?;
    let Options { least_texts, width, risk, templates, .. } = options;
    let vectors = Embedding::from_bundle(words)?.map(|e| e.cut_down(texts, least_texts, (spare as f64 * VECTORS) as usize));
    let embedding = vectors.as_deref().map(Embedding::from_table).transpose()?;
    let budget = spare - vectors.as_ref().map_or(0, Vec::len);
    let vector = |t| embedding.as_ref().map_or_else(Vec::new, |e| e.embed(t));
    let features: Vec<Features> = texts.iter().map(|t| Features::extract(t).with_vector(vector(t))).collect();
    let fitted = fit_one(&features, question, true, Settings { budget, least_texts, width, ..Settings::default() })?;
    let unseen = fitted.unseen.into_iter().next().unwrap_or_default();
    let sights: Vec<Sight> = unseen.iter().map(|u| Sight { known: u.known, confidence: u.answer.p() as f32 }).collect();
    let info = ModelInfo { task: task.to_string(), templates, rows: texts.len() as u32, reference: Reference::new(&sights) };
    let answers: Vec<(String, Prediction)> = unseen.into_iter().map(|u| (u.label, u.answer)).collect();
    let names = fitted.classifiers.tasks().first().map_or(&[][..], |t| t.labels());
    Ok(Trained {
        bundle: Model::to_bundle(words, vectors, &fitted.classifiers, &info)?,
        features: fitted.classifiers.vocabulary().len(),
        held_out: evaluate(names, &answers, risk),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_learned_says_why() {
        let mut words = Bundle::default();
        words.insert("dictionary", &"工资 100\n".to_string(), "own").unwrap();
        let none: [&str; 0] = [];
        let code = |r: Result<Trained, LearnError>| r.err().map(|e| e.code());
        assert_eq!(code(train_model(&words, "t", &[], &none, Options::default())), Some("learn.no_rows"));
        assert_eq!(code(train_model(&words, "t", &[], &["a"], Options::default())), Some("learn.length"));
        let text = Prepared::new("工资", None, &crate::text::Segmenter::from_bundle(&words).unwrap());
        assert_eq!(
            code(train_model(&words, "t", std::slice::from_ref(&text), &["a"], Options { budget: Some(10), ..Options::default() })),
            Some("learn.budget")
        );
        assert_eq!(code(train_model(&Bundle::default(), "t", &[text], &["a"], Options::default())), Some("bundle.missing"));
    }
}
