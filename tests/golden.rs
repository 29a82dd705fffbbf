//! The golden corpus through Rust and the command line: byte for byte what is kept in `golden/expected.jsonl`.
//! The Python and WASM suites hold their answers against the same file. `make golden` renews it after a change that is meant.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::complaint::{Encoding, Format, Mapping, RowReader};
use jiesu::engine::Engine;
use jiesu_tests::{jiesu, project};

fn expected() -> String {
    std::fs::read_to_string(project("tests/golden/expected.jsonl")).unwrap()
}

fn same(got: &str, what: &str) {
    let want = expected();
    for (n, (g, w)) in got.lines().zip(want.lines()).enumerate() {
        assert_eq!(g, w, "{what}: line {} differs; `make golden` renews the file when the change is meant", n + 1);
    }
    assert_eq!(got.lines().count(), want.lines().count(), "{what}");
}

#[test]
fn rust_answers_as_kept() {
    let engine = Engine::from_bytes(&std::fs::read(project("models/beijing.jiesu")).unwrap()).unwrap();
    let file = std::fs::read(project("tests/golden/requests.jsonl")).unwrap();
    let mut got = String::new();
    for row in RowReader::new(file.as_slice(), Format::Jsonl, Encoding::Utf8).unwrap() {
        let record = Mapping::default().record(&row.unwrap().unwrap()).unwrap();
        got.push_str(&engine.analyze_json(&record));
        got.push('\n');
    }
    same(&got, "Rust");
}

#[test]
fn command_line_answers_as_kept() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.jsonl");
    let input = project("tests/golden/requests.jsonl");
    let run = jiesu(["analyze", "--input", input.to_str().unwrap(), "--output", out.to_str().unwrap()]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    same(&std::fs::read_to_string(out).unwrap(), "command line");
}

#[test]
fn every_answer_keeps_the_contract() {
    for line in expected().lines() {
        let a: serde_json::Value = serde_json::from_str(line).unwrap();
        let keys = [
            "id",
            "type",
            "urgency",
            "collective",
            "topics",
            "problem",
            "level",
            "units",
            "limit",
            "abstain",
            "area",
            "areas",
            "entities",
            "pii",
            "missing",
            "matters",
            "incident",
        ];
        for key in keys {
            assert!(a.get(key).is_some(), "{key} is missing in {line}");
        }
        assert!(!a["units"].as_array().unwrap().is_empty() && a["units"][0]["role"] == "lead");
        assert!(!a["topics"].as_array().unwrap().is_empty() && !a["matters"].as_array().unwrap().is_empty());
        for unit in a["units"].as_array().unwrap() {
            assert!(!unit["reasons"].as_array().unwrap().is_empty(), "a unit without a reason in {line}");
        }
    }
}
