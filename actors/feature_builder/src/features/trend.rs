//! Whether the price has a direction, and how far it is from its slow averages.

use super::{EPS, Feature, Now, single, windowed};
use crate::averages::Ema;
use crate::window::WEEK;

const TREND: &[Feature] = windowed!(
    "trend", "correlation of ln C with time over the last w bars; 0 where nothing moved", "1",
    "How steadily it rises, 1, or falls, -1.",
    more: 0, |_, total| {
        let n = total.bars;
        let (mean, ago) = (total.offset / n, (n - 1.0) / 2.0);
        let variance = (total.offset_sq / n - mean * mean).max(0.0);
        // Bars ago run against time.
        let covariance = ago * mean - total.offset_ago / n;
        covariance / (variance * (n * n - 1.0) / 12.0 + EPS * EPS).sqrt()
    };
    16 96 672
);

/// That of a week still remembers an eighth of its start after a week, hence its longer look-back.
const OTHER: &[Feature] = &[
    single(
        "ema_distance_96",
        "(ln C - EMA_96) / (d sqrt(96)), EMA_n <- EMA_n + 2 / (n + 1) (ln C - EMA_n), d as in scaled_return",
        "standard deviations of a bar",
        "How far it has run ahead of its average of a day.",
        WEEK,
        1,
        |now, _| away(now, now.averages.price_96, 96.0),
    ),
    single(
        "ema_distance_672",
        "as ema_distance_96 with 672 in place of 96",
        "standard deviations of a bar",
        "How far it has run ahead of its average of a week.",
        4 * WEEK,
        1,
        |now, _| away(now, now.averages.price_672, 672.0),
    ),
];

fn away(now: &Now, average: Ema, bars: f64) -> f64 {
    (now.bar.terms.log_close - average.value()) / (now.deviation() * bars.sqrt())
}

pub(super) const FAMILY: &[&[Feature]] = &[TREND, OTHER];

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn a_straight_line_correlates_wholly_and_a_turn_does_not() {
        let rise: Vec<_> = (0..16).map(|number| still(number, (number as f64 / 10.0).exp())).collect();
        near(value("trend_16", &rise), 1.0);
        let fall: Vec<_> = (0..16).map(|number| still(number, (-(number as f64) / 10.0).exp())).collect();
        near(value("trend_16", &fall), -1.0);
        let roof: Vec<_> = (0..16_i32).map(|n| still(n as usize, f64::from(-(2 * n - 15).abs()).exp())).collect();
        assert!(value("trend_16", &roof).expect("full").abs() < 1e-9);
    }

    #[test]
    fn the_distance_is_from_the_average_before_and_with_the_bar() {
        let mut bars: Vec<_> = (0..672).map(|number| still(number, 1.0)).collect();
        bars.push(still(672, 1.0_f64.exp()));
        let deviation = 1e-9_f64.sqrt();
        near(value("ema_distance_96", &bars), (95.0 / 97.0) / (deviation * 96.0_f64.sqrt()));
        near(value("ema_distance_672", &bars), (671.0 / 673.0) / (deviation * 672.0_f64.sqrt()));
    }
}
