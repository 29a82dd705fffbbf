//! Days, months, clock times and durations, made absolute against the day of receipt.

use super::super::numeral;
use super::Found;
use crate::complaint::Day;

/// A duration after `value`: length of its words, ISO 8601.
pub(super) fn duration(value: f64, rest: &str) -> Option<(usize, String)> {
    const UNITS: [(&str, &str); 19] = [
        ("个半月", "M+"),
        ("个月", "M"),
        ("个多月", "M"),
        ("个星期", "W"),
        ("个礼拜", "W"),
        ("星期", "W"),
        ("礼拜", "W"),
        ("周", "W"),
        ("天", "D"),
        ("个小时", "TH"),
        ("小时", "TH"),
        ("个钟头", "TH"),
        ("钟头", "TH"),
        ("分钟", "TM"),
        ("年半", "Y+"),
        ("年", "Y"),
        ("宿", "D"),
        ("个多小时", "TH"),
        ("月", "M"),
    ];
    let (word, code) = UNITS.iter().find(|(w, _)| rest.starts_with(w))?;
    let (half, code) = code.strip_suffix('+').map_or((0.0, *code), |c| (0.5, c));
    let value = value + half;
    let (value, code) = match (value.fract() == 0.0, code) {
        (false, "Y") => (value * 12.0, "M"),
        (false, "M") => (value * 30.0, "D"),
        (false, "D") => (value * 24.0, "TH"),
        (false, "TH") => (value * 60.0, "TM"),
        (_, c) => (value, c),
    };
    // 三月 is March, 俩月 two months; a year like 2019 or 三年级 is no duration.
    if *word == "月"
        || code == "Y" && value >= 100.0
        || ["年级", "年底", "年前后", "周岁", "周年", "天内不", "年代", "周边"].iter().any(|w| rest.starts_with(w))
    {
        return None;
    }
    let (time, unit) = code.strip_prefix('T').map_or(("", code), |u| ("T", u));
    Some((word.len(), format!("P{time}{:.0}{unit}", value)))
}

/// A clock time (`22:30`, 晚上十点半): length of its words, `HH:MM`.
pub(super) fn clock(text: &str, at: usize, value: f64, rest: &str) -> Option<(usize, String)> {
    if value.fract() != 0.0 || !(0.0..=24.0).contains(&value) {
        return None;
    }
    let before = text.get(..at)?;
    let evening =
        ["晚上", "晚", "夜里", "下午", "傍晚", "今晚", "昨晚", "半夜"].iter().any(|w| before.ends_with(w)) && (1.0..12.0).contains(&value);
    let night = evening && before.ends_with("夜里") | before.ends_with("半夜") && value < 6.0;
    let hour = if evening && !night { value + 12.0 } else { value } % 24.0;
    let (len, minute) = if let Some(tail) = rest.strip_prefix(':') {
        let n = tail.bytes().take_while(u8::is_ascii_digit).count();
        let m = tail.get(..n)?.parse::<u32>().ok().filter(|m| *m < 60 && n == 2)?;
        (1 + n, m)
    } else {
        let tail = rest.strip_prefix('点').or_else(|| rest.strip_prefix('时'))?;
        if rest.starts_with('时')
            && !tail.is_empty()
            && !tail.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '许' | '左' | '至' | ',' | '。' | '起' | '前' | '后'))
        {
            return None;
        }
        if ["点儿", "点多钟", "点建议", "点要求", "点意见", "点问题", "点诉求"].iter().any(|w| rest.starts_with(w))
            && !rest.starts_with("点多钟")
        {
            return None;
        }
        if tail.starts_with('半') {
            ("点半".len(), 30)
        } else if let Some(m) = tail
            .chars()
            .next()
            .filter(|c| numeral::may_begin(*c))
            .and_then(|_| numeral::read(tail, 0))
            .filter(|m| m.value < 60.0 && m.value.fract() == 0.0)
        {
            let marked = tail.get(m.end..).is_some_and(|t| t.starts_with('分'));
            ('点'.len_utf8() + m.end + if marked { '分'.len_utf8() } else { 0 }, m.value as u32)
        } else {
            ('点'.len_utf8(), 0)
        }
    };
    Some((len, format!("{hour:02.0}:{minute:02}")))
}

fn month_of(received: Option<Day>, month: i8) -> Option<i16> {
    let (year, now, _) = received?.civil();
    Some(if month > now { year - 1 } else { year })
}

fn shifted(received: Option<Day>, days: i32) -> Option<String> {
    Some(Day(received?.0.checked_add(days)?).to_string())
}

/// A written date at `at` (a digit): 2024年3月5日, 2024-03-05, 3月5号, 3月以来, 八月份, 5日.
pub(super) fn written_at(text: &str, at: usize, received: Option<Day>, found: &mut Vec<Found>) -> Option<usize> {
    let n = numeral::read(text, at)?;
    if n.value.fract() != 0.0 && n.value != 0.5 {
        return None;
    }
    let mut rest = text.get(n.end..)?;
    let mut end = n.end;
    let year;
    let (mut month, mut day) = (None, None);
    let whole =
        |n: numeral::Number, low: f64, high: f64| (n.value.fract() == 0.0 && (low..=high).contains(&n.value)).then_some(n.value as i16);
    if let Some(y) = whole(n, 1950.0, 2100.0).filter(|_| rest.starts_with(['年', '-', '.', '/'])) {
        year = Some(y);
        let marked = rest.starts_with('年');
        end += rest.chars().next()?.len_utf8();
        if let Some(m) = numeral::read(text, end).filter(|_| text.get(end..).is_some_and(|t| t.starts_with(numeral::may_begin)))
            && let Some(m_value) = whole(m, 1.0, 12.0)
            && text.get(m.end..).is_some_and(|t| if marked { t.starts_with('月') } else { t.starts_with(['-', '.', '/']) })
        {
            month = Some(m_value as i8);
            end = m.end + if marked { '月'.len_utf8() } else { 1 };
            (day, end) = day_at(text, end, marked);
        } else if !marked {
            return None;
        }
    } else if let Some(m) =
        whole(n, 1.0, 12.0).filter(|_| rest.starts_with('月') && !text.get(at..).is_some_and(|t| t.starts_with(['俩', '两', '仨'])))
    {
        month = Some(m as i8);
        end += '月'.len_utf8();
        rest = text.get(end..)?;
        if rest.starts_with(['租', '薪', '嫂', '饼', '费', '付']) {
            return None;
        }
        (day, end) = day_at(text, end, true);
        // 去年3月
        year = match () {
            () if text.get(..at)?.ends_with("去年") => received.map(|d| d.civil().0 - 1),
            () if text.get(..at)?.ends_with("前年") => received.map(|d| d.civil().0 - 2),
            () => month_of(received, m as i8),
        };
    } else {
        return None;
    }
    for tail in ["份以来", "份", "以来", "初", "底", "中旬", "上旬", "下旬"] {
        if text.get(end..).is_some_and(|t| t.starts_with(tail)) {
            end += tail.len();
            break;
        }
    }
    let value = match (year, month, day) {
        (Some(y), Some(m), Some(d)) => Day::new(y, m, d).map(|d| d.to_string()),
        (Some(y), Some(m), None) => Some(format!("{y:04}-{m:02}")),
        (Some(y), None, _) => Some(format!("{y:04}")),
        _ => None,
    };
    found.push(Found { kind: "date", start: at, end, value });
    Some(end)
}

/// The day after a month: `5日`, `5号`, or bare after `-`.
fn day_at(text: &str, at: usize, marked: bool) -> (Option<i8>, usize) {
    let read = text.get(at..).filter(|t| t.starts_with(numeral::may_begin)).and_then(|_| numeral::read(text, at));
    let Some(d) = read.filter(|d| d.value.fract() == 0.0 && (1.0..=31.0).contains(&d.value)) else { return (None, at) };
    let after = text.get(d.end..).unwrap_or_default();
    if marked && !after.starts_with(['日', '号']) || after.starts_with("号楼") || after.starts_with("号线") {
        return (None, at);
    }
    (Some(d.value as i8), d.end + if marked { '日'.len_utf8() } else { 0 })
}

/// Words for days: 昨天, 上周五, 上个月, 去年, 半年.
pub(super) fn word_at(text: &str, at: usize, first: char, received: Option<Day>, found: &mut Vec<Found>) -> Option<usize> {
    if !matches!(first, '昨' | '前' | '今' | '明' | '后' | '大' | '上' | '本' | '这' | '去' | '当' | '下') {
        return None;
    }
    const DAYS: [(&str, i32); 26] = [
        ("大前天", -3),
        ("前天", -2),
        ("前日", -2),
        ("昨天", -1),
        ("昨日", -1),
        ("昨晚", -1),
        ("昨夜", -1),
        ("昨儿", -1),
        ("昨早", -1),
        ("昨", -1),
        ("今天", 0),
        ("今日", 0),
        ("今晚", 0),
        ("今早", 0),
        ("今晨", 0),
        ("今夜", 0),
        ("今儿", 0),
        ("当天", 0),
        ("明天", 1),
        ("明日", 1),
        ("明早", 1),
        ("明晚", 1),
        ("明儿", 1),
        ("后天", 2),
        ("后日", 2),
        ("大后天", 3),
    ];
    let rest = text.get(at..)?;
    let mut push = |len: usize, value: Option<String>| {
        found.push(Found { kind: "date", start: at, end: at + len, value });
        Some(at + len)
    };
    if let Some((word, days)) = DAYS.iter().find(|(w, _)| rest.starts_with(w))
        && (*word != "昨" || rest.get(3..).is_some_and(|t| t.starts_with(numeral::may_begin)))
    {
        return push(word.len(), shifted(received, *days));
    }
    // 上周五, 本周三, 这礼拜六, 上星期
    for (word, weeks) in [("上上", -2), ("上个", -1), ("上", -1), ("本", 0), ("这个", 0), ("这", 0), ("下个", 1), ("下", 1)] {
        let Some(tail) = rest.strip_prefix(word) else { continue };
        let Some(name) = ["周", "星期", "礼拜"].iter().find(|w| tail.starts_with(**w)) else { continue };
        let tail = tail.get(name.len()..)?;
        let day = tail.chars().next().and_then(|c| "一二三四五六日天".find(c).map(|i| (i / 3).min(6)));
        let len = word.len() + name.len();
        let monday = received.map(|d| d.0 - d.weekday() as i32 + 7 * weeks);
        return match day {
            Some(d) => push(len + 3, monday.map(|m| Day(m + d as i32).to_string())),
            None => push(len, monday.map(|m| format!("{}/P1W", Day(m)))),
        };
    }
    let civil = received.map(Day::civil);
    for (word, months) in [("上个月", -1), ("上月", -1), ("本月", 0), ("这个月", 0), ("下个月", 1), ("下月", 1), ("当月", 0)]
    {
        if rest.starts_with(word) {
            let value = civil.map(|(y, m, _)| {
                let all = i32::from(y) * 12 + i32::from(m) - 1 + months;
                format!("{:04}-{:02}", all.div_euclid(12), all.rem_euclid(12) + 1)
            });
            // 上月二十二号
            if let Some(month) = &value
                && let Some(d) =
                    rest.get(word.len()..).filter(|t| t.starts_with(numeral::may_begin)).and_then(|_| numeral::read(rest, word.len()))
                && rest.get(d.end..).is_some_and(|t| t.starts_with(['日', '号']) && !t.starts_with("号楼"))
                && (1.0..=31.0).contains(&d.value)
            {
                let value = format!("{month}-{:02.0}", d.value);
                return push(d.end + 3, Some(value));
            }
            return push(word.len(), value);
        }
    }
    for (word, years) in [("去年", -1), ("前年", -2), ("今年", 0), ("本年", 0), ("明年", 1), ("大前年", -3)] {
        if rest.starts_with(word) {
            let year = civil.map(|(y, _, _)| y + years);
            let tail = rest.get(word.len()..)?;
            // 去年3月: the month carries the year.
            if tail.starts_with(numeral::may_begin)
                && let Some(m) = numeral::read(rest, word.len())
                && (1.0..=12.0).contains(&m.value)
                && rest.get(m.end..).is_some_and(|t| t.starts_with('月'))
            {
                let (day, end) = day_at(rest, m.end + 3, true);
                let value = year.and_then(|y| match day {
                    Some(d) => Day::new(y, m.value as i8, d).map(|d| d.to_string()),
                    None => Some(format!("{y:04}-{:02.0}", m.value)),
                });
                return push(end, value);
            }
            return push(word.len(), year.map(|y| format!("{y:04}")));
        }
    }
    None
}
