//! Floor 1: one pass over a text that every intelligence reads: normalised, mapped back to the original, cut into words.

mod embedding;
mod lexicon;
mod normalize;
pub mod pii;
mod segment;

pub use embedding::{EMBEDDING_SECTION, Embedding, build_embedding, cosine, cosine_quantized, quantize};
pub use lexicon::{GroupHit, LEXICON_SECTION, Lexicon};
pub use normalize::{Normalized, normalize};
pub use segment::{Segmenter, Token};

use crate::complaint::Span;

/// A text made ready for all rooms: its normal form, the way back to the original, and its words.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Normal form with the map to the original.
    pub normal: Normalized,
    /// Words, as byte ranges of the normal form, without gaps of more than white space.
    pub tokens: Vec<Token>,
    /// Synonym groups the text speaks of; none without a lexicon.
    pub groups: Vec<GroupHit>,
    /// Byte length of the title in the normal form; 0 when there is none.
    pub title_end: usize,
}

impl Prepared {
    /// Normalises and cuts `source`; `title_len` is the byte length of its title (see [`crate::Complaint::title_len`]).
    pub fn new(source: &str, title_len: Option<usize>, segmenter: &Segmenter) -> Self {
        let normal = normalize(source);
        let tokens = segmenter.cut(&normal.text);
        let title_end = title_len.map_or(0, |n| normal.normal_offset(n));
        let groups = segmenter.groups(&normal.text);
        Prepared { normal, tokens, groups, title_end }
    }

    /// The normal form.
    pub fn text(&self) -> &str {
        &self.normal.text
    }

    /// A byte range of the normal form as a byte range of the original.
    pub fn source_span(&self, start: usize, end: usize) -> Span {
        self.normal.source_span(start, end)
    }
}
