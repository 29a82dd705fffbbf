//! Conditions of a catalogue row besides topic and words: when, where, how much, how many, who.

use crate::complaint::{RequestType, Time};
use crate::dispatch::Calendar;

/// When a row holds: hours of the day, days of the year, working days or days of rest. Empty holds always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// First hour and the hour after the last (`22`, `6` is the night).
    hours: Option<(u8, u8)>,
    /// First and last day of the year as month·100 + day (`1115`, `315` is the heating season).
    season: Option<(u16, u16)>,
    /// `true` on working days only, `false` on days of rest only.
    workday: Option<bool>,
}

impl When {
    /// Reads `hour=22-6 season=11-15..03-15 day=workday`, parts in any order.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut when = When::default();
        for part in text.split_whitespace() {
            let bad = || format!("time `{part}` is not hour=22-6, season=11-15..03-15, day=workday or day=rest");
            let (key, value) = part.split_once('=').ok_or_else(bad)?;
            match key {
                "hour" => {
                    let (from, to) = value.split_once('-').ok_or_else(bad)?;
                    let hour = |h: &str| h.parse::<u8>().ok().filter(|h| *h <= 24).ok_or_else(bad);
                    when.hours = Some((hour(from)?, hour(to)?));
                }
                "season" => {
                    let (from, to) = value.split_once("..").ok_or_else(bad)?;
                    let day = |d: &str| {
                        let (m, d) = d.split_once('-').ok_or_else(bad)?;
                        let (m, d) = (m.parse::<u16>().map_err(|_| bad())?, d.parse::<u16>().map_err(|_| bad())?);
                        if (1..=12).contains(&m) && (1..=31).contains(&d) { Ok(m * 100 + d) } else { Err(bad()) }
                    };
                    when.season = Some((day(from)?, day(to)?));
                }
                "day" => {
                    when.workday = match value {
                        "workday" => Some(true),
                        "rest" => Some(false),
                        _ => return Err(bad()),
                    }
                }
                _ => return Err(bad()),
            }
        }
        Ok(when)
    }

    /// Number of conditions.
    pub(super) fn count(&self) -> u32 {
        u32::from(self.hours.is_some()) + u32::from(self.season.is_some()) + u32::from(self.workday.is_some())
    }

    /// Whether it holds; a time that is not known meets no condition.
    pub(super) fn holds(&self, at: Option<Time>, calendar: &Calendar) -> bool {
        if self.count() == 0 {
            return true;
        }
        let Some(at) = at else { return false };
        let within = |x: u16, (from, to): (u16, u16)| if from <= to { (from..=to).contains(&x) } else { x >= from || x <= to };
        let (hour, (_, month, day)) = (at.hour(), at.day().civil());
        let hours = self.hours.is_none_or(|(from, to)| if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to });
        let season = self.season.is_none_or(|s| within(u16::from(month.unsigned_abs()) * 100 + u16::from(day.unsigned_abs()), s));
        hours && season && self.workday.is_none_or(|w| calendar.is_workday(at.day()) == w)
    }
}

/// How many people share the matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum People {
    /// Any number.
    #[default]
    Any,
    /// A dispute of several people, number unknown or not.
    Group,
    /// At least so many.
    AtLeast(u32),
}

impl People {
    /// Reads `group` or `>=10`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(People::Any),
            "group" => Ok(People::Group),
            _ => match text.strip_prefix(">=").and_then(|n| n.trim().parse().ok()) {
                Some(n) => Ok(People::AtLeast(n)),
                None => Err(format!("people `{text}` is not `group` or `>=10`")),
            },
        }
    }

    pub(super) fn holds(self, flag: bool, people: Option<u32>) -> bool {
        match self {
            People::Any => true,
            People::Group => flag,
            People::AtLeast(n) => people.is_some_and(|p| p >= n),
        }
    }
}

/// Reads an amount of yuan `>=10000` or `<10000`: least (inclusive) and most (exclusive).
pub(super) fn parse_amount(text: &str) -> Result<Option<(f64, f64)>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = |t: &str| t.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    let range = match (text.strip_prefix(">=").map(number), text.strip_prefix('<').map(number)) {
        (Some(Some(least)), _) => Some((least, f64::INFINITY)),
        (_, Some(Some(most))) => Some((0.0, most)),
        _ => None,
    };
    range.map(Some).ok_or_else(|| format!("amount `{text}` is not >=10000 or <10000 (yuan)"))
}

/// Reads a request type; 举报 is a 投诉 that reports an illegal act.
pub(super) fn parse_type(text: &str) -> Result<(RequestType, Option<bool>), String> {
    Ok(match text {
        "咨询" => (RequestType::Inquiry, None),
        "求助" => (RequestType::Help, None),
        "投诉" => (RequestType::Complaint, None),
        "举报" => (RequestType::Complaint, Some(true)),
        "建议" => (RequestType::Suggestion, None),
        "表扬" => (RequestType::Praise, None),
        _ => return Err(format!("type `{text}` is not 咨询, 求助, 投诉, 举报, 建议 or 表扬")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_winters_and_days_of_rest() {
        let calendar = Calendar::default();
        let at = |t: &str| Some(Time::parse(t).unwrap());
        let night = When::parse("hour=22-6").unwrap();
        assert!(night.holds(at("2026-01-05 23:10"), &calendar) && night.holds(at("2026-01-05 05:59"), &calendar));
        assert!(!night.holds(at("2026-01-05 06:00"), &calendar) && !night.holds(None, &calendar));
        let winter = When::parse("season=11-15..03-15 day=rest").unwrap();
        assert!(winter.holds(at("2026-01-04"), &calendar) && !winter.holds(at("2026-01-05"), &calendar));
        assert!(!winter.holds(at("2026-07-05"), &calendar));
        for bad in ["hour=25-3", "hour=x", "season=13-01..02-01", "day=sunday", "week=1"] {
            assert!(When::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn people_and_amounts() {
        assert!(People::parse("group").unwrap().holds(true, None));
        assert!(People::parse(">=10").unwrap().holds(true, Some(31)));
        assert!(!People::parse(">=10").unwrap().holds(true, None));
        assert!(People::parse("many").is_err());
        assert_eq!(parse_amount(">=100").unwrap(), Some((100.0, f64::INFINITY)));
        assert_eq!(parse_amount("<5").unwrap(), Some((0.0, 5.0)));
        assert!(parse_amount("100").is_err() && parse_amount(">=-1").is_err() && parse_amount(">=nan").is_err());
    }
}
