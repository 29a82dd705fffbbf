//! Merging at city scale: inserts a second, latency, memory, the durable store, and how all of it grows.
//!
//! `cargo bench -p jiesu-benches --bench merge -- speed 1000000 [DIR]` fills an index (durable in DIR when given) and prints figures;
//! `… -- growth 1000000 [DIR]` does so at 10,000, 100,000 … and prints the exponent of the time; `… -- recall ../shared` prints the share of
//! labelled pairs of one matter whose earlier record is among the candidates of the later, with a window of 400 days;
//! `… -- rows 100000 FILE` writes the same rows with their matters, for `benches/merge/peers.py`.
#![allow(missing_docs, clippy::unwrap_used)]

mod rows;

use jiesu::Complaint;
use jiesu::bundle::Bundle;
use jiesu::incident::{IncidentId, IncidentIndex, IncidentStore, IndexSettings, Signature, Signer};
use rows::Rows;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/corpus/requests.jsonl");
const BUNDLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/beijing.jiesu");

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["speed", n] => speed(n.parse().unwrap(), None),
        ["speed", n, dir] => speed(n.parse().unwrap(), Some(Path::new(dir))),
        ["rows", n, file] => write_rows(n.parse().unwrap(), file),
        ["recall", shared] => recall(Path::new(shared)),
        ["growth", most] => growth(most.parse().unwrap(), None),
        ["growth", most, dir] => growth(most.parse().unwrap(), Some(Path::new(dir))),
        _ => speed(10_000, None),
    }
}

/// The exponent e in `time ~ n^e` between sizes ten times apart: 1 is linear. Each size in a process of its own, whose memory holds
/// nothing else.
fn growth(most: usize, dir: Option<&Path>) {
    let mut last: Option<f64> = None;
    let mut n = 10_000;
    while n <= most {
        let folder = dir.map(|d| d.join(n.to_string()));
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["speed", &n.to_string()]).args(&folder).stdout(Stdio::piped());
        let mut seconds = None;
        let mut child = child.spawn().unwrap();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            println!("{line}");
            let told = line.trim().strip_prefix(FILLED).and_then(|s| s.split(' ').next()?.parse::<f64>().ok());
            seconds = seconds.or(told);
        }
        assert!(child.wait().unwrap().success());
        let seconds = seconds.unwrap();
        if let Some(last) = last {
            println!("growth exponent {} to {n}: {:.3}", n / 10, (seconds / last).log10());
        }
        last = Some(seconds);
        n *= 10;
    }
}

/// Before the seconds of a processor that the first fill took.
const FILLED: &str = "filled in ";

/// Seconds on a processor, whatever else runs: what it costs.
#[derive(Clone, Copy)]
enum Clock {
    /// Of this thread.
    Thread,
    /// Of all threads.
    Process,
}

impl Clock {
    #[cfg(unix)]
    fn read(self) -> f64 {
        use rustix::time::{ClockId, clock_gettime};
        let t = clock_gettime(match self {
            Clock::Thread => ClockId::ThreadCPUTime,
            Clock::Process => ClockId::ProcessCPUTime,
        });
        t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
    }

    /// Wall time where the system is not asked.
    #[cfg(not(unix))]
    fn read(self) -> f64 {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64()
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

/// What filing rows cost.
#[derive(Default)]
struct Cost {
    rows: usize,
    signing: f64,
    placing: f64,
    /// Milliseconds of each insert with its signing, by the wall and on the processor.
    latency: [Vec<f32>; 2],
}

/// Bytes of [`Cost::latency`] for a row.
const LATENCY: usize = 8;

impl Cost {
    fn file(&mut self, signer: &Signer, rows: &Rows, range: std::ops::Range<usize>, filing: &mut Filing) {
        for k in range {
            let record = complaint(&rows.row(k));
            let (wall, start) = (Instant::now(), Clock::Thread.read());
            let signature = signer.sign(&record);
            let signed = Clock::Thread.read();
            filing.insert(&record.id, &signature);
            let end = Clock::Thread.read();
            self.signing += signed - start;
            self.placing += end - signed;
            self.latency[0].push((wall.elapsed().as_secs_f64() * 1e3) as f32);
            self.latency[1].push(((end - start) * 1e3) as f32);
            self.rows += 1;
        }
    }

    fn tell(&mut self, name: &str) -> f64 {
        let n = self.rows as f64;
        println!(
            "{name} {}: {:.0} inserts/s of one core's time (signing {:.0}/s, placing {:.0}/s)",
            self.rows,
            n / (self.signing + self.placing),
            n / self.signing,
            n / self.placing,
        );
        for (clock, latency) in ["on the processor", "by the wall"].iter().zip(self.latency.iter_mut().rev()) {
            println!("  {clock}: {}", quantiles(latency));
        }
        self.signing + self.placing
    }
}

/// Median and tail of milliseconds.
fn quantiles(ms: &mut [f32]) -> String {
    ms.sort_by(f32::total_cmp);
    let at = |q: f64| ms[((ms.len() - 1) as f64 * q) as usize];
    format!("p50 {:.2} p99 {:.2} p99.9 {:.2} max {:.1} ms", at(0.5), at(0.99), at(0.999), at(1.0))
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

/// Fills an index with `n` records and files some more.
fn speed(n: usize, dir: Option<&Path>) {
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
    let mut fill = Cost::default();
    let held = (n * LATENCY) as f64;
    fill.file(&signer, &rows, 0..n, &mut filing);
    println!("  memory: {:.0} bytes a record", ((resident() - empty) as f64 - held) / n as f64);
    println!("  {FILLED}{:.3} s of a processor", fill.tell("fill"));
    let mut then = Cost::default();
    then.file(&signer, &rows, n..n + more, &mut filing);
    then.tell("then");
    let s = filing.index().statistics();
    println!("  {} live records, {} incidents, {} shared, largest {}", s.records, s.incidents, s.shared, s.largest);
    quality(&rows, n + more, filing.index());
    if let (Some(dir), Filing::Durable { mut store, .. }) = (dir, filing) {
        store.commit().unwrap();
        drop(store);
        let (wall, start) = (Instant::now(), Clock::Process.read());
        let mut filing = open(dir, 1);
        println!("  opened in {:.2} s by the wall, {:.2} s of processors", wall.elapsed().as_secs_f64(), Clock::Process.read() - start);
        for (batch, rows_more) in [(1, 1_000), (64, 5_000), (IncidentStore::BATCH, 20_480)] {
            if let Filing::Durable { batch: b, .. } = &mut filing {
                *b = batch;
            }
            let texts: Vec<Complaint> = (0..rows_more).map(|k| complaint(&rows.row(k % n))).collect();
            let signed: Vec<_> = texts.iter().map(|r| signer.sign(r)).collect();
            let (wall, start) = (Instant::now(), Clock::Thread.read());
            let mut latency = Vec::with_capacity(rows_more);
            for (k, signature) in signed.iter().enumerate() {
                let start = Instant::now();
                filing.insert(&format!("x{batch}-{k}"), signature);
                latency.push((start.elapsed().as_secs_f64() * 1e3) as f32);
            }
            let (count, wall, cpu) = (rows_more as f64, wall.elapsed().as_secs_f64(), Clock::Thread.read() - start);
            println!(
                "  commit after {batch}: {:.0} inserts/s by the wall, {:.0}/s of one core's time; by the wall {}",
                count / wall,
                count / cpu,
                quantiles(&mut latency)
            );
        }
    }
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
