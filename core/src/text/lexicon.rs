//! Synonym groups of hotline language: words that say the same to a classifier (停水, 没水, 水压). Data, in the bundle section `lexicon`.

use super::normalize;
use crate::bundle::BundleError;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;

/// Bundle section of the lexicon: the CSV itself.
pub const LEXICON_SECTION: &str = "lexicon";

/// A group that a text speaks of, and where it does so first (bytes of the normal form).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupHit {
    /// Number of the group in the lexicon.
    pub group: u16,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Groups of alternatives; an alternative is one word, or several that must all occur.
#[derive(Debug)]
pub struct Lexicon {
    matcher: AhoCorasick,
    words: usize,
    groups: Vec<Vec<Vec<u32>>>,
}

impl Lexicon {
    /// From CSV lines `group,words` under a header: `|` between alternatives, `&` between words that must all occur, `#` begins a comment.
    ///
    /// ```
    /// # use jiesu::text::Lexicon;
    /// let lexicon = Lexicon::new("group,words\n停水,停水|没水\n租房,押金&房\n")?;
    /// let groups: Vec<u16> = lexicon.find("房东不退押金,家里没水").iter().map(|h| h.group).collect();
    /// assert_eq!(groups, [0, 1]);
    /// # Ok::<(), jiesu::bundle::BundleError>(())
    /// ```
    pub fn new(csv: &str) -> Result<Self, BundleError> {
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut groups = Vec::new();
        for line in csv.lines().skip(1).map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (_, words) =
                line.split_once(',').ok_or_else(|| BundleError::malformed(LEXICON_SECTION, format_args!("no comma in `{line}`")))?;
            let mut number = |word: &str| {
                let next = numbers.len() as u32;
                *numbers.entry(normalize(word.trim()).text).or_insert(next)
            };
            groups.push(words.split('|').filter(|a| !a.trim().is_empty()).map(|a| a.split('&').map(&mut number).collect()).collect());
        }
        if groups.len() > usize::from(u16::MAX) {
            return Err(BundleError::malformed(LEXICON_SECTION, "too many groups"));
        }
        let mut words = vec![String::new(); numbers.len()];
        for (word, number) in numbers {
            if let Some(slot) = words.get_mut(number as usize) {
                *slot = word;
            }
        }
        let matcher = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words);
        let matcher = matcher.map_err(|e| BundleError::malformed(LEXICON_SECTION, e))?;
        Ok(Lexicon { matcher, words: words.len(), groups })
    }

    /// The groups a normalised text speaks of, ascending. Linear in the text.
    pub fn find(&self, text: &str) -> Vec<GroupHit> {
        let mut first: Vec<Option<(u32, u32)>> = vec![None; self.words];
        for m in self.matcher.find_overlapping_iter(text) {
            if let Some(slot @ None) = first.get_mut(m.pattern().as_usize()) {
                *slot = Some((m.start() as u32, m.end() as u32));
            }
        }
        let at = |w: &u32| first.get(*w as usize).copied().flatten();
        let hit = |alternatives: &Vec<Vec<u32>>| {
            alternatives.iter().find_map(|all| if all.iter().all(|w| at(w).is_some()) { all.first().and_then(at) } else { None })
        };
        let found = self.groups.iter().enumerate().filter_map(|(n, a)| hit(a).map(|(start, end)| GroupHit { group: n as u16, start, end }));
        found.collect()
    }
}
