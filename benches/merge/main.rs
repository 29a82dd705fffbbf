//! Merging at city scale: inserts a second, latency, memory, the durable store, and how all of it grows.
//!
//! `cargo bench -p jiesu-benches --bench merge -- speed 1000000 [DIR]` fills an index (durable in DIR when given) and prints figures;
//! `… -- rows 100000 FILE` writes the same rows with their matters, for `benches/merge/peers.py`.
#![allow(missing_docs, clippy::unwrap_used)]

mod rows;

use jiesu::Complaint;
use jiesu::bundle::Bundle;
use jiesu::incident::{IncidentIndex, IndexSettings, Signer};
use rows::Rows;
use std::io::Write;
use std::time::Instant;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/corpus/requests.jsonl");
const BUNDLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/beijing.jiesu");

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["speed", n] => speed(n.parse().unwrap()),
        ["rows", n, file] => write_rows(n.parse().unwrap(), file),
        _ => speed(10_000),
    }
}

/// Resident memory in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).map_or(0, |kb| kb * 1024)
}

fn complaint(row: &rows::Row) -> Complaint {
    let time = jiesu::complaint::Time(row.time);
    let mut c = Complaint::builder(&*row.id).text(&*row.text).build().unwrap();
    c.received_at = Some(time);
    c
}

fn speed(n: usize) {
    let signer = Signer::from_bundle(&Bundle::from_bytes(&std::fs::read(BUNDLE).unwrap()).unwrap()).unwrap();
    let more = (n / 20).clamp(1_000, 50_000);
    let rows = Rows::new(&std::fs::read_to_string(CORPUS).unwrap(), n + more);
    let mut index = IncidentIndex::new(signer.model().clone(), IndexSettings::default());
    let empty = resident();
    let (mut signing, mut placing) = (0.0, 0.0);
    let mut latency: Vec<f32> = Vec::with_capacity(n + more);
    for k in 0..n + more {
        if k == n {
            report("fill", n, signing, placing, &mut latency);
            println!("  memory: {:.0} bytes a record", (resident() - empty) as f64 / n as f64 - 4.0);
            (signing, placing) = (0.0, 0.0);
        }
        let record = complaint(&rows.row(k));
        let start = Instant::now();
        let signature = signer.sign(&record);
        let signed = start.elapsed().as_secs_f64();
        index.insert(&record.id, &signature);
        let all = start.elapsed().as_secs_f64();
        signing += signed;
        placing += all - signed;
        latency.push((all * 1e3) as f32);
    }
    report("then", more, signing, placing, &mut latency);
    let s = index.statistics();
    println!("  {} live records, {} incidents, {} shared, largest {}", s.records, s.incidents, s.shared, s.largest);
}

fn report(name: &str, n: usize, signing: f64, placing: f64, latency: &mut Vec<f32>) {
    latency.sort_by(f32::total_cmp);
    let at = |q: f64| latency[((latency.len() - 1) as f64 * q) as usize];
    println!(
        "{name} {n}: {:.0} inserts/s on one core (signing {:.0}/s, placing {:.0}/s); p50 {:.2} p99 {:.2} p99.9 {:.2} max {:.1} ms",
        n as f64 / (signing + placing),
        n as f64 / signing,
        n as f64 / placing,
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
    );
    latency.clear();
}

fn write_rows(n: usize, file: &str) {
    let rows = Rows::new(&std::fs::read_to_string(CORPUS).unwrap(), n);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    for k in 0..n {
        let r = rows.row(k);
        writeln!(out, "{}", serde_json::json!({"id": r.id, "matter": r.matter, "received_at": r.time, "text": r.text})).unwrap();
    }
}
