//! How fast a batch is analysed over all cores, records already in memory: the yardstick of the bindings.
//! `cargo run --release -p jiesu --features cli --example batch_speed -- BUNDLE RECORDS.jsonl`

use jiesu::complaint::{Encoding, Format, Mapping, RowReader};
use jiesu::engine::Engine;
use rayon::prelude::*;
use std::io::BufReader;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(bundle), Some(input)) = (args.next(), args.next()) else { return Err("give a bundle and a file of records".into()) };
    let engine = Engine::from_bytes(&std::fs::read(bundle)?)?;
    let mut records = Vec::new();
    for row in RowReader::new(BufReader::new(std::fs::File::open(input)?), Format::Jsonl, Encoding::Utf8)? {
        records.extend(row?.ok().and_then(|row| Mapping::default().record(&row).ok()));
    }
    // The answers are kept, as a caller would.
    let started = Instant::now();
    let answers: Vec<_> = records.par_iter().map(|r| engine.analyze(r)).collect();
    println!("{:.0}", answers.len() as f64 / started.elapsed().as_secs_f64());
    Ok(())
}
