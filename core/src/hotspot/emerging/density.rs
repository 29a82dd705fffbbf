//! Which recent requests have more recent neighbours than their past allows, and how they cluster.

use super::EmergingParams;
use linfa::ParamGuard;
use linfa::traits::Transformer;
use linfa_clustering::Dbscan;
use linfa_nn::{CommonNearestNeighbour, distance::L2Dist};
use ndarray::Array2;
use std::collections::BTreeMap;

/// Power of the level at which one request is unusual: its neighbourhood is only part of a topic, the cluster is then judged at the level.
const SEED: f64 = 0.6;
/// Most unusual requests handed to the clustering: its neighbour search is quadratic.
const MOST: usize = 3000;
/// Neighbours, itself included, that make an unusual request the core of a cluster.
const CORE: usize = 3;

/// A request in the space of meanings.
pub(super) struct Point {
    /// Days before the day that is judged.
    pub(super) age: i32,
    pub(super) caller: u64,
    pub(super) vector: Vec<i8>,
}

/// A cluster of recent requests.
pub(super) struct Cluster {
    /// Positions among the recent ones.
    pub(super) members: Vec<usize>,
    pub(super) expected: f64,
    pub(super) p_value: f64,
    /// Its middle, of unit length.
    pub(super) centre: Vec<f32>,
}

/// Vectors of unit length with their common part taken out, row after row; a row of zeros says nothing.
struct Rows {
    dims: usize,
    values: Vec<f32>,
}

impl Rows {
    fn row(&self, i: usize) -> &[f32] {
        self.values.get(i * self.dims..(i + 1) * self.dims).unwrap_or_default()
    }

    fn new(points: &[Point], dims: usize, mean: &[f32]) -> Self {
        let mut values = Vec::with_capacity(points.len() * dims);
        for p in points {
            let start = values.len();
            let unit = unit(&p.vector);
            values.extend((0..dims).map(|d| unit.get(d).copied().unwrap_or(0.0) - mean[d]));
            if unit.iter().all(|&x| x == 0.0) {
                values[start..].fill(0.0);
            }
            normalise(&mut values[start..]);
        }
        Rows { dims, values }
    }
}

fn unit(v: &[i8]) -> Vec<f32> {
    let mut out: Vec<f32> = v.iter().map(|&x| f32::from(x)).collect();
    normalise(&mut out);
    out
}

fn normalise(v: &mut [f32]) {
    let norm = libm::sqrtf(v.iter().map(|x| x * x).sum());
    if norm > 1e-6 {
        v.iter_mut().for_each(|x| *x /= norm);
    }
}

/// In sixteen lanes, their order fixed.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a16, ra), (b16, rb)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut lanes = [0.0f32; 16];
    for (x, y) in a16.iter().zip(b16) {
        lanes.iter_mut().zip(x.iter().zip(y)).for_each(|(lane, (x, y))| *lane += x * y);
    }
    lanes.iter().sum::<f32>() + ra.iter().zip(rb).map(|(x, y)| x * y).sum::<f32>()
}

/// A caller's further requests about the same matter count nothing.
fn repeats(points: &[Point], rows: &Rows, similarity: f32) -> Vec<bool> {
    let mut by_caller: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut out = vec![false; points.len()];
    for (i, p) in points.iter().enumerate().filter(|(_, p)| p.caller != 0) {
        let earlier = by_caller.entry(p.caller).or_default();
        out[i] = earlier.iter().any(|&j| dot(rows.row(i), rows.row(j)) >= similarity);
        if !out[i] {
            earlier.push(i);
        }
    }
    out
}

/// Logarithm of P(X ≥ k), X binomial of `n` and `q`; an upper tail only (0 where k is not above the mean).
pub(super) fn log_tail(k: usize, n: usize, q: f64) -> f64 {
    if k as f64 <= n as f64 * q || q <= 0.0 || q >= 1.0 {
        return 0.0;
    }
    let (n_, ratio) = (n as f64, q / (1.0 - q));
    let choose = |k: f64| libm::lgamma(n_ + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n_ - k + 1.0);
    let first = choose(k as f64) + k as f64 * libm::log(q) + (n_ - k as f64) * libm::log1p(-q);
    let (mut term, mut sum) = (1.0, 1.0);
    for x in k..n {
        term *= (n - x) as f64 / (x + 1) as f64 * ratio;
        sum += term;
        if term < 1e-12 * sum {
            break;
        }
    }
    first + libm::log(sum)
}

/// The test of one neighbourhood: recent neighbours by window against neighbours in the background.
struct Test {
    /// Share of the recent requests in all, by window.
    share: Vec<f64>,
    recent: Vec<usize>,
    past: usize,
}

impl Test {
    /// Best window's log p-value.
    fn judge(&self, near: &[usize], past: usize) -> f64 {
        near.iter().zip(&self.share).map(|(&k, &q)| log_tail(k, k + past + 1, q)).fold(0.0, f64::min)
    }

    fn expected(&self, window: usize, past: usize) -> f64 {
        past as f64 / self.past.max(1) as f64 * self.recent.get(window).copied().unwrap_or(0) as f64
    }
}

pub(super) fn clusters(recent: &[Point], past: &[Point], windows: &[i32], params: &EmergingParams) -> Vec<Cluster> {
    let Some(dims) = past.first().map(|p| p.vector.len()) else { return Vec::new() };
    let mut mean = vec![0.0f32; dims];
    for p in past {
        mean.iter_mut().zip(unit(&p.vector)).for_each(|(m, x)| *m += x / past.len() as f32);
    }
    let (rows, old) = (Rows::new(recent, dims, &mean), Rows::new(past, dims, &mean));
    let (again, old_again) = (repeats(recent, &rows, params.similarity), repeats(past, &old, params.similarity));
    let within = |age: i32, w: usize| windows.get(w).is_some_and(|&days| age < days);
    let single = |w: usize| (0..recent.len()).filter(|&i| !again[i] && within(recent[i].age, w)).count();
    let past_count = old_again.iter().filter(|r| !**r).count();
    let counts: Vec<usize> = (0..windows.len()).map(single).collect();
    let share = counts.iter().map(|&n| n as f64 / (n + past_count).max(1) as f64).collect();
    let test = Test { share, recent: counts, past: past_count };

    // Each request's neighbourhood, itself included.
    let near = near_recent(recent, &rows, &again, windows, params.similarity);
    let level = libm::log(params.false_per_month / 30.0 / (windows.len() * recent.len().max(1)) as f64);
    let mut unusual: Vec<(f64, usize)> = Vec::new();
    for i in (0..recent.len()).filter(|&i| !again[i] && near[i].iter().any(|&k| k >= params.least)) {
        // Without any past neighbour it would have to stand out.
        if test.judge(&near[i], 0) >= SEED * level {
            continue;
        }
        let past = (0..past.len()).filter(|&j| !old_again[j] && dot(rows.row(i), old.row(j)) >= params.similarity).count();
        let p = test.judge(&near[i], past);
        if p < SEED * level {
            unusual.push((p, i));
        }
    }
    unusual.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    unusual.truncate(MOST);
    let mut chosen: Vec<usize> = unusual.iter().map(|u| u.1).collect();
    chosen.sort_unstable();
    let rank: BTreeMap<usize, usize> = unusual.iter().enumerate().map(|(k, u)| (u.1, k)).collect();

    let judge = |centre: &[f32]| {
        let close = |row: &[f32]| dot(centre, row) >= params.similarity;
        let members: Vec<usize> = (0..recent.len()).filter(|&i| !again[i] && close(rows.row(i))).collect();
        let past = (0..past.len()).filter(|&j| !old_again[j] && close(old.row(j))).count();
        let near: Vec<usize> = (0..windows.len()).map(|w| members.iter().filter(|&&i| within(recent[i].age, w)).count()).collect();
        (test.judge(&near, past), past)
    };
    let centres: Vec<(Vec<f32>, f64, usize)> = dbscan(&rows, &chosen, params.similarity)
        .into_iter()
        .filter_map(|core| {
            // About its most unusual request, lest a chain of clusters be taken for one; the mean is kept where it is the better centre.
            let first = core.iter().min_by_key(|&i| rank.get(i)).map_or(&[][..], |&i| rows.row(i));
            let mut mean = vec![0.0; dims];
            core.iter().filter(|&&i| dot(first, rows.row(i)) >= params.similarity).for_each(|&i| {
                mean.iter_mut().zip(rows.row(i)).for_each(|(c, x)| *c += x);
            });
            normalise(&mut mean);
            let judged = [mean, first.to_vec()].map(|c| {
                let (p, past) = judge(&c);
                (c, p, past)
            });
            judged.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, p, _)| *p < level)
        })
        .collect();
    // Every recent request near a middle belongs to the nearest one.
    let mut members = vec![Vec::new(); centres.len()];
    for i in (0..recent.len()).filter(|&i| !again[i]) {
        let best = centres.iter().map(|c| dot(&c.0, rows.row(i))).enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        if let Some((c, _)) = best.filter(|&(_, s)| s >= params.similarity) {
            members[c].push(i);
        }
    }
    centres
        .into_iter()
        .zip(members)
        .map(|((centre, p, past), members)| {
            let p_value = libm::exp((p - level).min(0.0)) * params.false_per_month / 30.0;
            Cluster { members, expected: test.expected(windows.len() - 1, past), p_value, centre }
        })
        .collect()
}

/// Recent neighbours of each recent request, by window.
fn near_recent(recent: &[Point], rows: &Rows, again: &[bool], windows: &[i32], similarity: f32) -> Vec<Vec<usize>> {
    let mut near = vec![vec![0usize; windows.len()]; recent.len()];
    let mut count = |i: usize, age: i32| {
        for (n, &days) in near[i].iter_mut().zip(windows) {
            *n += usize::from(age < days);
        }
    };
    for i in (0..recent.len()).filter(|&i| !again[i]) {
        count(i, recent[i].age);
        for j in (0..i).filter(|&j| !again[j]) {
            if dot(rows.row(i), rows.row(j)) >= similarity {
                count(i, recent[j].age);
                count(j, recent[i].age);
            }
        }
    }
    near
}

/// Clusters of the chosen rows.
fn dbscan(rows: &Rows, chosen: &[usize], similarity: f32) -> Vec<Vec<usize>> {
    let values: Vec<f32> = chosen.iter().flat_map(|&i| rows.row(i).iter().copied()).collect();
    let Ok(matrix) = Array2::from_shape_vec((chosen.len(), rows.dims), values) else { return Vec::new() };
    // Between unit vectors the squared distance is twice one minus the cosine.
    let tolerance = libm::sqrtf(2.0 * (1.0 - similarity));
    let params = Dbscan::params_with(CORE, L2Dist, CommonNearestNeighbour::LinearSearch).tolerance(tolerance);
    let Ok(params) = params.check() else { return Vec::new() };
    let labels = params.transform(&matrix);
    let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (&i, label) in chosen.iter().zip(labels) {
        if let Some(label) = label {
            clusters.entry(label).or_default().push(i);
        }
    }
    clusters.into_values().collect()
}
