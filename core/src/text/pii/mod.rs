//! Personal data: numbers that lead to a person, found in one pass by hand-written scanners over the normal form.
//!
//! What is *not* personal: hotlines (12345, 95588, 96155), 400 and 800 numbers, order, meter and contract numbers, prices, dates.

mod context;
mod digits;
mod email;
mod number;
mod plate;

use super::Prepared;
use crate::complaint::{Pii, PiiKind, Span};

/// A find in bytes of the normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Find {
    kind: PiiKind,
    start: usize,
    end: usize,
}

/// Personal data of a text, in order, without overlaps. `source` is the text that was prepared; spans are its bytes.
/// Linear in the text's length.
///
/// ```
/// # use jiesu::text::{Prepared, Segmenter, pii};
/// let source = "电话１３８　００１３　８０００，订单号13800138000，车牌京A·D12345";
/// let found = pii::find(source, &Prepared::new(source, None, &Segmenter::new("")?));
/// let texts: Vec<_> = found.iter().map(|p| p.text.as_str()).collect();
/// assert_eq!(texts, ["１３８　００１３　８０００", "京A·D12345"]);
/// # Ok::<(), jiesu::bundle::BundleError>(())
/// ```
pub fn find(source: &str, prepared: &Prepared) -> Vec<Pii> {
    let text = prepared.text();
    let circled = |at: usize| {
        let s = prepared.source_span(at, at + 1);
        source.get(s.start..s.end).is_some_and(|t| t.chars().any(|c| !c.is_ascii() && !('\u{ff10}'..='\u{ff19}').contains(&c)))
    };
    scan(text, &circled)
        .into_iter()
        .filter_map(|f| {
            let span = prepared.source_span(f.start, f.end);
            let text = source.get(span.start..span.end)?.to_string();
            Some(Pii { kind: f.kind, text, start: span.start, end: span.end })
        })
        .collect()
}

/// The finds of a normal form. `enumerator` says whether the digit at a byte was an enclosed one (①) in the source: it counts items.
fn scan(text: &str, enumerator: &dyn Fn(usize) -> bool) -> Vec<Find> {
    let emails = email::find(text);
    let mut out: Vec<Find> = Vec::new();
    let mut emails_left = emails.iter().peekable();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|t| t.chars().next()) {
        if let Some(e) = emails_left.next_if(|e| e.start <= at) {
            out.push(*e);
            at = e.end;
            continue;
        }
        let stop = emails_left.peek().map_or(text.len(), |e| e.start);
        let next = match c {
            '0'..='9' => number::at(text, at, stop, enumerator, &mut out),
            _ if plate::may_begin(c) => plate::at(text, at, &mut out),
            _ if digits::spoken(c).is_some() => number::spoken_at(text, at, &mut out),
            _ => None,
        };
        at = next.unwrap_or(at + c.len_utf8());
    }
    out
}

/// Replaces personal data by marks such as `[手机1]`: the same number always gets the same mark, whatever its spacing. `names` are
/// further spans to hide (see `Intake::names`).
pub fn mask(source: &str, found: &[Pii], names: &[Span]) -> String {
    let mut all: Vec<(Span, &'static str)> =
        found.iter().map(|p| (Span { start: p.start, end: p.end }, label(p.kind))).chain(names.iter().map(|s| (*s, "姓名"))).collect();
    all.sort_unstable_by_key(|(s, _)| (s.start, s.end));
    let mut seen: Vec<(&'static str, String)> = Vec::new();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for (span, label) in all {
        let Some(between) = source.get(at..span.start) else { continue };
        let Some(surface) = source.get(span.start..span.end) else { continue };
        let key = identity(surface);
        let known = seen.iter().position(|(l, k)| *l == label && *k == key);
        let index = known.unwrap_or_else(|| {
            seen.push((label, key));
            seen.len() - 1
        });
        let number = seen.iter().take(index + 1).filter(|(l, _)| *l == label).count();
        out.push_str(between);
        out.push_str(&format!("[{label}{number}]"));
        at = span.end;
    }
    out.push_str(source.get(at..).unwrap_or_default());
    out
}

fn label(kind: PiiKind) -> &'static str {
    match kind {
        PiiKind::Mobile => "手机",
        PiiKind::Landline => "座机",
        PiiKind::CitizenId => "身份证",
        PiiKind::Plate => "车牌",
        PiiKind::BankCard => "银行卡",
        PiiKind::Email => "邮箱",
    }
}

/// What stays of a number when its writing is forgotten: letters and digits, without a leading country code.
fn identity(surface: &str) -> String {
    let bare: String = super::normalize(surface)
        .text
        .chars()
        .filter_map(|c| digits::spoken(c).map(char::from).or_else(|| (c.is_alphanumeric() || c == '@').then_some(c)))
        .collect();
    let mobile = bare.strip_prefix("0086").or_else(|| bare.strip_prefix("86")).or_else(|| bare.strip_prefix('0'));
    match mobile {
        Some(m) if m.len() == 11 && m.starts_with('1') => m.to_string(),
        _ => bare,
    }
}

#[cfg(test)]
mod tests;
