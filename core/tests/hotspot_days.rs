//! Properties of the daily scan over a small simulated city: what a day says never depends on later events, gaps and chronic callers are
//! silent, an outbreak and a city-wide surge are told apart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu::complaint::Day;
use jiesu::hotspot::{Alert, Areas, Detector, DetectorParams, Event, EventLog, EventRef, Scope, State, Topics};

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

/// Hands a log over by the day each event arrived.
fn arrive(detector: &mut Detector, log: &EventLog, last: i32, late: impl Fn(&EventRef<'_>) -> i32) -> Vec<Alert> {
    let mut days: Vec<Vec<EventRef<'_>>> = vec![Vec::new(); last as usize + 1];
    for event in (0..log.len()).filter_map(|i| log.get(i)) {
        days[(event.day.0 - first() + late(&event)).min(last) as usize].push(event);
    }
    days.iter().enumerate().flat_map(|(d, events)| detector.update_day(Day(first() + d as i32), events).unwrap()).collect()
}

fn detector() -> Detector {
    Detector::new(areas(), DetectorParams::default()).unwrap()
}

#[test]
fn late_arrivals_do_not_alarm() {
    let log = city(|_, _, _| 0, DAYS);
    // District 1 hands in days 58 to 60 on day 61, all at once; areas of district 2 are always a day or two behind.
    let found = arrive(&mut detector(), &log, DAYS, |e| match (e.area, e.day.0 - first()) {
        ("A04" | "A05" | "A06" | "A07", d @ 58..=60) => 61 - d,
        ("A08" | "A10", d) => 1 + d % 2,
        _ => 0,
    });
    assert_eq!(found, []);
    // What is really there is seen although it comes late.
    let log = city(|a, t, d| if a == 9 && t == 2 && d >= 60 { 9 } else { 0 }, DAYS);
    let found = arrive(&mut detector(), &log, DAYS, |e| i32::from(e.area == "A09"));
    assert!(found.iter().any(|a| a.areas == ["A09"] && a.as_of.0 - first() <= 63), "{found:#?}");
}

#[test]
fn a_city_without_data_does_not_alarm() {
    let log = city(|_, _, d| if (60..=62).contains(&d) { -100 } else { 0 }, DAYS);
    assert_eq!(alerts(&log, DAYS), []);
}

#[test]
fn callers_and_incidents_are_counted_beside_calls() {
    let mut log = city(|_, _, _| 0, 62);
    for k in 0..24 {
        let event = Event {
            id: format!("x{k}"),
            day: Some(Day(first() + 62)),
            area: Some("A03".to_string()),
            topic: "T1".to_string(),
            caller: Some(format!("c{}", k / 2)),
            incident: Some(format!("i{}", k / 8)),
            ..Event::default()
        };
        log.push(&event).unwrap();
    }
    let found = alerts(&log, 62);
    let alert = found.iter().find(|a| a.areas == ["A03"]).unwrap();
    let usual = alert.cases.len() as u64 - 24;
    assert_eq!((alert.observed, alert.callers, alert.incidents), (12 + usual, 12 + usual, Some(3 + usual)));
    // Without any incident nothing is said of them.
    let plain = alerts(&city(|a, t, d| if (a, t, d) == (3, 1, 62) { 20 } else { 0 }, 62), 62);
    assert_eq!(plain[0].incidents, None);
}

#[test]
fn holidays_have_a_level_of_their_own() {
    // A topic that is four times as frequent all over the city on each holiday; the fifth is judged.
    let holidays = [15, 29, 43, 57, 71];
    let log = city(|_, t, d| if t == 4 && holidays.contains(&d) { 6 } else { 0 }, DAYS);
    let expected = |mut detector: Detector| {
        let found = detector.scan(&log, Day(first() + 65), Day(first() + DAYS)).unwrap();
        let surge = found.iter().find(|a| a.scope == Scope::City && a.as_of.0 - first() == 71);
        surge.map_or(f64::INFINITY, |a| a.expected)
    };
    let (plain, knowing) = (expected(detector()), expected(detector().with_holidays(holidays.map(|d| (Day(first() + d), true)))));
    assert!(knowing > 1.3 * plain && knowing.is_finite(), "{plain} {knowing}");
}

#[test]
fn what_is_spread_over_topics_shows_in_their_parent() {
    let log = city(|a, t, d| if a == 6 && t < 4 && d >= 60 { 1 + d % 2 } else { 0 }, 66);
    let topics = || Topics::from_csv("code,name,parent\nT0,,P\nT1,,P\nT2,,P\nT3,,P\nT4,,Q\n".as_bytes()).unwrap();
    let mut scan = detector().with_topics(topics()).unwrap();
    let found = scan.scan(&log, Day(first() + 55), Day(first() + 66)).unwrap();
    assert!(found.iter().any(|a| a.topic == "P" && a.areas == ["A06"]), "{found:#?}");
    assert!(found.iter().filter(|a| a.topic == "P").all(|a| a.areas == ["A06"]), "{found:#?}");
    // One topic's outbreak is told once, of the topic itself.
    let log = city(|a, t, d| if a == 2 && t == 3 && d >= 60 { 9 } else { 0 }, 66);
    let found = detector().with_topics(topics()).unwrap().scan(&log, Day(first() + 55), Day(first() + 66)).unwrap();
    assert!(!found.is_empty() && found.iter().all(|a| a.topic == "T3"), "{found:#?}");
}

#[test]
fn borders_keep_a_quiet_city_quiet() {
    let areas = areas().with_adjacency("a,b\nA03,A04\nA07,A08\n".as_bytes()).unwrap();
    let mut scan = Detector::new(areas, DetectorParams::default()).unwrap();
    assert_eq!(scan.scan(&city(|_, _, _| 0, DAYS), Day(first() + 50), Day(first() + DAYS)).unwrap(), []);
}

#[test]
fn windows_are_one_to_sixty_days() {
    let log = city(|a, t, d| if a == 7 && t == 1 && d == DAYS { 30 } else { 0 }, DAYS);
    for window in [1, 60] {
        let params = DetectorParams { window, ..DetectorParams::default() };
        let found = Detector::new(areas(), params).unwrap().scan(&log, Day(first() + DAYS), Day(first() + DAYS)).unwrap();
        assert!(found.iter().any(|a| a.areas == ["A07"] && a.topic == "T1"), "{window}: {found:#?}");
    }
    for window in [0, 61] {
        assert!(Detector::new(areas(), DetectorParams { window, ..DetectorParams::default() }).is_err());
    }
}
