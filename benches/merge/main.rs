//! Merging at city scale: inserts a second, latency, memory, the durable store, and how all of it grows.
//!
//! `cargo bench -p jiesu-benches --bench merge -- speed 1000000 [DIR]` fills an index (durable in DIR when given) and prints figures;
//! `… -- growth 1000000` runs it at 10,000, 100,000 … and prints the exponent of the time; `… -- recall ../shared` prints the share of
//! labelled pairs of one matter whose earlier record is among the candidates of the later, with a window of 400 days;
//! `… -- rows 100000 FILE` writes the same rows with their matters, for `benches/merge/peers.py`.
#![allow(missing_docs, clippy::unwrap_used)]

mod rows;

use jiesu::Complaint;
use jiesu::bundle::Bundle;
use jiesu::incident::{IncidentId, IncidentIndex, IncidentStore, IndexSettings, Signature, Signer};
use rows::Rows;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/corpus/requests.jsonl");
const BUNDLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/beijing.jiesu");

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["speed", n] => drop(speed(n.parse().unwrap(), None)),
        ["speed", n, dir] => drop(speed(n.parse().unwrap(), Some(Path::new(dir)))),
        ["rows", n, file] => write_rows(n.parse().unwrap(), file),
        ["recall", shared] => recall(Path::new(shared)),
        ["growth", most] => growth(most.parse().unwrap()),
        _ => drop(speed(10_000, None)),
    }
}

/// The exponent e in `time ~ n^e` between sizes ten times apart: 1 is linear.
fn growth(most: usize) {
    let mut last: Option<f64> = None;
    let mut n = 10_000;
    while n <= most {
        let seconds = speed(n, None);
        if let Some(last) = last {
            println!("growth exponent {} to {n}: {:.3}", n / 10, (seconds / last).log10());
        }
        last = Some(seconds);
        n *= 10;
    }
}

/// Seconds this thread was on a processor: what it costs, whatever else runs. Wall time where the system does not tell.
fn busy(since: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ns = told.and_then(|t| t.split(' ').next()?.parse::<u64>().ok());
    ns.map_or_else(|| since.elapsed().as_secs_f64(), |ns| ns as f64 / 1e9)
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

/// What filing rows cost.
#[derive(Default)]
struct Cost {
    rows: usize,
    signing: f64,
    placing: f64,
    /// Milliseconds of each insert with its signing.
    latency: Vec<f32>,
}

/// Rows signed and filed between two looks at the clock of the processor.
const CHUNK: usize = 2_000;

impl Cost {
    fn file(&mut self, signer: &Signer, rows: &Rows, range: std::ops::Range<usize>, filing: &mut Filing) {
        let began = Instant::now();
        for from in range.clone().step_by(CHUNK) {
            let records: Vec<Complaint> = (from..range.end.min(from + CHUNK)).map(|k| complaint(&rows.row(k))).collect();
            let mut wall = Vec::with_capacity(CHUNK);
            let start = busy(began);
            let signed: Vec<_> = records
                .iter()
                .map(|r| {
                    let start = Instant::now();
                    let signature = signer.sign(r);
                    wall.push(start.elapsed().as_secs_f64());
                    signature
                })
                .collect();
            let half = busy(began);
            for ((record, signature), wall) in records.iter().zip(&signed).zip(wall) {
                let start = Instant::now();
                filing.insert(&record.id, signature);
                self.latency.push(((wall + start.elapsed().as_secs_f64()) * 1e3) as f32);
            }
            self.placing += busy(began) - half;
            self.signing += half - start;
            self.rows += records.len();
        }
    }

    fn tell(&mut self, name: &str) -> f64 {
        self.latency.sort_by(f32::total_cmp);
        let at = |q: f64| self.latency[((self.latency.len() - 1) as f64 * q) as usize];
        let n = self.rows as f64;
        println!(
            "{name} {}: {:.0} inserts/s of one core's time (signing {:.0}/s, placing {:.0}/s); wall p50 {:.2} p99 {:.2} p99.9 {:.2} max {:.1} ms",
            self.rows,
            n / (self.signing + self.placing),
            n / self.signing,
            n / self.placing,
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0),
        );
        self.signing + self.placing
    }
}

/// In memory, or durable with a commit after each so many records.
enum Filing {
    Memory(Box<IncidentIndex>),
    Durable { store: Box<IncidentStore>, batch: usize },
}

impl Filing {
    fn index(&self) -> &IncidentIndex {
        match self {
            Filing::Memory(index) => index,
            Filing::Durable { store, .. } => store.index(),
        }
    }

    fn insert(&mut self, id: &str, signature: &Signature) {
        match self {
            Filing::Memory(index) => drop(index.insert(id, signature)),
            Filing::Durable { store, batch } => {
                store.index_mut().insert(id, signature);
                if store.statistics().pending >= *batch as u64 {
                    store.commit().unwrap();
                }
            }
        }
    }
}

/// Fills an index with `n` records and files some more; seconds of one core for the first.
fn speed(n: usize, dir: Option<&Path>) -> f64 {
    let signer = Signer::from_bundle(&Bundle::from_bytes(&std::fs::read(BUNDLE).unwrap()).unwrap()).unwrap();
    let more = (n / 20).clamp(1_000, 50_000);
    let rows = Rows::new(&std::fs::read_to_string(CORPUS).unwrap(), n + more);
    let open = |dir: &Path, batch| {
        let store = IncidentStore::open(dir, signer.model().clone(), IndexSettings::default()).unwrap();
        Filing::Durable { store: Box::new(store), batch }
    };
    let mut filing = match dir {
        Some(dir) => open(dir, IncidentStore::BATCH),
        None => Filing::Memory(Box::new(IncidentIndex::new(signer.model().clone(), IndexSettings::default()))),
    };
    let empty = resident();
    let mut fill = Cost { latency: Vec::with_capacity(n), ..Cost::default() };
    let held = n as f64 * 4.0;
    fill.file(&signer, &rows, 0..n, &mut filing);
    println!("  memory: {:.0} bytes a record", ((resident() - empty) as f64 - held) / n as f64);
    let seconds = fill.tell("fill");
    let mut then = Cost::default();
    then.file(&signer, &rows, n..n + more, &mut filing);
    then.tell("then");
    let s = filing.index().statistics();
    println!("  {} live records, {} incidents, {} shared, largest {}", s.records, s.incidents, s.shared, s.largest);
    quality(&rows, n + more, filing.index());
    if let (Some(dir), Filing::Durable { mut store, .. }) = (dir, filing) {
        store.commit().unwrap();
        drop(store);
        let start = Instant::now();
        let mut filing = open(dir, 1);
        println!("  opened in {:.2} s", start.elapsed().as_secs_f64());
        for (batch, rows_more) in [(1, 200), (64, 5_000), (IncidentStore::BATCH, 20_000)] {
            if let Filing::Durable { batch: b, .. } = &mut filing {
                *b = batch;
            }
            let texts: Vec<Complaint> = (0..rows_more).map(|k| complaint(&rows.row(k))).collect();
            let signed: Vec<_> = texts.iter().map(|r| signer.sign(r)).collect();
            let start = Instant::now();
            for (k, signature) in signed.iter().enumerate() {
                filing.insert(&format!("x{batch}-{k}"), signature);
            }
            println!("  commit after {batch}: {:.0} inserts/s by the wall", f64::from(rows_more as u32) / start.elapsed().as_secs_f64());
        }
    }
    seconds
}

/// Pairwise precision and recall of the incidents against the matters.
fn quality(rows: &Rows, n: usize, index: &IncidentIndex) {
    let mut cells: HashMap<(IncidentId, u32), u64> = HashMap::new();
    let (mut incidents, mut matters): (HashMap<IncidentId, u64>, HashMap<u32, u64>) = Default::default();
    for k in 0..n {
        let Some(placed) = index.placement(&format!("r{k}")) else { continue };
        let matter = rows.matter(k);
        *cells.entry((placed.incident, matter)).or_default() += 1;
        *incidents.entry(placed.incident).or_default() += 1;
        *matters.entry(matter).or_default() += 1;
    }
    let pairs = |counts: &mut dyn Iterator<Item = u64>| counts.map(|c| c * (c - 1) / 2).sum::<u64>() as f64;
    let both = pairs(&mut cells.values().copied());
    let (told, gold) = (pairs(&mut incidents.values().copied()), pairs(&mut matters.values().copied()));
    println!("  pairs: precision {:.3} recall {:.3} of {} matters", both / told.max(1.0), both / gold.max(1.0), matters.len());
}

fn recall(shared: &Path) {
    let signer = Signer::from_bundle(&Bundle::from_bytes(&std::fs::read(BUNDLE).unwrap()).unwrap()).unwrap();
    let field = |v: &serde_json::Value, name: &str| v[name].as_str().unwrap_or_default().to_string();
    let mut records: Vec<Complaint> = Vec::new();
    for (file, time) in [("stream_2019", "time"), ("haikou", "date"), ("pairs_extra", "date")] {
        for line in std::fs::read_to_string(shared.join(format!("data/{file}.jsonl"))).unwrap().lines() {
            let v: serde_json::Value = serde_json::from_str(line).unwrap();
            let builder = Complaint::builder(field(&v, "id"));
            let builder = if file == "stream_2019" {
                builder.title(field(&v, "title")).text(field(&v, "detail"))
            } else {
                builder.text(field(&v, "text"))
            };
            records.extend(builder.received_at(&field(&v, time)).ok().and_then(|b| b.build().ok()));
        }
    }
    records.sort_by_key(|r| r.received_at);
    let mut pairs: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for line in std::fs::read_to_string(shared.join("data/pairs.tsv")).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells[2] == "S" {
            pairs.entry(cells[0].into()).or_default().push((cells[1].into(), cells[3].into()));
            pairs.entry(cells[1].into()).or_default().push((cells[0].into(), cells[3].into()));
        }
    }
    let mut index = IncidentIndex::new(signer.model().clone(), IndexSettings { window_days: 400, ..IndexSettings::default() });
    let mut found: HashMap<String, (u32, u32)> = HashMap::new();
    for record in &records {
        let signature = signer.sign(record);
        let near = index.neighbours(&signature);
        for (other, source) in pairs.get(&record.id).into_iter().flatten() {
            if index.placement(other).is_some() {
                let (hit, all) = found.entry(source.clone()).or_default();
                *hit += u32::from(near.contains(&other.as_str()));
                *all += 1;
            }
        }
        index.insert(&record.id, &signature);
    }
    for (source, (hit, all)) in found {
        println!(
            "candidates: {hit} of {all} pairs of one matter, {:.3} ({source}; 50 candidates, {} live records)",
            f64::from(hit) / f64::from(all),
            records.len()
        );
    }
}

fn write_rows(n: usize, file: &str) {
    let rows = Rows::new(&std::fs::read_to_string(CORPUS).unwrap(), n);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    for k in 0..n {
        let r = rows.row(k);
        // Day and time of day in Beijing.
        let second = (r.time + 8 * 3600).rem_euclid(86_400);
        let day = jiesu::complaint::Time(r.time).day();
        let time = format!("{day} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        writeln!(out, "{}", serde_json::json!({"id": r.id, "matter": r.matter, "received_at": time, "text": r.text})).unwrap();
    }
}
