//! What two fingerprints share and where they contradict: the interpretable features of the pair score.

use super::keys::{KINDS, Kind};
use super::probe::{Probe, product};
use super::rarity::{WEIGHT_BITS, WEIGHT_MASK, WEIGHT_SCALE};
use super::said;
use super::signature::{List, RARE, Signature, flag};

/// Names of the features, in order. `NaN` means that one of the two does not say.
pub const FEATURES: [&str; COUNT] = [
    "bigram cosine",
    "trigram cosine",
    "word cosine",
    "bigram containment",
    "trigram containment",
    "rare bigram cosine",
    "common bigram cosine",
    "rarest shared bigram",
    "second rarest shared bigram",
    "rarest shared word",
    "shared rare mass",
    "least unshared mass",
    "most unshared mass",
    "unshared word weight, shorter side",
    "unshared word weight, longer side",
    "shared sounds cosine",
    "sounds shared beyond characters",
    "title cosine",
    "title containment",
    "shared road",
    "shared home",
    "shared firm",
    "shared area",
    "conflicting road",
    "conflicting home",
    "conflicting firm",
    "conflicting area",
    "shared date",
    "conflicting date",
    "shared building",
    "conflicting building",
    "shared numbers",
    "conflicting numbers",
    "shared line",
    "conflicting line",
    "days between",
    "same caller",
    "shorter length",
    "longer length",
    "questions",
    "names in both",
    "said again",
    "embedding cosine",
    "unit cosine",
    "common units",
    "unit containment",
    "least unshared units",
    "most unshared units",
    "asked by both",
    "least asked by one alone",
    "most asked by one alone",
    "wrong in both",
    "least wrong in one alone",
    "most wrong in one alone",
    "passing matters",
];
pub(crate) const COUNT: usize = 55;

/// Places of the features that reasons speak of.
pub(crate) mod feature {
    pub(crate) const BIGRAM_COSINE: usize = 0;
    pub(crate) const RAREST_BIGRAM: usize = 7;
    pub(crate) const SOUNDS_BEYOND: usize = 16;
}

/// The features of one pair.
pub(crate) type Features = [f32; COUNT];

/// What two lists share, in sums of weights. Integers: the order never matters.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Overlap {
    pub(crate) shared: u32,
    pub(crate) shared2: u32,
    pub(crate) a: u32,
    pub(crate) a2: u32,
    pub(crate) b: u32,
    pub(crate) b2: u32,
    pub(crate) rarest: u32,
    pub(crate) second: u32,
    /// Squares of rare weights: of one, of the other, of both.
    pub(crate) rare: [u32; 3],
    pub(crate) common: [u32; 3],
    pub(crate) rare_mass: u32,
    pub(crate) dot: u32,
    pub(crate) both: u32,
    pub(crate) either: u32,
}

impl Overlap {
    /// Counts features that both have, with their weights in each. Sums first: they need no branch and go several at a time.
    #[inline]
    pub(crate) fn share(&mut self, a: &[u32], b: &[u32]) {
        self.both += a.len() as u32;
        for (&a, &b) in a.iter().zip(b) {
            let w = a.min(b);
            let rare = if w >= RARE { w } else { 0 };
            self.dot += a * b;
            self.shared += w;
            self.shared2 += w * w;
            self.rare[2] += rare * rare;
            self.rare_mass += rare;
        }
        self.common[2] = self.shared2 - self.rare[2];
        for w in a.iter().zip(b).map(|(&a, &b)| a.min(b)) {
            self.second = self.second.max(w.min(self.rarest));
            self.rarest = self.rarest.max(w);
        }
    }
}

/// Merges two short ascending lists: weight shared, and the heaviest of each that the other lacks.
fn merged(a: &[u32], b: &[u32]) -> (u32, u32, u32) {
    let (mut i, mut j) = (0, 0);
    let (mut shared, mut left_a, mut left_b) = (0, 0, 0);
    while i < a.len() || j < b.len() {
        let order = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => (x >> WEIGHT_BITS).cmp(&(y >> WEIGHT_BITS)),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let weight = |list: &[u32], at: usize| list.get(at).map_or(0, |g| g & WEIGHT_MASK);
        match order {
            std::cmp::Ordering::Less => left_a = left_a.max(weight(a, i)),
            std::cmp::Ordering::Greater => left_b = left_b.max(weight(b, j)),
            std::cmp::Ordering::Equal => shared += weight(a, i).min(weight(b, j)),
        }
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
    (shared, left_a, left_b)
}

fn cosine(shared2: u32, a2: u32, b2: u32) -> f32 {
    if a2 == 0 || b2 == 0 { f32::NAN } else { (f64::from(shared2) / libm::sqrt(f64::from(a2) * f64::from(b2))) as f32 }
}

fn ratio(part: u32, whole: u32) -> f32 {
    if whole == 0 { f32::NAN } else { (f64::from(part) / f64::from(whole)) as f32 }
}

fn weight(w: u32) -> f32 {
    (f64::from(w) / WEIGHT_SCALE) as f32
}

/// Weight of what two records share in each kind of keys, and of the contradiction where both say something and nothing is shared.
struct Agreement([Option<(u32, f32)>; KINDS]);

impl Agreement {
    fn of(a: &Probe<'_>, b: &Signature) -> Self {
        let (x, y) = (a.signature.list(List::Keys), b.list(List::Keys));
        let ends = b.kind_ends();
        let mut out = [None; KINDS];
        let mut from = (0, 0);
        for (kind, slot) in out.iter_mut().enumerate() {
            let to = (usize::from(a.kinds[kind]), usize::from(ends[kind]));
            if from.0 < to.0 && from.1 < to.1 {
                let (shared, alone_a, alone_b) = merged(x.get(from.0..to.0).unwrap_or_default(), y.get(from.1..to.1).unwrap_or_default());
                *slot = Some((shared, if shared == 0 { weight(alone_a.min(alone_b)) } else { 0.0 }));
            }
            from = to;
        }
        Agreement(out)
    }

    fn on(&self, kinds: &[Kind]) -> (f32, f32) {
        let (mut shared, mut conflict, mut both) = (0, 0.0, false);
        for (s, c) in kinds.iter().filter_map(|&k| self.0[k as usize]) {
            (shared, conflict, both) = (shared + s, conflict + c, true);
        }
        if both { (weight(shared), conflict) } else { (f32::NAN, f32::NAN) }
    }
}

/// Weight of the classes in both (`NaN` unless both say something), and of those in one alone: the lesser and the greater side.
fn classes(a: u64, b: u64, of: u64) -> [f32; 3] {
    let (a, b) = (a & of, b & of);
    let (mine, theirs) = (said::weight(a & !b), said::weight(b & !a));
    [if a == 0 || b == 0 { f32::NAN } else { said::weight(a & b) }, mine.min(theirs), mine.max(theirs)]
}

/// Compares two fingerprints.
pub(crate) fn compare(a: &Probe<'_>, b: &Signature) -> Features {
    compare_beyond(a, b, &a.overlap(List::Bigrams, b))
}

/// Compares two fingerprints whose character pairs were compared before.
pub(crate) fn compare_beyond(a: &Probe<'_>, b: &Signature, two: &Overlap) -> Features {
    let (probe, a) = (a, a.signature);
    let of = |l: List| probe.overlap(l, b);
    let (three, sounds) = (of(List::Trigrams), of(List::Sounds));
    let (words, [mine, theirs]) = probe.words(b);
    let titles = of(List::Title);
    let units = of(List::Units);
    let rest = [two.a - two.shared, two.b - two.shared];
    let (least, most) = (weight(rest[0].min(rest[1])), weight(rest[0].max(rest[1])));
    let word_left = if a.units <= b.units { [mine, theirs] } else { [theirs, mine] };
    let rest_units = [weight(units.a - units.shared), weight(units.b - units.shared)];
    let asked = classes(a.flags, b.flags, said::ASKED_BITS);
    let wrong = classes(a.flags, b.flags, said::WRONG_BITS);
    let agreement = Agreement::of(probe, b);
    let road = agreement.on(&[Kind::Road]);
    let home = agreement.on(&[Kind::Home]);
    let firm = agreement.on(&[Kind::Firm]);
    let area = agreement.on(&[Kind::Area]);
    let date = agreement.on(&[Kind::Date]);
    let building = agreement.on(&[Kind::Building]);
    let numbers = agreement.on(&[Kind::Count, Kind::Money, Kind::Number]);
    let line = agreement.on(&[Kind::Line]);
    let days = match (a.time, b.time) {
        (Some(x), Some(y)) => libm::log1p(x.abs_diff(y) as f64 / 86_400.0) as f32,
        _ => f32::NAN,
    };
    let caller = if a.caller == 0 || b.caller == 0 { f32::NAN } else { f32::from(u8::from(a.caller == b.caller)) };
    let log_length = |n: u16| libm::log(f64::from(n) + 1.0) as f32;
    let both = |f: u64| f32::from(u8::from(a.flags & f > 0) + u8::from(b.flags & f > 0));
    let named = |ends: &[u8; KINDS]| ends[Kind::Firm as usize] > 0;
    [
        cosine(two.shared2, two.a2, two.b2),
        cosine(three.shared2, three.a2, three.b2),
        cosine(words.shared2, words.a2, words.b2),
        ratio(two.shared, two.a.min(two.b)),
        ratio(three.shared, three.a.min(three.b)),
        cosine(two.rare[2], two.rare[0], two.rare[1]),
        cosine(two.common[2], two.common[0], two.common[1]),
        weight(two.rarest),
        weight(two.second),
        weight(words.rarest),
        weight(two.rare_mass),
        least,
        most,
        weight(word_left[0]),
        weight(word_left[1]),
        cosine(sounds.shared2, sounds.a2, sounds.b2),
        weight(sounds.shared) - weight(two.rare_mass),
        cosine(titles.shared2, titles.a2, titles.b2),
        ratio(titles.shared, titles.a.min(titles.b)),
        road.0,
        home.0,
        firm.0,
        area.0,
        road.1,
        home.1,
        firm.1,
        area.1,
        date.0,
        date.1,
        building.0,
        building.1,
        numbers.0,
        numbers.1,
        line.0,
        line.1,
        days,
        caller,
        log_length(a.units.min(b.units)),
        log_length(a.units.max(b.units)),
        both(flag::QUESTION),
        f32::from(u8::from(named(&probe.kinds)) + u8::from(named(&b.kind_ends()))),
        both(flag::AGAIN),
        embedding(probe, b),
        cosine(units.dot, units.a2, units.b2),
        ratio(units.both, units.either),
        ratio(units.shared, units.a.min(units.b)),
        rest_units[0].min(rest_units[1]),
        rest_units[0].max(rest_units[1]),
        asked[0],
        asked[1],
        asked[2],
        wrong[0],
        wrong[1],
        wrong[2],
        both(said::PASSING_BITS),
    ]
}

/// Cosine of the quantised embeddings.
fn embedding(probe: &Probe<'_>, b: &Signature) -> f32 {
    let a = &probe.signature.embedding;
    if a.is_empty() || a.len() != b.embedding.len() {
        return f32::NAN;
    }
    let (aa, bb) = (i64::from(probe.norm), i64::from(product(&b.embedding, &b.embedding)));
    if aa == 0 || bb == 0 { f32::NAN } else { (f64::from(product(a, &b.embedding)) / libm::sqrt(aa as f64 * bb as f64)) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Facts;
    use crate::incident::rarity::Rarity;
    use crate::text::{Prepared, Segmenter};

    fn features(a: &str, b: &str) -> impl Fn(&str) -> f32 {
        let sign = |text: &str| {
            let prepared = Prepared::new(text, None, &Segmenter::new("拖欠 10\n").unwrap());
            Signature::new(&prepared, &Facts::default(), &Rarity::new(&Default::default(), "incident").unwrap())
        };
        let (a, b) = (sign(a), sign(b));
        let x = compare(&Probe::new(&a), &b);
        let y = compare(&Probe::new(&b), &a);
        assert!(x.iter().zip(&y).all(|(p, q)| p == q || p.is_nan() && q.is_nan()), "symmetric");
        move |name| x[FEATURES.iter().position(|&f| f == name).expect("a feature")]
    }

    #[test]
    fn what_is_asked_is_told_from_whom_it_is_about() {
        let other_question = features("咨询民政局电话的问题", "咨询:民政局地址");
        assert_eq!(other_question("asked by both"), 0.0);
        assert!(other_question("least asked by one alone") > 0.0);
        assert_eq!(other_question("most unshared units"), 0.0);
        let other_office = features("咨询民政局电话的问题", "社保局的电话是多少");
        assert!(other_office("asked by both") > 0.0);
        assert_eq!(other_office("most asked by one alone"), 0.0);
        assert!(other_office("least unshared units") > 0.0);
        assert!(features("咨询民政局电话", "民政局怎样")("wrong in both").is_nan());
    }

    #[test]
    fn another_trouble_at_one_place() {
        let x = features("滨海苑小区停水三天", "滨海苑小区工地噪音扰民");
        assert_eq!(x("wrong in both"), 0.0);
        assert!(x("least wrong in one alone") > 0.0);
        assert_eq!(x("passing matters"), 0.0);
        assert_eq!(features("有车堵路,需要移车", "有车堵路,望移车")("passing matters"), 2.0);
    }
}
