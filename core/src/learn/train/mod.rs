//! Learning from labelled rows.

pub mod descent;
mod fit;
mod model;
pub mod sparse;
pub mod weights;
pub use fit::{Fitted, Settings, Task, UNLABELLED, first, fit, fit_one};
pub use model::{Options, Trained, train_model};
