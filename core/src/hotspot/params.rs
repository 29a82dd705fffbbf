//! Settings of the detector.

use super::HotspotError;

/// How the detector works; [`DetectorParams::default`] is meant for a city's daily run.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectorParams {
    /// False local alarms (episodes) accepted in 30 days over the whole grid. The threshold is set so that the fitted city without
    /// outbreaks gives this many; over 24 simulated cities 0.4 gave 0.5, with one seed in twelve above one a month. At 0.5 more
    /// are above one and outbreaks of factor 3 are found two points more often.
    pub false_alarms_per_month: f64,
    /// Longest window that is scanned, 1 to 60 days. Longer windows judge slow outbreaks whole but take the days of the window from the
    /// baseline and a higher threshold: over a simulated city 60 days found no more than 28 (×5 .975 both, ×3 .375 with twice the false alarms
    /// against .35) in twice the time, so 28 is the default.
    pub window: usize,
    /// Days of history kept.
    pub history: usize,
    /// Half-life of the weight of past days in rates, days.
    pub half_life: f64,
    /// Days without a call after which the same caller counts again in the same area and topic.
    pub caller_days: i32,
    /// Days after which the baseline (prior, weekday, trend, dispersion) is fitted anew; between, it is extended.
    pub refit_days: i32,
    /// Days of history before the first alert. Over simulated cities 7 gave 1.1 false alarms a month in days 8 to 31 at a target of 0.5, 14
    /// gave 0.4 from day 15 on.
    pub burn_in: usize,
    /// What judges the local scan.
    pub statistic: Statistic,
    /// Seed of the simulated null.
    pub seed: u64,
}

/// How the cells of the local scan are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statistic {
    /// Against fitted rates, negative binomial.
    #[default]
    Rates,
    /// Space–time permutation (Kulldorff 2005).
    Permutation,
}

impl std::str::FromStr for Statistic {
    type Err = HotspotError;

    /// `rates` or `permutation`.
    fn from_str(name: &str) -> Result<Self, HotspotError> {
        match name {
            "rates" => Ok(Statistic::Rates),
            "permutation" => Ok(Statistic::Permutation),
            _ => Err(HotspotError::Parameter { name: "statistic", value: name.to_string(), range: "rates or permutation" }),
        }
    }
}

impl Default for DetectorParams {
    fn default() -> Self {
        DetectorParams {
            false_alarms_per_month: 0.4,
            window: 28,
            history: 366,
            half_life: 120.0,
            caller_days: 30,
            refit_days: 7,
            burn_in: 14,
            statistic: Statistic::default(),
            seed: 12345,
        }
    }
}

impl DetectorParams {
    /// Checks every setting.
    pub fn check(&self) -> Result<(), HotspotError> {
        let bad = |name, value: String, range| Err(HotspotError::Parameter { name, value, range });
        if !(1e-3..=1e4).contains(&self.false_alarms_per_month) {
            return bad("false_alarms_per_month", self.false_alarms_per_month.to_string(), "between 0.001 and 10000");
        }
        if !(1..=60).contains(&self.window) {
            return bad("window", self.window.to_string(), "1 to 60 days");
        }
        if !(14..=3660).contains(&self.history) || self.history < 2 * self.window {
            return bad("history", self.history.to_string(), "14 to 3660 days and twice the window or more");
        }
        if !(7.0..=1e6).contains(&self.half_life) {
            return bad("half_life", self.half_life.to_string(), "7 days or more");
        }
        if !(0..=366).contains(&self.caller_days) {
            return bad("caller_days", self.caller_days.to_string(), "0 to 366");
        }
        if !(1..=60).contains(&self.refit_days) {
            return bad("refit_days", self.refit_days.to_string(), "1 to 60");
        }
        if self.burn_in < 7 {
            return bad("burn_in", self.burn_in.to_string(), "7 or more");
        }
        Ok(())
    }
}
