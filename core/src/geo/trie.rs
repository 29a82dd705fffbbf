//! A trie over characters: all names that begin at a place of a text, in time proportional to the longest of them.

/// Names with values. Built once from sorted names; each node's children are one sorted run.
#[derive(Debug, Default)]
pub(super) struct Trie {
    /// For the first character, by code point from [`FIRST`]: node + 1, 0 for none.
    root: Vec<u32>,
    /// First characters outside that range, sorted.
    other_root: Vec<(char, u32)>,
    labels: Vec<char>,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Children: `labels[from..to]`, child `i` is node `i`.
    from: u32,
    to: u32,
    /// Value + 1; 0 for none.
    value: u32,
}

const FIRST: u32 = 0x4e00;
const LAST: u32 = 0x9fff;

impl Trie {
    /// From names in ascending order without repetition; the value of a name is its index. Linear in the characters.
    pub(super) fn new(names: &[Vec<char>]) -> Self {
        let mut trie = Trie { root: vec![0; (LAST - FIRST + 1) as usize], ..Trie::default() };
        // Breadth first: (range of names, depth) per node, so that siblings are neighbours.
        let mut queue: std::collections::VecDeque<(usize, usize, usize, usize)> = std::collections::VecDeque::new();
        trie.push_children(names, 0, names.len(), 0, &mut queue);
        let roots = trie.nodes.len();
        for i in 0..roots {
            let c = trie.labels[i];
            match (c as u32).checked_sub(FIRST).filter(|&k| k <= LAST - FIRST) {
                Some(k) => trie.root[k as usize] = i as u32 + 1,
                None => trie.other_root.push((c, i as u32)),
            }
        }
        while let Some((node, from, to, depth)) = queue.pop_front() {
            let first = trie.nodes.len() as u32;
            let mut from = from;
            if names[from].len() == depth {
                trie.nodes[node].value = from as u32 + 1;
                from += 1;
            }
            trie.push_children(names, from, to, depth, &mut queue);
            trie.nodes[node].from = first;
            trie.nodes[node].to = trie.nodes.len() as u32;
        }
        trie
    }

    fn push_children(
        &mut self,
        names: &[Vec<char>],
        mut from: usize,
        to: usize,
        depth: usize,
        queue: &mut std::collections::VecDeque<(usize, usize, usize, usize)>,
    ) {
        while from < to {
            let Some(&c) = names[from].get(depth) else {
                from += 1;
                continue;
            };
            let end = from + names[from..to].partition_point(|n| n.get(depth) == Some(&c));
            self.labels.push(c);
            self.nodes.push(Node { from: 0, to: 0, value: 0 });
            queue.push_back((self.nodes.len() - 1, from, end, depth + 1));
            from = end;
        }
    }

    /// Calls `found(length in characters, value)` for every name at the beginning of `text`, shortest first.
    #[inline]
    pub(super) fn prefixes(&self, text: &[char], mut found: impl FnMut(usize, u32)) {
        let Some(&first) = text.first() else { return };
        let mut at = match (first as u32).checked_sub(FIRST).and_then(|k| self.root.get(k as usize)) {
            Some(0) => return,
            Some(&n) => n - 1,
            None => match self.other_root.binary_search_by_key(&first, |r| r.0) {
                Ok(i) => self.other_root[i].1,
                Err(_) => return,
            },
        };
        let mut len = 1;
        loop {
            let node = self.nodes[at as usize];
            if node.value > 0 {
                found(len, node.value - 1);
            }
            let Some(&c) = text.get(len) else { return };
            let run = &self.labels[node.from as usize..node.to as usize];
            match run.binary_search(&c) {
                Ok(i) => at = node.from + i as u32,
                Err(_) => return,
            }
            len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_prefix() {
        let mut names: Vec<Vec<char>> =
            ["望京", "望京西园", "朝阳", "朝阳门", "798", "t3航站楼", "望"].iter().map(|n| n.chars().collect()).collect();
        names.sort();
        let trie = Trie::new(&names);
        let found = |text: &str| {
            let text: Vec<char> = text.chars().collect();
            let mut out = Vec::new();
            trie.prefixes(&text, |n, v| out.push((n, names[v as usize].iter().collect::<String>())));
            out
        };
        let want = |w: &[(usize, &str)]| w.iter().map(|&(n, s)| (n, s.to_string())).collect::<Vec<_>>();
        assert_eq!(found("望京西园四区"), want(&[(1, "望"), (2, "望京"), (4, "望京西园")]));
        assert_eq!(found("798艺术区"), want(&[(3, "798")]));
        assert_eq!(found("朝"), want(&[]));
        assert_eq!(found(""), want(&[]));
        Trie::new(&[]).prefixes(&['望'], |_, _| unreachable!());
    }
}
