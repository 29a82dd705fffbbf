//! Place figures of the geography room on the written requests, as `checks/place.py` computes them, without the rest of the engine.
//!
//! `cargo run --release --features train --example place_figures [-- valid|cv|errors] [SHARED]`: trains the scorer on the train rows
//! and reports on `valid` rows, or cross-validates over the train rows; `errors` prints what went wrong there.

use jiesu::geo::{Example, Gazetteer, GazetteerSources, Hints, Resolution, Scorer, build_gazetteer, train_scorer};
use jiesu::text::{Prepared, Segmenter};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize, Clone)]
struct Row {
    #[serde(default)]
    id: String,
    text: String,
    #[serde(default)]
    loc: String,
    #[serde(default)]
    loc_form: String,
    gold: Gold,
    #[serde(default)]
    incident: String,
    #[serde(default)]
    split: String,
    #[serde(default)]
    trap: serde_json::Value,
}

#[derive(Deserialize, Clone, Default)]
struct Gold {
    #[serde(default)]
    district: String,
    #[serde(default)]
    towns: Vec<String>,
    #[serde(default)]
    community: Option<String>,
}

type Failure = Box<dyn std::error::Error>;

fn rows<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, Failure> {
    let text = std::fs::read_to_string(path)?;
    text.lines().filter(|l| !l.trim().is_empty()).map(|l| Ok(serde_json::from_str(l)?)).collect()
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let mode = args.get(1).map_or("valid", String::as_str);
    let shared = Path::new(args.get(2).map_or("../shared", String::as_str));
    let models = Path::new("models");
    let read = |p: &str| std::fs::read_to_string(models.join(p));
    let dictionary = read("dictionary.txt")?;
    let sources = GazetteerSources {
        city: "北京市".into(),
        outside: read("gazetteer/outside.txt")?,
        sounds: read("gazetteer/sounds.txt")?,
        dictionary: dictionary.clone(),
        ..GazetteerSources::default()
    };
    let segmenter = Segmenter::new(&dictionary)?;
    let geo = shared.join("geo");
    let bundle = build_gazetteer(&geo, &sources, &Scorer::default())?;
    for (name, size, _) in bundle.sections() {
        eprintln!("section {name}: {size} bytes");
    }
    let started = std::time::Instant::now();
    let plain = Gazetteer::from_bundle(&bundle)?;
    eprintln!("opened in {:?}", started.elapsed());
    let all: Vec<Row> = rows(&shared.join("data/written/requests.jsonl"))?;
    let (train, valid): (Vec<Row>, Vec<Row>) = all.into_iter().partition(|r| r.split == "train");
    let codes: BTreeMap<String, String> =
        plain.tree().districts().map(|d| (plain.tree().name(d).to_string(), plain.tree().code(d).to_string())).collect();
    let example = |r: &Row, weight: f64| Example {
        text: Prepared::new(&r.text, None, &segmenter),
        district: codes.get(&r.gold.district).cloned(),
        towns: r.gold.towns.clone(),
        community: r.gold.community.clone(),
        weight,
    };
    let mut extra: Vec<Example> = Vec::new();
    let own = models.join("gazetteer/lookalikes.jsonl");
    if own.exists() {
        extra.extend(rows::<Row>(&own)?.iter().map(|r| example(r, 1.0)));
    }
    let elsewhere: Vec<String> = elsewhere(shared)?;
    extra.extend(elsewhere.iter().step_by(2).map(|t| Example {
        text: Prepared::new(t, None, &segmenter),
        district: None,
        towns: Vec::new(),
        community: None,
        weight: 0.3,
    }));
    let learn = |rows: &[&Row]| -> Result<Gazetteer, Failure> {
        let mut examples: Vec<Example> = rows.iter().filter(|r| r.loc_form != "incident").map(|r| example(r, 1.0)).collect();
        examples.extend(extra.iter().cloned());
        let scorer = train_scorer(&plain, &examples, 0.5)?;
        if mode == "weights" {
            for (n, w) in &scorer.weights {
                println!("{n:20} {w:8.3}");
            }
        }
        Ok(Gazetteer::from_bundle(&build_gazetteer(&geo, &sources, &scorer)?)?)
    };
    let answer = |g: &Gazetteer, r: &Row| g.resolve(&Prepared::new(&r.text, None, &segmenter), &Hints::default());
    let mut results: Vec<(Row, Resolution)> = Vec::new();
    if mode == "cv" || mode == "errors" {
        let key = |r: &Row| if r.incident.is_empty() { r.id.clone() } else { r.incident.clone() };
        for fold in 0..5u32 {
            let out = |r: &&Row| crc32fast::hash(key(r).as_bytes()) % 5 == fold;
            let kept: Vec<&Row> = train.iter().filter(|r| !out(r)).collect();
            let g = learn(&kept)?;
            results.extend(train.iter().filter(out).map(|r| (r.clone(), answer(&g, r))));
        }
    } else {
        let g = learn(&train.iter().collect::<Vec<_>>())?;
        results.extend(valid.iter().map(|r| (r.clone(), answer(&g, r))));
        let prepared: Vec<Prepared> = elsewhere.iter().skip(1).step_by(2).map(|t| Prepared::new(t, None, &segmenter)).collect();
        let hits: Vec<usize> = (0..prepared.len()).filter(|&i| g.resolve(&prepared[i], &Hints::default()).area.is_some()).collect();
        println!(
            "texts of other cities with a place here: {} of {} ({:.4})",
            hits.len(),
            prepared.len(),
            hits.len() as f64 / prepared.len() as f64
        );
        if mode == "elsewhere" {
            for &i in hits.iter().take(80) {
                let a = g.resolve(&prepared[i], &Hints::default()).area;
                println!("{:?} {}", a.map(|a| (a.name, a.p)), prepared[i].text().chars().take(160).collect::<String>());
            }
        }
        speed(&g, &train, &segmenter);
    }
    report(&results, &codes, mode == "errors");
    Ok(())
}

/// Texts that name no place of this city: messages to another province's board, orders of Haikou.
fn elsewhere(shared: &Path) -> Result<Vec<String>, Failure> {
    #[derive(Deserialize)]
    struct Message {
        #[serde(default)]
        title: Option<String>,
        #[serde(default)]
        detail: Option<String>,
        #[serde(default)]
        text: Option<String>,
    }
    let mut out = Vec::new();
    for (file, step) in [("haikou.jsonl", 8), ("messages_labelled.jsonl", 3), ("stream_2019.jsonl", 4)] {
        let all: Vec<Message> = rows(&shared.join("data").join(file))?;
        out.extend(
            all.into_iter()
                .step_by(step)
                .map(|m| m.text.unwrap_or_else(|| format!("{}\n{}", m.title.unwrap_or_default(), m.detail.unwrap_or_default()))),
        );
    }
    Ok(out)
}

fn speed(g: &Gazetteer, rows: &[Row], segmenter: &Segmenter) {
    let texts: Vec<Prepared> = rows
        .iter()
        .map(|r| Prepared::new(&r.text.chars().take(70).collect::<String>(), None, segmenter))
        .filter(|p| p.text().chars().count() >= 60)
        .collect();
    let started = std::time::Instant::now();
    let mut n = 0;
    for _ in 0..20 {
        for t in &texts {
            n += usize::from(g.resolve(t, &Hints::default()).area.is_some());
        }
    }
    let per = started.elapsed().as_secs_f64() / (20 * texts.len()) as f64;
    println!("resolution: {:.0} texts of 70 characters a second ({} of {} with a place)", 1.0 / per, n / 20, texts.len());
}

fn report(results: &[(Row, Resolution)], codes: &BTreeMap<String, String>, errors: bool) {
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
        let gold = codes.get(&r.gold.district).map_or("", String::as_str);
        let district = code.get(..6).unwrap_or("") == gold;
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
            if !count("community", code == c) {
                wrong.push("community");
            }
        }
        if r.loc_form == "district_only" && !count("not deeper", code.len() <= 6) {
            wrong.push("deeper");
        }
        if r.loc_form == "none" && !count("none", code.is_empty()) {
            wrong.push("none");
        }
        if r.trap.is_string() {
            let right = if r.loc_form == "none" {
                code.is_empty()
            } else {
                district && (r.gold.towns.is_empty() || r.gold.towns.contains(&town(code)))
            };
            if !count("look-alikes", right) {
                wrong.push("trap");
            }
        }
        if errors && !wrong.is_empty() {
            let got = a.area.as_ref().map(|a| format!("{} {} {:.3}", a.code, a.name, a.p));
            println!("{wrong:?} {} {} gold {} {:?} {:?}\n   got {got:?}", r.id, r.loc, r.gold.district, r.gold.towns, r.gold.community);
            for m in &a.mentions {
                print!("   {}:{:?}:{:.2}", &r.text[m.span.start..m.span.end], m.kind, m.p);
            }
            println!("\n   {:?}\n   {}\n", r.trap.as_str().unwrap_or(""), r.text);
        }
    }
    for (name, (right, all)) in figures {
        println!("{name:12} {:.4}  ({right}/{all})", f64::from(right) / f64::from(all));
    }
}
