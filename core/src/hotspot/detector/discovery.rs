//! False discovery over the grid and over days.
//!
//! Every day brings a new grid of tests, so a rate controlled within each day says little about a month. Two rules hold here over any
//! run of days. Before the fact: the threshold is the same every day and lets through a fixed number of false episodes a month
//! (`false_alarms_per_month`), a sum of chances and so true whatever ties series and days together; the marginal false discovery rate
//! E\[false\] / E\[said\] over months is at most that number over the alerts said a month. After it: the q-value of an alert is the
//! Benjamini–Hochberg estimate over the tests of the last thirty days together. Alpha-investing rules (LORD, SAFFRON) are not used:
//! they spend less the longer nothing is found, and a detector that grows deaf in a quiet year is of no use to a city.

use crate::hotspot::{Alert, State};
use std::collections::BTreeMap;

/// Days whose grids are judged together.
const DAYS: i32 = 30;

/// What was said in the last days.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Alert → first day and smallest p-value.
    alerts: BTreeMap<String, (i32, f64)>,
    first: Option<i32>,
}

impl Said {
    /// Sets the q-values of a day's alerts, `tests` being the tests of one day. Each outbreak counts once, on its first day.
    pub(super) fn judge(&mut self, day: i32, alerts: &mut [Alert], tests: usize) {
        let watched = (day - *self.first.get_or_insert(day) + 1).min(DAYS);
        self.alerts.retain(|_, (first, _)| *first > day - DAYS);
        for a in alerts.iter() {
            match self.alerts.get_mut(&a.alert) {
                Some((_, p)) => *p = p.min(a.p_value),
                None if a.state == State::New => {
                    self.alerts.insert(a.alert.clone(), (day, a.p_value));
                }
                None => {}
            }
        }
        let mut said: Vec<f64> = self.alerts.values().map(|s| s.1).collect();
        said.sort_by(f64::total_cmp);
        let expected = (tests as f64) * f64::from(watched);
        // The smallest ratio of false ones to be expected and said ones, at this level or a more generous one.
        for a in alerts.iter_mut() {
            let own = expected * a.p_value / (said.partition_point(|&p| p <= a.p_value).max(1)) as f64;
            let more = said.iter().enumerate().filter(|(_, p)| **p > a.p_value).map(|(rank, p)| expected * p / (rank + 1) as f64);
            a.q_value = more.fold(own, f64::min).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Day;
    use crate::hotspot::Scope;

    fn alert(id: &str, p: f64, state: State) -> Alert {
        Alert {
            as_of: Day(0),
            alert: id.into(),
            scope: Scope::Local,
            areas: Vec::new(),
            topic: "t".into(),
            start: Day(0),
            end: Day(0),
            observed: 9,
            expected: 1.0,
            p_value: p,
            q_value: p,
            state,
            callers: 9,
            incidents: None,
            cases: Vec::new(),
        }
    }

    fn judge(said: &mut Said, day: i32, list: &[(&str, f64, State)]) -> Vec<f64> {
        let mut alerts: Vec<Alert> = list.iter().map(|&(id, p, s)| alert(id, p, s)).collect();
        said.judge(day, &mut alerts, 1000);
        alerts.iter().map(|a| a.q_value).collect()
    }

    #[test]
    fn days_before_count_as_tests_and_as_discoveries() {
        let mut said = Said::default();
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < 1e-9);
        // One day alone is Benjamini–Hochberg: the third of three is not stronger evidence than the second.
        let q = judge(&mut said, 0, &[("a", 1e-6, State::New), ("b", 1e-4, State::New), ("c", 4e-4, State::New)]);
        assert!(close(&q, &[1e-3, 0.05, 0.4 / 3.0]), "{q:?}");
        // On the tenth day ten grids were searched, and a fourth was found.
        let q = judge(&mut said, 9, &[("d", 2e-5, State::New)]);
        assert!(close(&q, &[10_000.0 * 2e-5 / 2.0]), "{q:?}");
        // It grows: still one discovery.
        let q = judge(&mut said, 10, &[("d", 1e-6, State::Ongoing)]);
        assert!(close(&q, &[11_000.0 * 1e-6 / 2.0]), "{q:?}");
        // A month on, what was said first no longer counts.
        let q = judge(&mut said, 35, &[("e", 2e-6, State::New)]);
        assert!(close(&q, &[30_000.0 * 2e-6 / 2.0]), "{q:?}");
        assert_eq!(judge(&mut said, 80, &[("f", 0.2, State::New)]), [1.0]);
    }
}
