//! A bundle from what is in `models/` alone, as anyone can build it: smaller, and of use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu_tests::{jiesu, json_lines, project};

#[test]
fn the_open_corpus_makes_a_smaller_bundle_that_works() {
    let dir = tempfile::tempdir().unwrap();
    let small = dir.path().join("small.jiesu");
    let models = project("models");
    let run = jiesu(["bundle", "build", "--models", models.to_str().unwrap(), "--train-only", "-o", small.to_str().unwrap()]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let size = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
    assert!(size(&small) < size(&project("models/beijing.jiesu")));

    // Requests it has not seen.
    let corpus = json_lines(&project("models/corpus/requests.jsonl"));
    let unseen: Vec<_> = corpus.iter().filter(|r| r["split"] == "valid").collect();
    let input = dir.path().join("in.jsonl");
    std::fs::write(&input, unseen.iter().map(|r| format!("{r}\n")).collect::<String>()).unwrap();
    let out = dir.path().join("out.jsonl");
    let paths = [&input, &out, &small].map(|p| p.to_str().unwrap());
    let run = jiesu(["analyze", "--input", paths[0], "--output", paths[1], "--bundle", paths[2], "--incidents"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let answers = json_lines(&out);
    assert_eq!(answers.len(), unseen.len());
    let share = |right: &dyn Fn(&serde_json::Value, &serde_json::Value) -> bool| {
        answers.iter().zip(&unseen).filter(|(a, r)| right(a, r)).count() as f64 / unseen.len() as f64
    };
    let domain = share(&|a, r| a["topics"][0]["code"] == r["domain"]);
    let kind = share(&|a, r| {
        let label = ["咨询", "求助", "投诉", "投诉", "建议", "表扬"]["CHPRST".find(r["type"].as_str().unwrap()).unwrap()];
        a["type"]["label"] == label
    });
    let told = |r: &serde_json::Value| r["gold"]["district"].as_str().is_some_and(|d| !d.is_empty());
    let placed = share(&|a, r| told(r) && a["area"]["district"] == r["gold"]["district"]) / share(&|_, r| told(r));
    let lead = share(&|a, _| a["units"][0]["role"] == "lead" && a["units"][0]["sources"]["history"].is_null());
    eprintln!("small bundle, {} bytes: domain {domain:.3}, type {kind:.3}, district {placed:.3}", size(&small));
    assert!(domain > 0.8 && kind > 0.85 && placed > 0.9 && lead == 1.0, "domain {domain}, type {kind}, district {placed}, lead {lead}");
}
