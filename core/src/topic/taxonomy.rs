//! The taxonomy as data: domains and, under them, the monthly problems (每月一题).

use super::TopicError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A domain (`D01`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What it covers.
    pub definition: String,
    /// Requests that belong here, `|` between them.
    pub examples: String,
}

/// A monthly problem (`0201`), under a theme and a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthlyProblem {
    /// Code; its first two digits are the theme.
    pub code: String,
    /// Name.
    pub name: String,
    /// Name of the theme.
    pub theme: String,
    /// Code of its domain.
    pub domain: String,
    /// What it covers, and what not.
    pub definition: String,
    /// Requests that belong here, `|` between them.
    pub examples: String,
}

/// Domains and problems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// In the order of the file.
    pub domains: Vec<Domain>,
    /// In the order of the file.
    pub problems: Vec<MonthlyProblem>,
}

impl Taxonomy {
    /// Reads `domains.csv` (code, name, definition, examples) and `problems.csv` (code, name, theme, domain, definition, examples).
    pub fn from_csv(domains: &str, problems: &str) -> Result<Self, TopicError> {
        let taxonomy = Taxonomy { domains: rows(domains, "domains.csv")?, problems: rows(problems, "problems.csv")? };
        match taxonomy.check().into_iter().next() {
            None => Ok(taxonomy),
            Some(finding) => Err(TopicError::Taxonomy(finding)),
        }
    }

    /// Reads the two files from a folder.
    pub fn open(dir: &std::path::Path) -> Result<Self, TopicError> {
        let read = |name: &str| {
            let path = dir.join(name);
            std::fs::read_to_string(&path).map_err(|source| TopicError::File { path: path.display().to_string(), source })
        };
        Self::from_csv(&read("domains.csv")?, &read("problems.csv")?)
    }

    /// Reads without refusing, for [`Taxonomy::check`].
    pub fn from_csv_unchecked(domains: &str, problems: &str) -> Result<Self, TopicError> {
        Ok(Taxonomy { domains: rows(domains, "domains.csv")?, problems: rows(problems, "problems.csv")? })
    }

    /// What is wrong: codes or names that are empty or occur twice, problems of a domain that is not there, entries that tell nothing.
    pub fn check(&self) -> Vec<String> {
        let mut findings = Vec::new();
        if self.domains.is_empty() {
            findings.push("there is no domain".to_string());
        }
        let entries = self
            .domains
            .iter()
            .map(|d| ("domain", &d.code, &d.name, &d.definition))
            .chain(self.problems.iter().map(|p| ("problem", &p.code, &p.name, &p.definition)));
        let (mut codes, mut names) = (BTreeSet::new(), BTreeSet::new());
        for (kind, code, name, definition) in entries {
            if code.trim().is_empty() || name.trim().is_empty() {
                findings.push(format!("a {kind} without code or name: `{code}` `{name}`"));
            }
            if !codes.insert(code) {
                findings.push(format!("code {code} occurs twice"));
            }
            if !names.insert((kind, name)) {
                findings.push(format!("{kind} name {name} occurs twice"));
            }
            if definition.trim().is_empty() {
                findings.push(format!("{kind} {code} {name} has no definition"));
            }
        }
        for p in &self.problems {
            if !self.domains.iter().any(|d| d.code == p.domain) {
                findings.push(format!("problem {} {} belongs to domain {}, which is not there", p.code, p.name, p.domain));
            }
            if p.code == super::NO_PROBLEM {
                findings.push(format!("problem code {} means no problem", p.code));
            }
        }
        findings
    }

    /// A domain by code.
    pub fn domain(&self, code: &str) -> Option<&Domain> {
        self.domains.iter().find(|d| d.code == code)
    }

    /// A problem by code.
    pub fn problem(&self, code: &str) -> Option<&MonthlyProblem> {
        self.problems.iter().find(|p| p.code == code)
    }
}

fn rows<T: serde::de::DeserializeOwned>(text: &str, file: &str) -> Result<Vec<T>, TopicError> {
    csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|e| TopicError::Taxonomy(format!("{file}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAINS: &str = "code,name,definition,examples\nD09,劳动与社会保障,欠薪 社保,拖欠工资|工伤\n";

    #[test]
    fn reads_and_finds_faults() {
        let problems = "code,name,theme,domain,definition,examples\n0201,拖欠工资,劳务和消费纠纷,D09,工资没有发,三个月没发工资\n";
        let t = Taxonomy::from_csv(DOMAINS, problems).unwrap();
        assert_eq!(t.problem("0201").map(|p| p.domain.as_str()), Some("D09"));
        let wrong = "code,name,theme,domain,definition,examples\n0201,拖欠工资,x,D08,,\n0201,拖欠工资,x,D09,y,\n";
        assert!(Taxonomy::from_csv(DOMAINS, wrong).is_err());
        assert_eq!(Taxonomy::from_csv_unchecked(DOMAINS, wrong).unwrap().check().len(), 4);
        assert!(Taxonomy::from_csv("code\nx\n", problems).is_err());
    }
}
