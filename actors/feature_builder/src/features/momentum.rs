//! Whether the price runs ahead of its averages.

use super::{EPS, Feature, Now, single, windowed};
use crate::window::{Total, WEEK};

/// Exponential averages never forget wholly; a week after its start the slowest of these but one remembers less than
/// 3e-6 of it.
const OTHER: &[Feature] = &[
    single(
        "macd_12",
        concat!(
            "(EMA_12 - EMA_26) / sqrt(RV_96 + 1e-9), ",
            "EMA_n <- EMA_n + 2 / (n + 1) (ln C - EMA_n), started at the first ln C"
        ),
        "standard deviations of a day",
        "Appel's convergence of averages, in the market's own unit.",
        WEEK,
        96,
        |now, day| (now.averages.price_12.value() - now.averages.price_26.value()) / (day.rv + EPS).sqrt(),
    ),
    single(
        "macd_48",
        concat!(
            "(EMA_48 - EMA_104) / sqrt(RV_96 + 1e-9), ",
            "EMA_n <- EMA_n + 2 / (n + 1) (ln C - EMA_n), started at the first ln C"
        ),
        "standard deviations of a day",
        "The same over half a day and a day.",
        WEEK,
        96,
        |now, day| (now.averages.price_48.value() - now.averages.price_104.value()) / (day.rv + EPS).sqrt(),
    ),
    single(
        "macd_histogram",
        "(D - G) / d, D = EMA_12 - EMA_26 of ln C, G <- G + 0.2 (D - G), d = sqrt(E + 1e-9), E <- E + 0.03 (RV_1 - E)",
        "standard deviations of a bar",
        "Whether the averages still run apart.",
        WEEK,
        1,
        |now, _| {
            let gap = now.averages.price_12.value() - now.averages.price_26.value();
            (gap - now.averages.signal.value()) / now.deviation()
        },
    ),
    single(
        "rsi_14",
        "U / (U + D + 1e-9), U <- U + (max(return_1, 0) - U) / 14, D <- D + (max(-return_1, 0) - D) / 14, started at 0",
        "1",
        "Wilder's relative strength (1978), 0 to 1.",
        WEEK,
        1,
        |now, _| {
            let (up, down) = (now.averages.up.value(), now.averages.down.value());
            up / (up + down + EPS)
        },
    ),
    single("rsi_56", "as rsi_14 with 56 in place of 14", "1", "The same over half a day.", WEEK, 1, |now, _| {
        let (up, down) = (now.averages.up_56.value(), now.averages.down_56.value());
        up / (up + down + EPS)
    }),
];

const BOLLINGER: &[Feature] = windowed!(
    "bollinger",
    "(ln C - M) / sqrt(max(S, 1e-9)), M and S = mean and variance of ln C over the last w bars",
    "standard deviations",
    "Where the price stands among its last ones (Bollinger).",
    more: 0, bollinger;
    20 96
);

pub(super) const FAMILY: &[&[Feature]] = &[OTHER, BOLLINGER];

fn bollinger(_: &Now, total: &Total) -> f64 {
    let mean = total.offset / total.bars;
    let variance = total.offset_sq / total.bars - mean * mean;
    -mean / variance.max(EPS).sqrt()
}

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn a_jump_after_a_rest_is_seen_by_every_average() {
        let mut bars: Vec<_> = (0..671).map(|number| still(number, 1.0)).collect();
        let mut jump = still(671, 1.0_f64.exp());
        jump.terms.rv = 4.0;
        bars.push(jump);
        let std = (4.0_f64 + 1e-9).sqrt();
        near(value("macd_12", &bars), (2.0 / 13.0 - 2.0 / 27.0) / std);
        near(value("macd_48", &bars), (2.0 / 49.0 - 2.0 / 105.0) / std);
        near(value("rsi_14", &bars), (1.0 / 14.0) / (1.0 / 14.0 + 1e-9));
        near(value("rsi_56", &bars), (1.0 / 56.0) / (1.0 / 56.0 + 1e-9));
        let slow = (0.03 * 4.0_f64 + 1e-9).sqrt();
        near(value("macd_histogram", &bars), 0.8 * (2.0 / 13.0 - 2.0 / 27.0) / slow);
        near(value("bollinger_96", &bars), (95.0 / 96.0) / (95.0_f64 / (96.0 * 96.0)).sqrt());
    }

    #[test]
    fn falls_and_rises_of_equal_size_balance() {
        let mut bars: Vec<_> = (0..670).map(|number| still(number, 1.0)).collect();
        bars.extend([still(670, 1.0_f64.exp()), still(671, 1.0)]);
        let (up, down) = (13.0 / 196.0, 1.0 / 14.0);
        near(value("rsi_14", &bars), up / (up + down + 1e-9));
    }

    #[test]
    fn a_market_at_rest_is_at_its_mean() {
        let bars: Vec<_> = (0..700).map(|number| still(number, 60_000.0)).collect();
        for name in ["macd_12", "macd_48", "macd_histogram", "rsi_14", "rsi_56", "bollinger_20", "bollinger_96"] {
            near(value(name, &bars), 0.0);
        }
    }
}
