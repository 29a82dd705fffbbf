use super::*;
use crate::text::Segmenter;

fn prepared(text: &str) -> Prepared {
    Prepared::new(text, None, &Segmenter::new("停水 10\n").unwrap())
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn sample() -> History {
    let mut builder = HistoryBuilder::default();
    let texts = [
        ("a1", "自来水集团", "幸福里小区三号楼从早上开始停水没有通知", "2026-01-02"),
        ("a2", "自来水集团", "阳光花园小区水压太低高层停水", "2026-01-03"),
        ("b1", "城管执法局", "人民路夜市烧烤摊占道经营油烟很大", "2026-01-03"),
        ("b2", "城管执法局", "学校门口流动摊贩占道经营堵路", "2026-01-04"),
        ("c1", "交管局", "建设街货车违停堵住消防通道", "2026-01-05"),
    ];
    for (id, unit, text, when) in texts {
        builder.add(id, unit, Some("已办结"), day(when), text);
    }
    builder.finish()
}

#[test]
fn the_similar_order_comes_first_with_its_outcome() {
    let history = sample();
    let answer = history.ask(&prepared("幸福里小区五号楼今天停水没有通知"), Some(day("2026-01-10")), None);
    assert_eq!(answer.orders[0].id, "a1");
    assert_eq!(answer.orders[0].outcome.as_deref(), Some("已办结"));
    assert!(answer.orders.iter().all(|o| o.id != "c1"));
    assert!(answer.units.iter().find(|u| u.unit == "自来水集团").unwrap().alike > 0.01);
    // An order of the future is not known yet, and an order does not vote for itself.
    assert!(history.ask(&prepared("幸福里小区三号楼从早上开始停水没有通知"), Some(day("2026-01-01")), None).orders.is_empty());
    let text = prepared("幸福里小区三号楼从早上开始停水没有通知");
    assert!(history.ask(&text, None, Some("a1")).orders.iter().all(|o| o.id != "a1"));
}

#[test]
fn votes_decay_with_age() {
    let history = sample();
    let text = prepared("幸福里小区三号楼停水没有通知");
    let weight = |when: &str| history.ask(&text, Some(day(when)), None).units.iter().map(|u| u.alike).fold(0.0, f64::max);
    assert!(weight("2026-01-05") > 2.0 * weight("2028-01-05") && weight("2028-01-05") > 0.0);
}

#[test]
fn a_return_speaks_against_the_unit_and_for_the_next() {
    let mut history = sample();
    let feedback = Feedback { id: "c1".into(), returned_by: Some("交管局".into()), redispatched_to: Some("消防总队".into()) };
    assert!(history.apply(&feedback));
    assert!(!history.apply(&Feedback { id: "none".into(), ..feedback.clone() }));
    let answer = history.ask(&prepared("建设街货车违停堵住消防通道了"), None, None);
    let of = |unit: &str| answer.units.iter().find(|u| u.unit == unit).unwrap();
    assert!(
        of("消防总队").alike > 0.2 && of("消防总队").corrected && of("交管局").votes == 0.0 && of("交管局").returns < -1.0,
        "{answer:?}"
    );
    assert!(answer.notes[0].contains("曾被交管局退回，改派消防总队"));
    // Saying it twice changes nothing.
    let before = history.clone();
    history.apply(&feedback);
    assert_eq!(before.orders, history.orders);
}

#[test]
fn it_survives_a_file_and_damage_is_found() {
    let mut history = sample();
    history.add("d1", "园林绿化局", None, day("2026-01-06"), "公园的树倒了");
    let bytes = history.to_bundle().unwrap().to_bytes().unwrap();
    let again = History::from_bundle(&crate::bundle::Bundle::from_bytes(&bytes).unwrap()).unwrap();
    assert_eq!(again.orders, history.orders);
    assert_eq!(again.to_bundle().unwrap().to_bytes().unwrap(), bytes);
    let text = prepared("公园里一棵树倒了");
    assert_eq!(again.ask(&text, None, None), history.ask(&text, None, None));
    let mut wrong = again.clone();
    wrong.orders[0].unit = 99;
    assert!(History::from_bundle(&wrong.to_bundle().unwrap()).is_err());
    let mut twice = again.clone();
    twice.orders[1].id = "a1".into();
    assert!(History::from_bundle(&twice.to_bundle().unwrap()).is_err());
    // Neither texts nor pieces of them are in the file.
    let raw = String::from_utf8_lossy(&bytes).into_owned();
    assert!(!raw.contains("停水") && !raw.contains("小区"));
}

#[test]
fn an_order_returned_and_not_sent_on_votes_for_nobody() {
    let mut history = sample();
    history.apply(&Feedback { id: "c1".into(), returned_by: Some("交管局".into()), redispatched_to: None });
    let answer = history.ask(&prepared("建设街货车违停堵住消防通道了"), None, None);
    assert!(answer.units.iter().all(|u| u.unit != "交管局" || u.votes == 0.0), "{answer:?}");
}

#[test]
fn odd_texts() {
    let history = sample();
    for text in ["", "。。。", "水", "🚰🚰", &"停水".repeat(200_000)] {
        let _ = history.ask(&prepared(text), None, None);
    }
    assert!(History::default().ask(&prepared("停水"), None, None).orders.is_empty());
}
