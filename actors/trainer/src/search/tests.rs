use super::*;
use crate::assemble::train;
use crate::testing;

fn config() -> FitConfig {
    let search = SearchConfig { trials: 7, seconds: 0, judged_share: 0.3, first_share: 0.3 };
    FitConfig { search, forest: false, ..testing::config() }
}

#[test]
fn every_trial_is_told_and_the_best_is_chosen() {
    let data = testing::market(2_000, 5).planted().dataset();
    let (found, ledger) = search(&data, Horizon::M15, &config(), &|| Ok(())).expect("a search");
    for target in [Target::Direction, Target::Volatility] {
        let trials: Vec<&Trial> = ledger.iter().filter(|trial| trial.target == target).collect();
        assert_eq!(trials.iter().map(|trial| trial.number).collect::<Vec<_>>(), (0..7).collect::<Vec<_>>());
        let chosen = trials.iter().filter(|trial| trial.fate == Fate::Chosen).collect::<Vec<_>>();
        assert_eq!(chosen.len(), 1);
        let finished = trials.iter().filter(|trial| trial.losses.len() == 2);
        assert!((3..=4).contains(&finished.clone().count()), "a third, and the settings' own");
        assert!(finished.clone().all(|trial| trial.losses[1] >= chosen[0].losses[1] && trial.fate != Fate::Stopped));
        assert!(trials[0].losses.len() == 2, "what is drawn is compared with the settings' own");
        let growth = match target {
            Target::Direction => found.direction_boosting,
            Target::Volatility => found.volatility_boosting,
        };
        assert_eq!(growth, chosen[0].growth);
    }
    assert_eq!(search(&data, Horizon::M15, &config(), &|| Ok(())).expect("a search"), (found, ledger));
}

#[test]
fn what_comes_after_the_first_test_block_begins_changes_nothing() {
    let data = testing::market(2_000, 6).planted().dataset();
    let mut later = data.clone();
    let labels = &mut later.labels[1];
    let first = folds(&labels.as_of, Horizon::H1, &config(), None)[0].test.start;
    labels.log_variance[first..].iter_mut().for_each(|value| *value += 3.0);
    labels.log_return[first..].iter_mut().for_each(|value| *value = -*value);
    let run = |data: &Dataset| search(data, Horizon::H1, &config(), &|| Ok(())).expect("a search");
    assert_eq!(run(&data), run(&later));
    // But what comes before does.
    later.labels[1].log_variance[first - 200..].iter_mut().step_by(2).for_each(|value| *value += 3.0);
    assert_ne!(run(&data), run(&later));
}

#[test]
fn without_a_search_or_rows_the_settings_stand() {
    let data = testing::market(900, 7).dataset();
    let none = FitConfig { search: SearchConfig { trials: 1, ..config().search }, ..config() };
    assert_eq!(search(&data, Horizon::M15, &none, &|| Ok(())).expect("no search"), (none.clone(), vec![]));
    let few = FitConfig { min_rows: 100_000, ..config() };
    assert_eq!(search(&data, Horizon::M15, &few, &|| Ok(())).expect("no search"), (few.clone(), vec![]));
    let stopped = search(&data, Horizon::M15, &config(), &|| Err(crate::error::Error::Cancelled));
    assert_eq!(stopped, Err(crate::error::Error::Cancelled));
}

#[test]
fn a_training_tells_its_trials_and_is_the_same_again() {
    let data = testing::market(1_200, 8).planted().dataset();
    let run = |threads: usize| {
        let config = FitConfig { threads, ..config() };
        train(&data, &config, &|_| (), &|| false).expect("a model")
    };
    let (one, other) = (run(1), run(3));
    assert!(one.trials.len() >= 14, "{}", one.trials.len());
    assert_eq!((one.trials, one.artifact), (other.trials, other.artifact));
}
