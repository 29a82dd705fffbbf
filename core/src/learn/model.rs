//! Classifiers that share one vocabulary, and the file that `jiesu train` writes.

use super::auxiliary;
use super::classifier::{Classifier, ClassifierParts, Prediction};
use super::drift::{Reference, Sight};
use super::explain::Grounds;
use super::features::Features;
use super::templates::Templates;
use super::vocabulary::{Reading, Vocabulary, VocabularyParts};
use crate::bundle::{Bundle, BundleError};
use crate::text::{EMBEDDING_SECTION, Embedding, Prepared, Segmenter};
use serde::{Deserialize, Serialize};

/// How [`Classifiers`] are stored in a bundle section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifiersParts {
    /// What all of them know.
    pub vocabulary: VocabularyParts,
    /// Classifiers of other labels, whose answers are evidence for the tasks.
    pub auxiliary: Vec<ClassifierParts>,
    /// One for each task.
    pub tasks: Vec<ClassifierParts>,
}

/// One vocabulary and a classifier for each task over it: a text is read once for all tasks. A reading's features are n-grams, then the
/// dimensions of the sentence vector, then the classes of the auxiliary classifiers.
#[derive(Debug, Clone)]
pub struct Classifiers {
    vocabulary: Vocabulary,
    auxiliary: Vec<Classifier>,
    tasks: Vec<Classifier>,
}

impl Classifiers {
    /// From a vocabulary and classifiers over it.
    pub fn from_parts(parts: ClassifiersParts) -> Result<Self, BundleError> {
        let vocabulary = Vocabulary::from_parts(parts.vocabulary)?;
        let auxiliary =
            parts.auxiliary.into_iter().map(|t| Classifier::from_parts(t, vocabulary.width())).collect::<Result<Vec<_>, _>>()?;
        let width = vocabulary.width() + auxiliary.iter().map(|a| a.labels().len()).sum::<usize>();
        let tasks = parts.tasks.into_iter().map(|t| Classifier::from_parts(t, width)).collect::<Result<_, _>>()?;
        Ok(Classifiers { vocabulary, auxiliary, tasks })
    }

    /// For storing.
    pub fn to_parts(&self) -> ClassifiersParts {
        let parts = |classifiers: &[Classifier]| classifiers.iter().map(Classifier::to_parts).collect();
        ClassifiersParts { vocabulary: self.vocabulary.to_parts(), auxiliary: parts(&self.auxiliary), tasks: parts(&self.tasks) }
    }

    /// From section `name` of a bundle.
    pub fn from_bundle(bundle: &Bundle, name: &str) -> Result<Self, BundleError> {
        let classifiers = Self::from_parts(bundle.get(name)?)?;
        if classifiers.vocabulary.width() > classifiers.vocabulary.len() && !bundle.has(EMBEDDING_SECTION) {
            return Err(BundleError::Missing(EMBEDDING_SECTION.to_string()));
        }
        Ok(classifiers)
    }

    /// The known features.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// All classifiers.
    pub fn tasks(&self) -> &[Classifier] {
        &self.tasks
    }

    /// A task's classifier.
    pub fn task(&self, name: &str) -> Option<&Classifier> {
        self.tasks.iter().find(|t| t.task() == name)
    }

    /// Reads a text for all tasks.
    pub fn read(&self, features: &Features) -> Reading {
        let mut reading = self.vocabulary.read(features);
        let mut first = self.vocabulary.width() as u32;
        let mut found = Vec::new();
        for classifier in &self.auxiliary {
            found.extend(auxiliary::evidence(classifier, &reading).into_iter().map(|(class, v)| (first + class, v)));
            first += classifier.labels().len() as u32;
        }
        for (feature, value) in found {
            reading.features.push(feature);
            reading.values.push(value);
        }
        reading
    }

    /// Lays a text out for questions of evidence; `reading` is what [`Classifiers::read`] made of `features`.
    pub fn grounds<'a>(&self, text: &'a Prepared, features: &Features, reading: &'a Reading) -> Grounds<'a> {
        Grounds::new(&self.vocabulary, text, features, reading)
    }
}

/// A trained model with all it needs to answer: dictionary and one classifier. The file is a [`Bundle`].
#[derive(Debug)]
pub struct Model {
    segmenter: Segmenter,
    embedding: Option<Embedding>,
    classifiers: Classifiers,
    info: ModelInfo,
}

/// What a model file tells about its training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Name of the task.
    pub task: String,
    /// Closing templates that are cut from every text (see `--strip-templates`).
    pub templates: Templates,
    /// Rows learned from.
    pub rows: u32,
    /// What held-out rows looked like, for the drift check.
    pub reference: Reference,
}

const CLASSIFIERS: &str = "classifiers";
const INFO: &str = "model";

impl Model {
    /// From a model file's bundle.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, BundleError> {
        let classifiers = Classifiers::from_bundle(bundle, CLASSIFIERS)?;
        if classifiers.tasks.is_empty() {
            return Err(BundleError::malformed(CLASSIFIERS, "no classifier"));
        }
        let (segmenter, embedding) = (Segmenter::from_bundle(bundle)?, Embedding::from_bundle(bundle)?);
        Ok(Model { segmenter, embedding, classifiers, info: bundle.get(INFO)? })
    }

    /// The file's bundle; the dictionary is that of `words`, which cut the rows, and `vectors` the table that gave their vectors.
    pub fn to_bundle(words: &Bundle, vectors: Option<Vec<u8>>, classifiers: &Classifiers, info: &ModelInfo) -> Result<Bundle, BundleError> {
        let mut bundle = Bundle::default();
        bundle.insert("dictionary", &words.get::<String>("dictionary")?, words.notice("dictionary"))?;
        if let Some(vectors) = vectors {
            bundle.insert(EMBEDDING_SECTION, &serde_bytes::ByteBuf::from(vectors), words.notice(EMBEDDING_SECTION))?;
        }
        bundle.insert(CLASSIFIERS, &classifiers.to_parts(), "learned from the rows given to `jiesu train`")?;
        bundle.insert(INFO, info, "")?;
        Ok(bundle)
    }

    /// The classifier.
    pub fn classifier(&self) -> &Classifier {
        // `from_bundle` checks that there is one.
        &self.classifiers.tasks[0]
    }

    /// What was noted at training.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Ranks the labels for a text; `title_len` is the byte length of its title.
    pub fn predict(&self, text: &str, title_len: Option<usize>) -> Prediction {
        self.predict_and_see(text, title_len).0
    }

    /// The same, and what the drift check wants to know: collect it over a batch and ask [`Reference::compare`].
    pub fn predict_and_see(&self, text: &str, title_len: Option<usize>) -> (Prediction, Sight) {
        let prepared = Prepared::new(self.info.templates.strip(text), title_len, &self.segmenter);
        let vector = self.embedding.as_ref().map_or_else(Vec::new, |e| e.embed(&prepared));
        let reading = self.classifiers.read(&Features::extract(&prepared).with_vector(vector));
        let answer = self.classifier().predict(&reading);
        let sight = Sight { known: reading.known, confidence: answer.p() as f32 };
        (answer, sight)
    }
}
