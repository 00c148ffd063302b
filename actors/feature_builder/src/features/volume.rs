//! How much was traded, and on which side.

use super::{EPS, Feature, single, windowed};
use crate::window::{Total, WEEK, place};

/// Keeps the logarithm of a mean volume finite, in base currency.
const EPS_VOLUME: f64 = 1e-6;

fn log_mean(total: &Total) -> f64 {
    (total.volume / total.bars + EPS_VOLUME).ln()
}

const fn to_week(name: &'static str, formula: &'static str, bars: usize) -> Feature {
    single(name, formula, "log ratio", WEEK, bars, |now, total| {
        log_mean(total) - log_mean(now.totals.at(const { place(WEEK) }))
    })
}

/// Against a week, because the level of volume is not stationary: fees and fashions move it tenfold in a year.
/// Over the week itself it would be nothing, hence no `log_volume_to_week_672`.
const LOG_VOLUME: &[Feature] = &[
    to_week("log_volume_to_week_4", "ln((volume of 4 bars) / 4 + 1e-6) - ln((volume of 672 bars) / 672 + 1e-6)", 4),
    to_week("log_volume_to_week_16", "ln((volume of 16 bars) / 16 + 1e-6) - ln((volume of 672 bars) / 672 + 1e-6)", 16),
    to_week("log_volume_to_week_96", "ln((volume of 96 bars) / 96 + 1e-6) - ln((volume of 672 bars) / 672 + 1e-6)", 96),
];

const SIGNED_VOLUME: &[Feature] = windowed!(
    "signed_volume", "sum of volume_m sign(r_m) / (sum of volume_m + 1e-9) over the minutes m of the last w bars", "1",
    more: 0, |_, total| total.signed_volume / (total.volume + EPS);
    4 16 96 672
);

pub(super) const FAMILY: &[&[Feature]] = &[LOG_VOLUME, SIGNED_VOLUME];

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn volume_is_measured_against_its_week() {
        let mut bars: Vec<_> = (0..672).map(|number| still(number, 100.0)).collect();
        for bar in &mut bars[656..] {
            bar.terms.volume = 21.0;
        }
        bars[671].terms.signed_volume = -7.0;
        near(value("log_volume_to_week_4", &bars), (21.0_f64 + 1e-6).ln() - (0.5_f64 + 1e-6).ln());
        near(value("log_volume_to_week_16", &bars), (21.0_f64 + 1e-6).ln() - (0.5_f64 + 1e-6).ln());
        near(value("log_volume_to_week_96", &bars), (3.5_f64 + 1e-6).ln() - (0.5_f64 + 1e-6).ln());
        near(value("signed_volume_4", &bars), -7.0 / (84.0 + 1e-9));
        near(value("signed_volume_672", &bars), -7.0 / (336.0 + 1e-9));
        assert_eq!(value("log_volume_to_week_4", &bars[1..]), None);
    }

    #[test]
    fn a_market_without_trades_has_finite_numbers() {
        let bars: Vec<_> = (0..672).map(|number| still(number, 100.0)).collect();
        near(value("log_volume_to_week_96", &bars), 0.0);
        near(value("signed_volume_96", &bars), 0.0);
    }
}
