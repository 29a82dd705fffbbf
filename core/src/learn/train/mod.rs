//! Learning from labelled rows.

pub mod descent;
mod fit;
mod linear;
mod model;
pub mod sparse;
pub mod weights;
pub use fit::{Fitted, Settings, Task, UNLABELLED, Unseen, first, fit, fit_one};
pub use linear::{FitError, LinearModel, LinearParams, LinearValidParams};
pub use model::{Options, Trained, train_model};
