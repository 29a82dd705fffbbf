//! One pass over a text: the names in it, what follows them, and the cues around them.

use super::cues::{CueHit, Cues};
use super::names::{Form, NameId, Names};
use crate::text::Prepared;

/// Texts are read up to here (characters); nobody says where something is after ten pages.
const MAX_CHARS: usize = 16_384;
/// Names beyond this many are not read.
const MAX_PLACES: usize = 512;

/// A name in a text. Offsets are in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub start: usize,
    pub end: usize,
    /// End with the word that follows it (社区, 地铁站), when one does.
    pub after: usize,
    pub suffix: Suffix,
    pub name: NameId,
    /// The name begins and ends where words do.
    pub whole: bool,
}

/// The word right after a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suffix {
    None,
    /// 社区, 小区, 居委会.
    Community,
    /// 村.
    Village,
    /// 地铁站, 站.
    Station,
    /// 路, 街, 胡同: the name of a road, not of the place.
    Road,
    /// 区, 市, 镇, …: the name of another unit.
    Unit,
}

/// A text read once.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub chars: Vec<char>,
    /// Byte of the normal form at which each character begins, and the end.
    pub bytes: Vec<u32>,
    /// Names, in text order, without overlap.
    pub places: Vec<Place>,
    /// Cues, ordered by their start.
    pub cues: Vec<CueHit>,
}

impl Reading {
    pub(super) fn new(text: &Prepared, names: &Names, cues: &Cues) -> Self {
        let mut r = Reading::default();
        let normal = text.text();
        r.chars.reserve(normal.len() / 3 + 8);
        r.bytes.reserve(normal.len() / 3 + 9);
        for (i, c) in normal.char_indices().take(MAX_CHARS) {
            r.chars.push(c);
            r.bytes.push(i as u32);
        }
        r.bytes.push(r.chars.last().map_or(0, |c| r.bytes[r.chars.len() - 1] + c.len_utf8() as u32));
        let mut found: Vec<(usize, usize, NameId)> = Vec::new();
        for at in 0..r.chars.len() {
            if found.len() < MAX_PLACES * 4 {
                names.prefixes(&r.chars[at..], |len, name| found.push((at, at + len, name)));
            }
        }
        // Most texts of a hotline name a place; those that do not are done here.
        if found.is_empty() {
            return r;
        }
        for at in 0..r.chars.len() {
            cues.at(&r.chars, at, &mut r.cues);
        }
        let follows = |end: usize, name: NameId| {
            let explicit = |f| matches!(f, Form::DistrictLegal | Form::TownLegal | Form::DistrictFormer);
            let legal = names.meanings(name).first().is_some_and(|m| explicit(m.form));
            if legal { (Suffix::None, 0) } else { suffix(&r.chars[end..]) }
        };
        // 刘二村 is 刘二 and 村, not 刘 and the village 二: the word after a name counts with it.
        let weight = |&(start, end, name): &(usize, usize, NameId)| {
            let (kind, len) = follows(end, name);
            let with = matches!(kind, Suffix::Community | Suffix::Village);
            // Of equal lengths the one that needs no such word; 西红门一家 does not name 西红门一.
            let counted = r.chars[end - 1] == '一' && r.chars.get(end).is_some_and(|c| "家所个位名条处座栋".contains(*c));
            let whole = 2 * (end - start + if with { len } else { 0 }) - usize::from(with);
            (if counted { whole - 2 } else { whole }) as u64
        };
        let best = without_overlap(&found, weight);
        for (start, end, name) in best {
            let (suffix, len) = follows(end, name);
            let whole = r.is_boundary(text, start) && r.is_boundary(text, end);
            r.places.push(Place { start, end, after: end + len, suffix, name, whole });
            if r.places.len() == MAX_PLACES {
                break;
            }
        }
        r
    }

    fn is_boundary(&self, text: &Prepared, at: usize) -> bool {
        let byte = self.bytes[at];
        let i = text.tokens.partition_point(|t| t.end <= byte);
        text.tokens.get(i).is_none_or(|t| t.start == byte)
    }

    /// Cues that begin in `from..to`.
    pub(super) fn cues_in(&self, from: usize, to: usize) -> impl Iterator<Item = &CueHit> {
        let at = self.cues.partition_point(|c| c.start < from);
        self.cues[at..].iter().take_while(move |c| c.start < to)
    }

    /// A range of characters as a range of bytes of the normal form.
    pub(super) fn byte_range(&self, start: usize, end: usize) -> (usize, usize) {
        (self.bytes[start] as usize, self.bytes[end] as usize)
    }
}

/// Of all names found, those that cover the text best: the sum of squared lengths is largest, so one long name beats two short ones.
fn without_overlap(found: &[(usize, usize, NameId)], weight: impl Fn(&(usize, usize, NameId)) -> u64) -> Vec<(usize, usize, NameId)> {
    let n = found.len();
    let mut best = vec![0u64; n + 1];
    let next = |k: usize| k + found[k..].partition_point(|f| f.0 < found[k].1);
    let with = |k: usize, best: &[u64]| weight(&found[k]).pow(2) + best[next(k)];
    for k in (0..n).rev() {
        best[k] = best[k + 1].max(with(k, &best));
    }
    let mut out = Vec::new();
    let mut k = 0;
    while k < n {
        // Of equal sums the name that begins first.
        if best[k] == with(k, &best) {
            out.push(found[k]);
            k = next(k);
        } else {
            k += 1;
        }
    }
    out
}

/// The word after a name and its length.
fn suffix(rest: &[char]) -> (Suffix, usize) {
    const WORDS: &[(Suffix, &str)] = &[
        (Suffix::Community, "社区"),
        (Suffix::Community, "小区"),
        (Suffix::Community, "居委会"),
        (Suffix::Community, "家属院"),
        (Suffix::Community, "新区"),
        (Suffix::Village, "村"),
        (Suffix::Station, "地铁站"),
        (Suffix::Station, "地铁口"),
        (Suffix::Station, "站"),
        (Suffix::Road, "路"),
        (Suffix::Road, "街"),
        (Suffix::Road, "大街"),
        (Suffix::Road, "大道"),
        (Suffix::Road, "胡同"),
        (Suffix::Road, "巷"),
        (Suffix::Road, "高速"),
        (Suffix::Road, "东路"),
        (Suffix::Road, "西路"),
        (Suffix::Road, "南路"),
        (Suffix::Road, "北路"),
        (Suffix::Road, "中路"),
        (Suffix::Road, "东街"),
        (Suffix::Road, "西街"),
        (Suffix::Road, "南街"),
        (Suffix::Road, "北街"),
        (Suffix::Unit, "区"),
        (Suffix::Unit, "县"),
        (Suffix::Unit, "市"),
        (Suffix::Unit, "省"),
        (Suffix::Unit, "镇"),
        (Suffix::Unit, "乡"),
        (Suffix::Unit, "街道"),
    ];
    let starts = |w: &str| {
        let mut n = 0;
        w.chars().all(|c| {
            n += 1;
            rest.get(n - 1) == Some(&c)
        })
    };
    let mut best = (Suffix::None, 0);
    for &(kind, word) in WORDS {
        let len = word.chars().count();
        if len > best.1 && starts(word) {
            best = (kind, len);
        }
    }
    // 市场, 区域, 市里 and the like are other words.
    match (best.0, rest.get(best.1)) {
        (Suffix::Unit, Some('场' | '里' | '民' | '域' | '内' | '间' | '亲' | '下' | '政' | '委')) if best.1 == 1 => {
            (Suffix::None, 0)
        }
        (Suffix::Station, Some('着' | '在' | '起' | '了')) if best.1 == 1 => (Suffix::None, 0),
        _ => best,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_win() {
        let found = [(0, 2, 1), (0, 3, 2), (0, 5, 3), (2, 4, 4), (5, 7, 5), (6, 9, 6)];
        let len = |f: &(usize, usize, NameId)| (f.1 - f.0) as u64;
        assert_eq!(without_overlap(&found, len), [(0, 5, 3), (6, 9, 6)]);
        assert_eq!(without_overlap(&[], len), []);
        assert_eq!(without_overlap(&[(0, 2, 1), (1, 3, 2)], len), [(0, 2, 1)]);
    }

    #[test]
    fn suffixes() {
        let of = |t: &str| suffix(&t.chars().collect::<Vec<_>>());
        assert_eq!(of("社区南门"), (Suffix::Community, 2));
        assert_eq!(of("街道办"), (Suffix::Unit, 2));
        assert_eq!(of("大街上"), (Suffix::Road, 2));
        assert_eq!(of("市场"), (Suffix::None, 0));
        assert_eq!(of(""), (Suffix::None, 0));
    }
}
