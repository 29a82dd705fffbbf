//! The order in which a batch of records streams through an index.

use crate::complaint::Time;

/// Positions in order of time; records without a time keep their place behind the one before them.
///
/// ```
/// # use jiesu::complaint::Time;
/// # use jiesu::incident::arrival_order;
/// assert_eq!(arrival_order([Some(Time(9)), None, Some(Time(1))]), [2, 0, 1]);
/// ```
pub fn arrival_order(times: impl IntoIterator<Item = Option<Time>>) -> Vec<usize> {
    let mut last = None;
    let times: Vec<Option<Time>> = times
        .into_iter()
        .map(|t| {
            last = t.or(last);
            last
        })
        .collect();
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|&i| times[i]);
    order
}
