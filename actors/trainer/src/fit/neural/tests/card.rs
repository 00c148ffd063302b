//! On a graphics card, or what passes for one: Mesa's llvmpipe will do.

use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::card::{self, Card};
use super::*;
use crate::error::Error;
use crate::placed;

/// One test at a time, as one of them loses the card.
static ONE: Mutex<()> = Mutex::new(());

/// The card for this test alone; where there is none, that is said.
fn card() -> Option<(Arc<Card>, MutexGuard<'static, ()>)> {
    let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    match card::find(true) {
        Ok(card) => Some((card, alone)),
        Err(reason) => {
            println!("skipped: {reason} (Debian and Ubuntu: apt-get install mesa-vulkan-drivers)");
            None
        }
    }
}

/// Few steps: what passes for a card is slow.
fn on(device: Device) -> FitConfig {
    let config = config();
    FitConfig { neural: NeuralConfig { device, rows: 600, epochs: 3, ..config.neural }, ..config }
}

/// A setting of its own for each case: what is planted, how wide the network is, what it learns.
fn said(device: Device, seed: u64, hidden: &[usize], loss: Loss) -> Vec<f64> {
    let data = testing::market(700, seed).planted().dataset();
    let labels = &data.labels[0];
    let config = on(device);
    let config = FitConfig { neural: NeuralConfig { hidden: hidden.to_vec(), ..config.neural }, seed, ..config };
    let model = fitted_by(&config, &data, labels, 0..labels.len(), loss);
    (0..labels.len()).map(|place| value(&model, &data, labels, place)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn a_card_says_what_the_processor_says(
        seed in 0_u64..1_000,
        hidden in proptest::collection::vec(1_usize..20, 1..3),
        direction in any::<bool>(),
    ) {
        let Some(_alone) = card() else { return Ok(()) };
        let loss = if direction { Loss::Log } else { Loss::Squared };
        let (here, there) = (said(Device::Cpu, seed, &hidden, loss), said(Device::Gpu, seed, &hidden, loss));
        let mean = here.iter().sum::<f64>() / here.len() as f64;
        let spread = here.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let off = here.iter().zip(&there).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        println!("off by {:.1e} of the spread", (off / spread).sqrt());
        prop_assert!(off.sqrt() <= 1e-4 * spread.sqrt(), "{off} {spread}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_a_card_on_any_number_of_threads() {
    let Some(_alone) = card() else { return };
    let data = testing::market(700, 22).planted().dataset();
    let labels = &data.labels[0];
    let work = || fitted_by(&on(Device::Gpu), &data, labels, 0..labels.len(), Loss::Log);
    let here = work();
    for threads in [1, 2, 4] {
        let elsewhere: Vec<Estimator> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().expect("a network")).collect()
        });
        assert!(elsewhere.iter().all(|model| *model == here));
    }
    // It is the card that did it: sums are in another order there.
    assert_ne!(fitted_by(&on(Device::Cpu), &data, labels, 0..labels.len(), Loss::Log), here);
}

#[test]
fn a_training_whose_card_is_lost_is_done_again_on_the_processor() {
    let Some((card, _alone)) = card() else { return };
    let data = testing::market(900, 26).planted().dataset();
    let neural = NeuralConfig { hidden: vec![4], networks: 1, ..on(Device::Auto).neural };
    let on = |device| FitConfig { neural: NeuralConfig { device, ..neural.clone() }, ..config() };
    let lost = Mutex::new(Some(card.clone()));
    // Told between two fits of one thread, in the middle of one of the other.
    let lose = |_| {
        if let Some(card) = lost.lock().expect("a card").take() {
            card.lose();
        }
    };
    let (trained, place) = placed::begun(&data, &on(Device::Auto), Device::Gpu, &lose, &|| false).expect("a model");
    let place = place.expect("a place");
    assert!(place.starts_with(&format!("cpu, after {} failed: ", card.name)), "{place}");
    let (plain, cpu) = placed::train(&data, &on(Device::Cpu), &|_| (), &|| false).expect("a model");
    assert_eq!((&trained, cpu.as_deref()), (&plain, Some("cpu")));

    // Where it must be a card, the training is refused. A card that was lost is asked for anew.
    let again = card::find(true).expect("a card");
    assert!(!Arc::ptr_eq(&again, &card));
    *lost.lock().expect("a card") = Some(again.clone());
    let refused = placed::train(&data, &on(Device::Gpu), &lose, &|| false).expect_err("lost");
    assert!(matches!(&refused, Error::Card { card, .. } if *card == again.name), "{refused}");
    let (on_it, place) = placed::train(&data, &on(Device::Gpu), &|_| (), &|| false).expect("a model");
    assert_eq!(place.as_ref(), Some(&card.name));
    // Chosen or not: the card's last bits are in the figures of what was tried.
    assert_ne!(on_it.tried, plain.tried);
}

#[test]
fn what_is_no_hardware_is_taken_only_where_a_card_is_asked_for() {
    let Some((card, _alone)) = card() else { return };
    let name = |device| Place::of(device).expect("a place").name().to_owned();
    assert_eq!(name(Device::Gpu), card.name);
    assert_eq!(name(Device::Auto), if card::has_hardware() { card.name.as_str() } else { "cpu" });
    assert_eq!(name(Device::Cpu), "cpu");
}

#[test]
fn without_an_adapter_nothing_crashes() {
    let program = std::env::current_exe().expect("a program");
    let test = "fit::neural::tests::card::nothing_is_found";
    let mut child = Command::new(program);
    child.args(["--exact", test, "--ignored", "--nocapture"]);
    // Both names that the loader of Vulkan had for the drivers that it is to see.
    child.env("VK_DRIVER_FILES", "/dev/null").env("VK_ICD_FILENAMES", "/dev/null");
    let ended = child.output().expect("it runs");
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "only where no driver is seen: see above"]
fn nothing_is_found() {
    let data = testing::market(500, 27).dataset();
    let (_, place) = placed::train(&data, &on(Device::Auto), &|_| (), &|| false).expect("a model");
    assert_eq!(place.as_deref(), Some("cpu"));
    let refused = placed::train(&data, &on(Device::Gpu), &|_| (), &|| false).expect_err("no card");
    assert!(matches!(refused, Error::NoCard { .. }), "{refused}");
    assert!(refused.to_string().contains("no adapter of Vulkan"), "{refused}");
}

#[test]
#[ignore = "a measurement, told in docs/models.md"]
fn what_a_fit_takes() {
    let data = testing::market(40_000, 28).planted().dataset();
    let labels = &data.labels[0];
    let train = 0..labels.len();
    // As wide as the rows of the engine are: the eight columns that there are, twelve times.
    let columns: Vec<usize> = (0..12).flat_map(|_| 0..data.rows.names().len()).collect();
    let design = Design::new(&data.rows, labels, train.clone(), &columns, 6.0);
    let y: Vec<f64> = train.clone().map(|place| f64::from(u8::from(labels.up(place)))).collect();
    for device in [Device::Cpu, Device::Gpu] {
        // All epochs, so that both do the same.
        let neural = NeuralConfig { device, patience: 30, ..NeuralConfig::default() };
        let config = FitConfig { neural, ..testing::config() };
        let place = Place::of(device).expect("a place");
        for _ in 0..2 {
            let begun = std::time::Instant::now();
            fit(&design, labels, train.clone(), &y, Loss::Log, &config).expect("a network");
            println!("{}: {:.1} seconds", place.name(), begun.elapsed().as_secs_f64());
        }
    }
}
