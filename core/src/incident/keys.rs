//! Names and numbers of a text as small keys: what two reports of one matter share and reports of different matters contradict.

use super::reading::Unit;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// What a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    /// 路 街 桥 …
    Road = 0,
    /// 小区 苑 村 …
    Home = 1,
    /// 公司 物业 学校 …
    Firm = 2,
    /// 区 县 镇 街道 …
    Area = 3,
    /// Month and day.
    Date = 4,
    /// 号楼 栋 单元.
    Building = 5,
    /// Households, people.
    Count = 6,
    /// Money.
    Money = 7,
    /// Bus or metro line.
    Line = 8,
    /// Any other number of two or more digits.
    Number = 9,
    /// Number plate.
    Plate = 10,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = Kind::Plate as usize + 1;

/// A key found in a text: its kind, a value (hash or number), and the byte range it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) value: u64,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Endings of names, longest first within a first character; a name is the two units before it and the ending.
const ENDINGS: [(&str, Kind); 86] = [
    ("大道", Kind::Road),
    ("大街", Kind::Road),
    ("胡同", Kind::Road),
    ("立交", Kind::Road),
    ("高速", Kind::Road),
    ("隧道", Kind::Road),
    ("路口", Kind::Road),
    ("路", Kind::Road),
    ("街道", Kind::Area),
    ("街", Kind::Road),
    ("巷", Kind::Road),
    ("桥", Kind::Road),
    ("弄", Kind::Road),
    ("小区", Kind::Home),
    ("花园", Kind::Home),
    ("家园", Kind::Home),
    ("新城", Kind::Home),
    ("公寓", Kind::Home),
    ("广场", Kind::Home),
    ("大厦", Kind::Home),
    ("名城", Kind::Home),
    ("山庄", Kind::Home),
    ("新村", Kind::Home),
    ("村委会", Kind::Home),
    ("公馆", Kind::Home),
    ("国际", Kind::Home),
    ("苑", Kind::Home),
    ("府", Kind::Home),
    ("湾", Kind::Home),
    ("园", Kind::Home),
    ("庄", Kind::Home),
    ("村", Kind::Home),
    ("屯", Kind::Home),
    ("里", Kind::Home),
    ("坊", Kind::Home),
    ("城", Kind::Home),
    ("郡", Kind::Home),
    ("居", Kind::Home),
    ("岛", Kind::Home),
    ("公司", Kind::Firm),
    ("物业", Kind::Firm),
    ("置业", Kind::Firm),
    ("地产", Kind::Firm),
    ("科技", Kind::Firm),
    ("集团", Kind::Firm),
    ("保洁", Kind::Firm),
    ("市政", Kind::Firm),
    ("中介", Kind::Firm),
    ("驾校", Kind::Firm),
    ("酒吧", Kind::Firm),
    ("酒店", Kind::Firm),
    ("宾馆", Kind::Firm),
    ("饭店", Kind::Firm),
    ("餐厅", Kind::Firm),
    ("超市", Kind::Firm),
    ("市场", Kind::Firm),
    ("商场", Kind::Firm),
    ("幼儿园", Kind::Firm),
    ("小学", Kind::Firm),
    ("中学", Kind::Firm),
    ("学校", Kind::Firm),
    ("大学", Kind::Firm),
    ("学院", Kind::Firm),
    ("培训", Kind::Firm),
    ("教育", Kind::Firm),
    ("医院", Kind::Firm),
    ("诊所", Kind::Firm),
    ("公园", Kind::Firm),
    ("银行", Kind::Firm),
    ("健身", Kind::Firm),
    ("影院", Kind::Firm),
    ("网吧", Kind::Firm),
    ("会所", Kind::Firm),
    ("搅拌站", Kind::Firm),
    ("工地", Kind::Firm),
    ("球馆", Kind::Firm),
    ("泳馆", Kind::Firm),
    ("水库", Kind::Firm),
    ("港", Kind::Firm),
    ("厂", Kind::Firm),
    ("站", Kind::Firm),
    ("社区", Kind::Area),
    ("区", Kind::Area),
    ("县", Kind::Area),
    ("镇", Kind::Area),
    ("乡", Kind::Area),
];

/// Characters that never belong to a name.
const NEVER: &str = "的了在是到和与及从于住我你他她它这那哪个有为对向经过把被给让请就也都还没不很该各某每本其所由来去将其附近旁边位";

/// Words that end like a name and name nothing.
const COMMON: [&str; 40] = [
    "马路",
    "道路",
    "公路",
    "线路",
    "一路",
    "网路",
    "电路",
    "铁路",
    "走路",
    "修路",
    "街区",
    "这里",
    "那里",
    "家里",
    "哪里",
    "心里",
    "城里",
    "公里",
    "夜里",
    "手里",
    "农村",
    "全村",
    "村村",
    "政府",
    "省府",
    "小镇",
    "乡镇",
    "城镇",
    "校园",
    "城乡",
    "城区",
    "地区",
    "社区",
    "市区",
    "园区",
    "工厂",
    "车站",
    "网站",
    "全小区",
    "我们小区",
];

/// Names in one run of units.
pub(crate) fn names(run: &[Unit], out: &mut Vec<Key>) {
    let mut i = 0;
    while i < run.len() {
        let Some((length, kind)) = ending(&run[i..]) else {
            i += 1;
            continue;
        };
        let mut from = i;
        while from > 0 && i - from < 2 && !NEVER.contains(run[from - 1].ch) {
            from -= 1;
        }
        let left = &run[from..i];
        let long_enough = left.len() == 2 || left.len() == 1 && matches!(left[0].ch, '0' | 'a');
        if long_enough && !is_common(left, &run[i..i + length]) {
            // By sound, so that a misheard name is the same key; the ending's first character stands for it (苑 = 苑小区).
            let value = left.iter().chain(&run[i..i + 1]).fold(7u64, |h, u| super::hash::mix(h ^ sound_code(u)));
            let start = left.first().map_or(0, |u| u.at);
            let end = run.get(i + length).map_or(run[i + length - 1].at + 3, |u| u.at);
            out.push(Key { kind, value, start, end });
        }
        i += length;
    }
}

/// What a unit sounds like, or is when it has no sound.
pub(crate) fn sound_code(u: &Unit) -> u64 {
    if u.sound > 0 { u64::from(u.sound) } else { u64::from(u.code) | 1 << 40 }
}

fn ending(run: &[Unit]) -> Option<(usize, Kind)> {
    /// Endings by their first character: most characters begin none.
    type Endings = FxHashMap<char, Vec<(Vec<char>, Kind)>>;
    static BY_FIRST: OnceLock<Endings> = OnceLock::new();
    let build = || {
        let mut by = Endings::default();
        for (ending, kind) in ENDINGS {
            let chars: Vec<char> = ending.chars().collect();
            by.entry(chars[0]).or_default().push((chars, kind));
        }
        by
    };
    let endings = BY_FIRST.get_or_init(build).get(&run.first()?.ch)?;
    let fits = endings.iter().filter(|(e, _)| e.len() <= run.len() && e.iter().zip(run).all(|(&c, u)| c == u.ch));
    fits.max_by_key(|(e, _)| e.len()).map(|(e, k)| (e.len(), *k))
}

fn is_common(left: &[Unit], ending: &[Unit]) -> bool {
    let whole = || left.iter().chain(ending).rev().map(|u| u.ch);
    COMMON.iter().any(|w| w.chars().rev().zip(whole()).all(|(a, b)| a == b) && w.chars().count() <= left.len() + ending.len())
}

/// Numbers in one run of units, written with digits or in Chinese; `text` is the normal form the units came from.
pub(crate) fn numbers(run: &[Unit], text: &str, out: &mut Vec<Key>) {
    let mut i = 0;
    let mut month: Option<(u64, u32)> = None;
    while i < run.len() {
        let Some((value, length, digits)) = numeral(&run[i..], text) else {
            if run[i].ch != '月' {
                month = None;
            }
            i += 1;
            continue;
        };
        let start = run[i].at;
        i += length;
        let follows = |s: &str| s.chars().enumerate().all(|(k, c)| run.get(i + k).is_some_and(|u| u.ch == c));
        let end = run.get(i).map_or(start + 3, |u| u.at);
        let kind = if follows("月") && (1..=12).contains(&value) {
            month = Some((value, start));
            continue;
        } else if let Some((m, at)) = month.take().filter(|_| (1..=31).contains(&value)) {
            out.push(Key { kind: Kind::Date, value: m * 100 + value, start: at, end });
            continue;
        } else if follows("号楼") || follows("栋") || follows("幢") || follows("座") {
            Some(Kind::Building)
        } else if follows("单元") {
            Some(Kind::Building).filter(|_| value < 100)
        } else if follows("号线") || follows("路公交") || follows("路车") || follows("路") && digits {
            Some(Kind::Line)
        } else if follows("户") || follows("家") || follows("人") || follows("名") || follows("口") || follows("个人") {
            Some(Kind::Count).filter(|_| value >= 5)
        } else if follows("元") || follows("块") || follows("万") || value >= 1000 && !(1950..2050).contains(&value) {
            Some(Kind::Money).filter(|_| value >= 10)
        } else if value >= 10 && !(1950..2050).contains(&value) {
            Some(Kind::Number)
        } else {
            None
        };
        if let Some(kind) = kind {
            let value = if kind == Kind::Building && follows("单元") { value + 1_000_000 } else { value };
            out.push(Key { kind, value, start, end });
        }
    }
}

/// A numeral at the start of a run: value, units used, written in digits.
fn numeral(run: &[Unit], text: &str) -> Option<(u64, usize, bool)> {
    let first = run.first()?;
    if first.ch == '0' {
        let digits = text.get(first.at as usize..)?.split(|c: char| !c.is_ascii_digit()).next()?;
        let mut value: u64 = digits.parse().ok()?;
        let mut used = 1;
        match run.get(1).map(|u| u.ch) {
            Some('万') => (value, used) = (value.saturating_mul(10_000), 2),
            Some('千') => (value, used) = (value.saturating_mul(1_000), 2),
            Some('百') => (value, used) = (value.saturating_mul(100), 2),
            _ => {}
        }
        return Some((value, used, true));
    }
    chinese(run).map(|(v, n)| (v, n, false))
}

/// 一百八十六 → 186, 两万六 → 26,000, 二零一八 → 2018.
fn chinese(run: &[Unit]) -> Option<(u64, usize)> {
    let digit = |c: char| "零一二三四五六七八九".chars().position(|d| d == c).or((c == '两').then_some(2)).or((c == '〇').then_some(0));
    let scale = |c: char| match c {
        '十' => Some(10u64),
        '百' => Some(100),
        '千' => Some(1_000),
        '万' => Some(10_000),
        _ => None,
    };
    let (mut total, mut section, mut current): (u64, u64, Option<u64>) = (0, 0, None);
    let (mut used, mut last_scale, mut plain) = (0, 1u64, String::new());
    for u in run.iter().take(12) {
        if let Some(d) = digit(u.ch) {
            plain.push(char::from(b'0' + d as u8));
            current = Some(d as u64);
        } else if let Some(s) = scale(u.ch) {
            plain.push('x');
            if s == 10_000 {
                if used == 0 {
                    return None;
                }
                total = (total + section + current.take().unwrap_or(0)) * s;
                section = 0;
            } else {
                section += current.take().unwrap_or(1) * s;
            }
            last_scale = s;
        } else {
            break;
        }
        used += 1;
    }
    if used == 0 {
        return None;
    }
    if !plain.contains('x') {
        // 二零一八, or a single digit.
        return plain.parse().ok().map(|v| (v, used));
    }
    // 两万六, 三千五: the last digit counts in tenths of the scale before it.
    let tail = match current {
        Some(d) if last_scale >= 100 && !plain.contains("0") && !plain.ends_with("x0") => d * (last_scale / 10),
        Some(d) => d,
        None => 0,
    };
    Some((total + section + tail, used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::reading::Reading;
    use crate::text::{Prepared, Segmenter};

    fn keys(text: &str) -> Vec<(Kind, u64)> {
        let p = Prepared::new(text, None, &Segmenter::new("拖欠 10\n").unwrap());
        let r = Reading::new(&p);
        let mut out = Vec::new();
        for run in r.runs() {
            names(run, &mut out);
            numbers(run, p.text(), &mut out);
        }
        out.into_iter().map(|k| (k.kind, k.value)).collect()
    }

    #[test]
    fn numbers_written_either_way_are_one_key() {
        assert_eq!(keys("一百八十六户"), keys("186户"));
        assert_eq!(keys("八月二十号"), vec![(Kind::Date, 820)]);
        assert_eq!(keys("8月20日"), vec![(Kind::Date, 820)]);
        assert_eq!(keys("两万六"), vec![(Kind::Money, 26_000)]);
        assert_eq!(keys("十二号楼"), keys("12号楼"));
        assert_eq!(keys("一个人"), vec![]);
        assert_eq!(keys("3单元"), vec![(Kind::Building, 1_000_003)]);
        assert_eq!(keys("二零一八年"), vec![]);
        assert_eq!(keys("万"), vec![]);
    }

    #[test]
    fn names_by_sound() {
        assert_eq!(keys("就在锦澜苑"), keys("在锦澜苑小区").into_iter().take(1).collect::<Vec<_>>());
        assert_ne!(keys("枫桥西路"), keys("中山西路"));
        assert_eq!(keys("枫桥西路"), keys("丰桥西路"));
        assert_eq!(keys("修马路"), vec![]);
    }
}
