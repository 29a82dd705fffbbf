//! Numbers as people write and say them: 12,600 · 3.1万 · 两千六 · 三十一 · 二〇二四.

/// A number and the byte where it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) end: usize,
    /// Written with Arabic digits.
    pub(super) arabic: bool,
}

fn digit(c: char) -> Option<f64> {
    Some(match c {
        '零' | '〇' => 0.0,
        '一' | '壹' => 1.0,
        '二' | '两' | '贰' | '俩' => 2.0,
        '三' | '叁' | '仨' => 3.0,
        '四' | '肆' => 4.0,
        '五' | '伍' => 5.0,
        '六' | '陆' => 6.0,
        '七' | '柒' => 7.0,
        '八' | '捌' => 8.0,
        '九' | '玖' => 9.0,
        _ => return None,
    })
}

fn unit(c: char) -> Option<f64> {
    Some(match c {
        '十' | '拾' => 10.0,
        '百' | '佰' => 100.0,
        '千' | '仟' => 1000.0,
        _ => return None,
    })
}

/// Whether a number may begin with this character.
pub(super) fn may_begin(c: char) -> bool {
    c.is_ascii_digit() || digit(c).is_some() || c == '十' || c == '半'
}

/// Reads the number at byte `at`.
pub(super) fn read(text: &str, at: usize) -> Option<Number> {
    let first = text.get(at..)?.chars().next()?;
    if first.is_ascii_digit() { arabic(text, at) } else { chinese(text, at) }
}

fn arabic(text: &str, at: usize) -> Option<Number> {
    let bytes = text.as_bytes();
    let (mut end, mut value, mut scale) = (at, 0.0, 0.0);
    while let Some(&b) = bytes.get(end) {
        let next_digit = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        match b {
            b'0'..=b'9' if scale == 0.0 => value = value * 10.0 + f64::from(b - b'0'),
            b'0'..=b'9' => {
                value += f64::from(b - b'0') * scale;
                scale /= 10.0;
            }
            b'.' if scale == 0.0 && next_digit => scale = 0.1,
            // 12,600: a comma before exactly three digits.
            b',' if scale == 0.0
                && end > at
                && bytes.get(end + 1..end + 4).is_some_and(|t| t.iter().all(u8::is_ascii_digit))
                && !bytes.get(end + 4).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        end += 1;
        if end - at > 20 {
            return None;
        }
    }
    // 3.1万, 1万2.
    let times = match text.get(end..)?.chars().next() {
        Some('万') => 1e4,
        Some('亿') => 1e8,
        Some('千') => 1e3,
        Some('百') => 100.0,
        _ => 1.0,
    };
    if times > 1.0 {
        value *= times;
        end += '万'.len_utf8();
        // 2万3: the digit after is of the next place.
        let next = text.get(end..).and_then(|t| t.chars().next()).and_then(|c| c.to_digit(10));
        let after = text.get(end + 1..).and_then(|t| t.chars().next());
        if let Some(more) = next
            && times >= 1000.0
            && !after.is_some_and(|c| c.is_ascii_digit() || matches!(c, '号' | '单' | '栋'))
        {
            value += f64::from(more) * times / 10.0;
            end += 1;
        }
    }
    value = (value * 100.0).round() / 100.0;
    Some(Number { value, end, arabic: true })
}

fn chinese(text: &str, at: usize) -> Option<Number> {
    let (mut total, mut section, mut current) = (0.0, 0.0, None::<f64>);
    let (mut last_unit, mut zero, mut plain, mut any_unit) = (1.0, false, 0, false);
    let mut end = at;
    for (i, c) in text.get(at..)?.char_indices().take(18) {
        if let Some(d) = digit(c) {
            if let Some(before) = current.filter(|_| !any_unit) {
                // 二〇二四: digits in a row are read by place.
                current = Some(before * 10.0 + d);
                plain += 1;
            } else if current.is_some_and(|c| c > 0.0) {
                break;
            } else {
                zero |= d == 0.0;
                current = Some(d);
            }
        } else if let Some(u) = unit(c) {
            if plain > 0 {
                break;
            }
            section += current.take().filter(|d| *d > 0.0).unwrap_or(1.0) * u;
            (last_unit, zero, any_unit) = (u, false, true);
        } else if c == '万' || c == '亿' {
            let times = if c == '万' { 1e4 } else { 1e8 };
            if i == 0 {
                return None;
            }
            total += (section + current.take().unwrap_or(0.0)) * times;
            (section, last_unit, zero, any_unit) = (0.0, times, false, true);
        } else if c == '半' && i == 0 {
            return Some(Number { value: 0.5, end: at + c.len_utf8(), arabic: false });
        } else {
            break;
        }
        end = at + i + c.len_utf8();
    }
    if end == at {
        return None;
    }
    // 两千六 is 2600, 一百零五 is 105.
    let rest =
        current.map_or(0.0, |d| if any_unit && !zero && plain == 0 && last_unit >= 100.0 && d < 10.0 { d * last_unit / 10.0 } else { d });
    Some(Number { value: total + section + rest, end, arabic: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_say_them() {
        for (text, value, rest) in [
            ("12,600元", 12600.0, "元"),
            ("3.1万元", 31000.0, "元"),
            ("两千六", 2600.0, ""),
            ("一万二", 12000.0, ""),
            ("三十一名", 31.0, "名"),
            ("一百零五", 105.0, ""),
            ("二〇二四年", 2024.0, "年"),
            ("十几", 10.0, "几"),
            ("一百三十多个", 130.0, "多个"),
            ("2万3", 23000.0, ""),
            ("三万五千块", 35000.0, "块"),
            ("半年", 0.5, "年"),
            ("俩月", 2.0, "月"),
            ("5.20", 5.2, ""),
        ] {
            let n = read(text, 0).unwrap();
            assert_eq!((n.value, &text[n.end..]), (value, rest), "{text}");
        }
        assert!(read("万", 0).is_none());
        assert!(read("一二三四五六七八九一二三四五六七八九一二三四五六七八九", 0).is_some_and(|n| n.value.is_finite()));
        assert!(read(&"9".repeat(1000), 0).is_none());
    }
}
