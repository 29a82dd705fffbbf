//! Words: jieba-rs over a dictionary that travels in the bundle, so that every platform cuts alike.

use super::lexicon::{GroupHit, LEXICON_SECTION, Lexicon};
use crate::bundle::{Bundle, BundleError};
use jieba_rs::Jieba;

/// A word: a byte range of the normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Token {
    /// The word itself.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Cuts normalised text into words.
#[derive(Debug)]
pub struct Segmenter {
    jieba: Jieba,
    lexicon: Option<Lexicon>,
}

impl Segmenter {
    /// From dictionary lines `word frequency`.
    ///
    /// ```
    /// # use jiesu::text::Segmenter;
    /// let s = Segmenter::new("拖欠 100\n工资 100\n")?;
    /// let words: Vec<_> = s.cut("拖欠工资").iter().map(|t| t.of("拖欠工资")).collect();
    /// assert_eq!(words, ["拖欠", "工资"]);
    /// # Ok::<(), jiesu::bundle::BundleError>(())
    /// ```
    pub fn new(dictionary: &str) -> Result<Self, BundleError> {
        let jieba = Jieba::with_dict(&mut dictionary.as_bytes()).map_err(|e| BundleError::malformed("dictionary", e))?;
        Ok(Segmenter { jieba, lexicon: None })
    }

    /// From a bundle's dictionary and, when it is there, its lexicon.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, BundleError> {
        let lexicon = bundle.find::<String>(LEXICON_SECTION)?.map(|csv| Lexicon::new(&csv)).transpose()?;
        Ok(Segmenter { lexicon, ..Self::new(&bundle.get::<String>("dictionary")?)? })
    }

    /// Synonym groups of the lexicon that a normalised text speaks of.
    pub(super) fn groups(&self, text: &str) -> Vec<GroupHit> {
        self.lexicon.as_ref().map_or_else(Vec::new, |l| l.find(text))
    }

    /// Cuts a text; white space and punctuation are tokens of their own. Linear time.
    pub fn cut(&self, text: &str) -> Vec<Token> {
        let mut at = 0u32;
        let cut = self.jieba.cut(text, false);
        cut.iter()
            .map(|t| {
                let start = at;
                at += t.word.len() as u32;
                Token { start, end: at }
            })
            .collect()
    }
}
