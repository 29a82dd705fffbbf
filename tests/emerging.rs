//! Emerging topics from texts: a made-up one planted among the samples is found, named by its own words and keeps its id; a quiet stream
//! has none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu_tests::{jiesu, json_lines, project};
use serde_json::Value;
use std::path::{Path, PathBuf};

struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Case { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes rows in the order of their time.
    fn write(&self, name: &str, mut rows: Vec<Value>) -> PathBuf {
        rows.sort_by_key(|r| r["received_at"].as_str().unwrap().to_string());
        let path = self.path(name);
        std::fs::write(&path, rows.iter().map(|r| format!("{r}\n")).collect::<String>()).unwrap();
        path
    }

    /// Topics of the days `from` to `last`, and what was said on stderr.
    fn run(&self, input: &Path, from: &str, last: &str, more: &[&str]) -> (Vec<Value>, String) {
        let out = self.path("topics.jsonl");
        let mut args = vec!["emerging", "--input", input.to_str().unwrap(), "--from", from, "--as-of", last];
        args.extend(["--output", out.to_str().unwrap()]);
        args.extend(more);
        let run = jiesu(args);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(0), "{said}");
        (json_lines(&out), said)
    }
}

fn samples() -> Vec<Value> {
    json_lines(&project("models/samples/requests.jsonl"))
}

/// Fourteen residents of many districts about delivery drones, a thing no class and no sample knows; from 24 to 28 February.
fn drones() -> Vec<Value> {
    json_lines(&project("tests/data/emerging.jsonl"))
}

#[test]
fn a_planted_topic_is_found_named_and_keeps_its_id() {
    let case = Case::new();
    let input = case.write("in.jsonl", samples().into_iter().chain(drones()).collect());
    let (found, _) = case.run(&input, "2026-02-02", "2026-03-04", &[]);
    let first = &found[0];
    assert_eq!(first["state"], "new");
    assert!(first["as_of"].as_str().unwrap() <= "2026-02-28", "{first}");
    for topic in &found {
        assert!(topic["name"].as_str().unwrap().contains("无人机"), "{topic}");
        let cases = topic["cases"].as_array().unwrap();
        let own = cases.iter().filter(|c| c.as_str().unwrap().starts_with('N')).count();
        assert!(own * 10 >= 8 * cases.len(), "{topic}");
        assert!(topic["expected"].as_f64().unwrap() < 3.0 && topic["areas"].as_array().unwrap().len() > 5, "{topic}");
    }
    assert!(found.iter().any(|t| t["observed"].as_u64().unwrap() >= 10), "most of the fourteen: {found:#?}");
    assert!(found.len() > 1, "it is still there the day after");
    assert!(found[1..].iter().all(|t| t["topic"] == first["topic"] && t["state"] == "ongoing"), "{found:#?}");
    assert_eq!(found, case.run(&input, "2026-02-02", "2026-03-04", &[]).0, "the same input, the same answer");
}

#[test]
fn day_by_day_with_a_state_is_the_same_as_at_once() {
    let case = Case::new();
    let rows: Vec<Value> = samples().into_iter().chain(drones()).collect();
    let input = case.write("in.jsonl", rows.clone());
    let (whole, _) = case.run(&input, "2026-02-02", "2026-03-03", &[]);
    let state = case.path("state");
    let state = ["--state", state.to_str().unwrap()];
    let (mut parts, _) = case.run(&input, "2026-02-02", "2026-02-28", &state);
    for day in ["2026-03-01", "2026-03-02", "2026-03-03"] {
        let today =
            case.write("today.jsonl", rows.iter().filter(|r| r["received_at"].as_str().unwrap().starts_with(day)).cloned().collect());
        parts.extend(case.run(&today, day, day, &state).0);
    }
    assert_eq!(parts, whole);
    // What was closed is not counted twice, and that is said.
    assert!(case.run(&input, "2026-03-03", "2026-03-03", &state).1.contains("closed before"));
    std::fs::write(case.path("state"), b"nonsense").unwrap();
    let broken = jiesu(["emerging", "--input", input.to_str().unwrap(), "--as-of", "2026-03-04", "--output", "-", state[0], state[1]]);
    assert_eq!(broken.status.code(), Some(2));
}

#[test]
fn a_quiet_stream_has_none() {
    let case = Case::new();
    assert_eq!(case.run(&case.write("in.jsonl", samples()), "2026-02-02", "2026-03-04", &[]).0, Vec::<Value>::new());
    // The open corpus, thirty a day in a fixed order that mixes its styles.
    let mut corpus = json_lines(&project("models/corpus/requests.jsonl"));
    corpus.sort_by_key(|r| jiesu::hotspot::token_key(r["id"].as_str().unwrap()).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23));
    let day = |n: usize| jiesu::complaint::Day(jiesu::complaint::Day::parse("2026-01-05").unwrap().0 + n as i32 / 30).to_string();
    let rows =
        corpus.iter().enumerate().map(|(n, r)| serde_json::json!({"id": r["id"], "text": r["text"], "received_at": day(n)})).collect();
    assert_eq!(case.run(&case.write("in.jsonl", rows), "2026-02-02", "2026-03-16", &[]).0, Vec::<Value>::new());
}

#[test]
fn one_caller_or_one_place_is_no_topic() {
    let case = Case::new();
    let angry = drones().into_iter().map(|mut r| {
        r["caller"] = "one".into();
        r
    });
    let input = case.write("angry.jsonl", samples().into_iter().chain(angry).collect());
    assert_eq!(case.run(&input, "2026-02-24", "2026-03-04", &[]).0, Vec::<Value>::new());
    let incident = (0..14).map(|k| {
        let text = ["楼顶的水箱裂了，水顺着墙往下流", "水箱漏水把楼道都淹了", "楼上水箱破了一直漏", "水箱漏水没人修"][k % 4];
        let (who, day) = (format!("w{k}"), format!("2026-02-{}", 24 + k / 3));
        serde_json::json!({"id": who, "text": format!("朝阳区望京街道花家地西里三区：{text}"), "caller": who, "received_at": day})
    });
    let input = case.write("incident.jsonl", samples().into_iter().chain(incident).collect());
    assert_eq!(case.run(&input, "2026-02-24", "2026-03-04", &[]).0, Vec::<Value>::new());
}

#[test]
fn a_short_history_says_so() {
    let case = Case::new();
    let rows = drones();
    let (found, said) = case.run(&case.write("in.jsonl", rows), "2026-02-24", "2026-03-04", &[]);
    assert!(found.is_empty() && said.contains("four weeks"), "{said}");
}
