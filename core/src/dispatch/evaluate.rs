//! How good suggestions are against the units that were right: what `jiesu evaluate --task dispatch` prints.

use super::risk::{Confused, CostTable, Drift, Judged, Seen, Thresholds, confusion, cost, drift, error_bound, thresholds};
use crate::complaint::round4;
use serde::Serialize;
use std::collections::BTreeMap;

/// A suggestion beside the truth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The unit that was right.
    pub truth: String,
    /// Suggested leads with their probabilities, best first.
    pub ranked: Vec<(String, f64)>,
    /// It may go out by itself.
    pub sent: bool,
    /// Catalogue and history name different leads.
    pub disagree: bool,
    /// The catalogue row that holds.
    pub row: Option<String>,
    /// Leads that row names.
    pub row_leads: Vec<String>,
    /// The unit the learned model finds likeliest.
    pub history_lead: Option<String>,
}

impl Outcome {
    fn best(&self) -> (&str, f64) {
        self.ranked.first().map_or(("", 0.0), |(unit, p)| (unit.as_str(), *p))
    }

    fn right(&self) -> bool {
        self.best().0 == self.truth
    }
}

/// Accuracy of the surest share of the rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Covered {
    /// Share of all rows.
    pub coverage: f64,
    /// Least probability among them.
    pub threshold: f64,
    /// How many of them are right.
    pub accuracy: f64,
}

/// What was let out, and how surely its error is bounded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sent {
    /// Share of all rows.
    pub coverage: f64,
    /// How many of them are right.
    pub accuracy: f64,
    /// Rows let out.
    pub rows: usize,
    /// Wrong among them.
    pub wrong: usize,
    /// The error rate is below this with 95% confidence (Clopper–Pearson).
    pub error_bound: f64,
}

/// Figures of one unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UnitFigures {
    /// Orders that were its.
    pub rows: usize,
    /// Orders suggested to it.
    pub given: usize,
    /// Right among them.
    pub right: usize,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Orders let out to it.
    pub sent: usize,
    /// Wrong among them.
    pub sent_wrong: usize,
    /// Their error rate is below this with 95% confidence; 1 when none was let out.
    pub error_bound: f64,
}

/// Mean cost of an order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Costs {
    /// As it is: what abstains goes to a person.
    pub now: f64,
    /// A person decides every order.
    pub persons: f64,
    /// Every order goes out.
    pub machine: f64,
    /// The cheapest threshold on these rows, and its cost.
    pub best: (f64, f64),
}

/// A catalogue row that history contradicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// The row.
    pub row: String,
    /// The unit history names instead.
    pub unit: String,
    /// Orders.
    pub orders: usize,
    /// Of those, the row was right.
    pub row_right: usize,
    /// Of those, history was right.
    pub history_right: usize,
}

/// Where catalogue and history part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// Orders.
    pub orders: usize,
    /// Share of all.
    pub share: f64,
    /// By row and unit, most first: the top ones may be stale rules.
    pub rows: Vec<Stale>,
}

/// All figures; shares are 0–1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Rows.
    pub rows: usize,
    /// The lead is right.
    pub top1: f64,
    /// The right unit is among the best three.
    pub top3: f64,
    /// The right unit is among the best five.
    pub top5: f64,
    /// Mean F1 over units that were right or suggested.
    pub macro_f1: f64,
    /// Mean probability of the lead: near `top1` when probabilities are honest.
    pub mean_p: f64,
    /// Accuracy of the surest 10%, 20%, …
    pub coverage: Vec<Covered>,
    /// What goes out by itself.
    pub sent: Sent,
    /// Thresholds that these rows support at the risk asked for.
    pub thresholds: Thresholds,
    /// Who gets whose orders, most first.
    pub confusion: Vec<Confused>,
    /// Under the cost table.
    pub cost: Costs,
    /// Catalogue against history.
    pub disagreement: Disagreement,
    /// The later half of the rows against the earlier one.
    pub drift: Drift,
    /// By unit.
    pub units: BTreeMap<String, UnitFigures>,
}

/// Confidence of the bounds that are told, and that of thresholds.
const CONFIDENCE: f64 = 0.95;
const THRESHOLD_CONFIDENCE: f64 = 0.9;

/// Compares suggestions with the truth. `rows` in order of time (the drift report compares halves); `risk` is the share of wrong orders
/// allowed among those let out. Rows × units time.
///
/// ```
/// # use jiesu::dispatch::{Outcome, evaluate, risk::CostTable};
/// let row = |truth: &str| Outcome { truth: truth.into(), ranked: vec![("a".into(), 0.9), ("b".into(), 0.1)], ..Outcome::default() };
/// let figures = evaluate(&[row("a"), row("b")], 0.05, &CostTable::default());
/// assert_eq!((figures.top1, figures.top3, figures.confusion[0].orders), (0.5, 1.0, 1));
/// ```
pub fn evaluate(rows: &[Outcome], risk: f64, table: &CostTable) -> Evaluation {
    let n = rows.len();
    let share = |count: usize, of: usize| if of == 0 { 0.0 } else { round4(count as f64 / of as f64) };
    let within = |k: usize| share(rows.iter().filter(|r| r.ranked.iter().take(k).any(|u| u.0 == r.truth)).count(), n);
    let judged: Vec<Judged> = rows.iter().map(|r| Judged { unit: r.best().0.to_string(), p: r.best().1, truth: r.truth.clone() }).collect();
    let mut order: Vec<&Outcome> = rows.iter().collect();
    order.sort_by(|a, b| b.best().1.total_cmp(&a.best().1));
    let coverage = (1..=10).filter_map(|tenth| {
        let head = order.get(..n * tenth / 10).filter(|h| !h.is_empty())?;
        Some(Covered {
            coverage: round4(tenth as f64 / 10.0),
            threshold: round4(head.last().map_or(0.0, |r| r.best().1)),
            accuracy: share(head.iter().filter(|r| r.right()).count(), head.len()),
        })
    });
    let mut units: BTreeMap<String, UnitFigures> = BTreeMap::new();
    for row in rows {
        units.entry(row.truth.clone()).or_default().rows += 1;
        let given = units.entry(row.best().0.to_string()).or_default();
        given.given += 1;
        given.right += usize::from(row.right());
        given.sent += usize::from(row.sent);
        given.sent_wrong += usize::from(row.sent && !row.right());
    }
    for u in units.values_mut() {
        u.f1 = round4(2.0 * u.right as f64 / (u.rows + u.given).max(1) as f64);
        u.error_bound = round4(error_bound(u.sent_wrong, u.sent, CONFIDENCE));
    }
    let (sent, wrong) = units.values().fold((0, 0), |(s, w), u| (s + u.sent, w + u.sent_wrong));
    let seen: Vec<Seen> = rows.iter().map(|r| Seen { unit: r.best().0.to_string(), p: r.best().1, disagree: r.disagree }).collect();
    let (before, later) = seen.split_at(n / 2);
    Evaluation {
        rows: n,
        top1: within(1),
        top3: within(3),
        top5: within(5),
        macro_f1: round4(units.values().map(|u| u.f1).sum::<f64>() / units.len().max(1) as f64),
        mean_p: if n == 0 { 0.0 } else { round4(judged.iter().map(|j| j.p).sum::<f64>() / n as f64) },
        coverage: coverage.collect(),
        sent: Sent {
            coverage: share(sent, n),
            accuracy: share(sent - wrong, sent),
            rows: sent,
            wrong,
            error_bound: round4(error_bound(wrong, sent, CONFIDENCE)),
        },
        thresholds: thresholds(&judged, risk, THRESHOLD_CONFIDENCE),
        confusion: confusion(&judged),
        cost: costs(rows, &judged, table),
        disagreement: disagreement(rows),
        drift: drift(before, later),
        units,
    }
}

fn costs(rows: &[Outcome], judged: &[Judged], table: &CostTable) -> Costs {
    // What abstains counts as below any threshold, whatever its probability.
    let now: Vec<Judged> = rows.iter().zip(judged).map(|(r, j)| Judged { p: if r.sent { 1.0 } else { 0.0 }, ..j.clone() }).collect();
    let steps = (0..=100).map(|percent| {
        let threshold = f64::from(percent) / 100.0;
        (threshold, round4(cost(judged, threshold, table)))
    });
    let best = steps.fold((1.01, round4(cost(judged, 1.01, table))), |best, step| if step.1 < best.1 { step } else { best });
    Costs {
        now: round4(cost(&now, 0.5, table)),
        persons: round4(cost(judged, 1.01, table)),
        machine: round4(cost(judged, 0.0, table)),
        best,
    }
}

fn disagreement(rows: &[Outcome]) -> Disagreement {
    let mut counts: BTreeMap<(&str, &str), (usize, usize, usize)> = BTreeMap::new();
    let mut orders = 0;
    for r in rows.iter().filter(|r| r.disagree) {
        orders += 1;
        if let (Some(row), Some(unit)) = (&r.row, &r.history_lead) {
            let slot = counts.entry((row, unit)).or_default();
            slot.0 += 1;
            slot.1 += usize::from(r.row_leads.contains(&r.truth));
            slot.2 += usize::from(*unit == r.truth);
        }
    }
    let mut stale: Vec<Stale> = counts
        .into_iter()
        .map(|((row, unit), (orders, row_right, history_right))| Stale {
            row: row.to_string(),
            unit: unit.to_string(),
            orders,
            row_right,
            history_right,
        })
        .collect();
    stale.sort_by(|a, b| b.orders.cmp(&a.orders).then_with(|| (&a.row, &a.unit).cmp(&(&b.row, &b.unit))));
    Disagreement { orders, share: if rows.is_empty() { 0.0 } else { round4(orders as f64 / rows.len() as f64) }, rows: stale }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(truth: &str, lead: &str, p: f64, sent: bool) -> Outcome {
        let ranked = vec![(lead.to_string(), p), ("其他".to_string(), 1.0 - p)];
        Outcome { truth: truth.into(), ranked, sent, ..Outcome::default() }
    }

    #[test]
    fn figures_add_up() {
        let mut rows =
            vec![row("甲", "甲", 0.9, true), row("乙", "甲", 0.8, true), row("其他", "乙", 0.4, false), row("乙", "乙", 0.7, false)];
        rows[1].disagree = true;
        (rows[1].row, rows[1].row_leads, rows[1].history_lead) = (Some("R1".into()), vec!["甲".into()], Some("乙".into()));
        let figures = evaluate(&rows, 0.05, &CostTable::default());
        assert_eq!((figures.top1, figures.top3, figures.rows), (0.5, 0.75, 4));
        assert_eq!((figures.sent.coverage, figures.sent.accuracy, figures.sent.wrong), (0.5, 0.5, 1));
        assert!(figures.sent.error_bound > 0.9 && figures.units["甲"].sent == 2);
        // One wrong at 10, two persons at 1.
        assert_eq!((figures.cost.now, figures.cost.persons, figures.cost.machine), (3.0, 1.0, 5.0));
        let stale = Stale { row: "R1".into(), unit: "乙".into(), orders: 1, row_right: 0, history_right: 1 };
        assert_eq!(figures.disagreement.rows, [stale]);
        assert_eq!(figures.confusion[0], Confused { truth: "乙".into(), unit: "甲".into(), orders: 1 });
        assert_eq!(figures.coverage.last().unwrap().accuracy, 0.5);
        assert_eq!(evaluate(&[], 0.05, &CostTable::default()).rows, 0);
    }
}
