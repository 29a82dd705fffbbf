//! The daily scan at a city's size: 343 areas × 200 topics × 90 days, 70,000 requests a day. Prints the longest update of a day and the
//! most memory besides criterion's figures.
#![allow(missing_docs, clippy::panic)]

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use jiesu::complaint::Day;
use jiesu::hotspot::{Areas, Detector, DetectorParams, EventRef};
use std::hint::black_box;
use std::time::{Duration, Instant};

const AREAS: usize = 343;
const TOPICS: usize = 200;
const DAYS: i32 = 90;
const PER_DAY: u64 = 70_000;

/// A number from a counter.
fn hash(n: u64) -> u64 {
    let z = (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (n >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 32)
}

struct City {
    areas: Vec<String>,
    topics: Vec<String>,
    ids: Vec<String>,
    table: Areas,
}

impl City {
    fn new() -> Self {
        let areas: Vec<String> = (0..AREAS).map(|a| format!("A{a:03}")).collect();
        let rows: String = areas.iter().enumerate().map(|(n, a)| format!("{a},{a},D{}\n", n / 21)).collect();
        let table = Areas::from_csv(format!("code,name,parent\n{rows}").as_bytes()).unwrap_or_default();
        let ids = (0..PER_DAY).map(|n| format!("2026-{n:08}")).collect();
        City { table, areas, topics: (0..TOPICS).map(|t| format!("T{t:03}")).collect(), ids }
    }

    /// Weekdays differ, areas and topics differ in size.
    fn day(&self, day: i32) -> Vec<EventRef<'_>> {
        let count = PER_DAY * [115, 110, 105, 100, 100, 80, 75][day.rem_euclid(7) as usize] / 115;
        let skewed = |h: u64, n: usize| ((h % 1_000_003) as f64 / 1_000_003.0).powf(1.6) * n as f64;
        (0..count)
            .map(|n| {
                let key = day as u64 * PER_DAY + n;
                let (a, t) = (skewed(hash(2 * key), AREAS) as usize, skewed(hash(2 * key + 1), TOPICS) as usize);
                EventRef {
                    id: &self.ids[n as usize],
                    day: Day(day),
                    area: &self.areas[a.min(AREAS - 1)],
                    topic: &self.topics[t.min(TOPICS - 1)],
                    caller: Some(hash(key) | 1),
                    incident: None,
                }
            })
            .collect()
    }

    fn loaded(&self, days: &[Vec<EventRef<'_>>]) -> Detector {
        let mut detector = Detector::new(self.table.clone(), DetectorParams::default()).unwrap_or_else(|e| panic!("{e}"));
        for (d, events) in days.iter().enumerate() {
            detector.load_day(Day(d as i32), events).unwrap_or_else(|e| panic!("{e}"));
        }
        detector
    }
}

/// The process's peak of memory in MB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// Seconds of computing this process has had, where the system tells: what a core of its own would take on a busy machine.
fn computed() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    // User and system time in hundredths of a second.
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
}

fn since(before: Option<f64>) -> f64 {
    computed().zip(before).map_or(f64::NAN, |(now, before)| now - before)
}

fn hotspots(c: &mut Criterion) {
    let city = City::new();
    let before: Vec<Vec<EventRef<'_>>> = (0..DAYS - 1).map(|d| city.day(d)).collect();
    let last = city.day(DAYS - 1);
    let mut group = c.benchmark_group("hotspots");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(20));
    group.throughput(Throughput::Elements((AREAS * TOPICS) as u64));
    group.bench_function("scan of a day after 89 others, from nothing", |b| {
        b.iter(|| black_box(city.loaded(&before).update_day(Day(DAYS - 1), &last)));
    });
    // Day after day, so that every refit and every new threshold comes in its turn.
    let mut detector = city.loaded(&before);
    let mut day = DAYS - 1;
    let (mut longest, mut most, mut updates) = (Duration::ZERO, 0.0_f64, 0);
    let (first, before) = (Instant::now(), computed());
    let _ = black_box(detector.update_day(Day(day), &last));
    let (first, first_computed) = (first.elapsed(), since(before));
    group.bench_function("update of one day", |b| {
        b.iter_custom(|n| {
            let mut sum = Duration::ZERO;
            for _ in 0..n {
                day += 1;
                let events = city.day(day);
                let (start, before) = (Instant::now(), computed());
                let _ = black_box(detector.update_day(Day(day), &events));
                let took = start.elapsed();
                (sum, longest) = (sum + took, longest.max(took));
                (most, updates) = (most.max(since(before)), updates + 1);
            }
            sum
        });
    });
    group.finish();
    println!(
        "first day after loading {:.2} s ({first_computed:.2} s computing); longest of {updates} later days {:.2} s ({most:.2} s computing); \
         peak of memory with all events {} MB",
        first.as_secs_f64(),
        longest.as_secs_f64(),
        peak().map_or("?".to_string(), |m| m.to_string())
    );
}

criterion_group!(benches, hotspots);
criterion_main!(benches);
