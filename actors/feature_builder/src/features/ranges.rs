//! Where the price stands between the highest and the lowest of its past.

use super::{EPS, Feature, single, windowed};
use crate::window::{MONTH, WEEK};

/// A close at the top of its range falls more often than it rises, for some hours.
const LOCATION: &[Feature] = windowed!(
    "location", "(2 ln C - ln H_w - ln L_w) / (ln H_w - ln L_w + 1e-9), H and L = highest and lowest price of w bars",
    "1",
    "Where the close stands between the low, -1, and the high, 1: what has overshot turns.",
    more: 0, |_, total| -(total.high + total.low) / (total.high - total.low + EPS);
    4 16 96 672
);

const DRAWDOWN: &[Feature] = windowed!(
    "drawdown", "(ln H_w - ln C) / (d sqrt(w)), H_w = highest price of w bars, d as in scaled_return",
    "standard deviations of a bar",
    "How far below its high.",
    more: 0, |now, total| total.high / (now.deviation() * total.bars.sqrt());
    96 672
);

const RUN_UP: &[Feature] = windowed!(
    "run_up", "(ln C - ln L_w) / (d sqrt(w)), L_w = lowest price of w bars, d as in scaled_return",
    "standard deviations of a bar",
    "How far above its low.",
    more: 0, |now, total| -total.low / (now.deviation() * total.bars.sqrt());
    96 672
);

const OTHER: &[Feature] = &[
    single(
        "drawdown_month",
        "(ln H - ln C) / sqrt(RV + 1e-9) over the last 2880 bars, or as many as there are, H = the highest price",
        "standard deviations",
        "How far below the high of thirty days.",
        MONTH,
        1,
        |now, _| now.totals.month.high / (now.totals.month.rv + EPS).sqrt(),
    ),
    single(
        "run_up_month",
        "(ln C - ln L) / sqrt(RV + 1e-9) over the last 2880 bars, or as many as there are, L = the lowest price",
        "standard deviations",
        "How far above the low of thirty days.",
        MONTH,
        1,
        |now, _| -now.totals.month.low / (now.totals.month.rv + EPS).sqrt(),
    ),
    single(
        "log_true_range",
        "ln((A + 1e-6) / d), A <- A + (T - A) / 14, T = ln max(H, C before) - ln min(L, C before), d as in scaled_return",
        "log ratio",
        "Wilder's average true range (1978) against closes: long wicks.",
        WEEK,
        1,
        |now, _| ((now.averages.true_range.value() + 1e-6) / now.deviation()).ln(),
    ),
];

pub(super) const FAMILY: &[&[Feature]] = &[LOCATION, DRAWDOWN, RUN_UP, OTHER];

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn the_close_is_measured_against_high_and_low() {
        let mut bars: Vec<_> = (0..700).map(|number| still(number, 1.0)).collect();
        bars[697].terms.log_high = 0.3;
        bars[698].terms.log_low = -0.1;
        near(value("location_4", &bars), -0.2 / (0.4 + 1e-9));
        near(value("location_16", &bars), -0.2 / (0.4 + 1e-9));
        let deviation = 1e-9_f64.sqrt();
        near(value("drawdown_96", &bars), 0.3 / (deviation * 96.0_f64.sqrt()));
        near(value("run_up_672", &bars), 0.1 / (deviation * 672.0_f64.sqrt()));
        near(value("drawdown_month", &bars), 0.3 / deviation);
        near(value("run_up_month", &bars), 0.1 / deviation);
        bars.push(still(700, 1.0));
        near(value("location_4", &bars), -0.2 / (0.4 + 1e-9));
        assert!(value("log_true_range", &bars).expect("warm") > 0.0);
    }
}
