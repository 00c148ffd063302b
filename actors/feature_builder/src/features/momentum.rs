//! Whether the price runs ahead of its averages.

use super::{EPS, Feature, Now, single};
use crate::window::{Total, WEEK};

/// Exponential averages never forget wholly; a week after its start the slowest remembers less than 3e-6 of it.
const OTHER: &[Feature] = &[
    single(
        "macd_12",
        concat!(
            "(EMA_12 - EMA_26) / sqrt(RV_96 + 1e-9), ",
            "EMA_n <- EMA_n + 2 / (n + 1) (ln C - EMA_n), started at the first ln C"
        ),
        "standard deviations of a day",
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
        WEEK,
        96,
        |now, day| (now.averages.price_48.value() - now.averages.price_104.value()) / (day.rv + EPS).sqrt(),
    ),
    single(
        "rsi_14",
        "U / (U + D + 1e-9), U <- U + (max(return_1, 0) - U) / 14, D <- D + (max(-return_1, 0) - D) / 14, started at 0",
        "1",
        WEEK,
        1,
        |now, _| {
            let (up, down) = (now.averages.up.value(), now.averages.down.value());
            up / (up + down + EPS)
        },
    ),
    single(
        "bollinger_96",
        "(ln C - M) / sqrt(max(S, 1e-9)), M and S = mean and variance of ln C over the last 96 bars",
        "standard deviations",
        96,
        96,
        bollinger,
    ),
];

pub(super) const FAMILY: &[&[Feature]] = &[OTHER];

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
        for name in ["macd_12", "macd_48", "rsi_14", "bollinger_96"] {
            near(value(name, &bars), 0.0);
        }
    }
}
