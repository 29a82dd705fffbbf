//! `jiesu summary`: what is in a file of answers, for a person to read.

use super::{Failure, Outcome};
use crate::complaint::Analysis;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The output of `analyze`
    #[arg(long)]
    input: PathBuf,
    /// The output of `hotspots`
    #[arg(long)]
    alerts: Option<PathBuf>,
}

/// Rows of each table.
const ROWS: usize = 8;

#[derive(Default)]
struct Tally {
    records: u64,
    abstained: u64,
    placed: u64,
    topics: BTreeMap<String, u64>,
    units: BTreeMap<String, u64>,
    problems: BTreeMap<String, u64>,
    incidents: BTreeMap<String, Vec<String>>,
    urgent: Vec<String>,
}

pub(crate) fn run(args: Args) -> Result<Outcome, Failure> {
    let mut tally = Tally::default();
    for (n, line) in lines(&args.input)?.enumerate() {
        let answer: Analysis =
            serde_json::from_str(&line?).map_err(|e| Failure(format!("{}, line {}: {e}", args.input.display(), n + 1)))?;
        tally.add(&answer);
    }
    tally.print()?;
    if let Some(alerts) = &args.alerts {
        say!("\n热点预警");
        let mut any = false;
        for (n, line) in lines(alerts)?.enumerate() {
            let alert: serde_json::Value =
                serde_json::from_str(&line?).map_err(|e| Failure(format!("{}, line {}: {e}", alerts.display(), n + 1)))?;
            let text = |key: &str| match &alert[key] {
                serde_json::Value::String(s) => s.clone(),
                serde_json::Value::Array(a) => a.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join("、"),
                other => other.to_string(),
            };
            say!(
                "  {} {} {}：{} 件，预期 {}（q={}，{}）",
                text("as_of"),
                text("areas"),
                text("topic"),
                text("observed"),
                text("expected"),
                text("q_value"),
                text("state")
            );
            any = true;
        }
        if !any {
            say!("  无");
        }
    }
    Ok(Outcome { accepted: tally.records, rejected: 0 })
}

fn lines(path: &PathBuf) -> Result<std::io::Lines<BufReader<File>>, Failure> {
    Ok(BufReader::new(File::open(path).map_err(|e| Failure(format!("{}: {e}", path.display())))?).lines())
}

impl Tally {
    fn add(&mut self, a: &Analysis) {
        self.records += 1;
        self.abstained += u64::from(a.abstain);
        self.placed += u64::from(a.area.is_some());
        if let Some(t) = a.topics.first() {
            *self.topics.entry(format!("{} {}", t.code, t.name)).or_default() += 1;
        }
        if let Some(u) = a.units.first() {
            *self.units.entry(u.unit.clone()).or_default() += 1;
        }
        if let Some(p) = &a.problem {
            *self.problems.entry(format!("{} {}", p.code, p.name)).or_default() += 1;
        }
        if let Some(i) = &a.incident {
            self.incidents.entry(i.id.clone()).or_default().push(a.id.clone());
        }
        if a.urgency.level == 2 {
            let place = a.area.as_ref().map_or("地点不明", |p| p.name.as_str());
            let topic = a.topics.first().map_or("", |t| t.name.as_str());
            self.urgent.push(format!("{} {place} {topic}：{}", a.id, a.urgency.reasons.join("；")));
        }
    }

    fn print(&self) -> Result<(), Failure> {
        let share = |n: u64| 100.0 * n as f64 / self.records.max(1) as f64;
        say!("{} 件诉求，{:.0}% 定位到区或更细，{:.0}% 请人工派单", self.records, share(self.placed), share(self.abstained));
        table("主题", &self.topics)?;
        table("主办单位", &self.units)?;
        table("每月一题", &self.problems)?;
        say!("\n紧急（危及生命或公共安全）{} 件", self.urgent.len());
        for line in self.urgent.iter().take(ROWS) {
            say!("  {line}");
        }
        let mut many: Vec<(&String, &Vec<String>)> = self.incidents.iter().filter(|(_, ids)| ids.len() > 1).collect();
        many.sort_by_key(|(id, ids)| (std::cmp::Reverse(ids.len()), (*id).clone()));
        say!("\n多次反映的事件 {} 起", many.len());
        for (id, ids) in many.into_iter().take(ROWS) {
            say!("  {id}：{} 件（{}）", ids.len(), ids.join(" "));
        }
        Ok(())
    }
}

fn table(name: &str, counts: &BTreeMap<String, u64>) -> Result<(), Failure> {
    let mut rows: Vec<_> = counts.iter().collect();
    rows.sort_by_key(|(label, n)| (std::cmp::Reverse(**n), (*label).clone()));
    say!("\n{name}");
    for (label, n) in rows.into_iter().take(ROWS) {
        say!("  {n:>5}  {label}");
    }
    Ok(())
}
