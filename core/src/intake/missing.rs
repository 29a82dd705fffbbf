//! What the operator should ask next: facts per problem and domain, as data.

use super::data::{Fact, bad};
use super::{Intake, Reading};
use crate::bundle::BundleError;
use crate::complaint::{Collective, Entity, Missing};

/// Questions asked at most.
const MOST: usize = 4;

/// What is already known of a request.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Code of the monthly problem.
    pub problem: Option<&'a str>,
    /// Code of the domain.
    pub domain: Option<&'a str>,
    /// Length of the resolved area's code: 0 none, 6 district, 9 street or township, 12 community.
    pub area_digits: usize,
    /// Entities of the text.
    pub entities: &'a [Entity],
    /// The collective answer.
    pub collective: &'a Collective,
}

/// Every detector of a fact is of a known form.
pub(super) fn check(facts: &[Fact]) -> Result<(), BundleError> {
    for d in facts.iter().flat_map(|f| &f.detectors) {
        let known = match d.split_once(':') {
            Some(("entity" | "word", rest)) => !rest.is_empty(),
            Some(("area", n)) => n.parse::<usize>().is_ok(),
            _ => d == "people",
        };
        if !known {
            return Err(bad(format_args!("missing facts: no such detector `{d}`")));
        }
    }
    Ok(())
}

impl Intake {
    /// At most four facts still missing, in the order to ask: those of the problem, or of the domain when the problem has none.
    pub fn missing(&self, reading: &Reading<'_>, known: Known<'_>) -> Vec<Missing> {
        let of = |code: &str| self.facts.iter().filter(|f| f.code == code).collect::<Vec<_>>();
        let mut facts = known.problem.map(of).unwrap_or_default();
        if facts.is_empty() {
            facts = known.domain.map(of).unwrap_or_default();
        }
        let given = |d: &String| match d.split_once(':') {
            Some(("entity", kind)) => known.entities.iter().any(|e| e.kind == kind),
            Some(("area", digits)) => digits.parse().is_ok_and(|n: usize| known.area_digits >= n),
            Some(("word", words)) => words.split('/').any(|w| !w.is_empty() && reading.text().contains(w)),
            _ => known.collective.people.is_some() || known.entities.iter().any(|e| e.kind == "people"),
        };
        facts
            .into_iter()
            .filter(|f| !f.detectors.iter().any(given))
            .take(MOST)
            .map(|f| Missing { fact: f.fact.clone(), question: f.question.clone() })
            .collect()
    }
}
