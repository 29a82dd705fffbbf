//! One-versus-rest linear classifiers by dual coordinate descent (Hsieh et al. 2008 for the squared hinge; Yu, Huang and Lin 2011 for
//! the logistic loss). Each class is a problem of its own, so classes run on all cores and the result does not depend on how many.

use super::sparse::SparseMatrix;
use super::weights::Weights;

/// What a wrong or unsure answer costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// max(0, 1 − m)².
    SquaredHinge,
    /// ln(1 + e^−m).
    Logistic,
}

/// Settings of [`one_vs_rest`].
#[derive(Debug, Clone, Copy)]
pub struct Descent {
    /// The loss.
    pub loss: Loss,
    /// Cost of the loss against the norm of the weights.
    pub cost: f32,
    /// Passes over the rows at most.
    pub passes: usize,
    /// Stop when no coordinate moved the gradient by more than this.
    pub tolerance: f32,
}

/// A small generator (xorshift64*) so that the order of rows is the same everywhere.
#[derive(Debug, Clone)]
pub struct Shuffler(u64);

impl Shuffler {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Shuffler(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// Fisher–Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Trains one weight vector per class; `importance` multiplies each row's cost.
pub fn one_vs_rest(
    x: &SparseMatrix,
    y: &[u32],
    classes: usize,
    importance: &[f32],
    freedom: &(dyn Fn(u32) -> Option<Vec<f32>> + Sync),
    settings: Descent,
) -> Weights {
    let norms: Vec<f32> = (0..x.rows()).map(|i| x.row(i).1.iter().map(|v| v * v).sum::<f32>() + 1.0).collect();
    let work = |class: usize| match settings.loss {
        Loss::SquaredHinge => squared_hinge(x, y, class as u32, importance, freedom(class as u32), &norms, settings),
        Loss::Logistic => logistic(x, y, class as u32, importance, &norms, settings),
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(classes.max(1));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut columns: Vec<(usize, Vec<f32>)> = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let class = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if class >= classes {
                            break mine;
                        }
                        mine.push((class, work(class)));
                    }
                })
            })
            .collect();
        for worker in workers {
            columns.extend(worker.join().unwrap_or_default());
        }
    });
    let mut weights = Weights::zeros(x.width(), classes);
    for (class, w) in columns {
        weights.set_class(class, &w);
    }
    weights
}

#[inline]
fn dot(w: &[f32], columns: &[u32], values: &[f32]) -> f32 {
    columns.iter().zip(values).map(|(&c, &v)| w[c as usize] * v).sum()
}

#[inline]
fn add(w: &mut [f32], columns: &[u32], values: &[f32], scale: f32) {
    for (&c, &v) in columns.iter().zip(values) {
        w[c as usize] += scale * v;
    }
}

/// The weight vector, its last entry the bias.
fn squared_hinge(
    x: &SparseMatrix,
    y: &[u32],
    class: u32,
    importance: &[f32],
    freedom: Option<Vec<f32>>,
    norms: &[f32],
    settings: Descent,
) -> Vec<f32> {
    let (n, d) = (x.rows(), x.width());
    let mut w = vec![0f32; d + 1];
    let mut alpha = vec![0f32; n];
    let mut active: Vec<u32> = (0..n as u32).filter(|&i| importance[i as usize] > 0.0).collect();
    let everyone = active.len();
    let mut random = Shuffler::new(u64::from(class) + 1);
    let mut shrink_above = f32::INFINITY;
    let scaled: Option<Vec<f32>> = freedom.as_ref().map(|r| {
        (0..n)
            .map(|i| {
                let (columns, values) = x.row(i);
                columns.iter().zip(values).map(|(&c, &v)| v * v * r[c as usize]).sum::<f32>() + 1.0
            })
            .collect()
    });
    let norms = scaled.as_deref().unwrap_or(norms);
    for pass in 0..settings.passes {
        random.shuffle(&mut active);
        let mut keep = 0;
        let (mut worst, mut lowest) = (f32::NEG_INFINITY, f32::INFINITY);
        for at in 0..active.len() {
            let i = active[at] as usize;
            let (columns, values) = x.row(i);
            let sign = if y[i] == class { 1.0 } else { -1.0 };
            let diagonal = 0.5 / (settings.cost * importance[i]);
            let g = sign * (dot(&w, columns, values) + w[d]) - 1.0 + diagonal * alpha[i];
            if alpha[i] == 0.0 {
                if g > shrink_above {
                    continue;
                }
                worst = worst.max(g.min(0.0));
                lowest = lowest.min(g.min(0.0));
            } else {
                worst = worst.max(g);
                lowest = lowest.min(g);
            }
            active[keep] = i as u32;
            keep += 1;
            if alpha[i] > 0.0 || g < 0.0 {
                let new = (alpha[i] - g / (norms[i] + diagonal)).max(0.0);
                let change = (new - alpha[i]) * sign;
                if change != 0.0 {
                    match &freedom {
                        None => add(&mut w, columns, values, change),
                        Some(r) => {
                            for (&c, &v) in columns.iter().zip(values) {
                                w[c as usize] += change * v * r[c as usize];
                            }
                        }
                    }
                    w[d] += change;
                    alpha[i] = new;
                }
            }
        }
        active.truncate(keep);
        if worst - lowest <= settings.tolerance {
            if active.len() == everyone {
                break;
            }
            active = (0..n as u32).filter(|&i| importance[i as usize] > 0.0).collect();
            shrink_above = f32::INFINITY;
            continue;
        }
        shrink_above = if worst <= 0.0 || pass == 0 { f32::INFINITY } else { worst };
    }
    w
}

fn logistic(x: &SparseMatrix, y: &[u32], class: u32, importance: &[f32], norms: &[f32], settings: Descent) -> Vec<f32> {
    let (n, d) = (x.rows(), x.width());
    let mut w = vec![0f32; d + 1];
    let mut order: Vec<u32> = (0..n as u32).filter(|&i| importance[i as usize] > 0.0).collect();
    let cap: Vec<f32> = importance.iter().map(|m| settings.cost * m).collect();
    let mut alpha: Vec<f32> = cap.iter().map(|&c| (0.001 * c).min(1e-8)).collect();
    for &i in &order {
        let i = i as usize;
        let (columns, values) = x.row(i);
        let sign = if y[i] == class { 1.0 } else { -1.0 };
        add(&mut w, columns, values, sign * alpha[i]);
        w[d] += sign * alpha[i];
    }
    let mut random = Shuffler::new(u64::from(class) + 1);
    let mut inner = 1e-2f32;
    for _ in 0..settings.passes {
        random.shuffle(&mut order);
        let mut worst = 0f32;
        let mut steps = 0usize;
        for &i in &order {
            let i = i as usize;
            let (columns, values) = x.row(i);
            let sign = if y[i] == class { 1.0 } else { -1.0 };
            let c = cap[i];
            let a = norms[i];
            let b = sign * (dot(&w, columns, values) + w[d]);
            // Work on the smaller of alpha and c − alpha, as Yu et al. do, for precision near the borders.
            let flip = b < -a * (c / 2.0 - alpha[i]) && alpha[i] > c / 2.0 || alpha[i] > c - alpha[i];
            let (old, slope) = if flip { (c - alpha[i], -b) } else { (alpha[i], b) };
            let mut z = if c - old < 0.5 * c { 0.1 * old } else { old };
            z = z.max(1e-12 * c);
            let mut g = a * (z - old) + slope + libm::logf(z / (c - z));
            worst = worst.max(g.abs());
            let mut tries = 0;
            while tries < 20 && g.abs() >= inner {
                let curvature = a + c / (c - z) / z;
                let next = z - g / curvature;
                z = if next <= 0.0 { z * 0.1 } else { next.min(c * (1.0 - 1e-6)) };
                g = a * (z - old) + slope + libm::logf(z / (c - z));
                tries += 1;
                steps += 1;
            }
            if tries > 0 {
                let new = if flip { c - z } else { z };
                let change = sign * (new - alpha[i]);
                alpha[i] = new;
                add(&mut w, columns, values, change);
                w[d] += change;
            }
        }
        if worst < settings.tolerance {
            break;
        }
        if steps <= order.len() / 8 {
            inner = (inner * 0.1).max(1e-4);
        }
    }
    w
}
