use wick_schemas::score::qlike;

use super::*;
use crate::evaluate::mean;
use crate::testing;

fn names(trained: &Trained) -> Vec<(&str, &str)> {
    let horizons = trained.artifact.horizons.iter();
    horizons.map(|model| (model.direction_name.as_str(), model.volatility_name.as_str())).collect()
}

fn run(data: &Dataset) -> Trained {
    train(data, &testing::config(), &|_| (), &|| false).expect("a model")
}

#[test]
fn shuffled_outcomes_teach_nothing() {
    const MARKETS: u64 = 24;
    let mut proved = 0;
    for seed in 100..100 + MARKETS {
        let data = testing::market(2_000, seed).planted().shuffled().dataset();
        let trained = run(&data);
        let names = names(&trained);
        proved += names.iter().filter(|(direction, _)| *direction != BASE_RATE).count();
        proved += usize::from(names[0].1 != SEASONAL_HAR);
        let baseline = |metric: &&CellMetric| metric.chosen == metric.baseline;
        assert!(trained.metrics.iter().filter(baseline).all(|metric| metric.skill == 0.0 && metric.dm_p == 1.0));
        // Further ahead a line of few weights is better than seasonal HAR, which has one for each hour of the week and
        // learns noise by them. What nothing can be better at is a constant, chosen after the fact.
        for kept in &trained.out_of_sample {
            let labels = data.labels_of(kept.horizon);
            let place = |as_of: &Timestamp| labels.as_of.binary_search(as_of).expect("a row that was judged");
            let actual: Vec<f64> = kept.as_of.iter().map(|as_of| labels.realised_variance[place(as_of)]).collect();
            let constant = mean(&actual);
            let least = mean(&actual.iter().filter_map(|actual| qlike(*actual, constant)).collect::<Vec<_>>());
            assert!(mean(&kept.qlike) > 0.97 * least, "{seed} {:?} {names:?}", kept.horizon);
        }
    }
    // Five cells of a market, each proved at alpha by luck: three standard errors more than are to be expected.
    assert!(proved <= 13, "{proved} of {}", 5 * MARKETS);
}

#[test]
fn a_planted_signal_is_found() {
    let trained = run(&testing::market(2_000, 12).planted().dataset());
    let (direction, volatility) = names(&trained)[0];
    assert_ne!(direction, BASE_RATE);
    assert_ne!(volatility, SEASONAL_HAR);
    assert!(trained.metrics[0].skill > 0.05 && trained.metrics[0].dm_p < 1e-3, "{:?}", trained.metrics[0]);
    assert!(trained.metrics[1].skill > 0.02 && trained.metrics[1].dm_p < 1e-2, "{:?}", trained.metrics[1]);
}

#[test]
fn the_same_seed_gives_the_same_artifact_on_any_number_of_threads() {
    let data = testing::market(900, 13).planted().dataset();
    let hash = |threads: usize| {
        let config = FitConfig { threads, ..testing::config() };
        let trained = train(&data, &config, &|_| (), &|| false).expect("a model");
        Artifact::hash_of(&trained.artifact.to_json().expect("json"))
    };
    let here = hash(1);
    let elsewhere: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = [1, 2, 4].map(|threads| scope.spawn(move || hash(threads))).into_iter().collect();
        threads.into_iter().map(|thread| thread.join().expect("a hash")).collect()
    });
    assert_eq!(elsewhere, [here.clone(), here.clone(), here]);
}

#[test]
fn an_artifact_survives_its_json() {
    let artifact = run(&testing::market(900, 14).planted().dataset()).artifact;
    let json = artifact.to_json().expect("json");
    assert_eq!(Artifact::from_json(&json, &Artifact::hash_of(&json)), Ok(artifact));
}

#[test]
fn what_is_kept_says_what_it_said_and_the_rest_is_new_and_both_are_proved() {
    let market = testing::market(900, 19).planted();
    let (data, mut mixed) = (market.dataset(), run(&market.dataset()));
    let (former, fresh) = (run(&market.dataset_at(700)).artifact, mixed.artifact.clone());
    let parts = [(Horizon::M15, Learnt::Volatility), (Horizon::H1, Learnt::Direction)];
    mixed.keep(&parts, &former, "former", &data, 180).expect("a proof");
    let last = data.rows.len() - 1;
    let say = |artifact: &Artifact| artifact.score_row(data.rows.row(last), data.rows.as_of()[last]);
    let (old, new, both) = (say(&former), say(&fresh), say(&mixed.artifact));
    assert_ne!((old[0].log_variance, old[1].p_up), (new[0].log_variance, new[1].p_up));
    assert_eq!((both[0].log_variance, both[1].p_up), (old[0].log_variance, old[1].p_up));
    assert_eq!((both[0].p_up, both[1].log_variance, both[0].har), (new[0].p_up, new[1].log_variance, new[0].har));
    assert_eq!((both[2], both[3]), (new[2], new[3]));
    let [first, second] = &mixed.artifact.horizons[..2] else { panic!("four horizons") };
    assert_eq!(first.residual_quantiles, former.horizons[0].residual_quantiles);
    // Its level has learnt from what came since; half a year back it is what the artifact said.
    let labels = data.labels_of(Horizon::M15);
    let since = (0..labels.len()).filter(|place| labels.as_of[*place] >= former.trained_at);
    let ratio =
        |place: usize| labels.realised_variance[place] / fit::value(&first.volatility, &data, labels, place).exp();
    let ratios: Vec<f64> = since.map(ratio).collect();
    let before = former.horizons[0].level_outcomes as f64;
    let expected = ratios.iter().sum::<f64>() + before * former.horizons[0].levels[0];
    let expected = expected / (ratios.len() as f64 + before);
    assert!(ratios.len() > 100 && before > 100.0 && (first.levels[0] / expected - 1.0).abs() < 1e-12);
    assert_ne!(first.levels[0], former.horizons[0].levels[0]);
    assert_eq!(first.levels[1..], fresh.horizons[0].levels[1..]);
    assert_eq!(second.residual_quantiles, fresh.horizons[1].residual_quantiles);
    // What the walk found of the parts that do not serve is not told as theirs.
    let told: Vec<_> = mixed.metrics.iter().map(|metric| (metric.horizon, metric.target.as_str())).collect();
    assert!(told.contains(&(Horizon::M15, "direction")) && !told.contains(&(Horizon::M15, "volatility")), "{told:?}");
    // It survives its JSON, and one that keeps the same again knows whose it is.
    let json = mixed.artifact.to_json().expect("json");
    assert_eq!(Artifact::from_json(&json, &Artifact::hash_of(&json)).as_ref(), Ok(&mixed.artifact));
    let mut later = run(&market.dataset());
    later.keep(&parts[..1], &mixed.artifact, "mixed", &data, 180).expect("a proof");
    assert_eq!(later.artifact.kept[0].model, "former");
}

#[test]
fn few_rows_give_baselines_and_fewer_give_a_reason() {
    let trained = run(&testing::market(200, 15).dataset());
    assert!(names(&trained).iter().all(|chosen| *chosen == (BASE_RATE, SEASONAL_HAR)));
    assert!(trained.metrics.is_empty() && trained.out_of_sample.is_empty());
    let data = testing::market(120, 15).dataset();
    let error = train(&data, &testing::config(), &|_| (), &|| false).expect_err("too few");
    let have = data.labels_of(Horizon::H24).len();
    assert_eq!(error, Error::NotEnoughRows { horizon: Horizon::H24, have, need: 32 });
}

#[test]
fn progress_rises_to_one_and_a_cancelled_training_stops() {
    let data = testing::market(900, 16).dataset();
    let told = Mutex::new(Vec::new());
    let config = FitConfig { forest: false, ..testing::config() };
    train(&data, &config, &|share| told.lock().expect("shares").push(share), &|| false).expect("a model");
    let told = told.into_inner().expect("shares");
    assert!(told.windows(2).all(|pair| pair[0] <= pair[1]) && told.last() == Some(&1.0));
    assert_eq!(train(&data, &config, &|_| (), &|| true).expect_err("stopped"), Error::Cancelled);
}

#[test]
fn intervals_start_where_the_outcomes_were() {
    let trained = run(&testing::market(2_000, 17).dataset());
    for model in &trained.artifact.horizons[..2] {
        // The returns of the synthetic market are normal given their variance.
        let width = model.residual_quantiles[5] - model.residual_quantiles[1];
        assert!((width - 2.563).abs() < 0.35, "{width}");
        assert!(model.levels.iter().all(|level| (0.7..2.0).contains(level)), "{:?}", model.levels);
    }
}
