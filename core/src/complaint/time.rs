//! Times as the hotline means them: an instant, seen on the calendar of China (UTC+8, no daylight saving).

use super::ComplaintError;
use serde::{Deserialize, Serialize};

const SHANGHAI: i64 = 8 * 3600;

/// A calendar day in China: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// The day of a civil date; `None` when there is no such date.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self::from_date)
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, ComplaintError> {
        text.parse::<jiff::civil::Date>().map(Self::from_date).map_err(|_| ComplaintError::Time { value: text.to_string() })
    }

    fn from_date(date: jiff::civil::Date) -> Self {
        // A civil date as if in UTC; always in range for i32 days.
        Day((date.duration_since(jiff::civil::Date::constant(1970, 1, 1)).as_secs() / 86_400) as i32)
    }

    /// 0 Monday … 6 Sunday.
    pub fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// Year, month and day.
    pub fn civil(self) -> (i16, i8, i8) {
        use jiff::ToSpan;
        let date = jiff::civil::Date::constant(1970, 1, 1).checked_add(i64::from(self.0).days());
        date.map_or((1970, 1, 1), |d| (d.year(), d.month(), d.day()))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (y, m, d) = self.civil();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

/// An instant: seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Reads a date, or date and time with `T` or a space and an optional zone (default Asia/Shanghai).
    ///
    /// ```
    /// # use jiesu::complaint::Time;
    /// let local = Time::parse("2026-01-05 08:00")?;
    /// assert_eq!(local, Time::parse("2026-01-05T00:00:00Z")?);
    /// assert_eq!(local.day().to_string(), "2026-01-05");
    /// # Ok::<(), jiesu::complaint::ComplaintError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ComplaintError> {
        let t = text.trim();
        if let Ok(stamp) = t.parse::<jiff::Timestamp>() {
            return Ok(Time(stamp.as_second()));
        }
        t.parse::<jiff::civil::DateTime>()
            .map(|dt| Time(dt.duration_since(jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs() - SHANGHAI))
            .map_err(|_| ComplaintError::Time { value: text.to_string() })
    }

    /// The calendar day in China.
    pub fn day(self) -> Day {
        // Clamped: a hostile i64 must not wrap into another century.
        Day((self.0.saturating_add(SHANGHAI)).div_euclid(86_400).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }

    /// Hour of the day in China, 0–23.
    pub fn hour(self) -> u8 {
        ((self.0.saturating_add(SHANGHAI)).rem_euclid(86_400) / 3600) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_hotlines_write_them() {
        for ok in ["2018-05-01", "2018-05-01 09:08:07", "2018-05-01T09:08:07", "2018-05-01T09:08:07+08:00", "2018-05-01 01:08:07Z"] {
            assert_eq!(Time::parse(ok).unwrap().day(), Day::new(2018, 5, 1).unwrap(), "{ok}");
        }
        for bad in ["", "May 1", "2018-13-01", "2018-02-30", "20180501x"] {
            assert!(Time::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Time::parse("2018-05-01 09:08:07").unwrap(), Time::parse("2018-05-01T01:08:07Z").unwrap());
        assert_eq!(Day::parse("2026-01-05").unwrap().weekday(), 0);
    }
}
