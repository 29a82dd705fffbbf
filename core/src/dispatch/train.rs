//! Learns the fusion's weights and thresholds from judged cases.

use super::risk::{Judged, thresholds};
use super::units::UnitId;
use super::{Calendar, Case, Catalogue, DispatchError, Dispatcher, Fusion, Units};
use crate::learn::train::conditional_logit;

/// A case with the right unit and level. Its learned probabilities must come from a model that did not see it.
#[derive(Debug, Clone)]
pub struct Labelled<'a> {
    /// The case.
    pub case: Case<'a>,
    /// Short or official name of the right lead.
    pub unit: &'a str,
}

/// Fewest cases to learn from.
const LEAST: usize = 50;
const RIDGE: f64 = 1e-3;
/// Confidence with which the thresholds keep the risk.
const CONFIDENCE: f64 = 0.9;

/// Learns two weights by likelihood, one common factor that makes the mean probability of the lead equal the share of right leads, and the
/// thresholds that keep `risk` (share of wrong leads among what goes out by itself) with 90% confidence. Levels keep their default weights.
/// Deterministic. Three numbers from thousands of cases: the cases may serve for the thresholds too.
pub fn train_fusion(
    cases: &[Labelled<'_>],
    catalogue: &Catalogue,
    units: &Units,
    calendar: &Calendar,
    risk: f64,
) -> Result<Fusion, DispatchError> {
    if cases.len() < LEAST {
        return Err(DispatchError::Learning(format!("{} cases are too few, {LEAST} are needed", cases.len())));
    }
    let truths = cases.iter().enumerate().map(|(at, c)| {
        let unknown = || DispatchError::Learning(format!("case {at}: unit `{}` is not in the table of units", c.unit));
        units.find(c.unit).ok_or_else(unknown)
    });
    let truths: Vec<UnitId> = truths.collect::<Result<_, _>>()?;
    let with = |fusion: Fusion| Dispatcher::new(catalogue.clone(), units.clone(), calendar.clone(), fusion);
    let plain = with(Fusion::default())?;
    let mut examples = Vec::new();
    for (case, truth) in cases.iter().zip(&truths) {
        let weighing = plain.weigh(&case.case);
        let features: Vec<[f64; 2]> = weighing.candidates.iter().map(|(_, s)| s.features()).collect();
        if let Some(right) = weighing.candidates.iter().position(|(id, _)| id == truth) {
            examples.push((features, right));
        }
    }
    let [learned, row] = conditional_logit(&examples, RIDGE);
    let scaled = |factor: f64| Fusion { learned: learned * factor, catalogue: row * factor, ..Fusion::default() };
    let judge = |fusion: Fusion| -> Result<Vec<Judged>, DispatchError> {
        let dispatcher = with(fusion)?;
        let name = |id| units.get(id).map(|u| u.short.clone()).unwrap_or_default();
        let judged = cases.iter().zip(&truths).filter_map(|(case, &truth)| {
            let lead = dispatcher.suggest(&case.case).units.into_iter().next()?;
            Some(Judged { unit: name(units.find(&lead.unit)?), p: lead.p, truth: name(truth) })
        });
        Ok(judged.collect())
    };
    // Cases whose unit nobody named are missing from the likelihood, so it is too sure: the factor mends that.
    let (mut low, mut high) = (0.25, 4.0);
    for _ in 0..12 {
        let middle = 0.5 * (low + high);
        let judged = judge(scaled(middle))?;
        let excess: f64 = judged.iter().map(|j| j.p - f64::from(u8::from(j.unit == j.truth))).sum();
        if excess > 0.0 { high = middle } else { low = middle }
    }
    let fusion = scaled(low);
    let found = thresholds(&judge(fusion.clone())?, risk, CONFIDENCE);
    Ok(Fusion { threshold: found.others, unit_thresholds: found.units, ..fusion }.knowing(catalogue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::{Collective, RequestType};
    use crate::dispatch::UnitScore;
    use crate::text::{Prepared, Segmenter};

    #[test]
    fn the_mean_probability_becomes_the_share_of_right_leads() {
        let units = Units::from_csv("short,official,level\n甲,甲局,department\n乙,乙局,department\n").unwrap();
        let catalogue = Catalogue::from_csv("row,topic,lead\nA,*,甲\n").unwrap();
        let prepared = Prepared::new("路灯不亮", None, &Segmenter::new("路灯 10\n").unwrap());
        let nobody = Collective { flag: false, people: None };
        // Row and model are both sure, and right in seven of ten.
        let scores = [("甲", 0.95), ("乙", 0.05)].map(|(unit, p)| UnitScore { unit, p, evidence: Vec::new() });
        let case = Case { units: &scores, ..Case::of(&prepared, RequestType::Complaint, &nobody) };
        let cases: Vec<Labelled<'_>> =
            (0..200).map(|i| Labelled { case: case.clone(), unit: if i % 10 < 7 { "甲局" } else { "乙" } }).collect();
        let fusion = train_fusion(&cases, &catalogue, &units, &Calendar::default(), 0.05).unwrap();
        let dispatcher = Dispatcher::new(catalogue.clone(), units.clone(), Calendar::default(), fusion).unwrap();
        let answer = dispatcher.suggest(&case);
        assert!((answer.units[0].p - 0.7).abs() < 0.02 && answer.abstain, "{answer:?}");
        assert!(train_fusion(&cases[..20], &catalogue, &units, &Calendar::default(), 0.05).is_err());
        let unknown = vec![Labelled { unit: "丙", ..cases[0].clone() }; 60];
        let error = train_fusion(&unknown, &catalogue, &units, &Calendar::default(), 0.05).unwrap_err();
        assert!(error.to_string().contains("case 0: unit `丙`"));
    }
}
