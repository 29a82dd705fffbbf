//! Properties of the daily scan over a small simulated city: what a day says never depends on later events, gaps and chronic callers are
//! silent, an outbreak and a city-wide surge are told apart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::complaint::Day;
use jiesu::hotspot::{Alert, Areas, Detector, DetectorParams, Event, EventLog, Scope, State};

const DAYS: i32 = 75;

/// Small, fixed noise: counts of 1 to 3 a day by a multiplicative hash.
fn count(area: i32, topic: i32, day: i32) -> i32 {
    let h = (area.wrapping_mul(73_856_093) ^ topic.wrapping_mul(19_349_663) ^ day.wrapping_mul(83_492_791)).wrapping_mul(0x045d_9f3b);
    1 + ((h >> 16) & 0xff) % 3
}

fn first() -> i32 {
    Day::parse("2026-01-05").unwrap().0
}

fn city(extra: impl Fn(i32, i32, i32) -> i32, last: i32) -> EventLog {
    let mut log = EventLog::default();
    for day in 0..=last {
        for area in 0..12 {
            for topic in 0..5 {
                for k in 0..(count(area, topic, day) + extra(area, topic, day)).max(0) {
                    let event = Event {
                        id: format!("{day}-{area}-{topic}-{k}"),
                        day: Some(Day(first() + day)),
                        area: Some(format!("A{area:02}")),
                        topic: format!("T{topic}"),
                        // The calls of area 5, topic 0 beyond the usual ones come from one caller.
                        caller: (area == 5 && topic == 0 && k >= 3).then(|| "angry".to_string()),
                        ..Event::default()
                    };
                    log.push(&event).unwrap();
                }
            }
        }
    }
    log
}

fn areas() -> Areas {
    let mut table = "code,name,parent\n".to_string();
    for a in 0..12 {
        table += &format!("A{a:02},A{a:02},D{}\n", a / 4);
    }
    Areas::from_csv(table.as_bytes()).unwrap()
}

#[test]
fn a_district_without_any_event_changes_nothing_for_the_others() {
    let table = "code,name,parent\nB1,B1,E1\nB2,B2,E1\n".to_string();
    let mut with_empty = "code,name,parent\n".to_string();
    for a in areas().list() {
        with_empty += &format!("{},{},{}\n", a.code, a.name, a.parent);
    }
    with_empty += table.split_once('\n').unwrap().1;
    let log = city(|a, t, d| if (a, t, d) == (2, 3, 70) { 25 } else { 0 }, 70);
    let mut detector = Detector::new(Areas::from_csv(with_empty.as_bytes()).unwrap(), DetectorParams::default()).unwrap();
    let found = detector.scan(&log, Day(first() + 70), Day(first() + 70)).unwrap();
    assert!(found.iter().any(|a| a.scope == Scope::Local && a.areas == ["A02"]), "{found:?}");
}

fn alerts(log: &EventLog, last: i32) -> Vec<Alert> {
    let mut detector = Detector::new(areas(), DetectorParams::default()).unwrap();
    detector.scan(log, Day(first() + 50), Day(first() + last)).unwrap()
}

#[test]
fn quiet_city_gaps_and_chronic_callers_do_not_alarm() {
    // District 1 sends nothing on day 60; one man calls 30 times on every fifth day.
    let log = city(
        |a, t, d| match (a, t, d) {
            (4..=7, _, 60) => -100,
            (5, 0, d) if d % 5 == 0 => 30,
            _ => 0,
        },
        DAYS,
    );
    assert_eq!(alerts(&log, DAYS), []);
}

#[test]
fn an_outbreak_is_new_once_and_keeps_its_id() {
    let log = city(|a, t, d| if a == 2 && t == 3 && d >= 60 { 6 + (d - 60) } else { 0 }, DAYS);
    let found = alerts(&log, DAYS);
    assert!(found.iter().all(|a| a.scope == Scope::Local && a.topic == "T3" && a.areas == ["A02"]), "{found:#?}");
    assert_eq!(found.iter().filter(|a| a.state == State::New).count(), 1);
    assert!(found.len() > 1 && found.iter().all(|a| a.alert == found[0].alert));
    assert!(found[0].as_of.0 - first() - 60 <= 2);
    assert!(found[0].cases.len() as u64 >= found[0].observed && found[0].q_value < 0.1);
}

#[test]
fn a_surge_of_the_whole_city_is_no_local_outbreak() {
    let log = city(|_, t, d| if t == 1 && d == 65 { 5 } else { 0 }, DAYS);
    let found = alerts(&log, DAYS);
    assert_eq!(found.iter().map(|a| (a.scope, a.topic.as_str(), a.areas.len())).collect::<Vec<_>>(), [(Scope::City, "T1", 12)]);
}

#[test]
fn a_day_does_not_depend_on_later_events() {
    let extra = |a: i32, t: i32, d: i32| if a == 9 && t == 4 && d >= 58 { 7 } else { 0 };
    let whole = alerts(&city(extra, DAYS), DAYS);
    let cut = alerts(&city(extra, 62), 62);
    assert!(!cut.is_empty());
    assert_eq!(whole[..cut.len()], cut);
}

#[test]
fn two_weeks_are_said_to_be_short() {
    let mut detector = Detector::new(areas(), DetectorParams::default()).unwrap();
    let log = city(|a, t, d| if a == 1 && t == 1 && d >= 13 { 40 } else { 0 }, 14);
    let found = detector.scan(&log, Day(first() + 13), Day(first() + 14)).unwrap();
    assert!(detector.is_young());
    assert!(found.iter().any(|a| a.areas == ["A01"] && a.topic == "T1"), "{found:#?}");
}
