//! Outbreaks that were reported: whether they go on, grow, or are over.

use super::Detector;
use crate::complaint::Day;
use crate::hotspot::evidence::{Table, together};
use crate::hotspot::{Alert, State};

/// Days after which a quiet episode is over.
pub(super) const QUIET: i32 = 7;
/// Log of the ratio the days since the last word must reach for another.
const GROWTH: f64 = 3.0;

/// An outbreak that was reported and may go on.
#[derive(Debug, Clone)]
pub(super) struct Episode {
    pub(super) alert: String,
    pub(super) topic: u32,
    pub(super) areas: Vec<u32>,
    pub(super) start: i32,
    /// Last day with evidence of its own.
    pub(super) active: i32,
    /// Last day it was spoken of, and the excess then.
    pub(super) said: i32,
    pub(super) excess: f64,
    /// Over the border of two groups.
    pub(super) across: bool,
}

impl Detector {
    /// Follows an episode that runs; an alert when it has grown. `own` are its areas with their tables and mean rates.
    pub(super) fn grow(&mut self, e: usize, own: &[(u32, &Table, f64)], day: Day, window: usize, p: f64) -> Option<Alert> {
        let tables: Vec<&Table> = own.iter().map(|o| o.1).collect();
        // Mean ratio over the starts of the last days.
        let since = |days: i32| {
            let days = (days.max(1) as usize).min(window);
            together(&tables, window - days, window) - libm::log(days as f64)
        };
        if since(QUIET) > 0.0 {
            self.episodes[e].active = day.0;
        }
        let fresh = since(day.0 - self.episodes[e].said);
        let Episode { topic, start, areas, excess: before, alert, .. } = self.episodes[e].clone();
        let (members, means): (Vec<u32>, Vec<f64>) = own.iter().map(|o| (o.0, o.2)).unzip();
        let (observed, expected) = self.sums(topic as usize, &areas, &members, &means, start);
        // It has grown when its excess has, and the days since it was last spoken of say so by themselves.
        let excess = observed - expected;
        if fresh <= GROWTH || excess < 1.5 * before || excess < before + 3.0 {
            return None;
        }
        self.episodes[e].excess = excess;
        self.episodes[e].said = day.0;
        Some(self.alert(alert, topic as usize, &areas, start, day, (observed, expected), p, State::Ongoing))
    }

    pub(super) fn group_of(&self, episode: usize) -> usize {
        let area = self.episodes[episode].areas.first().copied().unwrap_or(0);
        self.history.group_of[area as usize] as usize
    }

    /// Whether an episode runs inside a group for this topic.
    pub(super) fn runs(&self, episode: usize, t: usize) -> bool {
        self.episodes.get(episode).is_some_and(|e| e.topic as usize == t && !e.across)
    }

    pub(super) fn close_quiet(&mut self, day: Day) {
        let (masks, closed) = (&mut self.masks, &mut self.closed);
        self.episodes.retain(|e| {
            let over = day.0 - e.active > QUIET || day.0 - e.start > 60;
            for &a in &e.areas {
                let list = masks.entry((e.topic, a)).or_default();
                list.retain(|(_, to)| *to < e.start);
                list.push((e.start.max(e.active - 28), e.active));
                if over {
                    closed.insert((e.topic, a), day.0);
                }
            }
            !over
        });
        closed.retain(|_, d| *d >= day.0 - 60);
    }
}
