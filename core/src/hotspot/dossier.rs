//! The dossier of a monthly problem: a plan with its three lists (tasks, responsibilities, policies) to fill in, and the progress over it.

use super::monthly::{Month, Ranked};
use std::fmt::Write;

/// Done and total boxes of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Boxes ticked.
    pub done: usize,
    /// All boxes.
    pub total: usize,
}

/// A Markdown dossier: the facts filled in, the three lists as boxes to be written and ticked.
pub fn dossier(month: Month, r: &Ranked) -> String {
    let mut s = String::new();
    let lead = r.units.first().map_or("待定", String::as_str);
    let _ = writeln!(s, "# {month} 每月一题：{}\n\n编号 {} · 第 {} 位 · 得分 {:.4}\n\n## 依据\n", r.name, r.code, r.rank, r.score);
    for reason in &r.reasons {
        let _ = writeln!(s, "- {reason}");
    }
    let _ = writeln!(s, "\n重点区域：{}", if r.areas.is_empty() { "待定".to_string() } else { r.areas.join("、") });
    let _ = writeln!(s, "\n牵头单位：{lead}");
    let rest = r.units.get(1..).unwrap_or_default();
    let _ = writeln!(s, "\n配合单位：{}", if rest.is_empty() { "待定".to_string() } else { rest.join("、") });
    let _ = writeln!(s, "\n## 方案\n\n目标：\n\n时限：\n\n## 任务清单\n");
    for area in r.areas.iter().map(String::as_str).chain(r.areas.is_empty().then_some("全市")) {
        let _ = writeln!(s, "- [ ] {area}：（任务、完成标准、时限）");
    }
    let _ = writeln!(s, "\n## 责任清单\n");
    for unit in r.units.iter().map(String::as_str).chain(r.units.is_empty().then_some("待定")) {
        let _ = writeln!(s, "- [ ] {unit}：（责任事项、责任人）");
    }
    let _ = writeln!(s, "\n## 政策清单\n\n- [ ] （需要制定或修订的政策、完成时间）");
    s
}

/// Counts the boxes of a dossier (`- [ ]` and `- [x]`).
///
/// ```
/// # use jiesu::hotspot::progress;
/// let p = progress("- [x] 摸排\n- [ ] 整治\n");
/// assert_eq!((p.done, p.total), (1, 2));
/// ```
pub fn progress(text: &str) -> Progress {
    let mut p = Progress { done: 0, total: 0 };
    for line in text.lines().map(str::trim_start) {
        let done = line.starts_with("- [x]") || line.starts_with("- [X]");
        p.done += usize::from(done);
        p.total += usize::from(done || line.starts_with("- [ ]"));
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspot::{Areas, Event, EventLog, rank};

    #[test]
    fn three_lists() {
        let mut log = EventLog::default();
        log.push(&Event::from_json(r#"{"id":"1","time":"2026-02-01","area":"a","topic":"t","unit":"住建委"}"#).unwrap()).unwrap();
        let month = Month::parse("2026-02").unwrap();
        let text = dossier(month, &rank(&log, month, &Areas::default())[0]);
        for part in ["## 任务清单", "## 责任清单", "## 政策清单", "牵头单位：住建委"] {
            assert!(text.contains(part), "{part}");
        }
        assert_eq!(progress(&text), Progress { done: 0, total: 3 });
    }
}
