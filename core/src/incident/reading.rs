//! One pass over a prepared text: the channel's boilerplate left out, the rest as runs of units (characters, or whole ASCII words).

use super::sound::sound;
use crate::text::Prepared;

/// A character, or a run of ASCII letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Identity: the code point, or a hash of the ASCII run.
    pub(crate) code: u32,
    /// The character; `'0'` for a number, `'a'` for another ASCII run, `'\n'` between runs.
    pub(crate) ch: char,
    /// Folded syllable, 0 when unknown.
    pub(crate) sound: u16,
    /// Byte offset in the normal form.
    pub(crate) at: u32,
}

impl Unit {
    /// Whether this separates two runs.
    pub(crate) fn is_break(&self) -> bool {
        self.ch == '\n'
    }
}

/// The units of a text, and where its title ends among them.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Units; runs are separated by one break.
    pub(crate) units: Vec<Unit>,
    /// Units that belong to the title.
    pub(crate) title: usize,
    /// Byte ranges of the normal form that were left out, ascending.
    pub(crate) dropped: Vec<(u32, u32)>,
}

/// A longer text is cut: what makes a matter is said in its first pages, and no single record may cost seconds.
const MOST_UNITS: usize = 4_000;

/// Form fields whose value says nothing of the matter.
const META: [&str; 22] = [
    "编号",
    "单号",
    "工单号",
    "来源",
    "渠道",
    "电话",
    "手机",
    "姓名",
    "联系人",
    "来电人",
    "性别",
    "状态",
    "类型",
    "类别",
    "紧急程度",
    "来电时间",
    "受理时间",
    "登记时间",
    "提交时间",
    "是否公开",
    "是否匿名",
    "回复方式",
];
/// Endings of a lead-in such as 市民来电反映.
const LEAD_IN: [&str; 12] = ["反映", "咨询", "投诉", "求助", "建议", "举报", "表示", "内容", "地点", "地址", "标题", "诉求"];

impl Reading {
    /// Reads a prepared text. Linear in its length.
    pub(crate) fn new(prepared: &Prepared) -> Self {
        let text = prepared.text();
        let dropped = boilerplate(text);
        let mut out = Reading { units: Vec::with_capacity(text.len() / 3 + 8), title: 0, dropped: Vec::new() };
        let mut drops = dropped.iter().peekable();
        let mut chars = text.char_indices().peekable();
        let mut in_title = prepared.title_end > 0;
        while let Some((at, c)) = chars.next() {
            if in_title && at >= prepared.title_end {
                out.pause(at);
                out.title = out.units.len();
                in_title = false;
            }
            if out.units.len() >= MOST_UNITS {
                break;
            }
            while drops.peek().is_some_and(|d| d.1 as usize <= at) {
                drops.next();
            }
            if drops.peek().is_some_and(|d| (d.0 as usize) <= at) {
                out.pause(at);
                continue;
            }
            if c.is_ascii_alphanumeric() {
                let mut end = at + 1;
                while let Some(&(i, n)) = chars.peek().filter(|(_, n)| n.is_ascii_alphanumeric()) {
                    end = i + n.len_utf8();
                    chars.next();
                }
                let run = text.get(at..end).unwrap_or_default();
                let digits = run.bytes().all(|b| b.is_ascii_digit());
                // Long numbers are phones, order numbers and the like.
                if digits && run.len() > 6 || run.len() > 24 {
                    out.pause(at);
                    continue;
                }
                let code = run.bytes().fold(0x811c_9dc5u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193)) | 0x8000_0000;
                out.units.push(Unit { code, ch: if digits { '0' } else { 'a' }, sound: 0, at: at as u32 });
            } else if c.is_alphanumeric() {
                out.units.push(Unit { code: c as u32, ch: c, sound: sound(c), at: at as u32 });
            } else {
                out.pause(at);
            }
        }
        if in_title {
            out.title = out.units.len();
        }
        out.dropped = dropped;
        out
    }

    fn pause(&mut self, at: usize) {
        if self.units.last().is_some_and(|u| !u.is_break()) {
            self.units.push(Unit { code: 0, ch: '\n', sound: 0, at: at as u32 });
        }
    }

    /// Runs of units without breaks.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &[Unit]> {
        self.units.split(Unit::is_break).filter(|r| !r.is_empty())
    }
}

/// Byte ranges that belong to the channel rather than to the matter: form labels with their metadata, lead-ins, placeholders.
fn boilerplate(text: &str) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    let mut fresh = true; // at the start of a line or sentence
    let mut skip_to = 0usize;
    for (at, c) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        match c {
            '<' => {
                if let Some(n) = text[at..].char_indices().take(16).find(|&(_, c)| c == '>') {
                    skip_to = at + n.0 + 1;
                    out.push((at as u32, skip_to as u32));
                }
            }
            '\n' | '。' | ';' | '!' | '?' | ' ' | '【' | '】' | '[' | ']' | ',' => fresh = true,
            _ if fresh => {
                fresh = false;
                if let Some(end) = label(text, at) {
                    out.push((at as u32, end as u32));
                    skip_to = end;
                    fresh = true;
                }
            }
            _ => {}
        }
    }
    out
}

/// The end of a form label (`诉求内容:`, `市民来电反映:`) that begins at `at`, its value included when that is metadata.
fn label(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let mut length = 0;
    let mut end = None;
    for (i, c) in rest.char_indices().take(16) {
        if c == ':' || c == '】' {
            end = Some(i);
            break;
        }
        if !('\u{4e00}'..='\u{9fff}').contains(&c) {
            return None;
        }
        length += 1;
    }
    let end = end.filter(|_| length >= 2)?;
    let name = rest.get(..end)?;
    if META.iter().any(|m| name.ends_with(m)) {
        let value = rest[end..].char_indices().skip(1).take(40).find(|&(_, c)| matches!(c, '\n' | ';' | '。' | '【' | '|'));
        return Some(at + value.map_or(end + 1, |(i, _)| end + i));
    }
    (length <= 6 || LEAD_IN.iter().any(|l| name.ends_with(l))).then_some(at + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    fn read(text: &str) -> String {
        let p = Prepared::new(text, None, &Segmenter::new("拖欠 10\n").unwrap());
        Reading::new(&p).units.iter().map(|u| if u.is_break() { '|' } else { u.ch }).collect()
    }

    #[test]
    fn boilerplate_of_each_channel_goes() {
        assert_eq!(read("市民来电反映:龙昆路积水"), "龙昆路积水");
        assert_eq!(read("诉求内容：龙昆路积水\n联系人：张三\n工单编号：2018010112345"), "龙昆路积水|");
        assert_eq!(read("车牌<PLATE>堵路"), "车牌|堵路");
        assert_eq!(read("3号楼ktv"), "0号楼a");
        assert_eq!(read(""), "");
        assert_eq!(read("13812345678"), "");
    }

    #[test]
    fn a_megabyte_is_read_in_no_time() {
        let text = "某路某号漏水,".repeat(60_000);
        assert!(read(&text).chars().count() <= MOST_UNITS + 1);
    }
}
