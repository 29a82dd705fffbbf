//! Learning of [`Forest`]: gradient boosting on the logistic loss with Newton leaves, deterministic for a seed.

use super::forest::{DEPTH, Forest, LEAF, Node, Trees, logistic};
use super::hash::mix;

/// Settings of the learner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Boost {
    pub(crate) trees: usize,
    pub(crate) depth: usize,
    pub(crate) rate: f64,
    /// Share of rows each tree sees.
    pub(crate) rows: f64,
    /// Share of features each tree sees.
    pub(crate) columns: f64,
    /// Least weight of a leaf.
    pub(crate) leaf: f64,
    pub(crate) ridge: f64,
    pub(crate) seed: u64,
}

impl Default for Boost {
    fn default() -> Self {
        Boost { trees: 250, depth: DEPTH, rate: 0.08, rows: 0.6, columns: 0.4, leaf: 5.0, ridge: 1.0, seed: 12345 }
    }
}

/// One row to learn from.
#[derive(Debug, Clone)]
pub(crate) struct Row<const N: usize> {
    pub(crate) x: [f32; N],
    pub(crate) same: bool,
    pub(crate) weight: f64,
}

const BINS: usize = 64;
/// Bin of a missing value.
const MISSING: u8 = BINS as u8;

struct Binned {
    /// Upper edges of the bins of each feature.
    edges: Vec<Vec<f32>>,
    /// Row-major bins.
    bins: Vec<u8>,
}

fn bin<const N: usize>(rows: &[Row<N>]) -> Binned {
    let mut edges = Vec::with_capacity(N);
    for f in 0..N {
        let mut values: Vec<f32> = rows.iter().map(|r| r.x[f]).filter(|v| !v.is_nan()).collect();
        values.sort_by(f32::total_cmp);
        // The least value is an edge too: below it lies only what is missing.
        let mut e: Vec<f32> = std::iter::once(0).chain(2..BINS).filter_map(|b| values.get(b * values.len() / BINS).copied()).collect();
        e.dedup();
        edges.push(e);
    }
    let bins = rows
        .iter()
        .flat_map(|r| {
            (0..N).map(|f| if r.x[f].is_nan() { MISSING } else { edges[f].partition_point(|&e| e <= r.x[f]) as u8 }).collect::<Vec<_>>()
        })
        .collect();
    Binned { edges, bins }
}

struct Split {
    gain: f64,
    feature: usize,
    bin: usize,
    missing_left: bool,
}

impl Boost {
    /// Learns from rows. Time `trees · depth · rows · features`.
    pub(crate) fn fit<const N: usize>(&self, rows: &[Row<N>]) -> Forest {
        let total: f64 = rows.iter().map(|r| r.weight).sum();
        let same: f64 = rows.iter().filter(|r| r.same).map(|r| r.weight).sum();
        let share = ((same + 0.5) / (total + 1.0)).clamp(1e-6, 1.0 - 1e-6);
        let mut forest = Forest { base: libm::log(share / (1.0 - share)) as f32, ..Forest::default() };
        let binned = bin(rows);
        let mut odds = vec![f64::from(forest.base); rows.len()];
        let mut state = self.seed;
        let mut random = move || {
            state = state.wrapping_add(1);
            (mix(state) >> 11) as f64 / (1u64 << 53) as f64
        };
        for _ in 0..self.trees {
            let gradient: Vec<(f64, f64)> = rows
                .iter()
                .zip(&odds)
                .map(|(r, &o)| {
                    let p = logistic(o);
                    (r.weight * (f64::from(u8::from(r.same)) - p), r.weight * p * (1.0 - p))
                })
                .collect();
            let sample: Vec<u32> = (0..rows.len() as u32).filter(|_| random() < self.rows).collect();
            let columns: Vec<usize> = (0..N).filter(|_| random() < self.columns).collect();
            forest.roots.push(forest.nodes.len() as u32);
            self.grow::<N>(&mut forest, &binned, &gradient, sample, &columns, 0);
            let last = Forest { base: 0.0, roots: forest.roots.last().copied().into_iter().collect(), nodes: forest.nodes.clone() };
            let tree = Trees::new(&last);
            for (o, r) in odds.iter_mut().zip(rows) {
                *o += tree.log_odds(&r.x);
            }
        }
        forest
    }

    fn grow<const N: usize>(
        &self,
        forest: &mut Forest,
        binned: &Binned,
        gradient: &[(f64, f64)],
        rows: Vec<u32>,
        columns: &[usize],
        depth: usize,
    ) {
        let (g, h) = rows.iter().fold((0.0, 0.0), |(g, h), &r| (g + gradient[r as usize].0, h + gradient[r as usize].1));
        let split = if depth < self.depth { self.best::<N>(binned, gradient, &rows, columns, g, h) } else { None };
        let at = forest.nodes.len();
        let Some(split) = split else {
            let value = (self.rate * g / (h + self.ridge)) as f32;
            forest.nodes.push(Node { feature: LEAF, value, right: 0, missing_left: false });
            return;
        };
        let value = binned.edges[split.feature][split.bin];
        forest.nodes.push(Node { feature: split.feature as u8, value, right: 0, missing_left: split.missing_left });
        let (left, right): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(|&r| {
            let b = binned.bins[r as usize * N + split.feature];
            if b == MISSING { split.missing_left } else { usize::from(b) <= split.bin }
        });
        self.grow::<N>(forest, binned, gradient, left, columns, depth + 1);
        forest.nodes[at].right = (forest.nodes.len() - at) as u8;
        self.grow::<N>(forest, binned, gradient, right, columns, depth + 1);
    }

    fn best<const N: usize>(
        &self,
        binned: &Binned,
        gradient: &[(f64, f64)],
        rows: &[u32],
        columns: &[usize],
        g: f64,
        h: f64,
    ) -> Option<Split> {
        let score = |g: f64, h: f64| g * g / (h + self.ridge);
        let mut best: Option<Split> = None;
        for &f in columns {
            let edges = binned.edges[f].len();
            let mut bins = [(0.0f64, 0.0f64, 0u32); BINS + 1];
            for &r in rows {
                let cell = &mut bins[usize::from(binned.bins[r as usize * N + f])];
                cell.0 += gradient[r as usize].0;
                cell.1 += gradient[r as usize].1;
                cell.2 += 1;
            }
            let missing = bins[BINS];
            for missing_left in [true, false] {
                if missing.2 == 0 && !missing_left {
                    break;
                }
                let (mut lg, mut lh, mut ln) = if missing_left { missing } else { (0.0, 0.0, 0) };
                for (b, cell) in bins.iter().take(edges).enumerate() {
                    lg += cell.0;
                    lh += cell.1;
                    ln += cell.2;
                    let rn = rows.len() as u32 - ln;
                    if f64::from(ln) < self.leaf || f64::from(rn) < self.leaf {
                        continue;
                    }
                    let gain = score(lg, lh) + score(g - lg, h - lh) - score(g, h);
                    if gain > 1e-9 && best.as_ref().is_none_or(|s| gain > s.gain) {
                        best = Some(Split { gain, feature: f, bin: b, missing_left });
                    }
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_a_conjunction_with_holes() {
        let rows: Vec<Row<3>> = (0..400u32)
            .map(|i| {
                let (a, b) = (i % 2 == 0, i / 2 % 2 == 0);
                let noise = (mix(u64::from(i)) % 100) as f32;
                let x = [f32::from(u8::from(a)), if b { f32::NAN } else { 1.0 }, noise];
                Row { x, same: a && b, weight: 1.0 }
            })
            .collect();
        let learner = Boost { columns: 1.0, depth: 2, ..Boost::default() };
        let forest = learner.fit(&rows);
        assert!(forest.check(3, "incident").is_ok());
        let trees = Trees::new(&forest);
        assert!(rows.iter().all(|r| (trees.log_odds(&r.x) > 0.0) == r.same));
        assert_eq!(forest, learner.fit(&rows));
    }
}
