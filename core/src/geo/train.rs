//! Learns the weights of the scorer from texts whose place is known.

use super::chain::{Chain, Context, chains};
use super::features::{Company, NAMES, Values, features};
use super::reading::Reading;
use super::scorer::logistic;
use super::{AreaId, AreaLevel, Gazetteer, GeoError, Scorer};
use crate::text::Prepared;

/// A text and where its matter is.
#[derive(Debug, Clone)]
pub struct Example {
    /// The text.
    pub text: Prepared,
    /// Code of its district; `None` when it names no place.
    pub district: Option<String>,
    /// Codes of the towns it may be in; empty when it names none.
    pub towns: Vec<String>,
    /// Code of its community, when it names one.
    pub community: Option<String>,
    /// How much it counts.
    pub weight: f64,
}

/// Learns from examples with the names of `gazetteer` (its own weights are not used): logistic regression with an L2 penalty, by
/// Newton's method over the addresses of all texts. Deterministic.
pub fn train_scorer(gazetteer: &Gazetteer, examples: &[Example], penalty: f64) -> Result<Scorer, GeoError> {
    let cx = gazetteer.context();
    let mut rows: Vec<(Values, bool, f64)> = Vec::new();
    for e in examples {
        let r = Reading::new(&e.text, cx.names, gazetteer.cues());
        let found = chains(&r, cx);
        let company = Company::new(&r, cx, &found);
        let gold = Gold::new(cx, e);
        for (i, c) in found.iter().enumerate() {
            if let Some(right) = gold.agrees(cx, c) {
                rows.push((features(&r, cx, c, i, &company), right, e.weight));
            }
        }
    }
    let positive = rows.iter().filter(|r| r.1).count();
    if positive < 20 || rows.len() - positive < 20 {
        return Err(GeoError::Examples { examples: rows.len() });
    }
    let w = newton(&rows, NAMES.len(), penalty);
    Ok(Scorer { weights: NAMES.iter().map(|n| n.to_string()).zip(w.into_iter().map(|x| (x * 1e4).round() / 1e4)).collect() })
}

struct Gold {
    district: Option<AreaId>,
    towns: Vec<AreaId>,
    community: Option<AreaId>,
}

impl Gold {
    fn new(cx: Context<'_>, e: &Example) -> Self {
        let find = |c: &String| cx.tree.find(c);
        Gold {
            district: e.district.as_ref().and_then(find),
            towns: e.towns.iter().filter_map(find).collect(),
            community: e.community.as_ref().and_then(find),
        }
    }

    /// Whether an address is right; `None` when the gold does not say.
    fn agrees(&self, cx: Context<'_>, c: &Chain) -> Option<bool> {
        if self.district.is_none() && self.towns.is_empty() {
            return Some(false);
        }
        let right = |area: AreaId| {
            let level = cx.tree.area(area).level;
            if level == AreaLevel::District {
                return match self.district {
                    Some(d) => area == d,
                    None => self.towns.iter().any(|&t| cx.tree.contains(area, t)),
                };
            }
            if let Some(gold) = self.community.filter(|_| level == AreaLevel::Community) {
                return area == gold;
            }
            let town = cx.tree.town_of(area);
            self.towns.iter().any(|&t| Some(t) == town)
        };
        let any = c.candidates.iter().any(|k| right(k.area));
        // A community named in a text whose gold stops at the town may be right or chance.
        let community = c.candidates.first().is_some_and(|k| cx.tree.area(k.area).level == AreaLevel::Community);
        if any && community && self.community.is_none() && self.towns.len() == 1 {
            return None;
        }
        Some(any)
    }
}

/// Penalised logistic regression by Newton's method; the bias (feature 0) is not penalised.
fn newton(rows: &[(Values, bool, f64)], n: usize, penalty: f64) -> Vec<f64> {
    let mut w = vec![0.0; n];
    for _ in 0..30 {
        let mut gradient = vec![0.0; n];
        let mut hessian = vec![vec![0.0; n]; n];
        for (values, right, weight) in rows {
            let p = logistic(values.iter().map(|&(f, v)| w[f as usize] * v).sum());
            let error = weight * (p - f64::from(u8::from(*right)));
            let curve = weight * (p * (1.0 - p)).max(1e-6);
            for &(f, v) in values {
                gradient[f as usize] += error * v;
                for &(g, u) in values {
                    hessian[f as usize][g as usize] += curve * v * u;
                }
            }
        }
        for i in 0..n {
            let l2 = if i == 0 { 1e-6 } else { penalty };
            gradient[i] += l2 * w[i];
            hessian[i][i] += l2;
        }
        let step = solve(hessian, gradient);
        let size: f64 = step.iter().map(|s| s * s).sum();
        for (x, s) in w.iter_mut().zip(&step) {
            *x -= s;
        }
        if size < 1e-14 {
            break;
        }
    }
    w
}

/// Solves a symmetric positive system by Cholesky's method.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for j in 0..n {
        for k in 0..j {
            let l = a[j][k];
            for row in a.iter_mut().skip(j) {
                let x = row[k] * l;
                row[j] -= x;
            }
        }
        let root = libm::sqrt(a[j][j].max(1e-12));
        for row in a.iter_mut().skip(j) {
            row[j] /= root;
        }
    }
    for i in 0..n {
        for k in 0..i {
            b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= a[k][i] * b[k];
        }
        b[i] /= a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves() {
        let x = solve(vec![vec![4.0, 2.0], vec![2.0, 3.0]], vec![8.0, 7.0]);
        assert!((x[0] - 1.25).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12);
    }
}
