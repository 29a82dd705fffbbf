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
    /// Log-odds of a row. A missing value is `NaN`.
    pub(crate) fn log_odds(&self, row: &[f32]) -> f64 {
        let mut sum = f64::from(self.base);
        for &root in &self.roots {
            let mut at = root as usize;
            while let Some(n) = self.nodes.get(at) {
                if n.feature == LEAF {
                    sum += f64::from(n.value);
                    break;
                }
                let x = row.get(usize::from(n.feature)).copied().unwrap_or(f32::NAN);
                let left = if x.is_nan() { n.missing_left } else { x < n.value };
                at += if left { 1 } else { usize::from(n.right) };
            }
        }
        sum
    }

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
        Ok(())
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
        assert_eq!(f.log_odds(&[0.0]), -0.5);
        assert_eq!(f.log_odds(&[1.0]), 1.5);
        assert_eq!(f.log_odds(&[f32::NAN]), -0.5);
        assert_eq!(f.log_odds(&[]), -0.5);
    }

    #[test]
    fn broken_trees_are_found() {
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
