//! Normal form of a text: NFKC (so full width becomes half width), lower-case ASCII, traditional to simplified where one character
//! has one safe simplified form, runs of blanks as one blank, control and zero-width characters gone. Every byte keeps its way back.

use crate::complaint::Span;
use std::sync::OnceLock;
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// A normalised text and, for each of its bytes, the byte of the original it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Normalized {
    /// The normal form.
    pub text: String,
    /// Original start offset of each byte of `text`, and one more entry for its end.
    starts: Vec<u32>,
    /// Byte length of the original.
    source_len: u32,
}

impl Normalized {
    /// A byte range of the normal form as a byte range of the original (always on character boundaries).
    pub fn source_span(&self, start: usize, end: usize) -> Span {
        let n = self.text.len();
        let (start, end) = (start.min(n), end.min(n));
        let from = self.starts[start] as usize;
        if end <= start {
            return Span { start: from, end: from };
        }
        // The end of the last character's source: where the next different source begins, blanks after it not counted.
        let last = self.starts[end - 1];
        let to = self.ends_of(end - 1, last);
        Span { start: from, end: to.max(from) }
    }

    fn ends_of(&self, at: usize, last: u32) -> usize {
        let next = self.starts[at + 1..].iter().find(|&&s| s > last).copied().unwrap_or(self.source_len);
        next as usize
    }

    /// The first byte of the normal form that came from at or after byte `source` of the original.
    pub fn normal_offset(&self, source: usize) -> usize {
        self.starts[..self.text.len()].partition_point(|&s| (s as usize) < source)
    }
}

/// Brings a text to its normal form. Linear time; texts over 4 GiB are cut there (offsets are 32 bits).
///
/// ```
/// # use jiesu::text::normalize;
/// let n = normalize("電話：１３８ 　號");
/// assert_eq!(n.text, "电话:138 号");
/// let span = n.source_span(n.text.find("138").unwrap_or(0), n.text.find(" 号").unwrap_or(0));
/// assert_eq!(&"電話：１３８ 　號"[span.start..span.end], "１３８");
/// ```
pub fn normalize(source: &str) -> Normalized {
    let source = if source.len() > u32::MAX as usize { &source[..floor_boundary(source, u32::MAX as usize)] } else { source };
    let mut out = Normalized {
        text: String::with_capacity(source.len()),
        starts: Vec::with_capacity(source.len() + 1),
        source_len: source.len() as u32,
    };
    let simple = simplified_table();
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // A base and its combining marks are composed together.
        if chars.peek().is_some_and(|&(_, n)| !n.is_ascii() && canonical_combining_class(n) != 0) {
            let mut cluster = String::from(c);
            while let Some(&(_, n)) = chars.peek().filter(|&&(_, n)| canonical_combining_class(n) != 0) {
                // A hostile run of marks is cut: nobody stacks more than a few.
                if cluster.len() < 64 {
                    cluster.push(n);
                }
                chars.next();
            }
            cluster.nfkc().for_each(|k| out.push(k, at, simple));
        } else if c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(&c) {
            out.push(c, at, simple);
        } else {
            std::iter::once(c).nfkc().for_each(|k| out.push(k, at, simple));
        }
    }
    out.starts.push(out.source_len);
    out
}

impl Normalized {
    fn push(&mut self, c: char, at: usize, simple: &[char]) {
        let c = match c {
            '\n' => {
                // A line break swallows the blanks before it.
                while self.text.ends_with(' ') {
                    self.text.pop();
                    self.starts.pop();
                }
                if self.text.ends_with('\n') {
                    return;
                }
                '\n'
            }
            c if c.is_whitespace() => {
                if self.text.is_empty() || self.text.ends_with([' ', '\n']) {
                    return;
                }
                ' '
            }
            c if c.is_control() || is_invisible(c) => return,
            'A'..='Z' => c.to_ascii_lowercase(),
            c => match (c as usize).checked_sub(FIRST).and_then(|i| simple.get(i)) {
                Some(&s) => s,
                None => c,
            },
        };
        self.text.push(c);
        for _ in 0..c.len_utf8() {
            self.starts.push(at as u32);
        }
    }
}

/// Zero-width, direction and variation characters: they change nothing a reader sees but hide words from a matcher.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

const FIRST: usize = 0x3400;
const LAST: usize = 0x9fff;

/// For each character of the CJK blocks its safe simplified form (itself for most). From OpenCC's TSCharacters
/// (Apache-2.0): one to one, without 乾 藉 瞭 and other characters that simplified texts use too.
fn simplified_table() -> &'static [char] {
    static TABLE: OnceLock<Vec<char>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Vec<char> = (FIRST..=LAST).map(|c| char::from_u32(c as u32).unwrap_or('?')).collect();
        let mut pairs = include_str!("t2s.txt").chars().filter(|c| !c.is_whitespace());
        while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
            table[from as usize - FIRST] = to;
        }
        table
    })
}

fn floor_boundary(s: &str, mut at: usize) -> usize {
    while !s.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_back_to_the_original() {
        let source = "  ＡＢＣ路\u{200b}１２３號\r\n\r\n 電動車①㎡e\u{301}！";
        let n = normalize(source);
        assert_eq!(n.text, "abc路123号\n电动车1m2é!");
        for (i, c) in n.text.char_indices() {
            let s = n.source_span(i, i + c.len_utf8());
            assert!(source.get(s.start..s.end).is_some_and(|t| !t.is_empty()), "{c} {s:?}");
        }
        let at = n.text.find("电动车").unwrap();
        let s = n.source_span(at, at + 9);
        assert_eq!(&source[s.start..s.end], "電動車");
        assert_eq!(n.normal_offset(source.find('電').unwrap()), at);
    }

    #[test]
    fn odd_texts() {
        assert_eq!(normalize("").text, "");
        assert_eq!(normalize(" \t\n").text, "\n");
        assert_eq!(normalize("").source_span(0, 5), Span { start: 0, end: 0 });
        let marks = format!("a{}", "\u{301}".repeat(10_000));
        assert!(normalize(&marks).text.len() < 200);
        assert_eq!(normalize("🚗👨‍👩‍👧 RTL\u{202e}x").text, "🚗👨👩👧 rtlx");
    }
}
