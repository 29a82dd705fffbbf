//! What speaks for and against an address being the place of the matter.

use super::AreaId;
use super::chain::{Chain, Context};
use super::cues::{Cue, is_break, is_close_quote, is_open_quote};
use super::names::Form;
use super::reading::{Reading, Suffix};

macro_rules! features {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// A property of an address in its text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Feature { $($(#[doc = $doc])* $name,)* }
        /// Their names, in order.
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

features! {
    /// Always there.
    Bias,
    /// 朝阳区.
    DistrictLegal,
    /// 朝阳.
    DistrictShort,
    /// 宣武.
    DistrictFormer,
    /// 麦子店街道.
    TownLegal,
    /// 麦子店.
    TownShort,
    /// A name of residents.
    Alias,
    /// One of four characters or more.
    AliasLong,
    /// A metro station only.
    Station,
    /// 霞光里社区, 霞光里村.
    CommunityWithWord,
    /// A community without its word: two characters, three, more.
    CommunityShort2,
    CommunityShort3,
    CommunityShort4,
    /// How ordinary a word a name without its word is, 0 to 1.
    Ordinary,
    /// The same for a community with its word (花园小区, 新村社区).
    OrdinaryWithWord,
    /// A community or town without its word right after a character that is no cue (永秀|花园小区): the end of a longer name.
    Glued,
    /// A name without its word that begins or ends inside a word.
    Broken,
    /// Two names from the large to the small; three.
    TwoNames,
    ThreeNames,
    /// A longer address that begins with a full district name; that holds a full town name.
    HeadDistrictLegal,
    HoldsTownLegal,
    /// The last part was found by its sound.
    Heard,
    /// 站 after a station or alias.
    StationWord,
    /// 路, 街 after the name; 路 after one that is no district.
    RoadWord,
    RoadWordDistrict,
    /// 区, 市, 镇 after a name that has no such word.
    UnitWord,
    /// Someone lives there, the report begins with it.
    LiveBefore,
    /// A preposition before it.
    AtBefore,
    /// At the beginning of the text; of a clause.
    TextStart,
    ClauseStart,
    /// 以前 before it in its clause, or 的时候 after it.
    Earlier,
    /// 老家 before it.
    Native,
    /// 从…发货.
    Goods,
    /// Another city right before it; elsewhere in the text.
    OutsideBefore,
    OutsideElsewhere,
    /// Begins in quotes.
    Quoted,
    /// 附近, 号楼, 小区 after it.
    NearAfter,
    InsideAfter,
    /// 上班 after it; 单位在 before it.
    WorkAfter,
    WorkBefore,
    /// Part of a firm's name: after a name without its word; after a full name; in quotes.
    OrganisationShort,
    OrganisationLegal,
    OrganisationQuoted,
    /// An office after it.
    OfficeAfter,
    /// 水库鱼, 大桃 after it.
    ProductAfter,
    /// A line of metro or bus named by its ends, or by this name.
    LineEnds,
    LineName,
    /// The word itself is spoken of.
    WordItself,
    /// 人 or 的 and a noun of persons after it.
    PersonAfter,
    /// Another address names an area around it; inside it.
    AroundNamed,
    InsideNamed,
    /// Another address names another district.
    OtherDistrict,
    /// The first address of the text.
    First,
    /// Named more than once.
    Again,
    /// May mean areas in several districts.
    ManyDistricts,
}

/// The features of one address: sparse, each at most once.
pub(super) type Values = Vec<(Feature, f64)>;

/// What the addresses of a text say together.
#[derive(Debug, Default)]
pub(super) struct Company {
    /// Districts named with certainty, with how many addresses name each.
    districts: Vec<(AreaId, u32)>,
    /// Areas named with certainty.
    areas: Vec<(AreaId, u32)>,
    outside: bool,
}

impl Company {
    pub(super) fn new(r: &Reading, cx: Context<'_>, chains: &[Chain]) -> Self {
        let mut company = Company::default();
        let mut districts = Vec::new();
        let mut areas = Vec::new();
        for c in chains {
            if let Some(&[only]) = c.candidates.get(..).filter(|c| c.len() == 1) {
                if weak(only.form) && c.first == c.last && !has_word(r, c) {
                    continue;
                }
                areas.push(only.area);
                districts.extend(cx.tree.district_of(only.area));
            } else if let Some(d) = common_district(cx, c).filter(|_| !c.candidates.first().is_some_and(|k| weak(k.form))) {
                districts.push(d);
            }
        }
        company.districts = counted(districts);
        company.areas = counted(areas);
        company.outside = r.cues.iter().any(|c| c.cue == Cue::Outside && !road_follows(r, c.end));
        company
    }

    /// Whether some other address names an area around `area` (at a level above it).
    pub(super) fn around(&self, cx: Context<'_>, area: AreaId) -> bool {
        let level = cx.tree.area(area).level;
        self.areas.iter().any(|&(a, _)| cx.tree.area(a).level < level && cx.tree.contains(a, area))
    }

    /// Whether some other address names an area inside `area`.
    fn inside(&self, cx: Context<'_>, area: AreaId) -> bool {
        self.areas.iter().any(|&(a, _)| a != area && cx.tree.contains(area, a))
    }

    fn count(&self, area: AreaId) -> u32 {
        self.areas.binary_search_by_key(&area, |a| a.0).map_or(0, |i| self.areas[i].1)
    }

    fn other_district(&self, district: Option<AreaId>) -> bool {
        self.districts.iter().any(|&(d, _)| Some(d) != district)
    }

    fn has_district(&self, district: AreaId) -> bool {
        self.districts.binary_search_by_key(&district, |a| a.0).is_ok()
    }
}

fn counted(mut areas: Vec<AreaId>) -> Vec<(AreaId, u32)> {
    areas.sort_unstable();
    let mut out: Vec<(AreaId, u32)> = Vec::new();
    for a in areas {
        match out.last_mut() {
            Some(last) if last.0 == a => last.1 += 1,
            _ => out.push((a, 1)),
        }
    }
    out
}

/// A name that may be an ordinary word.
fn weak(form: Form) -> bool {
    matches!(form, Form::TownShort | Form::Community | Form::Station)
}

fn has_word(r: &Reading, c: &Chain) -> bool {
    matches!(r.places[c.last].suffix, Suffix::Community | Suffix::Village)
}

/// The one district all candidates lie in.
pub(super) fn common_district(cx: Context<'_>, c: &Chain) -> Option<AreaId> {
    let mut districts = c.candidates.iter().map(|k| cx.tree.district_of(k.area));
    let first = districts.next()??;
    districts.all(|d| d == Some(first)).then_some(first)
}

fn road_follows(r: &Reading, at: usize) -> bool {
    let next = |k: usize| r.chars.get(at + k).copied().unwrap_or(' ');
    let way = |c: char| matches!(c, '路' | '街' | '道' | '巷');
    way(next(0)) || (matches!(next(0), '东' | '西' | '南' | '北' | '中' | '大') && way(next(1)))
}

/// How far cues are looked for, in characters.
const BEFORE: usize = 12;
const AFTER: usize = 16;

/// The features of address `c`.
pub(super) fn features(r: &Reading, cx: Context<'_>, c: &Chain, index: usize, company: &Company) -> Values {
    let mut out: Values = Vec::with_capacity(16);
    let last = &r.places[c.last];
    let Some(top) = c.candidates.first() else { return out };
    let heard = c.heard;
    let word = !heard && has_word(r, c);
    let form = top.form;
    let bare = weak(form) && !word && !heard;
    let mut add = |f: Feature, v: f64| {
        if v != 0.0 {
            out.push((f, v));
        }
    };
    add(Feature::Bias, 1.0);
    add(
        match form {
            Form::DistrictLegal => Feature::DistrictLegal,
            Form::DistrictShort => Feature::DistrictShort,
            Form::DistrictFormer => Feature::DistrictFormer,
            Form::TownLegal => Feature::TownLegal,
            Form::TownShort => Feature::TownShort,
            Form::Alias => Feature::Alias,
            Form::Station => Feature::Station,
            Form::Community if word || heard => Feature::CommunityWithWord,
            Form::Community => match last.end - last.start {
                0..=2 => Feature::CommunityShort2,
                3 => Feature::CommunityShort3,
                _ => Feature::CommunityShort4,
            },
        },
        1.0,
    );
    add(Feature::AliasLong, f64::from(form == Form::Alias && last.end - last.start >= 4));
    let short = bare || matches!(form, Form::Alias | Form::DistrictShort);
    if short {
        add(Feature::Ordinary, f64::from(cx.names.ordinary(last.name)) / 9.0);
        add(Feature::Broken, f64::from(!last.whole));
    }
    if word {
        add(Feature::OrdinaryWithWord, f64::from(cx.names.ordinary(last.name)) / 9.0);
    }
    if (bare || word) && c.first == c.last {
        let glued = c.start > 0
            && r.chars[c.start - 1].is_alphanumeric()
            && !r.cues_in(c.start.saturating_sub(6), c.start).any(|k| k.end == c.start && k.cue != Cue::Outside);
        add(Feature::Glued, f64::from(glued));
    }
    let n = c.last - c.first + 1 + usize::from(heard);
    add(if n == 2 { Feature::TwoNames } else { Feature::ThreeNames }, f64::from(n >= 2));
    add(Feature::Heard, f64::from(heard));
    if n >= 2 {
        let first_form = |i: usize| cx.names.meanings(r.places[i].name).first().map(|m| m.form);
        add(Feature::HeadDistrictLegal, f64::from(first_form(c.first) == Some(Form::DistrictLegal)));
        add(Feature::HoldsTownLegal, f64::from((c.first..=c.last).any(|i| first_form(i) == Some(Form::TownLegal))));
    }
    if !heard && (short || word) {
        match last.suffix {
            Suffix::Station => add(Feature::StationWord, 1.0),
            Suffix::Road if form == Form::DistrictShort => add(Feature::RoadWordDistrict, 1.0),
            Suffix::Road => add(Feature::RoadWord, 1.0),
            Suffix::Unit => add(Feature::UnitWord, 1.0),
            _ => {}
        }
    }
    before(r, c, &mut add);
    after(r, c, form, &mut add);
    line_ends(r, c, &mut add);
    let area = top.area;
    let district = common_district(cx, c);
    let only = c.candidates.len() == 1;
    let around = if only {
        company.around(cx, area)
    } else {
        district.is_none_or(|d| company.has_district(d))
            && !company.districts.is_empty()
            && c.candidates.iter().any(|k| company.around(cx, k.area))
    };
    add(Feature::AroundNamed, f64::from(around));
    add(Feature::InsideNamed, f64::from(only && company.inside(cx, area)));
    add(Feature::OtherDistrict, f64::from(company.other_district(district)));
    add(Feature::First, f64::from(index == 0));
    add(Feature::Again, f64::from(company.count(area) > 1));
    add(Feature::ManyDistricts, f64::from(district.is_none()));
    out
}

/// What stands before the address in its clause.
fn before(r: &Reading, c: &Chain, add: &mut impl FnMut(Feature, f64)) {
    let mut from = c.start.saturating_sub(BEFORE);
    let mut quoted = false;
    if let Some(k) = (from..c.start).rev().find(|&k| is_break(r.chars[k])) {
        from = k + 1;
    }
    let mut start = c.start;
    if start > 0 && is_open_quote(r.chars[start - 1]) {
        quoted = true;
        start -= 1;
    }
    let (mut live, mut at, mut earlier, mut native, mut goods, mut outside, mut work) = (false, false, false, false, false, false, false);
    for cue in r.cues_in(from, c.start).filter(|k| k.end <= c.start) {
        let close = c.start - cue.end;
        match cue.cue {
            Cue::Live => live |= close <= 1,
            Cue::At => at |= close == 0,
            Cue::Earlier => earlier |= close <= 8,
            Cue::Native => native |= close <= 3,
            Cue::Outside => outside |= close <= 1,
            Cue::Work => work |= close <= 1,
            Cue::Goods => goods |= close <= 1,
            _ => {}
        }
    }
    // 从大兴仓发货: the preposition before, the sending after.
    let from_there = start > 0 && matches!(r.chars[start - 1], '从' | '自' | '由');
    goods |= from_there && r.cues_in(c.end, (c.end + 5).min(r.chars.len())).any(|k| k.cue == Cue::Goods);
    // 老家在, 以前住: what is near says it more exactly than 住 does.
    live &= !native && !earlier;
    add(Feature::LiveBefore, f64::from(live));
    add(Feature::AtBefore, f64::from(at && !live));
    add(Feature::TextStart, f64::from(start <= 1));
    add(Feature::ClauseStart, f64::from(start > 1 && (is_break(r.chars[start - 1]) || r.chars[start - 1] == ' ')));
    add(Feature::Native, f64::from(native));
    add(Feature::Goods, f64::from(goods));
    add(Feature::OutsideBefore, f64::from(outside));
    let elsewhere =
        !outside && r.cues.iter().any(|k| k.cue == Cue::Outside && (k.end < c.start || k.start >= c.end) && !road_follows(r, k.end));
    add(Feature::OutsideElsewhere, f64::from(elsewhere));
    add(Feature::Quoted, f64::from(quoted));
    add(Feature::WorkBefore, f64::from(work));
    let later = r.cues_in(c.end, (c.end + 4).min(r.chars.len())).any(|k| k.cue == Cue::Earlier);
    let then =
        r.chars.get(c.end) == Some(&'时') && r.chars.get(c.end + 1).is_none_or(|&n| is_break(n) || n == '小' || n == '候' || n == '赶');
    add(Feature::Earlier, f64::from(earlier || later || then));
}

/// What stands after it in its clause.
fn after(r: &Reading, c: &Chain, form: Form, add: &mut impl FnMut(Feature, f64)) {
    let mut to = (c.end + AFTER).min(r.chars.len());
    if let Some(k) = (c.end..to).find(|&k| is_break(r.chars[k])) {
        to = k;
    }
    let closed = (c.end..to).find(|&k| is_close_quote(r.chars[k]));
    let quoted = c.start > 0 && is_open_quote(r.chars[c.start - 1]) && closed.is_some_and(|k| k > c.end);
    let mut link = to;
    let (mut near, mut inside, mut work, mut organisation, mut office, mut product, mut line, mut word) =
        (false, false, false, false, false, false, false, false);
    for cue in r.cues_in(c.end, to) {
        let gap = cue.start - c.end;
        match cue.cue {
            Cue::Link => link = link.min(cue.start),
            Cue::Near => near |= gap == 0,
            Cue::Inside => inside |= gap <= 1,
            Cue::Work => work |= gap <= 4,
            Cue::Organisation => {
                organisation |= gap <= 9 && cue.start < link && !r.chars[c.end..cue.start].iter().any(|&x| is_close_quote(x) || x == ' ')
            }
            Cue::Office => office |= gap <= 4 && cue.start < link,
            Cue::Product => product |= gap <= 1,
            Cue::Line => line |= gap == 0,
            Cue::Word => word |= gap <= 1,
            _ => {}
        }
    }
    let legal = matches!(form, Form::DistrictLegal | Form::TownLegal);
    add(Feature::NearAfter, f64::from(near));
    add(Feature::InsideAfter, f64::from(inside));
    add(Feature::WorkAfter, f64::from(work));
    add(Feature::OrganisationShort, f64::from(organisation && !legal && !office));
    add(Feature::OrganisationLegal, f64::from(organisation && legal && !office));
    add(Feature::OrganisationQuoted, f64::from(organisation && quoted));
    add(Feature::OfficeAfter, f64::from(office));
    add(Feature::ProductAfter, f64::from(product));
    add(Feature::LineName, f64::from(line));
    add(Feature::WordItself, f64::from(word));
    let next = |k: usize| r.chars.get(c.end + k).copied().unwrap_or(' ');
    let person = next(0) == '人'
        || (next(0) == '的' && matches!(next(1), '人' | '亲' | '老' | '朋'))
        || (next(0) == '来' && next(1) == '的')
        || next(0) == '籍';
    add(Feature::PersonAfter, f64::from(person));
}

/// 东直门到西直门那个十三号线: a name, a word of range, another end, and soon a line.
fn line_ends(r: &Reading, c: &Chain, add: &mut impl FnMut(Feature, f64)) {
    let line_soon = |from: usize, n: usize| r.cues_in(from, (from + n).min(r.chars.len())).any(|k| k.cue == Cue::Line);
    // This is the first end.
    let first = r.cues_in(c.end, (c.end + 2).min(r.chars.len())).filter(|k| k.cue == Cue::Range).any(|k| line_soon(k.end, 14));
    // Or the second.
    let from = c.start.saturating_sub(8);
    let second =
        r.cues_in(from, c.start).any(|k| k.cue == Cue::Range && c.start - k.end.min(c.start) <= 1 && k.end <= c.start && k.start > 0)
            && line_soon(c.end, 8);
    add(Feature::LineEnds, f64::from(first || second));
}
