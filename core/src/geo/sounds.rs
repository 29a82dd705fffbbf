//! Names by their sound: a speech recogniser writes 梦悟村 for 孟悟村. Used only right after a name of the area above, where few names
//! are possible.

use super::stored::{CommunityKind, StoredGazetteer};
use super::{AreaId, AreaLevel, AreaTree};
use rustc_hash::FxHashMap;

/// Characters by sound, and the names of all towns and communities in sounds.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    of: FxHashMap<char, u16>,
    /// Per area: its run in `heard`.
    runs: Vec<(u32, u32)>,
    /// (sound or 0, character) of each name, one after the other.
    heard: Vec<(u16, char)>,
}

impl Sounds {
    pub(super) fn new(g: &StoredGazetteer) -> Self {
        let mut s = Sounds::default();
        for (i, class) in g.sounds.iter().enumerate() {
            for c in class.chars() {
                s.of.insert(c, (i + 1).min(usize::from(u16::MAX)) as u16);
            }
        }
        let communities = g.communities.iter().map(|c| match c.kind {
            CommunityKind::Village => format!("{}村", c.short),
            _ => c.short.clone(),
        });
        let names = g.towns.iter().map(|t| t.name.clone()).chain(communities);
        s.runs = vec![(0, 0); g.districts.len()];
        for name in names {
            let from = s.heard.len() as u32;
            for c in name.chars() {
                let sound = s.sound(c);
                s.heard.push((sound, c));
            }
            s.runs.push((from, s.heard.len() as u32));
        }
        s
    }

    fn sound(&self, c: char) -> u16 {
        self.of.get(&c).copied().unwrap_or(0)
    }

    /// The town or community in `outer` whose name sounds like the beginning of `rest`, and its length in characters; `None` when none
    /// or several do.
    pub(super) fn child(&self, tree: &AreaTree, outer: AreaId, rest: &[char]) -> Option<(AreaId, usize)> {
        if self.of.is_empty() {
            return None;
        }
        let mut sounds = [0u16; 12];
        let n = rest.len().min(sounds.len());
        for (s, &c) in sounds.iter_mut().zip(rest) {
            *s = self.sound(c);
        }
        let mut best: Option<(AreaId, usize)> = None;
        let mut several = false;
        let mut look = |area: AreaId, shortest: usize| {
            let (from, to) = self.runs[area.0 as usize];
            let name = &self.heard[from as usize..to as usize];
            let alike = |i: usize, &(s, c): &(u16, char)| c == rest[i] || (s != 0 && s == sounds[i]);
            if name.len() < shortest || name.len() > n || !name.iter().enumerate().all(|(i, x)| alike(i, x)) {
                return;
            }
            match best {
                Some((_, len)) if len > name.len() => {}
                Some((_, len)) if len == name.len() => several = true,
                _ => {
                    best = Some((area, name.len()));
                    several = false;
                }
            }
        };
        for child in tree.children(outer) {
            // A name of two sounds is safe only among the few communities of a town.
            look(child, if tree.area(child).level == AreaLevel::Town { 3 } else { 2 });
            for grandchild in tree.children(child) {
                look(grandchild, 3);
            }
        }
        best.filter(|_| !several)
    }
}
