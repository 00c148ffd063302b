//! Where the price went, and how straight.

use super::{EPS, Feature, single, windowed};

const RETURN: &[Feature] = windowed!(
    "return", "ln C(t) - ln C(t - w bars)", "log return",
    more: 1, |_, total| total.log_return;
    1 2 4 8 16 32 96 192 672
);

const Z_RETURN: &[Feature] = windowed!(
    "z_return", "(ln C(t) - ln C(t - w bars)) / sqrt(RV_w + 1e-9)", "standard deviations",
    more: 1, |_, total| total.log_return / (total.rv + EPS).sqrt();
    1 2 4 8 16 32 96 192 672
);

/// Kaufman's efficiency ratio (1995): one where every bar went the same way.
const EFFICIENCY: &[Feature] = windowed!(
    "efficiency", "|ln C(t) - ln C(t - w bars)| / (sum of the last w bars' |ln C - ln C one bar before| + 1e-9)", "1",
    more: 1, |_, total| total.log_return.abs() / (total.path + EPS);
    4 16 96 672
);

const OTHER: &[Feature] = &[
    single("close_location", "(2 C - H - L) / (H - L + 1e-9) of the bar", "1", 1, 1, |now, _| {
        let bar = now.bar;
        (2.0 * bar.close - bar.high - bar.low) / (bar.high - bar.low + EPS)
    }),
    single(
        "close_to_vwap",
        "ln(C / V) of the bar, V = mean minute close weighted by volume, C where there is none",
        "log return",
        1,
        1,
        |now, _| (now.bar.close / now.bar.vwap).ln(),
    ),
];

pub(super) const FAMILY: &[&[Feature]] = &[RETURN, Z_RETURN, EFFICIENCY, OTHER];

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
