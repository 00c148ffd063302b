//! Windows of whole days.

/// Where the newest days begin that together hold at least `window` forecasts, of days that hold so many each, oldest
/// first; `None` where all of them hold fewer.
#[must_use]
pub fn start(counts: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator, window: usize) -> Option<usize> {
    let mut n = 0;
    counts.enumerate().rev().find_map(|(place, count)| {
        n += count;
        (n >= window).then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_days_as_are_enough() {
        let counts = || [96, 0, 96, 95].into_iter();
        for (window, place) in [(1, Some(3)), (96, Some(2)), (191, Some(2)), (192, Some(0)), (288, None)] {
            assert_eq!(start(counts(), window), place, "{window}");
        }
        assert_eq!(start([].into_iter(), 1), None);
    }
}
