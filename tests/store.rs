//! The durable index: nothing acknowledged is lost by a kill, the log plays back bit for bit, damage is told and mended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::bundle::Bundle;
use jiesu::incident::{IncidentIndex, IncidentModel, IncidentStore, IndexSettings, Signer, StoreError, repair};
use jiesu_tests::{jiesu, json_lines, load_record, load_texts, project};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::from_bundle(&Bundle::open(project("models/beijing.jiesu")).unwrap()).unwrap())
}

fn model() -> Arc<IncidentModel> {
    signer().model().clone()
}

const SETTINGS: IndexSettings = IndexSettings { window_days: 1, candidates: 50 };

fn open(dir: &Path) -> Result<IncidentStore, StoreError> {
    IncidentStore::open(dir, model(), SETTINGS)
}

/// Records `from..to` with decisions of every kind between.
fn work(index: &mut IncidentIndex, from: u64, to: u64) {
    static TEXTS: OnceLock<Vec<String>> = OnceLock::new();
    let texts = TEXTS.get_or_init(load_texts);
    for n in from..to {
        let record = load_record(texts, n);
        let placed = index.insert(&record.id, &signer().sign(&record));
        match n % 40 {
            7 => drop(index.reject(&record.id).unwrap()),
            13 => drop(index.close(placed.incident, "办理中").unwrap()),
            20 => drop(index.reopen(placed.incident).unwrap()),
            27 => {
                let other = index.placement(&format!("L{}", n - 1)).unwrap().incident;
                let event = index.confirm(placed.incident, other).unwrap();
                assert!(n % 80 != 27 || other == placed.incident || index.undo(event));
            }
            _ => {}
        }
    }
}

fn in_memory(to: u64) -> IncidentIndex {
    let mut index = IncidentIndex::new(model(), SETTINGS);
    work(&mut index, 0, to);
    index
}

fn filled(dir: &Path, to: u64) -> IncidentIndex {
    let mut store = open(dir).unwrap();
    work(store.index_mut(), 0, to);
    store.commit().unwrap();
    store.index().clone()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn log_of(dir: &Path) -> PathBuf {
    let mut logs: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some()).collect();
    logs.sort();
    logs.pop().unwrap()
}

#[test]
fn playing_the_log_gives_the_same_state_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    for part in 0..6 {
        work(store.index_mut(), part * 200, part * 200 + 200);
        store.commit().unwrap();
        if part == 3 {
            store.snapshot().unwrap();
        }
        if part % 2 == 1 {
            let before = store.index().clone();
            drop(store);
            store = open(dir.path()).unwrap();
            assert!(store.index().same_state(&before), "part {part}");
        }
    }
    let memory = in_memory(1200);
    assert!(store.index().same_state(&memory));
    assert!(memory.statistics().records < 1200, "the window drops some");
    // What it would answer is the same too.
    let record = load_record(&load_texts(), 1201);
    assert_eq!(store.index().query(&signer().sign(&record)), memory.query(&signer().sign(&record)));
    drop(store);
    fs::remove_file(dir.path().join("snapshot")).unwrap();
    assert!(open(dir.path()).unwrap().index().same_state(&memory), "the whole log, without a snapshot");
}

#[test]
fn what_was_not_committed_is_gone_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let committed = filled(dir.path(), 100);
    let mut store = open(dir.path()).unwrap();
    work(store.index_mut(), 100, 110);
    assert!(store.statistics().pending >= 10);
    drop(store);
    assert!(open(dir.path()).unwrap().index().same_state(&committed));
}

#[test]
fn one_process_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let _store = open(dir.path()).unwrap();
    assert_eq!(open(dir.path()).unwrap_err().code(), "incident.store_locked");
    assert_eq!(repair(dir.path()).unwrap_err().code(), "incident.store_locked");
}

/// Every damage is either without effect or told, and the repair brings back what is whole.
fn damage(files: &[&str], harm: impl Fn(&mut Vec<u8>, usize), tries: usize) {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good");
    let mut store = open(&good).unwrap();
    work(store.index_mut(), 0, 150);
    store.commit().unwrap();
    store.snapshot().unwrap();
    work(store.index_mut(), 150, 200);
    store.commit().unwrap();
    let whole = store.index().clone();
    drop(store);
    for file in files {
        let path = if *file == "log" { log_of(&good) } else { good.join(file) };
        let bytes = fs::read(&path).unwrap();
        for k in 0..tries {
            let bad = dir.path().join(format!("{file}{k}"));
            copy(&good, &bad);
            let mut harmed = bytes.clone();
            harm(&mut harmed, k * bytes.len() / tries);
            fs::write(bad.join(path.file_name().unwrap()), harmed).unwrap();
            match open(&bad) {
                Ok(store) => assert!(store.index().same_state(&whole), "{file} {k}: opened, and another state"),
                Err(e) => {
                    assert!(["incident.store_damaged", "incident.store_version"].contains(&e.code()), "{file} {k}: {e}");
                    if e.code() == "incident.store_damaged" {
                        let report = repair(&bad).unwrap();
                        let events = whole.events().0;
                        assert!(report.kept + report.lost >= events.min(report.kept + 1), "{report:?}");
                        let mut mended = open(&bad).unwrap();
                        let s = mended.index().statistics();
                        assert!(s.records as u64 + report.lost >= whole.statistics().records as u64, "{file} {k}: {report:?} {s:?}");
                        // It goes on, with ids never given before.
                        let record = load_record(&load_texts(), 100_000);
                        let mut fresh = record.clone();
                        fresh.text = "完全不同的一件事：彗星撞了天文台".into();
                        let placed = mended.index_mut().insert("fresh", &signer().sign(&fresh));
                        mended.commit().unwrap();
                        assert!(whole.resolve(placed.incident).is_err(), "{file} {k}: {} was given before", placed.incident);
                        drop(mended);
                        assert!(open(&bad).is_ok());
                    }
                }
            }
            fs::remove_dir_all(&bad).unwrap();
        }
    }
}

#[test]
fn flipped_bits_are_told_and_the_rest_is_salvaged() {
    damage(&["log", "snapshot", "acknowledged"], |bytes, at| bytes[at] ^= 1 << (at % 8), 40);
}

#[test]
fn a_file_cut_anywhere_is_told_and_the_rest_is_salvaged() {
    damage(&["log", "snapshot", "acknowledged"], |bytes, at| bytes.truncate(at), 40);
}

#[test]
fn a_hole_of_zeros_is_told_and_the_rest_is_salvaged() {
    let hole = |bytes: &mut Vec<u8>, at: usize| {
        let end = (at + 4096).min(bytes.len());
        bytes[at..end].fill(0);
    };
    damage(&["log", "snapshot"], hole, 20);
}

#[test]
fn one_damaged_event_costs_one_event() {
    let dir = tempfile::tempdir().unwrap();
    let whole = filled(dir.path(), 200);
    let log = log_of(dir.path());
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&log, bytes).unwrap();
    let told = jiesu([Path::new("index"), Path::new("status"), dir.path()]);
    assert_eq!(told.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&told.stderr).contains("damaged at byte"));
    let mended = jiesu([Path::new("index"), Path::new("repair"), dir.path()]);
    let report: serde_json::Value = serde_json::from_slice(&mended.stdout).unwrap();
    assert_eq!((&report["lost"], &report["kept"]), (&1.into(), &(whole.events().0 - 1).into()));
    assert!(dir.path().join("damaged").is_dir());
    let store = open(dir.path()).unwrap();
    assert_eq!(store.index().statistics().records + report["lost_records"].as_u64().unwrap() as usize, whole.statistics().records);
}

#[test]
fn a_full_disk_is_told_and_what_was_acknowledged_stays() {
    if !cfg!(unix) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // A limit on the size of files fails writes in the same way, in the middle of one.
    let script = format!("trap '' XFSZ; ulimit -f 150; exec '{}' '{}' 100000 8 0", env!("CARGO_BIN_EXE_store-load"), dir.path().display());
    let run = Command::new("bash").args(["-c", &script]).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(out.ends_with("failed incident.store_io\n"), "{out} {}", String::from_utf8_lossy(&run.stderr));
    let told: Vec<&str> = out.lines().filter_map(|l| l.split_once(' ')).map(|l| l.0).filter(|l| l.starts_with('L')).collect();
    let store = IncidentStore::open(dir.path(), model(), IndexSettings { window_days: 30, ..SETTINGS }).unwrap();
    assert!(!told.is_empty() && told.iter().all(|id| store.index().placement(id).is_some()));
    assert_eq!(store.index().statistics().records, told.len(), "nothing that was not acknowledged either: its batch was cut");
}

/// What [`load_record`](jiesu_tests::load_record) sends in 30 days.
const WINDOW_RECORDS: u64 = 30 * 400;

/// Kills the load at odd moments; every acknowledged id must be there, and the state must be what the log says.
fn kills(times: u64) {
    let dir = tempfile::tempdir().unwrap();
    let settings = IndexSettings { window_days: 30, ..SETTINGS };
    let mut known: HashMap<String, String> = HashMap::new();
    let mut next = 0u64;
    let mut acknowledged = 0;
    for k in 0..times {
        let batch = [1, 8, 64][k as usize % 3].to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_store-load"))
            .args([dir.path().to_str().unwrap(), "1000000", &batch, &next.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (first, seen) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            // Nobody listens after the first.
            let told = |line: &String| first.send(line.len()).unwrap_or_default();
            out.lines().map_while(Result::ok).inspect(told).collect::<Vec<String>>()
        });
        // One in five is killed while it starts, the others at work.
        if k % 5 != 4 {
            seen.recv_timeout(Duration::from_secs(120)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(k * 7919 % 450));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut told = reader.join().unwrap();
        // The last line may have been cut by the kill.
        if told.last().is_some_and(|l| !l.contains(" inc-") || l.len() < "L0 inc-00000000".len()) {
            told.pop();
        }
        for line in &told {
            let (id, incident) = line.split_once(' ').unwrap();
            assert_ne!(id, "failed", "{line}");
            known.insert(id.into(), incident.into());
            acknowledged += 1;
        }
        let store = IncidentStore::open(dir.path(), model(), settings).unwrap();
        let number = |id: &str| id.get(1..).and_then(|n| n.parse::<u64>().ok()).unwrap();
        next = known.keys().map(|id| number(id) + 1).max().unwrap_or(0);
        // What left the window is let go; a last batch may be in the store whose acknowledgement the kill cut off.
        known.retain(|id, _| number(id) + WINDOW_RECORDS > next + 64);
        for (id, incident) in &known {
            let now = store.index().placement(id).unwrap_or_else(|| panic!("kill {k}: {id} was acknowledged and is lost")).incident;
            // Later records and decisions may have moved it; its id still resolves.
            let resolved = store.index().resolve(incident.parse().unwrap()).unwrap();
            assert!(store.index().members(now).unwrap().contains(&id.as_str()) && store.index().members(resolved).is_ok());
        }
        let state = store.index().clone();
        drop(store);
        if k % 10 == 0 {
            let whole = tempfile::tempdir().unwrap();
            copy(dir.path(), whole.path());
            let _ = fs::remove_file(whole.path().join("snapshot"));
            assert!(IncidentStore::open(whole.path(), model(), settings).unwrap().index().same_state(&state), "kill {k}");
            let report = repair(whole.path()).unwrap();
            assert_eq!((report.kept, report.lost), (state.events().0, 0));
        }
    }
    assert!(acknowledged > times, "only {acknowledged} records acknowledged");
    eprintln!("{times} kills, {acknowledged} records acknowledged, none lost");
}

#[test]
fn a_snapshot_is_written_beside_the_commits() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    work(store.index_mut(), 0, 20);
    let incident = store.index().incidents()[0];
    for n in 0..100_500 {
        store.index_mut().close(incident, "办理中").unwrap();
        if n % 1000 == 0 {
            store.commit().unwrap();
        }
    }
    store.commit().unwrap();
    let state = store.index().clone();
    // Waits for the thread that writes it.
    drop(store);
    let store = open(dir.path()).unwrap();
    let log = store.statistics();
    assert!(log.snapshot >= 100_000 && log.snapshot < log.committed, "{log:?}");
    assert!(store.index().same_state(&state));
}

#[test]
fn five_kills_lose_nothing() {
    kills(5);
}

#[test]
#[ignore = "minutes: make test-all"]
fn a_hundred_kills_lose_nothing() {
    kills(100);
}

fn merge(input: &Path, output: &Path, index: Option<&Path>) {
    let mut args = vec!["merge".into(), "--input".into(), input.into(), "--output".into(), PathBuf::from(output)];
    args.extend(index.into_iter().flat_map(|i| ["--index".into(), i.into()]));
    let run = jiesu(args);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn two_runs_are_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let texts = load_texts();
    let line = |n: u64| {
        let r = load_record(&texts, n);
        let hour = 1 + n / 100;
        format!("{}\n", serde_json::json!({"id": r.id, "text": r.text, "received_at": format!("2026-01-{hour:02} 08:{:02}", n % 60)}))
    };
    let (a, b): (String, String) = ((0..300).map(line).collect(), (300..500).map(line).collect());
    fs::write(at("a.jsonl"), &a).unwrap();
    fs::write(at("b.jsonl"), &b).unwrap();
    fs::write(at("ab.jsonl"), a + &b).unwrap();
    merge(&at("ab.jsonl"), &at("one"), None);
    merge(&at("a.jsonl"), &at("first"), Some(&at("index")));
    merge(&at("b.jsonl"), &at("second"), Some(&at("index")));
    assert_eq!(json_lines(&at("one"))[300..], json_lines(&at("second")));
    // The same records again: none is filed twice, each line tells where it is.
    merge(&at("ab.jsonl"), &at("again"), Some(&at("index")));
    let told = |name: &str| -> Vec<_> {
        json_lines(&at(name)).iter().map(|l| (l["id"].clone(), l["incident"].clone(), l["relation"].clone(), l["p"].clone())).collect()
    };
    assert_eq!(told("one"), told("again"));
    let status = jiesu([Path::new("index"), Path::new("status"), &at("index")]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["records"], 500);
}

#[test]
fn decisions_by_command_line_last() {
    let dir = tempfile::tempdir().unwrap();
    let index = dir.path().join("index");
    filled(&index, 60);
    let run = |args: &[&str]| {
        let run =
            jiesu(["index"].iter().chain(&args[..1]).map(PathBuf::from).chain([index.clone()]).chain(args[1..].iter().map(PathBuf::from)));
        let line = String::from_utf8(run.stdout).unwrap().lines().next().map(|l| serde_json::from_str(l).unwrap());
        (run.status.code(), line.unwrap_or(serde_json::Value::Null))
    };
    let (_, split) = run(&["reject", "L5"]);
    let alone = split["incident"].as_str().unwrap();
    assert_eq!(run(&["show", "L5"]).1["records"], serde_json::json!(["L5"]));
    let home = run(&["show", "L6"]).1["incident"].as_str().unwrap().to_string();
    let event = run(&["confirm", alone, &home]).1["event"].to_string();
    assert_eq!(run(&["show", alone]).1["incident"], home.as_str());
    assert_eq!(run(&["undo", &event]).0, Some(0));
    assert_eq!(run(&["undo", &event]).0, Some(2));
    run(&["close", alone, "已办结"]);
    assert_eq!(run(&["show", "L5"]).1["status"], "已办结");
    run(&["reopen", alone]);
    assert_eq!(run(&["show", "L5"]).1["status"], serde_json::Value::Null);
    assert_eq!(run(&["close", "inc-77777777", "x"]).0, Some(2));
    assert_eq!(run(&["list", "--least", "1"]).0, Some(0));
}
