//! A week of gold beside what a model learnt from.

use std::path::Path;

use wick_bus::lake::{FeatureRow, Shelf, features_root};
use wick_bus::{Config, House, feature_drift, registry};
use wick_schemas::model::{Estimator, HorizonModel};
use wick_schemas::profile::{Drift, Profile, WEEK};
use wick_schemas::time::BAR;
use wick_schemas::{Artifact, FeatureVector, Horizon, Origin, Timestamp};

/// Bars that are learnt from: thirty weeks.
const LEARNT: i64 = 30 * WEEK as i64;
const NAMES: [&str; 3] = ["shifted", "still", "wider"];

fn house(folder: &Path) -> House {
    let (_, stop) = tokio::sync::watch::channel(false);
    let config = Config::load(None, &[("data_dir".into(), folder.display().to_string())]).expect("settings");
    House::new(config, String::new(), stop).expect("a house")
}

/// A wave of ten days, so that weeks differ, with ripples.
fn value(bar: i64, feature: i64) -> f64 {
    (bar as f64 / 150.0 + feature as f64).sin() + (bar * (feature + 3) % 11) as f64 / 11.0
}

/// A bar in which the first feature has moved far away, and the last one is three times as wide.
fn strange(bar: i64) -> [f64; 3] {
    [value(bar, 0) + 5.0, value(bar, 1), 3.0 * value(bar, 2)]
}

fn vector(bar: i64, values: [f64; 3], feature_set: &str, warm: bool) -> FeatureRow {
    let as_of = Timestamp(bar * BAR);
    FeatureRow(FeatureVector {
        as_of,
        feature_set: feature_set.into(),
        price: 1.0,
        warm,
        minutes: 15,
        origin: Origin::Simulated,
        ingest_time: as_of,
        names: NAMES.map(str::to_owned).to_vec(),
        values: values.map(Some).to_vec(),
    })
}

/// A model of this set, as it is kept; its hash.
fn model(house: &House) -> String {
    let constant = |value: f64| Estimator::Constant { value };
    let horizon = |horizon| HorizonModel {
        horizon,
        direction_name: "base_rate".into(),
        direction: constant(0.0),
        volatility_name: "har".into(),
        volatility: constant(-13.8),
        base_rate: 0.5,
        ewma: constant(-13.8),
        har: constant(-13.8),
        seasonal_har: constant(-13.8),
        garch: None,
        levels: [1.0; 4],
        level_outcomes: 500,
        residual_quantiles: vec![0.0; 7],
        return_quantiles: vec![0.0; 7],
    };
    let artifact = Artifact {
        format: 1,
        feature_set: "set".into(),
        names: NAMES.map(str::to_owned).to_vec(),
        trained_at: Timestamp(LEARNT * BAR),
        horizons: Horizon::ALL.map(horizon).to_vec(),
        kept: Vec::new(),
        canaries: vec![],
    };
    let text = artifact.to_json().expect("JSON");
    let hash = Artifact::hash_of(&text);
    std::fs::create_dir_all(house.path("models")).expect("a folder");
    std::fs::write(registry::artifact_path(house, &hash), text).expect("kept");
    hash
}

#[test]
fn the_last_week_of_complete_vectors_of_its_set_is_judged_beside_the_weeks_that_were_learnt_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(folder.path());
    let hash = model(&house);
    assert_eq!(feature_drift::look(&house, &hash, None).expect("reads"), None, "a model without a profile");

    let rows: Vec<[f64; 3]> = (0..LEARNT).map(|bar| [0, 1, 2].map(|feature| value(bar, feature))).collect();
    let as_of: Vec<Timestamp> = (0..LEARNT).map(|bar| Timestamp(bar * BAR)).collect();
    let profile = Profile::of(&NAMES.map(str::to_owned), &as_of, |row| &rows[row]);
    std::fs::write(registry::profile_path(&house, &hash), serde_json::to_string(&profile).expect("JSON"))
        .expect("kept");
    let nothing = feature_drift::look(&house, &hash, None).expect("reads").expect("a profile");
    assert_eq!((nothing.at, nothing.features.len(), nothing.rows), (None, 0, rows.len()));

    // Two weeks as they were learnt from, and two strange ones; bars that are incomplete, and another set's.
    let weeks = 2 * WEEK as i64;
    let usual = (0..weeks).map(|bar| vector(LEARNT + bar, [0, 1, 2].map(|feature| value(bar, feature)), "set", true));
    let odd = (weeks..2 * weeks).map(|bar| vector(LEARNT + bar, strange(bar), "set", true));
    let cold = (2 * weeks..2 * weeks + 50).map(|bar| vector(LEARNT + bar, [1e9; 3], "set", false));
    let other = (0..2 * weeks).map(|bar| vector(LEARNT + bar, [1e9; 3], "other", true));
    let mut gold = Shelf::<FeatureRow>::open(&features_root(&house), 500_usize).expect("gold");
    gold.keep(usual.chain(odd).chain(cold).chain(other).collect()).expect("kept");

    let until = |bar: i64| {
        let until = Some(Timestamp((LEARNT + bar) * BAR));
        feature_drift::look(&house, &hash, until).expect("reads").expect("a profile")
    };
    let before = until(weeks - 1);
    assert_eq!(
        (before.at, before.from, before.to),
        (Some(Timestamp((LEARNT + weeks - 1) * BAR)), as_of[0], as_of[rows.len() - 1])
    );
    assert!(before.features.iter().all(|feature| feature.level < Drift::Drifted), "{before:?}");
    assert_eq!(before.share(), 0.0);

    let after = until(2 * weeks + 49);
    assert_eq!(after, feature_drift::look(&house, &hash, None).expect("reads").expect("a profile"));
    assert_eq!(after.at, Some(Timestamp((LEARNT + 2 * weeks - 1) * BAR)), "an incomplete bar is none");
    let names: Vec<&str> = after.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names, ["shifted", "wider", "still"], "the one that has drifted most first: {after:?}");
    let [shifted, wider, still] = [0, 1, 2].map(|place| &after.features[place]);
    assert_eq!((shifted.level, wider.level), (Drift::Drifted, Drift::Drifted));
    assert!(still.level < Drift::Drifted && still.usual <= still.most, "{still:?}");
    assert_eq!(after.share(), 2.0 / 3.0);
    // By hand: every row of the week is in one group, of ten that each had a tenth.
    let total = WEEK as f64 + 5.0;
    let (full, empty) = ((WEEK as f64 + 0.5) / total, 0.5 / total);
    let share = |group: usize| profile.features[0].shares[group];
    let by_hand: f64 = (0..10)
        .map(|group| if group == 9 { (full, share(9)) } else { (empty, share(group)) })
        .map(|(actual, expected)| (actual - expected) * (actual / expected).ln())
        .sum();
    assert!((shifted.statistic - by_hand).abs() < 1e-9, "{} {by_hand}", shifted.statistic);

    // Halfway into the strange weeks, half of the week is as it was.
    let half = until(weeks + WEEK as i64 / 2 - 1);
    let moved = half.features.iter().find(|feature| feature.name == "shifted").expect("it");
    assert!(moved.statistic > before.features.iter().map(|f| f.statistic).fold(0.0, f64::max));
    assert!(moved.statistic < shifted.statistic, "{moved:?}");
}
