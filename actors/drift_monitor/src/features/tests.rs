//! Features, week by week.

use wick_bus::Config;
use wick_schemas::Origin;

use super::*;

const CONFIG: FeaturesConfig = FeaturesConfig { every_days: 1, share: 0.25, min_weeks: 26, cooldown_days: 7 };
/// Features of a set.
const COUNT: usize = 8;
/// What the model has learnt from: thirty weeks.
const LEARNT: i64 = 30 * WEEK as i64;

fn house(folder: &std::path::Path) -> House {
    let (_, stop) = tokio::sync::watch::channel(false);
    let config = Config::load(None, &[("data_dir".into(), folder.display().to_string())]).expect("settings");
    House::new(config, String::new(), stop).expect("a house")
}

/// A feature at a bar: a wave of ten days with ripples, and higher in one week of ten of those that are learnt from, so
/// that the strangest of them is stranger than what comes.
fn value(bar: i64, feature: usize) -> f64 {
    let high = if bar < LEARNT && bar / WEEK as i64 % 10 == 5 { 0.8 } else { 0.0 };
    high + (bar as f64 / 150.0 + feature as f64).sin() + (bar * (feature as i64 + 3) % 11) as f64 / 11.0
}

fn names() -> Vec<String> {
    (0..COUNT).map(|feature| format!("feature_{feature}")).collect()
}

/// A vector, in which so many features are further away than they ever were.
fn vector(bar: i64, drifted: usize) -> FeatureVector {
    let as_of = Timestamp(bar * BAR);
    let one = |feature: usize| value(bar, feature) + if feature < drifted { 3.0 } else { 0.0 };
    FeatureVector {
        as_of,
        feature_set: "set".into(),
        price: 1.0,
        warm: true,
        minutes: 15,
        origin: Origin::Simulated,
        ingest_time: as_of,
        names: names(),
        values: (0..COUNT).map(|feature| Some(one(feature))).collect(),
    }
}

/// Keeps what a model has learnt from.
fn learnt(house: &House, model: &str, bars: i64) {
    let rows: Vec<Vec<f64>> = (0..bars).map(|bar| (0..COUNT).map(|feature| value(bar, feature)).collect()).collect();
    let as_of: Vec<Timestamp> = (0..bars).map(|bar| Timestamp(bar * BAR)).collect();
    let profile = Profile::of(&names(), &as_of, |row| &rows[row]);
    std::fs::create_dir_all(house.path("models")).expect("a folder");
    let text = serde_json::to_string(&profile).expect("JSON");
    std::fs::write(registry::profile_path(house, model), text).expect("kept");
}

/// What is said from day to day of the weeks after those that were learnt from, and on which day.
fn run(
    features: &mut Features,
    house: &House,
    days: std::ops::Range<i64>,
    drifted: impl Fn(i64) -> usize,
) -> Vec<(i64, Look)> {
    let mut looks = Vec::new();
    for day in days {
        for bar in LEARNT + 96 * day..LEARNT + 96 * (day + 1) {
            features.take(&vector(bar, drifted(day)));
            looks.extend(features.look(house, Timestamp(bar * BAR), "m", "set").map(|look| (day, look)));
        }
    }
    looks
}

/// The days on which something was said.
fn news(looks: &[(i64, Look)]) -> Vec<i64> {
    looks.iter().filter(|(_, look)| look.news).map(|(day, _)| *day).collect()
}

#[test]
fn a_set_that_drifts_is_said_once_and_again_when_it_lasts_or_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(folder.path());
    learnt(&house, "m", LEARNT);
    let mut features = Features::recovered(&house, CONFIG, FeaturesState::default()).expect("nothing");
    let looks = run(&mut features, &house, 0..60, |day| if (20..35).contains(&day) || day >= 45 { 3 } else { 0 });
    // One as soon as a whole week is there, to be shown, and from then on one each midnight.
    assert_eq!(looks.iter().map(|(day, _)| *day).collect::<Vec<_>>(), (6..60).collect::<Vec<_>>());
    assert_eq!((&looks[0].1.detected, looks[0].1.news), (&None, false));
    let said = news(&looks);
    // It takes most of a week to be stranger than the strangest of those that were learnt from.
    assert_eq!(said, [26, 33, 50, 57]);
    let detected = looks.iter().find(|(_, look)| look.news).and_then(|(_, look)| look.detected.clone()).expect("it");
    assert_eq!(
        (detected.statistic, detected.threshold, detected.window, detected.features),
        (0.375, 0.25, WEEK, COUNT)
    );
    let mut names: Vec<&str> = detected.evidence.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["feature_0", "feature_1", "feature_2"]);
    assert!(
        detected
            .evidence
            .windows(2)
            .all(|two| two[0].statistic / two[0].threshold >= two[1].statistic / two[1].threshold)
    );
    let told = words(&detected);
    assert!(told.starts_with("37.5 % of 8 features have drifted, above 25.0 %; furthest feature_"), "{told}");
}

#[test]
fn a_quarter_of_the_features_is_not_yet_the_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(folder.path());
    learnt(&house, "m", LEARNT);
    let mut features = Features::recovered(&house, CONFIG, FeaturesState::default()).expect("nothing");
    let looks = run(&mut features, &house, 0..30, |_| 2);
    assert!(looks.iter().all(|(_, look)| look.detected.is_none() && look.drifts.share() == 0.25), "{looks:?}");
}

#[test]
fn nothing_is_said_by_a_model_that_has_seen_too_little_or_is_unknown_or_of_another_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(folder.path());
    learnt(&house, "m", 25 * WEEK as i64);
    let mut features = Features::recovered(&house, CONFIG, FeaturesState::default()).expect("nothing");
    let looks = run(&mut features, &house, 0..10, |_| COUNT);
    // It is shown all the same.
    // At once where it first can be, and from then on at midnight.
    assert!(looks.len() == 4 && looks.iter().all(|(_, look)| look.detected.is_none() && look.drifts.share() == 1.0));
    let at = Timestamp((LEARNT + 960) * BAR);
    assert!(features.look(&house, at, "m", "set").is_some());
    assert!(features.look(&house, at + BAR, "m", "set").is_none(), "not at midnight");
    assert!(features.look(&house, at, "m", "other").is_none());
    assert!(features.look(&house, at, "unknown", "set").is_none());
    std::fs::write(registry::profile_path(&house, "broken"), "{}").expect("written");
    assert!(features.look(&house, at, "broken", "set").is_none());
    assert!(features.look(&house, at.shift(20 * DAY), "m", "set").is_none(), "a week that is long gone");
    let mut never = Features::recovered(&house, FeaturesConfig { every_days: 0, ..CONFIG }, FeaturesState::default());
    let never = never.as_mut().expect("nothing");
    assert_eq!(run(never, &house, 0..10, |_| COUNT), []);
}

#[test]
fn a_restart_anywhere_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(folder.path());
    learnt(&house, "m", LEARNT);
    let drifted = |day: i64| if day >= 12 { COUNT } else { 0 };
    let mut whole = Features::recovered(&house, CONFIG, FeaturesState::default()).expect("nothing");
    let expected = run(&mut whole, &house, 0..24, drifted);
    assert_eq!(news(&expected).len(), 2);
    // Gold runs ahead of the monitor, and another set lies beside.
    let mut gold = Shelf::<FeatureRow>::open(&features_root(&house), 500_usize).expect("gold");
    let rows = (0..24 * 96).flat_map(|bar| {
        let ours = vector(LEARNT + bar, drifted(bar / 96));
        let beside = FeatureVector { feature_set: "beside".into(), ..vector(LEARNT + bar, COUNT) };
        [FeatureRow(beside), FeatureRow(ours)]
    });
    gold.keep(rows.collect()).expect("kept");
    for cut in [1, 9, 13, 15, 20] {
        let mut first = Features::recovered(&house, CONFIG, FeaturesState::default()).expect("nothing");
        let mut found = run(&mut first, &house, 0..cut, drifted);
        let kept = serde_json::to_string(&first.state()).expect("JSON");
        assert!(kept.len() < 100, "{kept}");
        let state = serde_json::from_str(&kept).expect("reads");
        let mut second = Features::recovered(&house, CONFIG, state).expect("gold");
        found.extend(run(&mut second, &house, cut..24, drifted));
        assert_eq!(found, expected, "{cut}");
    }
}
