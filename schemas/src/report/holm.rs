//! p-values of many tests at once.

/// Holm's step-down correction (1979): the p-values that hold for all tests together, in the order given. Each stays at
/// most 1, and none is smaller than that of a test with a smaller p. A `None` was no test and is not counted.
#[must_use]
pub fn holm(ps: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> =
        ps.iter().enumerate().filter_map(|(place, p)| Some((place, (*p)?))).filter(|(_, p)| p.is_finite()).collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    let tests = order.len();
    let mut corrected = vec![None; ps.len()];
    let mut least = 0.0_f64;
    for (rank, (place, p)) in order.into_iter().enumerate() {
        least = least.max((p * (tests - rank) as f64).min(1.0));
        corrected[place] = Some(least);
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_textbook() {
        let corrected = holm(&[Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)]);
        // Sorted 0.005·4, 0.01·3, 0.03·2, and 0.04·1 lifted to 0.06.
        for (found, expected) in corrected.into_iter().zip([Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)]) {
            assert_eq!(found.map(|p| (p * 1e9).round()), expected.map(|p: f64| (p * 1e9).round()));
        }
        assert!(holm(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn it_lies_between_the_raw_one_and_bonferronis(ps in proptest::collection::vec(0.0..=1.0_f64, 1..40)) {
            let corrected = holm(&ps.iter().copied().map(Some).collect::<Vec<_>>());
            for (raw, held) in ps.iter().zip(&corrected) {
                let held = held.expect("a test");
                prop_assert!(held >= *raw && held <= 1.0);
            }
            // The family is rejected exactly where Bonferroni rejects its least.
            let least = ps.iter().copied().fold(1.0, f64::min);
            let held = corrected.iter().flatten().copied().fold(1.0, f64::min);
            prop_assert!((held - (least * ps.len() as f64).min(1.0)).abs() < 1e-12);
        }
    }
}
