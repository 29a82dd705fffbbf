//! One-versus-rest linear classifiers by dual coordinate descent of the squared hinge (Hsieh et al. 2008). Each class is a problem of its own, so classes run on all cores and the result does not depend on how many.

use super::sparse::SparseMatrix;
use super::weights::Weights;

/// Settings of [`one_vs_rest`].
#[derive(Debug, Clone, Copy)]
pub struct Descent {
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
pub fn one_vs_rest(x: &SparseMatrix, y: &[u32], classes: usize, importance: &[f32], settings: Descent) -> Weights {
    let norms: Vec<f32> = (0..x.rows()).map(|i| x.row(i).1.iter().map(|v| v * v).sum::<f32>() + 1.0).collect();
    let work = |class: usize| squared_hinge(x, y, class as u32, importance, &norms, settings);
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
fn squared_hinge(x: &SparseMatrix, y: &[u32], class: u32, importance: &[f32], norms: &[f32], settings: Descent) -> Vec<f32> {
    let (n, d) = (x.rows(), x.width());
    let mut w = vec![0f32; d + 1];
    let mut alpha = vec![0f32; n];
    let mut active: Vec<u32> = (0..n as u32).filter(|&i| importance[i as usize] > 0.0).collect();
    let everyone = active.len();
    let mut random = Shuffler::new(u64::from(class) + 1);
    let mut shrink_above = f32::INFINITY;
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
                    add(&mut w, columns, values, change);
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
