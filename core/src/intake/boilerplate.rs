//! What frames a matter: greetings, the operator's opening and closing request, quoted earlier orders.

use super::reading::Group;
use super::{Intake, Reading};
use crate::complaint::Span;
use std::ops::Range;

/// The matter itself and what was set apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boilerplate {
    /// The matter, in bytes of the normal form.
    pub matter: Range<usize>,
    /// The same in bytes of the source.
    pub span: Span,
    /// Numbers of earlier orders the text quotes, in order, each once.
    pub orders: Vec<String>,
}

impl Intake {
    /// Finds the matter inside its frame; the whole text when there is no frame or nothing would be left. Linear time.
    pub fn boilerplate(&self, reading: &Reading<'_>) -> Boilerplate {
        let text = reading.text();
        let mut orders: Vec<String> = Vec::new();
        for (start, end) in quoted_orders(reading) {
            if let Some(number) = text.get(start..end).filter(|n| !orders.iter().any(|o| o == n)) {
                orders.push(number.to_string());
            }
        }
        let start = opening(reading);
        let end = ending(reading, start);
        // Fewer than four characters are no matter.
        let matter = if end > start + 9 { start..end } else { 0..text.len() };
        Boilerplate { span: reading.prepared.source_span(matter.start, matter.end), matter, orders }
    }
}

/// Where the matter begins: after the last opening of the head (工单内容, 市民来电反映:, 尊敬的领导:您好).
fn opening(reading: &Reading<'_>) -> usize {
    let text = reading.text();
    let mut start = 0;
    // A fed-back order quotes itself: what counts follows 工单内容 or the first 市民来电反映 after it.
    let quoted = reading.of(Group::Order).first().is_some_and(|h| (h.start as usize) < 180)
        && reading.of(Group::Reply).iter().any(|h| (h.start as usize) < 180);
    let reach = if quoted { 600 } else { 48 };
    for h in reading.of(Group::Channel) {
        let end = h.end as usize;
        let after = text.get(end..).unwrap_or_default();
        let mark = after.chars().next().filter(|c| matches!(c, ':' | ',' | ' ' | '\n' | '|'));
        if (h.start as usize) <= start + reach && (mark == Some(':') || (h.start as usize) <= start + 6 && mark.is_some()) {
            start = end + mark.map_or(0, char::len_utf8);
        }
    }
    if start == 0 {
        // Greetings, one after the other.
        for h in reading.of(Group::Greeting) {
            if (h.start as usize) > start + 12 {
                break;
            }
            let clause = reading.clause_at((h.end as usize).saturating_sub(1));
            let rest = text.get(h.end as usize..clause.end).unwrap_or_default();
            // 尊敬的王局长: the title goes with the greeting.
            start =
                if rest.chars().count() <= 8 && rest.ends_with([':', ',', '!', '。', '\n', ' ']) { clause.end } else { h.end as usize };
        }
    }
    let rest = text.get(start..).unwrap_or_default();
    start + (rest.len() - rest.trim_start_matches([' ', ',', ':', '。', '!', '\n', '|', '啊']).len())
}

/// Where the matter ends: before the request to the unit, the good wishes and replies quoted after it.
fn ending(reading: &Reading<'_>, start: usize) -> usize {
    let text = reading.text();
    let mut end = text.len();
    // A reply of a unit after the matter (市公安局答复:…).
    for h in reading.of(Group::Reply) {
        let at = h.start as usize;
        let clause = reading.clause_at(at);
        if at > start + 60 && text.get(h.end as usize..).is_some_and(|t| t.starts_with([':', '：'])) && clause.start > start {
            end = end.min(clause.start);
            break;
        }
    }
    let clauses = reading.clauses();
    let mut i = clauses.partition_point(|c| c.start < end);
    while i > 0 {
        let Some(c) = clauses.get(i - 1) else { break };
        let hit = |g: Group| reading.of(g).iter().any(|h| (h.start as usize) >= c.start && (h.start as usize) < c.start + 6);
        let clause = text.get(c.clone()).unwrap_or_default();
        let bare = clause.trim_matches(|c: char| !c.is_alphanumeric());
        if c.start <= start || !(hit(Group::Request) || hit(Group::Closing) || bare.is_empty()) {
            break;
        }
        end = c.start;
        i -= 1;
    }
    end
}

/// Spans of quoted order numbers: ten digits or more right after a word of the group `order`, or long ones in a fed-back order.
pub(super) fn quoted_orders(reading: &Reading<'_>) -> Vec<(usize, usize)> {
    let text = reading.text();
    let bytes = text.as_bytes();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for h in reading.of(Group::Order) {
        let mut at = h.end as usize;
        let gap = text.get(at..).map_or(0, |t| t.len() - t.trim_start_matches(['为', '是', ':', ' ', '(', '[', '【', '号', '码']).len());
        at += gap;
        let letters = bytes.get(at..).unwrap_or_default().iter().take(4).take_while(|b| b.is_ascii_alphabetic()).count();
        let n = bytes.get(at + letters..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit() || **b == b'-').count();
        let long = bytes.get(at + letters..at + letters + n).unwrap_or_default().iter().filter(|b| b.is_ascii_digit()).count();
        let end = at + letters + n;
        if (8..=24).contains(&long) && out.last().is_none_or(|l| l.1 <= at) {
            out.push((at, end));
        }
    }
    out
}
