//! Numbers of an independent implementation for the walk of [`crate::samples::walk`], of a bar that many gaps precede:
//! Python, polars for the bars, numpy for the features, and window sums in extended precision.

use wick_schemas::time::Timestamp;

use super::{Closed, Engine};
use crate::samples::walk;

#[rustfmt::skip]
const FEATURES: [(&str, f64); 63] = [
    ("log_rv_1", -15.386139426357943),
    ("log_rv_2", -15.440355462073784),
    ("log_rv_4", -15.426279414820355),
    ("log_rv_8", -15.442399135398999),
    ("log_rv_16", -15.39616069857228),
    ("log_rv_32", -15.416652713949313),
    ("log_rv_96", -15.634600517372276),
    ("log_rv_192", -15.689303585252228),
    ("log_rv_672", -15.640675817575039),
    ("down_share_4", 0.4855475115214022),
    ("down_share_16", 0.5094979581967806),
    ("down_share_96", 0.4861456820167156),
    ("down_share_672", 0.48653085002068136),
    ("jump_share_4", -0.19369465505537975),
    ("jump_share_16", -0.2227443200374498),
    ("jump_share_96", -0.20636274934077295),
    ("jump_share_672", -0.17970141478918758),
    ("log_parkinson_4", -14.727832652228049),
    ("log_parkinson_16", -14.65144386734634),
    ("log_parkinson_96", -14.65967477044159),
    ("log_parkinson_672", -14.711953517703465),
    ("log_max_minute", -8.544586947211315),
    ("log_ewma_rv", -15.45551577963661),
    ("return_1", -0.0005481147572528045),
    ("return_2", -0.0002445383261182599),
    ("return_4", 6.934584573592417e-05),
    ("return_8", 0.0008763113417362689),
    ("return_16", -0.000360010338718908),
    ("return_32", 2.7698472077730685e-05),
    ("return_96", 0.0023695183549232723),
    ("return_192", 0.0012509284328832138),
    ("return_672", 0.015458702422648685),
    ("z_return_1", -1.2020685101485327),
    ("z_return_2", -0.3901346490213299),
    ("z_return_4", 0.07772869708115071),
    ("z_return_8", 0.7004170454351265),
    ("z_return_16", -0.19882914758221334),
    ("z_return_32", 0.010929745670107),
    ("z_return_96", 0.6023708133406531),
    ("z_return_192", 0.23114383623759563),
    ("z_return_672", 1.4899350003795566),
    ("efficiency_4", 0.05949489720394997),
    ("efficiency_16", 0.07606993133398395),
    ("efficiency_96", 0.07905449001557963),
    ("efficiency_672", 0.07571669091730288),
    ("close_location", -0.6213099630853472),
    ("close_to_vwap", -0.00017245832443196616),
    ("log_volume_to_week_4", 0.19695954782370895),
    ("log_volume_to_week_16", 0.23485458603233172),
    ("log_volume_to_week_96", 0.013203842409995859),
    ("signed_volume_4", -0.03906126481478519),
    ("signed_volume_16", -0.01582759186263639),
    ("signed_volume_96", -0.005119133472167386),
    ("signed_volume_672", -0.00048328502585803134),
    ("macd_12", 0.002652376710537656),
    ("macd_48", 0.12210928193263777),
    ("rsi_14", 0.505890089472344),
    ("bollinger_96", 0.7051814753022714),
    ("hour", 23.5),
    ("weekday", 0.0),
    ("weekend", 0.0),
    ("sin_day", -0.13052619222005168),
    ("cos_day", 0.9914448613738104),
];

/// Log return and realised variance of the horizons that the bar completes.
const TARGETS: [(f64, f64); 4] = [
    (-0.0005481147572528045, 2.069143904471405e-07),
    (6.934584573592417e-05, 7.949359527133875e-07),
    (-0.000360010338718908, 3.2774596632149912e-06),
    (0.0023695183549232723, 1.5472633733499265e-05),
];

#[test]
fn the_numbers_are_those_of_an_independent_implementation() {
    let mut engine = Engine::new();
    let closed: Vec<_> = walk(9_500).iter().flat_map(|candle| engine.push(candle)).collect();
    let Some(Closed { vector, matured }) = closed.last() else { panic!("no bar") };
    assert_eq!((closed.len(), vector.as_of, vector.price), (767, Timestamp(1_704_757_500_000), 50_906.04));
    assert!(vector.warm);
    let near = |name: &str, found: f64, expected: f64| {
        assert!((found - expected).abs() <= 1e-10 * expected.abs() + 1e-14, "{name}: {found} is not {expected}");
    };
    for (name, expected) in FEATURES {
        near(name, vector.value(name).expect(name), expected);
    }
    assert_eq!(matured.targets.len(), TARGETS.len());
    for (target, (log_return, realised_variance)) in matured.targets.iter().zip(TARGETS) {
        near("log_return", target.log_return, log_return);
        assert!((target.realised_variance / realised_variance - 1.0).abs() < 1e-12);
    }
}
