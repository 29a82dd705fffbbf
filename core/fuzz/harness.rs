//! What the fuzz targets do with their bytes. `tests/hostile.rs` does the same with fixed seeds in an ordinary test run.

use jiesu::Complaint;
use jiesu::bundle::{Bundle, VERSION};
use jiesu::engine::Engine;
use jiesu::geo::{GazetteerSources, build_gazetteer};
use jiesu::learn::Features;
use jiesu::learn::train::{Settings, Task, fit};
use jiesu::text::{Prepared, Segmenter};
use jiesu::topic::{SECTION, TASKS};
use std::path::Path;
use std::sync::LazyLock;

/// A section of a bundle file: name, notice, payload.
type Section = (Vec<u8>, Vec<u8>, Vec<u8>);

static PROJECT: LazyLock<&Path> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().find(|dir| dir.join("models/beijing.jiesu").exists()).expect("the project's folder")
});
static SHIPPED: LazyLock<Bundle> = LazyLock::new(|| Bundle::open(PROJECT.join("models/beijing.jiesu")).expect("the shipped bundle"));
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::from_bundle(&SHIPPED).expect("an engine"));
static SMALL: LazyLock<Vec<Section>> = LazyLock::new(|| sections(&small().to_bytes().expect("bytes")));
/// Sections that are slow to load, each with the number of choices of a first byte that ask for it; the others share the rest.
const LARGE: [(&str, u8); 6] =
    [("words", 8), ("incident", 16), ("gazetteer", 8), ("geo.stations", 3), ("geo.points", 3), ("geo.polygons", 3)];
static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| sections(&SHIPPED.to_bytes().expect("bytes")));
static PIECES: LazyLock<Vec<String>> = LazyLock::new(pieces);

/// Every room, but few words, places and features: loads in a millisecond or two.
fn small() -> Bundle {
    let mut bundle = SHIPPED.clone();
    let words = "路灯 100\n不亮 100\n工资 100\n拖欠 100\n小区 100\n漏水 100\n龙华区 50\n街道 80\n";
    bundle.insert("dictionary", &words.to_string(), "").expect("inserted");
    for (name, ..) in LARGE {
        bundle.remove(name);
    }
    let scorer = std::fs::read_to_string(PROJECT.join("models/gazetteer/scorer.json")).expect("the scorer");
    let sources =
        GazetteerSources { city: "海口市".into(), outside: "北京市\n".into(), sounds: "lu 路陆\n".into(), ..Default::default() };
    let places = build_gazetteer(&PROJECT.join("core/tests/data/haikou"), &sources, &serde_json::from_str(&scorer).expect("JSON"));
    bundle.absorb(places.expect("a gazetteer"));
    let segmenter = Segmenter::new(words).expect("a segmenter");
    let rows = [("小区门口路灯不亮", "D05"), ("公司拖欠工资三个月", "D12"), ("楼上漏水没人管", "D03")];
    let rows: Vec<_> = rows.iter().cycle().take(60).collect();
    let texts: Vec<Features> = rows.iter().map(|r| Features::extract(&Prepared::new(r.0, None, &segmenter))).collect();
    let label = |task: &str, at: usize| match task {
        "domain" => rows[at].1.to_string(),
        "problem" => ["00", "00"][at % 2].to_string(),
        "type" => ["C", "H", "P"][at % 3].to_string(),
        "urgency" => ["0", "1", "2"][at % 3].to_string(),
        "level" => ["T", "D", "E"][at % 3].to_string(),
        _ => ["市人力资源和社会保障局", "属地街道办事处、乡镇人民政府", "市城市管理委员会"][at % 3].to_string(),
    };
    let task = |name: &&str| Task::new(name, &(0..rows.len()).map(|at| Some(label(name, at))).collect::<Vec<_>>());
    let tasks: Vec<Task> = TASKS.iter().map(task).collect();
    let fitted = fit(&texts, &tasks, &[], &vec![1.0; rows.len()], false, Settings::default()).expect("learned");
    bundle.insert(SECTION, &fitted.classifiers.to_parts(), "").expect("inserted");
    bundle
}

fn varint(bytes: &[u8], at: &mut usize) -> usize {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[*at];
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a good file apart.
fn sections(file: &[u8]) -> Vec<Section> {
    let mut at = 24;
    let count = varint(file, &mut at);
    let mut next = || {
        let len = varint(file, &mut at);
        at += len;
        file[at - len..at].to_vec()
    };
    (0..count).map(|_| (next(), next(), next())).collect()
}

/// A file around a body, with a header that fits.
fn file(body: &[u8]) -> Vec<u8> {
    let mut out = b"JIESU\r\n\x1a".to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(body.len() as u64).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    out.extend_from_slice(body);
    out
}

fn body(sections: &[Section]) -> Vec<u8> {
    let mut out = Vec::new();
    put_number(&mut out, sections.len());
    for (name, notice, payload) in sections {
        put(&mut out, name);
        put(&mut out, notice);
        put(&mut out, payload);
    }
    out
}

/// Changes bytes by a script of six-byte steps: what, where (24 bits), two operands.
fn edit(bytes: &mut Vec<u8>, script: &[u8]) {
    for step in script.chunks_exact(6) {
        let at = usize::from(step[1]) | usize::from(step[2]) << 8 | usize::from(step[3]) << 16;
        let at = at % (bytes.len() + 1);
        match step[0] % 5 {
            0 if at < bytes.len() => bytes[at] = step[4],
            1 if at < bytes.len() => bytes[at] ^= 1 << (step[4] % 8),
            2 => bytes.truncate(at),
            3 => {
                bytes.splice(at..at, std::iter::repeat_n(step[4], usize::from(step[5] % 12)));
            }
            _ => {
                let end = (at + usize::from(step[4])).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

/// A bundle whose checksum is right but whose content is not: an error or an engine that answers, never a panic. The first byte chooses
/// a section (or the list of sections), the rest is a script of changes. The same bytes are also read as a file of their own.
pub fn bundle(data: &[u8]) {
    let Some((&choice, script)) = data.split_first() else { return };
    assert!(Bundle::from_bytes(data).is_err());
    let _ = Bundle::from_bytes(&file(data));
    let mut whole = SMALL.clone();
    let mut choice = usize::from(choice);
    let mut large = None;
    for (name, share) in LARGE {
        match choice.checked_sub(usize::from(share)) {
            Some(rest) => choice = rest,
            None => {
                large = Some(name);
                break;
            }
        }
    }
    if let Some(name) = large {
        // Sections of places need the city they are about.
        let city = name.starts_with("geo.") || name == "gazetteer";
        let wanted = |section: &Section| section.0 == name.as_bytes() || city && section.0.starts_with(b"g");
        let shipped: Vec<Section> = SECTIONS.iter().filter(|s| wanted(s)).cloned().collect();
        whole.retain(|old| !shipped.iter().any(|new| new.0 == old.0));
        whole.extend(shipped);
        choice = whole.iter().position(|s| s.0 == name.as_bytes()).expect("the section");
    }
    let choice = choice % (whole.len() + 1);
    let body = match whole.get_mut(choice) {
        Some(section) => {
            edit(&mut section.2, script);
            body(&whole)
        }
        None => {
            let mut list = body(&whole);
            edit(&mut list, script);
            list
        }
    };
    match Engine::from_bytes(&file(&body)) {
        Err(e) => assert!(!e.code().is_empty()),
        Ok(engine) => {
            let mut index = engine.incident_index(90).ok();
            for (n, text) in ["小区路灯不亮，龙华区没人管", "公司拖欠工资；另外楼上漏水，电话13800138000"].iter().enumerate()
            {
                let record = Complaint::builder(n.to_string()).text(*text).received_at("2026-01-05").and_then(|c| c.build());
                let record = record.expect("a record");
                sound(&engine, &record);
                if let Some(index) = &mut index {
                    engine.process(&record, index);
                }
            }
        }
    }
}

/// Clauses of the golden corpus.
fn pieces() -> Vec<String> {
    let file = std::fs::read_to_string(PROJECT.join("tests/golden/requests.jsonl")).expect("the golden corpus");
    let text = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["text"].as_str().unwrap_or_default().to_string();
    let mut out: Vec<String> = Vec::new();
    for line in file.lines() {
        out.extend(text(line).split_inclusive(['，', '。', ',', '、', '；']).map(str::to_string));
    }
    out
}

/// Any text gets an answer that keeps its promises. The first byte says how the rest is read: as UTF-8, or as clauses of real form (two
/// bytes a clause, or a zero and one byte of text).
pub fn analyze(data: &[u8]) {
    let Some((&mode, rest)) = data.split_first() else { return };
    let mut text = String::new();
    if mode & 1 == 0 {
        text.push_str(&String::from_utf8_lossy(rest));
    } else {
        for step in rest.chunks_exact(2) {
            if step[0] < 32 {
                text.extend(char::from_u32(u32::from(step[0] & 7) << 8 | u32::from(step[1])));
            } else {
                let clause = &PIECES[(usize::from(step[0]) << 8 | usize::from(step[1])) % PIECES.len()];
                // Part of a clause now and then, so that cuts fall anywhere.
                let keep = if step[0] & 3 == 0 { usize::from(step[1] % 7) + 1 } else { usize::MAX };
                text.extend(clause.chars().take(keep));
            }
        }
    }
    let mut record = Complaint::builder("1").text(text);
    if mode & 2 != 0 {
        record = record.title("反映路灯不亮");
    }
    if mode & 4 != 0 {
        record = record.with(|c| c.address = Some(c.text.chars().rev().take(40).collect()));
    }
    if let Ok(record) = record.build() {
        sound(&ENGINE, &record);
    }
}

/// Checks what every answer promises.
fn sound(engine: &Engine, record: &Complaint) {
    let answer = engine.analyze(record);
    let text = record.text.as_str();
    let within = |start: usize, end: usize| assert!(text.get(start..end).is_some(), "{start}..{end} in {text:?}");
    answer.pii.iter().for_each(|p| within(p.start, p.end));
    answer.entities.iter().for_each(|e| within(e.start, e.end));
    answer.topics.iter().flat_map(|t| &t.evidence).for_each(|e| within(e.start, e.end));
    answer.matters.iter().for_each(|m| within(m.start, m.end));
    assert_eq!(answer.matters.first().map(|m| m.start), Some(0));
    assert_eq!(answer.matters.last().map(|m| m.end), Some(text.len()));
    assert!(answer.matters.windows(2).all(|w| w[0].end == w[1].start));
    assert!(!answer.units.is_empty() && !answer.topics.is_empty());
    let json = engine.analyze_json(record);
    let value: serde_json::Value = serde_json::from_str(&json).expect("the answer is JSON");
    assert_eq!(value["units"][0]["role"], "lead");
    assert_eq!(json, engine.analyze_json(record), "the same record, another answer");
}
