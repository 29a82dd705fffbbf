//! Closing templates: the sentence a call centre puts at the end of an order (请市公安局核实处理). It names the answer, so a model that
//! reads it looks right in training and is blind to the calls that come without it.

use serde::{Deserialize, Serialize};
#[cfg(feature = "train")]
use std::collections::{BTreeMap, BTreeSet};

/// A longer last sentence is the matter itself.
const LONGEST: usize = 60;
/// Characters of a frame's end.
const END: usize = 4;
/// Closings taken from one text at most.
const MOST: usize = 2;

/// How a closing begins and ends; what stands between changes from order to order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Frame {
    begin: char,
    end: String,
}

/// Frames of closing templates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Templates {
    frames: Vec<Frame>,
}

/// What [`Templates::find`] found, for a warning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leak {
    /// Share of the rows that end in a template.
    pub rows: f64,
    /// Share of those whose label other rows with the same last sentence would tell.
    pub told: f64,
    /// The same when always the commonest label of the template is said.
    pub guessed: f64,
}

fn is_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '\n' | '.')
}

fn is_trailing(c: char) -> bool {
    is_end(c) || c.is_whitespace() || matches!(c, '，' | ',' | '）' | ')')
}

/// The last sentence (of a text of one sentence: what follows its last comma) and where it begins; `None` when it is long or all there is.
fn closing(text: &str) -> Option<(usize, &str)> {
    let body = text.trim_end_matches(is_trailing);
    let cut = body.char_indices().rev().find(|c| is_end(c.1));
    let (at, mark) = cut.or_else(|| body.char_indices().rev().find(|c| matches!(c.1, '，' | ',')))?;
    let start = at + mark.len_utf8();
    let last = body.get(start..)?;
    (last.chars().count() <= LONGEST).then_some((start, last))
}

fn frame(closing: &str) -> Option<Frame> {
    let closing = closing.trim_start();
    let chars: Vec<char> = closing.chars().collect();
    // A frame must leave room for what changes.
    let end = chars.len().checked_sub(END).filter(|n| *n > 2)?;
    Some(Frame { begin: *chars.first()?, end: chars.get(end..)?.iter().collect() })
}

impl Templates {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The frames, as 请…核实处理.
    pub fn shown(&self) -> Vec<String> {
        self.frames.iter().map(|f| format!("{}…{}", f.begin, f.end)).collect()
    }

    /// The text without its closing templates. Linear in the text's last sentences.
    pub fn strip<'t>(&self, text: &'t str) -> &'t str {
        let mut rest = text;
        for _ in 0..MOST {
            match closing(rest) {
                Some((start, last)) if frame(last).is_some_and(|f| self.frames.binary_search(&f).is_ok()) => {
                    rest = rest.get(..start).unwrap_or(rest).trim_end_matches(['，', ',']);
                }
                _ => break,
            }
        }
        rest
    }

    /// Looks for closings that many rows share and that tell the label: frames of at least 1 % of the rows (and 20) with several
    /// wordings, where other rows of the very same last sentence tell the label clearly better than the frame's commonest label does.
    ///
    /// ```
    /// use jiesu::learn::Templates;
    /// let units = ["市公安局", "市水务局", "市城管局"];
    /// let rows: Vec<(String, &str)> = (0..90).map(|i| (format!("某处有事{i}。请{}核实处理。", units[i % 3]), units[i % 3])).collect();
    /// let (templates, leak) = Templates::find(rows.iter().map(|r| (r.0.as_str(), r.1)));
    /// assert_eq!(templates.shown(), ["请…核实处理"]);
    /// assert!(leak.rows == 1.0 && leak.told > 0.9 && leak.guessed < 0.4);
    /// assert_eq!(templates.strip("路灯不亮。请市电力局核实处理。"), "路灯不亮。");
    /// ```
    #[cfg(feature = "train")]
    pub fn find<'t>(rows: impl IntoIterator<Item = (&'t str, &'t str)>) -> (Templates, Leak) {
        let mut total = 0usize;
        // Of each frame and each of its wordings: how often each label.
        let mut found: BTreeMap<Frame, BTreeMap<&str, BTreeMap<&str, usize>>> = BTreeMap::new();
        for (text, label) in rows {
            total += 1;
            let Some((_, last)) = closing(text) else { continue };
            let Some(frame) = frame(last) else { continue };
            *found.entry(frame).or_default().entry(last).or_default().entry(label).or_default() += 1;
        }
        let least = (total / 100).max(20);
        let mut templates = BTreeSet::new();
        let (mut with, mut told, mut guessed) = (0, 0, 0);
        for (frame, wordings) in found {
            let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
            let mut right = 0;
            for counts in wordings.values() {
                // A row is told by the other rows of its wording: the commonest label of those.
                let most = counts.values().copied().max().unwrap_or(0);
                let leaders = counts.values().filter(|n| **n == most).count();
                if most >= 2 && leaders == 1 {
                    right += most;
                }
                counts.iter().for_each(|(l, n)| *labels.entry(l).or_default() += n);
            }
            let (rows, most) = (labels.values().sum::<usize>(), labels.values().copied().max().unwrap_or(0));
            if rows >= least && wordings.len() >= 3 && (right as f64) > most as f64 + 0.2 * rows as f64 {
                (with, told, guessed) = (with + rows, told + right, guessed + most);
                templates.insert(frame);
            }
        }
        let share = |n: usize, of: usize| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        let leak = Leak { rows: share(with, total), told: share(told, with), guessed: share(guessed, with) };
        (Templates { frames: templates.into_iter().collect() }, leak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sentence_and_its_frame() {
        assert_eq!(closing("路灯不亮。请核实处理。").map(|c| c.1), Some("请核实处理"));
        assert_eq!(closing("路灯不亮，请核实处理").map(|c| c.1), Some("请核实处理"));
        assert_eq!(closing("路灯不亮"), None);
        assert_eq!(closing(""), None);
        assert_eq!(closing(&format!("好。{}", "长".repeat(61))), None);
        assert_eq!(frame("请处理"), None);
        assert!(Templates::default().is_empty() && Templates::default().strip("路灯不亮。请核实处理。") == "路灯不亮。请核实处理。");
    }

    #[cfg(feature = "train")]
    #[test]
    fn what_ends_alike_but_tells_nothing_is_no_template() {
        // The same courtesy whatever the label, and closings that differ in every row.
        let rows: Vec<(String, &str)> =
            (0..100).map(|i| (format!("事{i}。请有关部门{}核实处理。", i % 3), ["a", "b"][i / 3 % 2])).collect();
        let (templates, _) = Templates::find(rows.iter().map(|r| (r.0.as_str(), r.1)));
        assert!(templates.is_empty(), "{:?}", templates.shown());
        let rows: Vec<(String, &str)> = (0..100).map(|i| (format!("事。请{i}号楼的人核实处理。"), ["a", "b"][i % 2])).collect();
        let (templates, leak) = Templates::find(rows.iter().map(|r| (r.0.as_str(), r.1)));
        assert!(templates.is_empty() && leak.rows == 0.0);
    }

    #[cfg(feature = "train")]
    #[test]
    fn two_closings_go_one_after_the_other() {
        let units = ["市公安局", "市水务局", "市城管局"];
        let rows: Vec<(String, &str)> = (0..90).map(|i| (format!("事。请{}核实处理。", units[i % 3]), units[i % 3])).collect();
        let (t, _) = Templates::find(rows.iter().map(|r| (r.0.as_str(), r.1)));
        assert_eq!(t.strip("路灯不亮。请市水务局核实处理。请市公安局核实处理！"), "路灯不亮。");
        assert_eq!(t.strip("请市水务局核实处理"), "请市水务局核实处理");
    }
}
