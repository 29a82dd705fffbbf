//! Why two records are (not) one matter, said so that a clerk can check it.

use super::compare::{Features, feature};
use super::keys::Kind;
use super::signature::Signature;

/// Reasons for a pair, strongest first: what is shared, then what contradicts.
pub(crate) fn of_pair(a: &Signature, b: &Signature, f: &Features) -> Vec<String> {
    let mut out = Vec::new();
    let at = |name: usize| f[name];
    if a.caller != 0 && a.caller == b.caller {
        out.push("同一来电人".to_string());
    }
    if a.channel != 0 && b.channel != 0 && a.channel != b.channel {
        out.push("不同渠道".to_string());
    }
    let shared = |kind: Kind| {
        let y = b.keys(kind);
        a.keys(kind).iter().filter(|k| y.binary_search(k).is_ok()).count()
    };
    for (kind, noun) in [
        (Kind::Home, "小区、村名或楼盘名"),
        (Kind::Road, "道路名"),
        (Kind::Firm, "单位或场所名"),
        (Kind::Building, "楼号"),
        (Kind::Date, "日期"),
        (Kind::Money, "金额"),
        (Kind::Count, "户数或人数"),
        (Kind::Line, "线路号"),
        (Kind::Plate, "车牌"),
        (Kind::Number, "数字"),
    ] {
        let n = shared(kind);
        if n > 0 {
            out.push(format!("{noun}相同{}", if n > 1 { format!("({n}处)") } else { String::new() }));
        } else if !a.keys(kind).is_empty()
            && !b.keys(kind).is_empty()
            && matches!(kind, Kind::Home | Kind::Road | Kind::Building | Kind::Line | Kind::Plate)
        {
            out.push(format!("{noun}不同"));
        }
    }
    let percent = |x: f32| (f64::from(x) * 100.0).round() as i64;
    if at(feature::BIGRAM_COSINE) >= 0.1 {
        out.push(format!("用词重合{}%", percent(at(feature::BIGRAM_COSINE))));
    }
    if at(feature::RAREST_BIGRAM) >= 7.0 {
        out.push("有相同的罕见词".to_string());
    }
    if at(feature::SOUNDS_BEYOND) >= 6.0 {
        out.push("有读音相同的名称".to_string());
    }
    if let (Some(x), Some(y)) = (a.time, b.time) {
        out.push(format!("相隔{}天", x.abs_diff(y) / 86_400));
    }
    out
}
