//! Boosted trees in a compact form: an interpretable score over a few dozen features, the same on every platform.

use crate::bundle::BundleError;
use serde::{Deserialize, Serialize};

/// A node: an inner one asks one feature, a leaf adds its value. Children come after their parent, so no walk can loop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Which feature; [`LEAF`] for a leaf.
    pub(crate) feature: u8,
    /// Below it one goes left. A leaf's value.
    pub(crate) value: f32,
    /// Right child, counted from this node; the left child is the next node.
    pub(crate) right: u8,
    /// Where a missing value goes.
    pub(crate) missing_left: bool,
}

/// Marks a leaf.
pub(crate) const LEAF: u8 = u8::MAX;

/// Trees whose values are added up in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    pub(crate) base: f32,
    pub(crate) roots: Vec<u32>,
    pub(crate) nodes: Vec<Node>,
}

impl Forest {
    /// Checks that every walk ends in a leaf and every number is finite.
    pub(crate) fn check(&self, features: usize, section: &str) -> Result<(), BundleError> {
        let bad = |why: &str| Err(BundleError::malformed(section, why));
        if !self.base.is_finite() || self.nodes.iter().any(|n| !n.value.is_finite()) {
            return bad("a tree holds a number that is not finite");
        }
        if self.roots.iter().any(|&r| r as usize >= self.nodes.len()) {
            return bad("a tree begins outside the nodes");
        }
        for (i, n) in self.nodes.iter().enumerate().filter(|(_, n)| n.feature != LEAF) {
            if usize::from(n.feature) >= features || n.right < 2 || i + usize::from(n.right) >= self.nodes.len() {
                return bad("a tree's node leads outside");
            }
        }
        if self.roots.iter().any(|&r| self.depth(r as usize, DEPTH) > DEPTH) {
            return bad("a tree is too deep");
        }
        Ok(())
    }

    /// Levels of inner nodes from a node on, looked at no further than `most`.
    fn depth(&self, at: usize, most: usize) -> usize {
        match self.nodes.get(at) {
            Some(n) if n.feature != LEAF && most == 0 => 1,
            Some(n) if n.feature != LEAF => 1 + self.depth(at + 1, most - 1).max(self.depth(at + usize::from(n.right), most - 1)),
            _ => 0,
        }
    }
}

/// Levels of a tree, at most.
pub(crate) const DEPTH: usize = 3;
const INNER: usize = (1 << DEPTH) - 1;
/// Room for the features twice: as they are, and with missing values below every threshold.
const ROOM: usize = 256;

/// A tree filled up to [`DEPTH`] levels, so that every walk takes the same steps without a branch.
#[derive(Debug, Clone, Copy)]
struct Tree {
    /// Where in the row doubled; the children of node i are 2i + 1 and 2i + 2.
    features: [u8; INNER],
    values: [f32; INNER],
    leaves: [f32; INNER + 1],
}

/// A forest ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Trees {
    base: f32,
    trees: Vec<Tree>,
}

impl Trees {
    /// From a forest that passed [`Forest::check`].
    pub(crate) fn new(forest: &Forest) -> Self {
        let blank = Tree { features: [0; INNER], values: [0.0; INNER], leaves: [0.0; INNER + 1] };
        let tree = |&root: &u32| {
            let mut tree = blank;
            tree.fill(forest, root as usize, 0);
            tree
        };
        Trees { base: forest.base, trees: forest.roots.iter().map(tree).collect() }
    }

    /// Log-odds of a row. A missing value is `NaN`. At most 128 features count.
    pub(crate) fn log_odds(&self, row: &[f32]) -> f64 {
        let mut x = [f32::NAN; ROOM];
        for (i, &v) in row.iter().take(ROOM / 2).enumerate() {
            x[i] = v;
            x[i + ROOM / 2] = if v.is_nan() { f32::NEG_INFINITY } else { v };
        }
        let mut sum = f64::from(self.base);
        for tree in &self.trees {
            let mut at = 0;
            for _ in 0..DEPTH {
                // `NaN` is below nothing.
                let left = x[usize::from(tree.features[at])] < tree.values[at];
                at = 2 * at + 2 - usize::from(left);
            }
            sum += f64::from(tree.leaves[at - INNER]);
        }
        sum
    }

    /// [`Trees::log_odds`] of many rows, [`LANES`] at a time and without a look-up that waits for another.
    pub(crate) fn log_odds_of<const N: usize>(&self, rows: &[[f32; N]]) -> Vec<f64> {
        let mut out = Vec::with_capacity(rows.len());
        let mut x = vec![[f32::NAN; LANES]; ROOM];
        for group in rows.chunks(LANES) {
            if group.len() < LANES / 2 {
                out.extend(group.iter().map(|row| self.log_odds(row)));
                continue;
            }
            for (lane, row) in group.iter().enumerate() {
                for (i, &v) in row.iter().take(ROOM / 2).enumerate() {
                    x[i][lane] = v;
                    x[i + ROOM / 2][lane] = if v.is_nan() { f32::NEG_INFINITY } else { v };
                }
            }
            let mut sums = [f64::from(self.base); LANES];
            for tree in &self.trees {
                let node = |at: usize, left: Lanes, right: Lanes| {
                    let (x, value) = (&x[usize::from(tree.features[at])], tree.values[at]);
                    let mut out = right;
                    for l in 0..LANES {
                        out[l] = if x[l] < value { left[l] } else { right[l] };
                    }
                    out
                };
                let leaf = |at: usize| [tree.leaves[at]; LANES];
                let left = node(1, node(3, leaf(0), leaf(1)), node(4, leaf(2), leaf(3)));
                let right = node(2, node(5, leaf(4), leaf(5)), node(6, leaf(6), leaf(7)));
                for (sum, leaf) in sums.iter_mut().zip(node(0, left, right)) {
                    *sum += f64::from(leaf);
                }
            }
            out.extend_from_slice(&sums[..group.len()]);
        }
        out
    }
}

/// Rows a tree is asked for at once.
const LANES: usize = 8;
type Lanes = [f32; LANES];
const _: () = assert!(DEPTH == 3, "`log_odds_of` is written for trees of three levels");

impl Tree {
    fn fill(&mut self, forest: &Forest, node: usize, at: usize) {
        let Some(&n) = forest.nodes.get(node) else { return };
        if at >= INNER {
            self.leaves[at - INNER] = n.value;
            return;
        }
        let (left, right) = if n.feature == LEAF { (node, node) } else { (node + 1, node + usize::from(n.right)) };
        if n.feature != LEAF {
            self.features[at] = n.feature + if n.missing_left { (ROOM / 2) as u8 } else { 0 };
            self.values[at] = n.value;
        }
        self.fill(forest, left, 2 * at + 1);
        self.fill(forest, right, 2 * at + 2);
    }
}

/// Logistic function.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stump() -> Forest {
        let node = |feature, value, right| Node { feature, value, right, missing_left: true };
        Forest { base: 0.5, roots: vec![0], nodes: vec![node(0, 1.0, 2), node(LEAF, -1.0, 0), node(LEAF, 1.0, 0)] }
    }

    #[test]
    fn walks() {
        let f = stump();
        assert!(f.check(1, "incident").is_ok());
        let odds = |row: &[f32]| Trees::new(&f).log_odds(row);
        assert_eq!(odds(&[0.0]), -0.5);
        assert_eq!(odds(&[1.0]), 1.5);
        assert_eq!(odds(&[f32::NAN]), -0.5);
    }

    #[test]
    fn many_rows_at_once_have_the_bits_of_one_after_another() {
        let mut random = 7u64;
        let mut next = |n: u64| {
            random = crate::incident::hash::mix(random);
            random % n
        };
        let mut f = Forest { base: 0.1, ..Forest::default() };
        for _ in 0..40 {
            f.roots.push(f.nodes.len() as u32);
            for at in 0..5u8 {
                // Two inner nodes, the second to the left of the first.
                let leaf = at > 1;
                let value = next(1000) as f32 / 300.0 - 1.0;
                let feature = if leaf { LEAF } else { next(5) as u8 };
                f.nodes.push(Node { feature, value, right: [4, 2, 0, 0, 0][usize::from(at)], missing_left: next(2) == 0 });
            }
        }
        assert!(f.check(5, "incident").is_ok());
        let trees = Trees::new(&f);
        let mut value = || if next(4) == 0 { f32::NAN } else { next(1000) as f32 / 300.0 - 1.0 };
        let rows: Vec<[f32; 5]> = (0..29).map(|_| std::array::from_fn(|_| value())).collect();
        for n in 0..rows.len() {
            let one_by_one: Vec<u64> = rows[..n].iter().map(|r| trees.log_odds(r).to_bits()).collect();
            let at_once: Vec<u64> = trees.log_odds_of(&rows[..n]).into_iter().map(f64::to_bits).collect();
            assert_eq!(at_once, one_by_one, "{n} rows");
        }
    }

    #[test]
    fn broken_trees_are_found() {
        let chain = |n: u8| Node {
            feature: if n < 4 { 0 } else { LEAF },
            value: 0.0,
            right: if n < 4 { 8 - 2 * n } else { 0 },
            missing_left: false,
        };
        let deep = Forest { base: 0.0, roots: vec![0], nodes: (0..9).map(chain).collect() };
        assert!(deep.check(1, "incident").is_err());
        for change in [
            (|f: &mut Forest| f.nodes[0].right = 200) as fn(&mut Forest),
            |f| f.nodes[0].right = 0,
            |f| f.nodes[0].feature = 9,
            |f| f.roots[0] = 7,
            |f| f.nodes[1].value = f32::NAN,
        ] {
            let mut f = stump();
            change(&mut f);
            assert!(f.check(1, "incident").is_err());
        }
    }
}
