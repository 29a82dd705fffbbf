//! Load for the crash tests: files records in a store for ever and tells each acknowledged one on stdout.
//!
//! `store-load DIR RECORDS BATCH FIRST`: records FIRST … of the file, over and over with new ids; a line `ID INCIDENT` for each record
//! once the commit that holds it has returned; now and then a decision by a person.
#![allow(clippy::unwrap_used)]

use jiesu::bundle::Bundle;
use jiesu::incident::{IncidentStore, IndexSettings, Signer};
use jiesu_tests::{load_record, project};
use std::io::Write;
use std::path::Path;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (dir, limit, batch, first) = (Path::new(&args[1]), args[2].parse().unwrap(), args[3].parse().unwrap(), args[4].parse().unwrap());
    let signer = Signer::from_bundle(&Bundle::open(project("models/beijing.jiesu")).unwrap()).unwrap();
    let mut store = match IncidentStore::open(dir, signer.model().clone(), IndexSettings { window_days: 30, ..IndexSettings::default() }) {
        Ok(store) => store,
        Err(e) => fail(e.code()),
    };
    let mut out = std::io::stdout().lock();
    let mut told = Vec::new();
    let texts = jiesu_tests::load_texts();
    for n in first..limit {
        let record = load_record(&texts, n);
        let placed = store.index_mut().insert(&record.id, &signer.sign(&record));
        told.push((record.id, placed.incident));
        if n % 97 == 96 {
            store.index_mut().close(placed.incident, "已办结").unwrap();
        }
        if n % 61 == 60 {
            let (record, incident) = told.last_mut().unwrap();
            *incident = store.index_mut().reject(record).unwrap();
        }
        if told.len() >= batch {
            if let Err(e) = store.commit() {
                fail(e.code());
            }
            for (id, incident) in told.drain(..) {
                writeln!(out, "{id} {incident}").unwrap();
            }
            out.flush().unwrap();
        }
    }
}

fn fail(code: &str) -> ! {
    println!("failed {code}");
    std::process::exit(3)
}
