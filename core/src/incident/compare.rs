//! What two fingerprints share and where they contradict: the interpretable features of the pair score.

use super::keys::Kind;
use super::rarity::{WEIGHT_BITS, WEIGHT_MASK, WEIGHT_SCALE};
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
];
pub(crate) const COUNT: usize = 46;

/// Places of the features that reasons speak of.
pub(crate) mod feature {
    pub(crate) const BIGRAM_COSINE: usize = 0;
    pub(crate) const RAREST_BIGRAM: usize = 7;
    pub(crate) const SOUNDS_BEYOND: usize = 16;
}

/// The features of one pair.
pub(crate) type Features = [f32; COUNT];

#[derive(Default, Clone, Copy)]
struct Overlap {
    shared: u32,
    shared2: u32,
    a: u32,
    a2: u32,
    b: u32,
    b2: u32,
    rarest: u32,
    second: u32,
    rare: [u32; 3],
    common: [u32; 3],
    rare_mass: u32,
    left_a: u32,
    left_b: u32,
    dot: u32,
    both: u32,
    either: u32,
}

/// Merges two ascending lists. Integer sums: the order never matters.
fn overlap(a: &[u32], b: &[u32]) -> Overlap {
    let mut o = Overlap::default();
    let (mut i, mut j) = (0, 0);
    let side = |g: u32, sum: &mut u32, sum2: &mut u32, rare: &mut u32, common: &mut u32| {
        let w = g & WEIGHT_MASK;
        *sum += w;
        *sum2 += w * w;
        *if w >= RARE { rare } else { common } += w * w;
        w
    };
    while i < a.len() || j < b.len() {
        let (x, y) = (a.get(i).copied(), b.get(j).copied());
        let order = match (x, y) {
            (Some(x), Some(y)) => (x >> WEIGHT_BITS).cmp(&(y >> WEIGHT_BITS)),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        if order.is_le() {
            let w = side(x.unwrap_or(0), &mut o.a, &mut o.a2, &mut o.rare[0], &mut o.common[0]);
            i += 1;
            if order.is_lt() {
                o.left_a = o.left_a.max(w);
            }
        }
        if order.is_ge() {
            let w = side(y.unwrap_or(0), &mut o.b, &mut o.b2, &mut o.rare[1], &mut o.common[1]);
            j += 1;
            if order.is_gt() {
                o.left_b = o.left_b.max(w);
            }
        }
        o.either += 1;
        if order.is_eq() {
            let w = x.unwrap_or(0) & WEIGHT_MASK;
            o.dot += w * (y.unwrap_or(0) & WEIGHT_MASK);
            o.both += 1;
            let w = w.min(y.unwrap_or(0) & WEIGHT_MASK);
            o.shared += w;
            o.shared2 += w * w;
            if w >= RARE {
                o.rare[2] += w * w;
                o.rare_mass += w;
            } else {
                o.common[2] += w * w;
            }
            if w > o.rarest {
                (o.rarest, o.second) = (w, o.rarest);
            } else {
                o.second = o.second.max(w);
            }
        }
    }
    o
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

/// Weight of what two lists of keys share, and whether they contradict (both say something, nothing in common).
fn agreement(a: &Signature, b: &Signature, kinds: &[Kind]) -> (f32, f32) {
    let (mut shared, mut conflict, mut both) = (0, 0.0, false);
    for &kind in kinds {
        let (x, y) = (a.keys(kind), b.keys(kind));
        if x.is_empty() || y.is_empty() {
            continue;
        }
        both = true;
        let o = overlap(x, y);
        shared += o.shared;
        if o.shared == 0 {
            conflict += weight(o.left_a.min(o.left_b));
        }
    }
    if both { (weight(shared), conflict) } else { (f32::NAN, f32::NAN) }
}

/// Compares two fingerprints; symmetric.
pub(crate) fn compare(a: &Signature, b: &Signature) -> Features {
    let of = |l: List| overlap(a.list(l), b.list(l));
    let (two, three, words, sounds) = (of(List::Bigrams), of(List::Trigrams), of(List::Words), of(List::Sounds));
    let titles = of(List::Title);
    let units = of(List::Units);
    let rest = [two.a - two.shared, two.b - two.shared];
    let (least, most) = (weight(rest[0].min(rest[1])), weight(rest[0].max(rest[1])));
    let word_left = if a.units <= b.units { [words.left_a, words.left_b] } else { [words.left_b, words.left_a] };
    let road = agreement(a, b, &[Kind::Road]);
    let home = agreement(a, b, &[Kind::Home]);
    let firm = agreement(a, b, &[Kind::Firm]);
    let area = agreement(a, b, &[Kind::Area]);
    let date = agreement(a, b, &[Kind::Date]);
    let building = agreement(a, b, &[Kind::Building]);
    let numbers = agreement(a, b, &[Kind::Count, Kind::Money, Kind::Number]);
    let line = agreement(a, b, &[Kind::Line]);
    let days = match (a.time, b.time) {
        (Some(x), Some(y)) => libm::log1p(x.abs_diff(y) as f64 / 86_400.0) as f32,
        _ => f32::NAN,
    };
    let caller = if a.caller == 0 || b.caller == 0 { f32::NAN } else { f32::from(u8::from(a.caller == b.caller)) };
    let log_length = |n: u16| libm::log(f64::from(n) + 1.0) as f32;
    let both = |f: u8| f32::from(u8::from(a.flags & f > 0) + u8::from(b.flags & f > 0));
    let named = |s: &Signature| [Kind::Road, Kind::Home, Kind::Firm].iter().any(|&k| !s.keys(k).is_empty());
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
        f32::from(u8::from(named(a)) + u8::from(named(b))),
        both(flag::AGAIN),
        embedding(a, b),
        cosine(units.dot, units.a2, units.b2),
        ratio(units.both, units.either),
        ratio(units.shared, units.a.min(units.b)),
    ]
}

/// Cosine of the quantised embeddings.
fn embedding(a: &Signature, b: &Signature) -> f32 {
    if a.embedding.is_empty() || a.embedding.len() != b.embedding.len() {
        return f32::NAN;
    }
    let dot = |x: &[i8], y: &[i8]| x.iter().zip(y).map(|(&p, &q)| i64::from(p) * i64::from(q)).sum::<i64>();
    let (aa, bb) = (dot(&a.embedding, &a.embedding), dot(&b.embedding, &b.embedding));
    if aa == 0 || bb == 0 { f32::NAN } else { (dot(&a.embedding, &b.embedding) as f64 / libm::sqrt(aa as f64 * bb as f64)) as f32 }
}
