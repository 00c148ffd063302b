//! A training from command to verdict, on gold that lies in a folder.

use std::path::Path;

use wick_bus::lake::{FeatureRow, Shelf, TargetRow, features_root, targets_root};
use wick_bus::testing::Stage;
use wick_bus::{Config, Layer, database};
use wick_schemas::model_event::SUSPECT;

use super::*;
use crate::fit::FitConfig;
use crate::testing::{self, Market, market};

/// Bars of the market.
const BARS: usize = 2_000;

/// A trainer in a folder, on gold of this market, that trains as quickly as it can.
async fn trainer(folder: &Path, market: &Market) -> (Stage<Trainer>, Models) {
    let (_, stop) = tokio::sync::watch::channel(false);
    let config = Config::load(None, &[("data_dir".into(), folder.display().to_string())]).expect("settings");
    let house = House::new(config, String::new(), stop).expect("a house");
    let (vectors, targets) = market.events();
    let mut features = Shelf::<FeatureRow>::open(&features_root(&house), 10_000_usize).expect("gold");
    features.keep(vectors.into_iter().map(FeatureRow).collect()).expect("kept");
    let mut outcomes = Shelf::<TargetRow>::open(&targets_root(&house), 100_000_usize).expect("gold");
    outcomes.keep(targets.into_iter().map(TargetRow).collect()).expect("kept");
    let models = Trainer::open(&house).await.expect("a layer");
    let mut trainer = Trainer::recover(&house, &models, None).await.expect("a trainer");
    trainer.config.fit = FitConfig { forest: false, folds: 2, ..testing::config() };
    (Stage::new(trainer), models)
}

/// Hands over a command and does the work that it asks for, as the runner does; what is kept is kept.
async fn ask(stage: &mut Stage<Trainer>, models: &mut Models, cause: Cause) -> ModelTrained {
    let at = Timestamp(1_704_067_200_000 + BARS as i64 * 15 * MINUTE);
    stage.give(&Retrain { at, cause, requested_by: "test".into() }).expect("taken");
    for job in std::mem::take(&mut stage.out.jobs) {
        let done = job(&|| false).expect("trained");
        stage.resident.done(done, &mut stage.out).expect("told");
    }
    models.keep(std::mem::take(&mut stage.out.rows)).await.expect("kept");
    stage.published::<ModelTrained>().pop().expect("a model")
}

#[tokio::test]
async fn a_leak_rings_and_does_not_serve_unless_a_person_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut stage, mut models) = trainer(folder.path(), &market(BARS, 41).leaking()).await;
    let trained = ask(&mut stage, &mut models, Cause::NoChampion).await;
    assert!(trained.alarms.iter().any(|alarm| alarm.starts_with(SUSPECT) && alarm.contains("15m direction by")));
    assert!(stage.published::<ModelPromoted>().is_empty(), "a leak serves");
    let refused = stage.published::<ModelRefused>();
    assert_eq!((refused.len(), &refused[0].model), (1, &trained.model));
    assert_eq!(refused[0].reasons[..trained.alarms.len()], trained.alarms);
    assert!(stage.resident.state.champion.is_none());
    let text = stage.resident.house.metrics.text();
    assert!(text.contains("wick_leak_alarms_total{horizon=\"15m\",measure=\"auc\"} 1\n"), "{text}");
    assert!(text.contains("wick_trainings_total{outcome=\"refused\"} 1\n"), "{text}");
    // It is kept for whoever looks for the leak.
    assert!(registry::load(&stage.resident.house, &trained.model).is_ok());

    let by_hand = ask(&mut stage, &mut models, Cause::Person { reason: "I know".into() }).await;
    assert_eq!((&by_hand.model, by_hand.alarms.len()), (&trained.model, trained.alarms.len()));
    let promoted = stage.published::<ModelPromoted>();
    assert_eq!((promoted.len(), &promoted[0].model), (1, &trained.model));
    assert!(promoted[0].reasons.iter().any(|reason| reason.contains("a person asked for this training")));
}

#[tokio::test]
async fn a_training_keeps_what_its_features_looked_like_and_its_model_is_found_by_its_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    let market = market(BARS, 43);
    let (mut stage, mut models) = trainer(folder.path(), &market).await;
    let trained = ask(&mut stage, &mut models, Cause::NoChampion).await;
    assert_eq!((trained.alarms.len(), stage.published::<ModelPromoted>().len()), (0, 1));
    let house = stage.resident.house.clone();
    let profile = registry::profile(&house, &trained.model).expect("reads").expect("a profile");
    let artifact = registry::load(&house, &trained.model).expect("an artifact");
    let names: Vec<&str> = profile.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names, artifact.names);
    let (vectors, _) = market.events();
    assert_eq!((profile.from, profile.to, profile.rows), (vectors[0].as_of, vectors[BARS].as_of, vectors.len()));
    // The deciles of a column, by hand.
    let mut column: Vec<f64> = vectors.iter().map(|vector| vector.values[0].expect("a value")).collect();
    column.sort_by(f64::total_cmp);
    let deciles: Vec<f64> = (1..10).map(|tenth| column[tenth * column.len() / 10]).collect();
    assert_eq!(profile.features[0].edges, deciles);

    // Its profile lies beside it, and is no second model.
    let (at, cause) = (trained.at, Cause::Person { reason: "mine".into() });
    stage.give(&Promote { at, model: trained.model[..8].into(), cause, requested_by: "a".into() }).expect("found");
    assert_eq!(stage.published::<ModelRefused>(), []);
    let promoted = stage.published::<ModelPromoted>().pop().expect("promoted");
    assert_eq!((promoted.serves_from, &promoted.model), (at, &trained.model));
}

#[tokio::test]
async fn to_promote_the_champion_again_leaves_the_way_back_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut stage, mut models) = trainer(folder.path(), &market(BARS, 43)).await;
    let first = ask(&mut stage, &mut models, Cause::NoChampion).await.model;
    let mine = || Cause::Person { reason: "mine".into() };
    stage.resident.config.fit.ridge_penalty *= 2.0;
    stage.resident.config.fit.extended_penalty *= 2.0;
    stage.resident.config.fit.season_penalty *= 2.0;
    let second = ask(&mut stage, &mut models, mine()).await.model;
    assert_ne!(first, second);
    // It was put off for as long as a training may take; now it is to serve at once, and that is said twice.
    for number in [3, 4] {
        let model = second[..8].to_owned();
        stage.give(&Promote { at: Timestamp(1), model, cause: mine(), requested_by: "a".into() }).expect("found");
        let promoted = stage.published::<ModelPromoted>().pop().expect("promoted");
        assert_eq!((promoted.number, promoted.previous.as_ref()), (number, Some(&first)));
    }
    stage.give(&Rollback { at: Timestamp(2), cause: mine(), requested_by: "a".into() }).expect("taken");
    let back = stage.published::<ModelRolledBack>().pop().expect("rolled back");
    assert_eq!((back.number, &back.model, &back.replaced), (5, &first, &second));
}

/// The settings that are kept with a model.
async fn settings(stage: &Stage<Trainer>, model: &str) -> serde_json::Value {
    let pool = database::read(&stage.resident.house.path("models.sqlite")).await.expect("reads").expect("a registry");
    let read = sqlx::query_scalar("SELECT config FROM models WHERE hash = ?").bind(model).fetch_one(&pool);
    let text: String = read.await.expect("a model");
    serde_json::from_str(&text).expect("json")
}

#[tokio::test]
async fn where_no_network_is_asked_for_the_settings_are_kept_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut stage, mut models) = trainer(folder.path(), &market(BARS, 44)).await;
    let trained = ask(&mut stage, &mut models, Cause::NoChampion).await;
    let plain = serde_json::to_string(&stage.resident.config.fit).expect("json");
    let plain: serde_json::Value = serde_json::from_str(&plain).expect("json");
    assert_eq!(settings(&stage, &trained.model).await, plain);
}

#[cfg(feature = "neural")]
#[tokio::test]
async fn where_networks_were_fitted_is_kept_beside_the_settings() {
    use crate::fit::{Device, NeuralConfig};
    let folder = tempfile::tempdir().expect("a folder");
    let (mut stage, mut models) = trainer(folder.path(), &market(BARS, 44)).await;
    let quick = NeuralConfig { hidden: vec![4], networks: 1, epochs: 1, ..NeuralConfig::default() };
    stage.resident.config.fit.neural = NeuralConfig { enabled: true, device: Device::Cpu, ..quick };
    let trained = ask(&mut stage, &mut models, Cause::NoChampion).await;
    let kept = settings(&stage, &trained.model).await;
    assert_eq!((&kept["networks_on"], &kept["neural"]["device"]), (&"cpu".into(), &"cpu".into()));
    assert_eq!(kept["folds"], 2);
}
