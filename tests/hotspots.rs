//! Hotspots, the yearly check-up and their settings through the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu_tests::{jiesu, json_lines};
use serde_json::{Value, json};
use std::path::PathBuf;

struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Case { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    }

    /// Runs a command with an output file; code, rows, stderr.
    fn run(&self, args: &[&str]) -> (i32, Vec<Value>, String) {
        let out = self.dir.path().join("out.jsonl");
        let _ = std::fs::remove_file(&out);
        let run = jiesu([args, &["--output", out.to_str().unwrap()]].concat());
        let rows = if out.exists() { json_lines(&out) } else { Vec::new() };
        (run.status.code().unwrap(), rows, String::from_utf8_lossy(&run.stderr).into_owned())
    }
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|r| format!("{r}\n")).collect()
}

/// Two areas over two years: `a` with a request about `t` every month and a caller who returns, `b` only in 2026.
fn years() -> Vec<Value> {
    let mut rows = Vec::new();
    for (year, per_month) in [(2025, 1), (2026, 2)] {
        for month in 1..=12 {
            for k in 0..per_month {
                rows.push(
                    json!({"id": format!("a{year}-{month}-{k}"), "time": format!("{year}-{month:02}-0{}", k + 3), "area": "a", "topic": "t",
                    "caller": format!("c{year}"), "status": if k == 0 { "closed" } else { "open" }, "satisfied": month <= 6}),
                );
            }
        }
    }
    rows.push(json!({"id": "first", "time": "2025-01-01", "area": "a", "topic": "s"}));
    for day in 1..=3 {
        rows.push(json!({"id": format!("b{day}"), "time": format!("2026-05-0{day}"), "area": "b", "topic": format!("s{day}")}));
    }
    rows
}

#[test]
fn a_check_up_counts_a_year_of_each_area() {
    let case = Case::new();
    let input = case.file("events.jsonl", &lines(&years()));
    let areas = case.file("areas.csv", "code,name,parent\na,甲街道,\nb,乙街道,\n");
    let (code, rows, said) = case.run(&["checkup", "--input", &input, "--year", "2026", "--areas", &areas]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(rows.iter().map(|r| r["area"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b"], "most asked first");
    let (a, b) = (&rows[0], &rows[1]);
    assert_eq!((&a["name"], &a["volume"], &a["months"]), (&json!("甲街道"), &json!(24), &json!([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2])));
    assert_eq!(a["year_on_year"], json!(0.8462), "24 against 13");
    assert_eq!((&a["resolved"], &a["satisfied"], &a["repeated"]), (&json!(0.5), &json!(0.5), &json!(0.9583)));
    assert_eq!((&a["topics"], &a["stubborn"]), (&json!([["t", 24]]), &json!(["t"])));
    assert_eq!((&b["volume"], &b["year_on_year"], &b["stubborn"], &b["resolved"]), (&json!(3), &Value::Null, &json!([]), &Value::Null));
    // The year before: nothing to compare it with.
    let (_, rows, _) = case.run(&["checkup", "--input", &input, "--year", "2025"]);
    assert_eq!((rows.len(), &rows[0]["volume"], &rows[0]["year_on_year"]), (1, &json!(13), &Value::Null));
}

#[test]
fn a_check_up_says_what_is_wrong() {
    let case = Case::new();
    let input = case.file("events.jsonl", &(lines(&years()) + "nonsense\n"));
    let (code, rows, said) = case.run(&["checkup", "--input", &input, "--year", "2020"]);
    assert!(code == 1 && rows.is_empty() && said.contains("no event with an area in 2020") && said.contains("1 rejected"), "{code} {said}");
    assert_eq!(case.run(&["checkup", "--input", &input, "--year", "26"]).0, 2);
    assert_eq!(case.run(&["checkup", "--input", "/no/such/file.jsonl", "--year", "2026"]).0, 2);
    assert_eq!(case.run(&["checkup", "--input", &input, "--year", "2026", "--areas", "/no/such.csv"]).0, 2);
}

/// Sixty quiet days of six areas in one district and six topics, and on the last one 20 calls about `t0` in `a2`.
fn outbreak() -> String {
    let mut rows = Vec::new();
    for d in 0..60 {
        let day = jiesu::complaint::Day(jiesu::complaint::Day::parse("2026-01-05").unwrap().0 + d).to_string();
        let mut add = |id: String, area: i32, topic: i32| {
            rows.push(json!({"id": id, "time": day, "area": format!("a{area}"), "topic": format!("t{topic}")}));
        };
        for (t, a) in (0..6).flat_map(|t| (0..6).map(move |a| (t, a))) {
            for k in 0..(d * 7 + a * 2 + t * 5 + d * a) % 3 {
                add(format!("{d}-{t}-{a}-{k}"), a, t);
            }
        }
        for k in 0..if d == 59 { 20 } else { 0 } {
            add(format!("x{k}"), 2, 0);
        }
    }
    lines(&rows)
}

#[test]
fn both_statistics_place_an_outbreak_and_one_area_is_no_city() {
    let case = Case::new();
    let input = case.file("events.jsonl", &outbreak());
    let areas = case.file("areas.csv", &format!("code,name,parent\n{}", (0..6).map(|a| format!("a{a},a{a},d\n")).collect::<String>()));
    for statistic in ["rates", "permutation"] {
        let args =
            ["hotspots", "--input", &input, "--areas", &areas, "--as-of", "2026-03-05", "--from", "2026-02-20", "--statistic", statistic];
        let (code, rows, said) = case.run(&args);
        assert_eq!(code, 0, "{said}");
        assert_eq!(rows.len(), 1, "{statistic}: {rows:#?}");
        let alert = &rows[0];
        assert_eq!((&alert["scope"], &alert["areas"], &alert["state"]), (&json!("local"), &json!(["a2"]), &json!("new")), "{statistic}");
        let (p, q) = (alert["p_value"].as_f64().unwrap(), alert["q_value"].as_f64().unwrap());
        assert!(p < 1e-3 && p < q && q < 0.1, "{statistic}: p {p} q {q}");
    }
    assert_eq!(case.run(&["hotspots", "--input", &input, "--as-of", "2026-03-05", "--statistic", "magic"]).0, 2);
}
