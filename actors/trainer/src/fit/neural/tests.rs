#[cfg(feature = "neural-gpu")]
mod card;

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wick_schemas::model::{Estimator, Input, Network};
use wick_schemas::time::BAR;
use wick_schemas::{Horizon, Timestamp};

use super::Loss;
use super::shape::{Shape, numbers};
use super::training::{fit, split};
use super::*;
use crate::dataset::{Dataset, Labels};
use crate::fit::design::Design;
use crate::fit::{self as fits, FitConfig, Wanted};
use crate::testing;

type Cpu = burn::backend::NdArray<f32>;

fn config() -> FitConfig {
    let neural = NeuralConfig {
        enabled: true,
        hidden: vec![8],
        networks: 2,
        rows: 1_000,
        epochs: 12,
        batch: 64,
        rate: 0.01,
        device: Device::Cpu,
        ..NeuralConfig::default()
    };
    FitConfig { neural, ..testing::config() }
}

fn fitted(data: &Dataset, labels: &Labels, train: std::ops::Range<usize>, loss: Loss) -> Estimator {
    fitted_by(&config(), data, labels, train, loss)
}

fn fitted_by(
    config: &FitConfig,
    data: &Dataset,
    labels: &Labels,
    train: std::ops::Range<usize>,
    loss: Loss,
) -> Estimator {
    let columns: Vec<usize> = (0..data.rows.names().len()).collect();
    let design = Design::new(&data.rows, labels, train.clone(), &columns, 6.0);
    let y: Vec<f64> = train
        .clone()
        .map(|place| match loss {
            Loss::Log => f64::from(u8::from(labels.up(place))),
            Loss::Squared => labels.log_variance[place],
        })
        .collect();
    fit(&design, labels, train, &y, loss, config).expect("a network")
}

fn value(model: &Estimator, data: &Dataset, labels: &Labels, place: usize) -> f64 {
    model.value(data.rows.row(labels.row[place]), 0)
}

#[test]
fn what_was_planted_is_found_in_rows_that_were_not_learnt_from() {
    let mut data = testing::market(2_400, 21).planted().dataset();
    // About zero, as what a line leaves over is.
    data.labels[0].log_variance.iter_mut().for_each(|value| *value += 13.8);
    let labels = &data.labels[0];
    let (train, test) = (0..1_800, 1_801..labels.len());
    let model = fitted(&data, labels, train.clone(), Loss::Log);
    assert!(model.is_sound(data.rows.names().len()));
    let right = |place: &usize| (value(&model, &data, labels, *place) > 0.0) == labels.up(*place);
    let hits = test.clone().filter(right).count() as f64 / test.len() as f64;
    // Nobody could call more than three of four.
    assert!(hits > 0.65, "{hits}");

    let model = fitted(&data, labels, train.clone(), Loss::Squared);
    let mean = crate::evaluate::mean(&labels.log_variance[train]);
    let off = |said: &dyn Fn(usize) -> f64| -> f64 {
        test.clone().map(|place| (labels.log_variance[place] - said(place)).powi(2)).sum()
    };
    let share = off(&|place| value(&model, &data, labels, place)) / off(&|_| mean);
    assert!(share < 0.6, "{share}");
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let data = testing::market(700, 22).planted().dataset();
    let labels = &data.labels[0];
    let train = 0..labels.len();
    let here = fitted(&data, labels, train.clone(), Loss::Log);
    for threads in [1, 2, 4] {
        let elsewhere: Vec<Estimator> = std::thread::scope(|scope| {
            let work = || fitted(&data, labels, train.clone(), Loss::Log);
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().expect("a network")).collect()
        });
        assert!(elsewhere.iter().all(|model| *model == here));
    }
    // The parts of the mean differ, as their seeds do.
    let Estimator::Mean { parts } = here else { panic!("a mean") };
    assert_ne!(parts[0], parts[1]);
}

#[test]
fn what_comes_after_the_training_window_changes_nothing() {
    let data = testing::market(900, 23).planted().dataset();
    let labels = &data.labels[1];
    let train = 0..600;
    let before = fitted(&data, labels, train.clone(), Loss::Squared);
    let mut later = data.clone();
    later.labels[1].log_variance[600..].iter_mut().for_each(|value| *value += 9.0);
    assert_eq!(fitted(&later, &later.labels[1], train.clone(), Loss::Squared), before);
    // What is held out of the window itself does decide when to stop.
    later.labels[1].log_variance[560..600].iter_mut().for_each(|value| *value += 9.0);
    assert_ne!(fitted(&later, &later.labels[1], train, Loss::Squared), before);
}

#[test]
fn where_nothing_can_be_gained_it_says_one_thing_of_every_row() {
    let mut data = testing::market(500, 24).dataset();
    // What is learnt is the opposite of what is held out.
    let labels = &mut data.labels[0];
    let (first, rows) = (400, labels.len());
    for place in 0..rows {
        let signal = data.rows.row(labels.row[place])[6];
        labels.log_return[place] = if place < first { signal } else { -signal };
    }
    let mut config = config();
    config.neural.held_share = (rows - first) as f64 / rows as f64;
    let columns: Vec<usize> = (0..data.rows.names().len()).collect();
    let labels = &data.labels[0];
    let design = Design::new(&data.rows, labels, 0..rows, &columns, 6.0);
    let y: Vec<f64> = (0..rows).map(|place| f64::from(u8::from(labels.up(place)))).collect();
    let model = fit(&design, labels, 0..rows, &y, Loss::Log, &config).expect("a network");
    let said: Vec<f64> = (0..rows).map(|place| value(&model, &data, labels, place)).collect();
    assert!(said.iter().all(|value| *value == said[0]), "{said:?}");
}

#[test]
fn it_is_a_candidate_of_both_targets_and_is_fitted_again_alone_with_the_same_result() {
    let data = testing::market(800, 25).planted().dataset();
    let (labels, config) = (&data.labels[0], config());
    let run = |wanted| fits::fit(&data, labels, 0..labels.len(), &config, wanted).expect("a fit");
    let (all, alone) = (run(Wanted::All), run(Wanted::Chosen(NEURAL, NEURAL)));
    for (all, alone) in [(&all.direction, &alone.direction), (&all.volatility, &alone.volatility)] {
        let find = |among: &[fits::Named]| among.iter().find(|one| one.name == NEURAL).cloned().expect("a network");
        assert_eq!(find(all), find(alone));
    }
    assert_eq!(alone.direction.len(), 2);
    let off = FitConfig { neural: NeuralConfig { enabled: false, ..config.neural.clone() }, ..config.clone() };
    let without = fits::fit(&data, labels, 0..labels.len(), &off, Wanted::All).expect("a fit");
    assert!(without.direction.iter().chain(&without.volatility).all(|one| one.name != NEURAL));
    // The others are what they are without it.
    let others = |among: &[fits::Named]| among.iter().filter(|one| one.name != NEURAL).cloned().collect::<Vec<_>>();
    assert_eq!(others(&all.direction), without.direction);
    assert_eq!(others(&all.volatility), without.volatility);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_flattened_network_says_what_the_library_says(
        seed in any::<u64>(),
        inputs in 1_usize..12,
        hidden in proptest::collection::vec(1_usize..12, 1..4),
        start in -3.0_f32..3.0,
    ) {
        let mut rng = StdRng::seed_from_u64(seed);
        let device = Default::default();
        let mut shape = Shape::<Cpu>::new(inputs, &hidden, start, &mut rng, &device);
        // So that the last layer, which starts at zero, has something to say.
        shape.stir(&mut rng);
        let scaled = |column| Input {
            column,
            center: rng.random_range(-1.0..1.0),
            scale: rng.random_range(0.5..2.0),
            clip: 4.0,
            weight: 1.0,
        };
        let network = Network {
            inputs: (0..inputs as u32).map(scaled).collect(),
            layers: shape.flatten().expect("layers"),
        };
        prop_assert!(network.is_sound(inputs));
        for _ in 0..8 {
            let row: Vec<f64> = (0..inputs).map(|_| rng.random_range(-9.0..9.0)).collect();
            let entering = row.iter().zip(&network.inputs);
            let entering: Vec<f32> = entering
                .map(|(value, input)| ((value - input.center) / input.scale).clamp(-4.0, 4.0) as f32)
                .collect();
            let data = burn::tensor::TensorData::new(entering, [1, inputs]);
            let said = numbers(shape.forward(burn::tensor::Tensor::from_data(data, &device))).expect("a value")[0];
            let own = network.value(&row);
            prop_assert!((own - said).abs() < 1e-5 * own.abs().max(1.0), "{own} {said}");
        }
    }

    #[test]
    fn no_outcome_that_is_learnt_from_reaches_into_the_rows_held_out(
        steps in proptest::collection::vec(1_i64..9, 0..300),
        share in 0.01_f64..0.99,
        which in 0_usize..4,
    ) {
        let mut bar = 0;
        let as_of: Vec<_> = steps.iter().map(|step| { bar += step; Timestamp(bar * BAR) }).collect();
        let horizon = Horizon::ALL[which].millis();
        let (learnt, held) = split(&as_of, horizon, share);
        prop_assert_eq!(held.end, as_of.len());
        prop_assert_eq!(held.len(), (as_of.len() as f64 * share) as usize);
        prop_assert!(learnt <= held.start);
        if let (Some(last), Some(first)) = (learnt.checked_sub(1).map(|last| as_of[last]), as_of.get(held.start)) {
            prop_assert!(last.shift(horizon) <= *first);
        }
        // Nothing that could have been learnt from is thrown away.
        if let (Some(next), Some(first)) = (as_of.get(learnt), as_of.get(held.start)) {
            prop_assert!(next.shift(horizon) > *first);
        }
    }
}
