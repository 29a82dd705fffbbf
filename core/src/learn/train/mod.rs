//! Learning from labelled rows.

mod calibrate;
pub mod descent;
mod fit;
mod linear;
mod logit;
mod model;
pub mod sparse;
pub mod weights;
pub use fit::{Fitted, Settings, Task, UNLABELLED, Unseen, fit, fit_one};
pub use linear::{FitError, LinearModel, LinearParams, LinearValidParams};
pub(crate) use logit::conditional_logit;
pub use model::{Options, Trained, train_model};
