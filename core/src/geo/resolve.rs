//! From mentions to the area a text speaks of.

use super::chain::{Candidate, Chain, Context, chains, normalise, within};
use super::features::{Company, features};
use super::names::Form;
use super::reading::Reading;
use super::{AreaId, AreaLevel, Gazetteer};
use crate::complaint::{AreaAnswer, Span};
use crate::text::Prepared;

/// What is known beside the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Code of an area the platform already knows (the caller's own district, the area of the order).
    pub area: Option<&'a str>,
    /// WGS-84 longitude and latitude.
    pub point: Option<(f64, f64)>,
    /// The address field of the form, apart from the text.
    pub address: Option<&'a Prepared>,
}

/// What a mention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// 区, 县, with or without the word.
    District,
    /// 街道, 镇, 乡, by its legal or statistical name.
    Town,
    /// 社区, 村, 小区.
    Community,
    /// What residents say (望京, 国贸), former names (宣武).
    Alias,
    /// Metro station.
    Station,
}

/// A place named in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Where, in bytes of the source.
    pub span: Span,
    /// What kind of name.
    pub kind: PlaceKind,
    /// The areas it may mean, best first.
    pub areas: Vec<AreaId>,
    /// Probability that the matter of the text is there (low for a workplace, a firm's name, an ordinary word).
    pub p: f64,
}

/// What a text says about its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolution {
    /// Places named, in text order.
    pub mentions: Vec<Mention>,
    /// The deepest area the text supports; `None` when it names none.
    pub area: Option<AreaAnswer>,
    /// Candidates, best first, at most 8.
    pub areas: Vec<AreaAnswer>,
}

/// Most candidates given.
const MOST: usize = 8;
/// An address below this probability names no place of the matter.
const SURE: f64 = 0.5;
/// An address inside the best one makes it finer when it is likelier than no place, or from this share of its probability on.
const FINER: f64 = 0.3;
/// Candidates below this are not worth showing.
const SHOWN: f64 = 0.1;

/// An address with the probability that the matter is there.
#[derive(Debug, Clone)]
struct Scored {
    chain: Chain,
    p: f64,
}

impl Gazetteer {
    /// The areas a text speaks of. Linear in the text (read up to 16,384 characters); about 6 µs for 70 characters.
    pub fn resolve(&self, text: &Prepared, hints: &Hints<'_>) -> Resolution {
        let cx = self.context();
        let known = Known::new(self, hints);
        let reading = Reading::new(text, cx.names, self.cues());
        let mut scored = self.scored(&reading, &known, 0.0);
        let own = scored.len();
        if let Some(address) = hints.address {
            // A form's address field speaks of nothing but the place.
            let field = Reading::new(address, cx.names, self.cues());
            scored.extend(self.scored(&field, &known, 3.0));
        }
        // The addresses compete with each other and with "no place", whose score is 0.
        let top = scored.iter().map(|s| s.p).fold(0.0, f64::max);
        let all = libm::exp(-top) + scored.iter().map(|s| libm::exp(s.p - top)).sum::<f64>();
        for s in &mut scored {
            s.p = libm::exp(s.p - top) / all;
        }
        let mentions = self.mentions(&reading, &scored[..own], text);
        let (area, areas) = self.decide(scored, &known);
        Resolution { mentions, area, areas }
    }

    /// Addresses with scores (in `p`); `bonus` is added to each score.
    fn scored(&self, r: &Reading, known: &Known, bonus: f64) -> Vec<Scored> {
        let cx = self.context();
        let mut found = chains(r, cx);
        let company = Company::new(r, cx, &found);
        let scores: Vec<f64> = found.iter().enumerate().map(|(i, c)| self.score(&features(r, cx, c, i, &company))).collect();
        for c in &mut found {
            if c.candidates.len() > 1 {
                for k in &mut c.candidates {
                    k.weight *= known.factor(cx, k.area) * if company.around(cx, k.area) { 20.0 } else { 1.0 };
                }
                normalise(&mut c.candidates);
            }
        }
        let agrees = |c: &Chain| c.candidates.iter().map(|k| known.agreement(cx, k.area)).fold(f64::NEG_INFINITY, f64::max);
        found.into_iter().zip(scores).map(|(chain, s)| Scored { p: s + bonus + agrees(&chain), chain }).collect()
    }

    fn score(&self, values: &super::features::Values) -> f64 {
        values.iter().map(|&(f, v)| self.weights[f as usize] * v).sum()
    }

    fn mentions(&self, r: &Reading, scored: &[Scored], text: &Prepared) -> Vec<Mention> {
        let cx = self.context();
        let mut out = Vec::with_capacity(r.places.len());
        for s in scored {
            for i in s.chain.first..=s.chain.last {
                let place = &r.places[i];
                let (from, to) = r.byte_range(place.start, place.end);
                let meanings = cx.names.meanings(place.name);
                let mut areas: Vec<AreaId> = meanings.iter().map(|m| m.area).collect();
                if i == s.chain.last && !s.chain.heard {
                    areas = s.chain.candidates.iter().map(|k| k.area).collect();
                }
                let form = if i == s.chain.last && !s.chain.heard {
                    s.chain.candidates.first().map(|k| k.form)
                } else {
                    meanings.first().map(|m| m.form)
                };
                out.push(Mention { span: text.source_span(from, to), kind: kind(form), areas, p: s.p });
            }
            if s.chain.heard {
                let (from, to) = r.byte_range(r.places[s.chain.last].after, s.chain.end);
                let areas: Vec<AreaId> = s.chain.candidates.iter().map(|k| k.area).collect();
                let form = s.chain.candidates.first().map(|k| k.form);
                out.push(Mention { span: text.source_span(from, to), kind: kind(form), areas, p: s.p });
            }
        }
        out
    }

    /// The answer and the candidates.
    fn decide(&self, mut scored: Vec<Scored>, known: &Known) -> (Option<AreaAnswer>, Vec<AreaAnswer>) {
        let cx = self.context();
        let deep = |s: &Scored| s.chain.candidates.first().map(|k| cx.tree.area(k.area).level);
        // A stable order: the surest first, then the deepest, then the first in the text.
        scored.sort_by(|a, b| b.p.total_cmp(&a.p).then(deep(b).cmp(&deep(a))));
        let some: f64 = scored.iter().map(|s| s.p).sum();
        // Addresses that lie in each other are one opinion: the best is that of the largest group.
        let agree = |a: &Scored, b: &Scored| {
            let meet = |x: AreaId, y: AreaId| cx.tree.contains(x, y) || cx.tree.contains(y, x);
            a.chain.candidates.iter().any(|x| b.chain.candidates.iter().any(|y| meet(x.area, y.area)))
        };
        let looked = &scored[..scored.len().min(16)];
        let group = |a: &Scored| looked.iter().filter(|b| agree(a, b)).map(|b| b.p).sum::<f64>();
        let best = looked.iter().map(|s| (group(s), s)).reduce(|a, b| if b.0 > a.0 + 1e-9 { b } else { a });
        let Some((p, best)) = best.filter(|_| some >= SURE) else {
            return self.without_text(&scored, known);
        };
        let mut candidates = best.chain.candidates.clone();
        // Other addresses inside it say more exactly where, when they are likely enough.
        for s in looked.iter().filter(|s| (s.p >= FINER * p || s.p > 1.0 - some) && !std::ptr::eq(*s, best)) {
            let level = candidates.first().map(|k| cx.tree.area(k.area).level);
            // A rare meaning of a name (密云 as the town) makes nothing finer.
            let deeper = |c: &Candidate| Some(cx.tree.area(c.area).level) > level && c.weight >= 0.2;
            let likely: Vec<Candidate> = s.chain.candidates.iter().copied().filter(deeper).collect();
            let inside = within(cx.tree, &candidates, &likely);
            if !inside.is_empty() {
                candidates = inside;
            }
        }
        normalise(&mut candidates);
        if let [only] = candidates[..] {
            let level = cx.tree.area(only.area).level;
            let finer = known.at.iter().filter(|&&(a, q)| q > SURE && cx.tree.area(a).level > level && cx.tree.contains(only.area, a));
            if let Some(&(area, q)) = finer.max_by(|a, b| a.1.total_cmp(&b.1)) {
                candidates = vec![Candidate { area, form: only.form, weight: q }, Candidate { weight: 1.0 - q, ..only }];
            }
        }
        let (area, share) = deepest(cx, &candidates);
        let answer = area.map(|a| cx.tree.answer(a, p * share));
        let mut areas: Vec<AreaAnswer> = Vec::new();
        let mut push = |a: AreaAnswer| {
            if areas.len() < MOST && !areas.iter().any(|x| x.code == a.code) {
                areas.push(a);
            }
        };
        answer.iter().cloned().for_each(&mut push);
        for k in &candidates {
            push(cx.tree.answer(k.area, p * k.weight));
        }
        for s in &scored {
            for k in s.chain.candidates.iter().filter(|k| s.p * k.weight >= SHOWN) {
                push(cx.tree.answer(k.area, s.p * k.weight * (1.0 - p).max(SHOWN)));
            }
        }
        (answer, areas)
    }

    /// What is left when the text names no place: the known area, the point.
    fn without_text(&self, scored: &[Scored], known: &Known) -> (Option<AreaAnswer>, Vec<AreaAnswer>) {
        let cx = self.context();
        let mut areas: Vec<AreaAnswer> = Vec::new();
        let mut answer: Option<(AreaId, f64)> = None;
        for &(area, p) in known.area.iter().chain(&known.at) {
            let deeper = answer.is_none_or(|(a, _)| cx.tree.area(area).level > cx.tree.area(a).level && cx.tree.contains(a, area));
            if p > SURE && deeper {
                answer = Some((area, p));
            }
            areas.push(cx.tree.answer(area, p));
        }
        for s in scored {
            areas.extend(s.chain.candidates.iter().filter(|k| s.p * k.weight >= SHOWN).map(|k| cx.tree.answer(k.area, s.p * k.weight)));
        }
        areas.sort_by(|a, b| b.p.total_cmp(&a.p));
        let mut seen: Vec<String> = Vec::new();
        areas.retain(|a| {
            let fresh = !seen.contains(&a.code);
            seen.push(a.code.clone());
            fresh
        });
        areas.truncate(MOST);
        (answer.map(|(a, p)| cx.tree.answer(a, p)), areas)
    }
}

fn kind(form: Option<Form>) -> PlaceKind {
    match form {
        Some(Form::DistrictLegal | Form::DistrictShort | Form::DistrictFormer) => PlaceKind::District,
        Some(Form::TownLegal | Form::TownShort) => PlaceKind::Town,
        Some(Form::Community) => PlaceKind::Community,
        Some(Form::Alias) | None => PlaceKind::Alias,
        Some(Form::Station) => PlaceKind::Station,
    }
}

/// The deepest area that more than half of the weight lies in, and how much does.
fn deepest(cx: Context<'_>, candidates: &[Candidate]) -> (Option<AreaId>, f64) {
    let mut best = (None, 1.0);
    for level in [AreaLevel::District, AreaLevel::Town, AreaLevel::Community] {
        let mut sums: Vec<(AreaId, f64)> = Vec::new();
        for k in candidates {
            if let Some(a) = cx.tree.ancestor(k.area, level) {
                match sums.iter_mut().find(|s| s.0 == a) {
                    Some(s) => s.1 += k.weight,
                    None => sums.push((a, k.weight)),
                }
            }
        }
        match sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) {
            Some((a, share)) if share > 0.5 + 1e-9 => best = (Some(a), share.min(1.0)),
            _ => break,
        }
    }
    best
}

/// What the hints say, as areas with probabilities.
struct Known {
    area: Option<(AreaId, f64)>,
    at: Vec<(AreaId, f64)>,
}

impl Known {
    fn new(g: &Gazetteer, hints: &Hints<'_>) -> Self {
        let area = hints.area.and_then(|code| g.tree().find(code)).map(|a| (a, 0.8));
        let at = hints.point.map(|(lon, lat)| g.points.areas_at(g.tree(), lon, lat)).unwrap_or_default();
        Known { area, at }
    }

    fn all(&self) -> impl Iterator<Item = &(AreaId, f64)> {
        self.area.iter().chain(&self.at)
    }

    /// How much likelier an area among candidates becomes.
    fn factor(&self, cx: Context<'_>, area: AreaId) -> f64 {
        self.all().filter(|(a, _)| cx.tree.contains(*a, area)).map(|&(_, p)| 1.0 + 19.0 * p).product()
    }

    /// What the hints add to the score of an address.
    fn agreement(&self, cx: Context<'_>, area: AreaId) -> f64 {
        self.all()
            .filter(|(a, _)| cx.tree.area(*a).level == AreaLevel::District || self.area.is_some_and(|k| k.0 == *a))
            .map(|&(a, p)| if cx.tree.contains(a, area) || cx.tree.contains(area, a) { 1.5 * p } else { -1.5 * p })
            .sum()
    }
}
