//! Every name under which an area is found, and what it may mean.

use super::AreaId;
use super::stored::{StoredGazetteer, StoredStations};
use super::trie::Trie;
use rustc_hash::FxHashMap;

/// How a name names its area, from the most to the least explicit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Form {
    /// 朝阳区.
    DistrictLegal,
    /// 朝阳.
    DistrictShort,
    /// 宣武区, 通县.
    DistrictFormer,
    /// 麦子店街道, 万柳地区.
    TownLegal,
    /// 望京: a name of residents.
    Alias,
    /// 麦子店: a town without its word.
    TownShort,
    /// 霞光里: a community without its word.
    Community,
    /// A metro station.
    Station,
}

/// One meaning of a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Meaning {
    pub form: Form,
    pub area: AreaId,
    /// Share of this area among those the same form may mean (the main town of an alias has the most).
    pub share: f32,
}

/// A name with one meaning.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surface {
    pub name: String,
    pub meaning: Meaning,
}

/// All names, ready to be found.
#[derive(Debug, Default)]
pub(super) struct Names {
    trie: Trie,
    meanings: Vec<Meaning>,
    /// Per name: its run of meanings and how ordinary a word it is.
    names: Vec<(u32, u32, u8)>,
}

/// Index of a name in [`Names`].
pub(super) type NameId = u32;

impl Names {
    pub(super) fn new(g: &StoredGazetteer, stations: &StoredStations) -> Self {
        let mut all = surfaces(g);
        for s in &stations.stations {
            let share = f32::from(s.confidence) / 100.0;
            all.push(Surface { name: s.name.clone(), meaning: Meaning { form: Form::Station, area: g.town_id(s.town), share } });
        }
        all.retain(|s| s.name.chars().count() >= 2);
        // A stable order: by name, then from the most explicit form, then as stored (an alias's main town first).
        let mut order: Vec<(Vec<char>, usize)> = all.iter().enumerate().map(|(i, s)| (s.name.chars().collect(), i)).collect();
        order.sort_by(|a, b| a.0.cmp(&b.0).then(all[a.1].meaning.form.cmp(&all[b.1].meaning.form)).then(a.1.cmp(&b.1)));
        let ordinary: FxHashMap<&str, u8> = g.ordinary.iter().map(|(n, l)| (n.as_str(), *l)).collect();
        let mut out = Names::default();
        let mut keys: Vec<Vec<char>> = Vec::new();
        for (chars, i) in order {
            let meaning = all[i].meaning;
            if keys.last() != Some(&chars) {
                let at = out.meanings.len() as u32;
                out.names.push((at, at, ordinary.get(all[i].name.as_str()).copied().unwrap_or(0)));
                keys.push(chars);
            }
            if let Some(last) = out.names.last_mut() {
                let run = &out.meanings[last.0 as usize..];
                if !run.iter().any(|m| m.form == meaning.form && m.area == meaning.area) {
                    out.meanings.push(meaning);
                    last.1 += 1;
                }
            }
        }
        out.trie = Trie::new(&keys);
        out
    }

    /// Names at the beginning of `text`, shortest first.
    #[inline]
    pub(super) fn prefixes(&self, text: &[char], found: impl FnMut(usize, NameId)) {
        self.trie.prefixes(text, found);
    }

    /// What a name may mean, the most explicit form first.
    pub(super) fn meanings(&self, name: NameId) -> &[Meaning] {
        let (from, to, _) = self.names[name as usize];
        &self.meanings[from as usize..to as usize]
    }

    /// 0 when the name is no ordinary word, else 1 (rare) to 9 (very common).
    pub(super) fn ordinary(&self, name: NameId) -> u8 {
        self.names[name as usize].2
    }
}

/// All names of a gazetteer but its stations.
pub(super) fn surfaces(g: &StoredGazetteer) -> Vec<Surface> {
    let mut out = Vec::new();
    let mut push = |name: &str, form, area, share| {
        if !name.is_empty() {
            out.push(Surface { name: name.to_string(), meaning: Meaning { form, area, share } });
        }
    };
    let aliases: FxHashMap<&str, ()> = g.aliases.iter().map(|a| (a.name.as_str(), ())).collect();
    for (i, d) in g.districts.iter().enumerate() {
        let id = AreaId(i as u32);
        push(&d.name, Form::DistrictLegal, id, 1.0);
        push(&d.short, Form::DistrictShort, id, 1.0);
        for (name, former) in &d.others {
            // What an alias says in more detail is left to it.
            if !aliases.contains_key(name.as_str()) {
                push(name, if *former { Form::DistrictFormer } else { Form::DistrictShort }, id, 1.0);
            }
        }
    }
    for (i, t) in g.towns.iter().enumerate() {
        let id = g.town_id(i as u16);
        for name in std::iter::once(&t.name).chain(&t.others) {
            push(name, Form::TownLegal, id, 1.0);
            if let Some((base, plain)) = town_base(name) {
                push(&plain, Form::TownLegal, id, 1.0);
                push(base, Form::TownShort, id, 1.0);
            }
        }
    }
    for (i, c) in g.communities.iter().enumerate() {
        let id = g.community_id(i);
        push(&c.short, Form::Community, id, 1.0);
        if let Some(digits) = with_digits(&c.short) {
            push(&digits, Form::Community, id, 1.0);
        }
    }
    for a in &g.aliases {
        match a.towns.len() {
            0 => push(&a.name, Form::DistrictFormer, AreaId(u32::from(a.district)), 1.0),
            1 => push(&a.name, Form::Alias, g.town_id(a.towns[0]), 1.0),
            n => {
                let main = if n == 2 { 0.6 } else { 0.4 };
                for (k, &t) in a.towns.iter().enumerate() {
                    push(&a.name, Form::Alias, g.town_id(t), if k == 0 { main } else { (1.0 - main) / (n - 1) as f32 });
                }
            }
        }
    }
    out
}

/// A town's name without its word, and its name without a nationality: `檀营满族蒙古族乡` gives `檀营`, `檀营乡`.
fn town_base(name: &str) -> Option<(&str, String)> {
    const NATIONS: [&str; 32] = [
        "回族",
        "满族",
        "蒙古族",
        "壮族",
        "苗族",
        "彝族",
        "侗族",
        "瑶族",
        "土家族",
        "藏族",
        "黎族",
        "畲族",
        "朝鲜族",
        "白族",
        "傣族",
        "哈尼族",
        "傈僳族",
        "布依族",
        "仡佬族",
        "锡伯族",
        "达斡尔族",
        "鄂温克族",
        "鄂伦春族",
        "裕固族",
        "东乡族",
        "撒拉族",
        "土族",
        "羌族",
        "水族",
        "毛南族",
        "维吾尔族",
        "哈萨克族",
    ];
    let word = ["街道", "地区", "镇", "乡"].into_iter().find(|w| name.ends_with(w))?;
    let mut base = name.strip_suffix(word)?;
    while let Some(b) = NATIONS.iter().find_map(|n| base.strip_suffix(n)).filter(|b| !b.is_empty()) {
        base = b;
    }
    Some((base, format!("{base}{word}")))
}

/// `望京西园四区` as `望京西园4区`: numbers before 区, 里, 号 and the like are written either way.
fn with_digits(name: &str) -> Option<String> {
    const NUMERALS: &str = "一二三四五六七八九";
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    let mut changed = false;
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|k| chars.get(k));
        let single = !before.is_some_and(|b| NUMERALS.contains(*b) || "十百第".contains(*b));
        match NUMERALS.chars().position(|n| n == c) {
            Some(d) if i > 0 && single && chars.get(i + 1).is_some_and(|n| "区里号院条".contains(*n)) => {
                out.push_str(&(d + 1).to_string());
                changed = true;
            }
            _ => out.push(c),
        }
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn town_bases() {
        assert_eq!(town_base("檀营满族蒙古族乡"), Some(("檀营", "檀营乡".into())));
        assert_eq!(town_base("张镇"), Some(("张", "张镇".into())));
        assert_eq!(town_base("杨镇地区"), Some(("杨镇", "杨镇地区".into())));
        assert_eq!(town_base("北京经济技术开发区"), None);
    }

    #[test]
    fn numerals() {
        assert_eq!(with_digits("望京西园四区"), Some("望京西园4区".into()));
        assert_eq!(with_digits("十三区"), None);
        assert_eq!(with_digits("三里屯"), None);
    }
}
