//! The clock's share in volatility: what is expected of the coming hours, and the past without it.

use super::{EPS, Feature, Now, single, windowed};
use crate::season::MEMORY;
use crate::window::Total;

/// Seasonal lags take the season out of the past, so that a quiet hour before a lively one is seen for what it is.
const DESEASONED: &[Feature] = windowed!(
    "log_rv_deseasoned",
    "ln(RV_w / (sum of what the season expected of the last w bars, each by its S just before it) + 1e-9); see log_season_1",
    "ln(variance per bar)",
    "The past of what is forecast, without what the hour of the week explains of it.",
    over: MEMORY, |_, total| (total.rv / total.season + EPS).ln();
    1 2 4 8 16 32 48 96
);

/// Of the bars of each horizon.
const COMING: &[Feature] = &[
    coming(
        "log_season_1",
        "S = 0.6 W + 0.4 D of the coming bar, ln S; W and D = means of min(RV / mean RV of the last 672 bars, or as many \
        as there are, 8) by quarter of an hour of the week, and of the day apart for weekends: of all its bars before \
        and two of 1, until they are n, and after that M <- M + (x - M) / n; n = 40 for W, 200 and 80 for D of working \
        days and of weekends; bars of fewer than 8 minutes do not count",
        |now, _| now.coming[0].ln(),
    ),
    coming("log_season_4", "ln(mean of S of the coming 4 bars); see log_season_1", |now, _| now.coming[1].ln()),
    coming("log_season_16", "ln(mean of S of the coming 16 bars); see log_season_1", |now, _| now.coming[2].ln()),
    coming("log_season_96", "ln(mean of S of the coming 96 bars); see log_season_1", |now, _| now.coming[3].ln()),
];

const fn coming(name: &'static str, formula: &'static str, value: fn(&Now, &Total) -> f64) -> Feature {
    let doc = "What the hours of the week that a forecast covers usually bring (Andersen and Bollerslev 1997).";
    single(name, formula, "ln(multiple of a week's mean variance)", doc, MEMORY, 1, value)
}

pub(super) const FAMILY: &[&[Feature]] = &[DESEASONED, COMING];

#[cfg(test)]
mod tests {
    use crate::features::tests::{near, still, value};

    #[test]
    fn a_flat_week_has_no_season() {
        let mut bars: Vec<_> = (0..680).map(|number| still(number, 1.0)).collect();
        bars.iter_mut().for_each(|bar| bar.terms.rv = 0.5);
        near(value("log_season_96", &bars), 0.0);
        near(value("log_rv_deseasoned_4", &bars), (0.5_f64 + 1e-9).ln());
    }

    #[test]
    fn a_lively_hour_is_expected_a_week_later_and_taken_out_of_the_past() {
        let mut bars: Vec<_> = (0..4 * 672 + 40).map(|number| still(number, 1.0)).collect();
        for (number, bar) in bars.iter_mut().enumerate() {
            bar.terms.rv = if (40..44).contains(&(number % 672)) { 5.0 } else { 1.0 };
        }
        let seen = |name| value(name, &bars).expect("warm");
        // At Monday 10:00, before the lively hour.
        assert!(seen("log_season_1") > 0.8, "{}", seen("log_season_1"));
        assert!((seen("log_season_1") - seen("log_season_4")).abs() < 0.05);
        assert!(seen("log_season_16") < seen("log_season_4") && seen("log_season_96") > -0.1);
        let mut after = bars.clone();
        after.extend((0..4).map(|number| {
            let mut bar = still(bars.len() + number, 1.0);
            bar.terms.rv = 5.0;
            bar
        }));
        let (plain, without) = (value("log_rv_4", &after), value("log_rv_deseasoned_4", &after));
        assert!(plain.expect("warm") > 1.6 && without.expect("warm") < 1.0, "{plain:?} {without:?}");
    }
}
