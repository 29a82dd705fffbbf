//! Learns the weights of the scorer from texts whose place is known.

use super::chain::{Chain, Context, chains};
use super::features::{Company, NAMES, Values, features};
use super::reading::Reading;
use super::{AreaId, AreaLevel, Gazetteer, GeoError, Scorer};
use crate::text::Prepared;

/// A text and where its matter is.
#[derive(Debug, Clone)]
pub struct Example {
    /// The text.
    pub text: Prepared,
    /// Code of its district; `None` when it names no place.
    pub district: Option<String>,
    /// Codes of the towns it may be in; empty when it names none.
    pub towns: Vec<String>,
    /// Code of its community, when it names one.
    pub community: Option<String>,
    /// How much it counts.
    pub weight: f64,
}

/// One text to learn from: the features of its addresses, which of them are right, and how much it counts.
struct Text {
    addresses: Vec<(Values, bool)>,
    weight: f64,
}

/// Learns from examples with the names of `gazetteer` (its own weights are not used). Deterministic.
///
/// The addresses of a text compete with each other and with "no place": each has the probability e^s / (1 + Σ e^s). What is made large
/// is the probability that falls on right addresses (on "no place" when none is right), with an L2 `penalty`.
pub fn train_scorer(gazetteer: &Gazetteer, examples: &[Example], penalty: f64) -> Result<Scorer, GeoError> {
    let cx = gazetteer.context();
    let mut texts: Vec<Text> = Vec::new();
    for e in examples {
        let r = Reading::new(&e.text, cx.names, gazetteer.cues());
        let found = chains(&r, cx);
        let company = Company::new(&r, cx, &found);
        let gold = Gold::new(cx, e);
        let place = gold.district.is_some() || !gold.towns.is_empty();
        let mut addresses = Vec::new();
        for (i, c) in found.iter().enumerate() {
            if let Some(right) = gold.agrees(cx, c) {
                addresses.push((features(&r, cx, c, i, &company), right));
            }
        }
        // A text whose place was not found (misheard) says nothing about "no place".
        if !addresses.is_empty() && (!place || addresses.iter().any(|a| a.1)) {
            texts.push(Text { addresses, weight: e.weight });
        }
    }
    let placed = texts.iter().filter(|t| t.addresses.iter().any(|a| a.1)).count();
    if placed < 20 || texts.len() - placed < 20 {
        return Err(GeoError::Examples { examples: texts.len() });
    }
    let w = ascend(&texts, NAMES.len(), penalty);
    Ok(Scorer { weights: NAMES.iter().map(|n| n.to_string()).zip(w.into_iter().map(|x| libm::round(x * 1e4) / 1e4)).collect() })
}

struct Gold {
    district: Option<AreaId>,
    towns: Vec<AreaId>,
    community: Option<AreaId>,
}

impl Gold {
    fn new(cx: Context<'_>, e: &Example) -> Self {
        let find = |c: &String| cx.tree.find(c);
        Gold {
            district: e.district.as_ref().and_then(find),
            towns: e.towns.iter().filter_map(find).collect(),
            community: e.community.as_ref().and_then(find),
        }
    }

    /// Whether an address is right; `None` when the gold does not say.
    fn agrees(&self, cx: Context<'_>, c: &Chain) -> Option<bool> {
        if self.district.is_none() && self.towns.is_empty() {
            return Some(false);
        }
        let right = |area: AreaId| {
            let level = cx.tree.area(area).level;
            if level == AreaLevel::District {
                return match self.district {
                    Some(d) => area == d,
                    None => self.towns.iter().any(|&t| cx.tree.contains(area, t)),
                };
            }
            if let Some(gold) = self.community.filter(|_| level == AreaLevel::Community) {
                return area == gold;
            }
            let town = cx.tree.town_of(area);
            self.towns.iter().any(|&t| Some(t) == town)
        };
        let any = c.candidates.iter().any(|k| right(k.area));
        // A community named in a text whose gold stops at the town may be right or chance.
        let community = c.candidates.first().is_some_and(|k| cx.tree.area(k.area).level == AreaLevel::Community);
        if any && community && self.community.is_none() && self.towns.len() == 1 {
            return None;
        }
        Some(any)
    }
}

/// Steps of the ascent; the figures no longer change after half as many.
const STEPS: usize = 600;

/// Accelerated gradient ascent with a step per weight (Nesterov's momentum, restarted when it overshoots; steps from the diagonal of an
/// upper bound of the curvature), so no step can go wrong.
fn ascend(texts: &[Text], n: usize, penalty: f64) -> Vec<f64> {
    // |x_i| Σ|x| bounds the curvature's row; a softmax has at most half of it.
    let mut bound = vec![penalty; n];
    for t in texts {
        for (values, _) in &t.addresses {
            let sum: f64 = values.iter().map(|v| v.1.abs()).sum();
            for &(f, v) in values {
                bound[f as usize] += 0.25 * t.weight * v.abs() * sum;
            }
        }
    }
    let mut w = vec![0.0; n];
    let mut ahead = w.clone();
    let mut momentum = 1.0;
    let mut last = f64::NEG_INFINITY;
    for _ in 0..STEPS {
        let (value, gradient) = objective(texts, &ahead, penalty);
        let next: Vec<f64> = ahead.iter().zip(&gradient).zip(&bound).map(|((x, g), b)| x + g / b).collect();
        let faster = if value < last { 1.0 } else { 0.5 * (1.0 + libm::sqrt(1.0 + 4.0 * momentum * momentum)) };
        let carry = if value < last { 0.0 } else { (momentum - 1.0) / faster };
        ahead = next.iter().zip(&w).map(|(x, old)| x + carry * (x - old)).collect();
        (w, momentum, last) = (next, faster, value);
    }
    w
}

/// Log-probability of the right addresses less the penalty, and its gradient. The bias (feature 0) is not penalised.
fn objective(texts: &[Text], w: &[f64], penalty: f64) -> (f64, Vec<f64>) {
    let mut value = 0.0;
    let mut gradient = vec![0.0; w.len()];
    for (i, x) in w.iter().enumerate().skip(1) {
        value -= 0.5 * penalty * x * x;
        gradient[i] -= penalty * x;
    }
    for t in texts {
        let weights: Vec<f64> = t.addresses.iter().map(|(v, _)| libm::exp(score(v, w))).collect();
        let right: f64 = t.addresses.iter().zip(&weights).filter(|(a, _)| a.1).map(|(_, e)| e).sum();
        let all = 1.0 + weights.iter().sum::<f64>();
        value += t.weight * libm::log(if right > 0.0 { right } else { 1.0 } / all);
        for ((values, is_right), e) in t.addresses.iter().zip(&weights) {
            let pull = t.weight * (if *is_right { e / right } else { 0.0 } - e / all);
            for &(f, v) in values {
                gradient[f as usize] += pull * v;
            }
        }
    }
    (value, gradient)
}

fn score(values: &Values, w: &[f64]) -> f64 {
    values.iter().map(|&(f, v)| w[f as usize] * v).sum::<f64>().clamp(-50.0, 50.0)
}

#[cfg(test)]
mod tests {
    use super::super::features::Feature;
    use super::*;

    #[test]
    fn learns_which_address_is_right() {
        let text = |right: bool| Text {
            addresses: vec![
                (vec![(Feature::Bias, 1.0), (Feature::LiveBefore, 1.0)], right),
                (vec![(Feature::Bias, 1.0), (Feature::WorkAfter, 1.0)], false),
            ],
            weight: 1.0,
        };
        let texts: Vec<Text> = (0..40).map(|i| text(i % 8 != 0)).collect();
        let w = ascend(&texts, NAMES.len(), 0.1);
        assert!(w[Feature::LiveBefore as usize] > w[Feature::WorkAfter as usize] + 2.0, "{w:?}");
        let (_, gradient) = objective(&texts, &w, 0.1);
        assert!(gradient.iter().all(|g| g.abs() < 0.05), "{gradient:?}");
    }
}
