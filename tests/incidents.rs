//! Decisions about incidents: nothing is lost, ids last, and each can be taken back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::Complaint;
use jiesu::engine::Engine;
use jiesu::incident::{IncidentId, IncidentIndex};
use jiesu_tests::project;

const PLANT: [&str; 3] = [
    "朝阳区望京街道花家地西里三区旁边的混凝土搅拌站夜里一直生产，粉尘和噪音让居民睡不着，请查处搅拌站",
    "花家地西里三区旁边那个混凝土搅拌站又在夜里生产，粉尘飘进家里，噪音很大，睡不着",
    "望京花家地西里三区的居民反映混凝土搅拌站粉尘和夜间噪音扰民，请查处",
];

fn filed(engine: &Engine) -> (IncidentIndex, Vec<IncidentId>) {
    let mut index = engine.incident_index(90).unwrap();
    let texts = PLANT.iter().chain(&["密云区溪翁庄镇的公交车一个小时才来一趟，希望加密班次"]);
    let ids = texts.enumerate().map(|(n, text)| {
        let record =
            Complaint::builder(format!("r{n}")).text(*text).received_at(&format!("2026-03-0{} 10:00", n + 1)).unwrap().build().unwrap();
        let incident = engine.process(&record, &mut index).incident.unwrap();
        incident.id.parse().unwrap()
    });
    let ids: Vec<IncidentId> = ids.collect();
    (index, ids)
}

fn engine() -> Engine {
    Engine::from_bytes(&std::fs::read(project("models/beijing.jiesu")).unwrap()).unwrap()
}

#[test]
fn reports_of_one_matter_meet_and_another_stays_apart() {
    let (index, ids) = filed(&engine());
    assert_eq!((ids[0], ids[0]), (ids[1], ids[2]));
    assert_ne!(ids[0], ids[3]);
    assert_eq!(index.members(ids[0]).unwrap(), ["r0", "r1", "r2"]);
}

#[test]
fn a_split_and_a_merge_keep_every_record_and_every_id() {
    let (mut index, ids) = filed(&engine());
    let alone = index.reject("r1").unwrap();
    assert_eq!((index.members(alone).unwrap(), index.members(ids[0]).unwrap()), (vec!["r1"], vec!["r0", "r2"]));
    let event = index.confirm(alone, ids[0]).unwrap();
    assert_eq!(index.resolve(alone).unwrap(), ids[0]);
    assert_eq!(index.members(alone).unwrap(), ["r0", "r1", "r2"]);
    assert!(index.undo(event) && !index.undo(event));
    assert_eq!(index.members(alone).unwrap(), ["r1"]);
    assert!(index.reject("nobody").is_err() && index.members("inc-99999999".parse().unwrap()).is_err());
}

#[test]
fn status_reaches_the_incident_and_can_be_taken_back() {
    let (mut index, ids) = filed(&engine());
    index.close(ids[0], "已办结").unwrap();
    assert_eq!(index.status(ids[2]).unwrap(), Some("已办结"));
    let event = index.reopen(ids[0]).unwrap();
    assert_eq!(index.status(ids[0]).unwrap(), None);
    assert!(index.undo(event));
    assert_eq!(index.status(ids[0]).unwrap(), Some("已办结"));
}

#[test]
fn the_same_stream_gives_the_same_state() {
    let engine = engine();
    let (a, b) = (filed(&engine).0, filed(&engine).0);
    assert!(a.same_state(&b));
}
