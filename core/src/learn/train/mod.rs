//! Learning from labelled rows.

pub mod descent;
mod fit;
mod linear;
pub mod sparse;
pub mod weights;
pub use fit::{Fitted, Settings, Task, UNLABELLED, first, fit, fit_one};
pub use linear::{FitError, LinearModel, LinearParams, LinearValidParams};
