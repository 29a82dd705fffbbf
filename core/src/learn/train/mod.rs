//! Learning from labelled rows.

pub mod descent;
pub mod softmax;
pub mod sparse;
pub mod weights;
