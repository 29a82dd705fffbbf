//! From a record to its fingerprint with what a bundle holds: for callers that run merging alone.

use super::{Facts, IncidentError, IncidentModel, Signature};
use crate::bundle::Bundle;
use crate::complaint::Complaint;
use crate::text::{Embedding, Prepared, Segmenter};
use std::sync::Arc;

/// Dictionary, embedding and model of a bundle: signs records as they come.
#[derive(Debug)]
pub struct Signer {
    segmenter: Segmenter,
    embedding: Option<Embedding>,
    model: Arc<IncidentModel>,
}

impl Signer {
    /// From a bundle with sections `dictionary` and `incident` (and `words`, when it is there).
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, IncidentError> {
        // Without the lexicon: merging asks for no synonym groups, and finding them takes a tenth of the reading.
        let segmenter = Segmenter::new(&bundle.get::<String>("dictionary")?)?;
        Ok(Signer { segmenter, embedding: Embedding::from_bundle(bundle)?, model: Arc::new(IncidentModel::from_bundle(bundle)?) })
    }

    /// The model, to share with an index.
    pub fn model(&self) -> &Arc<IncidentModel> {
        &self.model
    }

    /// The fingerprint of a record from its text, time, caller, channel and status.
    pub fn sign(&self, record: &Complaint) -> Signature {
        let prepared = Prepared::new(&record.text, record.title_len, &self.segmenter);
        let embedding = self.embedding.as_ref().map(|e| e.embed(&prepared));
        self.model.sign(&prepared, &Facts { embedding: embedding.as_deref(), ..Facts::of(record) })
    }
}
