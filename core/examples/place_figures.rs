//! Place figures of the geography room on the written requests, as `checks/place.py` computes them, without the rest of the engine.
//!
//! `cargo run --release --features train --example place_figures -- [valid|cv|errors|weights|elsewhere] [SHARED]`: trains the scorer on
//! the train rows and reports on the `valid` rows (`elsewhere` prints texts of other cities placed here), or cross-validates over the
//! train rows (`errors` prints what went wrong there).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::geo::*;
use jiesu::text::{Prepared, Segmenter};
use std::collections::BTreeMap;
use std::path::Path;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let mode = args.get(1).map_or("valid", String::as_str);
    let shared = Path::new(args.get(2).map_or("../shared", String::as_str));
    let models = Path::new("models");
    let sources = beijing_sources(models)?;
    let segmenter = Segmenter::new(&sources.dictionary)?;
    let geo = shared.join("geo");
    let bundle = build_gazetteer(&geo, &sources, &Scorer::default())?;
    for (name, size, _) in bundle.sections() {
        println!("section {name}: {size} bytes");
    }
    let started = std::time::Instant::now();
    let plain = Gazetteer::from_bundle(&bundle)?;
    println!("opened in {:?}", started.elapsed());
    let rows: Vec<PlaceRow> = read_rows(&shared.join("data/written/requests.jsonl"))?;
    let penalty = args.get(3).map_or(PENALTY, |p| p.parse().unwrap_or(PENALTY));
    let learn = |keep: &dyn Fn(&PlaceRow) -> bool| -> Result<Gazetteer, Failure> {
        let scorer = train_scorer(&plain, &examples(&plain, models, shared, &segmenter, keep)?, penalty)?;
        if mode == "weights" {
            for (n, w) in &scorer.weights {
                println!("{n:20} {w:8.3}");
            }
        }
        Ok(Gazetteer::from_bundle(&build_gazetteer(&geo, &sources, &scorer)?)?)
    };
    let answer = |g: &Gazetteer, r: &PlaceRow| g.resolve(&Prepared::new(&r.text, None, &segmenter), &Hints::default());
    let mut results: Vec<(PlaceRow, Resolution)> = Vec::new();
    if mode == "cv" || mode == "errors" {
        for fold in 0..5u32 {
            let out = |r: &PlaceRow| {
                r.split == "train" && crc32fast::hash(if r.incident.is_empty() { &r.id } else { &r.incident }.as_bytes()) % 5 == fold
            };
            let g = learn(&|r| r.split == "train" && !out(r))?;
            results.extend(rows.iter().filter(|r| out(r)).map(|r| (r.clone(), answer(&g, r))));
        }
    } else {
        let g = learn(&|r| r.split == "train")?;
        results.extend(rows.iter().filter(|r| r.split == "valid").map(|r| (r.clone(), answer(&g, r))));
        let texts = read_elsewhere(&shared.join("data"))?;
        let held: Vec<Prepared> = texts.iter().skip(1).step_by(2).map(|t| Prepared::new(t, None, &segmenter)).collect();
        let placed = |p: &Prepared| g.resolve(p, &Hints::default()).area;
        let hits: Vec<&Prepared> = held.iter().filter(|p| placed(p).is_some()).collect();
        println!("texts of other cities placed here: {} of {} ({:.4})", hits.len(), held.len(), hits.len() as f64 / held.len() as f64);
        if mode == "elsewhere" {
            for p in hits.iter().take(80) {
                println!("{:?} {}", placed(p).map(|a| (a.name, a.p)), p.text().chars().take(160).collect::<String>());
            }
        }
        speed(&g, &rows, &segmenter);
    }
    report(&plain, &results, mode == "errors");
    Ok(())
}

fn speed(g: &Gazetteer, rows: &[PlaceRow], segmenter: &Segmenter) {
    let cut = |r: &PlaceRow| r.text.chars().take(70).collect::<String>();
    let texts: Vec<Prepared> =
        rows.iter().map(cut).filter(|t| t.chars().count() >= 60).map(|t| Prepared::new(&t, None, segmenter)).collect();
    let started = std::time::Instant::now();
    let mut n = 0;
    for _ in 0..20 {
        n += texts.iter().filter(|t| g.resolve(t, &Hints::default()).area.is_some()).count();
    }
    let per = started.elapsed().as_secs_f64() / (20 * texts.len()) as f64;
    println!("resolution: {:.0} texts of 70 characters a second ({} of {} with a place)", 1.0 / per, n / 20, texts.len());
}

fn report(g: &Gazetteer, results: &[(PlaceRow, Resolution)], errors: bool) {
    let mut figures: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut count = |name: &'static str, right: bool| {
        let f = figures.entry(name).or_default();
        f.0 += u32::from(right);
        f.1 += 1;
        right
    };
    for (r, a) in results {
        let code = a.area.as_ref().map_or("", |a| a.code.as_str());
        let town = |c: &str| c.get(..9).unwrap_or("").to_string();
        let district_name = g.tree().find(code.get(..6).unwrap_or("")).map_or("", |d| g.tree().name(d));
        let district = district_name == r.gold.district;
        let mut wrong: Vec<&str> = Vec::new();
        if !r.gold.district.is_empty() && !count("district", district) {
            wrong.push("district");
        }
        if r.gold.towns.len() == 1 && !count("town", town(code) == r.gold.towns[0]) {
            wrong.push("town");
        }
        if r.gold.towns.len() > 1 {
            let mut seen: Vec<String> = Vec::new();
            for c in std::iter::once(code).chain(a.areas.iter().map(|a| a.code.as_str())) {
                let t = town(c);
                if !t.is_empty() && !seen.contains(&t) {
                    seen.push(t);
                }
            }
            seen.truncate(r.gold.towns.len() + 4);
            if !count("candidates", r.gold.towns.iter().all(|t| seen.contains(t))) {
                wrong.push("candidates");
            }
        }
        if let Some(c) = &r.gold.community {
            let right = count("community", code == c);
            if !r.names_only_the_town(g, c) && !count("community, gold mended", right) {
                wrong.push("community");
            }
        }
        if r.loc_form == "district_only" && !count("not deeper", code.len() <= 6) {
            wrong.push("deeper");
        }
        if r.loc_form == "none" && !count("none", code.is_empty()) {
            wrong.push("none");
        }
        if r.trap.is_some() {
            let place = district && (r.gold.towns.is_empty() || r.gold.towns.contains(&town(code)));
            if !count("look-alikes", if r.loc_form == "none" { code.is_empty() } else { place }) {
                wrong.push("trap");
            }
        }
        if errors && !wrong.is_empty() {
            let got = a.area.as_ref().map(|a| format!("{} {} {:.3}", a.code, a.name, a.p));
            println!("{wrong:?} {} {} gold {} {:?} {:?}\n   got {got:?}", r.id, r.loc, r.gold.district, r.gold.towns, r.gold.community);
            for m in &a.mentions {
                print!("   {}:{:?}:{:.2}", &r.text[m.span.start..m.span.end], m.kind, m.p);
            }
            println!("\n   {:?}\n   {}\n", r.trap, r.text);
        }
    }
    for (name, (right, all)) in figures {
        println!("{name:24} {:.4}  ({right}/{all})", f64::from(right) / f64::from(all));
    }
}
