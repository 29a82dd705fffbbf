//! What is wrong with a catalogue: contradictions, gaps, rows that never speak, units nobody knows.

use super::{Catalogue, People, Rule};
use crate::complaint::Day;
use crate::dispatch::Units;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// A row names a unit that is not in the table of units.
    UnknownUnit,
    /// A row is about a topic that the taxonomy does not have.
    UnknownTopic,
    /// A row is about an area that the city does not have.
    UnknownArea,
    /// A row names a unit that does not exist any more.
    DissolvedUnit,
    /// Two rows hold for the same requests and differ in what they say.
    Contradiction,
    /// Two rows say the same of the same requests.
    Duplicate,
    /// A row that can never decide.
    Unreachable,
    /// A row whose last day is over.
    Expired,
    /// A topic or an area nobody owns.
    Gap,
}

impl FindingKind {
    /// The kind as the command prints it.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::UnknownUnit => "unknown-unit",
            FindingKind::UnknownTopic => "unknown-topic",
            FindingKind::UnknownArea => "unknown-area",
            FindingKind::DissolvedUnit => "dissolved-unit",
            FindingKind::Contradiction => "contradiction",
            FindingKind::Duplicate => "duplicate",
            FindingKind::Unreachable => "unreachable",
            FindingKind::Expired => "expired",
            FindingKind::Gap => "gap",
        }
    }
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Line of the (later) row, 0 for a gap.
    pub line: u64,
    /// In words, naming the rows.
    pub message: String,
}

/// What a catalogue must cover.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Codes of topics, each with the domain it falls back on (`None` for a domain); empty: topics are not checked.
    pub topics: Vec<(String, Option<String>)>,
    /// Codes of areas; empty: areas are not checked.
    pub areas: Vec<String>,
    /// The day it is checked for; without one rows with an end count as over.
    pub day: Option<Day>,
}

impl Catalogue {
    /// Everything wrong, in file order, gaps last. Quadratic in the rows of one topic.
    pub fn check(&self, units: &Units, scope: &Scope) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in &self.rules {
            self.check_units(rule, units, scope, &mut out);
            check_codes(rule, scope, &mut out);
            if rule.valid_to.is_some_and(|to| scope.day.is_some_and(|day| to < day)) {
                out.push(finding(FindingKind::Expired, rule, format!("row {} held until {}", rule.row, rule.valid_to.unwrap_or(Day(0)))));
            }
            if let Some(word) = self.impossible(rule) {
                out.push(finding(
                    FindingKind::Unreachable,
                    rule,
                    format!("row {} can never hold: `{word}` is excluded by its own `without`", rule.row),
                ));
            }
        }
        self.check_pairs(&mut out);
        out.sort_by(|a, b| (a.line, a.kind, &a.message).cmp(&(b.line, b.kind, &b.message)));
        self.check_gaps(scope, &mut out);
        out
    }

    fn check_units(&self, rule: &Rule, units: &Units, scope: &Scope, out: &mut Vec<Finding>) {
        for name in rule.leads.iter().chain(&rule.cooperating) {
            let Some(id) = units.find(name) else {
                out.push(finding(FindingKind::UnknownUnit, rule, format!("row {}: unit `{name}` is not in the table of units", rule.row)));
                continue;
            };
            if units.get(id).is_some_and(|u| !u.exists(scope.day)) && rule.valid_on(scope.day) {
                let heir = units.living(id, scope.day).and_then(|h| units.get(h));
                let heir = heir.map_or("nobody took over".to_string(), |u| format!("`{}` took over", u.official));
                out.push(finding(FindingKind::DissolvedUnit, rule, format!("row {}: unit `{name}` is dissolved, {heir}", rule.row)));
            }
        }
    }

    /// A word of every alternative that `without` excludes, when there is one in each.
    fn impossible(&self, rule: &Rule) -> Option<&str> {
        let word = |w: u32| self.words.get(w as usize).map(String::as_str);
        let excluded = |all: &Vec<u32>| {
            all.iter().filter_map(|&w| word(w)).find(|w| rule.without.iter().filter_map(|&x| word(x)).any(|x| w.contains(x)))
        };
        let first = excluded(rule.words.first()?)?;
        rule.words.iter().all(|all| excluded(all).is_some()).then_some(first)
    }

    fn check_pairs(&self, out: &mut Vec<Finding>) {
        for (at, later) in self.rules.iter().enumerate() {
            for earlier in self.rules.iter().take(at) {
                let together = topics_meet(earlier, later) && times_meet(earlier, later);
                if !together {
                    continue;
                }
                if same_conditions(earlier, later) && earlier.priority == later.priority {
                    let same = earlier.leads == later.leads
                        && earlier.level == later.level
                        && earlier.limit == later.limit
                        && earlier.cooperating == later.cooperating;
                    let (kind, how) = match same {
                        true => (FindingKind::Duplicate, "say the same"),
                        false => (FindingKind::Contradiction, "hold for the same requests and differ"),
                    };
                    out.push(finding(kind, later, format!("rows {} (line {}) and {} {how}", earlier.row, earlier.line, later.row)));
                } else if self.shadows(earlier, later) {
                    out.push(unreachable(earlier, later));
                } else if self.shadows(later, earlier) {
                    out.push(unreachable(later, earlier));
                } else if let Some(word) = self.shared_word(earlier, later) {
                    let text =
                        format!("rows {} (line {}) and {} both claim `{word}` for other units", earlier.row, earlier.line, later.row);
                    out.push(finding(FindingKind::Contradiction, later, text));
                }
            }
        }
    }

    /// Whether `above` wins wherever `below` holds because of its priority.
    fn shadows(&self, above: &Rule, below: &Rule) -> bool {
        let topics = above.topics.is_empty() || (!below.topics.is_empty() && below.topics.iter().all(|t| above.topics.contains(t)));
        let days = (above.valid_from.is_none() || above.valid_from <= below.valid_from)
            && (above.valid_to.is_none() || below.valid_to.is_some_and(|b| above.valid_to.is_some_and(|a| b <= a)));
        let weaker = |a: bool, same: bool| a || same;
        let words = above.words.is_empty()
            || (!below.words.is_empty() && below.words.iter().all(|b| above.words.iter().any(|a| a.iter().all(|w| b.contains(w)))));
        above.priority > below.priority
            && topics
            && days
            && words
            && above.without.iter().all(|w| below.without.contains(w))
            && above.urgency <= below.urgency
            && weaker(above.types.is_empty(), above.types == below.types)
            && weaker(
                above.areas.is_empty(),
                !below.areas.is_empty() && below.areas.iter().all(|b| above.areas.iter().any(|a| b.starts_with(a.as_str()))),
            )
            && weaker(above.places.is_empty(), above.places == below.places)
            && weaker(above.when.count() == 0, above.when == below.when)
            && weaker(above.amount.is_none(), above.amount == below.amount)
            && weaker(above.people == People::Any, above.people == below.people)
            && weaker(above.channels.is_empty(), above.channels == below.channels)
    }

    /// An alternative of words both rows have, equal in rank, with different leads and nothing else to tell them apart.
    fn shared_word(&self, a: &Rule, b: &Rule) -> Option<String> {
        if a.priority != b.priority || a.leads == b.leads || !same_besides_words(a, b) || a.topics != b.topics {
            return None;
        }
        let shared = a.words.iter().find(|x| b.words.contains(x))?;
        // When one excludes a word of the other's, an author has thought of it.
        if !a.without.is_empty() || !b.without.is_empty() {
            return None;
        }
        let words: Vec<&str> = shared.iter().filter_map(|&w| self.words.get(w as usize)).map(String::as_str).collect();
        Some(words.join("&"))
    }

    fn check_gaps(&self, scope: &Scope, out: &mut Vec<Finding>) {
        let gap = |message: String| Finding { kind: FindingKind::Gap, line: 0, message };
        let speaks = |rule: &&Rule, topic: &str| rule.topics.is_empty() || rule.topics.iter().any(|t| t == topic);
        let open = |rule: &&Rule| rule.words.is_empty() && rule.without.is_empty() && rule.conditions() == 0;
        for (topic, parent) in &scope.topics {
            let rules: Vec<&Rule> =
                self.valid_on(scope.day).filter(|r| speaks(r, topic) || parent.as_ref().is_some_and(|p| speaks(r, p))).collect();
            if rules.is_empty() {
                out.push(gap(format!("topic {topic}: nobody owns it")));
                continue;
            }
            if rules.iter().any(open) {
                continue;
            }
            // Rows that ask for nothing but an area.
            let local: Vec<&&Rule> =
                rules.iter().filter(|r| r.words.is_empty() && r.without.is_empty() && r.conditions() == 1 && !r.areas.is_empty()).collect();
            if local.is_empty() {
                out.push(gap(format!("topic {topic}: no row holds when no word or condition does")));
                continue;
            }
            let missing: Vec<&str> = scope
                .areas
                .iter()
                .filter(|area| !local.iter().any(|r| r.areas.iter().any(|a| area.starts_with(a.as_str()))))
                .map(String::as_str)
                .collect();
            if !missing.is_empty() {
                out.push(gap(format!("topic {topic}: nobody owns it in areas {}", missing.join(", "))));
            }
        }
    }
}

/// A topic or area that nobody has is a slip of the pen: the row would never hold for it.
fn check_codes(rule: &Rule, scope: &Scope, out: &mut Vec<Finding>) {
    let topic = |code: &&String| !scope.topics.is_empty() && !scope.topics.iter().any(|(t, _)| t == *code);
    for code in rule.topics.iter().filter(topic) {
        out.push(finding(FindingKind::UnknownTopic, rule, format!("row {}: topic `{code}` is not in the taxonomy", rule.row)));
    }
    let area = |code: &&String| !scope.areas.is_empty() && !scope.areas.iter().any(|a| a.starts_with(code.as_str()) || code.starts_with(a));
    for code in rule.areas.iter().filter(area) {
        out.push(finding(FindingKind::UnknownArea, rule, format!("row {}: no area begins with `{code}`", rule.row)));
    }
}

fn finding(kind: FindingKind, rule: &Rule, message: String) -> Finding {
    Finding { kind, line: rule.line, message }
}

fn unreachable(above: &Rule, below: &Rule) -> Finding {
    let message = format!("row {} never decides: row {} (line {}) has priority wherever it holds", below.row, above.row, above.line);
    finding(FindingKind::Unreachable, below, message)
}

fn topics_meet(a: &Rule, b: &Rule) -> bool {
    a.topics.is_empty() || b.topics.is_empty() || a.topics.iter().any(|t| b.topics.contains(t))
}

fn times_meet(a: &Rule, b: &Rule) -> bool {
    let before = |x: &Rule, y: &Rule| x.valid_to.zip(y.valid_from).is_some_and(|(to, from)| to < from);
    !before(a, b) && !before(b, a)
}

fn same_besides_words(a: &Rule, b: &Rule) -> bool {
    a.types == b.types
        && a.urgency == b.urgency
        && a.areas == b.areas
        && a.places == b.places
        && a.when == b.when
        && a.amount == b.amount
        && a.people == b.people
        && a.channels == b.channels
}

fn same_conditions(a: &Rule, b: &Rule) -> bool {
    let set = |words: &[Vec<u32>]| {
        let mut all: Vec<Vec<u32>> = words.to_vec();
        all.iter_mut().for_each(|w| w.sort_unstable());
        all.sort();
        all
    };
    let without = |words: &[u32]| {
        let mut all = words.to_vec();
        all.sort_unstable();
        all
    };
    // Rows of another depth of topic are told apart by it.
    a.topics.is_empty() == b.topics.is_empty()
        && set(&a.words) == set(&b.words)
        && without(&a.without) == without(&b.without)
        && same_besides_words(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "row,topic,words,without,lead,level,area,priority,valid_from,valid_to\n";

    fn findings(rows: &str) -> Vec<(FindingKind, String)> {
        let units = Units::from_csv(
            "short,official,level,valid_to,successor\n住建委,市住建委,department,,\n城管局,市城管局,department,,\n工商局,市工商局,department,2018-10-31,市场局\n市场局,市市场局,department,,\n",
        )
        .unwrap();
        let scope = Scope {
            topics: vec![("D01".into(), None), ("0401".into(), Some("D01".into()))],
            areas: vec!["110101".into(), "110102".into()],
            day: Day::new(2026, 1, 1),
        };
        let catalogue = Catalogue::from_csv(&format!("{HEADER}{rows}")).unwrap();
        catalogue.check(&units, &scope).into_iter().map(|f| (f.kind, f.message)).collect()
    }

    #[test]
    fn a_clean_catalogue_has_no_findings() {
        assert_eq!(findings("A,D01,,,住建委,,,,,\nB,D01,违建,,城管局,,,,,\nC,0401,,,城管局,,,,,\n"), []);
    }

    #[test]
    fn each_kind_is_found() {
        let kinds = |rows: &str| findings(rows).into_iter().map(|f| f.0).collect::<Vec<_>>();
        let base = "A,D01,,,住建委,,,,,\n";
        assert_eq!(kinds(&format!("{base}B,D01,x,,某局,,,,,\n")), [FindingKind::UnknownUnit]);
        assert_eq!(kinds(&format!("{base}B,D01,x,,工商局,,,,,\n")), [FindingKind::DissolvedUnit]);
        assert_eq!(kinds(&format!("{base}B,D01,,,城管局,,,,,\n")), [FindingKind::Contradiction]);
        assert_eq!(kinds(&format!("{base}B,D01,,,住建委,,,,,\n")), [FindingKind::Duplicate]);
        assert_eq!(
            kinds(&format!("{base}B,D01,,,城管局,,,,,2020-01-01\nC,D01,x,,住建委,,,,,\n")),
            [FindingKind::Contradiction, FindingKind::Expired]
        );
        assert_eq!(kinds(&format!("{base}B,D01,违建,建,城管局,,,,,\n")), [FindingKind::Unreachable]);
        assert_eq!(kinds("A,D01,,,住建委,,,5,,\nB,D01,违建,,城管局,,,,,\n"), [FindingKind::Unreachable]);
        assert_eq!(kinds(&format!("{base}B,D01,x|y,,城管局,,,,,\nC,D01,y|z,,住建委,,,,,\n")), [FindingKind::Contradiction]);
        assert_eq!(kinds("A,D02,,,住建委,,,,,\n"), [FindingKind::UnknownTopic, FindingKind::Gap, FindingKind::Gap]);
        assert_eq!(kinds(&format!("{base}B,D01,x,,城管局,,310101|110101003,,,\n")), [FindingKind::UnknownArea]);
        let areas = findings("A,D01,,,住建委,,110101,,,\n");
        assert!(areas[0].1.contains("110102") && areas.len() == 2, "{areas:?}");
    }

    #[test]
    fn rows_that_follow_each_other_in_time_do_not_contradict() {
        assert_eq!(
            findings("A,D01,,,城管局,,,,,2019-12-31\nB,D01,,,住建委,,,,2020-01-01,\n"),
            [(FindingKind::Expired, "row A held until 2019-12-31".into())]
        );
    }
}
