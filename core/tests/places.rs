//! Resolution of places over the gazetteer that ships (`models/gazetteer/beijing.gazetteer`) and over another city built here.
#![cfg(feature = "train")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::bundle::Bundle;
use jiesu::complaint::gcj02_to_wgs84;
use jiesu::geo::*;
use jiesu::text::{Prepared, Segmenter};
use std::path::{Path, PathBuf};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

fn bundle() -> Bundle {
    Bundle::open(models().join("gazetteer/beijing.gazetteer")).unwrap()
}

fn segmenter() -> Segmenter {
    Segmenter::new(&std::fs::read_to_string(models().join("dictionary.txt")).unwrap()).unwrap()
}

fn resolve(g: &Gazetteer, s: &Segmenter, text: &str, hints: &Hints<'_>) -> Resolution {
    g.resolve(&Prepared::new(text, None, s), hints)
}

fn code(r: &Resolution) -> &str {
    r.area.as_ref().map_or("-", |a| a.code.as_str())
}

#[test]
fn look_alikes_and_names() {
    let (g, s) = (Gazetteer::from_bundle(&bundle()).unwrap(), segmenter());
    let mut wrong = Vec::new();
    let rows: Vec<Vec<&str>> =
        include_str!("data/places.tsv").lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    for row in &rows {
        let r = resolve(&g, &s, row[0], &Hints::default());
        let got = code(&r);
        if !(got == row[1] || row[2].contains("not checked") && got.starts_with(row[1])) {
            wrong.push(format!("{} is {got}, not {} {:?}", row[0], row[1], r.area));
        }
    }
    assert!(rows.len() > 30 && wrong.len() <= rows.len() / 20, "{wrong:#?}");
}

#[test]
fn a_misheard_village_is_found_by_its_sound() {
    let (g, s) = (Gazetteer::from_bundle(&bundle()).unwrap(), segmenter());
    let text = "门头沟区军庄镇梦悟村的路灯不亮";
    let r = resolve(&g, &s, text, &Hints::default());
    let area = g.tree().find(code(&r)).unwrap();
    assert_eq!(g.tree().name(area), "孟悟村");
    let heard = r.mentions.last().unwrap();
    assert_eq!(&text[heard.span.start..heard.span.end], "梦悟村");
}

#[test]
fn an_alias_gives_all_its_towns() {
    let (g, s) = (Gazetteer::from_bundle(&bundle()).unwrap(), segmenter());
    let r = resolve(&g, &s, "住在回龙观，楼下半夜施工", &Hints::default());
    let towns: Vec<&str> = r.areas.iter().map(|a| a.name.as_str()).collect();
    for town in ["回龙观街道", "龙泽园街道", "霍营街道", "史各庄街道"] {
        assert!(towns.contains(&town), "{towns:?}");
    }
    assert!(r.areas.len() <= 8 && r.areas.iter().all(|a| (0.0..=1.0).contains(&a.p)));
}

#[test]
fn hints_decide_between_villages_of_one_name() {
    let (g, s) = (Gazetteer::from_bundle(&bundle()).unwrap(), segmenter());
    let text = "我住岳各庄村，村口的路灯坏了";
    let open = resolve(&g, &s, text, &Hints::default());
    assert!(code(&open).len() < 12, "{open:?}");
    let hinted = resolve(&g, &s, text, &Hints { area: Some("110117"), ..Hints::default() });
    assert!(code(&hinted).starts_with("110117"), "{hinted:?}");
    // No place in the text: the known area, or the point, speaks.
    let plain = resolve(&g, &s, "路灯坏了", &Hints { area: Some("110117003"), ..Hints::default() });
    assert_eq!(code(&plain), "110117003");
    let address = Prepared::new("朝阳区麦子店街道霞光里", None, &s);
    let filed = resolve(&g, &s, "路灯坏了", &Hints { address: Some(&address), ..Hints::default() });
    assert_eq!(code(&filed), "110105012023");
}

#[test]
fn a_point_gives_its_district() {
    let (g, s) = (Gazetteer::from_bundle(&bundle()).unwrap(), segmenter());
    // The seat of Changping, from the GCJ-02 tables.
    let point = gcj02_to_wgs84(116.231254, 40.220804);
    let r = resolve(&g, &s, "路灯坏了", &Hints { point: Some(point), ..Hints::default() });
    assert!(code(&r).starts_with("110114"), "{r:?}");
    // Shanghai is not here, nor are the ends of the earth.
    for far in [(121.47, 31.23), (180.0, 90.0), (-180.0, -90.0), (0.0, 0.0)] {
        assert_eq!(resolve(&g, &s, "路灯坏了", &Hints { point: Some(far), ..Hints::default() }), Resolution::default());
    }
}

#[test]
fn works_without_the_removable_sections() {
    let s = segmenter();
    let mut b = bundle();
    let total: usize = b.sections().map(|s| s.1).sum();
    assert!(total < 600_000, "{total}");
    for section in ["geo.polygons", "geo.stations", "geo.points"] {
        assert!(b.remove(section));
    }
    let g = Gazetteer::from_bundle(&b).unwrap();
    assert_eq!(code(&resolve(&g, &s, "朝阳区麦子店街道霞光里社区停水", &Hints::default())), "110105012023");
    assert_eq!(resolve(&g, &s, "停水", &Hints { point: Some((116.4, 39.9)), ..Hints::default() }), Resolution::default());
    b.remove("geo.scorer");
    assert!(Gazetteer::from_bundle(&b).is_err());
}

#[test]
fn the_tree() {
    let g = Gazetteer::from_bundle(&bundle()).unwrap();
    let t = g.tree();
    let community = t.find("110105012023").unwrap();
    let town = t.parent(community).unwrap();
    let district = t.district_of(community).unwrap();
    assert_eq!((t.code(town), t.code(district), t.name(district)), ("110105012", "110105", "朝阳区"));
    assert!(t.contains(district, community) && !t.contains(community, district));
    assert!(t.children(town).any(|c| c == community));
    assert_eq!(t.children(community).len(), 0);
    assert!(t.adjacent(district).iter().any(|&d| t.name(d) == "海淀区"));
    assert_eq!(t.districts().count(), 16);
    // The ministry's code of a street the statistics number otherwise.
    assert_eq!(t.find("110105400").map(|a| t.code(a)), Some("110105020"));
    assert_eq!(t.find("999999"), None);
    assert_eq!(t.find(""), None);
    let total: usize = [AreaLevel::District, AreaLevel::Town, AreaLevel::Community].map(|l| t.level(l).count()).iter().sum();
    assert_eq!(total, 16 + 349 + 7535);
}

#[test]
fn odd_texts() {
    let (g, s) = (Gazetteer::from_bundle(&bundle()).unwrap(), segmenter());
    for text in ["", " ", "😀👨‍👩‍👧", "\u{0}\n\n", "区区区区区", "街道", "朝", "朝阳区朝阳区朝阳区", "从到从到"]
    {
        let r = resolve(&g, &s, text, &Hints { area: Some("x"), point: Some((f64::NAN, f64::INFINITY)), address: None });
        assert!(r.mentions.iter().all(|m| text.get(m.span.start..m.span.end).is_some()), "{text:?}");
    }
    let long = "朝阳区望京街道西园四区的路灯坏了，".repeat(20_000);
    let started = std::time::Instant::now();
    assert!(code(&resolve(&g, &s, &long, &Hints::default())).starts_with("110105"));
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn hostile_sections_are_errors() {
    let good = bundle();
    let mut bytes = good.to_bytes().unwrap();
    // Any damage is caught by the checksum; what passes it must be caught by the room.
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    assert!(Bundle::from_bytes(&bytes).is_err());
    let mut b = good.clone();
    b.insert("gazetteer", &vec![0xffu8; 64], "").unwrap();
    assert!(Gazetteer::from_bundle(&b).is_err());
    let mut b = good.clone();
    b.insert("geo.points", &vec![Some((1i32, 1i32)); 3], "").unwrap();
    assert!(Gazetteer::from_bundle(&b).is_err());
    let mut b = good;
    b.insert("geo.scorer", &Scorer { weights: vec![("Bias".into(), f64::NAN)] }, "").unwrap();
    assert!(Gazetteer::from_bundle(&b).is_err());
}

#[test]
fn another_city_from_its_tables() {
    let s = segmenter();
    let scorer: Scorer = serde_json::from_str(&std::fs::read_to_string(models().join("gazetteer/scorer.json")).unwrap()).unwrap();
    let sources = GazetteerSources { city: "海口市".into(), ..beijing_sources(&models()).unwrap() };
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/haikou");
    let built = build_gazetteer(&dir, &sources, &scorer).unwrap();
    assert_eq!(built.to_bytes().unwrap(), build_gazetteer(&dir, &sources, &scorer).unwrap().to_bytes().unwrap());
    let g = Gazetteer::from_bundle(&built).unwrap();
    let at = |text: &str| resolve(&g, &s, text, &Hints::default()).area.map(|a| a.name);
    assert_eq!(at("美兰区和平南街道有人占道经营").as_deref(), Some("和平南街道"));
    assert_eq!(at("市民反映龙华区城西镇的路灯坏了").as_deref(), Some("城西镇"));
    assert_eq!(at("琼山区一小区停水").as_deref(), Some("琼山区"));
    assert_eq!(at("朝阳区的路灯坏了"), None);
    assert!(matches!(build_gazetteer(&dir.join("none"), &sources, &scorer), Err(GeoError::Missing { .. })));
}
