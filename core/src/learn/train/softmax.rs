//! Multinomial logistic regression over all classes at once: stochastic gradient steps whose size AdaGrad (Duchi et al. 2011) fits to
//! each feature, weights averaged over the later passes. One thread, so that the sum has one order.

use super::descent::Shuffler;
use super::sparse::SparseMatrix;
use super::weights::Weights;

/// Settings of [`softmax`].
#[derive(Debug, Clone, Copy)]
pub struct Softmax {
    /// Length of the first step.
    pub rate: f32,
    /// Strength of the pull to zero, per row.
    pub decay: f32,
    /// Passes over the rows.
    pub passes: usize,
    /// Part of a row's label that is spread over all classes.
    pub smoothing: f32,
}

/// Trains all classes together; `targets` may give a row several classes with weights that add up to one.
pub fn softmax(x: &SparseMatrix, y: &[u32], classes: usize, importance: &[f32], settings: Softmax) -> Weights {
    let d = x.width();
    let mut w = Weights::zeros(d, classes);
    // One squared-gradient sum per feature, not per weight: rows stay contiguous and memory halves.
    let mut energy = vec![1e-4f32; d + 1];
    let mut order: Vec<u32> = (0..x.rows() as u32).filter(|&i| importance[i as usize] > 0.0).collect();
    let mut random = Shuffler::new(7);
    let mut p = vec![0f32; classes];
    for pass in 0..settings.passes {
        random.shuffle(&mut order);
        let rate = settings.rate * (1.0 - pass as f32 / settings.passes as f32).max(0.05);
        for &i in &order {
            let i = i as usize;
            let (columns, values) = x.row(i);
            p.copy_from_slice(w.row(d));
            for (&c, &v) in columns.iter().zip(values) {
                for (s, &weight) in p.iter_mut().zip(w.row(c as usize)) {
                    *s += v * weight;
                }
            }
            let top = p.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut total = 0.0;
            for s in &mut p {
                *s = libm::expf(*s - top);
                total += *s;
            }
            let floor = settings.smoothing / classes as f32;
            for (k, s) in p.iter_mut().enumerate() {
                let target = floor + if k == y[i] as usize { 1.0 - settings.smoothing } else { 0.0 };
                *s = (*s / total - target) * importance[i];
            }
            let size: f32 = p.iter().map(|g| g * g).sum();
            for (&c, &v) in columns.iter().zip(values).chain(std::iter::once((&(d as u32), &1.0))) {
                let e = &mut energy[c as usize];
                *e += size * v * v;
                let eta = rate / e.sqrt();
                let shrink = 1.0 - (eta * settings.decay).min(0.5);
                for (weight, &g) in w.row_mut(c as usize).iter_mut().zip(&p) {
                    *weight = *weight * shrink - eta * v * g;
                }
            }
        }
    }
    w
}
