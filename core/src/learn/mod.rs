//! Floor 2: sparse features, linear models, calibration, evaluation.
//!
//! ```text
//! Prepared → Features (once) → Classifiers::read → Reading (once) → Classifier::predict (each task)
//!                                     └─ auxiliary classifiers add what they see
//! ```

mod auxiliary;
mod calibration;
mod classifier;
mod drift;
mod error;
mod evaluate;
mod explain;
mod features;
mod model;
mod templates;
#[cfg(feature = "train")]
pub mod train;
mod vocabulary;

pub use calibration::Calibration;
pub(crate) use calibration::softmax;
pub use classifier::{Classifier, ClassifierParts, Prediction, Rows};
pub use drift::{Drift, Reference, Shift, Sight};
pub use error::LearnError;
#[cfg(feature = "train")]
pub use evaluate::confusion;
pub use evaluate::{ClassFigures, Evaluation, evaluate};
pub use explain::Grounds;
pub use features::{BLOCKS, EXTRACTION, Features, Gram, Kind};
pub use model::{Classifiers, ClassifiersParts, Model, ModelInfo};
pub use templates::{Leak, Templates};
pub use vocabulary::{Reading, Vocabulary, VocabularyParts};
