//! The daily report: one HTML file that needs nothing else, in Chinese and English, fit for paper.

mod svg;

use super::event::NONE;
use super::{Alert, Areas, Detector, EventLog, Month, Ranked, Scope, State, rank};
use crate::complaint::Day;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Days an alert stays in the report.
const RECENT: i32 = 7;
/// Days a chart goes back.
const CHART_DAYS: usize = 56;
/// Rows of the ranking and of the incidents, and number of charts.
const ROWS: usize = 15;
const CHARTS: usize = 12;

/// What the report shows.
pub struct Report<'a> {
    /// The events.
    pub log: &'a EventLog,
    /// The areas, with points when there are any.
    pub areas: &'a Areas,
    /// The detector after its last day.
    pub detector: &'a Detector,
    /// Alerts up to that day; those of the last week are shown.
    pub alerts: &'a [Alert],
    /// The day of the report.
    pub as_of: Day,
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The same in both languages; the page shows one.
fn both(zh: &str, en: &str) -> String {
    format!("<span class=\"zh\">{zh}</span><span class=\"en\">{en}</span>")
}

fn heads(columns: &[(&str, &str, bool)]) -> String {
    let cells: String =
        columns.iter().map(|(zh, en, number)| format!("<th{}>{}</th>", if *number { " class=\"n\"" } else { "" }, both(zh, en))).collect();
    format!("<tr>{cells}</tr>")
}

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let mut s = String::from(
            "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">",
        );
        let _ = write!(s, "<title>接诉即办 热点日报 {}</title><style>{}</style></head><body><main>", self.as_of, include_str!("page.css"));
        let _ = write!(
            s,
            "<header><div><h1>{}</h1><div class=\"soft\">{}</div></div><button type=\"button\" onclick=\"var h=document.documentElement;h.lang=h.lang=='zh'?'en':'zh'\">中文 / English</button></header>",
            both("热点日报", "Daily hotspot report"),
            self.as_of
        );
        if self.detector.is_young() {
            let days = self.detector.days();
            let _ = write!(
                s,
                "<p class=\"soft\">{}</p>",
                both(
                    &format!("历史只有 {days} 天：各区域主要按全市情况判断，只能发现强热点。"),
                    &format!("Only {days} days of history: areas are judged mostly by the whole city, only strong hotspots are found.")
                )
            );
        }
        // A month that is not over would be compared with whole ones.
        let month = Month::of(Day(self.as_of.0 + 1)).back(1);
        let ranking = rank(self.log, month, self.areas);
        let recent: Vec<&Alert> = self.alerts.iter().filter(|a| a.as_of.0 > self.as_of.0 - RECENT && a.as_of <= self.as_of).collect();
        self.tiles(&mut s, &recent);
        self.map(&mut s, &recent);
        self.alerts(&mut s, &recent);
        self.charts(&mut s, &recent);
        self.ranking(&mut s, month, &ranking);
        self.incidents(&mut s);
        s.push_str("</main></body></html>\n");
        s
    }

    fn area(&self, code: &str) -> String {
        if let Some(area) = self.areas.get(code) {
            return escape(&area.name);
        }
        escape(self.log.areas.find(code).map_or(code, |i| self.log.areas.name(i)))
    }

    fn topic(&self, code: &str) -> String {
        escape(self.log.topics.find(code).map_or(code, |i| self.log.topics.name(i)))
    }

    fn places(&self, alert: &Alert) -> String {
        match alert.scope {
            Scope::City => both("全市", "whole city"),
            Scope::Local => alert.areas.iter().map(|a| self.area(a)).collect::<Vec<_>>().join("、"),
        }
    }

    fn tiles(&self, s: &mut String, recent: &[&Alert]) {
        let today = self.log.day.iter().filter(|&&d| d == self.as_of.0).count();
        let week = self.log.day.iter().filter(|&&d| d > self.as_of.0 - 7 && d <= self.as_of.0).count();
        let before = self.log.day.iter().filter(|&&d| d > self.as_of.0 - 14 && d <= self.as_of.0 - 7).count();
        let new = recent.iter().filter(|a| a.state == State::New && a.scope == Scope::Local).count();
        let city = recent.iter().filter(|a| a.scope == Scope::City).count();
        let change = if before > 0 { format!("{:+.1}%", 100.0 * (week as f64 / before as f64 - 1.0)) } else { "–".to_string() };
        s.push_str("<section class=\"tiles\">");
        for (value, zh, en) in [
            (today.to_string(), "当日诉求", "requests today"),
            (week.to_string(), "近七日诉求", "requests in 7 days"),
            (change, "较前七日", "against the 7 days before"),
            (new.to_string(), "近七日新热点", "new hotspots in 7 days"),
            (city.to_string(), "近七日全市突增", "city-wide surges in 7 days"),
        ] {
            let _ = write!(s, "<div class=\"tile\"><b>{value}</b>{}</div>", both(zh, en));
        }
        s.push_str("</section>");
    }

    fn map(&self, s: &mut String, recent: &[&Alert]) {
        let mut volume: BTreeMap<&str, u64> = BTreeMap::new();
        for (i, &d) in self.log.day.iter().enumerate() {
            if d > self.as_of.0 - 30 && d <= self.as_of.0 && self.log.area[i] != NONE {
                *volume.entry(self.areas.series_area(self.log.areas.code(self.log.area[i]))).or_default() += 1;
            }
        }
        let spots: Vec<svg::Spot> = volume
            .iter()
            .filter_map(|(&code, &volume)| {
                let (lon, lat) = self.areas.get(code)?.point?;
                let alert = recent.iter().any(|a| a.scope == Scope::Local && a.areas.iter().any(|c| c == code));
                Some(svg::Spot { name: self.areas.get(code)?.name.clone(), lon, lat, volume, alert })
            })
            .collect();
        if spots.is_empty() {
            return;
        }
        let labels: Vec<svg::Label> = self
            .areas
            .list()
            .iter()
            .filter(|a| self.areas.is_inner(&a.code))
            .filter_map(|a| a.point.map(|(lon, lat)| svg::Label { name: a.name.clone(), lon, lat }))
            .collect();
        let title = both("区域分布（近三十日，红色为热点）", "Areas (30 days; hotspots in red)");
        let _ = write!(s, "<h2>{title}</h2><figure>{}</figure>", svg::map(&spots, &labels));
    }

    fn alerts(&self, s: &mut String, recent: &[&Alert]) {
        let _ = write!(s, "<h2>{}</h2>", both("预警（近七日）", "Alerts (7 days)"));
        if recent.is_empty() {
            let _ = write!(s, "<p class=\"soft\">{}</p>", both("没有预警。", "No alert."));
            return;
        }
        s.push_str("<div class=\"wide\"><table>");
        s.push_str(&heads(&[
            ("日期", "Day", false),
            ("状态", "State", false),
            ("区域", "Areas", false),
            ("问题", "Topic", false),
            ("起于", "Since", false),
            ("实际", "Observed", true),
            ("人数", "Callers", true),
            ("预期", "Expected", true),
            ("q 值", "q", true),
        ]));
        for a in recent.iter().rev() {
            let state = match a.state {
                State::New => format!("<span class=\"tag new\">{}</span>", both("新", "new")),
                State::Ongoing => format!("<span class=\"tag\">{}</span>", both("加剧", "growing")),
            };
            let _ = write!(
                s,
                "<tr><td>{}</td><td>{state}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1}</td><td class=\"n\">{:.1e}</td></tr>",
                a.as_of,
                self.places(a),
                self.topic(&a.topic),
                a.start,
                a.observed,
                a.callers,
                a.expected,
                a.q_value
            );
        }
        s.push_str("</table></div>");
    }

    fn charts(&self, s: &mut String, recent: &[&Alert]) {
        let mut last: BTreeMap<&str, &Alert> = BTreeMap::new();
        for a in recent {
            last.insert(&a.alert, a);
        }
        if last.is_empty() {
            return;
        }
        let title = both(
            "走势（柱为实际，红色为热点期；线为预期，带为正常范围）",
            "Series (bars observed, red since the start; line expected, band normal range)",
        );
        let _ = write!(s, "<h2>{title}</h2><div class=\"charts\">");
        let mut list: Vec<&Alert> = last.into_values().collect();
        list.sort_by(|a, b| a.p_value.total_cmp(&b.p_value).then(a.alert.cmp(&b.alert)));
        for a in list.into_iter().take(CHARTS) {
            let days = self.detector.series(&a.topic, &a.areas, CHART_DAYS);
            let from = days.iter().position(|d| d.day >= a.start).unwrap_or(days.len());
            let _ = write!(
                s,
                "<figure><figcaption>{} · {}</figcaption>{}</figure>",
                self.places(a),
                self.topic(&a.topic),
                svg::series(&days, from)
            );
        }
        s.push_str("</div>");
    }

    fn ranking(&self, s: &mut String, month: Month, ranking: &[Ranked]) {
        let _ = write!(s, "<h2>{} {month}</h2>", both("每月一题候选", "Problems of the month"));
        if ranking.is_empty() {
            let _ = write!(s, "<p class=\"soft\">{}</p>", both("该月没有诉求。", "No request in that month."));
            return;
        }
        s.push_str("<div class=\"wide\"><table>");
        s.push_str(&heads(&[
            ("位次", "Rank", true),
            ("问题", "Topic", false),
            ("得分", "Score", true),
            ("件数", "Requests", true),
            ("环比", "On month", true),
            ("同比", "On year", true),
            ("理由", "Reasons", false),
            ("单位", "Units", false),
        ]));
        for r in ranking.iter().take(ROWS) {
            let list = |reasons: &[String]| -> String { reasons.iter().map(|x| format!("<li>{}</li>", escape(x))).collect() };
            let reasons = both(&list(&r.reasons), &list(&self.in_english(r)));
            let change = |g: Option<f64>| g.map_or("–".to_string(), |g| format!("{:+.0}%", 100.0 * g));
            let _ = write!(
                s,
                "<tr><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{:.3}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td><ul>{reasons}</ul></td><td>{}</td></tr>",
                r.rank,
                escape(&r.name),
                r.score,
                r.volume,
                change(r.growth),
                change(r.year_on_year),
                r.units.iter().map(|u| escape(u)).collect::<Vec<_>>().join("、")
            );
        }
        s.push_str("</table></div>");
    }

    /// The reasons of a rank for readers without Chinese.
    fn in_english(&self, r: &Ranked) -> Vec<String> {
        let mut out = vec![format!("{} requests in the month, on {:.0}% of its days", r.volume, 100.0 * r.persistence)];
        let mut change = |g: Option<f64>, than: &str| out.extend(g.map(|g| format!("{:+.1}% against {than}", 100.0 * g)));
        change(r.growth, "the month before");
        change(r.year_on_year, "the same month of last year");
        if let Some(area) = r.areas.first() {
            let name = self.areas.get(area).map_or(area.as_str(), |a| &a.name);
            out.push(format!("spread over {:.0}% of the areas, most in {name}", 100.0 * r.spread));
        }
        let mut share = |v: Option<f64>, what: &str| out.extend(v.map(|v| format!("{:.1}% {what}", 100.0 * v)));
        share(r.unresolved, "not resolved");
        share(r.dissatisfied, "dissatisfied");
        out
    }

    fn incidents(&self, s: &mut String) {
        #[derive(Default)]
        struct Incident {
            calls: u64,
            callers: BTreeMap<u64, ()>,
            first: i32,
            last: i32,
            topic: u32,
            area: u32,
        }
        let mut all: BTreeMap<u32, Incident> = BTreeMap::new();
        for (i, &day) in self.log.day.iter().enumerate() {
            if self.log.incident[i] == NONE || day > self.as_of.0 {
                continue;
            }
            let e = all.entry(self.log.incident[i]).or_insert_with(|| Incident {
                first: day,
                topic: self.log.topic[i],
                area: self.log.area[i],
                ..Incident::default()
            });
            e.calls += 1;
            if self.log.caller[i] != 0 {
                e.callers.insert(self.log.caller[i], ());
            }
            (e.first, e.last) = (e.first.min(day), e.last.max(day));
        }
        let mut list: Vec<(u32, Incident)> = all.into_iter().filter(|(_, e)| e.calls > 1 && e.last > self.as_of.0 - 30).collect();
        if list.is_empty() {
            return;
        }
        list.sort_by(|a, b| b.1.calls.cmp(&a.1.calls).then(a.0.cmp(&b.0)));
        let _ =
            write!(s, "<h2>{}</h2><div class=\"wide\"><table>", both("多人同诉事项（近三十日）", "Incidents with several calls (30 days)"));
        s.push_str(&heads(&[
            ("事项", "Incident", false),
            ("问题", "Topic", false),
            ("区域", "Area", false),
            ("来电", "Calls", true),
            ("人数", "Callers", true),
            ("首次", "First", false),
            ("最近", "Last", false),
        ]));
        for (id, e) in list.iter().take(ROWS) {
            let callers = if e.callers.is_empty() { "–".to_string() } else { e.callers.len().to_string() };
            let area = if e.area == NONE { "–".to_string() } else { self.area(self.log.areas.code(e.area)) };
            let _ = write!(
                s,
                "<tr><td>{}</td><td>{}</td><td>{area}</td><td class=\"n\">{}</td><td class=\"n\">{callers}</td><td>{}</td><td>{}</td></tr>",
                escape(self.log.incidents.code(*id)),
                escape(self.log.topics.name(e.topic)),
                e.calls,
                Day(e.first),
                Day(e.last)
            );
        }
        s.push_str("</table></div>");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DetectorParams, Event};
    use super::*;

    #[test]
    fn a_page_without_network_and_without_injection() {
        let mut log = EventLog::default();
        for day in 1..=28 {
            for k in 0..3 {
                let line = format!(
                    r#"{{"id":"{day}-{k}","time":"2026-02-{day:02}","area":"a<b>","topic":"t&","incident":"i{k}","unit":"<script>alert(1)</script>"}}"#
                );
                log.push(&Event::from_json(&line).unwrap()).unwrap();
            }
        }
        let areas = Areas::from_csv("code,name,parent,lon,lat\na<b>,甲<i>,,116.4,39.9\n".as_bytes()).unwrap();
        let as_of = Day::parse("2026-02-28").unwrap();
        let mut detector = Detector::new(areas.clone(), DetectorParams::default()).unwrap();
        let alerts = detector.scan(&log, as_of, as_of).unwrap();
        let page = Report { log: &log, areas: &areas, detector: &detector, alerts: &alerts, as_of }.html();
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("甲<i>"));
        assert!(
            page.contains("甲&lt;i&gt;") && page.contains("多人同诉") && page.contains("Daily hotspot report") && page.contains("<circle")
        );
        let empty = EventLog::default();
        let fresh = Detector::new(Areas::default(), DetectorParams::default()).unwrap();
        let page = Report { log: &empty, areas: &Areas::default(), detector: &fresh, alerts: &[], as_of }.html();
        assert!(page.contains("没有预警") && page.ends_with("</html>\n"));
    }
}
