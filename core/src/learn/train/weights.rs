//! Dense weights while learning: one row per feature, one column per class, the bias as the last row.

/// `(features + 1) × classes` numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    classes: usize,
    values: Vec<f32>,
}

impl Weights {
    /// All zero.
    pub fn zeros(features: usize, classes: usize) -> Self {
        Weights { classes, values: vec![0.0; (features + 1) * classes] }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of features (the bias not counted).
    pub fn features(&self) -> usize {
        (self.values.len() / self.classes.max(1)).saturating_sub(1)
    }

    /// Weights of one feature for all classes.
    #[inline]
    pub fn row(&self, feature: usize) -> &[f32] {
        &self.values[feature * self.classes..(feature + 1) * self.classes]
    }

    /// The same, to change.
    #[inline]
    pub fn row_mut(&mut self, feature: usize) -> &mut [f32] {
        &mut self.values[feature * self.classes..(feature + 1) * self.classes]
    }

    /// Sets one class's weights for all features and its bias.
    pub fn set_class(&mut self, class: usize, w: &[f32]) {
        for (f, &v) in w.iter().enumerate() {
            self.values[f * self.classes + class] = v;
        }
    }

    /// Scores of one sparse row.
    pub fn scores(&self, columns: &[u32], values: &[f32]) -> Vec<f32> {
        let mut s = self.row(self.features()).to_vec();
        for (&c, &v) in columns.iter().zip(values) {
            for (s, &w) in s.iter_mut().zip(self.row(c as usize)) {
                *s += v * w;
            }
        }
        s
    }

    /// Adds `scale` times another matrix of the same shape.
    pub fn add(&mut self, other: &Weights, scale: f32) {
        for (a, &b) in self.values.iter_mut().zip(&other.values) {
            *a += scale * b;
        }
    }
}
