//! The daily scan by the space–time permutation statistic.

use super::Detector;
use super::episodes::Episode;
use crate::complaint::Day;
use crate::hotspot::{Alert, State, permutation};

impl Detector {
    /// The best cluster of every topic that is unlikely enough; one that runs is spoken of again when it has grown.
    pub(super) fn permuted(&mut self, day: Day) -> Vec<Alert> {
        let across: Vec<Vec<u32>> = self.borders.iter().flat_map(|b| b.sets()).collect();
        let limit = self.params.false_alarms_per_month / (30.0 * self.history.topic_count().max(1) as f64);
        let mut alerts = Vec::new();
        for t in 0..self.history.topic_count() {
            let found = permutation::scan(&self.history, &across, t, self.params.window, self.params.seed).filter(|c| c.p_value <= limit);
            let Some(c) = found else { continue };
            let start = day.0 - c.length as i32 + 1;
            let (sums, excess) = ((c.observed, c.expected), c.observed - c.expected);
            let same = self.episodes.iter_mut().find(|e| e.topic as usize == t && e.areas.iter().any(|a| c.areas.contains(a)));
            if let Some(e) = same {
                e.active = day.0;
                if excess < 1.5 * e.excess || excess < e.excess + 3.0 {
                    continue;
                }
                (e.excess, e.said) = (excess, day.0);
                let id = e.alert.clone();
                alerts.push(self.alert(id, t, &c.areas, start, day, sums, c.p_value, State::Ongoing));
                continue;
            }
            let first = c.areas.first().map_or("", |&a| self.history.areas.code(a));
            let alert = format!("{day}-{}-{first}", self.history.topics.code(t as u32));
            alerts.push(self.alert(alert.clone(), t, &c.areas, start, day, sums, c.p_value, State::New));
            let (topic, areas) = (t as u32, c.areas);
            self.episodes.push(Episode { alert, topic, areas, start, active: day.0, said: day.0, excess, across: false });
        }
        alerts
    }
}
