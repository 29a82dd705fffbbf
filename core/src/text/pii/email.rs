//! E-mail addresses.

use super::Find;
use crate::complaint::PiiKind;

/// Addresses of a text, in order. Those of government offices are no personal data.
pub(super) fn find(text: &str) -> Vec<Find> {
    let bytes = text.as_bytes();
    let mut out: Vec<Find> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let local = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
        let floor = out.last().map_or(0, |f| f.end);
        let before = bytes.get(floor..at).unwrap_or_default();
        let mut start = at - before.iter().rev().take(64).take_while(|b| local(b)).count();
        while bytes.get(start).is_some_and(|b| !b.is_ascii_alphanumeric()) && start < at {
            start += 1;
        }
        let after = bytes.get(at + 1..).unwrap_or_default();
        let mut len = after.iter().take(253).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
        while len > 0 && after.get(len - 1).is_some_and(|b| !b.is_ascii_alphanumeric()) {
            len -= 1;
        }
        let Some(domain) = text.get(at + 1..at + 1 + len) else { continue };
        let Some((host, top)) = domain.rsplit_once('.') else { continue };
        let top_ok = (2..=8).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic());
        if start == at || host.is_empty() || host.starts_with('.') || !top_ok || domain.contains("..") || domain.ends_with("gov.cn") {
            continue;
        }
        out.push(Find { kind: PiiKind::Email, start, end: at + 1 + len });
    }
    out
}
