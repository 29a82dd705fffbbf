use super::*;

fn vector(axis: usize, wobble: usize) -> Vec<f32> {
    let mut v = vec![0.05; 24];
    v[axis] += 1.0;
    v[wobble % 24] += 0.2;
    v
}

fn request(id: String, axis: usize, words: &str) -> EmergingRequest {
    let wobble = id.len() + id.bytes().map(usize::from).sum::<usize>();
    EmergingRequest {
        area: Some(format!("A{}", wobble % 5)),
        vector: vector(axis, wobble),
        words: words.split(' ').map(str::to_string).collect(),
        id,
        ..EmergingRequest::default()
    }
}

/// Ten everyday kinds a day; a new kind from day 40 on.
fn day(n: i32, many: usize) -> Vec<EmergingRequest> {
    let usual = (0..20 * many).map(|k| request(format!("u{n}-{k}"), k % 10, "小区 停水 了"));
    let new = (0..if n >= 40 { 4 } else { 0 }).map(|k| request(format!("n{n}-{k}"), 15, "这 飞 碟 在 响"));
    usual.chain(new).collect()
}

fn watch(many: usize, params: EmergingParams) -> Vec<EmergingTopic> {
    let mut w = Emerging::new(params).unwrap();
    (0..46).flat_map(|n| w.update_day(Day(20_000 + n), day(n, many)).unwrap()).collect()
}

#[test]
fn a_new_kind_is_one_topic_from_its_first_days() {
    let found = watch(1, EmergingParams::default());
    assert!(found.iter().all(|t| t.topic == found[0].topic && t.cases.iter().all(|c| c.starts_with('n'))), "{found:#?}");
    assert!(found[0].as_of.0 - 20_040 <= 2 && found.len() >= 4);
    assert!(found[0].words[0].word.contains("飞碟"), "{:?}", found[0].words);
}

#[test]
fn a_busy_city_keeps_what_is_unusual() {
    let params = EmergingParams { per_day: 40, ..EmergingParams::default() };
    let found = watch(25, params);
    assert!(found.iter().any(|t| t.cases.iter().filter(|c| c.starts_with('n')).count() >= 8), "{found:#?}");
    assert!(found.iter().all(|t| t.topic == found[0].topic));
}

#[test]
fn days_ascend_and_settings_are_checked() {
    let mut w = Emerging::new(EmergingParams::default()).unwrap();
    w.update_day(Day(5), Vec::new()).unwrap();
    assert!(matches!(w.update_day(Day(5), Vec::new()), Err(HotspotError::Order { .. })));
    assert!(Emerging::new(EmergingParams { similarity: 1.5, ..EmergingParams::default() }).is_err());
    assert!(Emerging::from_bytes(b"JIESU", EmergingParams::default()).is_err());
}

#[test]
fn a_state_carries_on_bit_for_bit() {
    let mut whole = Emerging::new(EmergingParams::default()).unwrap();
    let mut parts = whole.clone();
    for n in 0..44 {
        let a = whole.update_day(Day(n), day(n, 1)).unwrap();
        parts = Emerging::from_bytes(&parts.to_bytes().unwrap(), EmergingParams::default()).unwrap();
        assert_eq!(parts.update_day(Day(n), day(n, 1)).unwrap(), a);
    }
    assert_eq!(parts.to_bytes().unwrap(), whole.to_bytes().unwrap());
}

#[test]
fn tails() {
    assert!((density::log_tail(3, 3, 0.5) - libm::log(0.125)).abs() < 1e-12);
    assert!((density::log_tail(2, 3, 0.25) - libm::log(0.15625)).abs() < 1e-12);
    assert_eq!(density::log_tail(1, 10, 0.5), 0.0);
}
