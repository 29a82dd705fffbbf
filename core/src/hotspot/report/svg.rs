//! Drawings of the report: a series with its expected band, a map of areas.

use super::super::SeriesDay;
use super::escape;
use std::fmt::Write;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 34.0;
const BOTTOM: f64 = 24.0;

/// A round number at least as large, for the axis.
fn round_up(v: f64) -> f64 {
    let mut step = 1.0;
    loop {
        for k in [1.0, 2.0, 4.0, 5.0] {
            if v <= k * step {
                return k * step;
            }
        }
        step *= 10.0;
        if step > 1e12 {
            return v;
        }
    }
}

/// Observed counts as bars over the range of normal days; `from` is the first day (index) of the outbreak.
pub(super) fn series(days: &[SeriesDay], from: usize) -> String {
    let top = round_up(days.iter().map(|d| d.observed.max(d.high)).fold(1.0, f64::max));
    let step = (WIDTH - LEFT - 6.0) / days.len().max(1) as f64;
    let x = |i: usize| LEFT + step * i as f64;
    let y = |v: f64| 8.0 + (HEIGHT - BOTTOM - 8.0) * (1.0 - v / top);
    let mut s = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
    for k in [0.0, 0.5, 1.0] {
        let (v, at) = (k * top, y(k * top));
        let _ = write!(s, "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#d8dfe6\"/>");
        let _ = write!(
            s,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"end\" fill=\"#5b6b7b\">{v}</text>",
            LEFT - 4.0,
            at + 4.0
        );
    }
    let point = |i: usize, v: f64| format!("{:.1},{:.1} ", x(i) + step / 2.0, y(v));
    let mut band: String = days.iter().enumerate().map(|(i, d)| point(i, d.high)).collect();
    band.extend(days.iter().enumerate().rev().map(|(i, d)| point(i, d.low)));
    let _ = write!(s, "<polygon points=\"{}\" fill=\"#cfe3f5\"/>", band.trim_end());
    for (i, d) in days.iter().enumerate() {
        let colour = if i >= from { "#c0392b" } else { "#8fa6bb" };
        let (at, height) = (y(d.observed), (y(0.0) - y(d.observed)).max(0.0));
        let _ = write!(
            s,
            "<rect x=\"{:.1}\" y=\"{at:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"><title>{}: {} / {:.1}</title></rect>",
            x(i) + step * 0.18,
            step * 0.64,
            d.day,
            d.observed,
            d.expected
        );
    }
    let line: String = days.iter().enumerate().map(|(i, d)| point(i, d.expected)).collect();
    let _ = write!(s, "<polyline points=\"{}\" fill=\"none\" stroke=\"#2f6fab\" stroke-width=\"1.5\"/>", line.trim_end());
    for (i, d) in days.iter().enumerate().filter(|(i, _)| (days.len() - 1 - i).is_multiple_of(14)) {
        let (_, m, day) = d.day.civil();
        let anchor = if i + 3 > days.len() { "end" } else { "middle" };
        let _ = write!(
            s,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"{anchor}\" fill=\"#5b6b7b\">{m}-{day:02}</text>",
            x(i) + step / 2.0,
            HEIGHT - 6.0
        );
    }
    s.push_str("</svg>");
    s
}

/// One area of the map.
pub(super) struct Spot {
    pub(super) name: String,
    pub(super) lon: f64,
    pub(super) lat: f64,
    pub(super) volume: u64,
    pub(super) alert: bool,
}

/// The name of a district at its place.
pub(super) struct Label {
    pub(super) name: String,
    pub(super) lon: f64,
    pub(super) lat: f64,
}

/// Areas as circles of their volume at their place, those with an alert in red and named; districts by name.
pub(super) fn map(spots: &[Spot], labels: &[Label]) -> String {
    let bound = |f: fn(&Spot) -> f64| {
        let (low, high) = spots.iter().map(f).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        (low, (high - low).max(1e-6))
    };
    let ((west, wide), (south, tall)) = (bound(|s| s.lon), bound(|s| s.lat));
    // A degree of longitude is shorter than one of latitude.
    let narrow = libm::cos((south + tall / 2.0).to_radians()).max(0.1);
    let scale = (940.0 / (wide * narrow)).min(560.0 / tall);
    let (width, height) = (wide * narrow * scale + 80.0, tall * scale + 60.0);
    let most = spots.iter().map(|s| s.volume).max().unwrap_or(1).max(1) as f64;
    let mut s = format!("<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" style=\"max-height:640px\">");
    for l in labels {
        let (x, y) = (40.0 + (l.lon - west) * narrow * scale, height - 30.0 - (l.lat - south) * scale);
        let name = escape(&l.name);
        let _ = write!(s, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"15\" text-anchor=\"middle\" fill=\"#9aa8b5\">{name}</text>");
    }
    let mut order: Vec<&Spot> = spots.iter().collect();
    order.sort_by_key(|p| p.alert);
    for p in order {
        let (x, y) = (40.0 + (p.lon - west) * narrow * scale, height - 30.0 - (p.lat - south) * scale);
        let r = 3.0 + 14.0 * libm::sqrt(p.volume as f64 / most);
        let (fill, opacity) = if p.alert { ("#c0392b", 0.85) } else { ("#2f6fab", 0.35) };
        let name = escape(&p.name);
        let _ = write!(
            s,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" fill=\"{fill}\" fill-opacity=\"{opacity}\"><title>{name}: {}</title></circle>",
            p.volume
        );
        if p.alert {
            let _ = write!(
                s,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"13\" font-weight=\"600\" fill=\"#1c2733\" stroke=\"#f6f8fa\" stroke-width=\"4\" paint-order=\"stroke\">{name}</text>",
                x + r + 3.0,
                y + 4.0
            );
        }
    }
    s.push_str("</svg>");
    s
}
