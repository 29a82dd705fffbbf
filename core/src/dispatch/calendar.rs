//! Working days of a city: weekdays but for public holidays, and the weekend days that are worked instead (调休).

use super::DispatchError;
use super::table::Table;
use crate::complaint::{Day, Limit, LimitUnit, Time};
use std::collections::BTreeMap;

const TABLE: &str = "holidays";

/// Days that differ from the week's rule. The default knows none: Monday to Friday are worked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Day → worked or not.
    special: BTreeMap<Day, bool>,
}

impl Calendar {
    /// Reads a table `from,to,kind,name`: first and last day (`to` may be empty for one day), `holiday` or `workday`.
    ///
    /// ```
    /// # use jiesu::dispatch::Calendar;
    /// # use jiesu::complaint::Day;
    /// let calendar = Calendar::from_csv("from,to,kind,name\n2025-10-01,2025-10-08,holiday,国庆节\n2025-10-11,,workday,\n")?;
    /// assert_eq!(Day::parse("2025-10-11").map(|d| calendar.is_workday(d)).ok(), Some(true));
    /// # Ok::<(), jiesu::dispatch::DispatchError>(())
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, DispatchError> {
        let table = Table::read(TABLE, text, &["from", "to", "kind", "name"], &["from", "kind"])?;
        let mut special = BTreeMap::new();
        for row in table.rows() {
            let row = row?;
            let from = row.day("from")?.ok_or_else(|| row.error("`from` is empty"))?;
            let to = row.day("to")?.unwrap_or(from);
            let length = i64::from(to.0) - i64::from(from.0);
            if !(0..366).contains(&length) {
                return Err(row.error("`to` is before `from` or more than a year after it"));
            }
            let worked = match row.get("kind") {
                "holiday" => false,
                "workday" => true,
                other => return Err(row.error(format!("kind `{other}` is not holiday or workday"))),
            };
            special.extend((from.0..=to.0).map(|d| (Day(d), worked)));
        }
        Ok(Calendar { special })
    }

    /// The days that differ from the week's rule: free (true) or worked (false), in order.
    pub fn special(&self) -> impl Iterator<Item = (Day, bool)> + '_ {
        self.special.iter().map(|(&d, &worked)| (d, !worked))
    }

    /// Whether offices work on a day.
    pub fn is_workday(&self, day: Day) -> bool {
        self.special.get(&day).copied().unwrap_or(day.weekday() < 5)
    }

    /// When a limit that starts at `from` runs out: hours by the clock; working days count from the next day on and end at its midnight.
    pub fn due(&self, from: Time, limit: Limit) -> Time {
        match limit.unit {
            LimitUnit::Hours => Time(from.0.saturating_add(i64::from(limit.value) * 3600)),
            LimitUnit::Workdays => {
                let mut day = from.day();
                let mut left = limit.value.min(10_000);
                while left > 0 {
                    let Some(next) = day.0.checked_add(1) else { break };
                    day = Day(next);
                    left -= u32::from(self.is_workday(day));
                }
                // Midnight after that day in China.
                Time((i64::from(day.0) + 1) * 86_400 - 8 * 3600)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days_skip_the_holiday_and_count_the_worked_saturday() {
        let calendar = Calendar::from_csv(
            "from,to,kind,name\n2025-10-01,2025-10-08,holiday,国庆节、中秋节\n2025-09-28,,workday,\n2025-10-11,,workday,\n",
        )
        .unwrap();
        let seven = Limit { value: 7, unit: LimitUnit::Workdays };
        // 29, 30 September, 9, 10, 11, 13, 14 October.
        let due = calendar.due(Time::parse("2025-09-28 10:00").unwrap(), seven);
        assert_eq!(due, Time::parse("2025-10-15 00:00").unwrap());
        let two = Limit { value: 2, unit: LimitUnit::Hours };
        assert_eq!(calendar.due(Time::parse("2025-10-01 23:00").unwrap(), two), Time::parse("2025-10-02 01:00").unwrap());
    }

    #[test]
    fn bad_lines() {
        for bad in ["x,,holiday,", "2025-10-08,2025-10-01,holiday,", "2025-10-01,,feast,", "0001-01-01,9999-01-01,holiday,"] {
            assert!(Calendar::from_csv(&format!("from,to,kind,name\n{bad}\n")).is_err(), "{bad}");
        }
    }
}
