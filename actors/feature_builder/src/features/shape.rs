//! In what manner the price moves: what the mere amount of its variance does not say.

use super::{EPS, Feature, single, windowed};

/// Realised quarticity tells how well RV is known (Bollerslev, Patton and Quaedvlieg 2016).
const QUARTICITY: &[Feature] = windowed!(
    "log_quarticity",
    "0.5 ln(5 w Q_w + 1e-18) - ln(RV_w + 1e-9), Q = sum of r_m^4 over the minutes m of the last w bars",
    "log ratio",
    "How uneven the minutes were, and so how little RV is to be believed (Bollerslev, Patton and Quaedvlieg 2016).",
    more: 0, |_, total| 0.5 * (5.0 * total.bars * total.quarticity + EPS * EPS).ln() - (total.rv + EPS).ln();
    1 4 16 96
);

const LARGEST: &[Feature] = windowed!(
    "largest_share", "max of r_m^2 / (RV_w + 1e-9) over the minutes m of the last w bars", "1",
    "How much of the variance one minute made.",
    more: 0, |_, total| total.max_minute * total.max_minute / (total.rv + EPS);
    1 4 16
);

const MINUTE_RANGE: &[Feature] = windowed!(
    "log_minute_range_to_rv",
    "ln(sum of ln(h / l)^2 of minutes / (4 ln 2) + 1e-9) - ln(RV_w + 1e-9) over the last w bars",
    "log ratio",
    "Movement inside the minutes that their closes do not show.",
    more: 0, |_, total| (total.minute_range_sq * PARKINSON + EPS).ln() - (total.rv + EPS).ln();
    1 4 16 96
);

const RANGE: &[Feature] = windowed!(
    "log_range_to_rv",
    "ln(sum of ln(H / L)^2 / (4 ln 2) + 1e-9) - ln(RV_w + 1e-9) over the last w bars",
    "log ratio",
    "Whether the minutes went one way or back and forth.",
    more: 0, |_, total| (total.range_sq * PARKINSON + EPS).ln() - (total.rv + EPS).ln();
    1 4 16 96
);

/// Lo and MacKinlay (1988).
const VARIANCE_RATIO: &[Feature] = windowed!(
    "variance_ratio", "ln(sum of squared bar returns + 1e-9) - ln(RV_w + 1e-9) over the last w bars", "log ratio",
    "Above zero where minutes follow each other, below where they turn (Lo and MacKinlay 1988).",
    more: 1, |_, total| (total.return_sq + EPS).ln() - (total.rv + EPS).ln();
    16 96 672
);

const AUTOCORRELATION: &[Feature] = windowed!(
    "autocorrelation", "sum of r(t) r(t - 1) / (sum of r^2 + 1e-9) of the returns r of the last w bars", "1",
    "Whether bars follow each other or turn.",
    more: 1, |_, total| total.return_product / (total.return_sq + EPS);
    96 672
);

const UNREST: &[Feature] = windowed!(
    "log_rv_deviation", "standard deviation of ln(RV + 1e-9) of the last w bars", "ln(variance)",
    "Volatility of volatility: how much of the last bar is noise.",
    more: 0, |_, total| {
        let mean = total.log_rv / total.bars;
        (total.log_rv_sq / total.bars - mean * mean).max(0.0).sqrt()
    };
    8 16 96 672
);

const OTHER: &[Feature] = &[single(
    "late_rv_share",
    "(RV of the last five minutes + 1e-9) / (RV of the bar + 3e-9)",
    "1",
    "What has just begun goes on.",
    1,
    1,
    |now, _| (now.bar.late_rv + EPS) / (now.bar.terms.rv + 3.0 * EPS),
)];

/// The constant of Parkinson (1980), 1 / (4 ln 2).
const PARKINSON: f64 = 0.25 / std::f64::consts::LN_2;

pub(super) const FAMILY: &[&[Feature]] =
    &[QUARTICITY, LARGEST, MINUTE_RANGE, RANGE, VARIANCE_RATIO, AUTOCORRELATION, UNREST, OTHER];

#[cfg(test)]
mod tests {
    use crate::bar::Bar;
    use crate::features::tests::{near, still, value};

    fn moved(number: usize, close: f64, rv: f64) -> Bar {
        let mut bar = still(number, close);
        bar.terms.rv = rv;
        bar
    }

    #[test]
    fn shares_and_ratios_are_of_the_same_bars() {
        let mut bars: Vec<_> = (0..4).map(|number| moved(number, 1.0, 0.25)).collect();
        for bar in &mut bars {
            bar.terms.quarticity = 0.02;
            bar.terms.max_minute = 0.3;
            bar.terms.minute_range_sq = 4.0 * std::f64::consts::LN_2;
            bar.terms.range_sq = 2.0 * std::f64::consts::LN_2;
            bar.late_rv = 0.1;
        }
        near(value("log_quarticity_1", &bars), 0.5 * 0.1_f64.ln() - (0.25_f64 + 1e-9).ln());
        near(value("log_quarticity_4", &bars), 0.5 * 1.6_f64.ln() - (1.0_f64 + 1e-9).ln());
        near(value("largest_share_1", &bars), 0.09 / (0.25 + 1e-9));
        near(value("largest_share_4", &bars), 0.09 / (1.0 + 1e-9));
        near(value("log_minute_range_to_rv_4", &bars), (4.0_f64 + 1e-9).ln() - (1.0_f64 + 1e-9).ln());
        near(value("log_range_to_rv_4", &bars), (2.0_f64 + 1e-9).ln() - (1.0_f64 + 1e-9).ln());
        near(value("late_rv_share", &bars), (0.1 + 1e-9) / (0.25 + 3e-9));
    }

    #[test]
    fn a_price_that_turns_with_every_bar_is_seen_as_such() {
        let bars: Vec<_> =
            (0..97).map(|number| moved(number, if number % 2 == 0 { 1.0 } else { 0.1_f64.exp() }, 0.02)).collect();
        near(value("variance_ratio_96", &bars), (0.96_f64 + 1e-9).ln() - (1.92_f64 + 1e-9).ln());
        near(value("autocorrelation_96", &bars), -0.95 / (0.96 + 1e-9));
    }

    #[test]
    fn a_market_at_rest_has_no_unrest_at_all() {
        let mut bars: Vec<_> = (0..96).map(|number| moved(number, 1.0, 0.0)).collect();
        bars[0].terms.rv = 0.3;
        assert_eq!(value("log_rv_deviation_8", &bars), Some(0.0));
        assert!(value("log_rv_deviation_96", &bars) > Some(0.1));
    }

    #[test]
    fn unrest_is_the_deviation_of_the_logarithm() {
        let bars: Vec<_> =
            (0..8).map(|number| moved(number, 1.0, if number % 2 == 0 { 1.0 } else { 3.0_f64.exp() })).collect();
        assert!((value("log_rv_deviation_8", &bars).expect("full") - 1.5).abs() < 1e-8);
    }
}
