//! From a prepared text to hashed n-grams of words and characters, in one pass and without strings.
//!
//! The extraction is the same for every model, so several classifiers read one [`Features`]. Digit runs count as one symbol (no phone
//! number, date or house number can become a feature), blanks are skipped (texts that came as words give the same character n-grams),
//! punctuation ends an n-gram.

use crate::text::Prepared;

/// Version of the extraction; a model remembers the one it was trained with.
pub const EXTRACTION: u8 = 3;

/// What an n-gram is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// One word.
    Word,
    /// Two neighbouring words.
    WordPair,
    /// Character n-gram of 1, 2, 3 or 4.
    Char1,
    /// See [`Kind::Char1`].
    Char2,
    /// See [`Kind::Char1`].
    Char3,
    /// See [`Kind::Char1`].
    Char4,
    /// Word of the title.
    TitleWord,
    /// Character bigram or trigram of the title.
    TitleChar,
    /// A synonym group of the lexicon.
    Group,
}

/// Number of blocks; each block of a text's vector is brought to unit length by itself.
pub const BLOCKS: usize = 4;
/// The block of synonym groups, whose values are the same in every text.
pub(super) const GROUPS: usize = 3;

impl Kind {
    /// The block: 0 words, 1 characters, 2 title, 3 synonym groups.
    pub fn block(self) -> usize {
        match self {
            Kind::Word | Kind::WordPair => 0,
            Kind::Char1 | Kind::Char2 | Kind::Char3 | Kind::Char4 => 1,
            Kind::TitleWord | Kind::TitleChar => 2,
            Kind::Group => GROUPS,
        }
    }
}

/// One n-gram of a text: its hash, and where it stands in the normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gram {
    /// Hash of kind and symbols.
    pub hash: u32,
    /// First byte in the normal form.
    pub start: u32,
    /// Length in bytes (saturating).
    pub len: u16,
    /// What it is made of.
    pub kind: Kind,
}

/// All n-grams of one text, in text order within each kind. About six per character.
#[derive(Debug, Clone, Default)]
pub struct Features {
    grams: Vec<Gram>,
    vector: Vec<f32>,
}

/// A character that counts: its symbol and its first byte; `BREAK` ends an n-gram.
#[derive(Clone, Copy)]
struct Symbol {
    code: u32,
    start: u32,
    end: u32,
}

const BREAK: u32 = u32::MAX;
const DIGITS: u32 = b'0' as u32;
const K: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn step(h: u64, code: u32) -> u64 {
    (h.rotate_left(23) ^ u64::from(code)).wrapping_mul(K)
}

#[inline]
fn seed(kind: Kind) -> u64 {
    (kind as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

#[inline]
fn finish(h: u64) -> u32 {
    let h = (h ^ (h >> 32)).wrapping_mul(K);
    (h >> 32) as u32
}

fn is_gap(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_alphanumeric() } else { !c.is_alphanumeric() }
}

impl Features {
    /// Takes the n-grams of a text. Linear time; about 6 × 12 bytes per character.
    pub fn extract(text: &Prepared) -> Features {
        let symbols = symbols(text.text());
        let title_end = text.title_end as u32;
        let mut grams = Vec::with_capacity(symbols.len() * 6);
        characters(&symbols, title_end, &mut grams);
        words(text, &symbols, title_end, &mut grams);
        grams.extend(text.groups.iter().map(|g| Gram {
            hash: finish(step(seed(Kind::Group), u32::from(g.group))),
            start: g.start,
            len: (g.end - g.start).min(u32::from(u16::MAX)) as u16,
            kind: Kind::Group,
        }));
        Features { grams, vector: Vec::new() }
    }

    /// The n-grams.
    pub fn grams(&self) -> &[Gram] {
        &self.grams
    }

    /// The same with the text's static sentence vector ([`crate::text::Embedding::embed`]) as further evidence.
    pub fn with_vector(self, vector: Vec<f32>) -> Features {
        Features { vector, ..self }
    }

    /// The text's sentence vector; empty when it was not given.
    pub fn vector(&self) -> &[f32] {
        &self.vector
    }
}

fn symbols(text: &str) -> Vec<Symbol> {
    let mut out: Vec<Symbol> = Vec::with_capacity(text.len() / 2);
    for (at, c) in text.char_indices() {
        let (start, end) = (at as u32, (at + c.len_utf8()) as u32);
        if c.is_ascii_digit() {
            match out.last_mut() {
                Some(last) if last.code == DIGITS && last.end == start => last.end = end,
                _ => out.push(Symbol { code: DIGITS, start, end }),
            }
        } else if c == ' ' || c == '\n' {
            continue;
        } else if is_gap(c) {
            if out.last().is_some_and(|s| s.code != BREAK) {
                out.push(Symbol { code: BREAK, start, end });
            }
        } else {
            out.push(Symbol { code: c as u32, start, end });
        }
    }
    out
}

fn characters(symbols: &[Symbol], title_end: u32, grams: &mut Vec<Gram>) {
    const KINDS: [Kind; 4] = [Kind::Char1, Kind::Char2, Kind::Char3, Kind::Char4];
    let seeds = KINDS.map(seed);
    let title_seed = seed(Kind::TitleChar);
    for (i, first) in symbols.iter().enumerate() {
        let mut rolling = 0u64;
        for (n, symbol) in symbols.iter().skip(i).take(4).enumerate() {
            // An n-gram that begins in the title stays in it.
            if symbol.code == BREAK || (first.start < title_end && symbol.start >= title_end) {
                break;
            }
            rolling = step(rolling, symbol.code);
            let (Some(&kind), Some(&kind_seed)) = (KINDS.get(n), seeds.get(n)) else { break };
            let len = (symbol.end - first.start).min(u32::from(u16::MAX)) as u16;
            grams.push(Gram { hash: finish(rolling ^ kind_seed), start: first.start, len, kind });
            if symbol.end <= title_end && (n == 1 || n == 2) {
                grams.push(Gram { hash: finish(rolling ^ title_seed), start: first.start, len, kind: Kind::TitleChar });
            }
        }
    }
}

fn words(text: &Prepared, symbols: &[Symbol], title_end: u32, grams: &mut Vec<Gram>) {
    let (word_seed, pair_seed, title_seed) = (seed(Kind::Word), seed(Kind::WordPair), seed(Kind::TitleWord));
    let mut symbol = symbols.iter().peekable();
    let mut previous: Option<(u64, u32)> = None;
    for token in &text.tokens {
        let mut rolling = 0u64;
        let (mut first, mut last) = (u32::MAX, 0);
        let mut broken = false;
        while let Some(s) = symbol.next_if(|s| s.start < token.end) {
            if s.code == BREAK {
                broken = true;
            } else {
                rolling = step(rolling, s.code);
                first = first.min(s.start);
                last = s.end;
            }
        }
        if broken {
            previous = None;
        }
        if last == 0 {
            continue;
        }
        let len = |from: u32| (last - from).min(u32::from(u16::MAX)) as u16;
        grams.push(Gram { hash: finish(rolling ^ word_seed), start: first, len: len(first), kind: Kind::Word });
        if first < title_end {
            grams.push(Gram { hash: finish(rolling ^ title_seed), start: first, len: len(first), kind: Kind::TitleWord });
        }
        if let Some((before, start)) = previous.filter(|&(_, start)| start >= title_end || last <= title_end) {
            let pair = step(before.rotate_left(31), rolling as u32) ^ rolling;
            grams.push(Gram { hash: finish(pair ^ pair_seed), start, len: len(start), kind: Kind::WordPair });
        }
        previous = Some((rolling, first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    fn grams(text: &str, title: Option<usize>) -> Vec<(String, Kind)> {
        let s = Segmenter::new("拖欠 100\n工资 100\n公司 100\n").unwrap();
        let p = Prepared::new(text, title, &s);
        let f = Features::extract(&p);
        f.grams().iter().map(|g| (p.text()[g.start as usize..g.start as usize + g.len as usize].to_string(), g.kind)).collect()
    }

    #[test]
    fn words_pairs_and_characters() {
        let g = grams("公司拖欠,工资", None);
        let has = |t: &str, k: Kind| g.contains(&(t.to_string(), k));
        assert!(has("公司", Kind::Word) && has("公司拖欠", Kind::WordPair) && has("公司拖欠", Kind::Char4));
        assert!(!g.iter().any(|(t, k)| t.contains("欠,") && *k != Kind::Word), "punctuation ends an n-gram: {g:?}");
    }

    #[test]
    fn digits_are_one_symbol_and_blanks_do_not_matter() {
        let hashes = |t: &str| {
            let s = Segmenter::new("工资 100\n").unwrap();
            let mut h: Vec<u32> =
                Features::extract(&Prepared::new(t, None, &s)).grams().iter().filter(|g| g.kind >= Kind::Char1).map(|g| g.hash).collect();
            h.sort_unstable();
            h
        };
        assert_eq!(hashes("电话13800000000工资"), hashes("电话 1 工资"));
    }

    #[test]
    fn odd_texts() {
        for t in ["", "\n", "。。。", "🚗", "a", &"路灯不亮".repeat(100_000)] {
            let _ = grams(t, Some(t.len() / 2).filter(|&n| t.is_char_boundary(n)));
        }
        let g = grams("工资\n公司", Some(6));
        assert!(g.contains(&("工资".into(), Kind::TitleWord)) && !g.contains(&("公司".into(), Kind::TitleWord)));
    }
}
