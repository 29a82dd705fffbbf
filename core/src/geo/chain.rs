//! Names that follow each other from the large to the small (朝阳区麦子店街道霞光里) are one address; each address has the areas it may mean.

use super::names::{Form, Names};
use super::reading::{Place, Reading, Suffix};
use super::sounds::Sounds;
use super::stored::CommunityKind;
use super::{AreaId, AreaLevel, AreaTree};

/// An area an address may mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub area: AreaId,
    pub form: Form,
    /// Relative weight; the weights of an address sum to 1.
    pub weight: f64,
}

/// An address: one name or several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    /// First and last of its places.
    pub first: usize,
    pub last: usize,
    /// In characters, with the word after the last name.
    pub start: usize,
    pub end: usize,
    /// What it may mean, the heaviest first.
    pub candidates: Vec<Candidate>,
    /// Its last part was written otherwise and found by its sound.
    pub heard: bool,
}

/// What chains are built with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'g> {
    pub tree: &'g AreaTree,
    pub names: &'g Names,
    pub sounds: &'g Sounds,
    /// Kind of each community, in area order.
    pub kinds: &'g [CommunityKind],
}

impl Context<'_> {
    /// Village or not, for a community.
    fn is_village(&self, area: AreaId) -> Option<bool> {
        let first = self.tree.areas.len() - self.kinds.len();
        (area.0 as usize).checked_sub(first).and_then(|i| self.kinds.get(i)).map(|k| k.is_village())
    }
}

/// All addresses of a text, in text order.
pub(super) fn chains(r: &Reading, cx: Context<'_>) -> Vec<Chain> {
    let mut out: Vec<Chain> = Vec::new();
    for (i, place) in r.places.iter().enumerate() {
        let own = candidates(place, cx);
        // 枣林路 names no village 枣林.
        let other = matches!(place.suffix, Suffix::Road | Suffix::Unit)
            && own.iter().all(|k| matches!(k.form, Form::Community | Form::TownShort | Form::Station));
        if let Some(chain) = out.last_mut().filter(|c| !other && c.last + 1 == i && joined(r, c.end, place.start)) {
            let inside = within(cx.tree, &chain.candidates, &own);
            if !inside.is_empty() {
                chain.last = i;
                chain.end = place.after;
                chain.candidates = inside;
                continue;
            }
        }
        out.push(Chain { first: i, last: i, start: place.start, end: place.after, candidates: own, heard: false });
    }
    let limits: Vec<usize> = out.iter().skip(1).map(|c| c.start).chain([r.chars.len()]).collect();
    for (chain, limit) in out.iter_mut().zip(limits) {
        hear(r, cx, chain, limit);
        normalise(&mut chain.candidates);
    }
    out
}

/// What a single name may mean, given the word after it.
fn candidates(place: &Place, cx: Context<'_>) -> Vec<Candidate> {
    let meanings = cx.names.meanings(place.name);
    let alias = meanings.iter().any(|m| m.form == Form::Alias);
    let count = |form| meanings.iter().filter(|m| m.form == form).count().max(1) as f64;
    let communities = count(Form::Community);
    let district = meanings.iter().any(|m| m.form == Form::DistrictShort);
    meanings
        .iter()
        .map(|m| {
            let share = f64::from(m.share);
            let weight = match (m.form, place.suffix) {
                (Form::Community, Suffix::Community | Suffix::Village) => {
                    let same = cx.is_village(m.area) == Some(place.suffix == Suffix::Village);
                    8.0 / communities * if same { 3.0 } else { 1.0 }
                }
                (Form::Community | Form::TownShort, _) if district => 0.03,
                (Form::Community, Suffix::Station) => 0.2 / communities,
                (Form::Community, _) if alias => 0.4 / communities,
                (Form::Community, _) => 0.7 / communities,
                (Form::Alias | Form::Station, Suffix::Station) => 4.0 * share,
                (Form::Station, _) => 0.3 * share,
                (Form::Alias, Suffix::Community | Suffix::Village) => share,
                (Form::Alias, _) => 3.0 * share,
                (Form::TownShort, _) if alias => 0.7 / count(Form::TownShort),
                (Form::TownShort, _) => 1.0 / count(Form::TownShort),
                _ => share,
            };
            Candidate { area: m.area, form: m.form, weight }
        })
        .collect()
}

/// Candidates of the smaller name that lie in one of the larger's.
pub(super) fn within(tree: &AreaTree, outer: &[Candidate], inner: &[Candidate]) -> Vec<Candidate> {
    let mut out = Vec::new();
    for c in inner {
        let best = outer.iter().filter(|o| tree.contains(o.area, c.area)).map(|o| o.weight).fold(0.0, f64::max);
        // After its town a name is the community's rather than the neighbourhood's.
        let in_town =
            c.form == Form::Community && outer.iter().any(|o| tree.area(o.area).level == AreaLevel::Town && tree.contains(o.area, c.area));
        if best > 0.0 {
            out.push(Candidate { weight: c.weight * best * if in_town { 20.0 } else { 1.0 }, ..*c });
        }
    }
    out
}

/// Whether only a connecting word stands between two names.
fn joined(r: &Reading, from: usize, to: usize) -> bool {
    let gap = &r.chars[from.min(to)..to];
    if gap.len() > 6 {
        return false;
    }
    const WORDS: [&str; 12] = ["", "的", ",", " ", "(", "-", "内", "辖区", "辖区内", "境内", "办事处", "街道办事处"];
    WORDS.iter().any(|w| w.chars().eq(gap.iter().copied())) || gap == ['、'] || gap == ['\n']
}

/// Looks for the next smaller name by its sound when the address ends in a district or town.
fn hear(r: &Reading, cx: Context<'_>, chain: &mut Chain, limit: usize) {
    let [only] = chain.candidates[..] else { return };
    if cx.tree.area(only.area).level == AreaLevel::Community || matches!(only.form, Form::Station | Form::TownShort) {
        return;
    }
    let mut from = chain.end;
    if r.chars.get(from).is_some_and(|c| matches!(c, ' ' | ',' | '的')) {
        from += 1;
    }
    let Some(rest) = r.chars.get(from..limit) else { return };
    if let Some((area, len)) = cx.sounds.child(cx.tree, only.area, rest) {
        let form = if cx.tree.area(area).level == AreaLevel::Town { Form::TownLegal } else { Form::Community };
        chain.candidates = vec![Candidate { area, form, weight: 1.0 }];
        chain.end = from + len;
        chain.heard = true;
    }
}

/// Makes weights sum to 1 and puts the heaviest first (of equals, the first in code order).
pub(super) fn normalise(candidates: &mut [Candidate]) {
    let sum: f64 = candidates.iter().map(|c| c.weight).sum();
    if sum > 0.0 {
        for c in candidates.iter_mut() {
            c.weight /= sum;
        }
    }
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.area.cmp(&b.area)));
}
