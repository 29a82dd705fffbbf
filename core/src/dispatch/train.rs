//! Learns the fusion: records of catalogue rows, usual levels, and the few weights, from judged cases.

use super::fusion::{FLOOR, fingerprint, level_index, softmax};
use super::risk::{Judged, thresholds};
use super::{Calendar, Case, Catalogue, DispatchError, Dispatcher, Fusion, RowRecord, Units};
use crate::complaint::{Level, RequestType};
use std::collections::BTreeMap;

/// A case with the right unit and level. Its learned probabilities must come from a model that did not see it.
#[derive(Debug, Clone)]
pub struct Labelled<'a> {
    /// The case.
    pub case: Case<'a>,
    /// Short or official name of the right lead.
    pub unit: &'a str,
    /// The right level.
    pub level: Level,
}

const FOLDS: usize = 5;
const RIDGE: f64 = 1e-3;

/// Learns weights and records; deterministic. Records are gathered on the other folds when the weights are learned, and on all cases at the
/// end; thresholds keep `risk` (share of wrong leads among what goes out by itself) with 90% confidence.
pub fn train_fusion(
    cases: &[Labelled<'_>],
    catalogue: &Catalogue,
    units: &Units,
    calendar: &Calendar,
    risk: f64,
) -> Result<Fusion, DispatchError> {
    if cases.len() < 10 * FOLDS {
        return Err(DispatchError::Learning(format!("{} cases are too few, {} are needed", cases.len(), 10 * FOLDS)));
    }
    let truths: Vec<_> = cases.iter().map(|c| units.find(c.unit)).collect();
    if let Some(at) = truths.iter().position(Option::is_none) {
        return Err(DispatchError::Learning(format!("case {at}: unit `{}` is not in the table of units", cases[at].unit)));
    }
    let plain = Dispatcher::new(catalogue.clone(), units.clone(), calendar.clone(), Fusion::default())?;
    let rows: Vec<Option<usize>> = cases.iter().map(|c| plain.weigh(&c.case).row()).collect();
    let gather = |fold: Option<usize>| gather(cases, &rows, &truths, catalogue, units, fold);

    let dispatchers = (0..FOLDS)
        .map(|f| Dispatcher::new(catalogue.clone(), units.clone(), calendar.clone(), gather(Some(f))))
        .collect::<Result<Vec<_>, _>>()?;
    let of = |at: usize| &dispatchers[at % FOLDS];

    // Units: features of each candidate, the row of the right one.
    let mut examples = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let weighing = of(at).weigh(&case.case);
        let features: Vec<[f64; 4]> = weighing
            .candidates
            .iter()
            .map(|(id, s)| [libm::log(s.learned + 1e-6), libm::log(s.record + FLOOR), s.lead, of(at).tables.prior[usize::from(*id)]])
            .collect();
        if let Some(right) = weighing.candidates.iter().position(|(id, _)| Some(*id) == truths[at]) {
            examples.push((features, right));
        }
    }
    let w = conditional_logit(&examples);
    let with_units = |mut f: Fusion| {
        [f.learned, f.record, f.lead, f.prior] = w;
        f
    };

    // Levels: given the fused units.
    let fused_by: Vec<Dispatcher> = (0..FOLDS)
        .map(|f| Dispatcher::new(catalogue.clone(), units.clone(), calendar.clone(), with_units(gather(Some(f)))))
        .collect::<Result<_, _>>()?;
    let mut examples = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let d = &fused_by[at % FOLDS];
        let weighing = d.weigh(&case.case);
        let fused = d.fuse(&weighing);
        examples.push((d.level_features(&case.case, &weighing, &fused).to_vec(), level_index(case.level)));
    }
    let level = conditional_logit(&examples);

    // Thresholds on the out-of-fold suggestions.
    let with_all = |mut f: Fusion| {
        f.level = level;
        with_units(f)
    };
    let judges: Vec<Dispatcher> = (0..FOLDS)
        .map(|f| Dispatcher::new(catalogue.clone(), units.clone(), calendar.clone(), with_all(gather(Some(f)))))
        .collect::<Result<_, _>>()?;
    let name = |id| units.get(id).map(|u| u.short.clone()).unwrap_or_default();
    let judged: Vec<Judged> = cases
        .iter()
        .enumerate()
        .filter_map(|(at, case)| {
            let lead = judges[at % FOLDS].suggest(&case.case).units.into_iter().next()?;
            Some(Judged { unit: name(units.find(&lead.unit)?), p: lead.p, truth: name(truths[at]?) })
        })
        .collect();
    let t = thresholds(&judged, risk, 0.9);
    let mut fusion = with_all(gather(None));
    (fusion.threshold, fusion.unit_thresholds) = (t.overall, t.units);
    Ok(fusion)
}

/// Records and usual levels, without the cases of `fold`.
fn gather(
    cases: &[Labelled<'_>],
    rows: &[Option<usize>],
    truths: &[Option<super::UnitId>],
    catalogue: &Catalogue,
    units: &Units,
    fold: Option<usize>,
) -> Fusion {
    let mut records: BTreeMap<usize, (BTreeMap<&str, f32>, [f32; 4])> = BTreeMap::new();
    let mut by_unit: BTreeMap<&str, [f32; 4]> = BTreeMap::new();
    let mut kinds = [[0.0f32; 4]; 5];
    let mut total = 0.0;
    for (at, case) in cases.iter().enumerate() {
        if fold == Some(at % FOLDS) {
            continue;
        }
        let Some(unit) = truths[at].and_then(|id| units.get(id)) else { continue };
        let level = level_index(case.level);
        let kind = match case.case.kind {
            RequestType::Inquiry => 0,
            RequestType::Help => 1,
            RequestType::Complaint => 2,
            RequestType::Suggestion => 3,
            RequestType::Praise => 4,
        };
        total += 1.0;
        by_unit.entry(&unit.short).or_default()[level] += 1.0;
        kinds[kind][level] += 1.0;
        if let Some(row) = rows[at] {
            let record = records.entry(row).or_default();
            *record.0.entry(&unit.short).or_default() += 1.0;
            record.1[level] += 1.0;
        }
    }
    let mut rows: Vec<RowRecord> = records
        .into_iter()
        .filter_map(|(row, (units, levels))| {
            let units = units.into_iter().map(|(u, n)| (u.to_string(), n)).collect();
            Some(RowRecord { fingerprint: fingerprint(catalogue.rules().get(row)?, catalogue), units, levels })
        })
        .collect();
    rows.sort_by_key(|r| r.fingerprint);
    rows.dedup_by_key(|r| r.fingerprint);
    let units = by_unit
        .into_iter()
        .map(|(unit, levels)| {
            let n: f32 = levels.iter().sum();
            (unit.to_string(), f64::from(n) / total, levels)
        })
        .collect();
    Fusion { rows, units, kinds, ..Fusion::default() }
}

/// Weights that make the right alternative likeliest (McFadden 1974), with a small ridge: Newton's method with step halving.
fn conditional_logit<const M: usize>(examples: &[(Vec<[f64; M]>, usize)]) -> [f64; M] {
    let loss = |w: &[f64; M]| {
        let mut sum = 0.0;
        for (features, right) in examples {
            let mut p: Vec<f64> = features.iter().map(|f| dot(f, w)).collect();
            softmax(&mut p);
            sum -= libm::log(p[*right].max(1e-300));
        }
        sum / examples.len().max(1) as f64 + RIDGE * dot(w, w)
    };
    let mut w = [0.0; M];
    let mut value = loss(&w);
    for _ in 0..50 {
        let mut gradient = w.map(|x| 2.0 * RIDGE * x);
        let mut hessian = [[0.0; M]; M];
        (0..M).for_each(|i| hessian[i][i] = 2.0 * RIDGE);
        let n = examples.len().max(1) as f64;
        for (features, right) in examples {
            let mut p: Vec<f64> = features.iter().map(|f| dot(f, &w)).collect();
            softmax(&mut p);
            let mut mean = [0.0; M];
            for (f, p) in features.iter().zip(&p) {
                (0..M).for_each(|i| mean[i] += p * f[i]);
            }
            for i in 0..M {
                gradient[i] += (mean[i] - features[*right][i]) / n;
            }
            for (f, p) in features.iter().zip(&p) {
                for i in 0..M {
                    for j in 0..M {
                        hessian[i][j] += p * (f[i] - mean[i]) * (f[j] - mean[j]) / n;
                    }
                }
            }
        }
        let step = solve(hessian, gradient);
        let mut size = 1.0;
        let mut moved = false;
        while size > 1e-4 {
            let mut next = w;
            (0..M).for_each(|i| next[i] -= size * step[i]);
            let there = loss(&next);
            if there < value - 1e-10 {
                (w, value, moved) = (next, there, true);
                break;
            }
            size *= 0.5;
        }
        if !moved {
            break;
        }
    }
    w
}

fn dot<const M: usize>(a: &[f64; M], b: &[f64; M]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Solves a positive definite system by Gaussian elimination (the ridge keeps pivots away from zero).
fn solve<const M: usize>(mut a: [[f64; M]; M], mut b: [f64; M]) -> [f64; M] {
    for i in 0..M {
        for j in i + 1..M {
            let factor = a[j][i] / a[i][i];
            let pivot = a[i];
            a[j].iter_mut().zip(pivot).skip(i).for_each(|(x, p)| *x -= factor * p);
            b[j] -= factor * b[i];
        }
    }
    for i in (0..M).rev() {
        for k in i + 1..M {
            b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telling_feature_gets_weight_and_a_dumb_one_does_not() {
        let examples: Vec<(Vec<[f64; 2]>, usize)> = (0..300)
            .map(|i| {
                let right = i % 3;
                let noise = |k: usize| ((i * 7 + k * 13) % 10) as f64 / 10.0;
                ((0..3).map(|k| [if k == right && i % 10 != 0 { 1.0 } else { 0.0 }, noise(k)]).collect(), right)
            })
            .collect();
        let w = conditional_logit(&examples);
        assert!(w[0] > 2.0 && w[1].abs() < 0.5, "{w:?}");
        let x = solve([[4.0, 1.0], [1.0, 3.0]], [1.0, 2.0]);
        assert!((x[0] - 1.0 / 11.0).abs() < 1e-12 && (x[1] - 7.0 / 11.0).abs() < 1e-12);
    }
}
