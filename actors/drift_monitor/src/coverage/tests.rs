//! Intervals, day by day.

use proptest::prelude::*;
use wick_schemas::testing::score;
use wick_schemas::time::BAR;

use super::*;

const CONFIG: CoverageConfig = CoverageConfig { window: 960, tolerance: 0.5, deviations: 3.0, cooldown_days: 5 };

/// Forecasts of a horizon that settle at a bar, of which the outcome lies inside the 80 and the 95 % interval, or not.
fn settled(bar: i64, horizon: Horizon, inside: [bool; 2], level: Level) -> PredictionsScored {
    let [inside_80, inside_95] = inside;
    let one = Score { inside_80, inside_95, level, ..score(horizon, bar, 1.0) };
    PredictionsScored { at: Timestamp(bar * BAR), scores: vec![one] }
}

/// What is said from day to day where so many of a hundred outcomes of 15 minutes are inside the 80 % interval on a day,
/// spread evenly; 95 are inside the other one.
fn run(coverage: &mut Coverage, days: std::ops::Range<i64>, share: impl Fn(i64) -> i64) -> Vec<(i64, CoverageMissed)> {
    let mut said = Vec::new();
    for day in days {
        said.extend(coverage.review(Timestamp(day * DAY)).into_iter().map(|missed| (day, missed)));
        for bar in day * 96..(day + 1) * 96 {
            let inside = |share: i64| bar * 37 % 100 < share;
            coverage.observe(&settled(bar, Horizon::M15, [inside(share(day)), inside(95)], Level::Champion));
        }
    }
    said
}

#[test]
fn it_is_said_once_when_the_band_is_left_and_again_when_it_has_lasted_or_recovered() {
    let mut coverage = Coverage::recovered(CONFIG, None);
    // Ten days of 80 %, then 60 %: after six of them the share is below 70 %, and after seven the days hang together well
    // enough to prove it.
    let said = run(&mut coverage, 0..40, |day| if (10..25).contains(&day) { 60 } else { 80 });
    let days: Vec<i64> = said.iter().map(|(day, _)| *day).collect();
    assert_eq!(days, [17, 22, 27]);
    let (_, first) = &said[0];
    assert_eq!((first.horizon, first.percent(), first.window, first.model.as_str()), (Horizon::M15, 80, 960, "m"));
    assert!((first.statistic - 0.66).abs() < 0.01 && (first.statistic..0.7).contains(&first.threshold), "{first:?}");
    assert!(first.deviations < -3.0, "{first:?}");
    // It has recovered since, so what comes is new.
    let again = run(&mut coverage, 40..60, |_| 97);
    assert!(again.first().is_some_and(|(day, missed)| *day < 50 && missed.threshold > 0.89), "{again:?}");
}

#[test]
fn the_error_of_a_share_is_that_of_a_hand_calculation() {
    // 24 of 30 inside each day: no day says anything, so it is the error of independent returns.
    let day = |day: i64, hits: usize| Day(Timestamp(day * DAY), 30, [hits, 30]);
    let even: Vec<Day> = (0..8).map(|number| day(number, 24)).collect();
    let share = Share::of(&even, 0, 0.8, Horizon::M15);
    assert_eq!((share.n, share.inside), (240, 0.8));
    assert!((share.error - (0.8_f64 * 0.2 / 240.0).sqrt()).abs() < 1e-12);
    // (2 · 16 + 1) / 12 forecasts are worth one where each spans four bars.
    assert!((Share::of(&even, 0, 0.8, Horizon::H1).error / share.error - 2.75_f64.sqrt()).abs() < 1e-12);
    // Days of 30 and 18: ±6 in pairs, covariances 288, 36, -216; variance 288 + 2 · (2/3) · 36 - 2 · (1/3) · 216 = 192.
    let uneven: Vec<Day> = (0..8).map(|number| day(number, if number % 4 < 2 { 30 } else { 18 })).collect();
    let more: Vec<f64> = uneven.iter().map(|Day(_, _, hits)| hits[0] as f64 - 24.0).collect();
    assert!((long_run(&more) - 192.0).abs() < 1e-9, "{}", long_run(&more));
    assert!((long_run(&[4.0, 4.0, -4.0, -4.0, 4.0, 4.0]) - (96.0 + 4.0 / 3.0 * 16.0 - 2.0 / 3.0 * 64.0)).abs() < 1e-9);
    assert_eq!(long_run(&[]), 0.0);
}

/// Normal by the sum of twelve draws of Knuth's linear congruential generator.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

/// Messages and, beside them, what a binomial test of each window at the same number of deviations would have said, over
/// so many windows of 30 days of each horizon, where intervals are so many times as wide as they should be.
fn windows(count: i64, width: f64) -> (Vec<CoverageMissed>, usize) {
    let mut noise = Noise(11);
    let (mut said, mut naive) = (Vec::new(), 0);
    for _ in 0..count {
        let mut coverage = Coverage::recovered(CoverageConfig::default(), None);
        let returns: Vec<f64> = (0..2_880 + 96).map(|_| noise.next()).collect();
        for horizon in Horizon::ALL {
            let h = horizon.bars();
            let mut sum: f64 = returns[..h].iter().sum();
            let mut hits = 0;
            for bar in 0..2_880 {
                let size = sum.abs() / (h as f64).sqrt() / width;
                let inside = [size <= 1.2816, size <= 1.96];
                hits += usize::from(inside[0]);
                coverage.observe(&settled(bar as i64, horizon, inside, Level::Champion));
                sum += returns[bar + h] - returns[bar];
            }
            let off = (hits as f64 / 2_880.0 - 0.8).abs();
            naive += usize::from(off > 3.0 * (0.16_f64 / 2_880.0).sqrt());
        }
        said.extend(coverage.review(Timestamp(30 * DAY)));
    }
    (said, naive)
}

#[test]
fn honest_intervals_are_left_in_peace_where_a_binomial_test_cries_wolf() {
    let (said, naive) = windows(100, 1.0);
    assert!(said.len() <= 4, "{} of 800: {said:?}", said.len());
    assert!(naive >= 50, "{naive} of 400");
}

#[test]
fn intervals_of_half_the_width_are_found_at_every_horizon_and_too_wide_ones_at_the_shorter() {
    let (narrow, _) = windows(10, 0.5);
    for horizon in Horizon::ALL {
        let found = narrow.iter().filter(|missed| missed.horizon == horizon && missed.deviations < 0.0).count();
        assert!(found >= 15, "{horizon}: {found} of 20");
    }
    let (wide, _) = windows(10, 2.0);
    for horizon in [Horizon::M15, Horizon::H1, Horizon::H4] {
        let found = wide.iter().filter(|missed| missed.horizon == horizon && missed.deviations > 0.0).count();
        assert!(found >= 10, "{horizon}: {found} of 20");
    }
}

#[test]
fn what_was_made_without_a_model_and_a_window_of_nothing_say_nothing() {
    let mut coverage = Coverage::recovered(CONFIG, None);
    for bar in 0..96 * 20 {
        coverage.observe(&settled(bar, Horizon::H1, [false; 2], Level::Baseline));
    }
    assert_eq!(coverage.review(Timestamp(20 * DAY)), []);
    let mut coverage = Coverage::recovered(CoverageConfig { window: 0, ..CONFIG }, None);
    assert_eq!(run(&mut coverage, 0..20, |_| 10), []);
    assert!(serde_json::from_str::<CoverageConfig>(r#"{"windows": 7}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_checkpoint_anywhere_changes_nothing(shares in prop::collection::vec(0..100_i64, 1..40), cut in 0.0..1.0_f64) {
        let days = shares.len() as i64;
        let cut = (days as f64 * cut) as i64;
        let share = |day: i64| shares[day as usize];
        let mut whole = Coverage::recovered(CONFIG, None);
        let expected = run(&mut whole, 0..days, share);
        let mut first = Coverage::recovered(CONFIG, None);
        let mut found = run(&mut first, 0..cut, share);
        let kept = serde_json::to_string(&first).expect("JSON");
        prop_assert!(kept.len() < 2_000, "{}", kept.len());
        let mut second = Coverage::recovered(CONFIG, serde_json::from_str(&kept).expect("reads"));
        found.extend(run(&mut second, cut..days, share));
        prop_assert_eq!(found, expected);
        prop_assert_eq!(second, whole);
    }
}
