//! Byte offsets as UTF-16 offsets, the unit of JavaScript strings.

/// UTF-16 offsets of a text, found by jumping to the nearest mark and counting from there.
pub(crate) struct Utf16<'t> {
    text: &'t str,
    /// UTF-16 offset at (the character boundary at or below) every `STEP` bytes.
    marks: Vec<(usize, usize)>,
}

const STEP: usize = 256;

impl<'t> Utf16<'t> {
    /// Reads the text once.
    pub(crate) fn new(text: &'t str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / STEP + 1);
        let mut units = 0;
        for (byte, c) in text.char_indices() {
            if byte >= marks.len() * STEP {
                marks.push((byte, units));
            }
            units += c.len_utf16();
        }
        Utf16 { text, marks }
    }

    /// UTF-16 units before `byte`; an offset inside a character counts that character, one past the end the whole text.
    pub(crate) fn at(&self, byte: usize) -> usize {
        let near = self.marks.partition_point(|&(at, _)| at <= byte);
        let (from, units) = near.checked_sub(1).and_then(|i| self.marks.get(i)).copied().unwrap_or((0, 0));
        let rest = self.text.get(from..).unwrap_or_default();
        units + rest.char_indices().take_while(|&(i, _)| from + i < byte).map(|(_, c)| c.len_utf16()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::Utf16;

    #[test]
    fn counts_like_javascript() {
        for text in ["", "abc", "楼下施工😀噪音", &"😀é工a".repeat(500)] {
            let units = Utf16::new(text);
            for (byte, _) in text.char_indices() {
                assert_eq!(units.at(byte), text[..byte].encode_utf16().count(), "{byte}");
            }
            assert_eq!(units.at(text.len()), text.encode_utf16().count());
            assert_eq!(units.at(text.len() + 10), text.encode_utf16().count());
        }
    }
}
