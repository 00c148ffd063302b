//! How much the price moves, and in what manner.

use super::{EPS, Feature, single, windowed};
use crate::window::{MONTH, WEEK};

/// `RV_w` is the sum of squared one-minute log returns of the last w bars.
const LOG_RV: &[Feature] = windowed!(
    "log_rv", "ln(RV_w / w + 1e-9), RV_w = sum of r_m^2 over the minutes m of the last w bars", "ln(variance per bar)",
    "The past of what is forecast, near and far (Corsi 2009).",
    more: 0, |_, total| (total.rv / total.bars + EPS).ln();
    1 2 4 8 16 32 48 96 192 288 672
);

/// Barndorff-Nielsen, Kinnebrock and Shephard (2010), as a share.
const DOWN_SHARE: &[Feature] = windowed!(
    "down_share", "sum of r_m^2 where r_m < 0 / (RV_w + 1e-9) over the last w bars", "1",
    "Falls are followed by more than rises (Barndorff-Nielsen, Kinnebrock and Shephard 2010).",
    more: 0, |_, total| total.rv_down / (total.rv + EPS);
    1 4 16 96 672
);

/// Barndorff-Nielsen and Shephard (2004): what bipower variation does not see is jumps. It may be negative.
const JUMP_SHARE: &[Feature] = windowed!(
    "jump_share", "1 - (pi/2 sum of |r_m| |r_(m-1)|) / (RV_w + 1e-9) over the last w bars", "1",
    "Jumps are forgotten sooner than the rest (Barndorff-Nielsen and Shephard 2004).",
    more: 0, |_, total| 1.0 - total.bipower / (total.rv + EPS);
    1 4 16 96 672
);

/// Parkinson (1980), without his constant, which a logarithm makes a shift.
const LOG_PARKINSON: &[Feature] = windowed!(
    "log_parkinson", "ln(mean of ln(H / L)^2 + 1e-9) over the last w bars", "ln(variance per bar)",
    "Variance by ranges (Parkinson 1980, without his constant), of more minutes' prices than closes.",
    more: 0, |_, total| (total.range_sq / total.bars + EPS).ln();
    4 16 96 672
);

const OTHER: &[Feature] = &[
    single(
        "log_max_minute",
        "ln(max of |r_m| + 1e-9) over the minutes m of the bar",
        "ln(log return)",
        "Whether one minute did it all.",
        1,
        1,
        |now, _| (now.bar.terms.max_minute + EPS).ln(),
    ),
    // An average never forgets wholly; after a week the start weighs less than 1e-17.
    single(
        "log_ewma_rv",
        "ln(E + 1e-9), E <- E + 0.06 (RV_1 - E) from bar to bar, started at the first RV_1",
        "ln(variance per bar)",
        "What RiskMetrics (1996) would forecast: a baseline.",
        WEEK,
        1,
        |now, _| (now.averages.rv.value() + EPS).ln(),
    ),
    single(
        "log_rv_month",
        "ln(mean RV of the last 2880 bars, or as many as there are, + 1e-9)",
        "ln(variance per bar)",
        "The level to which volatility returns.",
        MONTH,
        1,
        |now, _| (now.totals.month.rv / now.totals.month.bars + EPS).ln(),
    ),
];

pub(super) const FAMILY: &[&[Feature]] = &[LOG_RV, DOWN_SHARE, JUMP_SHARE, LOG_PARKINSON, OTHER];

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn variances_are_means_over_exactly_their_bars() {
        let bars: Vec<_> = (0..6)
            .map(|number| {
                let mut bar = still(number, 100.0);
                let x = 10.0_f64.powi(number as i32 - 6);
                bar.terms.max_minute = x;
                (bar.terms.rv, bar.terms.rv_down, bar.terms.bipower) = (4.0 * x, x, 3.0 * x);
                bar.terms.range_sq = 2.0 * x;
                bar
            })
            .collect();
        near(value("log_rv_1", &bars), (0.4_f64 + 1e-9).ln());
        near(value("log_rv_2", &bars), (0.22_f64 + 1e-9).ln());
        near(value("log_rv_4", &bars), (0.1111_f64 + 1e-9).ln());
        near(value("down_share_4", &bars), 0.1111 / (0.4444 + 1e-9));
        near(value("jump_share_4", &bars), 1.0 - 0.3333 / (0.4444 + 1e-9));
        near(value("log_parkinson_4", &bars), (0.05555_f64 + 1e-9).ln());
        near(value("log_max_minute", &bars), (0.1_f64 + 1e-9).ln());
        assert_eq!(value("log_rv_8", &bars), None);
    }

    #[test]
    fn a_market_at_rest_has_finite_numbers() {
        let bars: Vec<_> = (0..700).map(|number| still(number, 100.0)).collect();
        for name in ["log_rv_1", "log_rv_672", "log_parkinson_672", "log_max_minute", "log_ewma_rv"] {
            near(value(name, &bars), 1e-9_f64.ln());
        }
        near(value("down_share_672", &bars), 0.0);
        near(value("jump_share_672", &bars), 1.0);
    }

    #[test]
    fn the_average_variance_halves_in_about_eleven_bars() {
        let mut bars: Vec<_> = (0..700).map(|number| still(number, 100.0)).collect();
        bars[688].terms.rv = 1.0;
        near(value("log_ewma_rv", &bars), (0.06 * 0.94_f64.powi(11) + 1e-9).ln());
    }
}
