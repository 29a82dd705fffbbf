//! Floor 2: sparse features, linear models, calibration, evaluation.

mod features;
#[cfg(feature = "train")]
pub mod train;

pub use features::{BLOCKS, EXTRACTION, Features, Gram, Kind};
