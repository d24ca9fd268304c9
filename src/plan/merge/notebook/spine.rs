//! The longest increasing subsequence: which of a list of places stayed in order, and so which moved.

/// For each place, is it on the longest increasing subsequence? Where several are longest, the choice depends on `places` alone.
pub(super) fn on_spine(places: &[usize]) -> Vec<bool> {
    // tails[n]: index of the smallest place that ends an increasing subsequence of length n + 1.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(places.len());
    let place = |at: usize| places.get(at).copied().unwrap_or(usize::MAX);
    for (at, &here) in places.iter().enumerate() {
        let length = tails.partition_point(|&tail| place(tail) < here);
        before.push(length.checked_sub(1).and_then(|shorter| tails.get(shorter).copied()));
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut spine = vec![false; places.len()];
    let mut next = tails.last().copied();
    while let Some(at) = next {
        if let Some(mark) = spine.get_mut(at) {
            *mark = true;
        }
        next = before.get(at).copied().flatten();
    }
    spine
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_moved_is_off_the_spine() {
        assert_eq!(on_spine(&[0, 1, 2]), [true, true, true]);
        assert_eq!(on_spine(&[1, 2, 0]), [true, true, false]);
        assert_eq!(on_spine(&[2, 0, 1]), [false, true, true]);
        assert_eq!(on_spine(&[]), [false; 0]);
    }
}
