//! Where the price went, and how straight.

use super::{EPS, Feature, single, windowed};
use crate::window::{MONTH, place};

const RETURN: &[Feature] = windowed!(
    "return", "ln C(t) - ln C(t - w bars)", "log return",
    "How far the price went.",
    more: 1, |_, total| total.log_return;
    1 2 4 8 16 32 96 192 288 672
);

const Z_RETURN: &[Feature] = windowed!(
    "z_return", "(ln C(t) - ln C(t - w bars)) / sqrt(RV_w + 1e-9)", "standard deviations",
    "How far it went for what it moved.",
    more: 1, |_, total| total.log_return / (total.rv + EPS).sqrt();
    1 2 4 8 16 32 96 192 288 672
);

const EFFICIENCY: &[Feature] = windowed!(
    "efficiency", "|ln C(t) - ln C(t - w bars)| / (sum of the last w bars' |ln C - ln C one bar before| + 1e-9)", "1",
    "How straight it went (Kaufman 1995): one where every bar went the same way.",
    more: 1, |_, total| total.log_return.abs() / (total.path + EPS);
    4 16 96 672
);

/// Of a bar, in units that make calm and storm alike.
const SCALED: &[Feature] = windowed!(
    "scaled_return", "(ln C(t) - ln C(t - w bars)) / (d sqrt(w)), d = sqrt(E + 1e-9), E <- E + 0.03 (RV_1 - E)",
    "standard deviations of a bar",
    "How far it went for what it moves of late.",
    more: 1, |now, total| total.log_return / (now.deviation() * total.bars.sqrt());
    1 2 4 8 16
);

const SIZE: &[Feature] = windowed!(
    "return_size", "|ln C(t) - ln C(t - w bars)| / sqrt(RV_w + 1e-9)", "standard deviations",
    "Moves of either sign are followed by more (leverage, and its like upwards).",
    more: 1, |_, total| total.log_return.abs() / (total.rv + EPS).sqrt();
    1 4 16 96
);

const OTHER: &[Feature] = &[
    single(
        "return_month",
        "ln C(t) - ln C(t - 2880 bars), or since the first bar where there are fewer",
        "log return",
        "How far the price went in thirty days.",
        MONTH + 1,
        1,
        |now, _| now.totals.month.log_return,
    ),
    single(
        "z_return_month",
        "return_month / sqrt(RV of the last 2880 bars, or as many as there are, + 1e-9)",
        "standard deviations",
        "How far it went in thirty days for what it moved.",
        MONTH + 1,
        1,
        |now, _| now.totals.month.log_return / (now.totals.month.rv + EPS).sqrt(),
    ),
    single(
        "earlier_return_1",
        "ln C(t - 1 bar) - ln C(t - 2 bars), in d of scaled_return",
        "standard deviations of a bar",
        "The bar before: what turned then may turn again.",
        3,
        2,
        |now, two| (two.log_return - now.totals.at(const { place(1) }).log_return) / now.deviation(),
    ),
    single(
        "late_return",
        "ln C(t) - ln C(t - 5 minutes), in d of scaled_return / sqrt(3)",
        "standard deviations of five minutes",
        "The end of the bar turns most often.",
        1,
        1,
        |now, _| now.bar.late_return * 3.0_f64.sqrt() / now.deviation(),
    ),
    single(
        "last_return",
        "log return of the bar's last candle, in d of scaled_return / sqrt(15); 0 where it has none",
        "standard deviations of a minute",
        "The last trade stands at the bid or at the ask, and the next at either.",
        1,
        1,
        |now, _| now.bar.last_return * 15.0_f64.sqrt() / now.deviation(),
    ),
    single(
        "close_location",
        "(2 C - H - L) / (H - L + 1e-9) of the bar",
        "1",
        "Where the bar closed between its low, -1, and its high, 1.",
        1,
        1,
        |now, _| {
            let bar = now.bar;
            (2.0 * bar.close - bar.high - bar.low) / (bar.high - bar.low + EPS)
        },
    ),
    single(
        "close_to_vwap",
        "ln(C / V) of the bar, V = mean minute close weighted by volume, C where nothing was traded",
        "log return",
        "Whether the close is dearer than what was paid.",
        1,
        1,
        |now, _| (now.bar.close / now.bar.vwap).ln(),
    ),
];

pub(super) const FAMILY: &[&[Feature]] = &[RETURN, Z_RETURN, SCALED, SIZE, EFFICIENCY, OTHER];

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn returns_reach_back_over_exactly_their_bars() {
        let mut bars: Vec<_> =
            [100.0, 200.0, 100.0, 400.0, 800.0].into_iter().enumerate().map(|(n, c)| still(n, c)).collect();
        bars[4].terms.rv = 0.25;
        let ln2 = 2.0_f64.ln();
        near(value("return_1", &bars), ln2);
        near(value("return_2", &bars), 3.0 * ln2);
        near(value("return_4", &bars), 3.0 * ln2);
        near(value("z_return_4", &bars), 3.0 * ln2 / (0.25_f64 + 1e-9).sqrt());
        near(value("efficiency_4", &bars), 3.0 * ln2 / (5.0 * ln2 + 1e-9));
        assert_eq!(value("return_4", &bars[1..]), None);
        let deviation = (0.03 * 0.25_f64 + 1e-9).sqrt();
        near(value("scaled_return_4", &bars), 3.0 * ln2 / (2.0 * deviation));
        near(value("return_size_4", &bars), 3.0 * ln2 / (0.25_f64 + 1e-9).sqrt());
        near(value("earlier_return_1", &bars), 2.0 * ln2 / deviation);
        bars[4].late_return = 0.5;
        bars[4].last_return = -0.25;
        near(value("late_return", &bars), 0.5 * 3.0_f64.sqrt() / deviation);
        near(value("last_return", &bars), -0.25 * 15.0_f64.sqrt() / deviation);
    }

    #[test]
    fn the_close_lies_between_low_and_high() {
        let mut bar = still(0, 105.0);
        (bar.high, bar.low, bar.vwap) = (110.0, 90.0, 100.0);
        near(value("close_location", &[bar]), 10.0 / (20.0 + 1e-9));
        near(value("close_to_vwap", &[bar]), 1.05_f64.ln());
        let rest = [still(0, 105.0)];
        near(value("close_location", &rest), 0.0);
        near(value("close_to_vwap", &rest), 0.0);
    }
}
