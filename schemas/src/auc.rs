//! The area under the ROC curve.

/// The chance that a rise was given a higher probability than a fall, ties counting half: the Mann–Whitney statistic,
/// by ranks (Hanley and McNeil 1982). `None` without at least one of each, or where a probability is not a number.
#[must_use]
pub fn auc(calls: &[(f64, bool)]) -> Option<f64> {
    let ups = calls.iter().filter(|(_, up)| *up).count();
    let downs = calls.len() - ups;
    if ups == 0 || downs == 0 || calls.iter().any(|(p_up, _)| p_up.is_nan()) {
        return None;
    }
    let mut sorted = calls.to_vec();
    sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (mut rank_sum, mut below) = (0.0, 0);
    for tied in sorted.chunk_by(|one, other| one.0 == other.0) {
        let mean_rank = below as f64 + (tied.len() + 1) as f64 / 2.0;
        rank_sum += mean_rank * tied.iter().filter(|(_, up)| *up).count() as f64;
        below += tied.len();
    }
    let (ups, downs) = (ups as f64, downs as f64);
    Some((rank_sum - ups * (ups + 1.0) / 2.0) / (ups * downs))
}

/// For each call the share of the other side's calls that it stands on the right side of, ties counting half: of the falls
/// below a rise, of the rises above a fall. Their mean over either side is the area, and their spread tells how sure it is
/// (DeLong, DeLong and Clarke-Pearson 1988). `None` as for [`auc`].
#[must_use]
pub fn placements(calls: &[(f64, bool)]) -> Option<Vec<f64>> {
    let side = |side: bool| {
        let mut sorted: Vec<f64> = calls.iter().filter(|call| call.1 == side).map(|call| call.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    let (ups, downs) = (side(true), side(false));
    if ups.is_empty() || downs.is_empty() || calls.iter().any(|(p_up, _)| p_up.is_nan()) {
        return None;
    }
    let below = |sorted: &[f64], p_up: f64| {
        let (less, most) = (sorted.partition_point(|one| *one < p_up), sorted.partition_point(|one| *one <= p_up));
        (less + most) as f64 / 2.0 / sorted.len() as f64
    };
    let place = |&(p_up, up): &(f64, bool)| if up { below(&downs, p_up) } else { 1.0 - below(&ups, p_up) };
    Some(calls.iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn order_is_everything() {
        assert_eq!(auc(&[(0.1, false), (0.2, false), (0.3, true)]), Some(1.0));
        assert_eq!(auc(&[(0.3, false), (0.2, true)]), Some(0.0));
        assert_eq!(auc(&[(0.5, false), (0.5, true), (0.5, true)]), Some(0.5));
        assert_eq!(auc(&[(0.5, true)]), None);
        assert_eq!(auc(&[(f64::NAN, true), (0.1, false)]), None);
    }

    proptest! {
        #[test]
        fn placements_average_to_it_on_either_side(
            calls in proptest::collection::vec((0_u8..12, any::<bool>()), 2..60),
        ) {
            let calls: Vec<(f64, bool)> = calls.into_iter().map(|(p, up)| (f64::from(p) / 12.0, up)).collect();
            let placed = placements(&calls);
            prop_assert_eq!(placed.is_some(), auc(&calls).is_some());
            let mean = |wanted: bool| {
                let of = calls.iter().zip(placed.as_ref()?).filter(|(call, _)| call.1 == wanted).map(|(_, place)| *place);
                Some(of.clone().sum::<f64>() / of.count() as f64)
            };
            for side in [true, false] {
                prop_assert!(mean(side).zip(auc(&calls)).is_none_or(|(mean, area)| (mean - area).abs() < 1e-12));
            }
        }

        #[test]
        fn it_is_the_share_of_pairs_in_order(calls in proptest::collection::vec((0_u8..12, any::<bool>()), 2..60)) {
            let calls: Vec<(f64, bool)> = calls.into_iter().map(|(p, up)| (f64::from(p) / 12.0, up)).collect();
            let of = |side: bool| calls.iter().filter(move |call| call.1 == side).map(|call| call.0);
            let (ups, downs): (Vec<f64>, Vec<f64>) = (of(true).collect(), of(false).collect());
            let won = |up: f64, down: f64| if up > down { 1.0 } else if up == down { 0.5 } else { 0.0 };
            let wins: f64 = ups.iter().flat_map(|up| downs.iter().map(|down| won(*up, *down))).sum();
            match auc(&calls) {
                Some(area) => prop_assert!((area - wins / (ups.len() * downs.len()) as f64).abs() < 1e-12),
                None => prop_assert!(ups.is_empty() || downs.is_empty()),
            }
        }
    }
}
