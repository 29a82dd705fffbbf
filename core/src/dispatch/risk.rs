//! How far suggestions may go out by themselves, what errors cost, who gets whose orders, and whether the world has moved.
//!
//! Everything here works on plain judged suggestions, so that any evaluation can use it.

use super::DispatchError;
use super::table::Table;
use crate::complaint::round4;
use serde::Serialize;
use std::collections::BTreeMap;

/// A suggestion and the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Suggested lead.
    pub unit: String,
    /// Its probability.
    pub p: f64,
    /// Right lead.
    pub truth: String,
}

impl Judged {
    fn right(&self) -> bool {
        self.unit == self.truth
    }
}

/// Upper confidence bound of an error rate: the greatest rate at which seeing at most `errors` in `n` still has probability `1 − confidence`
/// (Clopper & Pearson 1934). 1 when nothing was seen.
pub fn error_bound(errors: usize, n: usize, confidence: f64) -> f64 {
    if n == 0 || errors >= n {
        return 1.0;
    }
    let alpha = (1.0 - confidence).clamp(1e-12, 1.0);
    let (mut low, mut high) = (errors as f64 / n as f64, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if binomial_at_most(errors, n, middle) > alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

fn binomial_at_most(k: usize, n: usize, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return if k >= n { 1.0 } else { 0.0 };
    }
    let ln_choose = |i: usize| libm::lgamma(n as f64 + 1.0) - libm::lgamma(i as f64 + 1.0) - libm::lgamma((n - i) as f64 + 1.0);
    let (lp, lq) = (libm::log(p), libm::log1p(-p));
    (0..=k.min(n)).map(|i| libm::exp(ln_choose(i) + i as f64 * lp + (n - i) as f64 * lq)).sum::<f64>().min(1.0)
}

/// Thresholds of probability from which orders go out by themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Thresholds {
    /// At which the orders of all units together keep the risk.
    pub overall: f64,
    /// For each unit with enough orders to be judged alone; ascending by name. Above `overall` where its own orders would be wrong too often.
    pub units: Vec<(String, f64)>,
    /// For all other units, which are judged together.
    pub others: f64,
    /// Share of the calibration rows let out.
    pub coverage: f64,
    /// Share of those that were wrong.
    pub error: f64,
}

/// Fewest orders of a unit let out in calibration before it is judged by itself.
const OWN_JUDGEMENT: usize = 20;

/// The lowest threshold at which the error of what is let out is at most `risk` with the given confidence: from four starting shares the
/// threshold is lowered until the bound fails (fixed-sequence testing, Angelopoulos et al. 2021), each start with a quarter of the doubt.
/// Then each unit with at least 20 such orders is held alone to twice the risk, and all smaller ones together, so that no small unit carries
/// the errors.
pub fn thresholds(rows: &[Judged], risk: f64, confidence: f64) -> Thresholds {
    let overall = lowest(&rows.iter().map(|r| (r.p, r.right())).collect::<Vec<_>>(), risk, confidence);
    let mut by_unit: BTreeMap<&str, Vec<(f64, bool)>> = BTreeMap::new();
    for row in rows.iter().filter(|r| r.p >= overall) {
        by_unit.entry(&row.unit).or_default().push((row.p, row.right()));
    }
    // Held to their own rate, not to its bound: a small unit cannot prove what a large one can.
    let own_threshold = |own: &[(f64, bool)]| {
        let (errors, limit) = (own.iter().filter(|(_, right)| !right).count(), 2.0 * risk);
        if errors as f64 > limit * own.len() as f64 { lowest(own, limit, 0.5).max(overall) } else { overall }
    };
    let (mut units, mut small) = (Vec::new(), Vec::new());
    for (unit, own) in by_unit {
        if own.len() >= OWN_JUDGEMENT { units.push((unit.to_string(), own_threshold(&own))) } else { small.extend(own) }
    }
    let others = own_threshold(&small);
    let out = |r: &&Judged| r.p >= units.iter().find(|(u, _)| *u == r.unit).map_or(others, |(_, t)| *t);
    let sent: Vec<&Judged> = rows.iter().filter(out).collect();
    let wrong = sent.iter().filter(|r| !r.right()).count();
    let share = |a: usize, b: usize| if b == 0 { 0.0 } else { round4(a as f64 / b as f64) };
    Thresholds { overall, units, others, coverage: share(sent.len(), rows.len()), error: share(wrong, sent.len()) }
}

/// Thresholds tried are those that let out 1%, 2%, … of the rows; above 1 when none holds.
fn lowest(rows: &[(f64, bool)], risk: f64, confidence: f64) -> f64 {
    const STARTS: [usize; 4] = [5, 20, 40, 60];
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut errors = vec![0usize];
    for (_, right) in &rows {
        errors.push(errors.last().copied().unwrap_or(0) + usize::from(!right));
    }
    let confidence = 1.0 - (1.0 - confidence) / STARTS.len() as f64;
    let holds = |percent: usize| {
        let n = rows.len() * percent / 100;
        n > 0 && error_bound(errors.get(n).copied().unwrap_or(n), n, confidence) <= risk
    };
    let reach = STARTS.iter().filter_map(|&start| (start..=100).take_while(|&percent| holds(percent)).last()).max();
    reach.and_then(|percent| rows.get((rows.len() * percent / 100).checked_sub(1)?)).map_or(1.01, |r| r.0)
}

/// What errors cost. Units are named as in the judged rows.
#[derive(Debug, Clone, PartialEq)]
pub struct CostTable {
    /// An order sent to the wrong unit.
    pub wrong: f64,
    /// An order a person decides.
    pub person: f64,
    /// Special prices: suggested (`*` any), true (`*` any), cost. The first that fits counts.
    pub pairs: Vec<(String, String, f64)>,
}

impl Default for CostTable {
    /// A wrong dispatch costs ten times a person's minute.
    fn default() -> Self {
        CostTable { wrong: 10.0, person: 1.0, pairs: Vec::new() }
    }
}

const TABLE: &str = "costs";
const ANY: &str = "*";
/// Stands in the column `suggested` for an order that a person decides.
const PERSON: &str = "person";

impl CostTable {
    /// Reads a table `suggested,true,cost`: `*` stands for any unit, `person` as suggested for an order that a person decides.
    ///
    /// ```
    /// # use jiesu::dispatch::risk::CostTable;
    /// let costs = CostTable::from_csv("suggested,true,cost\n*,*,20\nperson,*,2\n交管局,城管执法局,5\n")?;
    /// assert_eq!((costs.wrong, costs.person, costs.pairs.len()), (20.0, 2.0, 1));
    /// # Ok::<(), jiesu::dispatch::DispatchError>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, DispatchError> {
        let columns = ["suggested", "true", "cost"];
        let table = Table::read(TABLE, text, &columns, &columns)?;
        let mut costs = CostTable::default();
        for row in table.rows() {
            let row = row?;
            let (suggested, truth) = (row.required("suggested")?, row.required("true")?);
            let cost: Option<f64> = row.required("cost")?.parse().ok().filter(|c: &f64| c.is_finite() && *c >= 0.0);
            let cost = cost.ok_or_else(|| row.error("cost is not a number of at least 0"))?;
            match (suggested, truth) {
                (ANY, ANY) => costs.wrong = cost,
                (PERSON, ANY) => costs.person = cost,
                (PERSON, _) => return Err(row.error("a person costs the same whatever the unit: write person,*,COST")),
                _ => costs.pairs.push((suggested.to_string(), truth.to_string(), cost)),
            }
        }
        Ok(costs)
    }

    /// The same prices with units under other names.
    pub fn renamed(mut self, name: impl Fn(&str) -> String) -> Self {
        let change = |unit: &mut String| {
            if unit != ANY {
                *unit = name(unit);
            }
        };
        self.pairs.iter_mut().for_each(|(suggested, truth, _)| {
            change(suggested);
            change(truth);
        });
        self
    }

    fn of(&self, row: &Judged) -> f64 {
        let fits = |name: &str, unit: &str| name == ANY || name == unit;
        self.pairs.iter().find(|(s, t, _)| fits(s, &row.unit) && fits(t, &row.truth)).map_or(self.wrong, |(_, _, cost)| *cost)
    }
}

/// Mean cost of an order when those below `threshold` go to a person.
pub fn cost(rows: &[Judged], threshold: f64, table: &CostTable) -> f64 {
    let of = |r: &Judged| match () {
        () if r.p < threshold => table.person,
        () if r.right() => 0.0,
        () => table.of(r),
    };
    if rows.is_empty() { 0.0 } else { rows.iter().map(of).sum::<f64>() / rows.len() as f64 }
}

/// One line of the confusion: orders of `truth` that were suggested to `unit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confused {
    /// Whose orders.
    pub truth: String,
    /// Who gets them.
    pub unit: String,
    /// How many.
    pub orders: usize,
}

/// Who gets whose orders, most first.
pub fn confusion(rows: &[Judged]) -> Vec<Confused> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows.iter().filter(|r| !r.right()) {
        *counts.entry((&row.truth, &row.unit)).or_default() += 1;
    }
    let mut out: Vec<Confused> =
        counts.into_iter().map(|((truth, unit), orders)| Confused { truth: truth.into(), unit: unit.into(), orders }).collect();
    out.sort_by(|a, b| b.orders.cmp(&a.orders).then_with(|| (&a.truth, &a.unit).cmp(&(&b.truth, &b.unit))));
    out
}

/// How the recent stream differs from the one the model was calibrated on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// Population stability index over units: below 0.1 steady, above 0.25 moved.
    pub stability: f64,
    /// Mean probability of the lead, before and now.
    pub confidence: (f64, f64),
    /// Share of suggestions in which catalogue and history disagree, before and now.
    pub disagreement: (f64, f64),
    /// Units whose share moved most: name, share before, share now; at most ten.
    pub units: Vec<(String, f64, f64)>,
}

/// What the drift report needs of a suggestion.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Suggested lead.
    pub unit: String,
    /// Its probability.
    pub p: f64,
    /// Catalogue and history disagreed.
    pub disagree: bool,
}

/// Compares two windows of suggestions.
pub fn drift(before: &[Seen], now: &[Seen]) -> Drift {
    let mut counts: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for (window, rows) in [before, now].into_iter().enumerate() {
        for row in rows {
            if let Some(n) = counts.entry(&row.unit).or_default().get_mut(window) {
                *n += 1.0;
            }
        }
    }
    // Half a count each, so that a unit new in one window does not make the index infinite.
    let total = |rows: &[Seen]| rows.len() as f64 + 0.5 * counts.len() as f64;
    let (all_before, all_now) = (total(before), total(now));
    let mut units: Vec<(String, f64, f64)> = Vec::new();
    let mut stability = 0.0;
    for (unit, [b, n]) in &counts {
        let (b, n) = ((b + 0.5) / all_before, (n + 0.5) / all_now);
        stability += (n - b) * libm::log(n / b);
        units.push((unit.to_string(), round4(b), round4(n)));
    }
    units.sort_by(|a, b| (b.2 - b.1).abs().total_cmp(&(a.2 - a.1).abs()).then_with(|| a.0.cmp(&b.0)));
    units.truncate(10);
    let mean = |rows: &[Seen], of: fn(&Seen) -> f64| {
        if rows.is_empty() { 0.0 } else { round4(rows.iter().map(of).sum::<f64>() / rows.len() as f64) }
    };
    Drift {
        stability: round4(stability),
        confidence: (mean(before, |s| s.p), mean(now, |s| s.p)),
        disagreement: (mean(before, |s| f64::from(u8::from(s.disagree))), mean(now, |s| f64::from(u8::from(s.disagree)))),
        units,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(unit: &str, p: f64, truth: &str) -> Judged {
        Judged { unit: unit.into(), p, truth: truth.into() }
    }

    #[test]
    fn the_bound_is_that_of_clopper_and_pearson() {
        // No error in 59: the rate is below 5% with 95% confidence (1 − 0.05^(1/59) = 0.0495).
        assert!((error_bound(0, 59, 0.95) - 0.049_5).abs() < 1e-3);
        assert!((error_bound(5, 100, 0.95) - 0.102_3).abs() < 1e-3);
        assert_eq!(error_bound(0, 0, 0.95), 1.0);
        assert_eq!(error_bound(3, 3, 0.95), 1.0);
    }

    #[test]
    fn the_threshold_keeps_the_risk_on_fresh_rows() {
        // P(right) = p exactly; a fixed sequence stands for chance.
        let rows = |shift: u64| -> Vec<Judged> {
            (0..4000u64)
                .map(|i| {
                    let p = 0.5 + 0.5 * (i as f64 / 4000.0);
                    let u = (((i + shift) * 2_654_435_761) % 1_000_003) as f64 / 1_000_003.0;
                    judged("a", p, if u < p { "a" } else { "b" })
                })
                .collect()
        };
        let t = thresholds(&rows(0), 0.05, 0.95);
        assert!(t.coverage > 0.05 && t.overall < 1.0, "{t:?}");
        let fresh: Vec<Judged> = rows(777).into_iter().filter(|r| r.p >= t.overall).collect();
        let wrong = fresh.iter().filter(|r| !r.right()).count() as f64 / fresh.len() as f64;
        assert!(wrong <= 0.06, "{wrong}");
        // Nothing is let out when nothing can be proved.
        assert!(thresholds(&rows(0)[..10], 0.05, 0.95).overall > 1.0);
        assert!(thresholds(&[], 0.05, 0.95).overall > 1.0);
    }

    #[test]
    fn a_small_unit_does_not_carry_the_errors() {
        let mut rows: Vec<Judged> = (0..1000).map(|_| judged("big", 0.95, "big")).collect();
        rows.extend((0..30).map(|i| judged("small", 0.96, if i % 3 == 0 { "big" } else { "small" })));
        let t = thresholds(&rows, 0.05, 0.95);
        assert_eq!(t.units[0], ("big".to_string(), t.overall));
        assert!(t.units[1].0 == "small" && t.units[1].1 > 0.96);
        // Units too small to be judged alone are judged together.
        let mut rows: Vec<Judged> = (0..1000).map(|_| judged("big", 0.95, "big")).collect();
        rows.extend((0..30).map(|i| {
            let unit = format!("small{i}");
            judged(&unit, 0.96, if i % 3 == 0 { "big" } else { &unit })
        }));
        let t = thresholds(&rows, 0.05, 0.95);
        assert!(t.others > 0.96 && t.overall <= 0.95, "{t:?}");
    }

    #[test]
    fn cost_confusion_and_drift() {
        let rows = [judged("a", 0.9, "a"), judged("a", 0.9, "b"), judged("b", 0.4, "a")];
        assert!((cost(&rows, 0.5, &CostTable::default()) - 11.0 / 3.0).abs() < 1e-12);
        assert!(
            (cost(&rows, 0.0, &CostTable { pairs: vec![("b".into(), "a".into(), 4.0)], ..CostTable::default() }) - 14.0 / 3.0).abs()
                < 1e-12
        );
        let any = CostTable::from_csv("suggested,true,cost\nperson,*,2\n*,b,3\n").unwrap();
        assert!((cost(&rows, 0.5, &any) - 5.0 / 3.0).abs() < 1e-12);
        for bad in ["a,b,-1", "a,b,x", "person,b,1", ",b,1"] {
            assert!(CostTable::from_csv(&format!("suggested,true,cost\n{bad}\n")).is_err(), "{bad}");
        }
        assert_eq!(confusion(&rows)[0], Confused { truth: "a".into(), unit: "b".into(), orders: 1 });
        let seen = |unit: &str, n: usize| vec![Seen { unit: unit.into(), p: 0.9, disagree: false }; n];
        assert!(drift(&seen("a", 100), &seen("a", 90)).stability < 0.01);
        let moved = drift(&seen("a", 100), &seen("b", 100));
        assert!(moved.stability > 0.25 && moved.units.len() == 2);
        assert_eq!(drift(&[], &[]).stability, 0.0);
    }
}
