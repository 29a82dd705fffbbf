//! From text to answer, step by step: normalise, segment, features, predict, analyse. Throughput is in bytes of UTF-8 and in records, on
//! one core.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiesu::bundle::Bundle;
use jiesu::complaint::{Complaint, Encoding, Format, Mapping, RowReader};
use jiesu::dispatch::{Case, Catalogue, LEVELS, UnitScore};
use jiesu::engine::Engine;
use jiesu::learn::Features;
use jiesu::text::{Prepared, Segmenter, normalize};
use jiesu::topic::Topics;
use std::hint::black_box;

fn samples() -> Vec<Complaint> {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/samples/requests.jsonl")).unwrap();
    let rows = RowReader::new(file.as_slice(), Format::Jsonl, Encoding::Utf8).unwrap();
    rows.map(|row| Mapping::default().record(&row.unwrap().unwrap()).unwrap()).collect()
}

fn steps(c: &mut Criterion) {
    let records = samples();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/beijing.jiesu")).unwrap();
    let bundle = Bundle::from_bytes(&bytes).unwrap();
    let segmenter = Segmenter::from_bundle(&bundle).unwrap();
    let engine = Engine::from_bytes(&bytes).unwrap();
    let topics = Topics::from_bundle(&bundle).unwrap();
    let normal: Vec<String> = records.iter().map(|r| normalize(&r.text).text).collect();

    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(records.iter().map(|r| r.text.len() as u64).sum()));
    group.bench_function("normalize", |b| b.iter(|| records.iter().for_each(|r| drop(black_box(normalize(&r.text))))));
    group.bench_function("segment", |b| b.iter(|| normal.iter().for_each(|t| drop(black_box(segmenter.cut(t))))));
    group.bench_function("prepare", |b| {
        b.iter(|| records.iter().for_each(|r| drop(black_box(Prepared::new(&r.text, r.title_len, &segmenter)))))
    });
    group.finish();

    let prepared: Vec<Prepared> = records.iter().map(|r| Prepared::new(&r.text, r.title_len, &segmenter)).collect();
    let features: Vec<Features> = prepared.iter().map(Features::extract).collect();
    let readings: Vec<_> = features.iter().map(|f| topics.read(f)).collect();
    let mut group = c.benchmark_group("learn");
    group.throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("features", |b| b.iter(|| prepared.iter().for_each(|p| drop(black_box(Features::extract(p))))));
    group.bench_function("read", |b| b.iter(|| features.iter().for_each(|f| drop(black_box(topics.read(f))))));
    group.bench_function("predict", |b| b.iter(|| readings.iter().for_each(|r| drop(black_box(topics.judge(r))))));
    group.finish();

    let mut group = c.benchmark_group("engine");
    group.sample_size(20).throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("analyze", |b| b.iter(|| records.iter().for_each(|r| drop(black_box(engine.analyze(r))))));
    group.bench_function("analyze_json", |b| b.iter(|| records.iter().for_each(|r| drop(black_box(engine.analyze_json(r))))));
    group.finish();

    let mut group = c.benchmark_group("bundle");
    group.sample_size(20).throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("load", |b| b.iter_batched(|| bytes.clone(), |bytes| Engine::from_bytes(&bytes).unwrap(), BatchSize::LargeInput));
    group.finish();
}

/// Dispatch alone: everything it needs of a request is there; no history index.
fn dispatch(c: &mut Criterion) {
    let records = samples();
    let bundle = Bundle::from_bytes(&std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/beijing.jiesu")).unwrap()).unwrap();
    let engine = Engine::from_bundle(&bundle).unwrap();
    let segmenter = Segmenter::from_bundle(&bundle).unwrap();
    let topics = Topics::from_bundle(&bundle).unwrap();
    let read: Vec<_> = records
        .iter()
        .map(|r| {
            let prepared = Prepared::new(&r.text, r.title_len, &segmenter);
            let features = Features::extract(&prepared);
            let reading = topics.read(&features);
            let grounds = topics.grounds(&prepared, &features, &reading);
            let judgement = topics.judge(&reading);
            let units: Vec<UnitScore<'_>> = judgement
                .unit
                .ranked
                .iter()
                .take(8)
                .enumerate()
                .map(|(n, &(class, p))| {
                    let evidence = topics.unit_evidence(&grounds, class, if n < 2 { 4 } else { 0 });
                    UnitScore { unit: topics.unit_name(class), p, evidence }
                })
                .collect();
            (engine.analyze(r), prepared, units, LEVELS.map(|l| judgement.level.iter().find(|x| x.0 == l).map_or(0.0, |x| x.1)))
        })
        .collect();
    let cases: Vec<Case<'_>> = read
        .iter()
        .zip(&records)
        .map(|((a, prepared, units, levels), r)| Case {
            report: a.kind.report,
            urgency: a.urgency.level,
            topics: &a.topics,
            problem: a.problem.as_ref(),
            areas: &a.areas,
            entities: &a.entities,
            units,
            levels: Some(*levels),
            received_at: r.received_at,
            channel: r.channel.as_deref(),
            ..Case::of(prepared, a.kind.label, &a.collective)
        })
        .collect();
    let dispatcher = engine.dispatcher();
    let mut group = c.benchmark_group("dispatch");
    group.sample_size(20).throughput(Throughput::Elements(cases.len() as u64));
    group.bench_function("suggest", |b| b.iter(|| cases.iter().for_each(|case| drop(black_box(dispatcher.suggest(case))))));
    group.finish();

    let mut csv = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/catalogue/beijing.csv")).unwrap();
    (0..1000)
        .for_each(|n| csv.push_str(&format!("X{n},D0{},词语{n}甲|词语{n}乙&词语{n}丙,,城管执法局,街乡镇,department,7d,yes,\n", 1 + n % 9)));
    let mut group = c.benchmark_group("catalogue");
    group.sample_size(20);
    group.bench_function("reload_1000_rows", |b| b.iter(|| dispatcher.with_catalogue(Catalogue::from_csv(&csv).unwrap()).unwrap()));
    group.finish();
}

criterion_group!(benches, steps, dispatch);
criterion_main!(benches);
