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

/// Numbers from a counter: uniform on (0, 1).
fn uniform(n: &mut u64) -> f64 {
    *n = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*n ^ (*n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// An ordinary stream made by a rule that no setting was chosen on: kinds of Zipf frequencies around random directions, more or less wide,
/// the volume up and down by weekday and by chance, one kind growing by half over the months.
fn ordinary(seed: u64, days: i32) -> Vec<Vec<EmergingRequest>> {
    const DIMS: usize = 48;
    let mut n = seed.wrapping_mul(0xD134_2543_DE82_EF95);
    let normal = |n: &mut u64| (-2.0 * (uniform(n) + 1e-12).ln()).sqrt() * (std::f64::consts::TAU * uniform(n)).cos();
    let unit = |mut v: Vec<f64>| {
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= length);
        v
    };
    let kinds: Vec<(Vec<f64>, f64)> =
        (0..60).map(|_| (unit((0..DIMS).map(|_| normal(&mut n)).collect()), 0.4 + 0.8 * uniform(&mut n))).collect();
    (0..days)
        .map(|d| {
            let volume = (40.0 * if d % 7 > 4 { 0.7 } else { 1.1 } * (0.7 + 0.6 * uniform(&mut n))) as usize;
            (0..volume)
                .map(|k| {
                    let weight = |j: usize| (if j == 3 { 1.0 + f64::from(d) / 180.0 } else { 1.0 }) / (j + 2) as f64;
                    let mut u = uniform(&mut n) * (0..kinds.len()).map(weight).sum::<f64>();
                    let kind = (0..kinds.len())
                        .find(|&j| {
                            u -= weight(j);
                            u < 0.0
                        })
                        .unwrap_or(0);
                    let (centre, width) = &kinds[kind];
                    let vector = unit(centre.iter().map(|c| c + width * normal(&mut n) / (DIMS as f64).sqrt()).collect());
                    EmergingRequest {
                        id: format!("{d}-{k}"),
                        area: Some(format!("A{}", (uniform(&mut n) * 40.0) as u32)),
                        vector: vector.into_iter().map(|x| x as f32).collect(),
                        words: (0..6).map(|_| format!("词{}", kind * 7 + (uniform(&mut n) * 30.0) as usize)).collect(),
                        ..EmergingRequest::default()
                    }
                })
                .collect()
        })
        .collect()
}

#[test]
fn an_ordinary_stream_keeps_the_accepted_number() {
    // Three streams of 70 days, 42 of them watched: one false topic is accepted; more than 4 would come by chance once in 300 times.
    let mut topics = BTreeSet::new();
    for seed in 1..=3 {
        let mut w = Emerging::new(EmergingParams::default()).unwrap();
        for (d, requests) in ordinary(seed, 70).into_iter().enumerate() {
            topics.extend(w.update_day(Day(20_000 + d as i32), requests).unwrap().into_iter().map(|t| (seed, t.topic)));
        }
    }
    assert!(topics.len() <= 4, "{} false topics: {topics:?}", topics.len());
}

#[test]
fn a_new_kind_shows_in_an_ordinary_stream() {
    let mut w = Emerging::new(EmergingParams::default()).unwrap();
    let mut found = BTreeSet::new();
    let mut n = 77;
    for (d, mut requests) in ordinary(9, 70).into_iter().enumerate() {
        for k in 0..if d >= 60 { 3 } else { 0 } {
            let mut vector = vec![0.0_f32; 48];
            vector[5] = 0.9;
            vector[17] = -0.4;
            vector[(uniform(&mut n) * 48.0) as usize] += 0.15;
            let words = ["这", "飞", "碟", "在", "响"].map(str::to_string).to_vec();
            requests.push(EmergingRequest {
                id: format!("n{d}-{k}"),
                area: Some(format!("B{}", (d + k) % 7)),
                vector,
                words,
                ..EmergingRequest::default()
            });
        }
        found.extend(
            w.update_day(Day(20_000 + d as i32), requests)
                .unwrap()
                .into_iter()
                .filter(|t| t.cases.iter().any(|c| c.starts_with('n')))
                .map(|t| t.topic),
        );
    }
    assert_eq!(found.len(), 1, "{found:?}");
}
