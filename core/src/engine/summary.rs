//! An analysis as an operator would read it.

use crate::complaint::{Analysis, Level, LimitUnit, RequestType, Role};
use std::fmt::Write;

impl RequestType {
    /// The Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            RequestType::Inquiry => "咨询",
            RequestType::Help => "求助",
            RequestType::Complaint => "投诉",
            RequestType::Suggestion => "建议",
            RequestType::Praise => "表扬",
        }
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Street => "街道（乡镇）",
        Level::Department => "委办局",
        Level::Enterprise => "公共服务企业",
        Level::Answer => "直接答复",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Lead => "主办",
        Role::Cooperating => "协办",
        Role::Receiving => "接单",
    }
}

/// The analysis in Chinese, a few lines of text.
pub fn summary(a: &Analysis) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut out, a);
    out
}

fn write_summary(out: &mut String, a: &Analysis) -> std::fmt::Result {
    write!(out, "【{}】 {}（{:.2}）{}", a.id, a.kind.label.name(), a.kind.p, if a.kind.report { " 举报" } else { "" })?;
    let urgency = ["一般", "当日", "紧急"][usize::from(a.urgency.level.min(2))];
    writeln!(out, "  紧急程度：{urgency}{}", bracketed(&a.urgency.reasons))?;
    if a.collective.flag {
        writeln!(out, "  群体诉求{}", a.collective.people.map_or(String::new(), |n| format!("：{n} 人")))?;
    }
    let topics: Vec<String> = a.topics.iter().take(3).map(|t| format!("{} {}（{:.2}）", t.code, t.name, t.p)).collect();
    writeln!(out, "  主题：{}", topics.join(" · "))?;
    if let Some(p) = &a.problem {
        writeln!(out, "  每月一题：{} {}（{}，{:.2}）", p.code, p.name, p.theme, p.p)?;
    }
    match &a.area {
        Some(area) => {
            let mut names = vec![area.district.as_deref().unwrap_or_default(), area.town.as_deref().unwrap_or_default(), &area.name];
            names.dedup();
            writeln!(out, "  地点：{}（{}，{:.2}）", names.join(" ").trim(), area.code, area.p)?;
        }
        None if a.areas.is_empty() => writeln!(out, "  地点：未说明")?,
        None => {
            let names: Vec<&str> = a.areas.iter().map(|a| a.name.as_str()).collect();
            writeln!(out, "  地点：待确认，可能是 {}", names.join("、"))?;
        }
    }
    let limit =
        a.limit.map_or(String::new(), |l| format!("，时限 {} {}", l.value, if l.unit == LimitUnit::Hours { "小时" } else { "个工作日" }));
    writeln!(out, "  派单：{}{limit}{}", level(a.level), if a.abstain { "，请人工确认" } else { "" })?;
    for u in &a.units {
        let local = u.local.as_ref().map_or(String::new(), |l| format!(" → {}", l.name));
        writeln!(out, "    {} {}{local}（{:.2}）{}", role(u.role), u.unit, u.p, bracketed(&u.reasons))?;
    }
    if a.units.iter().filter_map(|u| u.sources.history.as_ref()).all(|h| h.similar.is_none()) {
        writeln!(out, "    未接入历史工单索引：不列相似工单")?;
    }
    for (n, m) in a.missing.iter().enumerate() {
        writeln!(out, "  追问 {}：{}", n + 1, m.question)?;
    }
    if !a.pii.is_empty() {
        writeln!(out, "  个人信息 {} 处，请遮盖后转出", a.pii.len())?;
    }
    for m in a.matters.iter().skip(1) {
        let topic = m.topics.first().map_or("", |t| t.name.as_str());
        let unit = m.units.first().map_or("", |u| u.unit.as_str());
        writeln!(out, "  另一件事（第 {} 字起）：{topic}，{unit}", m.start + 1)?;
    }
    if let Some(i) = &a.incident {
        writeln!(out, "  事件 {}（{:.2}）", i.id, i.p)?;
    }
    out.truncate(out.trim_end().len());
    Ok(())
}

fn bracketed(reasons: &[String]) -> String {
    if reasons.is_empty() { String::new() } else { format!(" [{}]", reasons.join("；")) }
}
