//! How much was traded, and on which side.

use super::{EPS, Feature, single, windowed};
use crate::season::MEMORY;
use crate::window::{Total, WEEK, place};

/// Keeps the logarithm of a mean volume finite, in base currency.
const EPS_VOLUME: f64 = 1e-6;

fn log_mean(total: &Total) -> f64 {
    (total.volume / total.bars + EPS_VOLUME).ln()
}

/// Against a week, because the level of volume is not stationary: fees and fashions move it tenfold in a year.
/// Over the week itself it would be nothing, hence no `log_volume_to_week_672`.
macro_rules! to_week {
    ($($w:literal)+) => {
        &[$(single(
            concat!("log_volume_to_week_", $w),
            concat!("ln((volume of ", $w, " bars) / ", $w, " + 1e-6) - ln((volume of 672 bars) / 672 + 1e-6)"),
            "log ratio",
            "Volume goes with volatility, and its level is not stationary.",
            WEEK,
            $w,
            |now, total| log_mean(total) - log_mean(now.totals.at(const { place(WEEK) })),
        )),+]
    };
}

const LOG_VOLUME: &[Feature] = to_week!(1 4 16 96);

const TO_SEASON: &[Feature] = windowed!(
    "log_volume_to_season",
    "ln(mean volume of the last w bars / (mean volume of the last 672 + 1e-6) + 1e-3) - ln(mean of what the season expected \
    of them, as log_rv_deseasoned has it, of volume in place of RV)",
    "log ratio",
    "Volume that the hour does not explain.",
    over: MEMORY, |now, total| {
        let week = now.totals.at(const { place(WEEK) });
        let ratio = (total.volume / total.bars) / (week.volume / week.bars + EPS_VOLUME);
        (ratio + 1e-3).ln() - (total.volume_season / total.bars).ln()
    };
    1 4 16 96
);

const SIGNED_VOLUME: &[Feature] = windowed!(
    "signed_volume", "sum of volume_m sign(r_m) / (sum of volume_m + 1e-9) over the minutes m of the last w bars", "1",
    "Who is in a hurry: a proxy of order flow.",
    more: 0, |_, total| total.signed_volume / (total.volume + EPS);
    1 4 16 96 672
);

const UP_MINUTES: &[Feature] = windowed!(
    "up_minutes", "minutes that rose / (minutes with a candle + 1e-9) of the last w bars", "1",
    "How often, where a return says how far.",
    more: 0, |_, total| total.up_minutes / (total.minutes + EPS);
    1 4 16
);

/// Amihud (2002).
const ILLIQUIDITY: &[Feature] = windowed!(
    "illiquidity",
    "ln((P_w + 1e-6) / (V_w + 1e-6 w)) - the same over 672 bars, P = sum of |r_m|, V = volume",
    "log ratio",
    "How little trade it takes to move the price, after Amihud (2002), against its week.",
    over: WEEK, |now, total| illiquidity(total) - illiquidity(now.totals.at(const { place(WEEK) }));
    1 4 96
);

const VWAP: &[Feature] = windowed!(
    "vwap_distance",
    "(ln C - ln V_w) / (d sqrt(w)), V_w = mean minute close of w bars weighted by volume, d as in scaled_return; 0 where \
    nothing was traded",
    "standard deviations of a bar",
    "How much dearer than what others paid.",
    more: 0, |now, total| {
        if total.volume > 0.0 {
            (now.bar.close * total.volume / total.turnover).ln() / (now.deviation() * total.bars.sqrt())
        } else {
            0.0
        }
    };
    1 4 16 96
);

const OTHER: &[Feature] = &[single(
    "late_volume_share",
    "(volume of the last five minutes + 1e-6) / (volume of the bar + 3e-6)",
    "1",
    "What has just begun goes on.",
    1,
    1,
    |now, _| (now.bar.late_volume + EPS_VOLUME) / (now.bar.terms.volume + 3.0 * EPS_VOLUME),
)];

fn illiquidity(total: &Total) -> f64 {
    ((total.minute_path + EPS_VOLUME) / (total.volume + EPS_VOLUME * total.bars)).ln()
}

pub(super) const FAMILY: &[&[Feature]] = &[LOG_VOLUME, TO_SEASON, SIGNED_VOLUME, UP_MINUTES, ILLIQUIDITY, VWAP, OTHER];

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
        near(value("illiquidity_4", &bars), ((0.5_f64 + 1e-6) * 672.0 / ((21.0 + 1e-6) * 4.0)).ln());
        bars[671].late_volume = 7.0;
        near(value("late_volume_share", &bars), (7.0 + 1e-6) / (21.0 + 3e-6));
        bars[671].terms.turnover = 84.0 * 80.0;
        let expected = (100.0_f64 / 80.0).ln() / (2.0 * 1e-9_f64.sqrt());
        near(value("vwap_distance_4", &bars), expected);
        bars[671].terms.up_minutes = 6.0;
        near(value("up_minutes_4", &bars), 6.0 / (60.0 + 1e-9));
    }

    #[test]
    fn a_market_without_trades_has_finite_numbers() {
        let bars: Vec<_> = (0..672).map(|number| still(number, 100.0)).collect();
        near(value("log_volume_to_week_96", &bars), 0.0);
        near(value("signed_volume_96", &bars), 0.0);
    }
}
