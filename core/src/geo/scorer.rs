//! A log-linear model over a few readable features that says which address of a text is the place of its matter, if any is.

use crate::bundle::BundleError;
use serde::{Deserialize, Serialize};

/// Weights by the name of their feature; learned by `jiesu gazetteer train`, the same for every city.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scorer {
    /// Name and weight.
    pub weights: Vec<(String, f64)>,
}

impl Scorer {
    /// The weights in the order of `names`; a name without a weight has 0, a weight without a name is an error.
    pub(super) fn laid_out(&self, names: &[&str]) -> Result<Vec<f64>, BundleError> {
        let mut out = vec![0.0; names.len()];
        for (name, weight) in &self.weights {
            match names.iter().position(|n| n == name) {
                Some(i) if weight.is_finite() => out[i] = *weight,
                _ => return Err(BundleError::malformed(super::stored::SCORER, format_args!("weight {weight} of `{name}`"))),
            }
        }
        Ok(out)
    }
}
