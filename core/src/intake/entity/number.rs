//! What a number counts: buildings, lines, money, days, people.

use super::super::numeral;
use super::{Found, date};
use crate::complaint::Day;

fn plain(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}").trim_end_matches('0').to_string() }
}

/// Reads the number at byte `at` and what it counts; says where to go on.
pub(super) fn at(text: &str, at: usize, received: Option<Day>, found: &mut Vec<Found>) -> Option<usize> {
    if let Some(end) = date::written_at(text, at, received, found) {
        return Some(end);
    }
    let n = numeral::read(text, at)?;
    let before = text.get(..at)?.chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric()) && n.arabic {
        return Some(n.end);
    }
    let after = text.get(n.end..)?;
    let rest = after.trim_start_matches(['多', '余', '来', '几']).trim_start_matches(' ');
    let gap = after.len() - rest.len();
    let whole = n.value.fract() == 0.0;
    let after_unit =
        found_before(found, at, &["unit", "building"]) && text.get(..at)?.ends_with(['元', '楼', '栋', '幢', '层', '-', ' ', '的']);
    let mut push = |kind: &'static str, len: usize, value: String| {
        found.push(Found { kind, start: at, end: n.end + gap + len, value: Some(value) });
        Some(n.end + gap + len)
    };
    let first_of = |words: &[&str]| words.iter().find(|w| rest.starts_with(**w)).map(|w| w.len());
    if whole && n.value < 10_000.0 {
        if let Some(len) = first_of(&["号线"]) {
            return push("metro_line", len, plain(n.value));
        }
        if let Some(len) = first_of(&["号楼", "栋", "幢", "号院", "#楼"]) {
            return push("building", len, plain(n.value));
        }
        if let Some(len) = first_of(&["单元"]) {
            return push("unit", len, plain(n.value));
        }
        if n.arabic && rest.starts_with('室') && n.value >= 100.0 {
            return push("room", '室'.len_utf8(), plain(n.value));
        }
        let digits = n.end - at;
        if n.arabic && (3..=4).contains(&digits) && after_unit && !rest.starts_with(['元', '块', '人', '户', '年', '平', '米', '天'])
        {
            return Some(push_room(text, at, n.end, found));
        }
        let bus_word = ["公交", "专线", "快速公交", "公交车", "夜", "运通", "专", "快", "特"]
            .iter()
            .any(|w| text.get(..at).is_some_and(|t| t.ends_with(w)));
        if n.arabic && digits <= 3 && rest.starts_with('路') && gap == 0 && !["路口", "路段"].iter().any(|w| rest.starts_with(w)) {
            return push("bus_line", '路'.len_utf8(), plain(n.value));
        }
        if n.arabic && digits <= 3 && bus_word && (rest.is_empty() || !rest.starts_with(|c: char| c.is_alphanumeric())) {
            return push("bus_line", 0, plain(n.value));
        }
    }
    if let Some(len) = money(text, at, n.end, rest) {
        return push("amount", len, plain(n.value));
    }
    if let Some((len, value)) = date::duration(n.value, rest) {
        found.push(Found { kind: "duration", start: at, end: n.end + gap + len, value: Some(value) });
        return Some(n.end + gap + len);
    }
    if let Some((len, value)) = date::clock(text, at, n.value, rest) {
        found.push(Found { kind: "time", start: at, end: n.end + gap + len, value: Some(value) });
        return Some(n.end + gap + len);
    }
    if whole
        && n.value >= 2.0
        && let Some(len) = first_of(&["个人", "名", "位", "户", "口人", "口子", "人"])
        && !["人间", "人房", "人份", "人民", "人次", "人行", "名字", "名单", "位置", "户口", "户型", "户籍"]
            .iter()
            .any(|w| rest.starts_with(w))
    {
        return push("people", len, plain(n.value));
    }
    Some(n.end)
}

fn found_before(found: &[Found], at: usize, kinds: &[&str]) -> bool {
    found.iter().rev().take(6).any(|f| kinds.contains(&f.kind) && f.end <= at && at - f.end <= 6)
}

fn push_room(text: &str, at: usize, end: usize, found: &mut Vec<Found>) -> usize {
    let tail = text.get(end..).map_or(0, |t| ["室", "号房", "房间", "号"].iter().find(|w| t.starts_with(**w)).map_or(0, |w| w.len()));
    let value = text.get(at..end).map(str::to_string);
    found.push(Found { kind: "room", start: at, end: end + tail, value });
    end + tail
}

/// Length of the money word after a number; 0 when the words before say money and the number is large or round.
fn money(text: &str, at: usize, end: usize, rest: &str) -> Option<usize> {
    for word in ["万元", "元钱", "块钱", "元整", "元"] {
        if rest.starts_with(word) && !rest.starts_with("元旦") && !rest.starts_with("元月") {
            return Some(word.len());
        }
    }
    if let Some(after) = rest.strip_prefix('块') {
        let thing = ["地", "砖", "牌", "板", "石", "瓷", "玻", "铁", "木", "空", "草", "广", "招", "水泥", "儿", "的"];
        return (!thing.iter().any(|w| after.starts_with(w))).then_some('块'.len_utf8());
    }
    let before: String = text.get(..at)?.chars().rev().take(6).collect();
    let cue = ["欠", "交", "花", "费", "收", "付", "退", "赔", "金", "资", "款", "价", "钱", "扣", "充", "罚", "薪"];
    let big = text.get(at..end)?.contains(['千', '万', '百', '仟', '佰']);
    let thing = rest.starts_with(|c: char| {
        c.is_alphanumeric()
            && !matches!(c, '没' | '不' | '多' | '了' | '给' | '的' | '还' | '一' | '全' | '都' | '他' | '我' | '就' | '到' | '退')
    });
    (big && !thing && cue.iter().any(|c| before.contains(c))).then_some(0)
}
