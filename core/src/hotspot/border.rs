//! Outbreaks over the border between two groups of siblings: pairs and connected triples of neighbouring areas that no group holds.
//!
//! The statistic is that of `evidence` over these sets. Its mean under the null is the number of starts whatever the data did before, so
//! the time to a false alarm is at least the threshold (Shiryaev–Roberts, Pollak 1985) and needs no simulation: a little strict, never loose.

use super::areas::Areas;
use super::evidence::{NF, SIZES, Table, contributes, quick};
use super::history::History;
use std::collections::{BTreeMap, BTreeSet};

/// Part of the accepted false alarms that borders may use.
pub(crate) const SHARE: f64 = 0.2;

/// The border of two groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Border {
    /// Areas with a neighbour on the other side, or next to one.
    pub(crate) areas: Vec<u32>,
    /// Pairs and triples across it, as positions in `areas`.
    sets: Vec<Vec<usize>>,
}

/// What a border shows.
pub(crate) struct Across {
    /// Logarithm of the statistic.
    pub(crate) log: f64,
    /// Positions of the most probable set.
    pub(crate) set: Vec<usize>,
    /// Its start in the window.
    pub(crate) start: usize,
}

/// All borders; areas that the history doesn't know have no series and are left out.
pub(crate) fn borders(areas: &Areas, h: &History) -> Vec<Border> {
    let mut near: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (a, b) in areas.edges() {
        if let (Some(a), Some(b)) = (h.areas.find(&a.code), h.areas.find(&b.code)) {
            near.entry(a).or_default().insert(b);
            near.entry(b).or_default().insert(a);
        }
    }
    let group = |a: u32| h.group_of.get(a as usize).copied().unwrap_or(0);
    let mut found: BTreeMap<(u32, u32), BTreeSet<BTreeSet<u32>>> = BTreeMap::new();
    for (&a, list) in &near {
        for &b in list.iter().filter(|&&b| a < b && group(a) != group(b)) {
            let sets = found.entry((group(a).min(group(b)), group(a).max(group(b)))).or_default();
            sets.insert([a, b].into());
            for &c in near[&a].iter().chain(&near[&b]).filter(|&&c| c != a && c != b) {
                sets.insert([a, b, c].into());
            }
        }
    }
    found
        .into_values()
        .map(|sets| {
            let areas: Vec<u32> = sets.iter().flatten().copied().collect::<BTreeSet<u32>>().into_iter().collect();
            let at = |a: &u32| areas.binary_search(a).unwrap_or(0);
            let sets = sets.iter().map(|s| s.iter().map(at).collect()).collect();
            Border { areas, sets }
        })
        .collect()
}

impl Border {
    /// Its pairs and triples.
    pub(crate) fn sets(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        self.sets.iter().map(|s| s.iter().filter_map(|&i| self.areas.get(i).copied()).collect())
    }

    /// What the best set could reach, by the quick ratios of [`quick`].
    pub(crate) fn gate(&self, quicks: &[f64]) -> f64 {
        self.sets.iter().map(|s| s.iter().filter_map(|&i| quicks.get(i)).sum()).fold(0.0, f64::max)
    }

    /// The statistic over the sets without a `taken` area. `O(sets · window)`.
    pub(crate) fn across(&self, tables: &[Table], window: usize, taken: &[bool]) -> Option<Across> {
        let free: Vec<&Vec<usize>> = self.sets.iter().filter(|s| !s.iter().any(|&i| taken.get(i).copied().unwrap_or(true))).collect();
        let count = |k: usize| self.sets.iter().filter(|s| s.len() == k).count().max(1) as f64;
        let weight = |s: &[usize]| {
            let (pairs, triples) = (SIZES[1] / (SIZES[1] + SIZES[2]), SIZES[2] / (SIZES[1] + SIZES[2]));
            if s.len() == 2 { pairs / count(2) } else { triples / count(3) }
        };
        let (mut total, mut top) = (0.0, (f64::NEG_INFINITY, 0, 0));
        for (k, set) in free.iter().enumerate() {
            let w = weight(set);
            for i in 0..window * NF {
                let product: f64 = w * set.iter().filter_map(|&m| tables.get(m)?.ratio.get(i)).product::<f64>();
                total += product;
                if product > top.0 {
                    top = (product, k, i / NF);
                }
            }
        }
        let (set, start) = (free.get(top.1)?.to_vec(), top.2);
        // One loud area is no outbreak across a border.
        let all = set.iter().all(|&m| tables.get(m).is_some_and(|t| contributes(t, start, window)));
        all.then(|| Across { log: libm::log(total / NF as f64), set, start })
    }
}

/// Quick ratios of the areas of a border.
pub(crate) fn quicks(border: &Border, mut days: impl FnMut(usize) -> (Vec<(f64, f64)>, f64)) -> Vec<f64> {
    border
        .areas
        .iter()
        .map(|&a| {
            let (days, mean) = days(a as usize);
            quick(days.into_iter(), mean)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspot::evidence::WindowDay;
    use crate::hotspot::rates::{ND, Posterior};

    #[test]
    fn sets_cross_the_border_and_hang_together() {
        let table = "code,name,parent\na1,a1,A\na2,a2,A\nb1,b1,B\nb2,b2,B\n";
        let areas = Areas::from_csv(table.as_bytes()).unwrap().with_adjacency("a,b\na1,a2\na2,b1\nb1,b2\n".as_bytes()).unwrap();
        let found = borders(&areas, &History::new(&areas, 10));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].sets, [vec![0, 1, 2], vec![1, 2], vec![1, 2, 3]]);
        assert!(borders(&Areas::from_csv(table.as_bytes()).unwrap(), &History::new(&areas, 10)).is_empty());
    }

    #[test]
    fn two_weak_neighbours_are_one_outbreak_and_one_loud_area_is_none() {
        let series = |last: f64| {
            let days: Vec<WindowDay> =
                (0..14).map(|d| WindowDay { count: if d >= 7 { last } else { 1.0 }, exposure: 1.0, variance: 0.0 }).collect();
            let mut table = Table::default();
            table.fill(&days, &Posterior { shape: 90.0, rate: 90.0, dispersion: 0.1, weights: [0.0; ND] }, 0);
            table
        };
        let border = Border { areas: vec![3, 4], sets: vec![vec![0, 1]] };
        let both = border.across(&[series(3.0), series(3.0)], 14, &[false, false]).unwrap();
        assert_eq!(both.set, [0, 1]);
        assert!((5..=8).contains(&both.start));
        let one = series(3.0);
        assert!(both.log > crate::hotspot::evidence::mixture(&[&one], 14) + 1.0, "{}", both.log);
        assert!(border.across(&[series(9.0), series(1.0)], 14, &[false, false]).is_none());
        assert!(border.across(&[series(3.0), series(3.0)], 14, &[true, false]).is_none());
    }
}
