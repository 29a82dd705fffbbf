//! How characters sound: names misheard on the phone or mistyped (瑞苑 / 瑞院) still meet.
//!
//! One toneless syllable for each character of GB 2312, from pypinyin's table (MIT), with the confusions of southern and northern
//! speech folded together: zh/z, ch/c, sh/s, n/l, -ing/-in, -eng/-en.

use std::sync::OnceLock;

const FIRST: usize = 0x4e00;
const LAST: usize = 0x9fff;

/// The folded syllable of a character as a small number; 0 for characters without a known sound.
pub(crate) fn sound(c: char) -> u16 {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    let table = TABLE.get_or_init(build);
    (c as usize).checked_sub(FIRST).and_then(|i| table.get(i)).copied().unwrap_or(0)
}

fn build() -> Vec<u16> {
    let mut table = vec![0u16; LAST - FIRST + 1];
    let mut folded: Vec<String> = Vec::new();
    for line in include_str!("sounds.txt").lines() {
        let Some((syllable, chars)) = line.split_once(' ') else { continue };
        let f = fold(syllable);
        let code = match folded.iter().position(|s| *s == f) {
            Some(i) => i,
            None => {
                folded.push(f);
                folded.len() - 1
            }
        } as u16
            + 1;
        for c in chars.chars() {
            if let Some(slot) = (c as usize).checked_sub(FIRST).and_then(|i| table.get_mut(i)) {
                *slot = code;
            }
        }
    }
    table
}

fn fold(syllable: &str) -> String {
    let (initial, rest) = match syllable {
        s if s.starts_with("zh") => ("z", &s[2..]),
        s if s.starts_with("ch") => ("c", &s[2..]),
        s if s.starts_with("sh") => ("s", &s[2..]),
        s if s.starts_with('l') => ("n", &s[1..]),
        s => ("", s),
    };
    let rest = match rest.strip_suffix('g') {
        Some(r) if r.ends_with("in") || r.ends_with("en") => r,
        _ => rest,
    };
    format!("{initial}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        a.chars().map(sound).eq(b.chars().map(sound))
    }

    #[test]
    fn misheard_names_sound_alike() {
        for (a, b) in [("锦澜苑", "金蓝院"), ("瑞苑置业", "瑞院置业"), ("蒋辛庄", "将新庄"), ("枫桥西路", "丰桥西路"), ("京穗", "金穗")]
        {
            assert!(alike(a, b), "{a} {b}");
        }
        assert!(!alike("丽发", "滨河"));
        assert_eq!(sound('a'), 0);
        assert_eq!(sound('🚗'), 0);
    }
}
