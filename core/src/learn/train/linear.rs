//! linfa's traits on this trainer, which has what linfa lacks: many classes over sparse rows.

use super::descent::{Descent, Loss, one_vs_rest};
use super::sparse::SparseMatrix;
use super::weights::Weights;
use linfa::ParamGuard;
use linfa::dataset::{DatasetBase, Records};
use linfa::traits::{Fit, PredictInplace};
use ndarray::Array1;
use thiserror::Error;

/// Why a linear model cannot be trained.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// A setting is out of its range.
    #[error("{name} is {value}, must be above 0")]
    Setting {
        /// Which one.
        name: &'static str,
        /// What it was set to.
        value: f64,
    },
    /// Records and targets do not fit together.
    #[error("{rows} rows, but {targets} targets")]
    Rows {
        /// Rows of the records.
        rows: usize,
        /// Targets.
        targets: usize,
    },
    /// A target is no class.
    #[error("row {row} has class {class}, but there are {classes} classes")]
    Class {
        /// Which row, from 0.
        row: usize,
        /// Its target.
        class: usize,
        /// Classes announced.
        classes: usize,
    },
    /// From linfa.
    #[error(transparent)]
    Linfa(#[from] linfa::error::Error),
}

impl FitError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            FitError::Setting { .. } => "learn.setting",
            FitError::Rows { .. } => "learn.rows",
            FitError::Class { .. } => "learn.class",
            FitError::Linfa(_) => "learn.linfa",
        }
    }
}

impl Records for SparseMatrix {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.rows()
    }

    fn nfeatures(&self) -> usize {
        self.width()
    }
}

/// Settings of a [`LinearModel`], not yet checked; fitting checks them.
#[derive(Debug, Clone)]
pub struct LinearParams(LinearValidParams);

/// Settings of a [`LinearModel`] that hold.
#[derive(Debug, Clone)]
pub struct LinearValidParams {
    classes: usize,
    settings: Descent,
}

impl LinearParams {
    /// The loss; [`Loss::SquaredHinge`] when not set.
    pub fn loss(mut self, loss: Loss) -> Self {
        self.0.settings.loss = loss;
        self
    }

    /// Cost of the loss against the norm of the weights; 0.5 when not set.
    pub fn cost(mut self, cost: f32) -> Self {
        self.0.settings.cost = cost;
        self
    }

    /// Passes over the rows at most; 30 when not set.
    pub fn passes(mut self, passes: usize) -> Self {
        self.0.settings.passes = passes;
        self
    }

    /// Stops when no step moved the gradient by more; 0.1 when not set.
    pub fn tolerance(mut self, tolerance: f32) -> Self {
        self.0.settings.tolerance = tolerance;
        self
    }
}

impl ParamGuard for LinearParams {
    type Checked = LinearValidParams;
    type Error = FitError;

    fn check_ref(&self) -> Result<&LinearValidParams, FitError> {
        let s = &self.0.settings;
        let (classes, passes) = (self.0.classes as f64, s.passes as f64);
        for (name, value) in [("classes", classes), ("cost", f64::from(s.cost)), ("passes", passes), ("tolerance", f64::from(s.tolerance))]
        {
            if !(value > 0.0 && value.is_finite()) {
                return Err(FitError::Setting { name, value });
            }
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<LinearValidParams, FitError> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl Fit<SparseMatrix, Array1<usize>, FitError> for LinearValidParams {
    type Object = LinearModel;

    /// Learns one class against the rest, each on a core of its own; a row counts by its weight in the dataset. Time grows with passes ×
    /// classes × values of the matrix.
    fn fit(&self, dataset: &DatasetBase<SparseMatrix, Array1<usize>>) -> Result<LinearModel, FitError> {
        let (x, targets) = (dataset.records(), dataset.targets());
        if x.rows() != targets.len() {
            return Err(FitError::Rows { rows: x.rows(), targets: targets.len() });
        }
        if let Some((row, &class)) = targets.iter().enumerate().find(|t| *t.1 >= self.classes) {
            return Err(FitError::Class { row, class, classes: self.classes });
        }
        let y: Vec<u32> = targets.iter().map(|&class| class as u32).collect();
        let importance: Vec<f32> = (0..x.rows()).map(|row| dataset.weight_for(row)).collect();
        Ok(LinearModel { weights: one_vs_rest(x, &y, self.classes, &importance, &|_| None, self.settings) })
    }
}

/// A linear model over sparse rows, as it is learned: dense weights, no calibration. What ships is a [`crate::learn::Classifier`].
///
/// ```
/// use jiesu::learn::train::{LinearModel, sparse::SparseMatrix};
/// use linfa::prelude::*;
/// use ndarray::array;
///
/// // Two features; the first speaks for class 0, the second for class 1.
/// let mut rows = SparseMatrix::new(2);
/// for row in [[(0, 1.0)], [(1, 1.0)], [(0, 0.8)], [(1, 0.7)]] {
///     rows.push(row);
/// }
/// let dataset = DatasetBase::new(rows, array![0usize, 1, 0, 1]);
/// let model = LinearModel::params(2).fit(&dataset)?;
/// let found = model.predict(&dataset);
/// assert_eq!(found.confusion_matrix(dataset.targets())?.accuracy(), 1.0);
/// # Ok::<(), jiesu::learn::train::FitError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    weights: Weights,
}

impl LinearModel {
    /// Settings for so many classes; targets are numbers below it.
    pub fn params(classes: usize) -> LinearParams {
        LinearParams(LinearValidParams { classes, settings: Descent { loss: Loss::SquaredHinge, cost: 0.5, passes: 30, tolerance: 0.1 } })
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }
}

impl PredictInplace<SparseMatrix, Array1<usize>> for LinearModel {
    /// The class of the highest score; of equal ones the first.
    fn predict_inplace<'a>(&'a self, x: &'a SparseMatrix, y: &mut Array1<usize>) {
        for (row, class) in y.iter_mut().enumerate() {
            let (columns, values) = x.row(row);
            let scores = self.weights.scores(columns, values);
            let best = scores.iter().enumerate().fold((0, f32::MIN), |best, (c, &s)| if s > best.1 { (c, s) } else { best });
            *class = best.0;
        }
    }

    fn default_target(&self, x: &SparseMatrix) -> Array1<usize> {
        Array1::zeros(x.rows())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linfa::traits::Predict;
    use ndarray::array;

    fn rows() -> SparseMatrix {
        let mut rows = SparseMatrix::new(3);
        for (feature, value) in [(0, 1.0), (1, 1.0), (2, 1.0), (0, 0.5)] {
            rows.push([(feature, value)]);
        }
        rows
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let code = |e: FitError| e.code();
        let few = DatasetBase::new(rows(), array![0usize, 1]);
        assert_eq!(LinearModel::params(3).fit(&few).map_err(code), Err("learn.rows"));
        let high = DatasetBase::new(rows(), array![0usize, 1, 3, 0]);
        assert_eq!(LinearModel::params(3).fit(&high).map_err(code), Err("learn.class"));
        let good = DatasetBase::new(rows(), array![0usize, 1, 2, 0]);
        for params in [LinearModel::params(0), LinearModel::params(3).cost(f32::NAN), LinearModel::params(3).passes(0)] {
            assert_eq!(params.fit(&good).map_err(code), Err("learn.setting"));
        }
        let model = LinearModel::params(3).loss(Loss::Logistic).cost(10.0).fit(&good).unwrap();
        assert_eq!(model.predict(&good), array![0usize, 1, 2, 0]);
    }

    #[test]
    fn a_row_of_no_weight_does_not_count() {
        let all = DatasetBase::new(rows(), array![0usize, 1, 2, 0]);
        let wrong = DatasetBase::new(rows(), array![0usize, 1, 2, 1]).with_weights(array![1.0, 1.0, 1.0, 0.0]);
        let params = LinearModel::params(3);
        assert_eq!(params.fit(&wrong).unwrap().predict(&all), array![0usize, 1, 2, 0]);
    }
}
